/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rwsem.c - a fair reader-writer semaphore.
 *
 * Fair means that nobody passes a waiting writer: a reader that comes later
 * waits behind it, and may so wait for itself if it reads already. That is how
 * Linux's mmap_lock behaves (Linux 6.1 kernel/locking/rwsem.c, where the fast
 * path of readers fails once somebody waits), and it is what turns two readers
 * into a deadlock. Whoever gives the semaphore back wakes the first writer, or
 * all readers before it; each then tests for itself whether it may enter.
 *
 * Locking: this is it. Errors: giving back what one does not hold is a finding.
 * Blocking: read_lock and write_lock wait; the others only pay and pass points.
 */
#include "sync_private.h"

/*L:130
 * mmap_lock is fair: a reader does not pass a writer that waits. This small rule is what turns two
 * harmless reads of one thread, with a writer in between, into a deadlock, so it is modelled and not
 * left out.
 :*/
/* Whether @waiter, or somebody new when NULL, may enter at this moment. */
static bool rwsem_is_open(const struct sim_rwsem *s, enum lock_mode mode, const struct sim_waiter *waiter)
{
	if (s->writer || (mode == LOCK_EXCLUSIVE && s->reader_count))
		return false;
	for (const struct sim_waiter *at = s->queue.head; at && at != waiter; at = at->next)
		if (mode == LOCK_EXCLUSIVE || at->mode == LOCK_EXCLUSIVE)
			return false;
	return true;
}

static void rwsem_wake(struct sim_rwsem *s)
{
	for (struct sim_waiter *at = s->queue.head; at && rwsem_is_open(s, at->mode, at); at = at->next) {
		waiter_wake(at, 1);
		if (at->mode == LOCK_EXCLUSIVE)
			return;
	}
}

/* The present holders that exclude the waiter, and those before it in the queue: their own waits lead on. */
static unsigned rwsem_holders(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct sim_rwsem *s = object;
	const struct sim_waiter *self = s->queue.head;
	while (self && self->ctx != waiter)
		self = self->next;
	enum lock_mode mode = self ? self->mode : LOCK_EXCLUSIVE;
	unsigned count = 0;
	if (s->writer && max)
		out[count++] = s->writer;
	if (mode == LOCK_EXCLUSIVE)
		count += held_collect(s->readers, out + count, max - count);
	for (const struct sim_waiter *at = s->queue.head; at && at != self && count < max; at = at->next)
		if (mode == LOCK_EXCLUSIVE || at->mode == LOCK_EXCLUSIVE)
			out[count++] = at->ctx;
	return count;
}

static void rwsem_wait(struct sim_rwsem *s, enum lock_mode mode)
{
	struct wait_on on = {.what = s->name, .object = s, .holders = rwsem_holders, .chain = chain_capture()};
	struct sim_waiter waiter;
	trace_emit(TRACE_LOCK_WAIT, mode, s->name.w, 0);
	waiter_enter(&s->queue, &waiter, mode);
	do {
		waiter_sleep(&waiter, CAUSE_LOCK_WAIT, &on);
		cost_charge(STEP_HANDOVER);
	} while (!rwsem_is_open(s, mode, &waiter));
	waiter_leave(&s->queue, &waiter);
}

static enum point_mode rwsem_point(enum lock_mode mode)
{
	return mode == LOCK_EXCLUSIVE ? POINT_EXCLUSIVE : POINT_SHARED;
}

static void rwsem_enter(struct sim_rwsem *s, enum lock_mode mode, struct context *self, struct sync_way way)
{
	struct sim_held *held = held_add(s, s->name, mode, way);
	order_acquire(&s->written);
	if (mode == LOCK_EXCLUSIVE) {
		order_acquire(&s->read);
		s->writer = self;
	} else {
		held->peer = s->readers;
		s->readers = held;
		s->reader_count++;
		rwsem_wake(s);
	}
	point_pass_mode(POINT_ACQUIRED, s->name, rwsem_point(mode));
}

