/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_race.c - each thing that orders two accesses, with it and without it.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sim_race.h"
#include "util_lab.h"

static const struct domain_ops ops_d0 = {.on_call = race_on_call_back}, ops_d1 = {.on_call = race_on_call};

/* Run one program; the caller closes. */
static void race_run(struct lab *lab, enum engine_exec exec, const struct race_program *p, bool good)
{
	struct race_shared *s;

	*lab = (struct lab){.engine = engine_create(&(struct engine_config){.exec = exec, .seed = 1})};
	assert_non_null(lab->engine);
	lab->d[0] = engine_add_domain(lab->engine, "d0", &ops_d0, NULL, 0);
	lab->d[1] = engine_add_domain(lab->engine, "d1", &ops_d1, NULL, 0);
	s = domain_arena_alloc(lab->d[0], sizeof(*s));
	race_shared_init(s);
	s->d1 = lab->d[1];
	race_foreign = domain_arena_alloc(lab->d[1], sizeof(*race_foreign));
	sim_mutex_init(race_foreign, obj_make(OBJ_UVMEM_LOCK, 0, 8));
	s->good = good;
	race_called = s;
	context_spawn(lab->d[0], "d0.first", "d0.first", p->first, s, 1);
	context_spawn(lab->d[0], "d0.second", "d0.second", p->second, s, 1);
	lab_run(lab);
}

static unsigned count_races(const struct lab *lab)
{
	unsigned count = 0;

	for (unsigned i = 0; i < lab->count; i++)
		count += lab->findings[i].kind == FINDING_DATA_RACE;
	return count;
}

static void try_programs(enum engine_exec exec)
{
	struct lab lab;

	if (!hooks_built())
		skip();
	for (unsigned i = 0; i < race_program_count; i++) {
		const struct race_program *p = &race_programs[i];

		race_run(&lab, exec, p, false);
		if (!count_races(&lab))
			fail_msg("%s: no race is told", p->name);
		lab_close(&lab);
		race_run(&lab, exec, p, true);
		if (count_races(&lab))
			fail_msg("good twin of %s: %s", p->name, lab.findings[0].title);
		assert_int_equal(lab.result.end, ENGINE_FINISHED);
		lab_close(&lab);
	}
}

static void test_programs_in_fibers(void **state)
{
	(void)state;
	try_programs(ENGINE_FIBERS);
}

static void test_programs_in_threads(void **state)
{
	(void)state;
	try_programs(ENGINE_THREADS);
}

static const struct race_program *program(const char *name)
{
	for (unsigned i = 0; i < race_program_count; i++)
		if (!strcmp(race_programs[i].name, name))
			return &race_programs[i];
	fail_msg("no program %s", name);
	return NULL;
}

static void test_a_race_names_both_places(void **state)
{
	struct lab lab;
	const struct finding *f;

	(void)state;
	if (!hooks_built())
		skip();
	race_run(&lab, ENGINE_FIBERS, program("mutex"), false);
	assert_int_equal(lab.count, 1);
	f = &lab.findings[0];
	assert_string_equal(f->title, "data-race in poke / poke");
	assert_int_equal(f->block_count, 2);
	assert_string_equal(f->blocks[0].context, "d0.second");
	assert_string_equal(f->blocks[1].context, "d0.first");
	assert_int_equal(f->held_count, 1);
	assert_true(f->noted);
	lab_close(&lab);
}

static void test_the_second_look_tells_the_missing_order(void **state)
{
	struct lab first, second;
	struct finding_access access;
	struct race_seen seen;
	struct finding f;

	(void)state;
	if (!hooks_built())
		skip();
	race_run(&first, ENGINE_FIBERS, program("mutex"), false);
	f = first.findings[0];
	access = f.earlier;
	assert_int_not_equal(access.address, 0);
	lab_close(&first);
	/* The engine is gone, and the next takes its place in the address space. */
	second = (struct lab){.engine = engine_create(&(struct engine_config){.exec = ENGINE_FIBERS, .seed = 1})};
	second.d[0] = engine_add_domain(second.engine, "d0", &ops_d0, NULL, 0);
	second.d[1] = engine_add_domain(second.engine, "d1", &ops_d1, NULL, 0);
	struct race_shared *s = domain_arena_alloc(second.d[0], sizeof(*s));
	race_shared_init(s);
	context_spawn(second.d[0], "d0.first", "d0.first", program("mutex")->first, s, 1);
	context_spawn(second.d[0], "d0.second", "d0.second", program("mutex")->second, s, 1);
	race_watch(second.engine, &access, 1);
	lab_run(&second);
	race_watched(second.engine, 0, &seen);
	assert_true(seen.seen);
	assert_string_equal(seen.context, "d0.first");
	assert_int_equal(seen.held_count, 1);
	finding_add_earlier(second.engine, &f, &seen);
	assert_int_equal(f.line_count, 3);
	assert_non_null(strstr(f.lines[0], "held by d0.first then: "));
	assert_non_null(strstr(f.lines[1], "not ordered by: "));
	assert_non_null(strstr(f.lines[2], "not ordered by: "));
	lab_close(&second);
}

static void test_nothing_is_told_when_races_are_not_looked_for(void **state)
{
	struct lab lab;
	struct race_shared *s;

	(void)state;
	lab = (struct lab){.engine = engine_create(&(struct engine_config){
				   .exec = ENGINE_FIBERS, .seed = 1, .checks_off = 1u << ENGINE_CHECK_RACES})};
	lab.d[0] = engine_add_domain(lab.engine, "d0", &ops_d0, NULL, 0);
	s = domain_arena_alloc(lab.d[0], sizeof(*s));
	race_shared_init(s);
	context_spawn(lab.d[0], "d0.first", "d0.first", program("nothing")->first, s, 1);
	context_spawn(lab.d[0], "d0.second", "d0.second", program("nothing")->second, s, 1);
	lab_run(&lab);
	assert_int_equal(lab.count, 0);
	lab_close(&lab);
}

static void test_reads_of_what_nobody_wrote(void **state)
{
	struct lab lab;

	(void)state;
	if (!hooks_built())
		skip();
	lab_try(&lab, ENGINE_FIBERS, race_read_unwritten, NULL);
	assert_int_equal(lab.count, 1);
	assert_string_equal(lab.findings[0].title, "uninitialised-read in look / race_read_unwritten");
	lab_close(&lab);
	lab_try(&lab, ENGINE_FIBERS, race_read_half_written, NULL);
	assert_int_equal(lab.count, 1);
	assert_non_null(strstr(lab.findings[0].lines[0], "4 of the bytes"));
	lab_close(&lab);
	lab_try(&lab, ENGINE_FIBERS, race_read_written, NULL);
	assert_int_equal(lab.count, 0);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs_in_fibers),
		cmocka_unit_test(test_programs_in_threads),
		cmocka_unit_test(test_a_race_names_both_places),
		cmocka_unit_test(test_the_second_look_tells_the_missing_order),
		cmocka_unit_test(test_reads_of_what_nobody_wrote),
		cmocka_unit_test(test_nothing_is_told_when_races_are_not_looked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
