/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_condition.c - lines of the platform that are there for one value of a
 * parameter.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "util_script.h"

#include <stdlib.h>
#include <string.h>

#define TOP "pefscn 1\nscenario t\nparam bug = yes in yes no\nplatform\n"
#define GUEST "guest g0\n"

static const char choice[] = TOP
	"  hv v8-rmap srcu-dropped-early if bug = yes\n  hv v9-rmap if bug = no\n  mm-era 5.18 if bug = yes\n" GUEST;

static void test_a_parameter_chooses_lines(void **state)
{
	const struct scenario_override no = {"bug", "no"};
	struct scenario_options options = {.params = &no, .param_count = 1};
	struct scenario *s = read_good(choice, NULL);

	(void)state;
	assert_int_equal(s->design, DESIGN_V8_RMAP);
	assert_int_equal(s->mutants, (mutants_t)1 << MUTANT_SRCU_DROPPED_EARLY);
	assert_int_equal(s->era, ERA_V5_18);
	scenario_free(s);
	s = read_good(choice, &options);
	assert_int_equal(s->design, DESIGN_V9_RMAP);
	assert_int_equal(s->mutants, 0);
	assert_int_equal(s->era, ERA_DEFAULT);
	scenario_free(s);
}

static void test_mistakes_are_told(void **state)
{
	(void)state;
	assert_messages(TOP "  hv v8-rmap if bog = yes\n" GUEST, PEF_PARSE,
		"x.pef:5:17: error: there is no parameter 'bog'\n"
		"  hv v8-rmap if bog = yes\n"
		"                ^\n"
		"help: did you mean 'bug'?\n");
	assert_messages(TOP "  hv v8-rmap if bug = maybe\n" GUEST, PEF_PARSE,
		"x.pef:5:23: error: parameter 'bug' is never 'maybe'\n"
		"  hv v8-rmap if bug = maybe\n"
		"                      ^\n"
		"help: its values are defined at x.pef:3\n");
	assert_messages(TOP "  hv v8-rmap if bug = yes\n  hv v9-rmap\n" GUEST, PEF_PARSE,
		"x.pef:6:3: error: 'hv' is given twice\n"
		"  hv v9-rmap\n"
		"  ^\n"
		"help: first given at x.pef:5\n");
	assert_messages(TOP "  hv v8-rmap if bug = no\n" GUEST, PEF_PARSE,
		"x.pef: error: no design of the hypervisor is named\n"
		"help: add 'hv DESIGN' to the section 'platform'; 'pefsim list designs' names all\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_parameter_chooses_lines),
		cmocka_unit_test(test_mistakes_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
