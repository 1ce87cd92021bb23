/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_queue.c - the queue alone gives events in the order of their keys.
 *
 * Random pushes, pops and swaps are compared with a list that is searched from
 * end to end. The sizes and spreads are such that the heap alone, the wheel, a
 * slot that sinks, and the ways between them are all gone through.
 *
 * Locking: none. Errors: cmocka's. Blocking: no.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/engine/engine_private.h"

#define EVENTS_MAX 3000u

struct load {
	unsigned pending; /* about so many at once */
	cycles_t spread; /* times are up to so far ahead */
	unsigned steps;
};

struct reference {
	struct event events[EVENTS_MAX];
	bool pending[EVENTS_MAX];
	unsigned count;
	uint64_t random;
};

static uint64_t draw(struct reference *r)
{
	r->random = r->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return r->random >> 20;
}

static bool before(const struct event *a, const struct event *b)
{
	return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static struct event *reference_least(struct reference *r)
{
	struct event *least = NULL;
	for (unsigned i = 0; i < EVENTS_MAX; i++)
		if (r->pending[i] && (!least || before(&r->events[i], least)))
			least = &r->events[i];
	return least;
}

/* A free event with a key of its own, later than @now. */
static struct event *reference_new(struct reference *r, const struct load *load, const struct event *now)
{
	unsigned i = (unsigned)(draw(r) % EVENTS_MAX);
	while (r->pending[i])
		i = (i + 1) % EVENTS_MAX;
	uint64_t far = draw(r) % 16 ? load->spread : load->spread * 300;
	r->events[i] = (struct event){.time = now->time + 1 + draw(r) % far, .order = i + 1};
	r->pending[i] = true;
	r->count++;
	return &r->events[i];
}

static struct event reference_took(struct reference *r, const struct queue *q, const struct event *got)
{
	r->pending[got - r->events] = false;
	r->count--;
	const struct event *next = reference_least(r);
	assert_int_equal(q->head_time, next ? next->time : PEF_NEVER);
	if (next)
		assert_int_equal(q->head_order, next->order);
	return *got;
}

static void queue_compare(struct load load)
{
	static struct reference r;
	struct engine *engine = engine_create(&(struct engine_config){.trace_max = 1});
	struct queue *q = &engine_add_domain(engine, "hv", &(struct domain_ops){0}, NULL, 0)->queue;
	struct event now = {0};
	memset(&r, 0, sizeof r);
	r.random = load.pending;
	for (unsigned step = 0; step < load.steps; step++) {
		/* Up to the size, around it, and now and then down to nothing. */
		bool fill = step % 4000 < 3000, few = r.count < (fill ? load.pending : 1);
		struct event *least = reference_least(&r);
		if (!least || (few && draw(&r) % 4) || (fill && r.count == load.pending && draw(&r) % 2)) {
			if (r.count < EVENTS_MAX / 2)
				queue_push(q, reference_new(&r, &load, &now));
			continue;
		}
		struct event *event = fill && draw(&r) % 2 ? reference_new(&r, &load, &now) : NULL;
		if (event && before(least, event)) {
			assert_ptr_equal(queue_swap(q, event), least);
		} else {
			if (event)
				queue_push(q, event);
			least = reference_least(&r);
			assert_ptr_equal(queue_pop(q), least);
		}
		now = reference_took(&r, q, least);
	}
	engine_destroy(engine);
}

static void test_queue_few_events_keep_their_order(void **state)
{
	(void)state;
	queue_compare((struct load){.pending = 1, .spread = 40, .steps = 4000});
	queue_compare((struct load){.pending = 6, .spread = 5, .steps = 8000});
	queue_compare((struct load){.pending = 30, .spread = 1000, .steps = 8000});
}

static void test_queue_many_events_keep_their_order(void **state)
{
	(void)state;
	queue_compare((struct load){.pending = 40, .spread = 1000, .steps = 8000});
	queue_compare((struct load){.pending = 400, .spread = 100, .steps = 8000});
	queue_compare((struct load){.pending = 900, .spread = 100000, .steps = 8000});
}

static void test_queue_many_at_one_time_keep_their_order(void **state)
{
	(void)state;
	queue_compare((struct load){.pending = 900, .spread = 1, .steps = 8000});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_few_events_keep_their_order),
		cmocka_unit_test(test_queue_many_events_keep_their_order),
		cmocka_unit_test(test_queue_many_at_one_time_keep_their_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
