/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuzz.c - pefsim fuzz: a planted bug comes up by itself and the design
 * without it stays silent, the same seed prints the same, and bad input is told.
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

/* Page-out of a page that is not out keeps the mutex. */
#define TWIN "fuzz --design v9-rmap --runs 180 --seed 3"
#define PLANTED TWIN " --mutant not-out-keeps-lock"
#define SIGNATURE "lock-misuse on g0.uvmem_lock: still held when H_SVM_PAGE_OUT returns\n"

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

/* What stands behind a word in the lines of a finding, up to the end of the line. */
static const char *told(const struct program_result *r, const char *signature, const char *word)
{
	static char line[600];
	const char *at = strstr(r->out, signature);

	at = at ? strstr(at, word) : NULL;
	assert_non_null(at);
	at += strlen(word);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

/* A list of known findings, from an output: the lines that do not begin with blanks, without the last. */
static const char *known_of(const struct program_result *r)
{
	char *text = calloc(1, r->len + 1), *to = text;

	assert_non_null(text);
	for (const char *at = r->out; *at;) {
		size_t len = strcspn(at, "\n") + 1;
		if (at[0] != ' ' && at[len])
			to = (char *)memcpy(to, at, len) + len;
		at += len;
	}
	const char *path = files_write("known.txt", text);
	free(text);
	return path;
}

/* What is known of the design without it is not told, so it is the bug that is: small, and both files show it again. */
static void test_a_planted_bug_is_found_and_its_twin_is_not(void **state)
{
	(void)state;
	struct program_result r = program_run(TWIN " --no-shrink --out %s 2>/dev/null", files_folder());
	assert_null(strstr(r.out, SIGNATURE));
	assert_says(&r, "180 runs");
	const char *known = known_of(&r);
	program_free(&r);
	r = program_run(TWIN " --known %s --out %s", known, files_folder());
	assert_code(&r, 0);
	assert_says(&r, " 0 findings");
	program_free(&r);
	r = program_run(PLANTED " --known %s --out %s", known, files_folder());
	assert_code(&r, 1);
	assert_non_null(strstr(told(&r, SIGNATURE, "run "), " thread"));
	struct program_result again = program_run("%s", told(&r, SIGNATURE, "reproduce: pefsim "));
	assert_code(&again, 1);
	assert_says(&again, SIGNATURE);
	program_free(&again);
	again = program_run("check %s --runs 0 --out %s", told(&r, SIGNATURE, "scenario:  "), files_folder());
	assert_code(&again, 1);
	assert_says(&again, SIGNATURE);
	program_free(&again);
	program_free(&r);
}

/* The list of a folder's files, and what is in them. */
static struct program_result folder_sum(const char *folder)
{
	return program_run("list eras >/dev/null; cd %s/%s && cat *.pef | cksum; ls", files_folder(), folder);
}

static void test_a_seed_prints_the_same_however_many_processes_work(void **state)
{
	(void)state;
	struct program_result r[2], kept[2];

	for (int i = 0; i < 2; i++) {
		r[i] = program_run("fuzz --designs uvmem-lock,v9-rmap --runs 240 --seed 5 --jobs %d --no-shrink "
				   "--corpus %s/c%d --out %s/out 2>/dev/null",
			1 + 2 * i, files_folder(), i, files_folder());
		assert_code(&r[i], 1);
		kept[i] = folder_sum(i ? "c1" : "c0");
	}
	assert_string_equal(r[0].out, r[1].out);
	assert_string_equal(kept[0].out, kept[1].out);
	assert_says(&kept[0], ".pef");
	for (int i = 0; i < 2; i++) {
		program_free(&r[i]);
		program_free(&kept[i]);
	}
}

/* What the corpus holds is explored first: the planted bug's scenario alone is enough then. */
static void test_a_corpus_is_where_it_begins(void **state)
{
	(void)state;
	struct program_result r = program_run(PLANTED " --no-shrink --out %s/o", files_folder());
	struct program_result copy = program_run("list eras >/dev/null; mkdir -p %s/c && cp %s %s/c", files_folder(),
		told(&r, SIGNATURE, "scenario:  "), files_folder());
	assert_code(&copy, 0);
	program_free(&copy);
	program_free(&r);
	r = program_run(
		"fuzz --design v9-rmap --mutant not-out-keeps-lock --runs 60 --no-shrink --corpus %s/c --out %s/o",
		files_folder(), files_folder());
	assert_says(&r, SIGNATURE "  v9-rmap, scenario 1, ");
	program_free(&r);
}

static void test_what_is_known_is_printed_when_it_is_interrupted(void **state)
{
	(void)state;
	struct program_result r = program_run("list eras >/dev/null; timeout --preserve-status -s INT 2 '%s/pefsim' "
					      "fuzz --design uvmem-lock --time 1h --out %s/o",
		PEF_BUILD_DIR, files_folder());
	assert_code(&r, 130);
	assert_says(&r, "reproduce: pefsim replay ");
	assert_says(&r, " things reached, ");
	assert_says(&r, "interrupted");
	program_free(&r);
}

static void assert_refused(const char *args, int code, const char *message)
{
	struct program_result r = program_run("fuzz --out %s/o %s", files_folder(), args);

	assert_code(&r, code);
	assert_says(&r, message);
	assert_says(&r, "help: ");
	program_free(&r);
}

static void test_bad_input_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *args, *message;
		int code;
	} cases[] = {
		{"FILE", "it takes options only", 2},
		{"--runs 0", "--runs 0 leaves nothing to do", 2},
		{"--runs many", "number of runs 'many'", 2},
		{"--time 0s", "time '0s'", 2},
		{"--time soon", "time 'soon'", 2},
		{"--runs 5 --time 5s", "choose one", 2},
		{"--design v9-rmap --designs v8-rmap", "choose one", 2},
		{"--tree . --design v9-rmap", "--tree is the design", 2},
		{"--design nosuch", "there is no design 'nosuch'", 3},
		{"--design linux:0.1", "kernel build --tree DIR", 3},
		{"--tree tests --runs 1", "book3s_hv_uvmem.c", 3},
		{"--mutant nosuch", "has no switch 'nosuch'", 3},
		{"--corpus /dev/null", "/dev/null: it is no folder", 3},
		{"--corpus /proc/nosuch", "/proc/nosuch: ", 3},
	};
	char args[600], long_list[20 * 9 + 12] = "--designs v9-rmap";

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused(cases[i].args, cases[i].code, cases[i].message);
	for (int i = 0; i < 16; i++)
		strcat(long_list, ",v9-rmap");
	assert_refused(long_list, 3, "more than 16 designs");
	struct program_result r = program_run("list eras >/dev/null; mkdir -p %s/broken", files_folder());
	program_free(&r);
	files_write("broken/a.pef", "pefscn 1\nscenario a\nplatform\n  hv uvmem-lok\n");
	snprintf(args, sizeof(args), "--corpus %s/broken", files_folder());
	assert_refused(args, 3, "a.pef:4:6: error: ");
	assert_refused(args, 3, "it is no scenario that can be run");
	r = program_run("fuzz --runs 60 --out /proc/nosuch");
	assert_code(&r, 3);
	assert_says(&r, "--out names another folder");
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_planted_bug_is_found_and_its_twin_is_not),
		cmocka_unit_test(test_a_seed_prints_the_same_however_many_processes_work),
		cmocka_unit_test(test_a_corpus_is_where_it_begins),
		cmocka_unit_test(test_what_is_known_is_printed_when_it_is_interrupted),
		cmocka_unit_test(test_bad_input_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
