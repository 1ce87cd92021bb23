/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_engine.c - names, books, ends, limits and snapshots of small runs.
 *
 * Each test builds hypervisor, ultravisor and one guest from a few lines, so
 * that what must come out can be said in numbers.
 *
 * Locking: none. Errors: cmocka's. Blocking: yes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "util_random.h"

static struct domain *dom(unsigned i)
{
	return engine_domain(domain_engine(domain_self()), i);
}

/* hv is 0, uv is 1, g0 is 2. A call's number says what its handler does. */
enum { DO_WORK, DO_HCALL, DO_UCALL_BACK, DO_TRANSFER };

static void record_name(void)
{
	uint64_t hash = 5381;
	for (const char *c = context_name(context_self()); *c; c++)
		hash = hash * 33 + (uint8_t)*c;
	trace_emit(TRACE_TEST, 1, hash, 0);
}

static void on_call(struct domain *d, struct call *c)
{
	record_name();
	context_advance(100, CAUSE_COMPUTE);
	c->ret[0] = (int64_t)domain_index(d) + 10;
	struct call next = {
		.number = c->arg[0] & 0xff, .arg = {c->arg[0] >> 8}, .arg_count = 1, .return_step = STEP_UV_RETURN};
	if (c->number == DO_HCALL || c->number == DO_UCALL_BACK)
		call_make(dom(c->number == DO_HCALL ? 0 : 1), &next, STEP_REFLECT, 0);
	if (c->number == DO_TRANSFER)
		call_transfer(dom(0), &next, c, STEP_REFLECT, 0);
}

static const struct domain_ops ops = {.on_call = on_call};

static struct engine *setup(struct engine_config config)
{
	struct engine *engine = engine_create(&config);
	assert_non_null(engine);
	engine_add_domain(engine, "hv", &ops, NULL, 0);
	engine_add_domain(engine, "uv", &ops, NULL, 0);
	engine_add_domain(engine, "g0", &ops, NULL, 0);
	return engine;
}

static void caller(void *arg)
{
	struct call c = {.number = DO_HCALL, .arg = {DO_UCALL_BACK}, .arg_count = 1, .return_step = STEP_URFID};
	(void)arg;
	call_make(dom(1), &c, STEP_UCALL, 0);
	assert_int_equal(c.ret[0], 11);
	context_advance(7, CAUSE_COMPUTE);
}

static bool has_context(const struct engine *engine, unsigned domain, const char *name)
{
	for (uint32_t id = 1; *engine_context_name(engine, domain, id); id++)
		if (!strcmp(engine_context_name(engine, domain, id), name))
			return true;
	return false;
}

static void test_engine_callees_are_named_after_callers(void **state)
{
	struct engine *engine = setup((struct engine_config){0});
	struct engine_result r;
	(void)state;
	context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", caller, NULL, 0);
	assert_int_equal(engine_run(engine, &r), PEF_OK);
	assert_int_equal(r.end, ENGINE_FINISHED);
	assert_true(has_context(engine, 1, "g0.vcpu0/uv"));
	assert_true(has_context(engine, 0, "g0.vcpu0/hv"));
	assert_true(has_context(engine, 1, "g0.vcpu0/hv/uv"));
	assert_string_equal(engine_context_name(engine, 0, 0), "");
	assert_string_equal(engine_context_name(engine, 0, 99), "");
	engine_destroy(engine);
}

static void test_engine_a_name_in_use_gets_a_number(void **state)
{
	struct engine *engine = setup((struct engine_config){0});
	struct engine_result r;
	(void)state;
	for (int i = 0; i < 2; i++)
		context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", caller, NULL, 0);
	assert_int_equal(engine_run(engine, &r), PEF_OK);
	assert_true(has_context(engine, 1, "g0.vcpu0/uv+2"));
	assert_false(has_context(engine, 1, "g0.vcpu0/uv+3"));
	engine_destroy(engine);
}

static void transfer_caller(void *arg)
{
	struct call c = {.number = DO_TRANSFER, .arg = {DO_WORK}, .arg_count = 1, .return_step = STEP_URFID};
	(void)arg;
	call_make(dom(1), &c, STEP_UCALL, 0);
	assert_int_equal(c.ret[0], 10); /* the hypervisor's answer, not the ultravisor's */
}

