/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_memslot.c - looking slots up, and observers of the published table.
 *
 * Locking: none. Errors: none. Blocking: joins threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "pefsim/machine.h"

#define SLOTS 4u
#define PUBLICATIONS 300u
#define LOOKS 100u /* of each observer, while tables are published */

static struct memslots *table_create(void)
{
	struct memslots *table = calloc(1, sizeof(*table) + SLOTS * sizeof(table->slots[0]));
	table->count = SLOTS;
	for (uint32_t i = 0; i < SLOTS; i++)
		table->slots[i] = (struct memslot){.id = 2 * i, .base = {100 * i}, .pages = 10};
	return table;
}

static void test_memslots_find_gfn_finds_the_slot_around_it(void **state)
{
	(void)state;
	struct memslots *table = table_create();
	assert_ptr_equal(memslots_find_gfn(table, (gfn_t){0}), &table->slots[0]);
	assert_ptr_equal(memslots_find_gfn(table, (gfn_t){109}), &table->slots[1]);
	assert_null(memslots_find_gfn(table, (gfn_t){110}));
	assert_null(memslots_find_gfn(table, (gfn_t){99}));
	table->slots[1].invalid = true;
	assert_ptr_equal(memslots_find_gfn(table, (gfn_t){100}), &table->slots[1]);
	/* The last gfn there is: no sum may wrap. */
	table->slots[3].base.n = UINT64_MAX - 9;
	assert_ptr_equal(memslots_find_gfn(table, (gfn_t){UINT64_MAX}), &table->slots[3]);
	free(table);
}

static void test_memslots_find_id_finds_that_id(void **state)
{
	(void)state;
	struct memslots *table = table_create();
	assert_ptr_equal(memslots_find_id(table, 4), &table->slots[2]);
	assert_null(memslots_find_id(table, 3));
	table->count = 0;
	assert_null(memslots_find_id(table, 4));
	free(table);
}

/* ---- observers --------------------------------------------------------------------- */

struct look {
	bool called;
	bool empty;
	uint64_t generation;
	bool torn; /* slots of different publications in one table */
};

static void look_at(const struct memslots *slots, void *arg)
{
	struct look *look = arg;
	look->called = true;
	look->empty = !slots;
	if (!slots)
		return;
	look->generation = slots->generation;
	for (uint32_t i = 0; i < slots->count; i++)
		if (slots->slots[i].flags != (uint32_t)slots->generation)
			look->torn = true;
}

static void table_stamp(struct memslots *table, uint64_t generation)
{
	table->generation = generation;
	for (uint32_t i = 0; i < table->count; i++)
		table->slots[i].flags = (uint32_t)generation;
}

static void test_memslot_observe_sees_the_last_publication(void **state)
{
	(void)state;
	struct look look = {0};
	struct memslots *table = table_create();
	struct memslot_publisher *p = memslot_publisher_create();
	memslot_observe(p, look_at, &look);
	assert_true(look.called && look.empty);
	table_stamp(table, 1);
	memslot_publish(p, table);
	/* The copy does not follow the original. */
	table_stamp(table, 2);
	memslot_observe(p, look_at, &look);
	assert_false(look.empty);
	assert_int_equal(look.generation, 1);
	memslot_publish(p, table);
	memslot_observe(p, look_at, &look);
	assert_int_equal(look.generation, 2);
	assert_false(look.torn);
	memslot_publisher_destroy(p);
	memslot_publisher_destroy(NULL);
	free(table);
}

struct nest {
	struct memslot_publisher *p;
	struct look inner;
};

static void look_again(const struct memslots *slots, void *arg)
{
	struct nest *nest = arg;
	(void)slots;
	memslot_observe(nest->p, look_at, &nest->inner);
}

static void test_memslot_observe_may_be_nested(void **state)
{
	(void)state;
	struct nest nest = {.p = memslot_publisher_create()};
	memslot_observe(nest.p, look_again, &nest);
	assert_true(nest.inner.called);
	memslot_observe(nest.p, look_again, &nest);
	memslot_publisher_destroy(nest.p);
}

struct observer {
	struct memslot_publisher *p;
	bool stop; /* atomic */
	unsigned looks; /* atomic */
	bool went_back, torn;
};

static void *observer_main(void *arg)
{
	struct observer *o = arg;
	uint64_t last = 0;
	while (!__atomic_load_n(&o->stop, __ATOMIC_ACQUIRE)) {
		struct look look = {0};
		memslot_observe(o->p, look_at, &look);
		__atomic_fetch_add(&o->looks, 1, __ATOMIC_RELAXED);
		o->torn |= look.torn;
		o->went_back |= look.generation < last;
		last = look.generation;
	}
	return NULL;
}

static bool observers_are_busy(const struct observer *o)
{
	return __atomic_load_n(&o[0].looks, __ATOMIC_RELAXED) > LOOKS &&
	       __atomic_load_n(&o[1].looks, __ATOMIC_RELAXED) > LOOKS;
}

static void test_memslot_observe_from_other_threads_while_publishing(void **state)
{
	struct observer observers[2] = {0};
	pthread_t threads[2];
	(void)state;
	struct memslots *table = table_create();
	struct memslot_publisher *p = memslot_publisher_create();
	for (unsigned i = 0; i < 2; i++) {
		observers[i].p = p;
		assert_int_equal(pthread_create(&threads[i], NULL, observer_main, &observers[i]), 0);
	}
	for (uint64_t generation = 1; generation <= PUBLICATIONS || !observers_are_busy(observers); generation++) {
		table_stamp(table, generation);
		memslot_publish(p, table);
	}
	for (unsigned i = 0; i < 2; i++)
		__atomic_store_n(&observers[i].stop, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(observers[i].torn);
		assert_false(observers[i].went_back);
	}
	memslot_publisher_destroy(p);
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memslots_find_gfn_finds_the_slot_around_it),
		cmocka_unit_test(test_memslots_find_id_finds_that_id),
		cmocka_unit_test(test_memslot_observe_sees_the_last_publication),
		cmocka_unit_test(test_memslot_observe_may_be_nested),
		cmocka_unit_test(test_memslot_observe_from_other_threads_while_publishing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
