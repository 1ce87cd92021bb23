/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bus.c - a bus access that is passed on comes back with the right answer.
 *
 * A guest asks the hypervisor, which asks the ultravisor on the guest's behalf.
 * Two guests ask at once and the answers overtake one another, so that each
 * must find its own way back.
 *
 * Locking: none. Errors: cmocka's. Blocking: yes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/engine.h"

#define PASS_ON 1u
#define ANSWER 2u

static struct call held; /* the request that the ultravisor answers last */
static unsigned forwarded, under_way, under_way_most;

static struct domain *dom(unsigned i)
{
	return engine_domain(domain_engine(domain_self()), i);
}

static void hv_bus(struct domain *d, const struct call *c)
{
	struct call asked = {.number = ANSWER, .arg = {c->arg[0] + 100}, .arg_count = 1};
	(void)d;
	if (under_way_most < ++under_way)
		under_way_most = under_way;
	forwarded++;
	bus_forward(dom(1), c, &asked, STEP_BUS);
}

static void hv_bus_done(struct domain *d, struct call *original, const struct call *answer)
{
	(void)d;
	under_way--;
	assert_int_equal(original->number, PASS_ON);
	assert_int_equal(answer->ret[0], original->arg[0] + 100 + 5);
	original->ret[0] = answer->ret[0] * 2;
	bus_reply(original, STEP_BUS);
}

static void uv_answer(struct call c)
{
	c.ret[0] = (int64_t)c.arg[0] + 5;
	bus_reply(&c, STEP_BUS);
}

/* The first request waits for the second. */
static void uv_bus(struct domain *d, const struct call *c)
{
	(void)d;
	assert_int_equal(c->number, ANSWER);
	assert_int_equal(c->from_domain, 0);
	if (!held.number) {
		held = *c;
		return;
	}
	uv_answer(*c);
	uv_answer(held);
	held.number = 0;
}

static const struct domain_ops hv_ops = {.on_bus = hv_bus, .on_bus_done = hv_bus_done};
static const struct domain_ops uv_ops = {.on_bus = uv_bus};
static const struct domain_ops guest_ops = {0};

static cycles_t answered_at[2];

static void guest(void *arg)
{
	uint64_t number = (uintptr_t)arg;
	for (uint64_t round = 0; round < 3; round++) {
		struct call c = {.number = PASS_ON, .arg = {number * 10 + round}, .arg_count = 1};
		bus_access(dom(0), &c, STEP_BUS);
		assert_int_equal(c.ret[0], 2 * (number * 10 + round + 100 + 5));
	}
	answered_at[number] = domain_now(domain_self());
}

static void test_bus_forwarded_answers_find_their_way(void **state)
{
	struct engine_result r;
	(void)state;
	struct engine *engine = engine_create(&(struct engine_config){0});
	forwarded = under_way = under_way_most = 0;
	held.number = 0;
	engine_add_domain(engine, "hv", &hv_ops, NULL, 0);
	engine_add_domain(engine, "uv", &uv_ops, NULL, 0);
	for (uintptr_t i = 0; i < 2; i++) {
		const char *name = i ? "g1" : "g0";
		struct domain *d = engine_add_domain(engine, name, &guest_ops, NULL, 0);
		context_spawn(d, name, name, guest, (void *)i, i);
	}
	assert_int_equal(engine_run(engine, &r), PEF_OK);
	assert_int_equal(r.end, ENGINE_FINISHED);
	assert_int_equal(forwarded, 6);
	assert_int_equal(under_way, 0);
	assert_int_equal(under_way_most, 2);
	/* Four ways a round; the guest that begins later is the one waited for. */
	assert_int_equal(answered_at[1], 1 + 3 * 4);
	assert_int_equal(answered_at[0], 1 + 3 * 4);
	engine_destroy(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bus_forwarded_answers_find_their_way)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
