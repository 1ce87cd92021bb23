/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_locks.c - what each kind of lock promises. Every run is made in both
 * executors and must give the same trace.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_lab.h"

static void test_mutex_excludes_and_wakes_in_order(void **state)
{
	(void)state;
	static const struct lab_step a[] = {DO(MUTEX_LOCK), ON(WORK, 500), DO(MUTEX_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}, {"b", 0, 50, a}, {"c", 0, 100, a}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_MUTEX(0)), "a b c");
	assert_string_equal(lab_who(&lab, TRACE_LOCK_WAIT, LAB_MUTEX(0)), "b c");
	cycles_t freed = lab_when(&lab, "a", TRACE_LOCK_RELEASE, LAB_MUTEX(0), 1);
	/* Woken a cycle later, and ten for the line of the lock. */
	assert_int_equal(lab_when(&lab, "b", TRACE_LOCK_ACQUIRE, LAB_MUTEX(0), 1), freed + 11);
	lab_close(&lab);
}

static void test_mutex_may_be_taken_by_a_passer_by(void **state)
{
	(void)state;
	static const struct lab_step a[] = {DO(MUTEX_LOCK), ON(WORK, 500), DO(MUTEX_UNLOCK), END};
	static const struct lab_step b[] = {DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	/* a frees the lock at 521, b would have it at 532; c pays its ten cycles until 525. */
	struct lab lab = {.contexts = {{"a", 0, 1, a}, {"b", 0, 50, b}, {"c", 0, 515, b}}};
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_MUTEX(0)), "a c b");
	assert_true(lab_when(&lab, "b", TRACE_LOCK_ACQUIRE, LAB_MUTEX(0), 1) >
		    lab_when(&lab, "c", TRACE_LOCK_RELEASE, LAB_MUTEX(0), 1));
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	/* One cycle of virtual time makes the difference. */
	lab.contexts[2].start = 525;
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_MUTEX(0)), "a b c");
	lab_close(&lab);
}

static void test_mutex_trylock_never_waits(void **state)
{
	(void)state;
	static const struct lab_step a[] = {DO(MUTEX_LOCK), ON(WORK, 500), DO(MUTEX_UNLOCK), END};
	static const struct lab_step b[] = {DO(MUTEX_TRY), END};
	static const struct lab_step c[] = {DO(MUTEX_TRY), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}, {"b", 0, 50, b}, {"c", 0, 900, c}}};
	lab_run_both(&lab);
	assert_int_equal(lab_last_result(&lab, "b"), 0);
	assert_int_equal(lab_last_result(&lab, "c"), 1);
	lab_close(&lab);
}

static void test_spin_lock_excludes_and_books_the_wait(void **state)
{
	(void)state;
	static const struct lab_step a[] = {DO(SPIN_LOCK), ON(WORK, 500), DO(SPIN_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}, {"b", 0, 50, a}}};
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_SPIN(0)), "a b");
	struct engine_book books[2];
	assert_int_equal(engine_books(lab.engine, books, 2), 2);
	/* b comes at 60 and is woken at 522. */
	assert_int_equal(books[1].by_cause[CAUSE_LOCK_WAIT], 522 - 60);
	assert_int_equal(books[0].by_cause[CAUSE_LOCK_WAIT], 0);
	lab_close(&lab);
}

static void test_rwsem_readers_share_and_writer_excludes(void **state)
{
	(void)state;
	static const struct lab_step r[] = {DO(READ_LOCK), ON(WORK, 500), DO(READ_UNLOCK), END};
	static const struct lab_step w[] = {DO(WRITE_LOCK), ON(WORK, 500), DO(WRITE_UNLOCK), END};
	struct lab lab = {.contexts = {{"r1", 0, 1, r}, {"r2", 0, 20, r}, {"w", 0, 50, w}}};
	lab_run_both(&lab);
	assert_int_equal(lab_when(&lab, "r2", TRACE_LOCK_ACQUIRE, LAB_RWSEM(0), 1), 30);
	cycles_t last = lab_when(&lab, "r2", TRACE_LOCK_RELEASE, LAB_RWSEM(0), 1);
	assert_int_equal(lab_when(&lab, "w", TRACE_LOCK_ACQUIRE, LAB_RWSEM(0), 1), last + 11);
	lab_close(&lab);
}

static void test_rwsem_queued_writer_blocks_later_readers(void **state)
{
	(void)state;
	static const struct lab_step r[] = {DO(READ_LOCK), ON(WORK, 500), DO(READ_UNLOCK), END};
	static const struct lab_step w[] = {DO(WRITE_LOCK), ON(WORK, 100), DO(WRITE_UNLOCK), END};
	static const struct lab_step t[] = {DO(READ_TRY), END};
	struct lab lab = {.contexts = {{"r1", 0, 1, r}, {"w", 0, 50, w}, {"r2", 0, 100, r}, {"t", 0, 200, t}}};
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_RWSEM(0)), "r1 w r2");
	assert_int_equal(lab_last_result(&lab, "t"), 0);
	/* Without the writer the same reader and the same trylock enter at once. */
	lab.contexts[1].start = 5000;
	lab_run_both(&lab);
	assert_int_equal(lab_when(&lab, "r2", TRACE_LOCK_ACQUIRE, LAB_RWSEM(0), 1), 110);
	assert_int_equal(lab_last_result(&lab, "t"), 1);
	lab_close(&lab);
}

