/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_direct.c - a directed run is a timed run with holds.
 *
 * Random programs are directed by a strategy that holds and lets go at random;
 * the list of holds that comes out, applied to a timed run in either executor,
 * gives the same trace. So do the words of that list without their cycles, and
 * so does a run from a restored snapshot.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/director.h"
#include "util_lab.h"

#if defined(PEF_ASAN) || defined(PEF_TSAN)
#define PROGRAMS 6u
#else
#define PROGRAMS 40u
#endif
#define SCHEDULES 25u /* each */
#define HOLDS_MAX 512u

static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* ---- a program by chance ------------------------------------------------------------ */

#define STEPS_MAX 40u

struct program {
	struct lab lab;
	struct lab_step steps[4][STEPS_MAX];
	struct lab_step served[2][STEPS_MAX];
	struct hold holds[HOLDS_MAX];
};

static void add(struct lab_step *steps, unsigned *count, enum lab_op op, uint64_t n)
{
	if (*count < STEPS_MAX - 1)
		steps[(*count)++] = (struct lab_step){.op = op, .n = n};
}

static void section(struct lab_step *steps, unsigned *count, uint64_t *random, unsigned depth, bool calls);

static void body(struct lab_step *steps, unsigned *count, uint64_t *random, unsigned depth, bool calls)
{
	for (unsigned i = 0; i < 1 + next(random) % 2 && *count + 12 < STEPS_MAX; i++)
		section(steps, count, random, depth, calls);
}

static void section(struct lab_step *steps, unsigned *count, uint64_t *random, unsigned depth, bool calls)
{
	static const enum lab_op ends[][2] = {{MUTEX_LOCK, MUTEX_UNLOCK}, {READ_LOCK, READ_UNLOCK},
		{WRITE_LOCK, WRITE_UNLOCK}, {SRCU_LOCK, SRCU_UNLOCK}, {PAGE_LOCK, PAGE_UNLOCK}};
	uint64_t n = next(random) % 2, which = next(random) % 8;
	if (depth == 0 || which == 5) {
		add(steps, count, WORK, 1 + next(random) % 60);
		return;
	}
	if (which == 6 && calls) {
		add(steps, count, CALL, n);
		return;
	}
	if (which >= 6) {
		add(steps, count, which == 6 ? SRCU_SYNC : COMPLETE, n);
		return;
	}
	add(steps, count, ends[which][0], n);
	body(steps, count, random, depth - 1, calls);
	add(steps, count, ends[which][1], n);
}

static void program_make(struct program *p, uint64_t seed)
{
	static const char *const names[4] = {"a", "b", "c", "d"};
	uint64_t random = seed;
	unsigned contexts = 2 + (unsigned)(next(&random) % 3);
	memset(p, 0, sizeof(*p));
	p->lab.points = seed & 1;
	for (unsigned i = 0; i < contexts; i++) {
		unsigned count = 0;
		body(p->steps[i], &count, &random, 3, true);
		add(p->steps[i], &count, next(&random) % 8 == 0 ? COMPLETION_WAIT : WORK, 1);
		p->lab.contexts[i] = (struct lab_context){names[i], i & 1, 1 + next(&random) % 200, p->steps[i]};
	}
	for (unsigned i = 0; i < 2; i++) {
		unsigned count = 0;
		body(p->served[i], &count, &random, 2, false);
		p->lab.served[i] = p->served[i];
	}
}

/* ---- a strategy by chance ----------------------------------------------------------- */

struct chance {
	uint64_t random;
	unsigned percent; /* of points at which somebody is held */
};

static void let_go(struct chance *c, struct director *d)
{
	unsigned count;
	const uint32_t *held = director_held(d, &count);
	if (count)
		director_release(d, held[next(&c->random) % count]);
}

static bool chance_point(void *arg, struct director *d, unsigned self)
{
	struct chance *c = arg;
	assert_int_equal(director_state(d, self), DIRECTOR_READY);
	if (next(&c->random) % 100 < c->percent / 2)
		let_go(c, d);
	return next(&c->random) % 100 >= c->percent;
}

