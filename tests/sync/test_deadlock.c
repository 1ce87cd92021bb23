/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_deadlock.c - circles of waiters are told where they are closed, in both
 * executors at the same key; a run that just stops is stuck.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include <string.h>

#include "util_lab.h"

static const struct lab_step ab[] = {
	DO(MUTEX_LOCK), ON(WORK, 200), ON(MUTEX_LOCK, 1), ON(MUTEX_UNLOCK, 1), DO(MUTEX_UNLOCK), END};
static const struct lab_step ba[] = {
	ON(MUTEX_LOCK, 1), ON(WORK, 200), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), ON(MUTEX_UNLOCK, 1), END};

static void test_deadlock_is_told_at_once_while_others_run(void **state)
{
	(void)state;
	static const struct lab_step busy[] = {DO(FOREVER), END};
	struct lab lab = {.contexts = {{"a", 0, 1, ab}, {"b", 0, 5, ba}, {"busy", 0, 1, busy}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	/* b has lock 1 at 15, works to 215, pays to 225 and closes the circle. */
	assert_int_equal(lab.result.key.cycle, 225);
	assert_string_equal(lab_waiters(&lab), "b lock[0] a, a lock[1] b");
	assert_int_equal(lab.result.waiters[0].since, 225);
	assert_int_equal(lab.result.waiters[0].line, 3);
	const struct finding *f = lab_finding(&lab);
	assert_int_equal(f->kind, FINDING_DEADLOCK);
	assert_string_equal(f->title, "deadlock on g0.lock[0] and g0.lock[1]");
	assert_int_equal(f->block_count, 2);
	assert_true(f->blocks[0].chain != 0);
	assert_string_equal(f->lines[0], "b waits for g0.lock[0], kept by a");
	assert_int_equal(f->held_count, 1);
	lab_close(&lab);
}

static void test_deadlock_needs_the_circle(void **state)
{
	(void)state;
	/* The same two, one after the other. */
	struct lab lab = {.contexts = {{"a", 0, 1, ab}, {"b", 0, 1000, ba}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_null(lab_finding(&lab));
	lab_close(&lab);
}

static void test_deadlock_tells_who_waits_for_the_circle(void **state)
{
	(void)state;
	static const struct lab_step c[] = {DO(MUTEX_LOCK), END};
	static const struct lab_step d[] = {ON(MUTEX_LOCK, 2), ON(WORK, 1000), END};
	static const struct lab_step e[] = {ON(MUTEX_LOCK, 2), END};
	/* c waits for the circle; e waits for d, who could go on. */
	struct lab lab = {
		.contexts = {{"a", 0, 1, ab}, {"b", 0, 5, ba}, {"c", 0, 50, c}, {"d", 0, 1, d}, {"e", 0, 60, e}}};
	lab_run_both(&lab);
	assert_string_equal(lab_waiters(&lab), "b lock[0] a, a lock[1] b, c lock[0] a outside");
	lab_close(&lab);
}

static void test_deadlock_of_a_reader_behind_a_queued_writer(void **state)
{
	(void)state;
	static const struct lab_step r[] = {
		DO(READ_LOCK), ON(WORK, 500), DO(READ_LOCK), DO(READ_UNLOCK), DO(READ_UNLOCK), END};
	static const struct lab_step w[] = {DO(WRITE_LOCK), DO(WRITE_UNLOCK), END};
	struct lab lab = {.contexts = {{"r", 0, 1, r}, {"w", 0, 100, w}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	assert_string_equal(lab_waiters(&lab), "r mmap_lock[0] w, w mmap_lock[0] r");
	/* Nobody queued: reading twice is fine. */
	lab.contexts[1].start = 2000;
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	lab_close(&lab);
}

static void test_deadlock_of_synchronize_and_a_reader(void **state)
{
	(void)state;
	static const struct lab_step s[] = {DO(MUTEX_LOCK), ON(WORK, 200), DO(SRCU_SYNC), DO(MUTEX_UNLOCK), END};
	static const struct lab_step r[] = {
		DO(SRCU_LOCK), ON(WORK, 500), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), DO(SRCU_UNLOCK), END};
	struct lab lab = {.contexts = {{"s", 0, 1, s}, {"r", 0, 50, r}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	assert_string_equal(lab_waiters(&lab), "r lock[0] s, s srcu[0] r");
	assert_string_equal(lab_finding(&lab)->title, "deadlock on g0.lock[0] and g0.srcu[0]");
	lab_close(&lab);
}

/* a holds lock 0 of hv and calls uv, which wants lock 0 of uv; b the other way round. */
static const struct lab_step cross_a[] = {DO(MUTEX_LOCK), ON(WORK, 100), ON(CALL, 0), DO(MUTEX_UNLOCK), END};
static const struct lab_step cross_b[] = {DO(MUTEX_LOCK), ON(WORK, 100), ON(CALL, 0), DO(MUTEX_UNLOCK), END};
static const struct lab_step served[] = {DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};

static void test_deadlock_across_domains_is_cut_at_one_key(void **state)
{
	(void)state;
	static const struct lab_step busy[] = {
		ON(WORK, 100), ON(WORK, 100), ON(WORK, 100), ON(WORK, 100), ON(WORK, 5000), ON(MUTEX_TRY, 2), END};
	struct lab lab = {
		.contexts = {{"a", 0, 1, cross_a}, {"b", 1, 5, cross_b}, {"c", 0, 1, busy}, {"d", 1, 1, busy}},
		.served = {served}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	assert_int_equal(lab.result.waiter_count, 4);
	assert_true(lab.result.key.cycle < 200);
	assert_string_equal(lab_finding(&lab)->title, "deadlock on g0.lock[0] and g1.lock[0]");
	/* Apart in time, the same calls end well. */
	lab.contexts[1].start = 20000;
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	lab_close(&lab);
}

static void test_deadlock_across_domains_wins_over_a_later_finding(void **state)
{
	(void)state;
	static const struct lab_step bad[] = {ON(WORK, 3000), ON(MUTEX_UNLOCK, 2), END};
	struct lab lab = {
		.contexts = {{"a", 0, 1, cross_a}, {"b", 1, 5, cross_b}, {"c", 0, 1, bad}}, .served = {served}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	assert_int_equal(lab_finding(&lab)->kind, FINDING_DEADLOCK);
	lab_close(&lab);
}

static void test_deadlock_books_are_the_same(void **state)
{
	(void)state;
	static const struct lab_step busy[] = {DO(FOREVER), END};
	struct lab lab = {.steps_max = 20000,
		.contexts = {{"a", 0, 1, cross_a}, {"b", 1, 5, cross_b}, {"c", 0, 1, busy}, {"d", 1, 1, busy}},
		.served = {served}};
	struct engine_book threads[8], fibers[8];
	memset(threads, 0, sizeof(threads));
	memset(fibers, 0, sizeof(fibers));
	lab.exec = ENGINE_THREADS;
	lab_run(&lab);
	unsigned count = engine_books(lab.engine, threads, 8);
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	assert_int_equal(engine_books(lab.engine, fibers, 8), count);
	assert_memory_equal(threads, fibers, sizeof(threads));
	lab_close(&lab);
}

static void test_stuck_is_told_when_nobody_is_left(void **state)
{
	(void)state;
	static const struct lab_step w[] = {ON(COMPLETION_WAIT, 1), END};
	static const struct lab_step p[] = {DO(PAGE_LOCK), END};
	static const struct lab_step q[] = {DO(PAGE_LOCK), END};
	struct lab lab = {.contexts = {{"w", 0, 1, w}, {"p", 0, 1, p}, {"q", 0, 100, q}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_STUCK);
	assert_string_equal(lab_waiters(&lab), "w completion[1] - outside, q page_lock[0] p outside");
	const struct finding *f = lab_finding(&lab);
	assert_int_equal(f->kind, FINDING_STUCK);
	assert_string_equal(f->title, "stuck on page_lock[0] and g0.completion[1]");
	assert_string_equal(f->lines[0], "w waits for g0.completion[1], which nobody can end");
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlock_is_told_at_once_while_others_run),
		cmocka_unit_test(test_deadlock_needs_the_circle),
		cmocka_unit_test(test_deadlock_tells_who_waits_for_the_circle),
		cmocka_unit_test(test_deadlock_of_a_reader_behind_a_queued_writer),
		cmocka_unit_test(test_deadlock_of_synchronize_and_a_reader),
		cmocka_unit_test(test_deadlock_across_domains_is_cut_at_one_key),
		cmocka_unit_test(test_deadlock_across_domains_wins_over_a_later_finding),
		cmocka_unit_test(test_deadlock_books_are_the_same),
		cmocka_unit_test(test_stuck_is_told_when_nobody_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