static void test_rwsem_wakes_all_readers_before_the_next_writer(void **state)
{
	(void)state;
	static const struct lab_step r[] = {DO(READ_LOCK), ON(WORK, 200), DO(READ_UNLOCK), END};
	static const struct lab_step w[] = {DO(WRITE_LOCK), ON(WORK, 500), DO(WRITE_UNLOCK), END};
	struct lab lab = {
		.contexts = {{"w1", 0, 1, w}, {"r1", 0, 50, r}, {"r2", 0, 60, r}, {"w2", 0, 70, w}, {"r3", 0, 80, r}}};
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_RWSEM(0)), "w1 r1 r2 w2 r3");
	assert_int_equal(lab_when(&lab, "r1", TRACE_LOCK_ACQUIRE, LAB_RWSEM(0), 1),
		lab_when(&lab, "r2", TRACE_LOCK_ACQUIRE, LAB_RWSEM(0), 1));
	lab_close(&lab);
}

static void test_rwsem_downgrade_lets_readers_in(void **state)
{
	(void)state;
	static const struct lab_step w[] = {
		DO(WRITE_LOCK), ON(WORK, 300), DO(DOWNGRADE), ON(WORK, 300), DO(READ_UNLOCK), END};
	static const struct lab_step r[] = {DO(READ_LOCK), DO(READ_UNLOCK), END};
	static const struct lab_step w2[] = {DO(WRITE_LOCK), DO(WRITE_UNLOCK), END};
	struct lab lab = {.contexts = {{"w", 0, 1, w}, {"r", 0, 50, r}, {"w2", 0, 400, w2}}};
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_RWSEM(0)), "w w r w2");
	cycles_t done = lab_when(&lab, "w", TRACE_LOCK_RELEASE, LAB_RWSEM(0), 2);
	assert_true(lab_when(&lab, "r", TRACE_LOCK_RELEASE, LAB_RWSEM(0), 1) < done);
	assert_true(lab_when(&lab, "w2", TRACE_LOCK_ACQUIRE, LAB_RWSEM(0), 1) > done);
	lab_close(&lab);
}

static void test_srcu_synchronize_waits_only_for_earlier_readers(void **state)
{
	(void)state;
	static const struct lab_step early[] = {DO(SRCU_LOCK), ON(WORK, 500), DO(SRCU_UNLOCK), END};
	static const struct lab_step late[] = {DO(SRCU_LOCK), ON(WORK, 5000), DO(SRCU_UNLOCK), END};
	static const struct lab_step sync[] = {DO(SRCU_SYNC), END};
	struct lab lab = {.contexts = {{"early", 0, 1, early}, {"sync", 0, 50, sync}, {"late", 0, 100, late}}};
	lab_run_both(&lab);
	cycles_t left = lab_when(&lab, "early", TRACE_LOCK_RELEASE, LAB_SRCU(0), 1);
	assert_int_equal(lab_when(&lab, "sync", TRACE_LOCK_ACQUIRE, LAB_SRCU(0), 1), left + 11);
	assert_true(lab_when(&lab, "late", TRACE_LOCK_RELEASE, LAB_SRCU(0), 1) > left + 11);
	/* The late reader was never kept waiting. */
	assert_int_equal(lab_when(&lab, "late", TRACE_LOCK_ACQUIRE, LAB_SRCU(0), 1), 110);
	lab_close(&lab);
}

static void test_srcu_grace_periods_take_turns(void **state)
{
	(void)state;
	static const struct lab_step reader[] = {DO(SRCU_LOCK), ON(WORK, 500), DO(SRCU_UNLOCK), END};
	static const struct lab_step sync[] = {DO(SRCU_SYNC), END};
	struct lab lab = {
		.contexts = {{"r", 0, 1, reader}, {"s1", 0, 50, sync}, {"r2", 0, 100, reader}, {"s2", 0, 200, sync}}};
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_RELEASE, LAB_SRCU(0)), "r r2");
	cycles_t first = lab_when(&lab, "s1", TRACE_LOCK_ACQUIRE, LAB_SRCU(0), 1);
	cycles_t second = lab_when(&lab, "s2", TRACE_LOCK_ACQUIRE, LAB_SRCU(0), 1);
	assert_true(first < second);
	assert_true(second > lab_when(&lab, "r2", TRACE_LOCK_RELEASE, LAB_SRCU(0), 1));
	lab_close(&lab);
}