static void chance_idle(void *arg, struct director *d)
{
	struct chance *c = arg;
	unsigned count;
	director_held(d, &count);
	assert_true(count > 0);
	assert_false(director_others_ready(d, DIRECTOR_NOBODY));
	let_go(c, d);
}

static const struct director_ops chance_ops = {.point = chance_point, .idle = chance_idle};

/* ---- the same run again ---------------------------------------------------------------- */

static void replay(struct program *p, enum engine_exec exec, unsigned count, bool derive)
{
	p->lab.exec = exec;
	lab_open(&p->lab);
	engine_set_holds(p->lab.engine, p->holds, count, derive);
	lab_go(&p->lab);
}

static void same(const struct lab *a, const struct lab *b, const char *what, uint64_t seed)
{
	if (a->hash != b->hash || a->result.steps != b->result.steps || a->result.end != b->result.end ||
		a->result.key.cycle != b->result.key.cycle)
		fail_msg("program %llu: %s differs", (unsigned long long)seed, what);
}

struct tally {
	unsigned runs, held, deadlocks, stuck;
};

static void direct_once(struct program *p, uint64_t seed, struct tally *tally)
{
	struct chance chance = {.random = seed, .percent = (unsigned)(seed * 13 % 90)};
	p->lab.exec = ENGINE_FIBERS;
	lab_open(&p->lab);
	struct director *d = engine_direct(p->lab.engine, &chance_ops, &chance);
	lab_go(&p->lab);
	struct lab directed = p->lab;
	unsigned count = director_holds(d, p->holds, HOLDS_MAX);
	assert_true(director_hold_count(d) < HOLDS_MAX);
	for (unsigned i = 0; i < count; i++)
		assert_true(p->holds[i].cycles > 0);
	tally->runs++;
	tally->held += count;
	tally->deadlocks += directed.result.end == ENGINE_DEADLOCK;
	tally->stuck += directed.result.end == ENGINE_STUCK;
	replay(p, ENGINE_THREADS, count, false);
	same(&directed, &p->lab, "the run with threads", seed);
	replay(p, ENGINE_FIBERS, count, false);
	same(&directed, &p->lab, "the run with fibers", seed);
	for (unsigned i = 0; i < count; i++) {
		assert_true(p->holds[i].reached);
		p->holds[i].cycles = 0;
	}
	replay(p, ENGINE_FIBERS, count, true);
	same(&directed, &p->lab, "the run of the words alone", seed);
}

static void test_direct_is_a_timed_run_with_holds(void **state)
{
	struct program *p = malloc(sizeof(*p));
	struct tally tally = {0};
	(void)state;
	for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
		program_make(p, seed);
		for (uint64_t i = 0; i < SCHEDULES; i++)
			direct_once(p, seed * 1000 + i, &tally);
		lab_close(&p->lab);
	}
	free(p);
	print_message(
		"%u runs, %u holds, %u deadlocks, %u stuck\n", tally.runs, tally.held, tally.deadlocks, tally.stuck);
	assert_true(tally.held > 4 * tally.runs);
	assert_true(tally.deadlocks > 20 && tally.stuck > 20);
}

/* ---- the natural order ----------------------------------------------------------------- */

static bool natural_point(void *arg, struct director *d, unsigned self)
{
	unsigned *points = arg;
	assert_int_equal(director_point(d, self)->actor, self);
	++*points;
	return true;
}

static void test_direct_the_natural_order_has_no_holds(void **state)
{
	static const struct director_ops ops = {.point = natural_point};
	struct program *p = malloc(sizeof(*p));
	(void)state;
	for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
		unsigned points = 0;
		size_t steps;
		program_make(p, seed);
		replay(p, ENGINE_FIBERS, 0, false);
		uint64_t hash = p->lab.hash;
		lab_open(&p->lab);
		struct director *d = engine_direct(p->lab.engine, &ops, &points);
		lab_go(&p->lab);
		assert_int_equal(hash, p->lab.hash);
		assert_int_equal(director_hold_count(d), 0);
		director_steps(d, &steps);
		assert_int_equal(steps, points);
		assert_true(points >= 2);
		lab_close(&p->lab);
	}
	free(p);
}

