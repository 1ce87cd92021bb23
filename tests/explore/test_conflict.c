/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_conflict.c - the table of what commutes, by examples of what it means.
 *
 * That no entry is wrong in effect is seen elsewhere: litmus_test_drawn and
 * litmus_test_litmus compare end states with those of all interleavings.
 *
 * Locking: none. Errors: cmocka's. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/conflict.h"

static struct director_step at(enum point_kind kind, obj_t object, enum point_mode mode)
{
	return (struct director_step){.kind = (uint8_t)kind, .object = object, .mode = (uint8_t)mode};
}

static bool depend(enum point_kind a, obj_t x, enum point_mode m, enum point_kind b, obj_t y, enum point_mode n)
{
	struct director_step one = at(a, x, m), two = at(b, y, n);
	struct director_step begin = effect_to_come(&one), other = effect_to_come(&two);
	struct director_step end = effect_done(&one), late = effect_done(&two);

	return effects_depend(&begin, &other) || effects_depend(&begin, &late) || effects_depend(&end, &other) ||
	       effects_depend(&end, &late);
}

static void test_what_commutes_is_as_its_meaning_says(void **state)
{
	(void)state;
	obj_t mutex0 = obj_make(OBJ_UVMEM_LOCK, 0, OBJ_NO_INDEX), mutex1 = obj_make(OBJ_UVMEM_LOCK, 1, OBJ_NO_INDEX);
	obj_t sem = obj_make(OBJ_MMAP_LOCK, 0, OBJ_NO_INDEX), srcu = obj_make(OBJ_KVM_SRCU, 0, OBJ_NO_INDEX);

	/* Mutexes: one, and those of two guests. */
	assert_true(depend(POINT_ACQUIRE, mutex0, POINT_EXCLUSIVE, POINT_ACQUIRE, mutex0, POINT_EXCLUSIVE));
	assert_true(depend(POINT_RELEASE, mutex0, POINT_EXCLUSIVE, POINT_ACQUIRE, mutex0, POINT_EXCLUSIVE));
	assert_false(depend(POINT_ACQUIRE, mutex0, POINT_EXCLUSIVE, POINT_ACQUIRE, mutex1, POINT_EXCLUSIVE));
	/* Readers of a semaphore, and a writer. */
	assert_false(depend(POINT_ACQUIRE, sem, POINT_SHARED, POINT_ACQUIRE, sem, POINT_SHARED));
	assert_false(depend(POINT_RELEASE, sem, POINT_SHARED, POINT_ACQUIRE, sem, POINT_SHARED));
	assert_true(depend(POINT_ACQUIRE, sem, POINT_SHARED, POINT_ACQUIRE, sem, POINT_EXCLUSIVE));
	/* SRCU read sections, and who waits for them. */
	assert_false(depend(POINT_ACQUIRE, srcu, POINT_SRCU, POINT_RELEASE, srcu, POINT_SRCU));
	assert_true(depend(POINT_RELEASE, srcu, POINT_SRCU, POINT_WAIT, srcu, POINT_EXCLUSIVE));
	assert_true(depend(POINT_ACQUIRE, srcu, POINT_SRCU, POINT_WAIT, srcu, POINT_EXCLUSIVE));
	/* To have taken a lock is nothing new, and a call has steps of its own. */
	assert_false(depend(POINT_ACQUIRED, mutex0, POINT_EXCLUSIVE, POINT_ACQUIRE, mutex0, POINT_EXCLUSIVE));
	assert_false(depend(POINT_CALL, mutex0, POINT_EXCLUSIVE, POINT_CALL, mutex0, POINT_EXCLUSIVE));
}

static void test_order_matters_to_both_or_to_none(void **state)
{
	(void)state;
	obj_t object = obj_make(OBJ_MMAP_LOCK, 0, OBJ_NO_INDEX);

	for (unsigned a = 0; a < POINT_KIND_COUNT; a++)
		for (unsigned b = 0; b < POINT_KIND_COUNT; b++)
			for (unsigned modes = 0; modes < 9; modes++) {
				enum point_mode m = (enum point_mode)(modes / 3), n = (enum point_mode)(modes % 3);
				bool one = depend((enum point_kind)a, object, m, (enum point_kind)b, object, n);
				assert_int_equal(
					one, depend((enum point_kind)b, object, n, (enum point_kind)a, object, m));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_commutes_is_as_its_meaning_says),
		cmocka_unit_test(test_order_matters_to_both_or_to_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