static void test_srcu_sections_nest(void **state)
{
	(void)state;
	static const struct lab_step reader[] = {
		DO(SRCU_LOCK), DO(SRCU_LOCK), DO(HELD_COUNT), DO(SRCU_UNLOCK), DO(SRCU_UNLOCK), END};
	struct lab lab = {.contexts = {{"r", 0, 1, reader}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_int_equal(lab_last_result(&lab, "r"), 2);
	lab_close(&lab);
}

static void test_page_lock_is_released_by_another(void **state)
{
	(void)state;
	static const struct lab_step a[] = {DO(PAGE_LOCK), ON(WORK, 300), DO(HELD_COUNT), END};
	static const struct lab_step b[] = {ON(WORK, 100), DO(PAGE_UNLOCK), END};
	static const struct lab_step c[] = {DO(PAGE_LOCK), DO(PAGE_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}, {"b", 0, 1, b}, {"c", 0, 50, c}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_null(lab_finding(&lab));
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_PAGE(0)), "a c");
	assert_string_equal(lab_who(&lab, TRACE_LOCK_RELEASE, LAB_PAGE(0)), "b c");
	/* What b gave back is no longer on a's list. */
	assert_int_equal(lab_last_result(&lab, "a"), 0);
	lab_close(&lab);
}

static void test_completion_may_be_done_before_or_after_the_wait(void **state)
{
	(void)state;
	static const struct lab_step w[] = {DO(COMPLETION_WAIT), END};
	static const struct lab_step c[] = {DO(COMPLETE), END};
	struct lab lab = {.contexts = {{"w1", 0, 1, w}, {"w2", 0, 2, w}, {"c", 0, 100, c}, {"w3", 0, 500, w}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_int_equal(lab_when(&lab, "w1", TRACE_LOCK_ACQUIRE, LAB_COMPLETION(0), 1), 111);
	assert_int_equal(lab_when(&lab, "w2", TRACE_LOCK_ACQUIRE, LAB_COMPLETION(0), 1), 111);
	assert_int_equal(lab_when(&lab, "w3", TRACE_LOCK_ACQUIRE, LAB_COMPLETION(0), 1), 500);
	lab_close(&lab);
}

static void test_completion_may_be_done_by_a_handler(void **state)
{
	(void)state;
	static const struct lab_step w[] = {DO(COMPLETION_WAIT), END};
	static const struct lab_step m[] = {DO(MESSAGE), END};
	struct lab lab = {.contexts = {{"w", 0, 1, w}, {"m", 1, 100, m}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	/* Sent at 100, ten on the way, ten for the wake-up. */
	assert_int_equal(lab_when(&lab, "w", TRACE_LOCK_ACQUIRE, LAB_COMPLETION(0), 1), 120);
	lab_close(&lab);
}

static void test_waitqueue_loses_no_wakeup_between_test_and_sleep(void **state)
{
	(void)state;
	static const struct lab_step s[] = {DO(SLEEP_UNTIL_FLAG), END};
	static const struct lab_step f[] = {DO(SET_FLAG), END};
	struct lab lab = {.contexts = {{"s", 0, 1, s}, {"f", 0, 100, f}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	/* Held after its test, before its sleep, while the other wakes all. */
	lab_hold(&lab, "s at wait mn_active[0] until f passes wake mn_active[0] cycles 400");
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_true(lab.holds[0].reached);
	lab_close(&lab);
}

static void test_held_locks_are_listed(void **state)
{
	(void)state;
	static const struct lab_step a[] = {DO(MUTEX_LOCK), DO(READ_LOCK), DO(SRCU_LOCK), DO(SPIN_LOCK), DO(HELD_COUNT),
		DO(SPIN_UNLOCK), DO(MUTEX_UNLOCK), DO(SRCU_UNLOCK), ON(WORK, 500), DO(READ_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}}};
	lab_run_both(&lab);
	assert_int_equal(lab_last_result(&lab, "a"), 4);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutex_excludes_and_wakes_in_order),
		cmocka_unit_test(test_mutex_may_be_taken_by_a_passer_by),
		cmocka_unit_test(test_mutex_trylock_never_waits),
		cmocka_unit_test(test_spin_lock_excludes_and_books_the_wait),
		cmocka_unit_test(test_rwsem_readers_share_and_writer_excludes),
		cmocka_unit_test(test_rwsem_queued_writer_blocks_later_readers),
		cmocka_unit_test(test_rwsem_wakes_all_readers_before_the_next_writer),
		cmocka_unit_test(test_rwsem_downgrade_lets_readers_in),
		cmocka_unit_test(test_srcu_synchronize_waits_only_for_earlier_readers),
		cmocka_unit_test(test_srcu_grace_periods_take_turns),
		cmocka_unit_test(test_srcu_sections_nest),
		cmocka_unit_test(test_page_lock_is_released_by_another),
		cmocka_unit_test(test_completion_may_be_done_before_or_after_the_wait),
		cmocka_unit_test(test_completion_may_be_done_by_a_handler),
		cmocka_unit_test(test_waitqueue_loses_no_wakeup_between_test_and_sleep),
		cmocka_unit_test(test_held_locks_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
