/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue.c - binary heap for few pending events, timing wheel for many.
 *
 * The wheel has a level for each six bits of the time. An event stands at the
 * level of the highest bit in which its time differs from the wheel's own, so
 * the least one is always in the first used slot of the lowest used level;
 * taking it moves the wheel there, and the rest of its slot sinks to lower
 * levels. The least event is found, not moved to, before it is taken: a wheel
 * that ran ahead could not take an event that is due before it.
 *
 * Locking: belongs to its domain. Errors: none. Blocking: never.
 */
#include "queue.h"

static inline bool event_before(const struct event *a, const struct event *b)
{
	return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static inline bool item_before(const struct queue_item *a, const struct queue_item *b)
{
	return a->time != b->time ? a->time < b->time : a->order < b->order;
}

void queue_init(struct queue *q)
{
	*q = (struct queue){.head_time = PEF_NEVER, .head_order = UINT64_MAX, .heap_max = QUEUE_HEAP_MAX};
	q->heap = q->heap_own;
}

/* ---- heap --------------------------------------------------------------- */

static void heap_push(struct queue *q, struct event *event)
{
	struct queue_item item = {event->time, event->order, event};
	uint32_t i = q->count++;
	while (i) {
		uint32_t up = (i - 1) / 2;
		if (!item_before(&item, &q->heap[up]))
			break;
		q->heap[i] = q->heap[up];
		i = up;
	}
	q->heap[i] = item;
}

static struct event *heap_pop(struct queue *q)
{
	struct event *least = q->heap[0].event;
	struct queue_item item = q->heap[--q->count];
	uint32_t i = 0;
	for (;;) {
		uint32_t down = 2 * i + 1;
		if (down >= q->count)
			break;
		if (down + 1 < q->count && item_before(&q->heap[down + 1], &q->heap[down]))
			down++;
		if (!item_before(&q->heap[down], &item))
			break;
		q->heap[i] = q->heap[down];
		i = down;
	}
	q->heap[i] = item;
	return least;
}

static inline void heap_head(struct queue *q)
{
	q->head_time = q->count ? q->heap[0].time : PEF_NEVER;
	q->head_order = q->count ? q->heap[0].order : UINT64_MAX;
}

/* ---- wheel -------------------------------------------------------------- */

static inline void wheel_insert(struct queue *q, struct event *event)
{
	cycles_t apart = event->time ^ q->cur;
	unsigned level = apart ? (63u - (unsigned)__builtin_clzll(apart)) / 6 : 0;
	unsigned slot = (unsigned)(event->time >> (6 * level)) & 63;
	event->next = q->slots[level][slot];
	q->slots[level][slot] = event;
	q->slots_used[level] |= UINT64_C(1) << slot;
	q->levels |= 1u << level;
}

static inline void wheel_set_head(struct queue *q, struct event *event)
{
	q->head = event;
	q->head_time = event ? event->time : PEF_NEVER;
	q->head_order = event ? event->order : UINT64_MAX;
}

static void wheel_find_head(struct queue *q)
{
	struct event *least = q->run;
	if (!least && q->levels) {
		unsigned level = (unsigned)__builtin_ctz(q->levels);
		least = q->slots[level][__builtin_ctzll(q->slots_used[level])];
		for (struct event *e = least->next; e; e = e->next)
			if (event_before(e, least))
				least = e;
	}
	wheel_set_head(q, least);
}

/* Sort a list by order: merge neighbours, in twos, fours, and so on. */
static struct event *list_merge(struct event *a, struct event *b)
{
	struct event *head = NULL, **tail = &head;
	while (a && b) {
		struct event **least = event_before(a, b) ? &a : &b;
		*tail = *least;
		*least = (*least)->next;
		tail = &(*tail)->next;
	}
	*tail = a ? a : b;
	return head;
}

static struct event *list_sort(struct event *list)
{
	struct event *bins[32] = {0};
	while (list) {
		struct event *one = list;
		list = one->next;
		one->next = NULL;
		unsigned i = 0;
		for (; bins[i]; i++) {
			one = list_merge(bins[i], one);
			bins[i] = NULL;
		}
		bins[i] = one;
	}
	for (unsigned i = 0; i < 32; i++)
		if (bins[i])
			list = list ? list_merge(bins[i], list) : bins[i];
	return list;
}

/* The least event lies in a slot: empty the slot, its time becomes the wheel's. */
static void wheel_turn(struct queue *q)
{
	unsigned level = (unsigned)__builtin_ctz(q->levels);
	unsigned slot = (unsigned)__builtin_ctzll(q->slots_used[level]);
	struct event *list = q->slots[level][slot];
	q->slots[level][slot] = NULL;
	q->slots_used[level] &= ~(UINT64_C(1) << slot);
	if (!q->slots_used[level])
		q->levels &= ~(1u << level);
	q->cur = q->head->time;
	if (!level) {
		q->run = (list->next ? list_sort(list) : list)->next;
		return;
	}
	for (struct event *e = list, *next; e; e = next) {
		next = e->next;
		if (e != q->head)
			wheel_insert(q, e);
	}
}

static struct event *wheel_pop(struct queue *q)
{
	struct event *least = q->head;
	if (q->run)
		q->run = q->run->next;
	else
		wheel_turn(q);
	q->count--;
	wheel_find_head(q);
	return least;
}

/* ---- both ---------------------------------------------------------------- */

static void queue_to_wheel(struct queue *q)
{
	/* Nothing pending is earlier than the least, and so nothing later will be
	 * but by the running event: its time is the last one popped, in @cur. */
	q->wheel = true;
	q->run = NULL;
	for (uint32_t i = 0; i < q->count; i++)
		wheel_insert(q, q->heap[i].event);
	wheel_find_head(q);
}

static void queue_to_heap(struct queue *q)
{
	uint32_t count = q->count;
	q->count = 0;
	for (struct event *e = q->run; e; e = e->next)
		heap_push(q, e);
	q->run = NULL;
	while (q->count < count) {
		unsigned level = (unsigned)__builtin_ctz(q->levels);
		unsigned slot = (unsigned)__builtin_ctzll(q->slots_used[level]);
		for (struct event *e = q->slots[level][slot]; e; e = e->next)
			heap_push(q, e);
		q->slots[level][slot] = NULL;
		q->slots_used[level] &= ~(UINT64_C(1) << slot);
		if (!q->slots_used[level])
			q->levels &= ~(1u << level);
	}
	q->wheel = false;
	q->head = NULL;
	heap_head(q);
}

void queue_push(struct queue *q, struct event *event)
{
	if (!q->wheel) {
		heap_push(q, event);
		if (q->count > q->heap_max)
			queue_to_wheel(q);
		else
			heap_head(q);
		return;
	}
	wheel_insert(q, event);
	q->count++;
	if (event->time < q->head_time || (event->time == q->head_time && event->order < q->head_order))
		wheel_set_head(q, event);
}

struct event *queue_pop(struct queue *q)
{
	struct event *event;
	if (!q->wheel) {
		event = heap_pop(q);
		q->cur = event->time;
		heap_head(q);
		return event;
	}
	event = wheel_pop(q);
	if (q->count < QUEUE_WHEEL_MIN && q->heap_max >= QUEUE_WHEEL_MIN)
		queue_to_heap(q);
	return event;
}
