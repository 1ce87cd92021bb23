/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exclusive.c - mutex and spin lock: one owner, waiters woken in order.
 *
 * Unlocking makes the lock free and wakes the first waiter; it does not hand
 * the lock over. The waiter pays for the lock's cache line to arrive and tests
 * again, and whoever comes by in between may have taken it: then it waits on,
 * still the first. So who gets a lock is an event that a schedule can decide.
 * The two kinds differ in one thing only: nothing may sleep under a spin lock.
 *
 * Locking: this is it. Errors: unlocking what one does not hold, and sleeping
 * under a spin lock, are findings; taking a lock twice is a deadlock.
 * Blocking: lock waits; trylock and unlock only pay and pass points.
 */
#include "sync_private.h"

static unsigned exclusive_holders(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct sim_exclusive *lock = object;
	(void)waiter;
	if (!lock->owner || !max)
		return 0;
	out[0] = lock->owner;
	return 1;
}

static void exclusive_init(struct sim_exclusive *lock, obj_t name)
{
	*lock = (struct sim_exclusive){.name = name};
}

static void exclusive_take(struct sim_exclusive *lock, struct context *self, struct sync_way way)
{
	lock->owner = self;
	order_acquire(&lock->order);
	held_add(lock, lock->name, LOCK_EXCLUSIVE, way);
	point_pass(POINT_ACQUIRED, lock->name);
}

/*L:110
 * A waiter that is woken does not have the lock. It pays for the line, looks again, and may find that
 * somebody else was quicker, as on a real machine. Handing the lock over would be simpler and would
 * hide every race that needs a third party.
 :*/
static void exclusive_wait(struct sim_exclusive *lock)
{
	struct wait_on on = {
		.what = lock->name, .object = lock, .holders = exclusive_holders, .chain = chain_capture()};
	struct sim_waiter waiter;
	trace_emit(TRACE_LOCK_WAIT, LOCK_EXCLUSIVE, lock->name.w, 0);
	waiter_enter(&lock->queue, &waiter, LOCK_EXCLUSIVE);
	do {
		waiter_sleep(&waiter, CAUSE_LOCK_WAIT, &on);
		cost_charge(STEP_HANDOVER);
	} while (lock->owner);
	waiter_leave(&lock->queue, &waiter);
}

/*L:100
 * A simulated lock costs what a real one costs: the atomic update always, the wait when there is one,
 * and then the time for the lock's cache line to come over. Before and after it the context passes a
 * point, where a schedule may hold it.
 :*/
static void exclusive_lock(struct sim_exclusive *lock, bool spinning, unsigned subclass)
{
	struct context *self = sync_self(lock->name);
	if (!spinning)
		sync_may_sleep(lock->name, "mutex taken");
	point_pass(POINT_ACQUIRE, lock->name);
	cost_charge(STEP_LOCK);
	step_note(lock->name, LOCK_EXCLUSIVE, subclass);
	if (lock->owner)
		exclusive_wait(lock);
	exclusive_take(lock, self, (struct sync_way){.spinning = spinning, .subclass = (uint8_t)subclass});
}

static bool exclusive_trylock(struct sim_exclusive *lock, bool spinning)
{
	struct context *self = sync_self(lock->name);
	point_pass(POINT_ACQUIRE, lock->name);
	cost_charge(STEP_LOCK);
	if (lock->owner)
		return false;
	exclusive_take(lock, self, (struct sync_way){.spinning = spinning, .tried = true});
	return true;
}

/*L:120
 * To unlock is to make the lock free and wake the first in line; who gets it is an event of its own.
 * Unlocking what one does not hold is told as misuse, with the rule and the lock in the title.
 :*/
static void exclusive_unlock(struct sim_exclusive *lock)
{
	struct context *self = sync_self(lock->name);
	if (lock->owner != self) {
		sync_misuse(lock->name,
			lock->owner ? "unlock of what another context holds" : "unlock of what nobody holds",
			lock->owner);
		return;
	}
	cost_charge(STEP_UNLOCK);
	order_release(&lock->order);
	lock->owner = NULL;
	held_drop(held_find(self, lock));
	if (lock->queue.head)
		waiter_wake(lock->queue.head, 1);
	point_pass(POINT_RELEASE, lock->name);
}

/* ---- mutex ----------------------------------------------------------------- */

void sim_mutex_init(struct sim_mutex *m, obj_t name)
{
	exclusive_init(&m->lock, name);
}

void sim_mutex_lock(struct sim_mutex *m)
{
	exclusive_lock(&m->lock, false, 0);
}

void sim_mutex_lock_nested(struct sim_mutex *m, unsigned subclass)
{
	exclusive_lock(&m->lock, false, subclass);
}

bool sim_mutex_trylock(struct sim_mutex *m)
{
	return exclusive_trylock(&m->lock, false);
}

void sim_mutex_unlock(struct sim_mutex *m)
{
	exclusive_unlock(&m->lock);
}

bool sim_mutex_is_held(const struct sim_mutex *m)
{
	return m->lock.owner && m->lock.owner == context_self();
}

/* ---- spin lock --------------------------------------------------------------- */

void sim_spin_init(struct sim_spinlock *l, obj_t name)
{
	exclusive_init(&l->lock, name);
}

void sim_spin_lock(struct sim_spinlock *l)
{
	exclusive_lock(&l->lock, true, 0);
}

void sim_spin_lock_nested(struct sim_spinlock *l, unsigned subclass)
{
	exclusive_lock(&l->lock, true, subclass);
}

bool sim_spin_trylock(struct sim_spinlock *l)
{
	return exclusive_trylock(&l->lock, true);
}

void sim_spin_unlock(struct sim_spinlock *l)
{
	exclusive_unlock(&l->lock);
}

bool sim_spin_is_held(const struct sim_spinlock *l)
{
	return l->lock.owner && l->lock.owner == context_self();
}
