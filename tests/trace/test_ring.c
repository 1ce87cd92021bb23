/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_ring.c - growth, wrapping, cutting and hashing of one domain's records.
 *
 * Locking: none. Errors: assertions. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pefsim/bench.h"
#include "pefsim/trace.h"

/* Records that differ in every field. */
static void fill(struct trace_ring *ring, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		trace_put(ring, i * 3, (uint32_t)i % 7, (enum trace_kind)(i % TRACE_KIND_COUNT), (unsigned)i % 5, i * i,
			~i);
}

static uint64_t hash_of(uint64_t records_max, uint64_t count)
{
	struct trace_ring ring;
	uint64_t hash;

	trace_ring_init(&ring, records_max);
	fill(&ring, 0, count);
	hash = trace_ring_hash(&ring);
	trace_ring_free(&ring);
	return hash;
}

static void test_ring_grows_and_keeps_all(void **state)
{
	struct trace_ring ring;

	(void)state;
	trace_ring_init(&ring, 0);
	fill(&ring, 0, 5000);
	assert_int_equal(ring.count, 5000);
	assert_int_equal(ring.folded_count, 0);
	assert_true(ring.cap >= 5000 && (ring.cap & (ring.cap - 1)) == 0);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(ring.recs[i & (ring.cap - 1)].cycle, i * 3);
	trace_ring_free(&ring);
}

static void test_ring_wraps_and_keeps_the_last(void **state)
{
	struct trace_ring ring;

	(void)state;
	trace_ring_init(&ring, 1000); /* rounded up to 1024 */
	fill(&ring, 0, 1024);
	for (uint64_t i = 1024; i < 5000; i++) {
		fill(&ring, i, i + 1);
		assert_in_range(ring.count - ring.folded_count, 512, 1024);
	}
	assert_int_equal(ring.cap, 1024);
	assert_int_equal(ring.count, 5000);
	for (uint64_t i = ring.folded_count; i < ring.count; i++)
		assert_int_equal(ring.recs[i & 1023].a, i * i);
	trace_ring_free(&ring);
}

static void test_ring_hash_does_not_depend_on_wrapping(void **state)
{
	static const uint64_t counts[] = {0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1024, 4999};

	(void)state;
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		for (uint64_t max = 2; max <= 1024; max *= 2)
			assert_int_equal(hash_of(max, counts[i]), hash_of(0, counts[i]));
}

static void test_ring_hash_sees_every_field_and_the_order(void **state)
{
	static const struct trace_rec base = {100, 1, 2, 3, 4, 5};
	struct trace_rec variants[] = {base, base, base, base, base, base, base};
	uint64_t hashes[8];

	(void)state;
	variants[1].cycle++;
	variants[2].ctx++;
	variants[3].kind++;
	variants[4].aux++;
	variants[5].a++;
	variants[6].b++;
	for (unsigned v = 0; v < 8; v++) {
		const struct trace_rec *first = &variants[v % 7], *second = &base;
		struct trace_ring ring;

		/* The last one: the same two records as in the second, the other way round. */
		if (v == 7) {
			first = &base;
			second = &variants[1];
		}
		trace_ring_init(&ring, 0);
		trace_put(
			&ring, first->cycle, first->ctx, (enum trace_kind)first->kind, first->aux, first->a, first->b);
		trace_put(&ring, second->cycle, second->ctx, (enum trace_kind)second->kind, second->aux, second->a,
			second->b);
		hashes[v] = trace_ring_hash(&ring);
		trace_ring_free(&ring);
		for (unsigned w = 0; w < v; w++)
			assert_int_not_equal(hashes[v], hashes[w]);
	}
}

static void test_ring_cut_forgets_the_end(void **state)
{
	struct trace_ring ring;

	(void)state;
	trace_ring_init(&ring, 0);
	fill(&ring, 0, 3000);
	trace_ring_cut(&ring, 1234);
	assert_int_equal(ring.count, 1234);
	assert_int_equal(trace_ring_hash(&ring), hash_of(0, 1234));
	trace_ring_cut(&ring, 5000);
	assert_int_equal(ring.count, 1234);
	fill(&ring, 1234, 2000);
	assert_int_equal(trace_ring_hash(&ring), hash_of(0, 2000));
	trace_ring_cut(&ring, 0);
	assert_int_equal(trace_ring_hash(&ring), hash_of(0, 0));
	trace_ring_free(&ring);
}

static void test_ring_cut_within_what_a_wrapped_ring_keeps(void **state)
{
	struct trace_ring ring;

	(void)state;
	trace_ring_init(&ring, 64);
	fill(&ring, 0, 1000);
	trace_ring_cut(&ring, 990);
	assert_int_equal(trace_ring_hash(&ring), hash_of(0, 990));
	fill(&ring, 990, 2000);
	assert_int_equal(trace_ring_hash(&ring), hash_of(0, 2000));
	trace_ring_free(&ring);
}

static void test_ring_cut_to_a_mark_keeps_the_hash(void **state)
{
	struct trace_ring ring;

	(void)state;
	trace_ring_init(&ring, 64);
	fill(&ring, 0, 100);
	trace_ring_mark(&ring);
	for (unsigned round = 0; round < 3; round++) {
		fill(&ring, 100, 1000);
		trace_ring_cut(&ring, 100);
		assert_int_equal(ring.count, 100);
		assert_int_equal(trace_ring_hash(&ring), hash_of(0, 100));
	}
	fill(&ring, 100, 1000);
	assert_int_equal(trace_ring_hash(&ring), hash_of(0, 1000));
	/* A mark that was cut away counts no more. */
	trace_ring_cut(&ring, 0);
	fill(&ring, 1000, 2000);
	trace_ring_cut(&ring, 100);
	assert_int_not_equal(trace_ring_hash(&ring), hash_of(0, 100));
	trace_ring_free(&ring);
}

static void test_ring_that_is_off_records_nothing(void **state)
{
	struct trace_ring ring;

	(void)state;
	trace_ring_init(&ring, 1);
	fill(&ring, 0, 100);
	assert_int_equal(ring.count, 0);
	assert_null(ring.recs);
	trace_ring_free(&ring);
}

static void test_ring_bench_prints_a_line(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	double ns = 0;

	(void)state;
	assert_int_equal(trace_bench(out), 0);
	fclose(out);
	assert_int_equal(sscanf(text, "trace record %lf ns", &ns), 1);
	assert_true(ns > 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_grows_and_keeps_all),
		cmocka_unit_test(test_ring_wraps_and_keeps_the_last),
		cmocka_unit_test(test_ring_hash_does_not_depend_on_wrapping),
		cmocka_unit_test(test_ring_hash_sees_every_field_and_the_order),
		cmocka_unit_test(test_ring_cut_forgets_the_end),
		cmocka_unit_test(test_ring_cut_within_what_a_wrapped_ring_keeps),
		cmocka_unit_test(test_ring_cut_to_a_mark_keeps_the_hash),
		cmocka_unit_test(test_ring_that_is_off_records_nothing),
		cmocka_unit_test(test_ring_bench_prints_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
