/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_devpool.c - the device-page pool against a plain array of flags.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "pefsim/machine.h"
#include "tests/machine/util_stop.h"

static struct engine *engine;
static struct domain *domain;
static struct devpool pool;

static int setup(void **state)
{
	const struct engine_config config = {.exec = ENGINE_FIBERS, .trace_max = 1};
	static const struct domain_ops ops;
	(void)state;
	engine = engine_create(&config);
	domain = engine_add_domain(engine, "hv", &ops, NULL, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_destroy(engine);
	return 0;
}

static void test_devpool_takes_lowest_free_page(void **state)
{
	(void)state;
	devpool_init(domain, &pool, 10);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(devpool_take(&pool).n, i);
	devpool_give(&pool, (dfn_t){7});
	devpool_give(&pool, (dfn_t){2});
	assert_false(devpool_is_used(&pool, (dfn_t){2}));
	assert_true(devpool_is_used(&pool, (dfn_t){3}));
	assert_int_equal(devpool_take(&pool).n, 2);
	assert_int_equal(devpool_take(&pool).n, 7);
}

/* Sizes around the edges of words and of levels. */
static void test_devpool_is_full_exactly_at_its_end(void **state)
{
	static const uint32_t sizes[] = {0, 1, 63, 64, 65, 127, 128, 4095, 4096, 4097, 262143, 262144, 262145};
	(void)state;
	for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		devpool_init(domain, &pool, sizes[s]);
		for (uint32_t i = 0; i < sizes[s]; i++)
			assert_int_equal(devpool_take(&pool).n, i);
		assert_int_equal(devpool_take(&pool).n, DFN_NONE.n);
		assert_int_equal(pool.used, sizes[s]);
		assert_false(devpool_is_used(&pool, (dfn_t){sizes[s]}));
		if (sizes[s] == 0)
			continue;
		devpool_give(&pool, (dfn_t){sizes[s] - 1});
		assert_int_equal(devpool_take(&pool).n, sizes[s] - 1);
		assert_int_equal(devpool_take(&pool).n, DFN_NONE.n);
	}
}

static uint32_t lowest_clear(const bool *used, uint32_t pages)
{
	uint32_t i = 0;
	while (i < pages && used[i])
		i++;
	return i < pages ? i : DFN_NONE.n;
}

static void test_devpool_agrees_with_plain_array(void **state)
{
	enum { PAGES = 5000 };
	static bool used[PAGES];
	uint64_t random = 99;
	(void)state;
	devpool_init(domain, &pool, PAGES);
	for (unsigned step = 0; step < 40000; step++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		uint32_t page = (uint32_t)(random >> 33) % PAGES;
		if (used[page] && (random >> 20 & 3) == 0) {
			devpool_give(&pool, (dfn_t){page});
			used[page] = false;
			continue;
		}
		uint32_t want = lowest_clear(used, PAGES);
		assert_int_equal(devpool_take(&pool).n, want);
		if (want != DFN_NONE.n)
			used[want] = true;
	}
	for (uint32_t i = 0; i < PAGES; i++)
		assert_int_equal(devpool_is_used(&pool, (dfn_t){i}), used[i]);
}

/* A search from the start each time would take 10^14 steps here. */
static void test_devpool_of_16_million_is_fast(void **state)
{
	const uint32_t pages = 1u << 24;
	(void)state;
	devpool_init(domain, &pool, pages);
	for (uint32_t i = 0; i < pages; i++)
		if (devpool_take(&pool).n != i)
			fail_msg("page %u is not the lowest", i);
	assert_int_equal(devpool_take(&pool).n, DFN_NONE.n);
	devpool_give(&pool, (dfn_t){pages - 1});
	devpool_give(&pool, (dfn_t){12345678});
	assert_int_equal(devpool_take(&pool).n, 12345678);
	assert_int_equal(devpool_take(&pool).n, pages - 1);
}

static void give_twice(void)
{
	devpool_init(domain, &pool, 2);
	devpool_give(&pool, devpool_take(&pool));
	devpool_give(&pool, (dfn_t){0});
}

static void give_beyond(void)
{
	devpool_init(domain, &pool, 2);
	devpool_give(&pool, (dfn_t){2});
}

static void give_once(void)
{
	devpool_init(domain, &pool, 2);
	devpool_give(&pool, devpool_take(&pool));
}

static void test_devpool_give_stops_on_misuse(void **state)
{
	(void)state;
	assert_true(stops(give_twice));
	assert_true(stops(give_beyond));
	assert_false(stops(give_once));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devpool_takes_lowest_free_page),
		cmocka_unit_test(test_devpool_is_full_exactly_at_its_end),
		cmocka_unit_test(test_devpool_agrees_with_plain_array),
		cmocka_unit_test(test_devpool_of_16_million_is_fast),
		cmocka_unit_test(test_devpool_give_stops_on_misuse),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
