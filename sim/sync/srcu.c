/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * srcu.c - sleepable read-copy-update: readers never wait, synchronize does.
 *
 * As in Linux (6.1 kernel/rcu/srcutree.c) there are two sides. A grace period
 * turns new readers to the other side and waits until the side they left is
 * empty, so it waits only for readers that were there when it began. Since
 * grace periods take turns, the side that is turned to is always empty then,
 * and one turn is enough. This is a simulated object: the simulator's own use
 * of liburcu has nothing to do with it.
 *
 * Locking: this is it. Errors: an unlock that does not match is a finding, and
 * so is synchronize inside one's own read section: it would wait for itself.
 * Blocking: synchronize waits; readers only pay and pass points.
 */
#include "sync_private.h"

void sim_srcu_init(struct sim_srcu *s, obj_t name)
{
	*s = (struct sim_srcu){.name = name};
}

/*L:140
 * The memslot table is read under SRCU, and SRCU readers never wait. The reader only notes on which
 * side it stands; that is why holding it over anything, an ultracall included, is allowed.
 :*/
int sim_srcu_read_lock(struct sim_srcu *s)
{
	sync_self(s->name);
	point_pass_mode(POINT_ACQUIRE, s->name, POINT_SRCU);
	cost_charge(STEP_SRCU);
	step_note(s->name, LOCK_SRCU_READ, 0);
	uint32_t side = s->index;
	order_acquire(&s->begun);
	struct sim_held *held = held_add(s, s->name, LOCK_SRCU_READ, (struct sync_way){0});
	held->peer = s->readers[side];
	s->readers[side] = held;
	s->reader_count[side]++;
	point_pass_mode(POINT_ACQUIRED, s->name, POINT_SRCU);
	return (int)side;
}

static bool srcu_has_reader(const struct sim_srcu *s, unsigned side, const struct context *ctx)
{
	const struct sim_held *held = s->readers[side];
	while (held && held->ctx != ctx)
		held = held->peer;
	return held;
}

void sim_srcu_read_unlock(struct sim_srcu *s, int index)
{
	struct context *self = sync_self(s->name);
	if ((index != 0 && index != 1) || !srcu_has_reader(s, (unsigned)index, self)) {
		sync_misuse(s->name,
			sim_srcu_is_read_held(s) ? "read unlock with another index than its lock gave"
						 : "read unlock without a read lock",
			NULL);
		return;
	}
	cost_charge(STEP_SRCU);
	order_release_shared(&s->read[index]);
	held_drop(held_unlink(&s->readers[index], NULL, self));
	if (--s->reader_count[index] == 0 && (uint32_t)index != s->index && s->queue.head)
		waiter_wake(s->queue.head, 1);
	point_pass_mode(POINT_RELEASE, s->name, POINT_SRCU);
}

static unsigned srcu_drain_holders(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct sim_srcu *s = object;
	(void)waiter;
	return held_collect(s->readers[s->index ^ 1u], out, max);
}

static unsigned srcu_turn_holders(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct sim_srcu *s = object;
	(void)waiter;
	if (!s->synchronizer || !max)
		return 0;
	out[0] = s->synchronizer;
	return 1;
}

static void srcu_wait_turn(struct sim_srcu *s)
{
	struct wait_on on = {.what = s->name, .object = s, .holders = srcu_turn_holders, .chain = chain_capture()};
	struct sim_waiter waiter;
	waiter_enter(&s->turn, &waiter, LOCK_SRCU_SYNC);
	do {
		waiter_sleep(&waiter, CAUSE_LOCK_WAIT, &on);
		cost_charge(STEP_HANDOVER);
	} while (s->synchronizer);
	waiter_leave(&s->turn, &waiter);
}

static void srcu_wait_drained(struct sim_srcu *s, unsigned side)
{
	struct wait_on on = {
		.what = s->name, .object = s, .holders = srcu_drain_holders, .grace = true, .chain = chain_capture()};
	struct sim_waiter waiter;
	waiter_enter(&s->queue, &waiter, LOCK_SRCU_SYNC);
	do {
		waiter_sleep(&waiter, CAUSE_LOCK_WAIT, &on);
		cost_charge(STEP_HANDOVER);
	} while (s->reader_count[side]);
	waiter_leave(&s->queue, &waiter);
}

/*L:150
 * Whoever has published a new table turns new readers to the other side and waits until the old side
 * is empty. Readers that come later do not count, and so a grace period always ends, unless a reader
 * waits for the one who waits here: that circle is in the graph like any other.
 :*/
void sim_srcu_synchronize(struct sim_srcu *s)
{
	struct context *self = sync_self(s->name);
	sync_may_sleep(s->name, "grace period waited for");
	if (sim_srcu_is_read_held(s))
		sync_misuse_as(FINDING_GRACE_PERIOD, s->name, "synchronize inside its own read section", NULL);
	point_pass(POINT_WAIT, s->name);
	step_note(s->name, LOCK_SRCU_SYNC, 0);
	trace_emit(TRACE_LOCK_WAIT, LOCK_SRCU_SYNC, s->name.w, 0);
	if (s->synchronizer)
		srcu_wait_turn(s);
	s->synchronizer = self;
	unsigned side = s->index;
	/* After every section that has ended by now; and after those of the old side when it is empty. */
	order_acquire(&s->read[0]);
	order_acquire(&s->read[1]);
	order_release_shared(&s->begun);
	s->index ^= 1u;
	cost_charge(STEP_GRACE);
	if (s->reader_count[side])
		srcu_wait_drained(s, side);
	order_acquire(&s->read[side]);
	s->synchronizer = NULL;
	trace_emit(TRACE_LOCK_ACQUIRE, LOCK_SRCU_SYNC, s->name.w, 0);
	if (s->turn.head)
		waiter_wake(s->turn.head, 1);
}

bool sim_srcu_is_read_held(const struct sim_srcu *s)
{
	const struct context *self = context_self();
	return self && (srcu_has_reader(s, 0, self) || srcu_has_reader(s, 1, self));
}
