/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_check.c - pefsim check: what each form of expectation comes to, in pairs
 * of a case that keeps it and one that breaks it.
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

static void assert_says(const struct program_result *r, const char *text)
{
	if (!strstr(r->out, text))
		print_error("not found: %s\nin:\n%s\n", text, r->out);
	assert_non_null(strstr(r->out, text));
}

static void assert_silent(const struct program_result *r, const char *text)
{
	if (strstr(r->out, text))
		print_error("found: %s\nin:\n%s\n", text, r->out);
	assert_null(strstr(r->out, text));
}

static void assert_code(const struct program_result *r, int code)
{
	if (r->code != code)
		print_error("exit %d, not %d:\n%s\n", r->code, code, r->out);
	assert_int_equal(r->code, code);
}

/* One page stays secure, one is shared, one goes out; @extra joins the guest's script. */
static const char *scenario_of(const char *extra, const char *expect)
{
	static char text[2048];

	snprintf(text, sizeof(text),
		"pefscn 1\nscenario case\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 pages 8\n"
		"  slot 1 gpa 0x1000000 pages 2\n  boot secure\n"
		"thread vcpu0 guest g0\n  write 0:2 = 42\n  write 0:4 = 44\n  in: uv_share_page 0:3\n  signal "
		"written\n%s"
		"thread qemu0 host g0\n  wait written\n  hva_read 0:2 != 42\n  slot_delete 1\n"
		"explore\n  budget 6 runs\n%s%s",
		extra, expect[0] ? "expect\n  " : "", expect);
	return text;
}

static struct program_result check_text(const char *options, const char *text)
{
	const char *path = files_write("case.pef", text);

	return program_run("check %s --out %s %s", path, files_folder(), options);
}

static void assert_checks(const char *options, const char *extra, const char *expect, int code)
{
	struct program_result r = check_text(options, scenario_of(extra, expect));

	if (r.code != code)
		print_error("%s, with '%s': exit %d, not %d\n%s\n", expect, extra, r.code, code, r.out);
	assert_int_equal(r.code, code);
	program_free(&r);
}

/* The same scenario with a load that finds something else: every run shows a finding of kind "result". */
#define WRONG "  read 0:4 = 45\n"

