/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_ladder.c - the picture of a hand-made run, and that no run breaks it.
 *
 * Locking: none. Errors: assertions; golden files under golden/. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/ladder.h"
#include "pefsim/points.h"
#include "pefsim/sync.h"
#include "util_run.h"

/* The text of a ladder, to be freed. */
static char *ladder_text(const struct run *run, const struct ladder_options *options)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ladder_print(run->engine, options, out);
	fclose(out);
	return text;
}

static void expect_golden(unsigned guests, bool verbose, const char *name)
{
	struct ladder_options options = {.verbose = verbose, .statement = run_statement, .event_name = run_event_name};
	struct run run;
	char *text;

	run_open(&run, guests, 0);
	run_demonstration(&run);
	text = ladder_text(&run, &options);
	run_close(&run);
	run_compare(name, text);
	free(text);
}

static void test_ladder_shows_what_a_person_follows(void **state)
{
	(void)state;
	expect_golden(1, false, "ladder.txt");
}

static void test_ladder_verbose_shows_all(void **state)
{
	(void)state;
	expect_golden(1, true, "ladder_verbose.txt");
}

static void test_ladder_names_guests_when_there_are_more(void **state)
{
	(void)state;
	expect_golden(2, false, "ladder_two_guests.txt");
}

/* Every line is within @width, printable, and has no blanks at its end. */
static void expect_neat(const char *text, size_t width)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > width)
			fail_msg("%zu columns: %.*s", len, (int)len, text);
		for (size_t i = 0; i < len; i++)
			assert_in_range((unsigned char)text[i], ' ', '~');
		assert_true(len == 0 || text[len - 1] != ' ');
		text += len;
		assert_int_equal(*text++, '\n');
	}
}

static void expect_neat_noise(uint64_t seed, unsigned width, bool verbose)
{
	struct ladder_options options = {.verbose = verbose, .width = width};
	struct run run;
	char *text;

	run_open(&run, 1 + (unsigned)(seed % 3), seed % 5 == 0 ? 64 : 0);
	run.now = seed % 4 == 0 ? UINT64_C(1) << 62 : 0;
	run_noise(&run, 400, seed);
	text = ladder_text(&run, &options);
	expect_neat(text, width != 0 ? width : LADDER_WIDTH_DEFAULT);
	free(text);
	run_close(&run);
}

static void test_ladder_never_leaves_its_width(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		expect_neat_noise(seed, 0, false);
		expect_neat_noise(seed, 0, true);
		expect_neat_noise(seed, LADDER_WIDTH_MIN, true);
		expect_neat_noise(seed, 160, true);
	}
}

static const char *long_statement(void *arg, unsigned thread, uint64_t statement)
{
	(void)thread;
	(void)statement;
	return arg;
}

static void test_ladder_goes_on_in_the_next_line(void **state)
{
	static char words[200], one[200];
	struct ladder_options options = {.statement = long_statement, .arg = words};
	struct run run;
	char *text;

	(void)state;
	for (unsigned i = 0; i + 1 < sizeof(words); i++)
		words[i] = i % 5 == 4 ? ' ' : 'x';
	memset(one, 'y', sizeof(one) - 1);
	one[3] = '\n';
	one[4] = (char)0xc3;
	run_open(&run, 1, 0);
	run_put(&run, RUN_HV, run.qemu, TRACE_OP_BEGIN, 0, 0, 1);
	text = ladder_text(&run, &options);
	expect_neat(text, LADDER_WIDTH_DEFAULT);
	assert_non_null(strstr(text, "|   xxxx xxxx"));
	free(text);
	options.arg = one;
	text = ladder_text(&run, &options);
	expect_neat(text, LADDER_WIDTH_DEFAULT);
	assert_non_null(strstr(text, "yyy??yyy"));
	free(text);
	run_close(&run);
}

