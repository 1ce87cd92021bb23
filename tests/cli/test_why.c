/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_why.c - pefsim why: when a recorded finding was decided, and what comes nearest without it.
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

static void assert_refused(const char *arguments, int code, const char *text)
{
	struct program_result r = program_run("why %s", arguments);

	assert_int_equal(r.code, code);
	assert_says(&r, text);
	program_free(&r);
}

/* The replay file of a check's only finding. */
static const char *record_of(const char *check, const char *name)
{
	struct program_result r = program_run("check %s --no-shrink --out %s", check, files_folder());
	const char *path = files_find(name);

	if (!*path)
		print_error("%s\n", r.out);
	program_free(&r);
	assert_string_not_equal(path, "");
	return path;
}

struct row {
	size_t step;
	unsigned hits, runs;
};

static unsigned rows_of(const char *out, struct row *rows, unsigned most)
{
	const char *at = strstr(out, "that step\n");
	unsigned count = 0;

	while (at && (at = strchr(at, '\n')) != NULL && count < most &&
		sscanf(++at, "%zu %u of %u", &rows[count].step, &rows[count].hits, &rows[count].runs) == 3)
		count++;
	return count;
}

/*
 * Two vCPUs meet at a page: at first few schedules show the finding, at the end all do. The last step at which
 * it could be avoided lies where one stands before the fault's own page-in, and the two schedules part there.
 */
static void test_a_finding_of_the_museum_is_decided_at_a_step(void **state)
{
	(void)state;
	const char *path = record_of("scenarios/museum/M5-double-page-in.pef -p bug=yes --runs 0", "M5-double-page-in");
	struct program_result r = program_run("why %s", path), again = program_run("why %s", path);
	struct row rows[64];
	unsigned count = rows_of(r.out, rows, 64);
	size_t last = 0, part = 0;

	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, again.out);
	assert_says(&r, "I5-agreement: mark none, but the ultravisor has SECURE\n");
	assert_in_range(count, 4, 64);
	assert_true(rows[0].hits * 4 < rows[0].runs);
	assert_int_equal(rows[count - 1].hits, rows[count - 1].runs);
	assert_says(&r, "Last step from which it could be avoided: ");
	sscanf(strstr(r.out, "could be avoided: "), "could be avoided: %zu", &last);
	assert_says(&r, "takes another way at step ");
	sscanf(strstr(r.out, "at step "), "at step %zu", &part);
	assert_int_equal(part, last + 1);
	for (unsigned i = 0; i < count; i++)
		if (rows[i].step >= last)
			assert_int_equal(rows[i].hits < rows[i].runs, rows[i].step == last);
	/* One row is marked: the first that differs. */
	assert_says(&r, "\n  > ");
	assert_null(strstr(strstr(r.out, "\n  > ") + 1, "\n  > "));
	assert_null(strstr(strstr(r.out, "\n  > "), "the same"));
	program_free(&r);
	program_free(&again);
}

/* What nothing but the script decides is shown by all schedules. */
static void test_a_finding_that_no_schedule_avoids_says_so(void **state)
{
	(void)state;
	const char *path = record_of("scenarios/seed/stale-rmap.pef --design v9-rmap --runs 0", "stale-rmap");
	struct program_result r = program_run("why %s --runs 7", path);

	assert_int_equal(r.code, 0);
	assert_says(&r, "    7 of 7 ");
	assert_says(&r, "no schedule was seen that avoids it.");
	assert_null(strstr(r.out, "another way"));
	program_free(&r);
}

/* The record with a line of its own instead of the one that begins so. */
static const char *with_line(const char *from, const char *begin, const char *line)
{
	char *text = files_read(from), *place = text ? strstr(text, begin) : NULL, *other;
	const char *path;

	assert_non_null(place);
	other = malloc(strlen(text) + strlen(line) + 1);
	assert_non_null(other);
	sprintf(other, "%.*s%s%s", (int)(place + 1 - text), text, line, strchr(place + 1, '\n'));
	path = files_write("changed.pefrec", other);
	free(other);
	free(text);
	return path;
}

static void test_what_explains_nothing_is_refused(void **state)
{
	(void)state;
	char path[512], cut[600];

	snprintf(path, sizeof(path), "%s",
		record_of("scenarios/seed/stale-rmap.pef --design v9-rmap --runs 0", "stale-rmap"));
	assert_refused("", 2, "no replay file given");
	assert_refused("a b", 2, "one file at a time");
	assert_refused("/nowhere.pefrec", 3, "cannot read the file");
	assert_refused("scenarios/seed/stale-rmap.pef", 3, "no replay file: its first line is");
	snprintf(cut, sizeof(cut), "%s --runs 0", path);
	assert_refused(cut, 2, "0 runs after each step");
	snprintf(cut, sizeof(cut), "%s --jobs 2", path);
	assert_refused(cut, 2, "--jobs");
	assert_refused(with_line(path, "\nfinding ", "finding -"), 4, "recorded without a finding");
	assert_refused(with_line(path, "\nfinding ", "finding use-after-free in nowhere"), 6,
		"the order of its steps does not make 'use-after-free in nowhere'");
	snprintf(cut, sizeof(cut), "%s --runs 2", with_line(path, "\nmodel ", "model 0123456789abcdef"));
	assert_refused(cut, 0, "recorded with model 0123456789abcdef, this is ");
	char *text = files_read(path);
	text[strlen(text) / 2] = '\0';
	assert_refused(files_write("cut.pefrec", text), 3, "cut.pefrec:");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_finding_of_the_museum_is_decided_at_a_step),
		cmocka_unit_test(test_a_finding_that_no_schedule_avoids_says_so),
		cmocka_unit_test(test_what_explains_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
