/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue.h - pending events of a domain in the order of their keys.
 *
 * What is due soon lies in a heap; what is due later, when there is much of it,
 * in a timing wheel. Wheel nodes are part of what they stand for (a context, a
 * message), and the heap lies in the domain's arena, so a snapshot of the arena
 * is a snapshot of the queue.
 *
 * Locking: belongs to its domain. Errors: none. Blocking: never.
 */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H

#include "pefsim/types.h"

struct domain;

struct event {
	cycles_t time;
	uint64_t order;
	struct event *next, *third; /* in the wheel: the next of its slot, and the one two behind that */
	const char *wanted; /* what its turn will touch first, for the host's cache */
};

#define QUEUE_ALONE_MAX 32u /* so many events need no wheel */
#define QUEUE_LEVELS 11u /* 6 bits of the time each */

struct queue_item {
	cycles_t time;
	uint64_t order;
	struct event *event;
};

struct queue {
	/* Key of the least event; PEF_NEVER when there is none. */
	cycles_t head_time;
	uint64_t head_order;
	/* Events until @cur, that included; the least is always here. */
	cycles_t cur;
	uint32_t count;
	uint32_t room;
	struct queue_item *heap; /* places from @count on hold a key beyond all others */
	struct domain *domain; /* whose arena it grows in */
	/* The wheel: events after @cur. */
	uint32_t levels; /* bit: the level has events */
	uint64_t slots_used[QUEUE_LEVELS];
	struct event *slots[QUEUE_LEVELS][64];
	struct event end; /* of each list: follows itself, so that a list can be looked into without asking */
};

void queue_init(struct queue *q, struct domain *d);
/** queue_is_less - whether the least pending event comes before @event */
static inline bool queue_is_less(const struct queue *q, const struct event *event)
{
	return q->head_time != event->time ? q->head_time < event->time : q->head_order < event->order;
}
/** queue_push - add an event that is later than the last one popped */
void queue_push(struct queue *q, struct event *event);
/** queue_pop - take the least; only when there is one */
struct event *queue_pop(struct queue *q);
/** queue_swap - push an event that is not the least, and take the least */
struct event *queue_swap(struct queue *q, struct event *event);

#endif
