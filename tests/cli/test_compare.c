/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_compare.c - pefsim compare: rows, figures, refusals.
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

#include "sim/cli/measure.h"
#include "tests/common/program.h"
#include "util_files.h"

#define DELETE "scenarios/seed/delete-with-pages-out.pef"

static void assert_says(const struct program_result *r, const char *text)
{
	if (!strstr(r->out, text))
		print_error("not found: %s\nin:\n%s\n", text, r->out);
	assert_non_null(strstr(r->out, text));
}

static unsigned lines_with(const char *text, const char *what)
{
	unsigned count = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		count++;
	return count;
}

static struct measured measure(const char *path, const char *design, const char *policy)
{
	struct options options = {.verb = VERB_COMPARE,
		.exec = ENGINE_FIBERS,
		.design = design,
		.policy = policy,
		.steps_max = STEPS_DEFAULT};
	struct session s;
	struct measured m;

	assert_int_equal(session_open(&s, &options, path), PEF_OK);
	assert_int_equal(session_run(&s), PEF_OK);
	assert_int_equal(measure_run(&s, &m), PEF_OK);
	session_close(&s);
	return m;
}

/* Every page that was out is one of three things, and the policies differ in which. */
static void test_what_becomes_of_pages_is_counted(void **state)
{
	(void)state;
	static const char path[] = PEF_SOURCE_DIR "/" DELETE;
	for (unsigned i = 0; i < DESIGN_COUNT; i++) {
		const char *design = design_name((enum design_id)i);
		struct measured back = measure(path, design, "bring-back"), zero = measure(path, design, "zero-fill");
		assert_int_equal(back.deletes.count, 1);
		assert_int_equal(back.deletes.out, 4);
		assert_int_equal(back.deletes.back, 4);
		assert_int_equal(back.page_outs, 4);
		assert_true(back.deletes.cycles > 4 * back.page_out);
		assert_int_equal(zero.deletes.back, 0);
		assert_int_equal(zero.page_outs, 0);
		assert_int_equal(zero.deletes.zeroed + zero.deletes.lost, 4);
		assert_true(zero.deletes.cycles < back.deletes.cycles);
		assert_true(zero.page_ins > 0 && zero.page_in > 0);
		assert_int_equal(zero.bytes_per_page, hv_bytes_per_page((enum design_id)i));
	}
	struct measured own = measure(path, "v9-rmap", "own");
	assert_int_equal(own.deletes.lost, 4);
}

static void test_locks_are_a_share_of_busy_cycles(void **state)
{
	(void)state;
	struct measured alone = measure(PEF_SOURCE_DIR "/scenarios/seed/first-page-in.pef", NULL, NULL);
	struct measured two = measure(PEF_SOURCE_DIR "/scenarios/seed/two-host-readers.pef", NULL, NULL);
	assert_int_equal(alone.deletes.count, 0);
	assert_true(alone.lock_share < two.lock_share);
	assert_true(two.lock_share > 0.2 && two.lock_share < 1.0);
	assert_string_equal(alone.verdict, "no finding");
	assert_string_equal(two.verdict, "I5-agreement");
}

static void test_a_row_for_each_design_and_policy(void **state)
{
	(void)state;
	struct program_result r = program_run("compare " DELETE);
	assert_int_equal(r.code, 0);
	assert_int_equal(lines_with(r.out, "\nuvmem-lock "), 4);
	assert_int_equal(lines_with(r.out, "\nv9-rmap "), 4);
	assert_says(&r, "makes no sense [1]");
	assert_says(&r, "\n[1] ");
	program_free(&r);
	r = program_run("compare " DELETE " --designs v9-rmap --policies bring-back,own");
	assert_int_equal(r.code, 0);
	assert_int_equal(lines_with(r.out, "\nv9-rmap "), 2);
	assert_int_equal(lines_with(r.out, "\nuvmem-lock "), 0);
	program_free(&r);
	/* Without a deletion a policy changes nothing, so there is one row a design. */
	r = program_run("compare scenarios/seed/two-host-readers.pef");
	assert_int_equal(r.code, 0);
	assert_int_equal(lines_with(r.out, "\nuvmem-lock "), 1);
	program_free(&r);
}

static void test_json_is_one_object_a_row(void **state)
{
	(void)state;
	struct program_result r = program_run("compare " DELETE " --json --designs uvmem-lock 2>/dev/null");
	assert_int_equal(r.code, 0);
	assert_says(&r, "\"policy\":\"bring-back\",\"verdict\":\"no finding\",\"page_ins\":");
	assert_says(&r, "\"refused\":\"");
	assert_int_equal(lines_with(r.out, "\"schema\":1"), 4);
	program_free(&r);
}

static void test_bad_input(void **state)
{
	(void)state;
	static const struct {
		const char *args, *says;
		int code;
	} cases[] = {
		{"", "no scenario given", 2},
		{DELETE " --policies burn", "there is no policy 'burn'", 2},
		{DELETE " --designs v7", "v7", 3},
		{"tests/docs/bad/syntax.pef", "syntax.pef:9:13: error:", 3},
		{"no-such.pef", "no-such.pef", 3},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program_result r = program_run("compare %s", cases[i].args);
		assert_int_equal(r.code, cases[i].code);
		assert_says(&r, cases[i].says);
		program_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_becomes_of_pages_is_counted),
		cmocka_unit_test(test_locks_are_a_share_of_busy_cycles),
		cmocka_unit_test(test_a_row_for_each_design_and_policy),
		cmocka_unit_test(test_json_is_one_object_a_row),
		cmocka_unit_test(test_bad_input),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
