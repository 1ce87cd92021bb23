/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_replay.c - pefsim replay: the same run again, or the step at which it is another.
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

#include "pefsim/explore.h"
#include "tests/common/program.h"
#include "util_files.h"

static char record_path[512];
static char *record_text;

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

/* The replay file that a check names below a finding. */
static void path_below(const char *out, const char *finding)
{
	const char *line = strstr(out, finding);

	line = line ? strstr(line, "replay: pefsim replay ") : NULL;
	record_path[0] = '\0';
	if (line)
		sscanf(line, "replay: pefsim replay %511s", record_path);
}

/* A race that only a hold shows, so the record has one; here it is the scenario's own. */
static int make_record(void **state)
{
	(void)state;
	struct program_result r =
		program_run("check scenarios/seed/unmap-against-share.pef --runs 0 --out %s", files_folder());
	path_below(r.out, "\n          NULL pointer dereference");
	record_text = files_read(record_path);
	int bad = r.code != 0 || !record_text || !strstr(record_text, "\nhold ");
	if (bad)
		print_error("%s\n", r.out);
	program_free(&r);
	return bad;
}

static int drop_record(void **state)
{
	(void)state;
	free(record_text);
	return 0;
}

/* The record with one place changed, as a file; the place must be there. */
static const char *changed(const char *from, const char *to)
{
	char *place = strstr(record_text, from), *text;
	const char *path;

	assert_non_null(place);
	text = malloc(strlen(record_text) + strlen(to) + 1);
	assert_non_null(text);
	sprintf(text, "%.*s%s%s", (int)(place - record_text), record_text, to, place + strlen(from));
	path = files_write("changed.pefrec", text);
	free(text);
	return path;
}

/* The record without its holds; to be freed. */
static char *without_holds(void)
{
	char *text = strdup(record_text);

	assert_non_null(text);
	for (char *hold = strstr(text, "\nhold "); hold; hold = strstr(text, "\nhold "))
		memmove(hold, strchr(hold + 1, '\n'), strlen(strchr(hold + 1, '\n')) + 1);
	return text;
}

static void test_a_record_reproduces_in_both_executors(void **state)
{
	(void)state;
	struct program_result r = program_run("replay %s --verify", record_path);
	assert_code(&r, 0);
	assert_says(&r, "same: ");
	assert_says(&r, "NULL pointer dereference");
	program_free(&r);
	struct program_result t = program_run("replay %s --hash --exec threads", record_path);
	struct program_result f = program_run("replay %s --hash --exec fibers", record_path);
	assert_code(&t, 1);
	assert_string_equal(t.out, f.out);
	assert_non_null(strstr(record_text, "\ntrace "));
	assert_memory_equal(strstr(record_text, "\ntrace ") + 7, t.out, 16);
	program_free(&t);
	program_free(&f);
}

static void test_a_replay_shows_the_report(void **state)
{
	(void)state;
	struct program_result r = program_run("replay %s", record_path);
	assert_code(&r, 1);
	assert_says(&r, "scenario unmap-against-share");
	assert_says(&r, "BUG: pefsim: NULL pointer dereference of a device page's private data");
	assert_says(&r, "schedule: ");
	assert_says(&r, "reproduce: pefsim replay ");
	assert_says(&r, "verdict: FINDING");
	program_free(&r);
	r = program_run("replay %s --until 40", record_path);
	assert_code(&r, 0);
	assert_says(&r, "stopped by the cycle limit");
	program_free(&r);
	r = program_run("replay %s --until 4000000", record_path);
	assert_code(&r, 2);
	assert_says(&r, "there is no step 4000000");
	program_free(&r);
}

/* Without its holds the run goes its natural way; the first step that differs is named. */
static void test_another_schedule_diverges_at_a_named_step(void **state)
{
	(void)state;
	char *text = without_holds();
	struct program_result r = program_run("replay %s", files_write("changed.pefrec", text));
	assert_code(&r, 6);
	assert_says(&r, "took another way at step ");
	assert_says(&r, "  expected: g0.");
	assert_says(&r, "  got:      ");
	program_free(&r);
	free(text);
}

