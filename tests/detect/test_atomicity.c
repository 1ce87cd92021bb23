/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_atomicity.c - old readings that are relied upon, and their twins.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sim_atomicity.h"
#include "util_lab.h"

static void atom_run(struct lab *lab, enum engine_exec exec, const struct atom_program *p, bool good, bool asked)
{
	struct atom_shared *s;

	lab_open_as(lab, &(struct engine_config){.exec = exec, .seed = 1, .atomicity = asked});
	s = domain_arena_alloc(lab->d[0], sizeof(*s));
	atom_shared_init(s);
	s->good = good;
	context_spawn(lab->d[0], "d0.reader", "d0.reader", p->reader, s, 1);
	context_spawn(lab->d[0], "d0.other", "d0.other", p->other, s, 1);
	lab_run(lab);
	assert_int_equal(lab->result.end, ENGINE_FINISHED);
}

static void try_programs(enum engine_exec exec)
{
	struct lab lab;

	if (!hooks_built())
		skip();
	for (unsigned i = 0; i < atom_program_count; i++) {
		const struct atom_program *p = &atom_programs[i];

		atom_run(&lab, exec, p, false, true);
		if (lab.count != 1 || lab.findings[0].kind != FINDING_ATOMICITY)
			fail_msg("%s: %u findings", p->name, lab.count);
		lab_close(&lab);
		atom_run(&lab, exec, p, true, true);
		if (lab.count)
			fail_msg("good twin of %s: %s", p->name, lab.findings[0].title);
		lab_close(&lab);
		atom_run(&lab, exec, p, false, false);
		assert_int_equal(lab.count, 0);
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

static void test_three_places_are_told(void **state)
{
	struct lab lab;
	const struct finding *f;

	(void)state;
	if (!hooks_built())
		skip();
	atom_run(&lab, ENGINE_FIBERS, &atom_programs[0], false, true);
	f = &lab.findings[0];
	assert_string_equal(f->title, "atomicity in atom_put / atom_look");
	assert_int_equal(f->severity, SEVERITY_POSSIBLE);
	assert_int_equal(f->block_count, 3);
	assert_string_equal(f->blocks[0].context, "d0.reader");
	assert_string_equal(f->blocks[1].context, "d0.reader");
	assert_non_null(strstr(f->blocks[1].heading, "read by d0.reader at cycle "));
	assert_string_equal(f->blocks[2].context, "d0.other");
	assert_non_null(strstr(f->blocks[2].heading, "changed in between by d0.other at cycle "));
	assert_int_equal(f->held_count, 1);
	assert_non_null(strstr(f->lines[0], "read in the section of "));
	assert_true(f->noted);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs_in_fibers),
		cmocka_unit_test(test_programs_in_threads),
		cmocka_unit_test(test_three_places_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
