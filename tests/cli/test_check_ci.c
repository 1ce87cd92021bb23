/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_check_ci.c - pefsim check as a CI job uses it: several processes, shards,
 * budgets, timeouts, findings that are known, and exit codes.
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

#define SIGNATURE "result of read by vcpu0"
#define SCENARIO(wrong, expect) \
	"pefscn 1\nscenario case\nplatform\n  hv uvmem-fixed\nguest g0\n  slot 0 gpa 0x0 pages 8\n  boot secure\n" \
	"thread vcpu0 guest g0\n  write 0:2 = 42\n  touch 0:3\n" wrong \
	"thread qemu0 host g0\n  delay 10 cycles\n  signal a\n  delay 10 cycles\n  signal b\n" \
	"expect\n  " expect "\n"
#define GOOD SCENARIO("", "never any-violation")
#define BAD SCENARIO("  read 0:2 = 43\n", "never any-violation")

static void assert_says(const struct program_result *r, const char *text)
{
	if (!strstr(r->out, text))
		print_error("not found: %s\nin:\n%s\n", text, r->out);
	assert_non_null(strstr(r->out, text));
}

static void assert_code(const struct program_result *r, int code)
{
	if (r->code != code)
		print_error("exit %d, not %d:\n%s\n", r->code, code, r->out);
	assert_int_equal(r->code, code);
}

static void assert_check(const char *text, const char *options, int code, const char *says)
{
	const char *path = files_write("case.pef", text);
	struct program_result r = program_run("check %s --out %s %s", path, files_folder(), options);

	assert_code(&r, code);
	assert_says(&r, says);
	program_free(&r);
}

/* ---- processes and shards ------------------------------------------------------------- */

static void test_processes_do_not_change_a_byte(void **state)
{
	(void)state;
#if defined(PEF_HOOKS)
	const int code = 0;
#else
	const int code = 5; /* what only the hooks see is not seen */
#endif
	struct program_result one =
		program_run("check scenarios/seed -v --runs 4 --jobs 1 --out %s 2>/dev/null", files_folder());
	struct program_result many =
		program_run("check scenarios/seed -v --runs 4 --jobs 7 --out %s 2>/dev/null", files_folder());
	assert_code(&one, code);
	assert_code(&many, code);
	assert_string_equal(one.out, many.out);
	program_free(&one);
	program_free(&many);
}

/* What a check of one file prints and writes when its search is made in parts, so many at a time. */
static struct program_result in_parts(const char *options, unsigned jobs)
{
	const char *folder = files_folder();

	return program_run(
		"check scenarios/museum/M5-double-page-in.pef -p bug=yes -v --no-shrink --coverage --jobs %u "
		"--out %s %s 2>/dev/null; cat %s/M5*.pefrec; rm %s/M5*.pefrec",
		jobs, folder, options, folder, folder);
}

static void test_processes_share_one_search(void **state)
{
	(void)state;
	struct program_result one = in_parts("--runs 2100", 1), many = in_parts("--runs 2100", 3);
	assert_says(&one, "run 2100: ");
	assert_says(&one, " 2101 runs\n");
	assert_says(&one, "pefrec 1\n");
	assert_string_equal(one.out, many.out);
	program_free(&one);
	program_free(&many);
}

/* Nothing that a part did behind the one that failed counts. */
static void test_parts_behind_the_first_failure_do_not_count(void **state)
{
	(void)state;
	static const char run[] = "sed -e 's/sometimes I5/never I5/' -e '/^  hold/d' -e '/^schedule/d' "
				  "scenarios/museum/M5-double-page-in.pef > %s/never.pef; '%s/pefsim' check "
				  "%s/never.pef -p bug=yes --runs 3000 --stop first --no-shrink --out %s -v --jobs %u";
	const char *folder = files_folder();
	char command[1200];
	struct program_result one, many;

	snprintf(command, sizeof(command), run, folder, PEF_BUILD_DIR, folder, folder, 1);
	one = program_run("list strategies >/dev/null; %s 2>/dev/null", command);
	snprintf(command, sizeof(command), run, folder, PEF_BUILD_DIR, folder, folder, 3);
	many = program_run("list strategies >/dev/null; %s 2>/dev/null", command);
	assert_says(&one, "FAIL  M5-double-page-in");
	assert_says(&one, "        run 2: ");
	assert_null(strstr(one.out, "        run 1500: "));
	assert_string_equal(one.out, many.out);
	program_free(&one);
	program_free(&many);
}

