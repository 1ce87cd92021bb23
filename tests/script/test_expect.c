/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_expect.c - what an "expect" line is once it is read.
 *
 * Locking: none. Errors: cmocka's. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/check.h"
#include "pefsim/scenario.h"

static const char head[] = "pefscn 1\nscenario s\nparam n = 2 in 1..9\nparam design = v9-rmap in v9-rmap uvmem-lock\n"
			   "platform\n  hv $design\nguest g0\n  slot 0 gpa 0x0 pages $n\nguest g1\n"
			   "  slot 3 gpa 0x0 pages 4\nthread vcpu0 guest g0\n  touch 0:0\n  in: touch 0:1 -> any\n"
			   "explore\n  budget 70 runs 2 min\n  seed 5\n  stop first\nexpect\n  ";

/* A scenario with one expectation; to be freed. */
static struct scenario *read_expect(const char *line)
{
	char text[1024];
	struct scenario *s = NULL;

	snprintf(text, sizeof(text), "%s%s\n", head, line);
	assert_int_equal(scenario_read_text(text, strlen(text), "t.pef", NULL, &s, stderr), PEF_OK);
	assert_int_equal(s->expect_count, 1);
	return s;
}

static void test_findings_become_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum expect_mode mode;
		enum expect_subject subject;
		enum finding_kind kind;
	} cases[] = {
		{"never any-violation", EXPECT_NEVER, EXPECT_ANY_FINDING, 0},
		{"sometimes deadlock", EXPECT_SOMETIMES, EXPECT_FINDING, FINDING_DEADLOCK},
		{"always lock-misuse", EXPECT_ALWAYS, EXPECT_FINDING, FINDING_LOCK_MISUSE},
		{"never result", EXPECT_NEVER, EXPECT_FINDING, FINDING_RESULT},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scenario *s = read_expect(cases[i].line);
		assert_int_equal(s->expects[0].mode, cases[i].mode);
		assert_int_equal(s->expects[0].subject, cases[i].subject);
		assert_int_equal(s->expects[0].kind, cases[i].kind);
		assert_false(s->expects[0].has_object);
		scenario_free(s);
	}
}

static void test_objects_are_kept(void **state)
{
	(void)state;
	struct scenario *s = read_expect("never use-after-free of rmap[1] if design = v9-rmap");
	const struct expectation *e = &s->expects[0];
	assert_int_equal(e->kind, FINDING_USE_AFTER_FREE);
	assert_true(e->has_object);
	assert_int_equal(obj_type(e->object), OBJ_RMAP);
	assert_int_equal(obj_index(e->object), 1);
	assert_string_equal(e->param, "design");
	assert_string_equal(e->value, "v9-rmap");
	assert_true(e->applies);
	scenario_free(s);
}

static void test_invariants_and_families(void **state)
{
	(void)state;
	struct scenario *s = read_expect("never I5-agreement");
	assert_int_equal(s->expects[0].subject, EXPECT_INVARIANT);
	assert_int_equal(s->expects[0].invariants, UINT64_C(1) << INVARIANT_I5);
	scenario_free(s);
	s = read_expect("never I5");
	assert_true(s->expects[0].invariants & UINT64_C(1) << INVARIANT_I5);
	scenario_free(s);
}

static void test_states_results_counters(void **state)
{
	(void)state;
	struct scenario *s = read_expect("finally state g1 3:2 = secure-out");
	const struct expectation *e = &s->expects[0];
	assert_int_equal(e->subject, EXPECT_STATE);
	assert_int_equal(e->guest, 1);
	assert_int_equal(e->slot, 3);
	assert_int_equal(e->page, 2);
	assert_false(e->is_gfn_state);
	assert_int_equal(e->state, PAGE_STATE_SECURE_OUT);
	scenario_free(s);
	s = read_expect("finally state 0:1 = PAGEDOUT");
	e = &s->expects[0];
	assert_true(e->is_gfn_state);
	assert_int_equal(e->state, GFN_PAGEDOUT);
	scenario_free(s);
	s = read_expect("always result vcpu0.in = 0");
	e = &s->expects[0];
	assert_int_equal(e->subject, EXPECT_RESULT);
	assert_int_equal(e->thread, 0);
	assert_int_equal(e->statement, 1);
	assert_int_equal(e->code, 0);
	scenario_free(s);
	s = read_expect("finally pool_free >= pool_used");
	e = &s->expects[0];
	assert_int_equal(e->left, COUNTER_POOL_FREE);
	assert_int_equal(e->comparison, COMPARE_GREATER_EQUAL);
	assert_int_equal(e->right, COUNTER_POOL_USED);
	assert_false(e->right_is_number);
	scenario_free(s);
}

static void test_the_search_and_the_sets_of_parameters(void **state)
{
	(void)state;
	struct scenario *s = read_expect("never any-violation if n = 3");
	assert_int_equal(s->budget_runs, 70);
	assert_int_equal(s->budget_seconds, 120);
	assert_int_equal(s->explore_seed, 5);
	assert_true(s->stop_first);
	assert_int_equal(s->param_count, 2);
	assert_null(s->params[0].values);
	assert_int_equal(s->params[1].value_count, 2);
	assert_string_equal(s->params[1].values[1], "uvmem-lock");
	assert_false(s->expects[0].applies);
	scenario_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings_become_kinds),
		cmocka_unit_test(test_objects_are_kept),
		cmocka_unit_test(test_invariants_and_families),
		cmocka_unit_test(test_states_results_counters),
		cmocka_unit_test(test_the_search_and_the_sets_of_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