static void test_each_form_is_kept_and_broken(void **state)
{
	(void)state;
	static const struct {
		const char *extra, *expect;
		int code;
	} cases[] = {
		/* findings */
		{"", "never any-violation\n", 0},
		{WRONG, "never any-violation\n", 1},
		{"", "never result\n", 0},
		{WRONG, "never result\n", 1},
		{WRONG, "sometimes result\n", 0},
		{"", "sometimes result\n", 5},
		{WRONG, "always result\n", 0},
		{"", "always result\n", 1},
		{WRONG, "sometimes any-violation\n", 0},
		{"", "sometimes any-violation\n", 5},
		{WRONG, "never deadlock\n  sometimes result\n", 0},
		/* what is expected is no violation */
		{WRONG, "sometimes result\n  never any-violation\n", 0},
		{WRONG, "never result\n  sometimes any-violation\n", 1},
		/* orders of locks: what is only possible counts for a line that names both */
		{"", "sometimes lock-order mmap_lock kvm.srcu\n", 0},
		{"", "never lock-order kvm.srcu mmap_lock\n", 1},
		{"", "never lock-order slots_lock kvm.srcu\n", 0},
		/* states */
		{"", "finally state 0:4 = secure\n", 0},
		{"", "finally state 0:4 = secure-out\n", 1},
		{"", "finally state 0:2 = secure-out\n", 0},
		{"", "finally state 0:2 = secure\n", 1},
		{"", "always state g0 0:3 = shared\n", 0},
		{"", "never state g0 0:3 = shared\n", 1},
		{"", "never state 0:3 = normal\n", 0},
		{"", "finally state 1:0 = gone\n", 0},
		{"", "finally state 0:0 = gone\n", 1},
		{"", "sometimes state 0:2 = PAGEDOUT\n", 0},
		{"", "sometimes state 0:2 = SHARED\n", 5},
		/* results */
		{"", "always result vcpu0.in = U_SUCCESS\n", 0},
		{"", "always result vcpu0.in = U_PARAMETER\n", 1},
		{"", "never result vcpu0.in = U_SUCCESS\n", 1},
		/* counters */
		{"", "finally pool_free < pool_size\n", 0},
		{"", "finally pool_free = pool_size\n", 1},
		{"", "finally pool_used = pool_marked\n", 0},
		{"", "finally pool_used != pool_marked\n", 1},
		{"", "never pool_used > 1000\n", 0},
		{"", "sometimes pool_used >= 1000\n", 5},
		{"", "never data-race\n", 0},
		/* what cannot be judged */
		{WRONG, "finally state 0:4 = secure\n  sometimes result\n", 5},
		/* no line: any finding fails */
		{"", "", 0},
		{WRONG, "", 1},
		{WRONG, "finally state 0:4 = secure\n", 1},
		/* a line names a kind of finding: others are listed */
		{WRONG, "never deadlock\n", 0},
		{WRONG, "never I5-agreement\n", 0},
		{WRONG, "sometimes deadlock\n", 5},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_checks("", cases[i].extra, cases[i].expect, cases[i].code);
}

static void test_options_change_what_fails(void **state)
{
	(void)state;
	assert_checks("--fail-on unexpected", WRONG, "sometimes deadlock\n", 1);
	assert_checks("--fail-on unexpected", WRONG, "never deadlock\n", 1);
	assert_checks("--fail-on unexpected", WRONG, "sometimes result\n", 0);
	assert_checks("--fail-on possible", "", "never any-violation\n", 1);
	assert_checks("--steps 50", "", "never any-violation\n", 5);
	assert_checks("--runs 0", "", "never any-violation\n", 0);
	assert_checks("--fail-on often", "", "never any-violation\n", 2);
}

static void test_invariants_are_judged_by_name_and_family(void **state)
{
	(void)state;
	static const struct {
		const char *expect;
		int code;
	} cases[] = {
		{"sometimes I5-agreement", 0},
		{"sometimes I5", 0},
		{"never I5", 1},
		{"never I4\n  sometimes I5", 0},
	};
	char *text = files_read(PEF_SOURCE_DIR "/scenarios/seed/two-host-readers.pef");
	assert_non_null(text);
	char *expect = strstr(text, "expect\n");
	assert_non_null(expect);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char whole[4096];
		snprintf(whole, sizeof(whole), "%.*sexpect\n  %s\n", (int)(expect - text), text, cases[i].expect);
		struct program_result r = check_text("--runs 3", whole);
		assert_code(&r, cases[i].code);
		program_free(&r);
	}
	free(text);
}

#if defined(PEF_HOOKS)
static void test_a_finding_is_told_and_recorded(void **state)
{
	(void)state;
	struct program_result r = program_run("check scenarios/seed/stale-rmap.pef --runs 20 --out %s", files_folder());
	assert_code(&r, 0);
	assert_says(&r, "  PASS  stale-rmap               v9-rmap                  21 runs\n");
	assert_says(&r, "  PASS  stale-rmap               uvmem-lock               21 runs\n");
	assert_says(&r, "Observation stale-rmap/use-after-free");
	assert_says(&r, "expected by line 3");
	assert_says(&r, "replay: pefsim replay ");
	assert_silent(&r, "BUG: pefsim");
	assert_says(&r, "\n3 checks: 3 passed, 0 failed, 0 inconclusive\n");
	assert_true(files_find("stale-rmap-")[0]);
	program_free(&r);
}

