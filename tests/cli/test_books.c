/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_books.c - every cycle of a whole run is booked, and once.
 *
 * Worlds are built here as the program builds them. For each hardware thread
 * the sum over causes is the time from its first cycle to its end.
 *
 * Locking: none. Errors: cmocka's. Blocking: some runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "pefsim/generate.h"
#include "sim/cli/session.h"

#define BOOKS_MAX 64u

/* Contexts start at cycle 1. */
#define FIRST_CYCLE 1u

static unsigned check_books(const struct engine *engine)
{
	struct engine_book books[BOOKS_MAX];
	unsigned count = engine_books(engine, books, BOOKS_MAX);

	for (unsigned i = 0; i < count; i++) {
		cycles_t sum = 0;
		for (unsigned c = 0; c < CAUSE_COUNT; c++)
			sum += books[i].by_cause[c];
		if (sum + FIRST_CYCLE != books[i].end)
			print_error("%s: %llu booked, %llu elapsed\n", books[i].hwthread, (unsigned long long)sum,
				(unsigned long long)books[i].end - FIRST_CYCLE);
		assert_int_equal(sum + FIRST_CYCLE, books[i].end);
	}
	return count;
}

static unsigned run_books(const char *path, enum engine_exec exec, enum engine_end *end)
{
	struct options options = {.verb = VERB_RUN, .exec = exec, .seed = 1, .quiet = true, .steps_max = 20000};
	struct session s;

	assert_int_equal(session_open(&s, &options, path), PEF_OK);
	assert_int_equal(session_run(&s), PEF_OK);
	*end = s.result.end;
	unsigned count = *end == ENGINE_FINISHED ? check_books(s.world->engine) : 0;
	session_close(&s);
	return count;
}

static void test_books_balance_over_the_demonstration(void **state)
{
	(void)state;
	enum engine_end end;
	assert_int_equal(run_books(PEF_SOURCE_DIR "/scenarios/seed/boot-share-pageout.pef", ENGINE_FIBERS, &end), 3);
	assert_int_equal(end, ENGINE_FINISHED);
	assert_int_equal(run_books(PEF_SOURCE_DIR "/scenarios/seed/boot-share-pageout.pef", ENGINE_THREADS, &end), 3);
}

/* Only runs that end by themselves: at a cut a callee has booked the way back that its caller has not come. */
static void test_books_balance_over_generated_scenarios(void **state)
{
	(void)state;
	char path[64];
	unsigned finished = 0;

	snprintf(path, sizeof(path), "/tmp/pefsim-books-%d.pef", (int)getpid());
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct generate_options options = {.seed = seed, .design = "uvmem-lock"};
		char *text = generate_scenario(&options);
		FILE *file = fopen(path, "w");
		enum engine_end end;
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
		free(text);
		run_books(path, ENGINE_FIBERS, &end);
		finished += end == ENGINE_FINISHED;
	}
	unlink(path);
	assert_true(finished > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_books_balance_over_the_demonstration),
		cmocka_unit_test(test_books_balance_over_generated_scenarios),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