static void rwsem_lock(struct sim_rwsem *s, enum lock_mode mode, unsigned subclass)
{
	struct context *self = sync_self(s->name);
	sync_may_sleep(s->name, "semaphore taken");
	point_pass_mode(POINT_ACQUIRE, s->name, rwsem_point(mode));
	cost_charge(STEP_LOCK);
	step_note(s->name, mode, subclass);
	if (!rwsem_is_open(s, mode, NULL))
		rwsem_wait(s, mode);
	rwsem_enter(s, mode, self, (struct sync_way){.subclass = (uint8_t)subclass});
}

static bool rwsem_trylock(struct sim_rwsem *s, enum lock_mode mode)
{
	struct context *self = sync_self(s->name);
	point_pass_mode(POINT_ACQUIRE, s->name, rwsem_point(mode));
	cost_charge(STEP_LOCK);
	if (!rwsem_is_open(s, mode, NULL))
		return false;
	rwsem_enter(s, mode, self, (struct sync_way){.tried = true});
	return true;
}

void sim_rwsem_init(struct sim_rwsem *s, obj_t name)
{
	*s = (struct sim_rwsem){.name = name};
}

void sim_rwsem_read_lock(struct sim_rwsem *s)
{
	rwsem_lock(s, LOCK_SHARED, 0);
}

void sim_rwsem_read_lock_nested(struct sim_rwsem *s, unsigned subclass)
{
	rwsem_lock(s, LOCK_SHARED, subclass);
}

bool sim_rwsem_read_trylock(struct sim_rwsem *s)
{
	return rwsem_trylock(s, LOCK_SHARED);
}

void sim_rwsem_read_unlock(struct sim_rwsem *s)
{
	struct context *self = sync_self(s->name);
	if (!sim_rwsem_is_read_held(s)) {
		sync_misuse(s->name, "read unlock of what the context does not read", s->writer);
		return;
	}
	cost_charge(STEP_UNLOCK);
	order_release_shared(&s->read);
	s->reader_count--;
	held_drop(held_unlink(&s->readers, NULL, self));
	rwsem_wake(s);
	point_pass_mode(POINT_RELEASE, s->name, POINT_SHARED);
}

void sim_rwsem_write_lock(struct sim_rwsem *s)
{
	rwsem_lock(s, LOCK_EXCLUSIVE, 0);
}

void sim_rwsem_write_lock_nested(struct sim_rwsem *s, unsigned subclass)
{
	rwsem_lock(s, LOCK_EXCLUSIVE, subclass);
}

bool sim_rwsem_write_trylock(struct sim_rwsem *s)
{
	return rwsem_trylock(s, LOCK_EXCLUSIVE);
}

/* Whether the running context may give back or downgrade the write side. */
static bool rwsem_is_writer(struct sim_rwsem *s, struct context *self, const char *rule)
{
	if (s->writer == self)
		return true;
	sync_misuse(s->name, rule, s->writer);
	return false;
}

void sim_rwsem_write_unlock(struct sim_rwsem *s)
{
	struct context *self = sync_self(s->name);
	if (!rwsem_is_writer(s, self, "write unlock of what the context does not write"))
		return;
	cost_charge(STEP_UNLOCK);
	order_release(&s->written);
	s->writer = NULL;
	held_drop(held_find(self, s));
	rwsem_wake(s);
	point_pass(POINT_RELEASE, s->name);
}

void sim_rwsem_downgrade(struct sim_rwsem *s)
{
	struct context *self = sync_self(s->name);
	if (!rwsem_is_writer(s, self, "downgrade of what the context does not write"))
		return;
	cost_charge(STEP_UNLOCK);
	order_release(&s->written);
	s->writer = NULL;
	struct sim_held *held = held_find(self, s);
	struct sync_way way = {.subclass = held->subclass, .tried = held->tried};
	held_drop(held);
	rwsem_enter(s, LOCK_SHARED, self, way);
}

bool sim_rwsem_is_write_held(const struct sim_rwsem *s)
{
	return s->writer && s->writer == context_self();
}

bool sim_rwsem_is_read_held(const struct sim_rwsem *s)
{
	struct context *self = context_self();
	const struct sim_held *held = s->readers;
	while (held && held->ctx != self)
		held = held->peer;
	return self && held;
}