static void test_objects_tell_findings_apart(void **state)
{
	(void)state;
	static const struct {
		const char *expect;
		int code;
	} cases[] = {
		{"sometimes use-after-free of rmap", 0},
		{"sometimes use-after-free of rmap[1]", 0},
		{"sometimes use-after-free of rmap[0]", 5},
		{"sometimes use-after-free of pvt", 5},
		{"never use-after-free of rmap", 1},
		{"never use-after-free of pvt\n  sometimes use-after-free", 0},
	};
	char *text = files_read(PEF_SOURCE_DIR "/scenarios/seed/stale-rmap.pef");
	assert_non_null(text);
	char *expect = strstr(text, "expect\n");
	assert_non_null(expect);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char whole[4096];
		snprintf(whole, sizeof(whole), "%.*sexpect\n  %s\n", (int)(expect - text), text, cases[i].expect);
		struct program_result r = check_text("--runs 3 --design v9-rmap", whole);
		assert_code(&r, cases[i].code);
		program_free(&r);
	}
	free(text);
}
#endif

static void test_a_failure_comes_with_its_report(void **state)
{
	(void)state;
	struct program_result r = check_text("-q", scenario_of(WRONG, "never any-violation\n"));
	assert_code(&r, 1);
	assert_says(&r, "  FAIL  case ");
	assert_says(&r, "'never any-violation' does not hold in 7 of 7 runs");
	assert_says(&r, "BUG: pefsim: result of read by vcpu0");
	assert_says(&r, "case.pef:14");
	assert_says(&r, "reproduce: pefsim replay ");
	assert_says(&r, "1 checks: 0 passed, 1 failed, 0 inconclusive");
	program_free(&r);
	r = check_text("-q", scenario_of("", "never any-violation\n"));
	assert_code(&r, 0);
	assert_silent(&r, "PASS");
	program_free(&r);
	r = check_text("", scenario_of(WRONG, "never deadlock\n"));
	assert_code(&r, 0);
	assert_says(&r, "7 runs   1 finding that no line speaks of\n");
	program_free(&r);
}

/* Left alone, the two readers always lose the page; held at the right place, they do not. */
static void test_random_holds_find_what_the_timed_run_does_not(void **state)
{
	(void)state;
	char *text = files_read(PEF_SOURCE_DIR "/scenarios/seed/two-host-readers.pef"), whole[4096];
	assert_non_null(text);
	char *expect = strstr(text, "expect\n");
	snprintf(whole, sizeof(whole), "%.*sexpect\n  always I5-agreement\n", (int)(expect - text), text);
	free(text);
	struct program_result r = check_text("--runs 0", whole);
	assert_code(&r, 0);
	program_free(&r);
	r = check_text("--runs 1000", whole);
	assert_code(&r, 1);
	assert_says(&r, "/I5-agreement Sometimes ");
	assert_says(&r, "'always I5-agreement' does not hold in ");
	program_free(&r);
}

/* Nothing of the host is in what is printed; another seed makes another search. */
static void test_the_same_check_prints_the_same(void **state)
{
	(void)state;
	struct program_result a = program_run(
		"check scenarios/seed/two-host-readers.pef -v --runs 30 --out %s 2>/dev/null", files_folder());
	struct program_result b = program_run(
		"check scenarios/seed/two-host-readers.pef -v --runs 30 --out %s 2>/dev/null", files_folder());
	assert_code(&a, 0);
	assert_string_equal(a.out, b.out);
	program_free(&a);
	program_free(&b);
}

/* Twice the same, and it says why it is not complete, or how many classes there are. */
static void test_reduction_says_how_much_it_saw(void **state)
{
	static const struct {
		const char *name, *says;
	} seeds[] = {
		{"slot-moves", "schedules complete: 5/5 classes\n"},
		{"first-page-in",
			"schedules not complete: 8 classes and no more, but calls between sides depend on time\n"},
		{"two-host-readers", " classes ("},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct program_result r[2];
		for (unsigned k = 0; k < 2; k++)
			r[k] = program_run(
				"check --strategy dpor scenarios/seed/%s.pef --design uvmem-fixed --runs 64 --out "
				"%s 2>/dev/null",
				seeds[i].name, files_folder());
		assert_code(&r[0], 0);
		assert_says(&r[0], seeds[i].says);
		assert_string_equal(r[0].out, r[1].out);
		program_free(&r[0]);
		program_free(&r[1]);
	}
}

