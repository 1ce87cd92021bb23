/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue.h - the pending events of one domain, in the order of their keys.
 *
 * A key is (time, order); order puts messages before contexts and is never
 * equal for two pending events, so the order of a run does not depend on the
 * shape of the queue: a binary heap while few events are pending, a timing
 * wheel when they are many. Nodes are part of what they stand for (a context,
 * a message); the queue allocates nothing and holds no host pointer outside
 * the domain's arena, so a snapshot of the arena is a snapshot of the queue.
 *
 * Locking: belongs to its domain. Errors: none. Blocking: never.
 */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H

#include "pefsim/types.h"

struct event {
	cycles_t time;
	uint64_t order;
	struct event *next; /* in the wheel */
};

#define QUEUE_HEAP_MAX 32u
#define QUEUE_WHEEL_MIN 12u /* below it the heap takes over again */
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
	uint32_t count;
	bool wheel;
	uint32_t heap_max; /* above it the wheel takes over */
	struct queue_item *heap; /* room for heap_max + 1; @heap_own unless a bench lends more */
	struct queue_item heap_own[QUEUE_HEAP_MAX + 1];
	/* The wheel. Everything in it is later than @cur, or equal. */
	cycles_t cur;
	struct event *head;
	struct event *run; /* rest of the events at @cur, sorted */
	uint32_t levels; /* bit: the level has events */
	uint64_t slots_used[QUEUE_LEVELS];
	struct event *slots[QUEUE_LEVELS][64];
};

void queue_init(struct queue *q);
/** queue_push - add an event that is later than the last one popped */
void queue_push(struct queue *q, struct event *event);
/** queue_pop - take the least; only when there is one */
struct event *queue_pop(struct queue *q);

#endif
