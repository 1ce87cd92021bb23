/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_kinds.c - every kind of finding has a case that shows it and a twin that does not.
 *
 * The list of kinds is the program's own (PEF_FINDING_KINDS): a kind without a
 * pair fails here. What is near the code is told by code with a known mistake, what
 * needs locks by a cell's program of the matrix, and what needs a protocol by a
 * scenario, in both executors, whose reports are the same.
 *
 * Locking: none. Errors: failed tests. Blocking: runs of the program.
 */
#include "util_matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_race.h"
#include "sim_victim.h"
#include "tests/common/program.h"
#include "util_lab.h"

/* A pair of one of three sorts, or the test that has it. */
struct pair {
	enum finding_kind kind;
	bool needs_hooks;
	void (*bad)(void *), (*twin)(void *);
	const struct matrix_program *bad_locks, *twin_locks;
	enum matrix_verdict verdict;
	const char *bad_run, *twin_run;
	const char *told; /* the report's first line has it */
	const char *file, *test;
};

#define A PLACE_A
#define B PLACE_B
#define O PLACE_O

/* clang-format off */
static const struct matrix_program
	taken_twice = {{{{MX_TAKE, A}, {MX_TAKE, A}}}, {1}},
	taken_once = {{{{MX_TAKE, A}, {MX_GIVE, A}, {MX_TAKE, A}, {MX_GIVE, A}}}, {1}},
	two_orders = {{{{MX_TAKE, A}, {MX_TAKE, B}, {MX_GIVE, B}, {MX_GIVE, A}},
		{{MX_TAKE, B}, {MX_TAKE, A}, {MX_GIVE, A}, {MX_GIVE, B}}}, {1, 50}},
	one_order = {{{{MX_TAKE, A}, {MX_TAKE, B}, {MX_GIVE, B}, {MX_GIVE, A}},
		{{MX_TAKE, A}, {MX_TAKE, B}, {MX_GIVE, B}, {MX_GIVE, A}}}, {1, 50}},
	not_taken = {{{{MX_GIVE, A}}}, {1}},
	taken = {{{{MX_TAKE, A}, {MX_GIVE, A}}}, {1}},
	never_completed = {{{{MX_WAIT, O}}}, {1}},
	completed = {{{{MX_WAIT, O}}, {{MX_COMPLETE, O}}}, {1, 50}},
	woken_before = {{{{MX_SLEEP, O}}, {{MX_WAKE, O}}}, {50, 1}},
	woken = {{{{MX_SLEEP, O}}, {{MX_WAKE, O}}}, {1, 50}},
	waits_for_itself = {{{{MX_TAKE, A}, {MX_RIVAL, A}, {MX_GIVE, A}}}, {1}},
	waits_afterwards = {{{{MX_TAKE, A}, {MX_GIVE, A}, {MX_RIVAL, A}}}, {1}};
/* clang-format on */

#define MUSEUM "scenarios/museum/"
static const struct pair pairs[] = {
	{.kind = FINDING_USE_AFTER_FREE, .needs_hooks = true, .bad = victim_read_freed, .twin = victim_read_live},
	{.kind = FINDING_DOUBLE_FREE, .bad = victim_free_twice, .twin = victim_free_two},
	{.kind = FINDING_INVALID_FREE, .bad = victim_free_middle, .twin = victim_free_null},
	{.kind = FINDING_OUT_OF_BOUNDS, .needs_hooks = true, .bad = victim_red_zone, .twin = victim_last_word},
	{.kind = FINDING_MODEL, .needs_hooks = true, .bad = victim_read_null, .twin = victim_read_live},
	{.kind = FINDING_UNINIT_READ, .needs_hooks = true, .bad = race_read_unwritten, .twin = race_read_written},
	{.kind = FINDING_DEADLOCK, .bad_locks = &taken_twice, .twin_locks = &taken_once, .verdict = VERDICT_DEADLOCK},
	{.kind = FINDING_STUCK, .bad_locks = &never_completed, .twin_locks = &completed, .verdict = VERDICT_STUCK},
	{.kind = FINDING_LOCK_MISUSE, .bad_locks = &not_taken, .twin_locks = &taken, .verdict = VERDICT_MISUSE},
	{.kind = FINDING_LOCK_ORDER, .bad_locks = &two_orders, .twin_locks = &one_order, .verdict = VERDICT_PREDICTED},
	{.kind = FINDING_LOST_WAKEUP, .bad_locks = &woken_before, .twin_locks = &woken, .verdict = VERDICT_LOST},
	{.kind = FINDING_GRACE_PERIOD,
		.bad_locks = &waits_for_itself,
		.twin_locks = &waits_afterwards,
		.verdict = VERDICT_GRACE},
	{.kind = FINDING_DATA_RACE,
		.needs_hooks = true,
		.bad_run = MUSEUM "M7-ksm-read-lock.pef -p bug=yes",
		.twin_run = MUSEUM "M7-ksm-read-lock.pef -p bug=no",
		.told = "pefsim: data-race in "},
	{.kind = FINDING_INVARIANT,
		.bad_run = MUSEUM "M25-page-in-failure.pef -p bug=yes",
		.twin_run = MUSEUM "M25-page-in-failure.pef -p bug=no",
		.told = "I12-migration: a mark is left without a device page by H_SVM_PAGE_IN"},
	{.kind = FINDING_RESULT,
		.bad_run = MUSEUM "M9-svm-off-running.pef -p bug=yes",
		.twin_run = MUSEUM "M9-svm-off-running.pef -p bug=no",
		.told = "result of read by vcpu0"},
	{.kind = FINDING_STALE_FRAME,
		.bad_run = MUSEUM "M8-inval-order.pef -p bug=yes",
		.twin_run = MUSEUM "M8-inval-order.pef -p bug=no",
		.told = "stale-frame used through what the ultravisor was told"},
	{.kind = FINDING_LEAK,
		.bad_run = "scenarios/protocol/10-destroy.pef --design uvmem-lock",
		.twin_run = "scenarios/protocol/10-destroy.pef --design srcu-lookup",
		.told = "pefsim: leak in "},
	{.kind = FINDING_LIVELOCK, .file = "tests/cli/test_progress.c", .test = "test_a_circle_is_a_livelock"},
	{.kind = FINDING_NO_RETURN,
		.file = "tests/cli/test_progress.c",
		.test = "test_an_operation_that_goes_on_alone_is_told"},
	{.kind = FINDING_DOMAIN_BREACH,
		.file = "tests/detect/test_access.c",
		.test = "test_access_of_another_domain_is_a_breach"},
	{.kind = FINDING_ATOMICITY, .file = "tests/detect/test_atomicity.c", .test = "test_programs_in_fibers"},
};

