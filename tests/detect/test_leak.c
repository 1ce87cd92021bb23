/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_leak.c - what is left at the end: each leak beside its nearest twin that is none.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/leak.h"
#include "pefsim/reuse.h"
#include "util_lab.h"

#define PFNS(guest, i) obj_make(OBJ_PFNS, guest, i)

struct node {
	uint64_t flags;
	struct node *next;
};

/* What the contexts of a try share; in the domain's arena, so it is a root. */
struct desk {
	struct node *kept;
	uintptr_t hidden; /* a pointer with its bits turned */
	bool free_it, keep_it, freed_holder;
	struct reuse *pool;
};

static struct node *desk_node(unsigned index)
{
	return heap_alloc(sizeof(struct node), PFNS(0, index));
}

/* A list of two; nobody, or the desk, keeps its head. */
static void desk_list(void *arg)
{
	struct desk *desk = arg;
	struct node *head = desk_node(0);

	head->next = desk_node(1);
	context_advance(10, CAUSE_COMPUTE);
	if (desk->keep_it)
		desk->kept = head;
	else
		desk->hidden = ~(uintptr_t)head;
	if (desk->free_it) {
		heap_free(head->next);
		heap_free(head);
	}
}

/* The only pointer goes with the object that held it. */
static void desk_holder(void *arg)
{
	struct desk *desk = arg;
	struct node *holder = heap_alloc(sizeof(*holder), obj_make(OBJ_UVMEM_SLOT, 0, 3));

	holder->next = desk_node(1);
	desk->kept = holder;
	context_advance(10, CAUSE_COMPUTE);
	if (desk->freed_holder)
		heap_free(holder);
}

static void desk_pages(void *arg)
{
	struct desk *desk = arg;

	for (unsigned guest = 0; guest < 2; guest++) {
		reuse_take(desk->pool, 5 + guest, trace_page(guest, (gfn_t){0x100}));
		reuse_hold(desk->pool, 5 + guest);
		context_advance(10, CAUSE_COMPUTE);
	}
	if (desk->free_it)
		reuse_give(desk->pool, 5);
}

static const char *desk_gone(void *arg, const struct domain *d, obj_t name)
{
	(void)d;
	return *(unsigned *)arg == obj_guest(name) ? "the VM is destroyed" : NULL;
}

/* Run @fn; who is gone: a guest's number. The finding's object names what is looked for. */
static void desk_try(struct lab *lab, enum engine_exec exec, void (*fn)(void *), const struct desk *how, unsigned gone)
{
	const struct leak_views views = {.arg = &gone, .gone = desk_gone};
	struct desk *desk;

	lab_open(lab, exec);
	desk = domain_arena_alloc(lab->d[0], sizeof(*desk));
	*desk = *how;
	desk->pool = reuse_create(lab->d[0], OBJ_DEVICE_PAGE, 100);
	lab_spawn(lab, 0, fn, desk);
	lab_run(lab);
	leaks_find(lab->engine, &views);
	lab->count = engine_findings(lab->engine, &lab->findings);
}

#define NOBODY 7u

static void try_count(void (*fn)(void *), struct desk how, unsigned gone, unsigned count)
{
	struct lab lab;

	for (unsigned exec = 0; exec < 2; exec++) {
		desk_try(&lab, exec ? ENGINE_THREADS : ENGINE_FIBERS, fn, &how, gone);
		assert_int_equal(lab.count, count);
		for (unsigned i = 0; i < count; i++)
			assert_int_equal(lab.findings[i].kind, FINDING_LEAK);
		lab_close(&lab);
	}
}

static void test_what_nothing_points_to_is_lost(void **state)
{
	(void)state;
	try_count(desk_list, (struct desk){0}, NOBODY, 2); /* two places */
	try_count(desk_list, (struct desk){.keep_it = true}, NOBODY, 0);
	try_count(desk_list, (struct desk){.free_it = true}, NOBODY, 0);
}

static void test_what_belongs_to_the_gone_is_lost(void **state)
{
	(void)state;
	try_count(desk_list, (struct desk){.keep_it = true}, 0, 2);
	try_count(desk_list, (struct desk){.keep_it = true}, 1, 0);
	try_count(desk_list, (struct desk){.keep_it = true, .free_it = true}, 0, 0);
	try_count(desk_pages, (struct desk){0}, 0, 1);
	try_count(desk_pages, (struct desk){0}, NOBODY, 0);
	try_count(desk_pages, (struct desk){.free_it = true}, 0, 0);
}

static void test_the_last_pointer_is_looked_for(void **state)
{
	struct lab lab;

	(void)state;
	try_count(desk_holder, (struct desk){0}, NOBODY, 0);
	desk_try(&lab, ENGINE_FIBERS, desk_holder, &(struct desk){.freed_holder = true}, NOBODY);
	assert_int_equal(lab.count, 1);
	assert_string_equal(lab.findings[0].object, "object pfns[1] of guest g0, 16 bytes");
	assert_int_equal(lab.findings[0].block_count, 2);
	assert_string_equal(lab.findings[0].blocks[0].heading, "allocated by d0.main at cycle 1:");
	assert_string_equal(lab.findings[0].blocks[1].heading,
		"a pointer to it was freed with uvmem_slot[3] by d0.main at cycle 11:");
	lab_close(&lab);
}

static void test_a_page_is_told_with_its_taker(void **state)
{
	struct lab lab;

	(void)state;
	desk_try(&lab, ENGINE_FIBERS, desk_pages, &(struct desk){0}, 0);
	assert_int_equal(lab.count, 1);
	assert_string_equal(lab.findings[0].object, "device_page[5] of guest g0, gfn 0x100");
	assert_string_equal(lab.findings[0].blocks[0].heading, "taken by d0.main at cycle 1:");
	assert_string_equal(lab.findings[0].blocks[1].heading, "last reference taken by d0.main at cycle 1:");
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_nothing_points_to_is_lost),
		cmocka_unit_test(test_what_belongs_to_the_gone_is_lost),
		cmocka_unit_test(test_the_last_pointer_is_looked_for),
		cmocka_unit_test(test_a_page_is_told_with_its_taker),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
