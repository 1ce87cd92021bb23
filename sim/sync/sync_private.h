/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync_private.h - what the simulated locks share: waiters, the list of locks a
 * context holds, and the words for misuse.
 *
 * Every lock is the same few steps in another order: pass a point, pay, test,
 * wait in a queue, be noted as holder. The test and what follows it happen at
 * one moment of virtual time, since only the calls that pay, pass a point or
 * sleep let another context run. So no lock needs more than plain fields.
 *
 * Locking: none; all of it belongs to the running domain.
 * Errors: misuse is a finding. Blocking: waiter_sleep() only.
 */
#ifndef PEFSIM_SYNC_PRIVATE_H
#define PEFSIM_SYNC_PRIVATE_H

#include "pefsim/finding.h"
#include "pefsim/heap.h"
#include "pefsim/points.h"
#include "pefsim/sync.h"

/*
 * A waiting context. It lives on that context's own stack and stays in the
 * queue until it has what it waits for: being woken only means to test again.
 */
struct sim_waiter {
	struct context *ctx;
	struct sim_waiter *next;
	enum lock_mode mode;
	bool asleep; /* inside context_block() */
	bool woken; /* a wake-up that it has not used yet */
};

void waiter_enter(struct sim_queue *queue, struct sim_waiter *waiter, enum lock_mode mode);
void waiter_leave(struct sim_queue *queue, struct sim_waiter *waiter);
/** waiter_sleep - until woken; returns at once when a wake-up came since the last sleep. Yields. */
void waiter_sleep(struct sim_waiter *waiter, enum cost_cause cause, const struct wait_on *on);
/** waiter_wake - make it test again, @after cycles from now; no effect on one that is awake already */
void waiter_wake(struct sim_waiter *waiter, cycles_t after);

/* How a lock is taken. */
struct sync_way {
	uint8_t subclass;
	bool spinning;
	bool tried; /* it would not be waited for */
};

/*
 * A held lock stands in two lists: its context's, newest first, and, where a
 * lock may have several holders, its lock's.
 */
struct sim_held {
	struct context *ctx;
	const void *lock;
	obj_t name;
	enum lock_mode mode;
	bool spinning;
	bool tried;
	uint8_t subclass;
	cycles_t since;
	uint32_t chain;
	uint64_t stack; /* a hash of this lock and the older ones of the context (steps.c) */
	struct sim_held *older; /* of the same context; or the next spare one */
	struct sim_held *peer; /* next holder of the same lock */
	struct sim_held *before, *after; /* all that are held in the domain */
};

/* What the room keeps of a domain. */
struct sync_domain {
	struct sim_held *spare;
	struct sim_held *all; /* the newest first */
	/* steps.c */
	bool watched; /* ENGINE_CHECK_LOCK_ORDER */
	uint32_t used, cap;
	uint64_t *seen;
	struct sync_step **by; /* the step of each place of @seen */
	struct sync_step *first_step, *last_step;
	struct sync_link *first_link, *last_link;
};
/** sync_domain - of the running domain */
struct sync_domain *sync_domain(struct domain *d);

/** held_add - the running context holds @lock from now on; emits the record */
struct sim_held *held_add(const void *lock, obj_t name, enum lock_mode mode, struct sync_way way);
/** held_keep - the same without a record, for what is no lock: sleepers of a wait queue wait for the context */
struct sim_held *held_keep(const void *queue, obj_t name);
/** held_drop - its holder gave it back; emits the record unless @held is of held_keep(). It is gone. */
void held_drop(struct sim_held *held);
/** held_tell - as others see it */
struct sync_held held_tell(const struct sim_held *held);
/** held_find - what @ctx holds of @lock, the newest; NULL when nothing */
struct sim_held *held_find(const struct context *ctx, const void *lock);
/** held_unlink - take @held, or @ctx's newest when @held is NULL, from a lock's list; NULL when not there */
struct sim_held *held_unlink(struct sim_held **list, const struct sim_held *held, const struct context *ctx);
/** held_collect - the contexts of a lock's list, at most @max */
unsigned held_collect(const struct sim_held *list, struct context **out, unsigned max);

/** step_note - the running context takes @name and waits for it if it must: kept when it is a new way to do so */
void step_note(obj_t name, enum lock_mode mode, unsigned subclass);
/** step_signal - the running context ends waits for @name, with the locks that it holds */
void step_signal(obj_t name);
/** step_stack - of a context that holds @held on top of @older */
uint64_t step_stack(const struct sim_held *held, const struct sim_held *older);

/** sync_self - the running context; in a handler it stops the process; a lock without a name is a finding */
struct context *sync_self(obj_t name);
/** sync_may_sleep - a finding when the running context holds a spin lock */
void sync_may_sleep(obj_t name, const char *verb);
/** sync_misuse - report @rule ("unlocks %s, which it does not hold") about @name. Does not return in a context. */
void sync_misuse(obj_t name, const char *rule, const struct context *holder);
void sync_misuse_as(enum finding_kind kind, obj_t name, const char *rule, const struct context *holder);

#endif
