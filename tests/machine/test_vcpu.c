/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_vcpu.c - a vCPU between two sides that only take notes.
 *
 * The sides answer every access with as many faults as the test asks for and
 * write down what reaches them: what matters here is who is called, with what,
 * how often, and what the vCPU makes of the answer.
 *
 * Locking: none. Errors: none. Blocking: runs the engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pefsim/model.h"

#define NOTES_MAX 16u

/* What reached a side, in order. */
struct note {
	bool bus;
	uint32_t number;
	uint64_t arg[4];
	struct call_state state;
};
struct side {
	struct note notes[NOTES_MAX];
	unsigned count;
	unsigned faults; /* answer so many accesses with a fault */
	int64_t fault_code; /* what H_PAGE_FAULT returns */
	int64_t code; /* what other calls return */
	token_t token; /* content of every page */
};

static struct side hv, uv;
static struct guest_machine guest;

static struct note *side_note(struct side *s, const struct call *c, bool bus)
{
	assert_true(s->count < NOTES_MAX);
	struct note *n = &s->notes[s->count++];
	n->bus = bus;
	n->number = c->number;
	memcpy(n->arg, c->arg, sizeof(n->arg));
	n->state = call_state_of(c);
	return n;
}

static void side_call(struct domain *d, struct call *c)
{
	struct side *s = domain_model(d);
	side_note(s, c, false);
	c->ret[RET_CODE] = c->number == ABI_H_PAGE_FAULT ? s->fault_code : s->code;
	context_advance(1, CAUSE_COMPUTE);
}

static void side_bus(struct domain *d, const struct call *c)
{
	struct side *s = domain_model(d);
	struct call answer = *c;
	side_note(s, c, true);
	answer.ret[0] = s->faults ? BUS_FAULT : BUS_OK;
	if (s->faults)
		s->faults--;
	else if (c->arg[2])
		s->token = c->arg[3];
	answer.ret[1] = (int64_t)s->token;
	bus_reply(&answer, STEP_BUS);
}

static const struct domain_ops side_ops = {.on_call = side_call, .on_bus = side_bus};
static const struct domain_ops guest_ops;

/* One run of @fn as vCPU 3 of guest 5; the trace stays until the next. */
static struct engine *engine;
static struct domain *guest_domain;

static struct price_list prices; /* every step has another price */

static void run_vcpu(void (*fn)(void *), void *arg)
{
	const struct engine_config config = {.exec = ENGINE_FIBERS, .prices = &prices};
	struct engine_result result;
	engine_destroy(engine);
	engine = engine_create(&config);
	guest.index = 5;
	guest.hv = engine_add_domain(engine, "hv", &side_ops, &hv, 0);
	guest.uv = engine_add_domain(engine, "uv", &side_ops, &uv, 0);
	guest_domain = engine_add_domain(engine, "g5", &guest_ops, &guest, 0);
	context_spawn(guest_domain, "g5.vcpu3", "g5.vcpu3", fn, arg, 0);
	assert_int_equal(engine_run(engine, &result), PEF_OK);
	assert_int_equal(result.end, ENGINE_FINISHED);
}

static int setup(void **state)
{
	(void)state;
	hv = uv = (struct side){0};
	guest = (struct guest_machine){0};
	price_list_flat(&prices, 1);
	for (unsigned step = 0; step < STEP_COUNT; step++)
		prices.steps[step].typ = 1000 + (UINT64_C(1) << (step % 40));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_destroy(engine);
	engine = NULL;
	return 0;
}

/* The vCPU's own records of a kind; the last one in @out. */
static unsigned count_records(enum trace_kind kind, struct trace_rec *out)
{
	struct trace_ring *ring = domain_trace(guest_domain);
	unsigned count = 0;
	for (uint64_t i = 0; i < ring->count; i++)
		if (ring->recs[i].kind == kind) {
			count++;
			*out = ring->recs[i];
		}
	return count;
}

struct access {
	gfn_t gfn;
	bool write;
	token_t token;
	int64_t code;
	cycles_t end; /* the vCPU's clock, from 0 */
};

static void do_access(void *arg)
{
	struct access *a = arg;
	a->code = vcpu_access(&guest, 3, a->gfn, a->write, &a->token);
	a->end = domain_now(guest_domain);
}

