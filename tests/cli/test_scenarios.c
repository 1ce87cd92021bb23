/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_scenarios.c - every shipped scenario gives one trace in both executors.
 *
 * All files below scenarios/ are run as they are; those of scenarios/protocol,
 * which show how it goes when it goes well, must also end without a finding.
 *
 * Locking: none. Errors: cmocka's. Blocking: some runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/program.h"

/* The line "HASH  NAME" of a run, its exit code in @code. */
static char *scenario_hash(const char *path, const char *exec, int *code)
{
	struct program_result r = program_run("run --hash --exec %s %s", exec, path);
	*code = r.code;
	return r.out;
}

static void scenario_check(const char *path, bool goes_well)
{
	int in_threads, in_fibers;
	char *threads = scenario_hash(path, "threads", &in_threads);
	char *fibers = scenario_hash(path, "fibers", &in_fibers);

	if (in_threads != in_fibers || strcmp(threads, fibers) != 0)
		fail_msg("%s: threads %d %sfibers %d %s", path, in_threads, threads, in_fibers, fibers);
	if (goes_well ? in_threads != 0 : in_threads > 1)
		fail_msg("%s: exit code %d", path, in_threads);
	free(threads);
	free(fibers);
}

static void scenarios_check(const char *folder, bool goes_well, size_t least)
{
	char pattern[256];
	glob_t found;

	snprintf(pattern, sizeof(pattern), PEF_SOURCE_DIR "/scenarios/%s/*.pef", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= least);
	for (size_t i = 0; i < found.gl_pathc; i++)
		/* What Linux leaks when a VM is destroyed is told there. */
		scenario_check(found.gl_pathv[i], goes_well && !strstr(found.gl_pathv[i], "10-destroy"));
	globfree(&found);
}

static void test_scenarios_of_the_protocol_go_well_in_both_executors(void **state)
{
	(void)state;
	scenarios_check("protocol", true, 10);
}

static void test_scenarios_of_the_seed_agree_in_both_executors(void **state)
{
	(void)state;
	scenarios_check("seed", false, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios_of_the_protocol_go_well_in_both_executors),
		cmocka_unit_test(test_scenarios_of_the_seed_agree_in_both_executors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
