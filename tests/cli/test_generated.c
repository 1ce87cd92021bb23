/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_generated.c - both executors over generated scenarios, idle and loaded.
 *
 * Whole worlds, models included: each scenario is run by the program with
 * threads and with fibers, and exit code and hash of the trace must be equal.
 * Half of them run beside two busy loops, where host scheduling differs most.
 * PEF_GENERATED says how many (default 160); some end in findings or at the
 * step limit, which must then be cut at the same place.
 *
 * A sanitizer looks at each step for itself, several times slower, and what it
 * looks for shows in the first scenarios or in none: there a fifth of them is
 * enough. That executors agree is for the plain builds to say.
 *
 * Locking: none. Errors: cmocka's. Blocking: about a minute at most.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pefsim/generate.h"
#include "tests/common/program.h"

static pid_t busy_start(void)
{
	pid_t pid = fork();
	if (!pid) {
		for (volatile unsigned i = 0;; i++)
			;
	}
	return pid;
}

static void busy_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void write_scenario(const char *path, uint64_t seed)
{
	struct generate_options options = {.seed = seed, .wild = seed % 4 == 0};
	char *text = generate_scenario(&options);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	free(text);
}

/* Number of scenarios that ended by themselves: most must, or the test compares little. */
static unsigned compare_executors(uint64_t from, uint64_t to)
{
	char path[64];
	unsigned finished = 0;

	snprintf(path, sizeof(path), "/tmp/pefsim-generated-%d.pef", (int)getpid());
	for (uint64_t seed = from; seed < to; seed++) {
		write_scenario(path, seed);
		struct program_result f = program_run("run --hash --steps 20000 --exec fibers %s 2>/dev/null", path);
		struct program_result t = program_run("run --hash --steps 20000 --exec threads %s 2>/dev/null", path);
		if (f.code != t.code || strcmp(f.out, t.out) != 0)
			print_error("seed %llu: fibers exit %d %s threads exit %d %s", (unsigned long long)seed, f.code,
				f.out, t.code, t.out);
		assert_int_equal(f.code, t.code);
		assert_string_equal(f.out, t.out);
		assert_int_equal(strlen(f.out), 17);
		assert_true(f.code == 0 || f.code == 1 || f.code == 5);
		finished += f.code != 5;
		program_free(&f);
		program_free(&t);
	}
	unlink(path);
	return finished;
}

#ifdef PEF_HOOKS
#define SCENARIOS 160u
#else /* a sanitizer build */
#define SCENARIOS 32u
#endif

static unsigned scenario_count(void)
{
	const char *given = getenv("PEF_GENERATED");
	return given ? (unsigned)strtoul(given, NULL, 10) : SCENARIOS;
}

static void test_executors_agree_on_an_idle_host(void **state)
{
	(void)state;
	unsigned half = scenario_count() / 2;
	assert_true(compare_executors(1, 1 + half) > half / 2);
}

static void test_executors_agree_beside_busy_loops(void **state)
{
	(void)state;
	unsigned half = scenario_count() / 2;
	pid_t one = busy_start(), two = busy_start();
	unsigned finished = compare_executors(1 + half, 1 + 2 * half);
	busy_end(one);
	busy_end(two);
	assert_true(finished > half / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_executors_agree_on_an_idle_host),
		cmocka_unit_test(test_executors_agree_beside_busy_loops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
