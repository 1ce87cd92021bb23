/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_inject.c - what goes wrong on purpose in the ultravisor, and what stays
 * right all the same.
 */
#include "util_world.h"

#define GFN UINT64_C(10)

/* A world with one rule. */
static void run(struct world *w, world_fn *guest, const struct inject_rule *rule)
{
	world_begin(w);
	w->guest = guest;
	w->rules = rule;
	w->rule_count = 1;
	world_run(w);
}

static struct inject_rule call_rule(uint32_t call, enum inject_action action, int64_t code)
{
	return (struct inject_rule){.mode = INJECT_ANY,
		.site = INJECT_CALL,
		.call = call,
		.action = action,
		.code = code,
		.first = 1,
		.last = 1};
}

static struct inject_rule site_rule(enum inject_site site, enum obj_type object, uint64_t first)
{
	return (struct inject_rule){.mode = INJECT_ANY,
		.site = site,
		.object = object,
		.action = INJECT_DO_FAIL,
		.first = first,
		.last = first};
}

/* ---- calls ----------------------------------------------------------------------------- */

static int64_t first, second;

static void share_twice(struct world *w)
{
	world_secure(w);
	first = world_ucall(w, ABI_UV_SHARE_PAGE, GFN, 1);
	second = world_ucall(w, ABI_UV_SHARE_PAGE, GFN, 1);
}

static void check_share(enum inject_action action, int64_t code, int64_t want, unsigned asked)
{
	const struct inject_rule rule = call_rule(ABI_UV_SHARE_PAGE, action, code);
	struct world w;

	run(&w, share_twice, &rule);
	CHECK(&w, first, want);
	CHECK(&w, second, ABI_U_SUCCESS);
	CHECK(&w, world_asked_count(&w, ABI_H_SVM_PAGE_IN), 2 + asked);
	CHECK(&w, world_state(&w, GFN), GFN_SHARED);
	CHECK(&w, world_traced(&w, TRACE_INJECT, INJECT_CALL), 1);
	world_end(&w);
}

static void test_inject_call_is_answered_otherwise(void **state)
{
	(void)state;
	check_share(INJECT_DO_FAIL, 0, ABI_U_PARAMETER, 1);
	check_share(INJECT_DO_RETURN, ABI_U_BUSY, ABI_U_BUSY, 1);
	check_share(INJECT_DO_DROP, 0, ABI_U_SUCCESS, 1);
	check_share(INJECT_DO_REPEAT, 0, ABI_U_SUCCESS, 1); /* what is shared already needs no frame */
}

static void share_in_the_end(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, GFN, 5), 0);
	CHECK(w, world_ucall(w, ABI_UV_SHARE_PAGE, GFN, 1), ABI_U_INVALID);
	CHECK(w, world_store(w, GFN, 6), ABI_U_INVALID);
}

static void test_inject_kill_ends_the_vm_first(void **state)
{
	const uint32_t calls[] = {ABI_UV_SHARE_PAGE, ABI_UV_PAGE_IN};
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct inject_rule rule = call_rule(calls[i], INJECT_DO_KILL, 0);
		struct world w;
		rule.first = rule.last = i ? 3 : 1; /* the third page-in is the share's */
		run(&w, share_in_the_end, &rule);
		CHECK(&w, w.uv->frames.used, 0);
		CHECK(&w, heap_live(w.config.uv, OBJ_NONE), 0);
		world_end(&w);
	}
}

static void esm_fails(struct world *w)
{
	CHECK(w, world_esm(w), ABI_H_PARAMETER);
}

static void test_inject_repeated_esm_aborts_once(void **state)
{
	const struct inject_rule rule = call_rule(ABI_UV_ESM, INJECT_DO_REPEAT, 0);
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_fails;
	w.rules = &rule;
	w.rule_count = 1;
	w.fail = ABI_H_SVM_INIT_DONE;
	world_run(&w);
	CHECK(&w, world_asked_count(&w, ABI_H_SVM_INIT_ABORT), 1);
	world_end(&w);
}

/* ---- memory ------------------------------------------------------------------------------ */

static void hv_out(struct world *w)
{
	CHECK(w, world_page_out(w, GFN), ABI_U_BUSY);
	CHECK(w, world_page_out(w, GFN), ABI_U_SUCCESS);
}

static void page_goes_out(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, GFN, 5), 0);
	world_from_hv(w, hv_out);
	CHECK(w, world_load(w, GFN), world_value(5));
}

static void test_inject_no_key_memory_keeps_the_page(void **state)
{
	const struct inject_rule rule = site_rule(INJECT_ALLOC, OBJ_CRYPTO, 1);
	struct world w;
	(void)state;
	run(&w, page_goes_out, &rule);
	CHECK(&w, world_traced(&w, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT), 1);
	world_end(&w);
}

static void touches(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, GFN, 5), 0);
	CHECK(w, world_load(w, GFN), world_value(5));
}

static void test_inject_no_frame_is_tried_again(void **state)
{
	const struct inject_rule rules[] = {
		site_rule(INJECT_SECURE_FRAME, OBJ_NONE, 3), site_rule(INJECT_ALLOC, OBJ_GUEST_PAGE, 3)};
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct world w;
		run(&w, touches, &rules[i]);
		CHECK(&w, world_traced(&w, TRACE_INJECT, rules[i].site), 1);
		world_end(&w);
	}
}

static void esm_retries(struct world *w)
{
	CHECK(w, world_esm(w), ABI_U_RETRY);
	world_secure(w);
}

static void test_inject_no_memory_for_the_vm_is_told(void **state)
{
	const struct inject_rule rules[] = {site_rule(INJECT_ALLOC, OBJ_SVM, 1)};
	struct world w;
	(void)state;
	run(&w, esm_retries, &rules[0]);
	world_end(&w);
}

static void test_inject_no_memory_in_the_switch_aborts(void **state)
{
	const struct inject_rule rules[] = {site_rule(INJECT_SECURE_FRAME, OBJ_NONE, 2),
		site_rule(INJECT_ALLOC, OBJ_GUEST_PAGE, 2), site_rule(INJECT_ALLOC, OBJ_UV_SLOT, 1),
		site_rule(INJECT_ALLOC, OBJ_ESM_TREE, 3)};
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct world w;
		run(&w, esm_fails, &rules[i]);
		CHECK(&w, w.asked[w.asked_count - 1].number, ABI_H_SVM_INIT_ABORT);
		CHECK(&w, w.uv->frames.used, 0);
		CHECK(&w, heap_live(w.config.uv, OBJ_NONE), 0);
		for (uint64_t k = 2; k < WORLD_FRAMES; k++)
			CHECK(&w, w.frames[k], world_plain(k));
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inject_call_is_answered_otherwise),
		cmocka_unit_test(test_inject_kill_ends_the_vm_first),
		cmocka_unit_test(test_inject_repeated_esm_aborts_once),
		cmocka_unit_test(test_inject_no_key_memory_keeps_the_page),
		cmocka_unit_test(test_inject_no_frame_is_tried_again),
		cmocka_unit_test(test_inject_no_memory_for_the_vm_is_told),
		cmocka_unit_test(test_inject_no_memory_in_the_switch_aborts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