static void balanced(void (*fn)(void *), cycles_t elapsed)
{
	struct price_list prices = {.choice = PRICE_TYP};
	for (unsigned i = 0; i < STEP_COUNT; i++)
		prices.steps[i].typ = 1000;
	struct engine *engine = setup((struct engine_config){.prices = &prices});
	struct engine_result r;
	struct engine_book book;
	context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", fn, NULL, 0);
	assert_int_equal(engine_run(engine, &r), PEF_OK);
	assert_int_equal(engine_books(engine, &book, 1), 1);
	cycles_t sum = 0;
	for (unsigned i = 0; i < CAUSE_COUNT; i++)
		sum += book.by_cause[i];
	assert_int_equal(sum, elapsed);
	assert_int_equal(r.key.cycle, elapsed);
	engine_destroy(engine);
}

static void test_engine_books_balance(void **state)
{
	(void)state;
	balanced(caller, 6 * 1000 + 3 * 100 + 7);
	balanced(transfer_caller, 3 * 1000 + 2 * 100);
}

static void sleeper(void *arg)
{
	const struct wait_on on = {.what = obj_make(OBJ_TEST_VAR, OBJ_NO_GUEST, 3)};
	(void)arg;
	context_block(CAUSE_IDLE, &on);
}

static void test_engine_waiting_for_nobody_is_stuck(void **state)
{
	(void)state;
	for (int exec = ENGINE_FIBERS; exec <= ENGINE_THREADS; exec++) {
		struct engine *engine = setup((struct engine_config){.exec = (enum engine_exec)exec});
		struct engine_result r;
		context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", sleeper, NULL, 5);
		assert_int_equal(engine_run(engine, &r), PEF_OK);
		assert_int_equal(r.end, ENGINE_STUCK);
		assert_int_equal(r.waiter_count, 1);
		assert_string_equal(r.waiters[0].name, "g0.vcpu0");
		assert_int_equal(r.waiters[0].since, 5);
		engine_destroy(engine);
	}
}

static void endless(void *arg)
{
	(void)arg;
	for (;;)
		context_advance(10, CAUSE_COMPUTE);
}

static void test_engine_limits_end_a_run(void **state)
{
	struct engine_result r;
	(void)state;
	for (int exec = ENGINE_FIBERS; exec <= ENGINE_THREADS; exec++) {
		struct engine_config config = {.exec = (enum engine_exec)exec, .steps_max = 50};
		struct engine *engine = setup(config);
		context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", endless, NULL, 0);
		assert_int_equal(engine_run(engine, &r), PEF_OK);
		assert_int_equal(r.end, ENGINE_STEP_LIMIT);
		assert_int_equal(r.steps, 50);
		assert_int_equal(r.key.cycle, 500);
		engine_destroy(engine);
		config.steps_max = 0;
		config.cycles_max = 200;
		engine = setup(config);
		context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", endless, NULL, 0);
		assert_int_equal(engine_run(engine, &r), PEF_OK);
		assert_int_equal(r.end, ENGINE_CYCLE_LIMIT);
		assert_int_equal(r.steps, 21);
		engine_destroy(engine);
	}
}

/* The context that reaches the limit is the one that would run next, not the one that waits in the queue. */
static void test_engine_a_limit_is_at_the_least_event(void **state)
{
	struct engine_result r;
	(void)state;
	for (int exec = ENGINE_FIBERS; exec <= ENGINE_THREADS; exec++) {
		struct engine *engine = setup((struct engine_config){.exec = (enum engine_exec)exec, .steps_max = 50});
		context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", endless, NULL, 0);
		context_spawn(engine_domain(engine, 2), "g0.vcpu1", "g0.vcpu1", endless, NULL, 9000);
		assert_int_equal(engine_run(engine, &r), PEF_OK);
		assert_int_equal(r.end, ENGINE_STEP_LIMIT);
		assert_int_equal(r.key.cycle, 500);
		engine_destroy(engine);
	}
}

static void interrupter(void *arg)
{
	context_advance(1000, CAUSE_COMPUTE);
	engine_interrupt(arg);
	endless(NULL);
}

