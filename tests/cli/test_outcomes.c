/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_outcomes.c - pefsim outcomes: what is the same, what is not, and what
 * nobody knows.
 *
 * Locking: none. Errors: cmocka's. Blocking: runs of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/common/program.h"
#include "util_files.h"

#define READERS "scenarios/seed/two-host-readers.pef"

static void assert_says(const struct program_result *r, int code, const char *text)
{
	if (r->code != code || !strstr(r->out, text))
		fail_msg("exit %d, not %d, or not found: %s\nin:\n%s", r->code, code, text, r->out);
}

/* Both readers of uvmem-lock may lose the page; of uvmem-fixed none does. */
static void test_a_difference_is_told(void **state)
{
	(void)state;
	struct program_result r = program_run(
		"outcomes " READERS " --designs uvmem-lock,uvmem-fixed --delays 1 --out %s", files_folder());
	assert_says(&r, 1, "DIFFERENT outcomes, each search complete up to 1 delay\n");
	assert_says(&r, 1, "   uvmem-fixed: 0 of ");
	assert_says(&r, 1, "<-- not everywhere");
	assert_says(&r, 1, "hva_read 0:2 -> 0|SIGBUS: SIGBUS\n");
	assert_says(&r, 1, "hva_read 0:2 -> 0|SIGBUS: done, reads ciphertext 1\n");
	char *record = strstr(r.out, "replay: pefsim replay ");
	assert_non_null(record);
	record += strlen("replay: pefsim ");
	record[strcspn(record, "\n")] = '\0';
	struct program_result again = program_run("%s --verify", record);
	assert_int_equal(again.code, 0);
	program_free(&again);
	program_free(&r);
}

/* The nearest twin: the same design by two names of its scenario's parameters reaches the same. */
static void test_no_difference_is_told_of_the_same(void **state)
{
	(void)state;
	struct program_result r =
		program_run("outcomes " READERS " --designs uvmem-lock,uvmem-lock --delays 1 --out %s", files_folder());
	assert_says(&r, 0, "the same outcomes, each search complete up to 1 delay\n");
	assert_null(strstr(r.out, "not everywhere"));
	assert_null(strstr(r.out, "replay"));
	program_free(&r);
}

/* What was not searched to its end may hold the rest. */
static void test_what_is_not_complete_is_a_lead(void **state)
{
	(void)state;
	struct program_result r =
		program_run("outcomes " READERS " --designs uvmem-lock,uvmem-fixed --runs 5 --out %s", files_folder());
	assert_says(&r, 5, "not all schedules were run\n");
	assert_says(&r, 5, "a lead: ");
	program_free(&r);
	r = program_run("outcomes " READERS " --designs uvmem-lock,uvmem-lock --runs 5 --out %s", files_folder());
	assert_says(&r, 5, "no difference was seen\n");
	program_free(&r);
	/* A run that a limit ended has no outcome. */
	r = program_run(
		"outcomes " READERS " --designs uvmem-lock,uvmem-lock --steps 100 --runs 5 --out %s", files_folder());
	assert_says(&r, 5, "not all schedules were run\n");
	program_free(&r);
}

/* A value that one of two orders reads, though no statement asks for one. */
static void test_what_was_read_is_part_of_it(void **state)
{
	(void)state;
	static const char text[] = "pefscn 1\nscenario reads\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 "
				   "pages 1\n  boot normal\n  vcpus 2\n"
				   "thread vcpu0 guest g0\n  write 0:0 = 42\nthread vcpu1 guest g0\n  read 0:0%s\n";
	char whole[sizeof(text) + 32];
	snprintf(whole, sizeof(whole), text, " = 42 -> any");
	struct program_result r =
		program_run("outcomes %s --design uvmem-lock --json", files_write("reads.pef", whole));
	assert_says(&r, 0, "read 0:0 = 42 -> any: done, reads 42\\n");
	assert_says(&r, 0, "read 0:0 = 42 -> any: done, reads 0\\n");
	program_free(&r);
}

static void test_bad_input_is_told(void **state)
{
	(void)state;
	struct program_result r = program_run("outcomes");
	assert_says(&r, 2, "no scenario given");
	program_free(&r);
	r = program_run("outcomes " READERS " --delays 8");
	assert_says(&r, 2, "want 0 to 7");
	program_free(&r);
	r = program_run("outcomes " READERS " --designs uvmem-lok");
	assert_says(&r, 3, "did you mean 'uvmem-lock'?");
	program_free(&r);
	r = program_run("outcomes " READERS " --designs ,");
	assert_says(&r, 2, "no design is named");
	program_free(&r);
	r = program_run("outcomes scenarios/seed/none.pef");
	assert_says(&r, 3, "none.pef");
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_difference_is_told),
		cmocka_unit_test(test_no_difference_is_told_of_the_same),
		cmocka_unit_test(test_what_is_not_complete_is_a_lead),
		cmocka_unit_test(test_what_was_read_is_part_of_it),
		cmocka_unit_test(test_bad_input_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
