/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_hold.c - a hold changes an order, the same way however it is run: derived
 * in FIBERS, and then applied in cycles in both executors.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include <stdio.h>
#include <string.h>

#include "util_lab.h"

/* Derive, then run timed in both; all three traces are the same. Fails otherwise. */
static void derive_and_run(struct lab *lab)
{
	lab->exec = ENGINE_FIBERS;
	lab->derive = true;
	for (unsigned i = 0; i < lab->hold_count; i++)
		lab->holds[i].cycles = 0;
	lab_run(lab);
	uint64_t hash = lab->hash, steps = lab->result.steps;
	struct engine_key key = lab->result.key;
	struct hold holds[4];
	memcpy(holds, lab->holds, sizeof(holds));
	lab->derive = false;
	lab_run_both(lab);
	assert_int_equal(hash, lab->hash);
	assert_int_equal(steps, lab->result.steps);
	assert_int_equal(key.cycle, lab->result.key.cycle);
	assert_int_equal(key.position, lab->result.key.position);
	for (unsigned i = 0; i < lab->hold_count; i++) {
		assert_int_equal(holds[i].cycles, lab->holds[i].cycles);
		assert_int_equal(holds[i].reached, lab->holds[i].reached);
		assert_int_equal(holds[i].ended_early, lab->holds[i].ended_early);
	}
}

static const struct lab_step once[] = {DO(MUTEX_LOCK), ON(WORK, 100), DO(MUTEX_UNLOCK), END};

static void test_hold_changes_who_is_first(void **state)
{
	(void)state;
	struct lab lab = {.points = true, .contexts = {{"a", 0, 1, once}, {"b", 0, 500, once}}};
	lab_run_both(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_MUTEX(0)), "a b");
	lab_hold(&lab, "a at acquire lock[0] until b passes release lock[0]");
	derive_and_run(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_MUTEX(0)), "b a");
	/* b releases at 620, a goes on at 621 from cycle 1. */
	assert_int_equal(lab.holds[0].cycles, 620);
	assert_true(lab.holds[0].reached);
	assert_false(lab.holds[0].ended_early);
	assert_int_equal(lab_when(&lab, "a", TRACE_HELD, LAB_MUTEX(0), 1), 1);
	struct engine_book books[2];
	engine_books(lab.engine, books, 2);
	assert_int_equal(books[0].by_cause[CAUSE_DELAY], 620);
	lab_close(&lab);
}

static void test_hold_names_the_nth_occurrence(void **state)
{
	(void)state;
	static const struct lab_step twice[] = {
		DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, twice}, {"b", 0, 500, once}}};
	lab_hold(&lab, "a at acquire g0.lock[0] #2 until b passes acquired lock[0]");
	derive_and_run(&lab);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_MUTEX(0)), "a b a");
	lab_close(&lab);
}

static void test_hold_at_a_label(void **state)
{
	(void)state;
	static const struct lab_step a[] = {ON(WORK, 10), SAY("here"), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	static const struct lab_step b[] = {
		ON(WORK, 500), SAY("there"), SAY("there"), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, a}, {"b", 0, 1, b}}};
	lab_hold(&lab, "a at here until b passes there #2");
	derive_and_run(&lab);
	assert_int_equal(lab.holds[0].cycles, 491);
	lab_close(&lab);
}