static cycles_t cycles_of(enum cost_step step)
{
	return price_of(&prices, step);
}

static void test_vcpu_access_of_normal_guest_goes_to_hypervisor(void **state)
{
	struct access a = {.gfn = {7}};
	struct trace_rec rec = {0};
	(void)state;
	hv.token = 42;
	run_vcpu(do_access, &a);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.token, 42);
	assert_int_equal(uv.count, 0);
	assert_int_equal(hv.count, 1);
	assert_true(hv.notes[0].bus);
	assert_int_equal(hv.notes[0].number, BUS_ACCESS);
	assert_int_equal(hv.notes[0].arg[0], 5);
	assert_int_equal(hv.notes[0].arg[1], 7);
	assert_int_equal(hv.notes[0].arg[2], 0);
	assert_int_equal(count_records(TRACE_ACCESS, &rec), 1);
	assert_int_equal(rec.aux, 0);
	assert_int_equal(rec.a, trace_page(5, (gfn_t){7}));
	assert_int_equal(rec.b, 42);
}

static void test_vcpu_access_stores_its_token(void **state)
{
	struct access a = {.gfn = {7}, .write = true, .token = 77};
	struct trace_rec rec = {0};
	(void)state;
	run_vcpu(do_access, &a);
	assert_int_equal(hv.token, 77);
	assert_int_equal(hv.notes[0].arg[2], 1);
	assert_int_equal(count_records(TRACE_ACCESS, &rec), 1);
	assert_int_equal(rec.aux, 1);
	assert_int_equal(rec.b, 77);
}

static void test_vcpu_access_faults_until_it_succeeds(void **state)
{
	struct access a = {.gfn = {7}, .write = true, .token = 77};
	struct trace_rec rec = {0};
	(void)state;
	hv.faults = 2;
	run_vcpu(do_access, &a);
	assert_int_equal(a.code, 0);
	assert_int_equal(hv.token, 77);
	assert_int_equal(hv.count, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(hv.notes[i].bus, i % 2 == 0);
	assert_int_equal(hv.notes[1].number, ABI_H_PAGE_FAULT);
	assert_int_equal(hv.notes[1].arg[0], 7 << PEF_PAGE_SHIFT);
	assert_int_equal(hv.notes[1].arg[1], 1);
	assert_int_equal(hv.notes[1].state.guest, 5);
	assert_int_equal(hv.notes[1].state.vcpu, 3);
	assert_int_equal(hv.notes[1].state.msr, 0);
	/* It has finished once. */
	assert_int_equal(count_records(TRACE_ACCESS, &rec), 1);
	assert_int_equal(count_records(TRACE_CALL, &rec), 2);
	assert_int_equal(rec.b, trace_page(5, (gfn_t){7}));
}

static void test_vcpu_access_of_secure_guest_goes_to_ultravisor(void **state)
{
	struct access a = {.gfn = {7}};
	(void)state;
	guest.secure = true;
	uv.faults = 1;
	uv.token = 9;
	run_vcpu(do_access, &a);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.token, 9);
	assert_int_equal(hv.count, 0);
	assert_int_equal(uv.count, 3);
	assert_int_equal(uv.notes[1].number, ABI_H_PAGE_FAULT);
	assert_int_equal(uv.notes[1].state.msr, MSR_S);
}

static void test_vcpu_access_ends_when_the_vm_is_killed(void **state)
{
	struct access a = {.gfn = {7}};
	struct trace_rec rec = {0};
	(void)state;
	guest.secure = true;
	uv.faults = 5;
	uv.fault_code = ABI_U_PARAMETER;
	run_vcpu(do_access, &a);
	assert_int_equal(a.code, ABI_U_PARAMETER);
	assert_int_equal(uv.count, 2);
	assert_int_equal(count_records(TRACE_ACCESS, &rec), 0);
}