static void test_values_of_parameters_are_tried(void **state)
{
	(void)state;
	static const char text[] = "pefscn 1\nscenario values\nparam n = 2 in 1..9\nparam design = v9-rmap in v9-rmap "
				   "uvmem-lock\nparam other = 1 in 1..3\nplatform\n  hv $design\nguest g0\n"
				   "  slot 0 gpa 0x0 pages 16\n  boot secure\nthread vcpu0 guest g0\n"
				   "  uv_share_page 0:$n\n  delay $other\nexpect\n  never any-violation if n = 5\n"
				   "  never deadlock if design = uvmem-lock\n";
	struct program_result r = check_text("--runs 1", text);
	assert_code(&r, 0);
	assert_says(&r, "v9-rmap, n=2 ");
	assert_says(&r, "uvmem-lock, n=5 ");
	assert_silent(&r, "other=");
	assert_says(&r, "4 checks: 4 passed");
	program_free(&r);
	r = check_text("--runs 1 -p n=5 --designs uvmem-lock", text);
	assert_code(&r, 0);
	assert_says(&r, "1 checks: 1 passed");
	program_free(&r);
	r = check_text("--runs 1 --designs uvmem-lock,v7", text);
	assert_code(&r, 3);
	assert_says(&r, "v7");
	program_free(&r);
}

static void test_folders_and_bad_input(void **state)
{
	(void)state;
	struct program_result r = program_run("check");
	assert_code(&r, 2);
	program_free(&r);
	r = program_run("check tests/docs/bad");
	assert_code(&r, 3);
	assert_says(&r, "tests/docs/bad/syntax.pef:9:13: error:");
	program_free(&r);
	r = program_run("check no-such-file.pef");
	assert_code(&r, 3);
	program_free(&r);
	r = program_run("check tests/common");
	assert_code(&r, 4);
	assert_says(&r, "no scenario found");
	program_free(&r);
	r = program_run("check %s --out /dev/null/none", files_write("case.pef", scenario_of(WRONG, "")));
	assert_code(&r, 3);
	assert_says(&r, "cannot write");
	program_free(&r);
}

static void assert_refused(const char *options, const char *text, int code, const char *says)
{
	struct program_result r = check_text(options, text);

	assert_code(&r, code);
	assert_says(&r, says);
	assert_says(&r, "help: ");
	program_free(&r);
}

#define BOOT "pefscn 1\nscenario case\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 pages 8\n  boot secure\n"
#define ACTS BOOT "thread vcpu0 guest g0\n  touch 0:1\n"
#define WANTS "expect\n  never any-violation\n"

