/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_program.c - the program as a user meets it: output and exit codes.
 *
 * Locking: none. Errors: cmocka's. Blocking: some runs of the program.
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

#define SEED "scenarios/seed/"

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

static void test_run_shows_the_whole_job(void **state)
{
	(void)state;
	struct program_result r = program_run("run " SEED "boot-share-pageout.pef");
	assert_int_equal(r.code, 0);
	assert_says(&r, "UV_ESM");
	assert_says(&r, "UV_SHARE_PAGE");
	assert_says(&r, "UV_PAGE_OUT");
	assert_says(&r, "UV_PAGE_IN");
	assert_says(&r, "PAGEDOUT");
	assert_says(&r, "verdict: every thread came to its end, no finding");
	program_free(&r);
}

static void test_run_ladder_fits_100_columns(void **state)
{
	(void)state;
	struct program_result r = program_run("run -v " SEED "boot-share-pageout.pef");
	assert_int_equal(r.code, 0);
	size_t longest = 0;
	for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n")) {
		size_t columns = 0;
		for (const char *c = line; *c; c++)
			columns += ((unsigned char)*c & 0xc0) != 0x80;
		longest = columns > longest ? columns : longest;
	}
	assert_true(longest > 60);
	assert_true(longest <= 100);
	program_free(&r);
}

/* What -v says of a label can be put into a hold, and the ladder says then where the hold was. */
static void test_run_names_labels_as_holds_do(void **state)
{
	(void)state;
	struct program_result r = program_run("run -v scenarios/protocol/08-reset.pef");
	assert_int_equal(r.code, 0);
	assert_says(&r, "| point label last #1\n");
	program_free(&r);
	r = program_run("run --hold 'g0.vcpu0 at last until g0.qemu0 passes wait event[0]' "
			"scenarios/protocol/08-reset.pef");
	assert_int_equal(r.code, 0);
	assert_says(&r, "| held at label last for ");
	program_free(&r);
}

static void test_run_hash_is_the_same_in_both_executors(void **state)
{
	(void)state;
	struct program_result t = program_run("run --hash --exec threads " SEED "boot-share-pageout.pef");
	struct program_result f = program_run("run --hash --exec fibers " SEED "boot-share-pageout.pef");
	assert_int_equal(t.code, 0);
	assert_int_equal(f.code, 0);
	assert_int_equal(strlen(t.out), 17);
	assert_string_equal(t.out, f.out);
	program_free(&t);
	program_free(&f);
}

#if defined(PEF_HOOKS)
static void test_run_stale_rmap_is_told_with_three_chains(void **state)
{
	(void)state;
	struct program_result r = program_run("run -q " SEED "stale-rmap.pef --design v9-rmap");
	assert_int_equal(r.code, 1);
	assert_says(&r, "BUG: pefsim: use-after-free in ");
	assert_says(&r, "freed by");
	assert_says(&r, "pointer stored by");
	assert_says(&r, "hv_model/designs/v9_rmap");
	assert_says(&r, "slot_delete 1");
	assert_says(&r, "hva_read 1:0");
	assert_says(&r, "reproduce: pefsim run");
	program_free(&r);
}
#endif

static void test_run_stale_rmap_is_fine_under_uvmem_lock(void **state)
{
	(void)state;
	struct program_result r = program_run("run -q " SEED "stale-rmap.pef --design uvmem-lock");
	assert_int_equal(r.code, 0);
	assert_silent(&r, "BUG:");
	program_free(&r);
}

static void test_run_stops_at_the_step_limit(void **state)
{
	(void)state;
	struct program_result r = program_run("run -q --steps 50 " SEED "boot-share-pageout.pef");
	assert_int_equal(r.code, 5);
	assert_says(&r, "step limit");
	program_free(&r);
}

static void test_run_hold_changes_the_order(void **state)
{
	(void)state;
	struct program_result plain = program_run("run --hash " SEED "boot-share-pageout.pef");
	struct program_result held = program_run(
		"run --hash --exec threads " SEED "boot-share-pageout.pef "
		"--hold 'g0.vcpu0/uv at call H_SVM_INIT_DONE until g0.qemu0 passes acquire mmap_lock cycles 5000'");
	struct program_result again = program_run(
		"run --hash --exec fibers " SEED "boot-share-pageout.pef "
		"--hold 'g0.vcpu0/uv at call H_SVM_INIT_DONE until g0.qemu0 passes acquire mmap_lock cycles 5000'");
	assert_int_equal(held.code, 0);
	assert_string_equal(held.out, again.out);
	assert_string_not_equal(held.out, plain.out);
	program_free(&plain);
	program_free(&held);
	program_free(&again);
}