static unsigned code_count(enum engine_exec exec, void (*fn)(void *), enum finding_kind kind)
{
	struct lab lab;
	unsigned count = 0;

	lab_try(&lab, exec, fn, NULL);
	for (unsigned i = 0; i < lab.count; i++)
		count += lab.findings[i].kind == kind;
	lab_close(&lab);
	return count;
}

static void try_code(const struct pair *p)
{
	for (unsigned exec = 0; exec < 2; exec++) {
		enum engine_exec how = exec ? ENGINE_THREADS : ENGINE_FIBERS;

		assert_int_equal(code_count(how, p->bad, p->kind), 1);
		assert_int_equal(code_count(how, p->twin, p->kind), 0);
	}
}

static void try_locks(const struct pair *p)
{
	for (unsigned exec = 0; exec < 2; exec++) {
		enum engine_exec how = exec ? ENGINE_THREADS : ENGINE_FIBERS;
		enum matrix_kind kind = p->kind == FINDING_GRACE_PERIOD ? KIND_SRCU : KIND_MUTEX;

		assert_int_equal(matrix_run(p->bad_locks, how, KIND_NONE, kind, kind), p->verdict);
		assert_int_equal(matrix_run(p->twin_locks, how, KIND_NONE, kind, kind), VERDICT_FINE);
	}
}

static void try_run(const struct pair *p)
{
	struct program_result bad = program_run("run -q --exec fibers %s", p->bad_run);
	struct program_result again = program_run("run -q --exec threads %s", p->bad_run);
	struct program_result twin = program_run("run -q --exec fibers %s", p->twin_run);

	assert_int_equal(bad.code, 1);
	if (!strstr(bad.out, p->told) || strstr(twin.out, p->told))
		fail_msg("%s:\n%s\n%s:\n%s", p->bad_run, bad.out, p->twin_run, twin.out);
	assert_string_equal(bad.out, again.out);
	program_free(&bad);
	program_free(&again);
	program_free(&twin);
}

/* The test is there, and it is run. */
static void try_other(const struct pair *p)
{
	char path[512], line[256], want[160];
	bool found = false;

	snprintf(path, sizeof(path), "%s/%s", PEF_SOURCE_DIR, p->file);
	snprintf(want, sizeof(want), "cmocka_unit_test(%s)", p->test);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		found |= strstr(line, want) != NULL;
	fclose(f);
	if (!found)
		fail_msg("%s does not run %s", p->file, p->test);
}

static void try_pair(const struct pair *p)
{
	if (p->needs_hooks && !hooks_built())
		return;
	if (p->bad)
		try_code(p);
	else if (p->bad_locks)
		try_locks(p);
	else if (p->bad_run)
		try_run(p);
	else
		try_other(p);
}

static void test_every_kind_has_a_case_and_a_twin(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < FINDING_KIND_COUNT; kind++) {
		unsigned count = 0;

		for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
			if (pairs[i].kind != (enum finding_kind)kind)
				continue;
			count++;
			try_pair(&pairs[i]);
		}
		if (!count)
			fail_msg("no pair for %s", finding_kind_name((enum finding_kind)kind));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_has_a_case_and_a_twin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