static void test_ladder_colours_only_when_asked(void **state)
{
	struct ladder_options options = {.colour = false};
	struct run run;
	char *plain, *coloured;

	(void)state;
	run_open(&run, 1, 0);
	run_demonstration(&run);
	plain = ladder_text(&run, &options);
	assert_null(strchr(plain, '\033'));
	options.colour = true;
	coloured = ladder_text(&run, &options);
	assert_non_null(strstr(coloured, "\033[32m"));
	/* Colours are all that differs. */
	for (char *from = coloured, *to = coloured; (*to = *from) != '\0';) {
		if (*from == '\033')
			from += strcspn(from, "m") + 1;
		else
			from++, to++;
	}
	assert_string_equal(plain, coloured);
	free(plain);
	free(coloured);
	run_close(&run);
}

static void test_ladder_says_what_is_not_kept(void **state)
{
	struct run run;
	char *text;

	(void)state;
	run_open(&run, 1, 16);
	for (unsigned i = 0; i < 100; i++)
		run_put(&run, RUN_HV, run.qemu, TRACE_TEST, 0, i, 0);
	text = ladder_text(&run, NULL);
	expect_neat(text, LADDER_WIDTH_DEFAULT);
	assert_non_null(strstr(text, "(the beginning is not kept: at least 8"));
	free(text);
	run_close(&run);
	run_open(&run, 1, 0);
	text = ladder_text(&run, NULL);
	assert_null(strstr(text, "not kept"));
	free(text);
	run_close(&run);
}

/* A page lock that another context gives back is not held for ever. */
static void test_ladder_forgets_a_lock_given_back_by_another(void **state)
{
	uint64_t lock = obj_make(OBJ_PAGE_LOCK, 0, 7).w;
	struct run run;
	char *text;

	(void)state;
	run_open(&run, 1, 0);
	run_put(&run, RUN_HV, run.hv0, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, lock, 0);
	run_put(&run, RUN_HV, run.hv0, TRACE_SLOT, TRACE_SLOT_DELETE, 1, 0);
	run_put(&run, RUN_HV, run.hv1, TRACE_LOCK_RELEASE, LOCK_EXCLUSIVE, lock, 0);
	run_put(&run, RUN_HV, run.hv0, TRACE_SLOT, TRACE_SLOT_DELETE, 2, 0);
	text = ladder_text(&run, NULL);
	assert_non_null(strstr(text, "slot 1 deleted  [page[7]]\n"));
	assert_non_null(strstr(text, "slot 2 deleted\n"));
	free(text);
	run_close(&run);
}

/* What -v prints of a point can be put into a hold; elsewhere an event has the script's name. */
static void test_ladder_prints_points_as_holds_name_them(void **state)
{
	struct ladder_options options = {.verbose = true, .event_name = run_event_name};
	uint64_t event = obj_make(OBJ_EVENT, OBJ_NO_GUEST, 0).w;
	struct run run;
	char *text;

	(void)state;
	run_open(&run, 1, 0);
	run_put(&run, RUN_HV, run.qemu, TRACE_LOCK_WAIT, LOCK_EVENT, event, 0);
	run_put(&run, RUN_HV, run.qemu, TRACE_POINT, POINT_WAIT, event, 2);
	run_put(&run, RUN_HV, run.qemu, TRACE_HELD, POINT_LABEL, obj_make(OBJ_EVENT, OBJ_NO_GUEST, 1).w, 5);
	run_put(&run, RUN_HV, run.qemu, TRACE_HELD, POINT_LABEL, obj_make(OBJ_EVENT, OBJ_NO_GUEST, 77).w, 5);
	text = ladder_text(&run, &options);
	assert_non_null(strstr(text, "waits for paged_in\n"));
	assert_non_null(strstr(text, "point wait event[0] #2\n"));
	assert_non_null(strstr(text, "held at label in for 5 cycles\n"));
	assert_non_null(strstr(text, "held at label event[77] for 5 cycles\n"));
	free(text);
	run_close(&run);
}

