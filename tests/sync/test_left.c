/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_left.c - locks that are left behind, waits that nobody ends: each bad case
 * is told, and its nearest good twin is not.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include <string.h>

#include "util_lab.h"

#define STEPS static const struct lab_step

/* "" when the run survived nothing. */
static void expect_noted(const struct lab *lab, const char *title)
{
	const struct finding *f = lab_noted(lab);
	assert_string_equal(f ? f->title : "", title);
	if (!f)
		return;
	assert_int_equal(f->kind, FINDING_LOCK_MISUSE);
	assert_int_equal(f->severity, SEVERITY_OBSERVED);
	assert_int_equal(f->block_count, 2);
	assert_non_null(strstr(f->blocks[1].heading, "taken by "));
}

static void test_lock_held_when_a_call_returns(void **state)
{
	(void)state;
	STEPS a[] = {ON(CALL, 0), END};
	STEPS keeps[] = {DO(MUTEX_LOCK), END};
	STEPS gives_back[] = {DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}}, .served = {keeps}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	expect_noted(&lab, "lock-misuse on g1.lock[0]: still held when call[61696] returns");
	lab.served[0] = gives_back;
	lab_run_both(&lab);
	expect_noted(&lab, "");
	lab_close(&lab);
}

static void test_lock_held_when_its_context_ends(void **state)
{
	(void)state;
	STEPS bad[] = {ON(WRITE_LOCK, 1), END};
	STEPS good[] = {ON(WRITE_LOCK, 1), ON(WRITE_UNLOCK, 1), END};
	struct lab lab = {.contexts = {{"a", 0, 1, bad}}};
	lab_run_both(&lab);
	expect_noted(&lab, "lock-misuse on g0.mmap_lock[1]: still held when its context ends");
	lab.contexts[0].steps = good;
	lab_run_both(&lab);
	expect_noted(&lab, "");
	lab_close(&lab);
}

static void test_read_section_open_when_its_context_ends(void **state)
{
	(void)state;
	STEPS bad[] = {DO(SRCU_LOCK), DO(SRCU_LOCK), DO(SRCU_UNLOCK), END};
	STEPS good[] = {DO(SRCU_LOCK), DO(SRCU_LOCK), DO(SRCU_UNLOCK), DO(SRCU_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, bad}}};
	lab_run_both(&lab);
	expect_noted(&lab, "lock-misuse on g0.srcu[0]: still read when its context ends");
	lab.contexts[0].steps = good;
	lab_run_both(&lab);
	expect_noted(&lab, "");
	lab_close(&lab);
}

