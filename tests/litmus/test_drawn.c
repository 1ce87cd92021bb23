/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_drawn.c - reduction against all interleavings, on programs that nobody wrote.
 *
 * Two to four threads look at variables and set them, a lock is taken now and
 * then, and what was seen decides whether a thread goes on. Of each program the
 * reduction must run as many schedules as there are classes, none of them
 * redundant, and come to the same states.
 *
 * Locking: none. Errors: none. Blocking: runs.
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
#include "pefsim/strategy.h"
#include "sim/litmus/litmus.h"
#include "util_brute.h"

/* A build with a sanitizer cannot put a run back. */
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)

#define PROGRAMS 150u
#define THREADS_MAX 4u
#define OPS_MAX 3u
#define VARS 3u
#define INTERLEAVINGS_MAX 20000u
#define CLAIM_MAX 160u

enum op { OP_LOOK, OP_LOOK_AND_LEAVE, OP_PUT, OP_LOCKED, OP_COUNT };

/* The program under test; it does not change while it runs. */
static struct {
	unsigned threads;
	struct {
		unsigned count;
		enum op ops[OPS_MAX];
		unsigned vars[OPS_MAX];
	} thread[THREADS_MAX];
} drawn;

static void run_thread(struct litmus *l, unsigned number)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < drawn.thread[number].count; i++) {
		unsigned var = drawn.thread[number].vars[i];
		switch (drawn.thread[number].ops[i]) {
		case OP_LOOK:
			seen = 10 * seen + litmus_look(l, var);
			break;
		case OP_LOOK_AND_LEAVE:
			if (litmus_look(l, var))
				i = OPS_MAX;
			break;
		case OP_PUT:
			litmus_put(l, var, seen + number + 1);
			break;
		case OP_LOCKED:
			sim_mutex_lock(&l->lock[0]);
			l->var[VARS] = 10 * l->var[VARS] + number + 1;
			sim_mutex_unlock(&l->lock[0]);
			break;
		case OP_COUNT:
			break;
		}
	}
	l->var[VARS + 1 + number] = seen;
}

static void thread_0(void *arg)
{
	run_thread(arg, 0);
}
static void thread_1(void *arg)
{
	run_thread(arg, 1);
}
static void thread_2(void *arg)
{
	run_thread(arg, 2);
}
static void thread_3(void *arg)
{
	run_thread(arg, 3);
}

static struct engine *create(const void *arg, const struct engine_config *config)
{
	static void (*const threads[THREADS_MAX])(void *) = {thread_0, thread_1, thread_2, thread_3};
	struct litmus *l;
	struct engine *engine = litmus_world(config, &l);

	(void)arg;
	assert_non_null(engine);
	for (unsigned i = 0; i < drawn.threads; i++)
		litmus_thread(l, i, threads[i]);
	return engine;
}

/* Few steps, as all interleavings are run; a lock has three and may be waited for. */
static void draw(uint64_t *random)
{
	memset(&drawn, 0, sizeof(drawn));
	drawn.threads = 2 + (unsigned)(explore_random(random) % 3);
	for (unsigned t = 0; t < drawn.threads; t++) {
		unsigned most = drawn.threads == 4 ? 1 : drawn.threads == 3 ? 2 : 3;
		drawn.thread[t].count = 1 + (unsigned)(explore_random(random) % most);
		for (unsigned i = 0; i < drawn.thread[t].count; i++) {
			drawn.thread[t].ops[i] =
				(enum op)(explore_random(random) % (drawn.threads == 4 ? OP_LOCKED : OP_COUNT));
			drawn.thread[t].vars[i] = (unsigned)(explore_random(random) % (drawn.threads == 2 ? VARS : 2));
		}
	}
}

/* All schedules of a strategy that has an end. */
static void run_all(enum strategy_id id, unsigned preemptions, struct brute_set *states, uint64_t *runs,
	uint64_t *redundant, char *claim)
{
	const struct strategy_options options = {.seed = 1, .preemptions = preemptions};
	const struct engine_config config = {.exec = ENGINE_FIBERS, .trace_max = 1u << 12};
	struct strategy *s = strategy_open(id, &options);
	struct engine *engine = create(NULL, &config);
	struct engine_result result;

	assert_non_null(engine_direct(engine, NULL, NULL));
	assert_int_equal(engine_snapshot(engine), PEF_OK);
	for (*runs = 0; strategy_next(s); ++*runs) {
		engine_restore(engine);
		strategy_direct(s, engine);
		assert_int_equal(engine_run(engine, &result), PEF_OK);
		strategy_done(s);
		brute_add(states, brute_state(engine, &result));
	}
	*redundant = strategy_redundant(s);
	strategy_claim(s, claim, CLAIM_MAX);
	strategy_close(s);
	engine_destroy(engine);
}

static void test_reduction_is_exact_for_drawn_programs(void **state)
{
	(void)state;
	uint64_t random = 1, classes = 0, interleavings = 0;
	unsigned compared = 0;

	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct brute brute;
		struct brute_set states = {0};
		uint64_t runs, redundant;
		char claim[CLAIM_MAX];
		draw(&random);
		if (brute_all(create, NULL, INTERLEAVINGS_MAX, &brute)) {
			run_all(STRATEGY_DPOR, 0, &states, &runs, &redundant, claim);
			if (runs != brute.classes.count || redundant)
				fail_msg("program %u: %u classes, %llu runs, %llu redundant", i, brute.classes.count,
					(unsigned long long)runs, (unsigned long long)redundant);
			if (!brute_same(&states, &brute.states))
				fail_msg("program %u: other states", i);
			compared++;
			classes += runs;
			interleavings += brute.interleavings;
		}
		brute_free(&brute.classes);
		brute_free(&brute.states);
		brute_free(&states);
	}
	print_message("%u programs, %llu interleavings, %llu classes\n", compared, (unsigned long long)interleavings,
		(unsigned long long)classes);
	assert_true(compared > PROGRAMS / 2);
}

/* Folded, the sweep comes to the same states for each number of preemptions, and says the same of them, in fewer runs. */
static void test_a_folded_sweep_reaches_the_same_states(void **state)
{
	(void)state;
	uint64_t random = 2, all = 0, folded = 0;

	for (unsigned i = 0; i < PROGRAMS; i++) {
		draw(&random);
		for (unsigned preemptions = 0; preemptions < 3; preemptions++) {
			struct brute_set sweep = {0}, bound = {0};
			uint64_t sweeps, bounds, redundant;
			char claim[CLAIM_MAX], other[CLAIM_MAX];
			run_all(STRATEGY_SWEEP, preemptions, &sweep, &sweeps, &redundant, claim);
			run_all(STRATEGY_BOUND, preemptions, &bound, &bounds, &redundant, other);
			if (!brute_same(&sweep, &bound))
				fail_msg("program %u, %u preemptions: %u states, and %u folded", i, preemptions,
					sweep.count, bound.count);
			assert_string_equal(claim, other);
			assert_true(bounds <= sweeps);
			all += sweeps;
			folded += bounds;
			brute_free(&sweep);
			brute_free(&bound);
		}
	}
	print_message(
		"%llu schedules of the sweep, %llu folded\n", (unsigned long long)all, (unsigned long long)folded);
	assert_true(folded * 2 < all);
}
#else
static void test_needs_snapshots(void **state)
{
	(void)state;
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
		cmocka_unit_test(test_reduction_is_exact_for_drawn_programs),
		cmocka_unit_test(test_a_folded_sweep_reaches_the_same_states),
#else
		cmocka_unit_test(test_needs_snapshots),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
