/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_litmus.c - strategies on programs whose bugs are known.
 *
 * All interleavings of the small programs are run one by one; reduction must
 * run one of each class and no more, and reach the same states. Every other
 * strategy finds every planted bug, and how soon is printed; none finds
 * anything in a program without.
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

#include "pefsim/finding.h"
#include "pefsim/strategy.h"
#include "util_brute.h"

/* A build with a sanitizer cannot put a run back. */
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)

#define SEEDS 100u
#define RUNS_MAX 2000u
#define INTERLEAVINGS_MAX 40000u

static struct engine *open_program(enum litmus_id id)
{
	struct engine_config config = {.exec = ENGINE_FIBERS, .trace_max = 1u << 12};
	struct engine *engine = litmus_create(id, &config);
	assert_non_null(engine);
	assert_non_null(engine_direct(engine, NULL, NULL));
	assert_int_equal(engine_snapshot(engine), PEF_OK);
	return engine;
}

static void direct(struct engine *engine, struct strategy *s, struct engine_result *result)
{
	engine_restore(engine);
	strategy_direct(s, engine);
	assert_int_equal(engine_run(engine, result), PEF_OK);
	strategy_done(s);
}

/* ---- schedules to the first hit -------------------------------------------------------- */

/* How many schedules until the bug shows; 0: not within the budget. */
static unsigned first_hit(struct engine *engine, enum strategy_id id, uint64_t seed)
{
	struct strategy_options options = {.seed = seed, .preemptions = 2};
	struct strategy *s = strategy_open(id, &options);
	struct engine_result result;
	unsigned hit = 0;
	for (unsigned i = 1; i <= RUNS_MAX && !hit && strategy_next(s); i++) {
		direct(engine, s, &result);
		hit = result.end != ENGINE_FINISHED ? i : 0;
	}
	strategy_close(s);
	return hit;
}

static int compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	return (x > y) - (x < y);
}

static void test_strategies_find_planted_bugs(void **state)
{
	(void)state;
	print_message("schedules to the first hit, median/worst of %u seeds; + n: so many seeds without\n", SEEDS);
	for (unsigned p = 0; p < LITMUS_COUNT; p++) {
		if (!litmus_has_bug((enum litmus_id)p))
			continue;
		struct engine *engine = open_program((enum litmus_id)p);
		print_message("%-12s", litmus_name((enum litmus_id)p));
		for (unsigned id = 0; id < STRATEGY_COUNT; id++) {
			unsigned hits[SEEDS], found = 0, seeds = id == STRATEGY_DPOR ? 1 : SEEDS;
			for (unsigned seed = 0; seed < seeds; seed++)
				if ((hits[found] = first_hit(engine, (enum strategy_id)id, seed)))
					found++;
			qsort(hits, found, sizeof(hits[0]), compare);
			print_message(" %s %u/%u", strategy_name((enum strategy_id)id), found ? hits[found / 2] : 0,
				found ? hits[found - 1] : 0);
			if (found < seeds)
				print_message("+%u", seeds - found);
			if (id == STRATEGY_PORTFOLIO || id == STRATEGY_SWEEP)
				assert_int_equal(found, SEEDS);
		}
		print_message("\n");
		engine_destroy(engine);
	}
}

static void test_nothing_is_found_without_a_bug(void **state)
{
	(void)state;
	for (unsigned p = 0; p < LITMUS_COUNT; p++) {
		if (litmus_has_bug((enum litmus_id)p))
			continue;
		struct engine *engine = open_program((enum litmus_id)p);
		for (unsigned id = 0; id < STRATEGY_COUNT; id++) {
			if (first_hit(engine, (enum strategy_id)id, 1))
				fail_msg("%s finds something in %s", strategy_name((enum strategy_id)id),
					litmus_name((enum litmus_id)p));
		}
		engine_destroy(engine);
	}
}

/* ---- reduction against all interleavings ------------------------------------------------- */

struct reduced {
	uint64_t runs, redundant;
	struct brute_set states;
	double seen;
	char claim[160];
};