static unsigned runs_of(const char *options)
{
	static const char small[] = "pefscn 1\nscenario small\nplatform\n  hv uvmem-fixed\n"
				    "guest g0\n  slot 0 gpa 0x0 pages 4\n  boot secure\n"
				    "thread qemu0 host g0\n  hva_read 0:2 -> 0|SIGBUS\n"
				    "thread qemu1 host g0\n  hva_read 0:3 -> 0|SIGBUS\n"
				    "explore\n  preemptions 1\nexpect\n  never any-violation\n";
	struct program_result r = program_run("check %s --strategy sweep --json --out %s %s",
		files_write("small.pef", small), files_folder(), options);
	const char *runs = strstr(r.out, "\"runs\":");
	unsigned count = 0;

	assert_code(&r, 0);
	assert_says(&r, "\"extent\":\"complete up to 1 preemption\"");
	assert_int_equal(sscanf(runs, "\"runs\":%u", &count), 1);
	program_free(&r);
	return count;
}

/* Each schedule of a sweep is made by one of the parts; all make the one without a preemption. */
static void test_parts_share_out_a_sweep(void **state)
{
	(void)state;
	unsigned alone = runs_of("--runs 1999");
	assert_in_range(alone, 100, 1998);
	assert_int_equal(runs_of("--runs 2000"), alone + 1);
	assert_int_equal(runs_of("--runs 5000"), alone + 4);
}

/* The shards of a folder are, line by line, what the whole is. */
static void test_shards_are_the_whole(void **state)
{
	(void)state;
	static const char args[] = "check scenarios/seed --runs 1 --out";
	struct program_result whole = program_run("%s %s 2>/dev/null | grep PASS | sort", args, files_folder());
	struct program_result parts =
		program_run("%s %s --shard 1/3 2>/dev/null | grep PASS > %s/p; '%s/pefsim' %s %s "
			    "--shard 2/3 2>/dev/null | grep PASS >> %s/p; '%s/pefsim' %s %s --shard 3/3 "
			    "2>/dev/null | grep PASS >> %s/p; sort %s/p",
			args, files_folder(), files_folder(), PEF_BUILD_DIR, args, files_folder(), files_folder(),
			PEF_BUILD_DIR, args, files_folder(), files_folder(), files_folder());
	assert_true(strlen(whole.out) > 1000);
	assert_string_equal(whole.out, parts.out);
	program_free(&whole);
	program_free(&parts);
	/* A shard without work is no mistake; a wrong path is. */
	assert_check(GOOD, "--shard 2/2", 0, "0 checks: ");
	assert_check(GOOD, "--shard 3/2", 2, "want I/N");
	assert_check(GOOD, "--shard 0/2", 2, "want I/N");
	assert_check(GOOD, "--shard 2", 2, "want I/N");
}

/* ---- budgets and ends ---------------------------------------------------------------------- */

static void test_budgets_are_runs_or_time(void **state)
{
	(void)state;
	assert_check(GOOD, "--budget 4", 0, "     5 runs\n");
	assert_check(GOOD, "--budget 1s", 0, " (time)\n");
	assert_check(GOOD, "--budget 3 --budget 1h", 0, "     4 runs\n");
	assert_check(GOOD, "--budget 0s", 2, "want runs, as 5000, or a time");
	assert_check(GOOD, "--budget -4", 2, "want runs");
	assert_check(GOOD, "--budget 4x", 2, "want runs");
	assert_check(GOOD, "--budget 99999999999999999999", 2, "want runs");
	assert_check(GOOD, "--budget 999999999h", 2, "want runs");
	assert_check(GOOD, "--jobs 0", 2, "want 1 to 1024");
	assert_check(GOOD, "--timeout 5", 2, "want a time");
}

/* A search that is ended by its timeout is not decided, but what it has found counts. */
static void test_a_timeout_decides_nothing(void **state)
{
	(void)state;
	assert_check(GOOD, "--budget 1h --timeout 1s", 5, " (timeout)   its time was up\n");
	assert_check(BAD, "--budget 1h --timeout 1s", 1, " (timeout)   " SIGNATURE "\n");
	assert_check(GOOD, "--budget 1h --timeout 1s --ktap", 5, "# TIMEOUT 1 seconds\n");
}

static void test_a_search_stops_when_asked_to(void **state)
{
	(void)state;
	assert_check(BAD, "--budget 40 --stop first", 1, "     1 runs   " SIGNATURE);
	assert_check(BAD, "--budget 40 --stop all", 1, "    41 runs   " SIGNATURE);
	assert_check(GOOD, "--budget 4 --stop first", 0, "     5 runs\n");
	assert_check(GOOD, "--stop soon", 2, "want first or all");
}