static void test_engine_an_interrupt_ends_a_run(void **state)
{
	struct engine_result r;
	(void)state;
	for (int exec = ENGINE_FIBERS; exec <= ENGINE_THREADS; exec++) {
		struct engine *engine = setup((struct engine_config){.exec = (enum engine_exec)exec});
		context_spawn(engine_domain(engine, 2), "g0.vcpu0", "g0.vcpu0", interrupter, engine, 0);
		context_spawn(engine_domain(engine, 0), "host", "host", endless, engine, 0);
		assert_int_equal(engine_run(engine, &r), PEF_OK);
		assert_int_equal(r.end, ENGINE_INTERRUPTED);
		engine_destroy(engine);
	}
}

/*
 * Not with a sanitizer: it keeps a stack of calls and marks of frames of its own
 * beside each fiber, and a snapshot cannot put those back.
 */
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
static void test_engine_a_restored_run_is_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct engine *engine = random_setup(&random_wide, &(struct engine_config){0}, seed);
		assert_int_equal(engine_snapshot(engine), PEF_OK);
		struct random_result first = random_finish(engine);
		for (int i = 0; i < 3; i++) {
			engine_restore(engine);
			struct random_result again = random_finish(engine);
			assert_true(random_equal(&first, &again));
		}
		engine_destroy(engine);
	}
}

static void parked(void *arg)
{
	volatile uint64_t *big = arg;
	uint64_t local = 5;
	context_block(CAUSE_IDLE, NULL);
	for (;;) {
		local++;
		big[0]++;
		big[local << 16]++;
		trace_emit(TRACE_TEST, 0, big[0], local);
		context_block(CAUSE_IDLE, NULL);
	}
}

static void waker(void *arg)
{
	context_wake(arg, 3);
	context_advance(10, CAUSE_COMPUTE);
}

static void test_engine_a_snapshot_keeps_stacks_and_large_state(void **state)
{
	struct engine *engine = setup((struct engine_config){0});
	struct domain *d = engine_domain(engine, 2);
	struct engine_result r;
	uint64_t *big = domain_arena_alloc(d, 64 << 20), hash = 0;
	(void)state;
	struct context *ctx = context_spawn(d, "g0.vcpu0", "g0.vcpu0", parked, big, 0);
	assert_int_equal(engine_run(engine, &r), PEF_OK);
	assert_int_equal(r.end, ENGINE_FINISHED);
	assert_int_equal(engine_snapshot(engine), PEF_OK);
	for (int i = 0; i < 3; i++) {
		context_spawn(d, "w", "w", waker, ctx, 100);
		assert_int_equal(engine_run(engine, &r), PEF_OK);
		assert_int_equal(big[0], 1);
		assert_int_equal(big[6 << 16], 1);
		assert_true(!hash || hash == trace_hash(engine));
		hash = trace_hash(engine);
		engine_restore(engine);
		assert_int_equal(big[0], 0);
		assert_int_equal(big[6 << 16], 0);
	}
	engine_destroy(engine);
}
#endif

static void test_engine_several_live_at_once(void **state)
{
	struct engine *engines[4];
	struct random_result r[4];
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		engines[i] = random_setup(&random_small, &(struct engine_config){0}, 3);
	for (unsigned i = 0; i < 3; i++)
		r[i] = random_finish(engines[i]);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(random_equal(&r[0], &r[i]));
		engine_destroy(engines[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_callees_are_named_after_callers),
		cmocka_unit_test(test_engine_a_name_in_use_gets_a_number),
		cmocka_unit_test(test_engine_books_balance),
		cmocka_unit_test(test_engine_waiting_for_nobody_is_stuck),
		cmocka_unit_test(test_engine_limits_end_a_run),
		cmocka_unit_test(test_engine_a_limit_is_at_the_least_event),
		cmocka_unit_test(test_engine_an_interrupt_ends_a_run),
#if !defined(PEF_ASAN) && !defined(PEF_TSAN)
		cmocka_unit_test(test_engine_a_restored_run_is_the_same),
		cmocka_unit_test(test_engine_a_snapshot_keeps_stacks_and_large_state),
#endif
		cmocka_unit_test(test_engine_several_live_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
