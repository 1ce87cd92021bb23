/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bisect.c - codes folded for git bisect run, and the right commit found in
 * an example repository that bisect.sh makes. Skipped without git.
 *
 * Locking: none. Errors: cmocka's. Blocking: runs of the program and of git.
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

static void assert_bisect(const char *args, int code)
{
	struct program_result r = program_run("bisect %s --out %s", args, files_folder());

	if (r.code != code)
		print_error("bisect %s: exit %d, not %d\n%s\n", args, r.code, code, r.out);
	assert_int_equal(r.code, code);
	program_free(&r);
}

static void test_codes_are_folded(void **state)
{
	(void)state;
	assert_bisect("check scenarios/seed/evict.pef --runs 1", 0);
#ifdef PEF_HOOKS /* a use of freed memory is told by the hooks */
	assert_bisect("check scenarios/seed/stale-rmap.pef --runs 1", 0);
	assert_bisect(
		"check scenarios/seed/stale-rmap.pef --runs 1 --design v9-rmap --fail-on unexpected --fail-on possible",
		1);
#endif
	assert_bisect("check scenarios/seed/evict.pef --runs 1 --steps 50", 125);
	assert_bisect("check scenarios/seed/two-host-readers.pef --runs 1 --require-complete", 125);
	assert_bisect("check tests/docs/bad", 125);
	assert_bisect("check tests/common", 125);
	assert_bisect("check --runs x scenarios/seed/evict.pef", 125);
	assert_bisect("check", 125);
	assert_bisect("look", 2);
}

static void test_a_run_is_folded_too(void **state)
{
	(void)state;
	struct program_result r = program_run("bisect run scenarios/seed/evict.pef -q");
	assert_int_equal(r.code, 0);
	program_free(&r);
	r = program_run("bisect run scenarios/seed/two-host-readers.pef -q");
	assert_int_equal(r.code, 1);
	program_free(&r);
	r = program_run("bisect run scenarios/seed/evict.pef -q --design nowhere");
	assert_int_equal(r.code, 125);
	program_free(&r);
}

static void test_git_finds_the_commit(void **state)
{
	(void)state;
	if (system("command -v git >/dev/null 2>&1") != 0) {
		print_message("skipped: git is not installed\n");
		skip();
	}
#if !defined(PEF_HOOKS)
	print_message("skipped: this build does not see stale pointers\n");
	skip();
#endif
	struct program_result r =
		program_run("--version >/dev/null; bash tests/cli/bisect.sh '%s/pefsim'", PEF_BUILD_DIR);
	if (r.code)
		print_error("%s\n", r.out);
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.out, "found: guard: take the posted patch"));
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_are_folded),
		cmocka_unit_test(test_a_run_is_folded_too),
		cmocka_unit_test(test_git_finds_the_commit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
