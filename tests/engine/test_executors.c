/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_executors.c - both executors give the same run, and a broken one is seen.
 *
 * Random worlds with unequal latencies are run in FIBERS and in THREADS; trace,
 * books, end, key and count of events must be equal. Then the same with one
 * rule of the contract broken at a time: a seed must be found that differs, stops
 * on the assertion that keys rise, or hangs. How often one does is the host's
 * affair, so the search is long and ends at the first. (The rule that a look at
 * the words is repeated is tested in test_horizon.c, where nothing is left to
 * the host.)
 *
 * Locking: none. Errors: cmocka's. Blocking: yes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util_random.h"

#if defined(PEF_TSAN) || defined(PEF_ASAN)
#define SEEDS 8u
#else
#define SEEDS 110u
#endif
#define BREACH_SEEDS 5000u

static bool seed_is_equal(const struct random_world *world, struct engine_config config, uint64_t seed)
{
	struct engine_config fibers = config;
	fibers.exec = ENGINE_FIBERS;
	config.exec = ENGINE_THREADS;
	struct random_result a = random_run(world, fibers, seed), b = random_run(world, config, seed);
	return random_equal(&a, &b);
}

static void compare(const struct random_world *world, struct engine_config config)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		if (!seed_is_equal(world, config, seed))
			fail_msg("seed %llu differs", (unsigned long long)seed);
}

static void test_executors_agree(void **state)
{
	(void)state;
	compare(&random_small, (struct engine_config){0});
	compare(&random_ties, (struct engine_config){0});
	compare(&random_wide, (struct engine_config){0});
}

static void test_executors_agree_when_stopped(void **state)
{
	struct random_world world = random_ties;
	(void)state;
	world.stop_percent = 80;
	compare(&world, (struct engine_config){0});
	compare(&world, (struct engine_config){.steps_max = 200});
	compare(&world, (struct engine_config){.cycles_max = 900});
}

static void test_executors_agree_when_stuck(void **state)
{
	struct random_world world = random_small;
	(void)state;
	world.stuck_percent = 100;
	compare(&world, (struct engine_config){0});
}

static void test_executors_agree_under_yields(void **state)
{
	(void)state;
	compare(&random_ties, (struct engine_config){.breach = {.yield_in_collect = true}});
}

/* Does a seed show the breach: another result, an abort, or no end within some seconds? */
static bool breach_seen(const struct random_world *world, struct engine_breach breach, unsigned seeds, unsigned seconds)
{
#ifdef PEF_TSAN
	skip(); /* each seed is a process, which costs minutes here, and what is broken is an order, not memory */
#endif
	for (uint64_t seed = 0; seed < seeds; seed++) {
		pid_t child = fork();
		if (!child) {
			struct rlimit none = {0, 0};
			setrlimit(RLIMIT_CORE, &none);
			if (!freopen("/dev/null", "w", stderr))
				_exit(2);
			alarm(seconds);
			_exit(seed_is_equal(world, (struct engine_config){.breach = breach}, seed) ? 0 : 1);
		}
		int status = 0;
		assert_true(child > 0 && waitpid(child, &status, 0) == child);
		if (status)
			return true;
	}
	return false;
}

static void test_executors_breach_run_at_horizon_is_seen(void **state)
{
	(void)state;
	assert_true(breach_seen(&random_ties, (struct engine_breach){.run_at_horizon = true}, BREACH_SEEDS, 2));
}

static void test_executors_breach_mailbox_order_is_seen(void **state)
{
	(void)state;
	assert_true(breach_seen(&random_ties, (struct engine_breach){.mailbox_order = true}, BREACH_SEEDS, 2));
}

static void test_executors_breach_no_own_send_cap_is_seen(void **state)
{
	(void)state;
	assert_true(breach_seen(&random_ties, (struct engine_breach){.no_own_send_cap = true}, BREACH_SEEDS, 2));
}

static void test_executors_without_breach_nothing_is_seen(void **state)
{
	(void)state;
	/* Yields beside busy loops are slow, not wrong: the good twin gets the time it needs. */
	assert_false(breach_seen(&random_ties, (struct engine_breach){.yield_in_collect = true}, 20, 60));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_executors_agree),
		cmocka_unit_test(test_executors_agree_when_stopped),
		cmocka_unit_test(test_executors_agree_when_stuck),
		cmocka_unit_test(test_executors_agree_under_yields),
		cmocka_unit_test(test_executors_breach_run_at_horizon_is_seen),
		cmocka_unit_test(test_executors_breach_mailbox_order_is_seen),
		cmocka_unit_test(test_executors_breach_no_own_send_cap_is_seen),
		cmocka_unit_test(test_executors_without_breach_nothing_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