/* What an access with one fault costs, step by step; the side's handler takes one cycle. */
static void test_vcpu_access_costs_its_steps(void **state)
{
	struct access a = {.gfn = {7}};
	(void)state;
	hv.faults = 1;
	run_vcpu(do_access, &a);
	cycles_t both = cycles_of(STEP_GUEST_OP) + 4 * cycles_of(STEP_BUS) + 1;
	assert_int_equal(a.end, both + cycles_of(STEP_HCALL) + cycles_of(STEP_HRFID));
	guest.secure = true;
	uv.faults = 1;
	run_vcpu(do_access, &a);
	assert_int_equal(a.end, both + cycles_of(STEP_INTERRUPT) + cycles_of(STEP_URFID));
}

struct request {
	uint32_t number;
	uint64_t args[4];
	unsigned count;
	int64_t code;
	bool hcall;
};

static void do_call(void *arg)
{
	struct request *r = arg;
	r->code = r->hcall ? vcpu_hcall(&guest, 3, r->number, r->args, r->count)
			   : vcpu_ucall(&guest, 3, r->number, r->args, r->count);
}

static void test_vcpu_ucall_makes_the_guest_secure_when_esm_succeeds(void **state)
{
	struct request esm = {.number = ABI_UV_ESM, .args = {1, 2}, .count = 2};
	(void)state;
	run_vcpu(do_call, &esm);
	assert_int_equal(esm.code, 0);
	assert_true(guest.secure);
	assert_int_equal(uv.notes[0].number, ABI_UV_ESM);
	assert_int_equal(uv.notes[0].arg[1], 2);
	assert_int_equal(uv.notes[0].state.msr, 0);
	assert_int_equal(uv.notes[0].state.guest, 5);
	assert_int_equal(uv.notes[0].state.vcpu, 3);
}

static void test_vcpu_ucall_leaves_the_guest_normal_when_esm_fails(void **state)
{
	struct request esm = {.number = ABI_UV_ESM};
	(void)state;
	uv.code = ABI_U_PERMISSION;
	run_vcpu(do_call, &esm);
	assert_int_equal(esm.code, ABI_U_PERMISSION);
	assert_false(guest.secure);
}

static void test_vcpu_ucall_shows_the_page_it_shares(void **state)
{
	struct request share = {.number = ABI_UV_SHARE_PAGE, .args = {0x12, 1}, .count = 2};
	struct request all = {.number = ABI_UV_UNSHARE_ALL_PAGES};
	struct trace_rec rec = {0};
	(void)state;
	guest.secure = true;
	run_vcpu(do_call, &share);
	assert_int_equal(uv.notes[0].state.msr, MSR_S);
	assert_int_equal(count_records(TRACE_CALL, &rec), 1);
	assert_int_equal(rec.a, ABI_UV_SHARE_PAGE | UINT64_C(2) << 32);
	assert_int_equal(rec.b, trace_page(5, (gfn_t){0x12}));
	run_vcpu(do_call, &all);
	assert_int_equal(count_records(TRACE_CALL, &rec), 1);
	assert_int_equal(rec.b, 0);
}

static void test_vcpu_hcall_goes_where_the_guest_traps(void **state)
{
	struct request off = {.number = ABI_H_EXIT, .hcall = true};
	(void)state;
	hv.code = 11;
	uv.code = 12;
	run_vcpu(do_call, &off);
	assert_int_equal(off.code, 11);
	assert_int_equal(hv.notes[0].number, ABI_H_EXIT);
	guest.secure = true;
	run_vcpu(do_call, &off);
	assert_int_equal(off.code, 12);
	assert_int_equal(uv.notes[0].number, ABI_H_EXIT);
	assert_int_equal(hv.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_vcpu_access_of_normal_guest_goes_to_hypervisor),
		TEST(test_vcpu_access_stores_its_token),
		TEST(test_vcpu_access_faults_until_it_succeeds),
		TEST(test_vcpu_access_of_secure_guest_goes_to_ultravisor),
		TEST(test_vcpu_access_ends_when_the_vm_is_killed),
		TEST(test_vcpu_access_costs_its_steps),
		TEST(test_vcpu_ucall_makes_the_guest_secure_when_esm_succeeds),
		TEST(test_vcpu_ucall_leaves_the_guest_normal_when_esm_fails),
		TEST(test_vcpu_ucall_shows_the_page_it_shares),
		TEST(test_vcpu_hcall_goes_where_the_guest_traps),
#undef TEST
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
