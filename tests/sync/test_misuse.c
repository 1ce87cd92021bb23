/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_misuse.c - each misuse of a lock is a finding, and its nearest good twin
 * is none.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include <string.h>

#include "util_lab.h"

/* The bad steps must give a finding of that kind whose title holds @words; the good ones none. */
static void judge(const struct lab_step *bad, const struct lab_step *good, enum finding_kind kind, const char *words)
{
	static const struct lab_step other[] = {
		DO(MUTEX_LOCK), DO(WRITE_LOCK), ON(WORK, 10000), DO(WRITE_UNLOCK), DO(MUTEX_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 100, bad}, {"other", 0, 1, other}}};
	lab_run_both(&lab);
	const struct finding *f = lab_finding(&lab);
	assert_non_null(f);
	assert_int_equal(f->kind, kind);
	assert_int_equal(f->severity, SEVERITY_OBSERVED);
	if (!strstr(f->title, words))
		fail_msg("'%s' is not in '%s'", words, f->title);
	assert_int_equal(lab.result.end, kind == FINDING_DEADLOCK ? ENGINE_DEADLOCK : ENGINE_STOPPED);
	lab.contexts[0].steps = good;
	lab_run_both(&lab);
	assert_null(lab_finding(&lab));
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	lab_close(&lab);
}

#define JUDGE(kind, words) judge(bad, good, kind, words)
#define STEPS static const struct lab_step

static void test_unlock_of_what_nobody_holds(void **state)
{
	(void)state;
	STEPS bad[] = {ON(MUTEX_LOCK, 1), ON(MUTEX_UNLOCK, 1), ON(MUTEX_UNLOCK, 1), END};
	STEPS good[] = {ON(MUTEX_LOCK, 1), ON(MUTEX_UNLOCK, 1), END};
	JUDGE(FINDING_LOCK_MISUSE, "lock-misuse on g0.lock[1]: unlock of what nobody holds");
}

static void test_unlock_of_what_another_holds(void **state)
{
	(void)state;
	STEPS bad[] = {DO(MUTEX_UNLOCK), END};
	STEPS good[] = {DO(MUTEX_TRY), END};
	JUDGE(FINDING_LOCK_MISUSE, "unlock of what another context holds");
}

static void test_spin_unlock_of_what_nobody_holds(void **state)
{
	(void)state;
	STEPS bad[] = {DO(SPIN_UNLOCK), END};
	STEPS good[] = {DO(SPIN_LOCK), DO(SPIN_UNLOCK), END};
	JUDGE(FINDING_LOCK_MISUSE, "lock-misuse on g0.ptl[0]");
}

static void test_read_unlock_by_a_stranger(void **state)
{
	(void)state;
	STEPS bad[] = {DO(READ_UNLOCK), END};
	STEPS good[] = {DO(READ_LOCK), DO(READ_UNLOCK), END};
	JUDGE(FINDING_LOCK_MISUSE, "read unlock");
}

static void test_read_unlock_of_a_write_lock(void **state)
{
	(void)state;
	STEPS bad[] = {ON(WRITE_LOCK, 1), ON(READ_UNLOCK, 1), END};
	STEPS good[] = {ON(WRITE_LOCK, 1), ON(DOWNGRADE, 1), ON(READ_UNLOCK, 1), END};
	JUDGE(FINDING_LOCK_MISUSE, "read unlock");
}

static void test_write_unlock_of_a_read_lock(void **state)
{
	(void)state;
	STEPS bad[] = {ON(READ_LOCK, 1), ON(WRITE_UNLOCK, 1), END};
	STEPS good[] = {ON(WRITE_LOCK, 1), ON(WRITE_UNLOCK, 1), END};
	JUDGE(FINDING_LOCK_MISUSE, "write unlock");
}

static void test_downgrade_of_a_read_lock(void **state)
{
	(void)state;
	STEPS bad[] = {ON(READ_LOCK, 1), ON(DOWNGRADE, 1), END};
	STEPS good[] = {ON(WRITE_LOCK, 1), ON(DOWNGRADE, 1), ON(READ_UNLOCK, 1), END};
	JUDGE(FINDING_LOCK_MISUSE, "downgrade");
}

static void test_srcu_unlock_with_the_wrong_index(void **state)
{
	(void)state;
	STEPS bad[] = {DO(SRCU_LOCK), DO(SRCU_UNLOCK_WRONG), END};
	STEPS good[] = {DO(SRCU_LOCK), DO(SRCU_UNLOCK), END};
	JUDGE(FINDING_LOCK_MISUSE, "another index");
}

static void test_srcu_unlock_without_a_lock(void **state)
{
	(void)state;
	STEPS bad[] = {DO(SRCU_LOCK), DO(SRCU_UNLOCK), DO(SRCU_UNLOCK), END};
	STEPS good[] = {DO(SRCU_LOCK), DO(SRCU_LOCK), DO(SRCU_UNLOCK), DO(SRCU_UNLOCK), END};
	JUDGE(FINDING_LOCK_MISUSE, "without a read lock");
}

