/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_mutants.c - the catalogue of invented mutants, through the program: each
 * has a scenario, each scenario is one's, and a switch that is off is not there.
 *
 * What catches a mutant is no matter here: the score says it (pefsim mutants).
 *
 * Locking: none. Errors: cmocka's. Blocking: runs of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <dirent.h>

#include <cmocka.h>

#include "pefsim/variants.h"
#include "tests/common/program.h"

#define FOLDER "scenarios/mutants/"
#define EACH_INVENTED(m) \
	for (enum mutant m = 0; m < MUTANT_COUNT; m++) \
		if (mutant_is_invented(m))

static unsigned mutants_complain(const char *what, const char *name, const struct program_result *r)
{
	print_error("%s: %s, exit %d:\n%s\n", name, what, r->code, r->out);
	return 1;
}

static void test_names_are_all_different(void **state)
{
	(void)state;
	for (enum mutant m = 0; m < MUTANT_COUNT; m++) {
		enum mutant found;
		assert_true(mutant_parse(mutant_name(m), strlen(mutant_name(m)), &found));
		assert_int_equal(found, m);
		assert_true(mutant_owner(m) < OWNER_COUNT);
	}
}

/* Its scenario can be read with the switch, and has a parameter that chooses it. */
static void test_every_mutant_has_its_scenario(void **state)
{
	unsigned wrong = 0;

	(void)state;
	EACH_INVENTED(m)
	{
		struct program_result r =
			program_run("lint " FOLDER "%s.pef -p mutant=%s", mutant_exhibit(m), mutant_name(m));
		if (r.code)
			wrong += mutants_complain("its scenario does not know it", mutant_name(m), &r);
		program_free(&r);
	}
	assert_int_equal(wrong, 0);
}

static bool mutants_show(const char *file)
{
	EACH_INVENTED(m)
	{
		size_t len = strlen(mutant_exhibit(m));
		if (!strncmp(file, mutant_exhibit(m), len) && !strcmp(file + len, ".pef"))
			return true;
	}
	return false;
}

static void test_every_scenario_shows_a_mutant(void **state)
{
	DIR *folder = opendir(PEF_SOURCE_DIR "/" FOLDER);

	(void)state;
	assert_non_null(folder);
	for (const struct dirent *entry; (entry = readdir(folder));) {
		if (entry->d_name[0] != '.' && !mutants_show(entry->d_name))
			fail_msg("%s is no mutant's exhibit", entry->d_name);
	}
	closedir(folder);
}

/* An entry of the museum that a switch names is there. */
static void test_other_switches_are_in_the_museum(void **state)
{
	static const char *const entries[] = {
#define X(id, name, file, design, mutant, twin, class, about) name,
		PEF_MUSEUM(X)
#undef X
	};
	(void)state;
	for (enum mutant m = 0; m < MUTANT_COUNT; m++) {
		bool found = mutant_is_invented(m);
		for (unsigned i = 0; i < MUSEUM_COUNT && !found; i++)
			found = !strcmp(entries[i], mutant_exhibit(m));
		assert_true(found);
	}
}

/* With a mutant or without, both executors agree, and nothing is the program's own fault. */
static void test_every_mutant_runs_the_same_twice(void **state)
{
	unsigned wrong = 0;

	(void)state;
	EACH_INVENTED(m)
	{
		const char *name = mutant_name(m), *file = mutant_exhibit(m);
		struct program_result a =
			program_run("run --hash --steps 20000 --exec fibers " FOLDER "%s.pef -p mutant=%s", file, name);
		struct program_result b =
			program_run("run --hash --steps 20000 --exec threads " FOLDER "%s.pef --mutant %s", file, name);
		if (a.code > 1 && a.code != 5)
			wrong += mutants_complain("does not run", name, &a);
		else if (a.code != b.code || strcmp(a.out, b.out) != 0)
			wrong += mutants_complain("the executors differ", name, &b);
		program_free(&a);
		program_free(&b);
	}
	assert_int_equal(wrong, 0);
}

/* The twin is the scenario without any switch: what runs has none, and runs the same by either way of saying so. */
static void test_a_twin_has_no_switch(void **state)
{
	unsigned wrong = 0;

	(void)state;
	EACH_INVENTED(m)
	{
		const char *file = mutant_exhibit(m);
		struct program_result text = program_run("fmt --expand " FOLDER "%s.pef -p mutant=none", file);
		struct program_result a = program_run("run --hash --exec fibers " FOLDER "%s.pef -p mutant=none", file);
		struct program_result b = program_run("run --hash --exec fibers " FOLDER "%s.pef --mutant none", file);
		if (!strstr(text.out, "\n  uv doc\n") || strstr(strstr(text.out, "\n  hv "), mutant_name(m)))
			wrong += mutants_complain("the twin has a switch", file, &text);
		if (strcmp(a.out, b.out) != 0)
			wrong += mutants_complain("the twins differ", file, &b);
		program_free(&text);
		program_free(&a);
		program_free(&b);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_all_different),
		cmocka_unit_test(test_every_mutant_has_its_scenario),
		cmocka_unit_test(test_every_scenario_shows_a_mutant),
		cmocka_unit_test(test_other_switches_are_in_the_museum),
		cmocka_unit_test(test_every_mutant_runs_the_same_twice),
		cmocka_unit_test(test_a_twin_has_no_switch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