static void test_hold_across_domains(void **state)
{
	(void)state;
	static const struct lab_step a[] = {ON(WORK, 100), ON(CALL, 0), ON(WORK, 100), END};
	static const struct lab_step b[] = {ON(WORK, 1500), DO(MUTEX_LOCK), ON(WORK, 300), DO(MUTEX_UNLOCK), END};
	static const struct lab_step served[] = {DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	struct lab lab = {
		.points = true, .contexts = {{"a", 0, 1, a}, {"b", 1, 1, b}, {"c", 0, 3, b}}, .served = {served}};
	lab_hold(&lab, "a/uv at release g1.lock[0] until c passes acquired g0.lock[0]");
	lab_hold(&lab, "c at release lock[0] until b passes release lock[0]");
	derive_and_run(&lab);
	assert_true(lab.holds[0].reached && lab.holds[1].reached);
	assert_false(lab.holds[0].ended_early);
	assert_true(lab.holds[0].cycles > 1000);
	lab_close(&lab);
}

static void test_hold_that_is_never_reached_is_harmless(void **state)
{
	(void)state;
	struct lab lab = {.contexts = {{"a", 0, 1, once}, {"b", 0, 500, once}}};
	lab_run_both(&lab);
	uint64_t hash = lab.hash;
	lab_hold(&lab, "a at release lock[0] #2 until b passes acquire lock[0]");
	lab_hold(&lab, "nobody at release lock[0] until b passes acquire lock[0]");
	derive_and_run(&lab);
	assert_int_equal(lab.hash, hash);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_false(lab.holds[0].reached || lab.holds[1].reached);
	assert_false(lab.holds[0].ended_early);
	assert_int_equal(lab.holds[0].cycles, 0);
	lab_close(&lab);
}

static void test_hold_ends_with_its_until_context(void **state)
{
	(void)state;
	static const struct lab_step busy[] = {ON(WORK, 5000), END};
	struct lab lab = {.contexts = {{"a", 0, 1, once}, {"b", 1, 1, once}, {"c", 0, 1, busy}}};
	lab_hold(&lab, "a at acquire lock[0] until b passes acquire lock[2]");
	derive_and_run(&lab);
	/* b ends at 1 + 10 + 100 + 10. */
	assert_int_equal(lab.holds[0].cycles, 121);
	assert_true(lab.holds[0].reached && lab.holds[0].ended_early);
	/* And one that has ended before the hold begins. */
	lab.contexts[0].start = 1000;
	derive_and_run(&lab);
	assert_int_equal(lab.holds[0].cycles, 1);
	assert_true(lab.holds[0].ended_early);
	lab_close(&lab);
}

static void test_hold_ends_when_nothing_else_can_run(void **state)
{
	(void)state;
	static const struct lab_step first[] = {DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), END};
	struct lab lab = {.contexts = {{"a", 0, 1, once}, {"b", 0, 500, first}}};
	/* a keeps the lock that b needs before it can pass its point. */
	lab_hold(&lab, "a at acquired lock[0] until b passes release lock[0]");
	derive_and_run(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	/* The last thing that happened: b began to wait at 510. */
	assert_int_equal(lab.holds[0].cycles, 511 - 11);
	assert_true(lab.holds[0].ended_early);
	lab_close(&lab);
}

static void test_hold_that_is_listed_first_is_released_first(void **state)
{
	(void)state;
	struct lab lab = {.contexts = {{"a", 0, 10, once}, {"b", 1, 5, once}}};
	lab_hold(&lab, "a at acquire lock[0] until b passes release lock[0]");
	lab_hold(&lab, "b at acquire lock[0] until a passes release lock[0]");
	derive_and_run(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	assert_true(lab.holds[0].ended_early);
	assert_false(lab.holds[1].ended_early);
	assert_int_equal(lab.holds[0].cycles, 11 - 10);
	lab_close(&lab);
	/* Whoever began first. */
	struct lab other = {.contexts = {{"a", 0, 10, once}, {"b", 1, 5, once}}};
	lab_hold(&other, "b at acquire lock[0] until a passes release lock[0]");
	lab_hold(&other, "a at acquire lock[0] until b passes release lock[0]");
	derive_and_run(&other);
	assert_int_equal(other.result.end, ENGINE_FINISHED);
	assert_true(other.holds[0].ended_early);
	assert_false(other.holds[1].ended_early);
	assert_int_equal(other.holds[0].cycles, 11 - 5);
	lab_close(&other);
}

static void test_hold_whose_until_was_passed_takes_one_cycle(void **state)
{
	(void)state;
	static const struct lab_step b[] = {DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), ON(WORK, 5000), END};
	struct lab lab = {.contexts = {{"a", 0, 900, once}, {"b", 0, 1, b}}};
	lab_hold(&lab, "a at acquire lock[0] until b passes release lock[0]");
	derive_and_run(&lab);
	assert_int_equal(lab.holds[0].cycles, 1);
	assert_false(lab.holds[0].ended_early);
	lab_close(&lab);
}

static void test_hold_still_on_at_a_finding_replays(void **state)
{
	(void)state;
	static const struct lab_step bad[] = {ON(WORK, 500), ON(MUTEX_UNLOCK, 2), ON(WORK, 500), SAY("late"), END};
	struct lab lab = {.points = true, .contexts = {{"a", 0, 1, once}, {"b", 1, 1, bad}, {"c", 0, 300, once}}};
	lab_hold(&lab, "a at acquired lock[0] until b passes late");
	derive_and_run(&lab);
	assert_int_equal(lab.result.end, ENGINE_STOPPED);
	assert_non_null(lab_finding(&lab));
	assert_true(lab.holds[0].reached);
	assert_false(lab.holds[0].ended_early);
	assert_true(lab.holds[0].cycles > 480);
	lab_close(&lab);
}

static void test_hold_makes_a_deadlock(void **state)
{
	(void)state;
	static const struct lab_step ab[] = {
		DO(MUTEX_LOCK), ON(MUTEX_LOCK, 1), ON(MUTEX_UNLOCK, 1), DO(MUTEX_UNLOCK), END};
	static const struct lab_step ba[] = {
		ON(MUTEX_LOCK, 1), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), ON(MUTEX_UNLOCK, 1), END};
	struct lab lab = {.contexts = {{"a", 0, 1, ab}, {"b", 0, 500, ba}}};
	lab_run_both(&lab);
	assert_int_equal(lab.result.end, ENGINE_FINISHED);
	lab_hold(&lab, "a at acquired lock[0] until b passes acquired lock[1]");
	derive_and_run(&lab);
	assert_int_equal(lab.result.end, ENGINE_DEADLOCK);
	assert_string_equal(lab_waiters(&lab), "a lock[1] b, b lock[0] a");
	lab_close(&lab);
}