static void test_what_cannot_be_searched_is_refused(void **state)
{
	(void)state;
	assert_refused(
		"--budget 0", ACTS WANTS, 2, "budget '0': no search fits in it; --runs 0 asks for the timed run");
	assert_refused("--budget 0s", ACTS WANTS, 2, "budget '0s'");
	assert_refused("--runs 99999999999999999999", ACTS WANTS, 2, "at most 2^48");
	assert_refused("--strategy chance", ACTS WANTS, 2, "'pefsim list strategies' names all");
	assert_refused("", ACTS "explore\n  budget 0 runs\n" WANTS, 3, "the budget 0 is out of range");
	assert_refused("", ACTS "explore\n  preemptions 8\n" WANTS, 3, "the number of preemptions 8 is out of range");
	assert_refused("", ACTS "explore\n  strategy sweep 8\n" WANTS, 3, "the number of preemptions 8 is out of");
	assert_refused("", ACTS "explore\n  strategy pct 17\n" WANTS, 3, "the depth 17 is out of range");
	assert_refused(
		"", ACTS "explore\n  strategy walk 2\n" WANTS, 3, ":11:17: error: strategy 'walk' takes no number");
	assert_refused("", BOOT WANTS, 3, "there is nothing to check: no thread has a statement");
	assert_refused("", BOOT "thread vcpu0 guest g0\n" WANTS, 3, "there is nothing to check");
	assert_refused("--require-complete --strategy pos", ACTS WANTS, 3, "strategy 'pos' draws schedules and never");
	/* The nearest that can be. */
	const char *good[] = {ACTS WANTS, BOOT "fault\n  maybe page-busy fail\n" WANTS,
		ACTS "explore\n  strategy sweep 7\n  preemptions 7\n  depth 16\n  budget 1 runs\n" WANTS,
		ACTS "explore\n  strategy dpor\n" WANTS};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct program_result r = check_text(i == 3 ? "--require-complete" : "--runs 0", good[i]);
		assert_code(&r, 0);
		program_free(&r);
	}
}

#if defined(PEF_HOOKS)
/* Both evictions of two at a time go on from where the last had stopped; it is looked for on request, and fails nothing. */
static void test_old_readings_are_told_on_request(void **state)
{
	const char *command = "check scenarios/mutants/two-evictions.pef -p mutant=none --runs 100 --out %s %s";

	(void)state;
	struct program_result r = program_run(command, files_folder(), "");
	assert_code(&r, 0);
	assert_silent(&r, "atomicity");
	program_free(&r);
	r = program_run(command, files_folder(), "--atomicity");
	assert_code(&r, 0);
	assert_says(&r, "possible  atomicity in evict_pick / evict_pick of svm");
	program_free(&r);
}
#endif

/* A failure is a failure, whatever else is undecided; undecided alone is no pass. */
static void test_a_failure_outweighs_what_is_undecided(void **state)
{
	char open[256];

	(void)state;
	snprintf(open, sizeof(open), "%s", files_write("open.pef", scenario_of("", "sometimes result\n")));
	const char *fails = files_write("fails.pef", scenario_of(WRONG, ""));
	struct program_result r = program_run("check %s --out %s", open, files_folder());
	assert_code(&r, 5);
	program_free(&r);
	r = program_run("check %s %s --out %s", open, fails, files_folder());
	assert_code(&r, 1);
	assert_says(&r, "2 checks: 0 passed, 1 failed, 1 inconclusive");
	program_free(&r);
	r = program_run("check %s %s --out %s", fails, open, files_folder());
	assert_code(&r, 1);
	program_free(&r);
}

/*
 * Who waits by asking again and again for somebody whom a schedule holds comes through, since no schedule holds
 * for ever; so no run of these meets the limit.
 */
static void test_no_strategy_starves_for_ever(void **state)
{
	static const char *const strategies[] = {
		"sweep", "walk", "pct", "pos", "surw", "starve", "holds", "rff", "bound"};

	(void)state;
	for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
		struct program_result r = program_run("check scenarios/museum/M5-double-page-in.pef -p bug=no "
						      "--strategy %s --runs 100 --steps 50000 --out %s",
			strategies[i], files_folder());
		assert_code(&r, 0);
		assert_silent(&r, "limit");
		program_free(&r);
	}
}

/* A run that goes round for ever is judged: it will do nothing else. */
static void test_a_livelock_leaves_nothing_open(void **state)
{
	(void)state;
	struct program_result r = program_run("check scenarios/mutants/slots-against-drops.pef "
					      "-p mutant=slots-swapped-under-notifier --runs 60 --steps 50000 --out %s",
		files_folder());
	assert_code(&r, 0);
	assert_says(&r, "slots-against-drops/livelock");
	program_free(&r);
}