/* @budget: the runs that the strategy is told there will be; 0: it is not told. */
static void reduce(enum litmus_id id, uint64_t budget, uint64_t most, struct reduced *out)
{
	struct strategy_options options = {.seed = 1, .runs = budget, .measure = true};
	struct strategy *s = strategy_open(STRATEGY_DPOR, &options);
	struct engine *engine = open_program(id);
	struct engine_result result;
	*out = (struct reduced){0};
	while (out->runs < most && strategy_next(s)) {
		direct(engine, s, &result);
		out->runs++;
		brute_add(&out->states, brute_state(engine, &result));
	}
	out->redundant = strategy_redundant(s);
	out->seen = strategy_seen(s);
	strategy_claim(s, out->claim, sizeof(out->claim));
	strategy_close(s);
	engine_destroy(engine);
}

static void test_reduction_is_exact(void **state)
{
	unsigned compared = 0;
	(void)state;
	for (unsigned p = 0; p < LITMUS_COUNT; p++) {
		enum litmus_id id = (enum litmus_id)p;
		struct brute brute;
		struct reduced reduced;
		bool all = brute_all(brute_create, &id, INTERLEAVINGS_MAX, &brute);
		reduce(id, 0, INTERLEAVINGS_MAX, &reduced);
		print_message("%-12s %7llu interleavings%s, %5u classes, %3u states; reduced: %llu runs, %llu "
			      "redundant; %s; seen %.9f\n",
			litmus_name(id), (unsigned long long)brute.interleavings, all ? "" : " and more",
			brute.classes.count, brute.states.count, (unsigned long long)reduced.runs,
			(unsigned long long)reduced.redundant, reduced.claim, reduced.seen);
		/* Where all was run, so was all of the tree: a count that knows nothing of races and backtracking. */
		if (!strncmp(reduced.claim, "complete", 8) && !reduced.redundant)
			assert_true(reduced.seen > 1 - 1e-9 && reduced.seen < 1 + 1e-9);
		if (all) {
			assert_true(brute_same(&brute.states, &reduced.states));
			/* A run that is stopped is a part of a class, and how big a part is chance. */
			if (!litmus_has_bug(id)) {
				assert_int_equal(reduced.runs, brute.classes.count);
				assert_int_equal(reduced.redundant, 0);
			}
			assert_int_equal(brute.bad > 0, litmus_has_bug(id));
			compared++;
		}
		brute_free(&brute.classes);
		brute_free(&brute.states);
		brute_free(&reduced.states);
	}
	assert_true(compared > 8);
}

static void test_reduction_knows_what_commutes(void **state)
{
	struct reduced reduced;
	(void)state;
	reduce(LITMUS_DISJOINT, 0, 100, &reduced);
	assert_int_equal(reduced.runs, 1);
	assert_string_equal(reduced.claim, "complete: 1/1 classes");
	brute_free(&reduced.states);
	reduce(LITMUS_READERS, 0, 100, &reduced);
	assert_int_equal(reduced.runs, 1);
	brute_free(&reduced.states);
}
static void test_reduction_tells_how_large_the_tree_is(void **state)
{
	struct reduced all, part, again;
	unsigned classes;
	double about, low, high, seen;
	(void)state;
	reduce(LITMUS_THREE_ACTORS, 0, 1000, &all);
	reduce(LITMUS_THREE_ACTORS, 240, 240, &part);
	reduce(LITMUS_THREE_ACTORS, 240, 240, &again);
	print_message("%s; of the first 240 runs: %s\n", all.claim, part.claim);
	assert_int_equal(sscanf(part.claim, "not complete: %u of about %lf classes (%lf to %lf), %lf %% of the tree",
				 &classes, &about, &low, &high, &seen),
		5);
	assert_int_equal(classes, 210);
	assert_true(low <= (double)all.runs && (double)all.runs <= high && low < about && about < high);
	assert_true(high < 1.5 * (double)all.runs);
	assert_true(seen > 30 && seen < 90);
	assert_string_equal(part.claim, again.claim);
	brute_free(&all.states);
	brute_free(&part.states);
	brute_free(&again.states);
}
#else
/* What is done here is done over and over from a snapshot, which a sanitizer's build has not. */
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
		cmocka_unit_test(test_reduction_knows_what_commutes),
		cmocka_unit_test(test_reduction_is_exact),
		cmocka_unit_test(test_reduction_tells_how_large_the_tree_is),
		cmocka_unit_test(test_nothing_is_found_without_a_bug),
		cmocka_unit_test(test_strategies_find_planted_bugs),
#else
		cmocka_unit_test(test_needs_snapshots),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