/* A sanitizer keeps books of its own about stacks, which a restore cannot put back. */
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
static void test_hold_lists_change_after_a_restore(void **state)
{
	(void)state;
	static const char *const texts[2] = {"a at acquire lock[0] until b passes release lock[0]",
		"a at release lock[0] until b passes acquire lock[0]"};
	struct lab plain = {.points = true, .contexts = {{"a", 0, 1, once}, {"b", 0, 500, once}, {"c", 1, 1, once}}};
	struct lab lab = plain;
	lab_run(&plain);
	lab_open(&lab);
	assert_int_equal(engine_snapshot(lab.engine), PEF_OK);
	for (unsigned i = 0; i < 4; i++) {
		struct lab fresh = {.points = true, .derive = true};
		memcpy(fresh.contexts, plain.contexts, sizeof(fresh.contexts));
		lab_hold(&fresh, texts[i & 1]);
		struct hold hold = fresh.holds[0];
		lab_run(&fresh);
		engine_set_holds(lab.engine, &hold, 1, true);
		lab_go(&lab);
		assert_int_equal(lab.hash, fresh.hash);
		assert_int_equal(hold.cycles, fresh.holds[0].cycles);
		assert_true(hold.reached);
		lab_close(&fresh);
		engine_restore(lab.engine);
	}
	engine_set_holds(lab.engine, NULL, 0, false);
	lab_go(&lab);
	assert_int_equal(lab.hash, plain.hash);
	lab_close(&plain);
	lab_close(&lab);
}
#endif

