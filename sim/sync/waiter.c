/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waiter.c - contexts waiting for a lock, in order of arrival.
 *
 * A wake-up may come while the waiter is not asleep: it has been woken before
 * and is paying for the lock's line, or a schedule holds it just before it
 * sleeps. Such a wake-up is kept in the waiter and makes the next sleep return
 * at once, so none is ever lost between a test and the sleep after it.
 *
 * Locking: none; a queue belongs to its domain. Errors: none.
 * Blocking: waiter_sleep().
 */
#include "sync_private.h"

void waiter_enter(struct sim_queue *queue, struct sim_waiter *waiter, enum lock_mode mode)
{
	*waiter = (struct sim_waiter){.ctx = context_self(), .mode = mode};
	if (queue->tail)
		queue->tail->next = waiter;
	else
		queue->head = waiter;
	queue->tail = waiter;
	queue->waiting++;
}

void waiter_leave(struct sim_queue *queue, struct sim_waiter *waiter)
{
	struct sim_waiter *before = NULL;
	for (struct sim_waiter *at = queue->head; at != waiter; at = at->next)
		before = at;
	if (before)
		before->next = waiter->next;
	else
		queue->head = waiter->next;
	if (queue->tail == waiter)
		queue->tail = before;
	queue->waiting--;
}

static enum point_mode waiter_mode(enum lock_mode mode)
{
	return mode == LOCK_SHARED ? POINT_SHARED : POINT_EXCLUSIVE;
}

void waiter_sleep(struct sim_waiter *waiter, enum cost_cause cause, const struct wait_on *on)
{
	if (!waiter->woken) {
		waiter->asleep = true;
		context_block(cause, on);
		waiter->asleep = false;
		/* Who looks first whether a lock is free is for a schedule to decide, too. */
		point_pass_mode(POINT_WOKEN, on->what, waiter_mode(waiter->mode));
	}
	waiter->woken = false;
}

void waiter_wake(struct sim_waiter *waiter, cycles_t after)
{
	if (waiter->woken)
		return;
	waiter->woken = true;
	if (waiter->asleep)
		context_wake(waiter->ctx, after);
}
