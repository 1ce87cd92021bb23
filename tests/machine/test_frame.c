/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_frame.c - frame pools: what is new, what is reused, what is told of it.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/machine.h"
#include "tests/machine/util_stop.h"

static struct engine *engine;
static struct domain *domain;
static struct frame_pool pool;

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

static void test_frame_take_gives_frames_in_order(void **state)
{
	(void)state;
	frame_pool_init(domain, &pool, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(frame_take(&pool, i + 100), i);
		assert_int_equal(frame_at(&pool, i)->token, TOKEN_ZERO);
		assert_int_equal(frame_at(&pool, i)->owner, i + 100);
		assert_true(frame_has_page(frame_at(&pool, i)));
	}
	assert_int_equal(pool.used, 4);
}

static void test_frame_take_fails_only_when_all_are_used(void **state)
{
	(void)state;
	frame_pool_init(domain, &pool, 2);
	frame_take(&pool, FRAME_HOST);
	frame_take(&pool, FRAME_HOST);
	assert_int_equal(frame_take(&pool, FRAME_HOST), UINT32_MAX);
	assert_int_equal(pool.used, 2);
	frame_give(&pool, 0);
	assert_int_equal(frame_take(&pool, FRAME_HOST), 0);
	frame_pool_init(domain, &pool, 0);
	assert_int_equal(frame_take(&pool, FRAME_HOST), UINT32_MAX);
}

static void test_frame_reuse_is_last_given_first(void **state)
{
	(void)state;
	frame_pool_init(domain, &pool, 8);
	for (uint32_t i = 0; i < 4; i++)
		frame_take(&pool, i);
	frame_give(&pool, 1);
	frame_give(&pool, 3);
	frame_give(&pool, 0);
	assert_int_equal(pool.used, 1);
	assert_int_equal(frame_take(&pool, 9), 0);
	assert_int_equal(frame_take(&pool, 9), 3);
	assert_int_equal(frame_take(&pool, 9), 1);
	/* Only then one that was never used. */
	assert_int_equal(frame_take(&pool, 9), 4);
}

static void test_frame_belongs_to_who_took_it_last(void **state)
{
	(void)state;
	frame_pool_init(domain, &pool, 2);
	uint32_t index = frame_take(&pool, 7);
	frame_give(&pool, index);
	assert_true(frame_is_free(frame_at(&pool, index)));
	assert_false(frame_has_page(frame_at(&pool, index)));
	assert_int_equal(frame_take(&pool, 8), index);
	assert_int_equal(frame_at(&pool, index)->owner, 8);
	assert_false(frame_is_free(frame_at(&pool, index)));
	assert_false(frame_has_page(frame_at(&pool, frame_take(&pool, FRAME_HOST))));
}

static void test_frame_content_outlives_its_owner(void **state)
{
	(void)state;
	frame_pool_init(domain, &pool, 1);
	token_t secret = token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(0), 42);
	frame_at(&pool, frame_take(&pool, 7))->token = secret;
	frame_give(&pool, 0);
	assert_int_equal(frame_at(&pool, 0)->token, secret);
	assert_true(frame_is_free(frame_at(&pool, 0)));
	frame_take(&pool, 8);
	assert_int_equal(frame_at(&pool, 0)->owner, 8);
	assert_int_equal(frame_at(&pool, 0)->token, secret);
}

static void test_frame_at_knows_only_taken_ones(void **state)
{
	(void)state;
	frame_pool_init(domain, &pool, 4);
	assert_null(frame_at(&pool, 0));
	frame_take(&pool, 7);
	assert_non_null(frame_at(&pool, 0));
	assert_null(frame_at(&pool, 1));
	assert_null(frame_at(&pool, UINT32_MAX));
}

/* A TiB of frames costs what is taken of it. */
static void test_frame_pool_of_16_million_is_cheap(void **state)
{
	(void)state;
	frame_pool_init(domain, &pool, 1u << 24);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(frame_take(&pool, i), i);
	assert_int_equal(pool.used, 1000);
	assert_true(domain_owns(domain, &pool.frames[(1u << 24) - 1]));
}

static void give_twice(void)
{
	frame_pool_init(domain, &pool, 2);
	frame_take(&pool, 7);
	frame_give(&pool, 0);
	frame_give(&pool, 0);
}

static void give_untaken(void)
{
	frame_pool_init(domain, &pool, 2);
	frame_give(&pool, 0);
}

static void give_once(void)
{
	frame_pool_init(domain, &pool, 2);
	frame_take(&pool, 7);
	frame_give(&pool, 0);
}

static void test_frame_give_stops_on_misuse(void **state)
{
	(void)state;
	assert_true(stops(give_twice));
	assert_true(stops(give_untaken));
	assert_false(stops(give_once));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_take_gives_frames_in_order),
		cmocka_unit_test(test_frame_take_fails_only_when_all_are_used),
		cmocka_unit_test(test_frame_reuse_is_last_given_first),
		cmocka_unit_test(test_frame_belongs_to_who_took_it_last),
		cmocka_unit_test(test_frame_content_outlives_its_owner),
		cmocka_unit_test(test_frame_at_knows_only_taken_ones),
		cmocka_unit_test(test_frame_pool_of_16_million_is_cheap),
		cmocka_unit_test(test_frame_give_stops_on_misuse),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