/* Deriving finds what is missing; a length that is given counts as it stands. */
static void test_hold_keeps_a_given_length_while_others_are_derived(void **state)
{
	(void)state;
	struct lab lab = {.points = true, .exec = ENGINE_FIBERS, .contexts = {{"a", 0, 1, once}, {"b", 0, 500, once}}};
	lab_hold(&lab, "a at acquire lock[0] until b passes release lock[0] cycles 7");
	lab_hold(&lab, "a at release lock[0] until b passes acquire lock[0]");
	lab.derive = true;
	lab_run(&lab);
	assert_int_equal(lab.holds[0].cycles, 7);
	assert_true(lab.holds[1].cycles > 100);
	assert_string_equal(lab_who(&lab, TRACE_LOCK_ACQUIRE, LAB_MUTEX(0)), "a b");
	lab_close(&lab);
}

/* Many holds at once, over all pairs of points: every derived run replays. */
static void test_hold_pairs_all_replay(void **state)
{
	(void)state;
	static const struct lab_step a[] = {
		DO(MUTEX_LOCK), ON(CALL, 0), DO(MUTEX_UNLOCK), DO(READ_LOCK), DO(READ_UNLOCK), END};
	static const struct lab_step b[] = {DO(WRITE_LOCK), DO(MUTEX_LOCK), DO(MUTEX_UNLOCK), DO(WRITE_UNLOCK), END};
	static const struct lab_step c[] = {DO(MUTEX_LOCK), ON(CALL, 0), DO(MUTEX_UNLOCK), END};
	static const struct lab_step served[] = {ON(MUTEX_LOCK, 1), ON(WORK, 30), ON(MUTEX_UNLOCK, 1), END};
	static const char *const points[] = {"a at acquired lock[0]", "a at release lock[0]",
		"a/uv at acquired lock[1]", "b at acquired mmap_lock[0]", "b at acquire lock[0]",
		"c at acquired lock[0]", "c/hv at acquired lock[1]"};
	static const char *const untils[] = {"a passes acquired mmap_lock[0]", "a/uv passes release lock[1]",
		"b passes release lock[0]", "b passes acquired mmap_lock[0]", "c passes release lock[0]",
		"c/hv passes acquired lock[1]"};
	unsigned deadlocks = 0, runs = 0;
	for (unsigned i = 0; i < 7; i++)
		for (unsigned k = 0; k < 7; k++)
			for (unsigned u = 0; u < 6; u++) {
				struct lab lab = {.points = true,
					.contexts = {{"a", 0, 1, a}, {"b", 0, 20, b}, {"c", 1, 1, c}},
					.served = {served}};
				char text[128], message[128];
				unsigned column;
				snprintf(text, sizeof(text), "%s until %s", points[i], untils[u]);
				if (hold_parse(text, &lab.holds[0], message, sizeof(message), &column) != PEF_OK)
					continue;
				snprintf(text, sizeof(text), "%s until %s", points[k], untils[(u + i) % 6]);
				if (hold_parse(text, &lab.holds[1], message, sizeof(message), &column) != PEF_OK)
					continue;
				lab.hold_count = 2;
				derive_and_run(&lab);
				runs++;
				deadlocks += lab.result.end == ENGINE_DEADLOCK;
				lab_close(&lab);
			}
	assert_true(runs > 150);
	assert_true(deadlocks < runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hold_changes_who_is_first),
		cmocka_unit_test(test_hold_keeps_a_given_length_while_others_are_derived),
		cmocka_unit_test(test_hold_names_the_nth_occurrence),
		cmocka_unit_test(test_hold_at_a_label),
		cmocka_unit_test(test_hold_across_domains),
		cmocka_unit_test(test_hold_that_is_never_reached_is_harmless),
		cmocka_unit_test(test_hold_ends_with_its_until_context),
		cmocka_unit_test(test_hold_ends_when_nothing_else_can_run),
		cmocka_unit_test(test_hold_that_is_listed_first_is_released_first),
		cmocka_unit_test(test_hold_whose_until_was_passed_takes_one_cycle),
		cmocka_unit_test(test_hold_still_on_at_a_finding_replays),
		cmocka_unit_test(test_hold_makes_a_deadlock),
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
		cmocka_unit_test(test_hold_lists_change_after_a_restore),
#endif
		cmocka_unit_test(test_hold_pairs_all_replay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
