/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_merge.c - the domains' streams read as one, and the hash of all.
 *
 * Locking: none. Errors: assertions. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "util_run.h"

static void put(struct run *run, unsigned domain, uint64_t cycle, uint64_t a)
{
	trace_put(run_ring(run, domain), cycle, 0, TRACE_TEST, 0, a, 0);
}

static void expect(struct trace_merge *merge, unsigned domain, uint64_t cycle, uint64_t a)
{
	struct trace_event event;

	assert_true(trace_merge_next(merge, &event));
	assert_int_equal(event.domain, domain);
	assert_int_equal(event.rec.cycle, cycle);
	assert_int_equal(event.rec.a, a);
}

static void expect_end(struct trace_merge *merge)
{
	struct trace_event event;

	assert_false(trace_merge_next(merge, &event));
	assert_false(trace_merge_next(merge, &event));
}

static void test_merge_orders_by_cycle_then_domain_then_position(void **state)
{
	struct run run;
	struct trace_merge *merge;

	(void)state;
	run_open(&run, 1, 0);
	put(&run, RUN_G0, 5, 1);
	put(&run, RUN_G0, 7, 2);
	put(&run, RUN_HV, 7, 3);
	put(&run, RUN_HV, 7, 4);
	put(&run, RUN_UV, 7, 5);
	put(&run, RUN_UV, 6, 6); /* cannot happen; must not be lost either */
	put(&run, RUN_HV, 9, 7);
	merge = trace_merge_open(run.engine);
	expect(merge, RUN_G0, 5, 1);
	expect(merge, RUN_HV, 7, 3);
	expect(merge, RUN_HV, 7, 4);
	expect(merge, RUN_UV, 7, 5);
	expect(merge, RUN_UV, 6, 6);
	expect(merge, RUN_G0, 7, 2);
	expect(merge, RUN_HV, 9, 7);
	expect_end(merge);
	trace_merge_close(merge);
	run_close(&run);
}

static void test_merge_of_an_empty_run_is_empty(void **state)
{
	struct run run;
	struct trace_merge *merge;

	(void)state;
	run_open(&run, 1, 0);
	merge = trace_merge_open(run.engine);
	expect_end(merge);
	trace_merge_close(merge);
	run_close(&run);
}

static void test_merge_begins_where_every_ring_has_all(void **state)
{
	struct run run;
	struct trace_merge *merge;
	uint64_t first;

	(void)state;
	run_open(&run, 1, 16);
	for (uint64_t i = 0; i < 100; i++) {
		put(&run, RUN_HV, i, i);
		if (i % 10 == 0)
			put(&run, RUN_G0, i, 1000 + i);
	}
	first = run_ring(&run, RUN_HV)->folded_count;
	assert_true(first > 80);
	merge = trace_merge_open(run.engine);
	for (uint64_t i = first; i < 100; i++) {
		expect(merge, RUN_HV, i, i);
		if (i % 10 == 0)
			expect(merge, RUN_G0, i, 1000 + i);
	}
	expect_end(merge);
	trace_merge_close(merge);
	run_close(&run);
}

static uint64_t hash_of_two(unsigned first, unsigned second, uint64_t trace_max, unsigned count)
{
	struct run run;
	uint64_t hash;

	run_open(&run, 1, trace_max);
	for (unsigned i = 0; i < count; i++) {
		put(&run, first, i, i);
		put(&run, second, i, i + 1);
	}
	hash = trace_hash(run.engine);
	run_close(&run);
	return hash;
}

static void test_merge_hash_tells_domains_apart(void **state)
{
	(void)state;
	assert_int_equal(hash_of_two(RUN_HV, RUN_UV, 0, 10), hash_of_two(RUN_HV, RUN_UV, 0, 10));
	assert_int_not_equal(hash_of_two(RUN_HV, RUN_UV, 0, 10), hash_of_two(RUN_UV, RUN_HV, 0, 10));
	assert_int_not_equal(hash_of_two(RUN_HV, RUN_UV, 0, 10), hash_of_two(RUN_HV, RUN_G0, 0, 10));
	assert_int_not_equal(hash_of_two(RUN_HV, RUN_UV, 0, 10), hash_of_two(RUN_HV, RUN_UV, 0, 11));
	assert_int_equal(hash_of_two(RUN_HV, RUN_UV, 0, 500), hash_of_two(RUN_HV, RUN_UV, 32, 500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge_orders_by_cycle_then_domain_then_position),
		cmocka_unit_test(test_merge_of_an_empty_run_is_empty),
		cmocka_unit_test(test_merge_begins_where_every_ring_has_all),
		cmocka_unit_test(test_merge_hash_tells_domains_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