/* The details of every page are for -v; what went wrong, and what moved, is not. */
static void test_ladder_tells_what_goes_wrong_always(void **state)
{
	static const char *const always[] = {"fault: H_SVM_PAGE_IN: delay\n", "fault: alloc pvt[7]: fail\n",
		"fault: frame: fail\n", "gfn 0x100 refused: this is not cipher #3\n", "gfn 0x100 moves to gfn 0x200\n"};
	static const char *const verbose[] = {"g0 cookie 0x1f given\n", "H_SVM_PAGE_IN: the hypervisor gets r4 r5 r6\n",
		"takes frame[9] for gfn 0x100\n", "gfn 0x100 maps nothing\n", "gfn 0x100 encrypted, cipher #3\n",
		"gfn 0x100 maps secure_frame[5]\n", "gfn 0x100 maps frame[9]\n", "gfn 0x100 hashed as 0x5 of g0\n",
		"gives back frame[9] of the host\n", "H_SVM_PAGE_IN: the guest gets no registers\n"};
	struct ladder_options options = {.verbose = false};
	struct run run;

	(void)state;
	run_open(&run, 1, 0);
	run_demonstration(&run);
	for (unsigned round = 0; round < 2; round++) {
		char *text;
		options.verbose = round != 0;
		options.width = 160;
		text = ladder_text(&run, &options);
		for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++)
			if (strstr(text, always[i]) == NULL)
				fail_msg("not told: %s", always[i]);
		for (unsigned i = 0; i < sizeof(verbose) / sizeof(verbose[0]); i++)
			if ((strstr(text, verbose[i]) != NULL) != options.verbose)
				fail_msg("%s: %s", options.verbose ? "not told" : "told", verbose[i]);
		free(text);
	}
	run_close(&run);
}

/* A kind of record that nobody tells is a row that somebody forgot. */
static void test_ladder_verbose_tells_every_kind(void **state)
{
	struct ladder_options options = {.verbose = true};

	(void)state;
	for (unsigned kind = 0; kind < TRACE_KIND_COUNT; kind++) {
		struct run run;
		char *text;
		run_open(&run, 1, 0);
		run_put(&run, RUN_HV, run.qemu, (enum trace_kind)kind, 0, 0, 0);
		text = ladder_text(&run, &options);
		if (strstr(text, "100  qemu0") == NULL)
			fail_msg("not told: %s", trace_kind_name((enum trace_kind)kind));
		free(text);
		run_close(&run);
	}
}

/* A long run is told from both ends, a short one whole. */
static void test_ladder_leaves_out_the_middle(void **state)
{
	(void)state;
	struct ladder_options some = {.verbose = true, .events_max = 20}, all = {.verbose = true};
	struct ladder_options enough = {.verbose = true, .events_max = 100000};
	struct run run;

	run_open(&run, 1, 0);
	run_demonstration(&run);
	char *few = ladder_text(&run, &some), *whole = ladder_text(&run, &all), *same = ladder_text(&run, &enough);
	run_close(&run);
	assert_non_null(strstr(few, " events are left out here)"));
	assert_true(strlen(few) < strlen(whole));
	assert_string_equal(few + strlen(few) - 60, whole + strlen(whole) - 60);
	assert_string_equal(same, whole);
	free(few);
	free(whole);
	free(same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ladder_shows_what_a_person_follows),
		cmocka_unit_test(test_ladder_verbose_shows_all),
		cmocka_unit_test(test_ladder_names_guests_when_there_are_more),
		cmocka_unit_test(test_ladder_never_leaves_its_width),
		cmocka_unit_test(test_ladder_goes_on_in_the_next_line),
		cmocka_unit_test(test_ladder_colours_only_when_asked),
		cmocka_unit_test(test_ladder_says_what_is_not_kept),
		cmocka_unit_test(test_ladder_leaves_out_the_middle),
		cmocka_unit_test(test_ladder_forgets_a_lock_given_back_by_another),
		cmocka_unit_test(test_ladder_prints_points_as_holds_name_them),
		cmocka_unit_test(test_ladder_tells_what_goes_wrong_always),
		cmocka_unit_test(test_ladder_verbose_tells_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
