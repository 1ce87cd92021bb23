/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_heap.c - the simulated heap itself: layout, counts, reuse, snapshots.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_victim.h"
#include "util_lab.h"

#define OBJECTS 600u

static void *objects[OBJECTS];

static size_t size_of(unsigned i)
{
	return i == 300 ? (size_t)3 << 20 : 1 + i % 97;
}

static void make_many(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < OBJECTS; i++) {
		objects[i] = heap_alloc(size_of(i), obj_make(i % 2 ? OBJ_RMAP : OBJ_PVT, 0, i));
		if (i >= 10 && i % 3 == 0)
			heap_free(objects[i - 10]);
	}
}

static void test_heap_objects_are_apart_and_aligned(void **state)
{
	struct lab lab;
	struct heap_object o;

	(void)state;
	lab_try(&lab, ENGINE_FIBERS, make_many, NULL);
	assert_int_equal(lab.count, 0);
	for (unsigned i = 0; i < OBJECTS; i++) {
		const char *p = objects[i];

		assert_int_equal((uintptr_t)p % 16, 0);
		if (i) /* never the same address again, and a red zone between */
			assert_true(p >= (const char *)objects[i - 1] + size_of(i - 1) + 16);
		for (size_t at = 0; at < size_of(i); at += 4096)
			assert_int_equal(p[at], 0);
		assert_true(heap_find(lab.d[0], p + size_of(i) - 1, &o));
		assert_ptr_equal((void *)o.start, p);
		assert_int_equal(o.size, size_of(i));
		assert_int_equal(obj_index(o.name), i);
		assert_int_equal(o.freed, i + 10 < OBJECTS && (i + 10) % 3 == 0);
		assert_false(heap_find(lab.d[0], p + size_of(i), &o));
		assert_false(heap_find(lab.d[0], p - 1, &o));
	}
	assert_int_equal(heap_live(lab.d[0], OBJ_NONE), heap_live(lab.d[0], OBJ_RMAP) + heap_live(lab.d[0], OBJ_PVT));
	assert_int_equal(heap_live(lab.d[0], OBJ_NONE), OBJECTS - 196);
	assert_int_equal(heap_live(lab.d[1], OBJ_NONE), 0);
	lab_close(&lab);
}

/* Sanitizers keep a shadow of stacks that a restore does not know of; their builds run again instead. */
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
static void test_heap_is_restored_with_its_findings(void **state)
{
	struct lab lab;
	uint64_t hash = 0;

	(void)state;
	lab_open(&lab, ENGINE_FIBERS);
	lab_spawn(&lab, 0, victim_free_twice, NULL);
	assert_int_equal(engine_snapshot(lab.engine), PEF_OK);
	for (unsigned i = 0; i < 3; i++) {
		lab_run(&lab);
		assert_int_equal(lab.count, 1);
		assert_string_equal(lab.findings[0].object, "object rmap[1] of guest g0, 32 bytes");
		if (i)
			assert_int_equal(trace_hash(lab.engine), hash);
		hash = trace_hash(lab.engine);
		engine_restore(lab.engine);
		assert_int_equal(heap_live(lab.d[0], OBJ_NONE), 0);
		assert_int_equal(engine_findings(lab.engine, &lab.findings), 0);
	}
	lab_close(&lab);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heap_objects_are_apart_and_aligned),
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
		cmocka_unit_test(test_heap_is_restored_with_its_findings),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