static void test_usage_errors_exit_2_with_a_hint(void **state)
{
	(void)state;
	static const struct {
		const char *args, *says;
	} cases[] = {
		{"", "Commands"},
		{"rnu x", "did you mean 'run'"},
		{"run", "no scenario given"},
		{"run --exec both x.pef", "want threads or fibers"},
		{"run --nonsense x.pef", "there is no such option"},
		{"run --seed abc x.pef", "want a number"},
		{"run -p novalue x.pef", "NAME=VALUE"},
		{"run --hold 'g0.vcpu0 at nothing' " SEED "stale-rmap.pef", "--hold:"},
		{"run --hold 'g9.vcpu0 at call UV_ESM until g0.qemu0 passes alloc rmap' " SEED "stale-rmap.pef",
			"no context 'g9.vcpu0'"},
		{"run --hold 'g0.vcpu0 at nolabel until g0.qemu0 passes alloc rmap' " SEED "stale-rmap.pef",
			"no statement has the label 'nolabel'"},
		{"list nothing", "there is no list"},
		{"bench nothing", "say what to measure"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program_result r = program_run("%s", cases[i].args);
		if (r.code != 2)
			print_error("pefsim %s: exit %d\n%s", cases[i].args, r.code, r.out);
		assert_int_equal(r.code, 2);
		assert_says(&r, cases[i].says);
		program_free(&r);
	}
}

static void test_input_errors_exit_3_with_the_place(void **state)
{
	(void)state;
	static const struct {
		const char *args, *says;
	} cases[] = {
		{"run no-such-file.pef", "no-such-file.pef"},
		{"lint no-such-file.pef", "no-such-file.pef"},
		{"run -p pages=65 " SEED "stale-rmap.pef", "pages"},
		{"run --design v7 " SEED "stale-rmap.pef", "v7"},
		{"run --machine no-such.dtb " SEED "stale-rmap.pef", "no-such.dtb"},
		{"run --prices no-such.dtb " SEED "stale-rmap.pef", "no-such.dtb"},
		{"run --machine README.md " SEED "stale-rmap.pef", "README.md"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program_result r = program_run("%s", cases[i].args);
		if (r.code != 3)
			print_error("pefsim %s: exit %d\n%s", cases[i].args, r.code, r.out);
		assert_int_equal(r.code, 3);
		assert_says(&r, cases[i].says);
		program_free(&r);
	}
}

static void test_a_machine_without_secure_memory_refuses(void **state)
{
	(void)state;
	struct program_result r =
		program_run("run -q --machine scenarios/platforms/power9-no-pef.dts " SEED "first-page-in.pef");
	assert_int_equal(r.code, 1);
	assert_says(&r, "uv_esm");
	program_free(&r);
}

static void test_lint_fmt_and_list_work(void **state)
{
	(void)state;
	struct program_result r = program_run("lint " SEED "*.pef");
	assert_int_equal(r.code, 0);
	program_free(&r);
	r = program_run("fmt --check " SEED "*.pef");
	assert_int_equal(r.code, 0);
	program_free(&r);
	r = program_run("fmt --expand " SEED "delete-with-pages-out.pef -p pages=2");
	assert_int_equal(r.code, 0);
	assert_says(&r, "write 1:1 = 101");
	assert_silent(&r, "1:2");
	program_free(&r);
	r = program_run("list ops");
	assert_int_equal(r.code, 0);
	assert_says(&r, "uv_share_page");
	program_free(&r);
	r = program_run("list costs");
	assert_int_equal(r.code, 0);
	assert_says(&r, "uv-return");
	program_free(&r);
}

static void test_doctor_finds_everything(void **state)
{
	(void)state;
	struct program_result r = program_run("doctor");
	assert_int_equal(r.code, 0);
	assert_says(&r, "self-test              ok");
	program_free(&r);
}

static void test_json_is_one_object_a_line(void **state)
{
	(void)state;
	struct program_result r = program_run("run --json " SEED "first-page-in.pef");
	assert_int_equal(r.code, 0);
	unsigned lines = 0;
	for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n")) {
		assert_int_equal(line[0], '{');
		assert_int_equal(line[strlen(line) - 1], '}');
		assert_non_null(strstr(line, "\"schema\":1"));
		lines++;
	}
	assert_true(lines > 50);
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_shows_the_whole_job),
		cmocka_unit_test(test_run_ladder_fits_100_columns),
		cmocka_unit_test(test_run_names_labels_as_holds_do),
		cmocka_unit_test(test_run_hash_is_the_same_in_both_executors),
#if defined(PEF_HOOKS)
		cmocka_unit_test(test_run_stale_rmap_is_told_with_three_chains),
#endif
		cmocka_unit_test(test_run_stale_rmap_is_fine_under_uvmem_lock),
		cmocka_unit_test(test_run_stops_at_the_step_limit),
		cmocka_unit_test(test_run_hold_changes_the_order),
		cmocka_unit_test(test_usage_errors_exit_2_with_a_hint),
		cmocka_unit_test(test_input_errors_exit_3_with_the_place),
		cmocka_unit_test(test_a_machine_without_secure_memory_refuses),
		cmocka_unit_test(test_lint_fmt_and_list_work),
		cmocka_unit_test(test_doctor_finds_everything),
		cmocka_unit_test(test_json_is_one_object_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