static void test_json_is_one_object_a_line(void **state)
{
	(void)state;
	const char *path = files_write("case.pef", scenario_of(WRONG, "sometimes result\n"));
	struct program_result r = program_run("check %s --json --out %s 2>/dev/null", path, files_folder());
	assert_code(&r, 0);
	assert_says(&r, "\"verdict\":\"pass\",\"runs\":7,");
	assert_says(&r, "\"kind\":\"result\"");
	assert_says(&r, "{\"schema\":1,\"type\":\"checks\",\"all\":1,\"passed\":1,\"failed\":0,\"inconclusive\":0,"
			"\"broken\":0}\n");
	for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(line[0] == '{' && line[strlen(line) - 1] == '}');
	program_free(&r);
}

/* A trace whose beginning was overwritten is not checked, and nothing is said of its scenario. */
static void test_a_trace_too_long_is_not_checked(void **state)
{
	(void)state;
	const char *path = files_write("case.pef", scenario_of("", "never any-violation\n"));
	struct program_result r = program_run("run %s --records 64", path);
	assert_code(&r, 5);
	assert_says(&r, "too long to be checked");
	assert_silent(&r, "FINDING");
	program_free(&r);
	r = program_run("run %s --records 65536", path);
	assert_code(&r, 0);
	assert_silent(&r, "too long to be checked");
	program_free(&r);
	assert_checks("--records 64", "", "never any-violation\n", 5);
	assert_checks("--records 64", WRONG, "never any-violation\n", 1);
	assert_checks("--records 65536", "", "never any-violation\n", 0);
}

/* Both sides allocate, each counts for itself: what one of them decided is no answer for the other (exit 7). */
static void test_a_fault_may_happen_on_both_sides(void **state)
{
	(void)state;
	const char *path = files_write("sides.pef",
		"pefscn 1\nscenario sides\nplatform\n  hv uvmem-fixed\nguest g0\n  slot 0 gpa 0x0 pages 4\n"
		"  boot secure\nthread vcpu0 guest g0\n  write 0:2 = 1 -> any\nthread qemu0 host g0\n  hva_read 0:2 -> "
		"any\nfault\n  maybe alloc fail times 1..2\n");

	for (unsigned seed = 1; seed < 4; seed++) {
		struct program_result r =
			program_run("check %s --runs 9 --seed %u --no-shrink --out %s", path, seed, files_folder());
		assert_code(&r, 1);
		assert_says(&r, "result in the boot of a guest");
		program_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_form_is_kept_and_broken),
		cmocka_unit_test(test_options_change_what_fails),
		cmocka_unit_test(test_invariants_are_judged_by_name_and_family),
#if defined(PEF_HOOKS)
		cmocka_unit_test(test_a_finding_is_told_and_recorded),
		cmocka_unit_test(test_objects_tell_findings_apart),
		cmocka_unit_test(test_old_readings_are_told_on_request),
#endif
		cmocka_unit_test(test_a_failure_comes_with_its_report),
		cmocka_unit_test(test_random_holds_find_what_the_timed_run_does_not),
		cmocka_unit_test(test_the_same_check_prints_the_same),
		cmocka_unit_test(test_reduction_says_how_much_it_saw),
		cmocka_unit_test(test_values_of_parameters_are_tried),
		cmocka_unit_test(test_folders_and_bad_input),
		cmocka_unit_test(test_what_cannot_be_searched_is_refused),
		cmocka_unit_test(test_a_trace_too_long_is_not_checked),
		cmocka_unit_test(test_a_failure_outweighs_what_is_undecided),
		cmocka_unit_test(test_no_strategy_starves_for_ever),
		cmocka_unit_test(test_a_livelock_leaves_nothing_open),
		cmocka_unit_test(test_json_is_one_object_a_line),
		cmocka_unit_test(test_a_fault_may_happen_on_both_sides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
