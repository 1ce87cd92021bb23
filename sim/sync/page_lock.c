/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_lock.c - the lock bit of a host page.
 *
 * As PG_locked in Linux (6.1 mm/filemap.c, folio_lock and folio_unlock) it has
 * no owner: a migration may lock a page in one context and unlock it in
 * another, and that is no misuse. Who locked it is remembered for reports and
 * for the graph of waiters, and may have ended meanwhile.
 *
 * Locking: this is it. Errors: unlocking a page that is not locked is a finding.
 * Blocking: lock waits; trylock and unlock only pay and pass points.
 */
#include "sync_private.h"

static unsigned page_lock_holders(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct sim_page_lock *l = object;
	(void)waiter;
	return held_collect(l->locker, out, max);
}

/*L:160
 * A page's lock bit has no owner: a migration may lock in one context and unlock in another. It is the
 * one lock where "unlocked by another" is no misuse; only who took it last is remembered, for reports.
 :*/
static void page_lock_take(struct sim_page_lock *l)
{
	l->locked = true;
	l->locker = held_add(l, l->name, LOCK_EXCLUSIVE, false);
	point_pass(POINT_ACQUIRED, l->name);
}

static void page_lock_wait(struct sim_page_lock *l)
{
	struct wait_on on = {.what = l->name, .object = l, .holders = page_lock_holders, .chain = chain_capture()};
	struct sim_waiter waiter;
	trace_emit(TRACE_LOCK_WAIT, LOCK_EXCLUSIVE, l->name.w, 0);
	waiter_enter(&l->queue, &waiter, LOCK_EXCLUSIVE);
	do {
		waiter_sleep(&waiter, CAUSE_LOCK_WAIT, &on);
		cost_charge(STEP_HANDOVER);
	} while (l->locked);
	waiter_leave(&l->queue, &waiter);
}

void sim_page_lock_init(struct sim_page_lock *l, obj_t name)
{
	*l = (struct sim_page_lock){.name = name};
}

void sim_page_lock_lock(struct sim_page_lock *l)
{
	sync_may_sleep(l->name, "page lock taken");
	point_pass(POINT_ACQUIRE, l->name);
	cost_charge(STEP_LOCK);
	if (l->locked)
		page_lock_wait(l);
	page_lock_take(l);
}

bool sim_page_lock_trylock(struct sim_page_lock *l)
{
	sync_self(l->name);
	point_pass(POINT_ACQUIRE, l->name);
	cost_charge(STEP_LOCK);
	if (l->locked)
		return false;
	page_lock_take(l);
	return true;
}

void sim_page_lock_unlock(struct sim_page_lock *l)
{
	sync_self(l->name);
	if (!l->locked) {
		sync_misuse(l->name, "unlock of what nobody holds", NULL);
		return;
	}
	cost_charge(STEP_UNLOCK);
	held_drop(l->locker);
	l->locker = NULL;
	l->locked = false;
	if (l->queue.head)
		waiter_wake(l->queue.head, 1);
	point_pass(POINT_RELEASE, l->name);
}

bool sim_page_lock_is_locked(const struct sim_page_lock *l)
{
	return l->locked;
}
