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

static void event_wake_queue(struct sim_queue *queue, obj_t name, cycles_t after)
{
	trace_emit(TRACE_LOCK_RELEASE, LOCK_EVENT, name.w, 0);
	while (queue->head) {
		struct sim_waiter *waiter = queue->head;
		waiter_leave(queue, waiter);
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
static void event_sleep(struct sim_queue *queue, obj_t name, enum cost_cause cause)
{
	struct wait_on on = {.what = name, .chain = chain_capture()};
	struct sim_waiter waiter;
	waiter_enter(queue, &waiter, LOCK_EVENT);
	point_pass(POINT_WAIT, name);
	trace_emit(TRACE_LOCK_WAIT, LOCK_EVENT, name.w, 0);
	waiter_sleep(&waiter, cause, &on);
	trace_emit(TRACE_LOCK_ACQUIRE, LOCK_EVENT, name.w, 0);
}

void sim_completion_init(struct sim_completion *c, obj_t name)
{
	*c = (struct sim_completion){.name = name};
}

void sim_completion_wait(struct sim_completion *c)
{
	sync_may_sleep(c->name, "completion waited for");
	if (!c->done) {
		event_sleep(&c->queue, c->name, CAUSE_LOCK_WAIT);
		return;
	}
	point_pass(POINT_WAIT, c->name);
	trace_emit(TRACE_LOCK_ACQUIRE, LOCK_EVENT, c->name.w, 0);
}

void sim_completion_complete(struct sim_completion *c)
{
	cycles_t after = event_pay();
	c->done = true;
	event_wake_queue(&c->queue, c->name, after);
}

void sim_waitqueue_init(struct sim_waitqueue *q, obj_t name)
{
	*q = (struct sim_waitqueue){.name = name};
}

void sim_waitqueue_sleep(struct sim_waitqueue *q, enum cost_cause cause)
{
	sync_may_sleep(q->name, "wait queue slept on");
	event_sleep(&q->queue, q->name, cause);
}

void sim_waitqueue_wake_all(struct sim_waitqueue *q)
{
	event_wake_queue(&q->queue, q->name, event_pay());
}
