/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_lockgraph.c - the graph of lock classes over several runs: what no single
 * run shows, what steering makes of a prediction, and titles that do not vary.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_matrix.h"

#define TAKE(x) \
	{ \
		MX_TAKE, PLACE_##x \
	}
#define GIVE(x) \
	{ \
		MX_GIVE, PLACE_##x \
	}
#define RIVAL(x) \
	{ \
		MX_RIVAL, PLACE_##x \
	}
#define OP(x) \
	{ \
		MX_##x, PLACE_O \
	}

#define AB \
	{ \
		TAKE(A), TAKE(B), GIVE(B), GIVE(A) \
	}
#define BA \
	{ \
		TAKE(B), TAKE(A), GIVE(A), GIVE(B) \
	}

static enum matrix_verdict run(struct matrix_check *check, const struct matrix_program *p, enum matrix_kind kind)
{
	return matrix_run_in(check, p, ENGINE_FIBERS, KIND_NONE, kind, kind);
}

static void test_circle_that_no_single_run_shows_is_possible(void **state)
{
	static const struct matrix_program ab = {{AB}, {1}}, ba = {{{OP(END)}, BA}, {0, 1}};
	struct matrix_check check = {.graph = NULL};

	(void)state;
	assert_int_equal(run(&check, &ab, KIND_MUTEX), VERDICT_FINE);
	assert_int_equal(run(&check, &ba, KIND_MUTEX), VERDICT_FINE);
	check.last = true;
	assert_int_equal(run(&check, &ba, KIND_MUTEX), VERDICT_POSSIBLE);
	assert_string_equal(check.title, "lock-order on slots_lock and slots_arch_lock");
	lockgraph_free(check.graph);
}

static void test_what_a_run_has_judged_is_not_told_across_runs(void **state)
{
	static const struct matrix_program joined = {
		{{TAKE(A), TAKE(B), GIVE(B), GIVE(A), OP(COMPLETE)}, {OP(WAIT), TAKE(B), TAKE(A), GIVE(A), GIVE(B)}},
		{1, 2}};
	struct matrix_check check = {.last = true};

	(void)state;
	assert_int_equal(run(&check, &joined, KIND_MUTEX), VERDICT_FINE);
	assert_int_equal(run(&check, &joined, KIND_MUTEX), VERDICT_FINE);
	lockgraph_free(check.graph);
}

/* Predicted; and with the schedule that the graph makes of it, a deadlock. */
static void steer(const struct matrix_program *p, enum matrix_kind inner, enum matrix_kind second, unsigned holds)
{
	struct matrix_check check = {.points = true};

	assert_int_equal(matrix_run_in(&check, p, ENGINE_FIBERS, KIND_NONE, inner, second), VERDICT_PREDICTED);
	check.hold_count = lockgraph_steer(check.graph, check.title, check.holds);
	assert_int_equal(check.hold_count, holds);
	assert_int_equal(matrix_run_in(&check, p, ENGINE_FIBERS, KIND_NONE, inner, second), VERDICT_DEADLOCK);
	lockgraph_free(check.graph);
}

static void test_predictions_are_steered_to_deadlocks(void **state)
{
	static const struct matrix_program abba = {{AB, BA}, {1, 50}}, baab = {{AB, BA}, {50, 1}};
	static const struct matrix_program three = {
		{AB, {TAKE(B), TAKE(C), GIVE(C), GIVE(B)}, {TAKE(C), TAKE(A), GIVE(A), GIVE(C)}}, {1, 50, 100}};
	static const struct matrix_program readers = {{AB, BA, {RIVAL(A)}}, {1, 50, 100}};
	static const struct matrix_program twice = {{{TAKE(A), TAKE(A), GIVE(A), GIVE(A)}, {RIVAL(A)}}, {1, 50}};
	static const struct matrix_program waits = {
		{{TAKE(B), RIVAL(A), GIVE(B)}, {TAKE(A), TAKE(B), GIVE(B), GIVE(A)}}, {1, 50}};

	(void)state;
	steer(&abba, KIND_MUTEX, KIND_MUTEX, 2);
	steer(&baab, KIND_SPIN, KIND_SPIN, 2);
	steer(&three, KIND_WRITE, KIND_WRITE, 3);
	/* A third context writes between two readers. */
	steer(&readers, KIND_READ, KIND_MUTEX, 3);
	steer(&twice, KIND_READ, KIND_READ, 2);
	/* Somebody waits for SRCU readers with what they want. */
	steer(&waits, KIND_SRCU, KIND_MUTEX, 2);
}

static void test_what_is_only_possible_has_no_schedule(void **state)
{
	static const struct matrix_program readers = {{AB, BA}, {1, 50}};
	struct matrix_check check = {.points = true};

	(void)state;
	assert_int_equal(run(&check, &readers, KIND_READ), VERDICT_POSSIBLE);
	assert_int_equal(lockgraph_steer(check.graph, check.title, check.holds), 0);
	lockgraph_free(check.graph);
}

static void test_the_title_does_not_depend_on_who_came_first(void **state)
{
	static const struct matrix_program abba = {{AB, BA}, {1, 50}}, baab = {{AB, BA}, {50, 1}};
	struct matrix_check first = {.graph = NULL}, second = {.graph = NULL};

	(void)state;
	assert_int_equal(run(&first, &abba, KIND_MUTEX), VERDICT_PREDICTED);
	assert_int_equal(run(&second, &baab, KIND_MUTEX), VERDICT_PREDICTED);
	assert_string_equal(first.title, second.title);
	lockgraph_free(first.graph);
	lockgraph_free(second.graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_circle_that_no_single_run_shows_is_possible),
		cmocka_unit_test(test_what_a_run_has_judged_is_not_told_across_runs),
		cmocka_unit_test(test_predictions_are_steered_to_deadlocks),
		cmocka_unit_test(test_what_is_only_possible_has_no_schedule),
		cmocka_unit_test(test_the_title_does_not_depend_on_who_came_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
