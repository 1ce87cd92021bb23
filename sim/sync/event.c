/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event.c - completions and wait queues.
 *
 * A completion remembers that it is done; a wait queue remembers nothing, so
 * its waiter is queued before anything else can happen and only then passes its
 * point: a schedule that holds it there cannot make it lose a wake-up that a
 * real kernel, which also queues first, would not lose. Both may be woken from
 * a message handler, where no context is there to pay: then the sleepers pay,
 * by waking later.
 *
 * Locking: this is it. Errors: sleeping under a spin lock is a finding.
 * Blocking: wait and sleep wait; complete and wake_all only pay and pass points,
 * and not even that in a handler.
 */
#include "sync_private.h"

/* Pay for a wake-up; returns after how many cycles the sleepers go on. */
static cycles_t event_pay(void)
{
	if (context_self()) {
		cost_charge(STEP_WAKE);
		return 1;
	}
	const struct price_list *prices = domain_prices(domain_self());
	return prices ? price_of(prices, STEP_WAKE) : 1;
}

/* Events of the script are no part of what is simulated: no lock is told to be held while they are waited for. */
static bool event_is_models(obj_t name)
{
	return obj_type(name) != OBJ_EVENT;
}

static void event_wake_queue(struct sim_queue *queue, obj_t name, cycles_t after)
{
	trace_emit(TRACE_LOCK_RELEASE, LOCK_EVENT, name.w, 0);
	while (queue->head) {
		struct sim_waiter *waiter = queue->head;
		waiter_leave(queue, waiter);
		order_wake(waiter->ctx);
		waiter_wake(waiter, after);
	}
	point_pass(POINT_WAKE, name);
}

/*L:170
 * Lost wake-ups are bugs that a simulator could easily invent. The sleeper is in the queue before
 * anything else can happen and passes its point after, so a hold just before the sleep cannot make it
 * miss what a real kernel would not miss.
 :*/
/* Queue, pass the point, sleep until woken. */
static void event_sleep(struct sim_queue *queue, struct wait_on on, enum cost_cause cause)
{
	obj_t name = on.what;
	struct sim_waiter waiter;
	on.chain = chain_capture();
	if (event_is_models(name))
		step_note(name, LOCK_EVENT, 0);
	waiter_enter(queue, &waiter, LOCK_EVENT);
	point_pass(POINT_WAIT, name);
	trace_emit(TRACE_LOCK_WAIT, LOCK_EVENT, name.w, 0);
	waiter_sleep(&waiter, cause, &on);
	trace_emit(TRACE_LOCK_ACQUIRE, LOCK_EVENT, name.w, 0);
}

static unsigned event_keepers(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct sim_waitqueue *q = object;
	(void)waiter;
	return held_collect(q->keepers, out, max);
}

void sim_completion_init(struct sim_completion *c, obj_t name)
{
	*c = (struct sim_completion){.name = name};
}

void sim_completion_wait(struct sim_completion *c)
{
	sync_may_sleep(c->name, "completion waited for");
	if (!c->done) {
		event_sleep(&c->queue, (struct wait_on){.what = c->name}, CAUSE_LOCK_WAIT);
	} else {
		step_note(c->name, LOCK_EVENT, 0);
		point_pass(POINT_WAIT, c->name);
		trace_emit(TRACE_LOCK_ACQUIRE, LOCK_EVENT, c->name.w, 0);
	}
	sync_go_on_by(c->name);
	order_acquire(&c->order);
}

void sim_completion_complete(struct sim_completion *c)
{
	cycles_t after = event_pay();
	order_release_shared(&c->order);
	c->done = true;
	step_signal(c->name);
	sync_hand_on(c->name);
	event_wake_queue(&c->queue, c->name, after);
}

void sim_waitqueue_init(struct sim_waitqueue *q, obj_t name)
{
	*q = (struct sim_waitqueue){.name = name};
}

void sim_waitqueue_sleep(struct sim_waitqueue *q, enum cost_cause cause)
{
	sync_self(q->name);
	sync_may_sleep(q->name, "wait queue slept on");
	struct wait_on on = {.what = q->name, .object = q, .holders = event_keepers, .missed = &q->missed};
	event_sleep(&q->queue, on, cause);
}

void sim_waitqueue_may_sleep(struct sim_waitqueue *q)
{
	sync_may_sleep(q->name, "wait queue slept on");
	step_note(q->name, LOCK_EVENT, 0);
}

void sim_waitqueue_miss(struct sim_waitqueue *q)
{
	const struct context *self = context_self();
	q->missed = (struct wait_missed){.any = true,
		.ctx = self ? context_id(self) : 0,
		.cycle = domain_now(domain_self()),
		.chain = chain_capture()};
}

void sim_waitqueue_wake_all(struct sim_waitqueue *q)
{
	cycles_t after = event_pay();
	if (!q->queue.head && event_is_models(q->name))
		sim_waitqueue_miss(q);
	event_wake_queue(&q->queue, q->name, after);
}

/*L:175
 * A wait queue knows who sleeps but not who will wake him. Where a model can say it, a circle through
 * the sleeper is found at once and needs no search for it: a memslot update waits for the
 * invalidations under way, and each of those may want a lock that the update holds.
 :*/
void sim_waitqueue_keep(struct sim_waitqueue *q)
{
	sync_self(q->name);
	struct sim_held *held = held_keep(q, q->name);
	held->peer = q->keepers;
	q->keepers = held;
}

void sim_waitqueue_release(struct sim_waitqueue *q)
{
	struct sim_held *held = held_unlink(&q->keepers, NULL, sync_self(q->name));
	if (held)
		held_drop(held);
}
