/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * order.h - what happens before what, as locks and messages say it.
 *
 * Each context keeps a vector clock: how much of every other context's past it
 * has learned of. Locks, messages and the like hand knowledge on, by the calls
 * below: a release leaves what the running context knows in an object, an
 * acquire takes over what was left there. The race detector (sim/detect) asks
 * whether an earlier access is in the running context's past.
 *
 * A lock belongs to one domain and hands on only what is known of that domain's
 * contexts. What is known of other domains travels in messages and in the
 * script's events: a lock taken inside the ultravisor says nothing about
 * accesses of the hypervisor.
 *
 * All of it costs one predicted branch when races are not looked for.
 *
 * Locking: none; an object belongs to its domain, a parcel to who holds the
 * message. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_ORDER_H
#define PEFSIM_ORDER_H

#include "pefsim/engine.h"

/* Clocks of the contexts of one domain, by id; 0: handlers. In a domain's arena; zeroed: nothing known. */
struct order_clock {
	uint32_t *at;
	uint32_t len, cap;
};

/* What was left at a lock. Zeroed: nothing yet. */
struct order_sync {
	struct order_clock known;
	uint32_t ctx, clock; /* who released it last, and when; clock 0: several, or nobody */
};

/* What is known of every domain. Zeroed: nothing. */
struct order_part;
struct order_known {
	struct order_part *parts;
};

/* The same, packed beside a message: (domain, count, clocks) one after the other. In the arena of the sender. */
struct order_parcel {
	uint32_t *words;
	uint32_t used, cap;
};

void order_acquire_slow(const struct order_sync *sync);
void order_release_slow(struct order_sync *sync);
void order_release_shared_slow(struct order_sync *sync);
void order_acquire_at_slow(const volatile void *address);
void order_release_at_slow(const volatile void *address);
void order_forget_at_slow(const volatile void *address);
void order_wake_slow(struct context *woken);
void order_signal_slow(struct order_known *event);
void order_await_slow(const struct order_known *event);

/** order_acquire - the running context is after all that was released there */
static inline void order_acquire(const struct order_sync *sync)
{
	if (engine_tls.races)
		order_acquire_slow(sync);
}
/** order_release - leave what the running context knows, in place of what was there: it has acquired that */
static inline void order_release(struct order_sync *sync)
{
	if (engine_tls.races)
		order_release_slow(sync);
}
/** order_release_shared - leave it beside what was there: one of several readers, a completion */
static inline void order_release_shared(struct order_sync *sync)
{
	if (engine_tls.races)
		order_release_shared_slow(sync);
}
/**
 * order_acquire_at, order_release_at - the same for a word in memory that has no
 * struct order_sync: an atomic, a reference count, a page's lock bit
 * order_forget_at - a store without a release: who reads it learns nothing
 */
static inline void order_acquire_at(const volatile void *address)
{
	if (engine_tls.races)
		order_acquire_at_slow(address);
}
static inline void order_release_at(const volatile void *address)
{
	if (engine_tls.races)
		order_release_at_slow(address);
}
static inline void order_forget_at(const volatile void *address)
{
	if (engine_tls.races)
		order_forget_at_slow(address);
}
/** order_wake - a context of this domain goes on because the running code woke it */
static inline void order_wake(struct context *woken)
{
	if (engine_tls.races)
		order_wake_slow(woken);
}
/** order_signal, order_await - an event of the script: hands on what is known of every domain */
static inline void order_signal(struct order_known *event)
{
	if (engine_tls.races)
		order_signal_slow(event);
}
static inline void order_await(const struct order_known *event)
{
	if (engine_tls.races)
		order_await_slow(event);
}

/* ---- for the engine ------------------------------------------------------------ */

/** order_add_domain - prepare a new domain; order_drop_domain: it goes, with what is kept outside its arena */
void order_add_domain(struct domain *d);
void order_drop_domain(struct domain *d);
/** order_snapshot, order_restore - with engine_snapshot() and engine_restore(), after the arenas */
void order_snapshot(struct domain *d);
void order_restore(struct domain *d);
/** order_spawn - @child begins with what the running context knows; outside a run: with nothing */
void order_spawn(struct context *child);
/** order_pack - fill a message's parcel with what the running code knows */
void order_pack(struct order_parcel *parcel);
/** order_unpack - @ctx, of the running domain, has received it; NULL: a handler, which knows nothing else */
void order_unpack(const struct order_parcel *parcel, struct context *ctx);

#endif
