/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reuse.c - a number of a pool that is used for what it was: each stale one beside its nearest twin.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/reuse.h"
#include "util_lab.h"

#define NUMBER 5u
#define KEPT "a test's entry"

/* What one holder of a number does between writing it down and using it. */
struct desk {
	bool give, take_again, reload, forget, by_page;
	uint64_t next_page; /* whose it is the second time */
	struct reuse *pool;
};

static uint64_t desk_page(uint64_t gfn)
{
	return trace_page(0, (gfn_t){gfn});
}

static void desk_run(void *arg)
{
	struct desk *desk = arg;
	uint64_t page = desk_page(0x100);

	reuse_take(desk->pool, NUMBER, page);
	uint32_t generation = reuse_generation(desk->pool, NUMBER);
	context_advance(10, CAUSE_COMPUTE);
	if (desk->give)
		reuse_give(desk->pool, NUMBER);
	if (desk->take_again)
		reuse_take(desk->pool, NUMBER, desk->next_page);
	context_advance(10, CAUSE_COMPUTE);
	if (desk->reload)
		generation = reuse_generation(desk->pool, NUMBER);
	if (desk->by_page)
		reuse_check_page(desk->pool, NUMBER, page, KEPT);
	else
		reuse_check(desk->pool, NUMBER, desk->forget ? 0 : generation, page, KEPT);
}

static void desk_try(struct lab *lab, enum engine_exec exec, const struct desk *how)
{
	struct desk *desk;

	lab_open(lab, exec);
	desk = domain_arena_alloc(lab->d[0], sizeof(*desk));
	*desk = *how;
	desk->pool = reuse_create(lab->d[0], OBJ_NORMAL_FRAME, 100);
	lab_spawn(lab, 0, desk_run, desk);
	lab_run(lab);
}

static void try_count(struct desk how, unsigned count)
{
	struct lab lab;

	for (unsigned exec = 0; exec < 2; exec++) {
		desk_try(&lab, exec ? ENGINE_THREADS : ENGINE_FIBERS, &how);
		assert_int_equal(lab.count, count);
		for (unsigned i = 0; i < count; i++)
			assert_int_equal(lab.findings[i].kind, FINDING_STALE_FRAME);
		lab_close(&lab);
	}
}

static void test_another_use_is_stale(void **state)
{
	uint64_t other = desk_page(0x200), same = desk_page(0x100);

	(void)state;
	try_count((struct desk){0}, 0);
	try_count((struct desk){.give = true}, 1);
	try_count((struct desk){.give = true, .take_again = true, .next_page = other}, 1);
	/* The same page got the same frame a second time: the entry is of before, all the same. */
	try_count((struct desk){.give = true, .take_again = true, .next_page = same}, 1);
	try_count((struct desk){.give = true, .take_again = true, .next_page = other, .reload = true}, 0);
	try_count((struct desk){.give = true, .take_again = true, .next_page = other, .forget = true}, 0);
}

/* Where there is room for the number only, the page says what it was. */
static void test_another_page_is_stale(void **state)
{
	uint64_t other = desk_page(0x200), same = desk_page(0x100);

	(void)state;
	try_count((struct desk){.by_page = true}, 0);
	try_count((struct desk){.by_page = true, .give = true, .take_again = true, .next_page = other}, 1);
	try_count((struct desk){.by_page = true, .give = true, .take_again = true, .next_page = same}, 0);
	try_count((struct desk){.by_page = true, .give = true, .take_again = true, .next_page = PEF_NEVER}, 0);
}

static void test_all_its_lives_are_told(void **state)
{
	const struct desk how = {.give = true, .take_again = true, .next_page = desk_page(0x200)};
	struct lab lab;

	(void)state;
	desk_try(&lab, ENGINE_FIBERS, &how);
	assert_int_equal(lab.count, 1);
	const struct finding *f = &lab.findings[0];
	assert_string_equal(f->title, "stale-frame used through " KEPT);
	assert_string_equal(f->object, "object frame[5], use 2 of it");
	assert_int_equal(f->block_count, 4);
	assert_string_equal(f->blocks[0].heading, "frame[5] is used through " KEPT " at cycle 21:");
	assert_string_equal(f->blocks[1].heading, "given back by d0.main at cycle 11:");
	assert_string_equal(f->blocks[2].heading, "taken again by d0.main at cycle 11:");
	assert_string_equal(f->blocks[3].heading, "taken before by d0.main at cycle 1:");
	assert_string_equal(f->lines[0], "there it stands for gfn 0x100 of guest g0; now it is gfn 0x200 of guest g0");
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_use_is_stale),
		cmocka_unit_test(test_another_page_is_stale),
		cmocka_unit_test(test_all_its_lives_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