static void test_page_unlock_of_an_unlocked_page(void **state)
{
	(void)state;
	STEPS bad[] = {DO(PAGE_UNLOCK), END};
	STEPS good[] = {DO(PAGE_LOCK), DO(PAGE_UNLOCK), END};
	JUDGE(FINDING_LOCK_MISUSE, "unlock of what nobody holds");
}

static void test_mutex_under_a_spin_lock(void **state)
{
	(void)state;
	STEPS bad[] = {ON(SPIN_LOCK, 2), ON(MUTEX_LOCK, 1), END};
	STEPS good[] = {ON(MUTEX_LOCK, 1), ON(SPIN_LOCK, 2), ON(SPIN_UNLOCK, 2), ON(MUTEX_UNLOCK, 1), END};
	JUDGE(FINDING_LOCK_MISUSE, "lock-misuse on g0.lock[1]: mutex taken under the spin lock g0.ptl[2]");
}

static void test_trylock_under_a_spin_lock_is_fine(void **state)
{
	(void)state;
	STEPS bad[] = {ON(SPIN_LOCK, 2), ON(READ_LOCK, 1), END};
	STEPS good[] = {ON(SPIN_LOCK, 2), ON(READ_TRY, 1), ON(READ_UNLOCK, 1), ON(SPIN_UNLOCK, 2), END};
	JUDGE(FINDING_LOCK_MISUSE, "semaphore taken under the spin lock");
}

static void test_synchronize_under_a_spin_lock(void **state)
{
	(void)state;
	STEPS bad[] = {ON(SPIN_LOCK, 2), DO(SRCU_SYNC), END};
	STEPS good[] = {ON(SPIN_LOCK, 2), DO(SRCU_LOCK), DO(SRCU_UNLOCK), ON(SPIN_UNLOCK, 2), DO(SRCU_SYNC), END};
	JUDGE(FINDING_LOCK_MISUSE, "grace period waited for under the spin lock");
}

static void test_page_lock_under_a_spin_lock(void **state)
{
	(void)state;
	STEPS bad[] = {ON(SPIN_LOCK, 2), DO(PAGE_LOCK), END};
	STEPS good[] = {ON(SPIN_LOCK, 2), DO(PAGE_TRY), DO(PAGE_UNLOCK), ON(SPIN_UNLOCK, 2), END};
	JUDGE(FINDING_LOCK_MISUSE, "page lock taken under the spin lock");
}

static void test_mutex_taken_twice(void **state)
{
	(void)state;
	STEPS bad[] = {ON(MUTEX_LOCK, 1), ON(MUTEX_LOCK, 1), END};
	STEPS good[] = {ON(MUTEX_LOCK, 1), ON(MUTEX_LOCK, 2), ON(MUTEX_UNLOCK, 2), ON(MUTEX_UNLOCK, 1), END};
	JUDGE(FINDING_DEADLOCK, "deadlock on g0.lock[1]");
}

static void test_spin_lock_taken_twice(void **state)
{
	(void)state;
	STEPS bad[] = {ON(SPIN_LOCK, 1), ON(SPIN_LOCK, 1), END};
	STEPS good[] = {ON(SPIN_LOCK, 1), ON(SPIN_UNLOCK, 1), ON(SPIN_LOCK, 1), ON(SPIN_UNLOCK, 1), END};
	JUDGE(FINDING_DEADLOCK, "deadlock on g0.ptl[1]");
}

static void test_synchronize_inside_ones_own_section(void **state)
{
	(void)state;
	STEPS bad[] = {ON(SRCU_LOCK, 1), ON(SRCU_SYNC, 1), END};
	STEPS good[] = {ON(SRCU_LOCK, 1), ON(SRCU_SYNC, 2), ON(SRCU_UNLOCK, 1), ON(SRCU_SYNC, 1), END};
	JUDGE(FINDING_GRACE_PERIOD, "grace-period on g0.srcu[1]: synchronize inside its own read section");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unlock_of_what_nobody_holds),
		cmocka_unit_test(test_unlock_of_what_another_holds),
		cmocka_unit_test(test_spin_unlock_of_what_nobody_holds),
		cmocka_unit_test(test_read_unlock_by_a_stranger),
		cmocka_unit_test(test_read_unlock_of_a_write_lock),
		cmocka_unit_test(test_write_unlock_of_a_read_lock),
		cmocka_unit_test(test_downgrade_of_a_read_lock),
		cmocka_unit_test(test_srcu_unlock_with_the_wrong_index),
		cmocka_unit_test(test_srcu_unlock_without_a_lock),
		cmocka_unit_test(test_page_unlock_of_an_unlocked_page),
		cmocka_unit_test(test_mutex_under_a_spin_lock),
		cmocka_unit_test(test_trylock_under_a_spin_lock_is_fine),
		cmocka_unit_test(test_synchronize_under_a_spin_lock),
		cmocka_unit_test(test_page_lock_under_a_spin_lock),
		cmocka_unit_test(test_mutex_taken_twice),
		cmocka_unit_test(test_spin_lock_taken_twice),
		cmocka_unit_test(test_synchronize_inside_ones_own_section),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
