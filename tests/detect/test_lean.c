/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_lean.c - the simulated heap without detectors: it keeps objects apart,
 * uses memory again, and still tells a wrong free.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/heap.h"
#include "util_lab.h"

#define OBJECTS 4000u

static unsigned char *objects[OBJECTS];

/* Small ones of all sizes, some of several chunks, and the borders between. */
static size_t size_of(unsigned i)
{
	return i % 500 == 499 ? ((size_t)i << 8) : 1 + (i * 7) % 1100;
}

static obj_t name_of(unsigned i)
{
	return obj_make(i % 2 ? OBJ_RMAP : OBJ_PVT, 0, i);
}

static void check_zero(const unsigned char *p, size_t size)
{
	assert_int_equal((uintptr_t)p % 16, 0);
	for (size_t at = 0; at < size; at++)
		assert_int_equal(p[at], 0);
}

/* Each object is filled with a byte of its own; who finds another's has met somebody. */
static void make(unsigned i)
{
	objects[i] = heap_alloc(size_of(i), name_of(i));
	check_zero(objects[i], size_of(i));
	memset(objects[i], (int)(i % 255 + 1), size_of(i));
}

static void check(unsigned i)
{
	for (size_t at = 0; at < size_of(i); at++)
		assert_int_equal(objects[i][at], i % 255 + 1);
}

static void churn(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < OBJECTS; i++)
		make(i);
	for (unsigned round = 2; round < 5; round++) {
		for (unsigned i = 0; i < OBJECTS; i += round)
			heap_free(objects[i]);
		for (unsigned i = 0; i < OBJECTS; i += round)
			make(i);
	}
	for (unsigned i = 0; i < OBJECTS; i++)
		check(i);
	for (unsigned i = 0; i < OBJECTS; i++)
		heap_free(objects[i]);
}

static void test_lean_objects_are_apart_and_zero(void **state)
{
	struct lab lab;

	(void)state;
	lab_open_lean(&lab, ENGINE_FIBERS);
	lab_spawn(&lab, 0, churn, NULL);
	lab_run(&lab);
	assert_int_equal(lab.count, 0);
	assert_int_equal(heap_live(lab.d[0], OBJ_NONE), 0);
	assert_int_equal(heap_usage(lab.d[0], OBJ_NONE), 0);
	lab_close(&lab);
}

static void take_turns(void *arg)
{
	char *first = heap_alloc(40, name_of(0)), *second = heap_alloc(40, name_of(1));

	(void)arg;
	heap_free(first);
	heap_free(second);
	assert_ptr_equal(heap_alloc(33, name_of(2)), second);
	assert_ptr_equal(heap_alloc(48, name_of(3)), first);
}

static void test_lean_memory_is_used_again(void **state)
{
	struct lab lab;

	(void)state;
	lab_open_lean(&lab, ENGINE_FIBERS);
	lab_spawn(&lab, 0, take_turns, NULL);
	lab_run(&lab);
	assert_int_equal(lab.count, 0);
	assert_int_equal(heap_usage(lab.d[0], OBJ_PVT), 33);
	assert_int_equal(heap_usage(lab.d[0], OBJ_RMAP), 48);
	/* Two places of 48 bytes, two names, the head of a chunk. */
	assert_in_range(heap_footprint(lab.d[0]), 2 * (48 + 8), 2 * (48 + 8) + 64);
	lab_close(&lab);
}

static void free_small_twice(void *arg)
{
	void *p = heap_alloc(40, name_of(0));
	(void)arg;
	heap_free(p);
	heap_free(p);
}

static void free_big_twice(void *arg)
{
	void *p = heap_alloc(200000, name_of(0));
	(void)arg;
	heap_free(p);
	heap_free(p);
}

static void free_inside(void *arg)
{
	(void)arg;
	heap_free((char *)heap_alloc(40, name_of(0)) + 16);
}

static void free_inside_of_big(void *arg)
{
	(void)arg;
	char *p = heap_alloc(200000, name_of(0));
	memset(p, 0x55, 200000);
	heap_free(p + (70 << 10));
}

static void free_both(void *arg)
{
	(void)arg;
	heap_free(heap_alloc(40, name_of(0)));
	heap_free(heap_alloc(200000, name_of(0)));
}

static int finding_of(void (*fn)(void *))
{
	struct lab lab;
	lab_open_lean(&lab, ENGINE_FIBERS);
	lab_spawn(&lab, 0, fn, NULL);
	lab_run(&lab);
	int kind = lab.count ? (int)lab.findings[0].kind : -1;
	lab_close(&lab);
	return kind;
}

static void test_lean_wrong_frees_are_told(void **state)
{
	(void)state;
	assert_int_equal(finding_of(free_small_twice), FINDING_DOUBLE_FREE);
	assert_int_equal(finding_of(free_big_twice), FINDING_DOUBLE_FREE);
	assert_int_equal(finding_of(free_inside), FINDING_INVALID_FREE);
	assert_int_equal(finding_of(free_inside_of_big), FINDING_INVALID_FREE);
	assert_int_equal(finding_of(free_both), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lean_objects_are_apart_and_zero),
		cmocka_unit_test(test_lean_memory_is_used_again),
		cmocka_unit_test(test_lean_wrong_frees_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