static void test_exit_codes_follow_the_style(void **state)
{
	(void)state;
	assert_check(GOOD, "--budget 2 --require-complete", 5, "the search was not complete");
	assert_check(BAD, "--budget 2 --require-complete", 1, "");
	struct program_result r = program_run("check tests/common");
	assert_code(&r, 4);
	program_free(&r);
	r = program_run("check tests/common --exit-style=automake");
	assert_code(&r, 77);
	program_free(&r);
	assert_check(BAD, "--budget 2 --exit-style=automake", 1, "");
	assert_check(GOOD, "--exit-style=meson", 2, "want plain or automake");
}

/* Ctrl-C: what is known is printed, in every format. */
static void test_an_interrupt_prints_what_is_known(void **state)
{
	(void)state;
	const char *path = files_write("case.pef", BAD);
	struct program_result r = program_run(
		"doctor >/dev/null; timeout --preserve-status -s INT 2 '%s/pefsim' check %s --budget 1h --out %s "
		"--junit %s/junit.xml",
		PEF_BUILD_DIR, path, files_folder(), files_folder());
	assert_code(&r, 130);
	assert_says(&r, " (interrupted)   " SIGNATURE);
	assert_says(&r, "1 checks: 0 passed, 1 failed");
	program_free(&r);
	char *junit = files_read(files_find("junit.xml"));
	assert_non_null(junit);
	assert_non_null(strstr(junit, "<failure "));
	free(junit);
}

/* ---- known findings --------------------------------------------------------------------------- */

static void assert_known(const char *list, const char *text, const char *options, int code, const char *says)
{
	char all[512];

	snprintf(all, sizeof(all), "--budget 2 --known %s %s", files_write("known", list), options);
	assert_check(text, all, code, says);
}

static void test_known_findings_do_not_fail(void **state)
{
	(void)state;
	assert_known(SIGNATURE "\n", BAD, "", 0, "3 of 3 runs, known\n          " SIGNATURE "\n");
	assert_known(SIGNATURE "\n", BAD, "", 0, "1 known findings: 1 seen, 0 gone, 0 not looked for\n");
	assert_known("# why\n\n  " SIGNATURE "  @  case \r\n", BAD, "", 0, "1 seen");
	assert_known(SIGNATURE " @ other\n", BAD, "", 1, "0 seen, 0 gone, 1 not looked for");
	assert_known("result of read by vcpu1\n", BAD, "", 1, "0 seen, 1 gone");
	/* An expectation of the finding itself does not fail either; another's does. */
	assert_known(SIGNATURE "\n", SCENARIO("  read 0:2 = 43\n", "never result"), "", 0, "known");
	assert_known(SIGNATURE "\n", SCENARIO("  read 0:2 = 43\n", "always deadlock"), "", 1, "known");
}

static void test_known_findings_must_be_seen(void **state)
{
	(void)state;
	assert_known(SIGNATURE "\n", GOOD, "", 0, "known:1: not seen any more: " SIGNATURE "\n");
	assert_known(SIGNATURE "\n", GOOD, "--fail-on gone", 1, "0 seen, 1 gone");
	assert_known(SIGNATURE "\n", BAD, "--fail-on gone", 0, "1 seen, 0 gone");
	/* Another shard may see it. */
	assert_known(SIGNATURE "\n", GOOD, "--fail-on gone --shard 1/2", 0, "0 gone, 1 not looked for");
	assert_known(SIGNATURE "\n", GOOD, "--json", 0, "\"type\":\"known\",\"line\":1,\"seen\":false,\"gone\":true");
}

static void test_bad_lists_are_refused(void **state)
{
	(void)state;
	assert_known("a\na\n", GOOD, "", 3, "known:2: error: the same finding is listed twice");
	assert_known("a @ \n", GOOD, "", 0, "");
	assert_known("a @ b c\n", GOOD, "", 3, "known:1: error: the name of one scenario");
	assert_check(GOOD, "--known /nowhere", 3, "/nowhere: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_do_not_change_a_byte),
		cmocka_unit_test(test_processes_share_one_search),
		cmocka_unit_test(test_parts_behind_the_first_failure_do_not_count),
		cmocka_unit_test(test_parts_share_out_a_sweep),
		cmocka_unit_test(test_shards_are_the_whole),
		cmocka_unit_test(test_budgets_are_runs_or_time),
		cmocka_unit_test(test_a_timeout_decides_nothing),
		cmocka_unit_test(test_a_search_stops_when_asked_to),
		cmocka_unit_test(test_exit_codes_follow_the_style),
		cmocka_unit_test(test_an_interrupt_prints_what_is_known),
		cmocka_unit_test(test_known_findings_do_not_fail),
		cmocka_unit_test(test_known_findings_must_be_seen),
		cmocka_unit_test(test_bad_lists_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