static void test_another_scenario_diverges(void **state)
{
	(void)state;
	struct program_result r = program_run("replay %s", changed("|  write 0:2 = 42\n", "|  write 0:3 = 42\n"));
	assert_code(&r, 6);
	assert_says(&r, "edited since it was recorded");
	assert_says(&r, "took another way at step ");
	program_free(&r);
}

static void test_tolerant_goes_on_by_the_words_of_holds(void **state)
{
	(void)state;
	const char *path = changed("|thread vcpu0 guest g0\n", "|thread vcpu0 guest g0\n|  touch 0:0\n");
	struct program_result r = program_run("replay %s", path);
	assert_code(&r, 6);
	program_free(&r);
	r = program_run("replay %s --tolerant", path);
	assert_code(&r, 1);
	assert_says(&r, "edited since it was recorded");
	assert_says(&r, "by the words of its holds, 0 of 1 never reached: the recorded finding");
	assert_says(&r, "BUG: pefsim: NULL pointer dereference");
	assert_null(strstr(r.out, "by the order of its steps"));
	program_free(&r);
	/* What is the same run needs no rule. */
	r = program_run("replay %s --tolerant", record_path);
	assert_code(&r, 1);
	assert_null(strstr(r.out, "going on"));
	program_free(&r);
}

/* Where the holds are lost, the order of the steps still leads to the finding, and is a timed run again. */
static void test_tolerant_goes_on_by_the_order_of_steps(void **state)
{
	(void)state;
	char *text = without_holds(), fibers[17];
	const char *path = files_write("changed.pefrec", text);
	struct program_result r = program_run("replay %s --tolerant", path);
	assert_code(&r, 1);
	assert_says(&r, "took another way at step ");
	assert_says(&r, "by the words of its holds, 0 of 0 never reached: not the recorded finding");
	assert_says(&r, "0 others between: the recorded finding");
	assert_says(&r, "BUG: pefsim: NULL pointer dereference");
	program_free(&r);
	r = program_run("replay %s --tolerant --hash --exec fibers 2>/dev/null", path);
	assert_code(&r, 1);
	snprintf(fibers, sizeof(fibers), "%s", r.out);
	program_free(&r);
	r = program_run("replay %s --tolerant --hash --exec threads 2>/dev/null", path);
	assert_code(&r, 1);
	assert_memory_equal(r.out, fibers, 16);
	program_free(&r);
	free(text);
}

/* The finding's good twin: what the record says of another design cannot come back, and that is said. */
static void test_tolerant_says_when_the_finding_is_gone(void **state)
{
	(void)state;
	struct program_result r = program_run("replay %s --tolerant", changed("  hv uvmem-lock", "  hv uvmem-fixed"));
	assert_code(&r, 0);
	assert_says(&r, "changed.pefrec:6: note: the header says");
	assert_says(&r, "others between: not the recorded finding");
	program_free(&r);
	r = program_run("replay %s --tolerant --verify", record_path);
	assert_code(&r, 2);
	assert_says(&r, "choose one");
	program_free(&r);
}

static void test_another_version_is_told(void **state)
{
	char line[48];
	(void)state;
	assert_int_equal(sscanf(strstr(record_text, "\nversion "), "\n%39[^\n]", line), 1);
	struct program_result r = program_run("replay -q %s", changed(line, "version 9.9.9"));
	assert_code(&r, 1);
	assert_says(&r, "recorded by pefsim 9.9.9");
	program_free(&r);
}

static void test_another_model_is_told(void **state)
{
	(void)state;
	char *model = strstr(record_text, "\nmodel ");
	char line[32];
	assert_non_null(model);
	snprintf(line, sizeof(line), "%.24s", model);
	struct program_result r = program_run("replay %s --verify", changed(line, "\nmodel 0123456789abcdef\n"));
	assert_code(&r, 6);
	assert_says(&r, "recorded with model 0123456789abcdef");
	program_free(&r);
	/* The steps are the same all the same, and so is the finding. */
	r = program_run("replay %s -q", changed(line, "\nmodel 0123456789abcdef\n"));
	assert_code(&r, 1);
	program_free(&r);
}