/* ---- words ------------------------------------------------------------------------------ */

/* Hold a at its first point until b has passed its second. */
static bool second_point(void *arg, struct director *d, unsigned self)
{
	unsigned *passed = arg, count;
	if (!strcmp(director_name(d, self), "b") && ++*passed == 2) {
		const uint32_t *held = director_held(d, &count);
		assert_int_equal(count, 1);
		director_release(d, held[0]);
	}
	return strcmp(director_name(d, self), "a") != 0 || *passed >= 2;
}

static void test_direct_tells_who_was_held_until_what(void **state)
{
	static const struct lab_step once[] = {DO(MUTEX_LOCK), ON(WORK, 100), DO(MUTEX_UNLOCK), END};
	static const struct director_ops ops = {.point = second_point};
	struct lab lab = {.exec = ENGINE_FIBERS, .contexts = {{"a", 0, 1, once}, {"b", 0, 500, once}}};
	unsigned passed = 0;
	struct hold holds[2];
	char text[200];
	(void)state;
	lab_open(&lab);
	struct director *d = engine_direct(lab.engine, &ops, &passed);
	lab_go(&lab);
	assert_int_equal(director_holds(d, holds, 2), 1);
	assert_string_equal(hold_print(&holds[0], text, sizeof(text)),
		"a at start context until b passes acquire g0.lock[0] cycles 500");
	lab_close(&lab);
}

static void test_choice_is_read_as_it_is_printed(void **state)
{
	static const char *const good[] = {
		"maybe 1 #3 takes 1", "choose 2 #1 takes 4", "maybe 7 #1 takes 0", "maybe 1 #3 takes 1 side 1"};
	static const char *const bad[] = {"", "maybe", "maybe 0 #1 takes 1", "maybe 1 #0 takes 1",
		"perhaps 1 #1 takes 1", "maybe 1 #1 takes", "maybe 1 #1 takes 1 2", "choose 1 #1 takes 0",
		"choose 1 #1 takes 1 side 1", "maybe 1 #1 takes 1 side"};
	struct run_choice choice;
	char text[80];
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(choice_parse(good[i], &choice));
		assert_string_equal(choice_print(&choice, text, sizeof(text)), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(choice_parse(bad[i], &choice));
}

/* ---- snapshots --------------------------------------------------------------------------- */

#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
/* A restored run that is directed the same way is the same run. */
static void test_direct_from_a_snapshot(void **state)
{
	struct program *p = malloc(sizeof(*p));
	uint64_t hashes[SCHEDULES];
	(void)state;
	for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
		program_make(p, seed);
		p->lab.exec = ENGINE_FIBERS;
		for (uint64_t i = 0; i < SCHEDULES; i++) {
			struct chance chance = {.random = i, .percent = 40};
			lab_open(&p->lab);
			engine_direct(p->lab.engine, &chance_ops, &chance);
			lab_go(&p->lab);
			hashes[i] = p->lab.hash;
		}
		lab_open(&p->lab);
		assert_int_equal(engine_snapshot(p->lab.engine), PEF_OK);
		for (uint64_t k = 0; k < 2 * SCHEDULES; k++) {
			uint64_t i = k * 7 % SCHEDULES;
			struct chance chance = {.random = i, .percent = 40};
			engine_direct(p->lab.engine, &chance_ops, &chance);
			lab_go(&p->lab);
			assert_int_equal(p->lab.hash, hashes[i]);
			engine_restore(p->lab.engine);
		}
		lab_close(&p->lab);
	}
	free(p);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct_is_a_timed_run_with_holds),
		cmocka_unit_test(test_direct_the_natural_order_has_no_holds),
		cmocka_unit_test(test_direct_tells_who_was_held_until_what),
		cmocka_unit_test(test_choice_is_read_as_it_is_printed),
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
		cmocka_unit_test(test_direct_from_a_snapshot),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
