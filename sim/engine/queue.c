/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue.c - a small heap in front of a timing wheel.
 *
 * A heap is best for few events, a wheel for many; and a wheel alone would have
 * to search a slot for its least event and sort those of one time. So the heap
 * holds everything until @cur, and only its root is ever asked for. When it is
 * empty, the first used slot of the wheel is poured into it and @cur moves to
 * the end of that slot. What is pushed for an earlier time, as a message of
 * another domain may be, goes to the heap, however far @cur is.
 *
 * The wheel has a level for each six bits of the time. An event stands at the
 * level of the highest bit in which its time differs from @cur, so the least is
 * always in the first used slot of the lowest used level. A slot with many
 * events sinks to the levels below first. While there are few events at all,
 * @cur is the end of time and the wheel is empty.
 *
 * Locking: belongs to its domain. Errors: none. Blocking: never.
 */
#include "queue.h"

#include "pefsim/engine.h"

/* ---- heap --------------------------------------------------------------- */

static const struct queue_item item_none = {PEF_NEVER, UINT64_MAX, NULL};

/* Both halves of a key at once: which of two is less is nothing the host could guess. */
static inline bool item_before(const struct queue_item *a, const struct queue_item *b)
{
	__extension__ typedef unsigned __int128 key;
	return ((key)a->time << 64 | a->order) < ((key)b->time << 64 | b->order);
}

/* The old heap stays behind in the arena. */
static void heap_grow(struct queue *q)
{
	uint32_t room = 2 * q->room;
	struct queue_item *heap = domain_arena_alloc(q->domain, room * sizeof *heap);
	for (uint32_t i = 0; i < room; i++)
		heap[i] = i < q->count ? q->heap[i] : item_none;
	q->heap = heap;
	q->room = room;
}

/* A node has four children. There is always room for three beyond the last. */
static inline void heap_sink(struct queue *q, struct queue_item item)
{
	uint32_t i = 0;
	for (uint32_t down = 1; down < q->count; down = 4 * i + 1) {
		const struct queue_item *four = &q->heap[down];
		uint32_t left = item_before(&four[1], &four[0]), right = 2 + item_before(&four[3], &four[2]);
		uint32_t least = item_before(&four[right], &four[left]) ? right : left;
		if (!item_before(&four[least], &item))
			break;
		q->heap[i] = four[least];
		i = down + least;
	}
	q->heap[i] = item;
}

static inline void heap_push(struct queue *q, struct event *event)
{
	const struct queue_item item = {event->time, event->order, event};
	if (q->count + 4 >= q->room)
		heap_grow(q);
	uint32_t i = q->count++;
	while (i) {
		uint32_t up = (i - 1) / 4;
		if (!item_before(&item, &q->heap[up]))
			break;
		q->heap[i] = q->heap[up];
		i = up;
	}
	q->heap[i] = item;
}

static inline void heap_pop(struct queue *q)
{
	struct queue_item last = q->heap[--q->count];
	q->heap[q->count] = item_none;
	if (q->count)
		heap_sink(q, last);
}

/* ---- wheel -------------------------------------------------------------- */

static inline void wheel_push(struct queue *q, struct event *event)
{
	unsigned level = (63u - (unsigned)__builtin_clzll(event->time ^ q->cur)) / 6;
	unsigned slot = (unsigned)(event->time >> (6 * level)) & 63;
	event->next = q->slots[level][slot];
	event->third = event->next->next->next;
	q->slots[level][slot] = event;
	q->slots_used[level] |= UINT64_C(1) << slot;
	q->levels |= 1u << level;
}

/* Empty the first slot of the wheel into the heap, or into the levels below when it holds too much. */
static void wheel_turn(struct queue *q)
{
	unsigned level = (unsigned)__builtin_ctz(q->levels);
	unsigned slot = (unsigned)__builtin_ctzll(q->slots_used[level]);
	struct event *list = q->slots[level][slot];
	q->slots[level][slot] = &q->end;
	q->slots_used[level] &= q->slots_used[level] - 1;
	if (!q->slots_used[level])
		q->levels &= q->levels - 1;
	cycles_t low = ((cycles_t)1 << (6 * level)) - 1;
	bool is_long = list->third->third->third != &q->end;
	q->cur = level && is_long ? list->time & ~low : list->time | low;
	for (struct event *e = list, *next; e != &q->end; e = next) {
		next = e->next;
		__builtin_prefetch(e->third);
		if (e->time > q->cur) {
			wheel_push(q, e);
			continue;
		}
		for (unsigned line = 0; line < 4; line++)
			__builtin_prefetch(e->wanted + 64 * line);
		heap_push(q, e);
	}
}

/* ---- both ---------------------------------------------------------------- */

void queue_init(struct queue *q, struct domain *d)
{
	*q = (struct queue){.domain = d, .cur = PEF_NEVER, .head_time = PEF_NEVER, .head_order = UINT64_MAX};
	q->end.next = q->end.third = &q->end;
	for (unsigned i = 0; i < QUEUE_LEVELS * 64; i++)
		q->slots[i / 64][i % 64] = &q->end;
	q->room = QUEUE_ALONE_MAX / 2;
	heap_grow(q);
}

static inline void queue_set_head(struct queue *q)
{
	q->head_time = q->heap[0].time;
	q->head_order = q->heap[0].order;
}

/* The heap is no longer small: leave it what is next, and the wheel all else. */
static void queue_spill(struct queue *q)
{
	uint32_t count = q->count;
	q->cur = q->heap[0].time;
	q->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct event *event = q->heap[i].event;
		q->heap[i] = item_none;
		if (event->time <= q->cur)
			heap_push(q, event);
		else
			wheel_push(q, event);
	}
}

static inline void queue_refill(struct queue *q)
{
	while (!q->count && q->levels)
		wheel_turn(q);
	if (!q->levels)
		q->cur = PEF_NEVER;
}

void queue_push(struct queue *q, struct event *event)
{
	if (event->time > q->cur) {
		wheel_push(q, event);
		return;
	}
	heap_push(q, event);
	if (q->count > QUEUE_ALONE_MAX && q->cur == PEF_NEVER)
		queue_spill(q);
	queue_set_head(q);
}

struct event *queue_pop(struct queue *q)
{
	struct event *least = q->heap[0].event;
	heap_pop(q);
	if (!q->count)
		queue_refill(q);
	queue_set_head(q);
	return least;
}

struct event *queue_swap(struct queue *q, struct event *event)
{
	if (event->time > q->cur) {
		wheel_push(q, event);
		return queue_pop(q);
	}
	struct event *least = q->heap[0].event;
	heap_sink(q, (struct queue_item){event->time, event->order, event});
	queue_set_head(q);
	return least;
}