static void test_the_trace_and_the_finding_are_compared(void **state)
{
	(void)state;
	struct program_result r = program_run("replay %s", changed("\ntrace ", "\ntrace 1234567890123456\ntrace "));
	assert_code(&r, 3);
	program_free(&r);
	char line[40];
	snprintf(line, sizeof(line), "%.24s", strstr(record_text, "\ntrace "));
	r = program_run("replay %s", changed(line, "\ntrace 0000000000000001\n"));
	assert_code(&r, 6);
	assert_says(&r, "not the trace");
	program_free(&r);
	r = program_run("replay %s", changed("\nfinding NULL", "\nfinding MULL"));
	assert_code(&r, 6);
	assert_says(&r, "not the finding");
	program_free(&r);
}

static void test_damaged_files_are_refused_with_their_line(void **state)
{
	(void)state;
	struct program_result r = program_run("replay %s", changed("\nvariant uvmem-lock", "\nvariant v9-rmap"));
	assert_code(&r, 3);
	assert_says(&r, "changed.pefrec:6: error: the header says");
	program_free(&r);
	r = program_run("replay %s", changed("pefrec 1", "pefrec x"));
	assert_code(&r, 3);
	assert_says(&r, "changed.pefrec:1: error:");
	program_free(&r);
	r = program_run("replay %s", changed("|scenario", "|scenarioo"));
	assert_code(&r, 3);
	program_free(&r);
	r = program_run("replay scenarios/seed/evict.pef");
	assert_code(&r, 3);
	program_free(&r);
	r = program_run("replay no-such-file.pefrec");
	assert_code(&r, 3);
	program_free(&r);
	r = program_run("replay");
	assert_code(&r, 2);
	program_free(&r);
}

static void test_a_truncated_file_is_refused(void **state)
{
	size_t len = strlen(record_text);
	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		char *text = strndup(record_text, len * i / 12);
		struct program_result r =
			program_run("replay %s%s", i % 2 ? "--tolerant " : "", files_write("changed.pefrec", text));
		assert_code(&r, 3);
		assert_says(&r, "changed.pefrec:");
		assert_says(&r, ": error: ");
		program_free(&r);
		free(text);
	}
}

/* Bytes of the whole file changed at random: any exit code that is meant, never a signal. */
static void test_no_bytes_crash_a_replay(void **state)
{
	(void)state;
	uint64_t random = 11;
	size_t len = strlen(record_text);
	char *text = malloc(len + 1);
	unsigned codes[8] = {0};

	assert_non_null(text);
	for (unsigned i = 0; i < 60; i++) {
		memcpy(text, record_text, len + 1);
		for (unsigned k = 0; k < 2; k++) {
			uint64_t z = explore_random(&random);
			text[(z >> 16) % len] = "0123456789 abcgvq:|*\n"[z % 21];
		}
		struct program_result r =
			program_run("replay -q %s%s", i % 2 ? "--tolerant " : "", files_write("changed.pefrec", text));
		if (r.code > 6)
			print_error("exit %d\n%s\n%s\n", r.code, r.out, text);
		assert_true(r.code <= 6);
		codes[r.code]++;
		program_free(&r);
	}
	assert_true(codes[3] + codes[6] > 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record_reproduces_in_both_executors),
		cmocka_unit_test(test_a_replay_shows_the_report),
		cmocka_unit_test(test_another_schedule_diverges_at_a_named_step),
		cmocka_unit_test(test_another_scenario_diverges),
		cmocka_unit_test(test_tolerant_goes_on_by_the_words_of_holds),
		cmocka_unit_test(test_tolerant_goes_on_by_the_order_of_steps),
		cmocka_unit_test(test_tolerant_says_when_the_finding_is_gone),
		cmocka_unit_test(test_another_version_is_told),
		cmocka_unit_test(test_another_model_is_told),
		cmocka_unit_test(test_the_trace_and_the_finding_are_compared),
		cmocka_unit_test(test_damaged_files_are_refused_with_their_line),
		cmocka_unit_test(test_a_truncated_file_is_refused),
		cmocka_unit_test(test_no_bytes_crash_a_replay),
	};
	return cmocka_run_group_tests(tests, make_record, drop_record);
}