static void test_page_lock_may_outlive_who_took_it(void **state)
{
	(void)state;
	STEPS a[] = {DO(PAGE_LOCK), END};
	STEPS b[] = {DO(PAGE_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}, {"b", 0, 100, b}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	expect_noted(&lab, "");
	assert_null(lab_finding(&lab));
	lab_close(&lab);
}

static void test_grace_period_of_a_reader_that_has_ended(void **state)
{
	(void)state;
	STEPS bad[] = {DO(SRCU_LOCK), END};
	STEPS good[] = {DO(SRCU_LOCK), ON(WORK, 500), DO(SRCU_UNLOCK), END};
	STEPS sync[] = {DO(SRCU_SYNC), END};
	struct lab lab = {.contexts = {{"r", 0, 1, bad}, {"s", 0, 100, sync}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_STUCK);
	assert_int_equal(lab_finding(&lab)->kind, FINDING_GRACE_PERIOD);
	assert_string_equal(lab_finding(&lab)->title, "grace-period on g0.srcu[0]");
	assert_string_equal(lab_finding(&lab)->lines[0], "s waits for g0.srcu[0], kept by r");
	lab.contexts[0].steps = good;
	lab_run_both(&lab);
	assert_null(lab_finding(&lab));
	lab_close(&lab);
}

static void test_wake_up_before_the_sleep_is_lost(void **state)
{
	(void)state;
	STEPS sleeps[] = {DO(SLEEP), END};
	STEPS wakes[] = {DO(SET_FLAG), END};
	/* The sleeper comes after the wake-up, and did not look at the flag. */
	struct lab lab = {.contexts = {{"s", 0, 200, sleeps}, {"w", 0, 1, wakes}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_STUCK);
	assert_int_equal(lab_finding(&lab)->kind, FINDING_LOST_WAKEUP);
	assert_string_equal(lab_finding(&lab)->title, "lost-wakeup on g0.mn_active[0]");
	assert_non_null(strstr(lab_finding(&lab)->blocks[1].heading, "woken by w at cycle "));
	/* In time it is woken; and one whom nobody ever woke has lost nothing. */
	lab.contexts[1].start = 400;
	lab_run_both(&lab);
	assert_null(lab_finding(&lab));
	lab.contexts[1].name = NULL;
	lab_run_both(&lab);
	assert_int_equal(lab_finding(&lab)->kind, FINDING_STUCK);
	lab_close(&lab);
}

static void test_circle_through_a_wait_queue_is_told_at_once(void **state)
{
	(void)state;
	STEPS sleeps[] = {DO(MUTEX_LOCK), DO(SLEEP), DO(MUTEX_UNLOCK), END};
	STEPS keeps[] = {DO(KEEP), ON(WORK, 100), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), DO(LET_GO), DO(SET_FLAG), END};
	STEPS frees[] = {DO(KEEP), ON(WORK, 100), DO(LET_GO), DO(SET_FLAG), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	STEPS busy[] = {ON(WORK, 100), ON(WORK, 1000), ON(WORK, 1000), END};
	struct lab lab = {.contexts = {{"k", 0, 1, keeps}, {"s", 0, 50, sleeps}, {"busy", 0, 1, busy}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	assert_string_equal(lab_waiters(&lab), "k lock[0] s, s mn_active[0] k");
	assert_true(lab.result.key.cycle < 200);
	lab.contexts[0].steps = frees;
	lab_run_both(&lab);
	assert_null(lab_finding(&lab));
	lab_close(&lab);
}

/* The bad steps stop the run with that title; the good ones do not. */
static void expect_stop(const struct lab_step *bad, const struct lab_step *good, const char *title)
{
	struct lab lab = {.contexts = {{"a", 0, 1, bad}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_STOPPED);
	assert_string_equal(lab_finding(&lab)->title, title);
	lab.contexts[0].steps = good;
	lab_run_both(&lab);
	assert_null(lab_finding(&lab));
	lab_close(&lab);
}

static void test_lock_in_memory_that_is_freed(void **state)
{
	(void)state;
	STEPS bad[] = {DO(HEAP_LOCK), DO(HEAP_FREE), END};
	STEPS good[] = {DO(HEAP_LOCK), DO(HEAP_UNLOCK), DO(HEAP_FREE), END};
	expect_stop(bad, good, "lock-misuse on g0.kvm_lock: held when its memory is freed");
}

static void test_lock_that_was_never_initialised(void **state)
{
	(void)state;
	STEPS bad[] = {DO(RAW_LOCK), END};
	STEPS good[] = {DO(HEAP_LOCK), DO(HEAP_UNLOCK), END};
	expect_stop(bad, good, "lock-misuse on a lock without a name: use of a lock that was never initialised");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_held_when_a_call_returns),
		cmocka_unit_test(test_lock_held_when_its_context_ends),
		cmocka_unit_test(test_read_section_open_when_its_context_ends),
		cmocka_unit_test(test_page_lock_may_outlive_who_took_it),
		cmocka_unit_test(test_grace_period_of_a_reader_that_has_ended),
		cmocka_unit_test(test_wake_up_before_the_sleep_is_lost),
		cmocka_unit_test(test_circle_through_a_wait_queue_is_told_at_once),
		cmocka_unit_test(test_lock_in_memory_that_is_freed),
		cmocka_unit_test(test_lock_that_was_never_initialised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
