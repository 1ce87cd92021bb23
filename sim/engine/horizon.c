/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * horizon.c - conservative virtual time without locks or null messages.
 *
 * A look is believed when two in a row are equal, versions included: then all
 * words had those values at one moment. Who goes to sleep announces it, looks
 * again, and then waits; who raised his word looks for sleepers afterwards. As
 * all of that is sequentially consistent, one of the two sees the other.
 *
 * Locking, Errors, Blocking: see horizon.h.
 */
#include "horizon.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline cycles_t word_time(uint64_t word)
{
	return word >> HORIZON_VERSION_BITS;
}

static inline uint64_t word_make(cycles_t time, uint64_t before)
{
	uint64_t version = (before + 1) & ((UINT64_C(1) << HORIZON_VERSION_BITS) - 1);
	return time << HORIZON_VERSION_BITS | version;
}

static inline cycles_t time_add(cycles_t a, cycles_t b)
{
	return a >= HORIZON_NEVER || b >= HORIZON_NEVER - a ? HORIZON_NEVER : a + b;
}

/* Latencies may be such that a way over a third domain is shorter. */
void horizon_init(struct horizon *h, unsigned count, cycles_t (*latency)[PEF_DOMAINS_MAX])
{
	memset(h, 0, sizeof *h);
	h->count = count;
	atomic_init(&h->bound, UINT64_MAX);
	memcpy(h->distance, latency, sizeof h->distance);
	for (unsigned k = 0; k < count; k++)
		for (unsigned i = 0; i < count; i++)
			for (unsigned j = 0; j < count; j++) {
				cycles_t way = time_add(h->distance[i][k], h->distance[k][j]);
				if (h->distance[i][j] > way)
					h->distance[i][j] = way;
			}
}

bool horizon_raise(struct horizon *h, unsigned i, uint64_t seen, cycles_t time)
{
	if (word_time(seen) == time)
		return true;
	return atomic_compare_exchange_strong(&h->words[i].word, &seen, word_make(time, seen));
}

void horizon_lower(struct horizon *h, unsigned i, cycles_t time)
{
	uint64_t seen = atomic_load(&h->words[i].word), lower;
	do {
		cycles_t now = word_time(seen);
		lower = word_make(now < time ? now : time, seen);
	} while (!atomic_compare_exchange_weak(&h->words[i].word, &seen, lower));
}

static void words_read(struct horizon *h, uint64_t *out)
{
	for (unsigned j = 0; j < h->count; j++) {
		out[j] = atomic_load(&h->words[j].word);
		if (h->looked)
			h->looked(h, j);
	}
}

static struct horizon_view words_view(const struct horizon *h, unsigned i, const uint64_t *words)
{
	struct horizon_view view = {HORIZON_NEVER, HORIZON_NEVER, false};
	for (unsigned j = 0; j < h->count; j++) {
		cycles_t time = word_time(words[j]);
		if (view.least > time)
			view.least = time;
		cycles_t reach = j == i ? HORIZON_NEVER : time_add(time, h->distance[j][i]);
		if (view.horizon > reach)
			view.horizon = reach;
	}
	view.over = view.least == HORIZON_NEVER;
	return view;
}

/*E:170
 * How far may a domain run? Up to the least time at which another could still send to it: that
 * domain's next event plus the latency of the edge. The words of all domains are read twice until they
 * agree, versions included, since a set of values that never were there together might promise too
 * much. No null messages are needed.
 :*/
struct horizon_view horizon_collect(struct horizon *h, unsigned i)
{
	uint64_t one[PEF_DOMAINS_MAX], two[PEF_DOMAINS_MAX];
	words_read(h, one);
	while (!h->single_collect) {
		words_read(h, two);
		if (!memcmp(one, two, h->count * sizeof *one))
			break;
		memcpy(one, two, sizeof one);
	}
	return words_view(h, i, one);
}

/* One look is enough here: who makes it wrong looks again after his own raise. */
static bool domain_can_go(struct horizon *h, unsigned i)
{
	uint64_t words[PEF_DOMAINS_MAX];
	for (unsigned j = 0; j < h->count; j++)
		words[j] = atomic_load(&h->words[j].word);
	struct horizon_view view = words_view(h, i, words);
	return view.over || word_time(words[i]) < view.horizon;
}

static void sleeper_wake(struct horizon *h, unsigned i)
{
	if (atomic_exchange(&h->words[i].asleep, 0))
		syscall(SYS_futex, &h->words[i].asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void horizon_wake(struct horizon *h, unsigned self)
{
	for (unsigned j = 0; j < h->count; j++)
		if (j != self && atomic_load(&h->words[j].asleep) && domain_can_go(h, j))
			sleeper_wake(h, j);
}

void horizon_sleep(struct horizon *h, unsigned i)
{
	atomic_store(&h->words[i].asleep, 1);
	if (domain_can_go(h, i) || atomic_load(&h->done)) {
		atomic_store(&h->words[i].asleep, 0);
		return;
	}
	while (atomic_load(&h->words[i].asleep))
		syscall(SYS_futex, &h->words[i].asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}

void horizon_finish(struct horizon *h)
{
	atomic_store(&h->done, 1);
	for (unsigned j = 0; j < h->count; j++)
		sleeper_wake(h, j);
}

void horizon_stop_at(struct horizon *h, cycles_t cycle, unsigned domain)
{
	uint64_t key = cycle << 5 | domain, seen = atomic_load(&h->bound);
	while (key < seen && !atomic_compare_exchange_weak(&h->bound, &seen, key))
		;
}
