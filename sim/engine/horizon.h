/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * horizon.h - what domain threads know of each other: one word each.
 *
 * A domain's word is (time of its next event, version); infinite when it has
 * none. From all words and the latencies follows how far a domain may run. A
 * sender pushes into the mailbox, then lowers the receiver's word with a new
 * version, and only later raises its own; so a consistent look at all words
 * never misses a message under way.
 *
 * Locking: lock-free. Errors: none. Blocking: horizon_sleep.
 */
#ifndef ENGINE_HORIZON_H
#define ENGINE_HORIZON_H

#include <stdatomic.h>

#include "pefsim/engine.h"

#define HORIZON_VERSION_BITS 20
#define HORIZON_NEVER ((UINT64_C(1) << 44) - 1) /* no event */

struct horizon_word {
	_Alignas(64) _Atomic uint64_t word;
	_Atomic uint32_t asleep; /* a futex */
};

struct horizon {
	unsigned count;
	bool single_collect; /* a planted breach */
	void (*looked)(
		struct horizon *h, unsigned j); /* for tests: called between two words of a look, after word @j */
	_Atomic uint32_t done;
	_Atomic uint64_t bound; /* least key (cycle << 5 | domain) at which a domain stopped */
	cycles_t distance[PEF_DOMAINS_MAX][PEF_DOMAINS_MAX]; /* shortest way from, to */
	struct horizon_word words[PEF_DOMAINS_MAX];
};

/* What a consistent look at all words tells one domain. */
struct horizon_view {
	cycles_t horizon; /* others may send to it at this time or later */
	cycles_t least; /* of all words: nobody will ever stop before it */
	bool over; /* nobody has an event */
};

void horizon_init(struct horizon *h, unsigned count, cycles_t (*latency)[PEF_DOMAINS_MAX]);
static inline uint64_t horizon_load(struct horizon *h, unsigned i)
{
	return atomic_load(&h->words[i].word);
}
/** horizon_raise - publish @time if the word is still @seen; false: look again */
bool horizon_raise(struct horizon *h, unsigned i, uint64_t seen, cycles_t time);
/** horizon_lower - a message for domain @i will arrive at @time */
void horizon_lower(struct horizon *h, unsigned i, cycles_t time);
struct horizon_view horizon_collect(struct horizon *h, unsigned i);
/** horizon_wake - wake the sleepers that can go on; after any raise */
void horizon_wake(struct horizon *h, unsigned self);
/** horizon_sleep - until somebody thinks that @i can go on */
void horizon_sleep(struct horizon *h, unsigned i);
/** horizon_finish - the run is over: everybody wakes up to leave */
void horizon_finish(struct horizon *h);
/** horizon_stop_at - no domain need run anything at or after (@cycle, @domain) */
void horizon_stop_at(struct horizon *h, cycles_t cycle, unsigned domain);
static inline bool horizon_stopped(struct horizon *h, cycles_t cycle, unsigned domain)
{
	return (cycle << 5 | domain) >= atomic_load_explicit(&h->bound, memory_order_relaxed);
}

#endif
