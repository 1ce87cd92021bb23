/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_cookies.c - reflections: fresh cookies, good once, no lock held.
 */
#include "util_world.h"

static void boot(struct world *w)
{
	CHECK(w, world_esm(w), ABI_U_SUCCESS);
}

static void test_cookie_is_fresh_for_each_reflection(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = boot;
	world_run(&w);
	for (unsigned i = 0; i < w.asked_count; i++) {
		CHECK(&w, w.asked[i].cookie != 0 && w.asked[i].cookie <= UINT32_MAX, true);
		for (unsigned k = 0; k < i; k++)
			CHECK(&w, w.asked[i].cookie == w.asked[k].cookie, false);
	}
	world_end(&w);
}

static void test_cookie_that_is_wrong_is_a_finding(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = boot;
	w.wrong_cookie = 1;
	world_run(&w);
	world_end_found(&w, FINDING_MODEL);
}

static void test_cookie_left_behind_is_a_finding(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = boot;
	w.leave_to_guest = true;
	world_run(&w);
	world_end_found(&w, FINDING_MODEL);
}

static void uv_reflects(struct world *w)
{
	struct svm *svm = w->uv->svms[0];
	gfn_lock(svm, (gfn_t){4});
	reflect_page(w->uv, svm, (struct vcpu_id){0, 0}, ABI_H_SVM_PAGE_OUT, (gfn_t){4}, 0);
}

static void reflect_with_lock(struct world *w)
{
	world_secure(w);
	world_from_uv(w, uv_reflects);
}

static void test_reflection_with_a_lock_held_is_a_finding(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = reflect_with_lock;
	world_run(&w);
	world_end_found(&w, FINDING_LOCK_MISUSE);
}

static void uv_reflects_unlocked(struct world *w)
{
	struct svm *svm = w->uv->svms[0];
	gfn_lock(svm, (gfn_t){4});
	gfn_unlock(svm, (gfn_t){4});
	reflect_page(w->uv, svm, (struct vcpu_id){0, 0}, ABI_H_SVM_PAGE_OUT, (gfn_t){4}, 0);
}

static void reflect_without_lock(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_uv(w, uv_reflects_unlocked);
}

static void test_reflection_with_the_lock_given_back_is_none(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = reflect_without_lock;
	world_run(&w);
	CHECK(&w, world_asked_count(&w, ABI_H_SVM_PAGE_OUT), 1);
	world_end(&w);
}

static void own_hcalls(struct world *w)
{
	uint64_t args[3] = {4 * PEF_PAGE_SIZE, 0, ABI_PAGE_ORDER};
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	CHECK(w, vcpu_hcall(w->machine, 0, ABI_H_SVM_PAGE_OUT, args, 3), ABI_H_SUCCESS);
	CHECK(w, world_load(w, 4), world_value(44));
	CHECK(w, vcpu_hcall(w->machine, 0, ABI_H_CEDE, args, 3), ABI_H_SUCCESS);
	/* One that nobody knows goes nowhere: which registers it takes is not known either. */
	CHECK(w, vcpu_hcall(w->machine, 0, 0xEFFC, args, 3), ABI_H_FUNCTION);
	CHECK(w, vcpu_hcall(w->machine, 0, ABI_H_EXIT, args, 3), ABI_H_SUCCESS);
}

/* The registers told to have crossed to the hypervisor, in the last call of that number. */
static int64_t regs_told(struct world *w, uint32_t number)
{
	struct trace_merge *merge = trace_merge_open(w->engine);
	struct trace_event event;
	int64_t regs = -1;

	while (trace_merge_next(merge, &event)) {
		const struct trace_rec *r = &event.rec;
		if (r->kind == TRACE_REGS && r->aux == TRACE_REGS_TO_HV && r->a == number)
			regs = (int64_t)r->b;
	}
	trace_merge_close(merge);
	return regs;
}

static void test_reflection_hands_the_guests_hypercalls_on(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = own_hcalls;
	world_run(&w);
	CHECK(&w, world_asked_count(&w, ABI_H_EXIT), 1);
	CHECK(&w, w.asked[4].number, ABI_H_SVM_PAGE_OUT);
	CHECK(&w, w.asked[4].msr, MSR_S);
	/* Only what belongs to the call: the twin H_SVM_PAGE_OUT has three arguments, these have none. */
	CHECK(&w, w.asked[4].gfn, 4);
	for (unsigned i = 5; i < w.asked_count; i++) {
		if (w.asked[i].number == ABI_H_EXIT || w.asked[i].number == ABI_H_CEDE)
			CHECK(&w, w.asked[i].gfn, 0);
	}
	CHECK(&w, world_asked_count(&w, 0xEFFC), 0);
	CHECK(&w, regs_told(&w, ABI_H_SVM_PAGE_OUT), 7);
	CHECK(&w, regs_told(&w, ABI_H_EXIT), 0);
	world_end(&w);
}

static void uv_sends(struct world *w)
{
	CHECK(w, uv_spontaneous(w->uv, 0, 1, ABI_H_SVM_PAGE_OUT, (gfn_t){4}, 0), ABI_H_SUCCESS);
	CHECK(w, world_state(w, 4), GFN_PAGEDOUT);
}

static void spontaneous(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_uv(w, uv_sends);
}

static void test_reflection_may_be_the_ultravisors_own(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = spontaneous;
	world_run(&w);
	world_end(&w);
}

/* Two vCPUs fault on one paged-out page: both get there. */
static void hv_out_4(struct world *w)
{
	CHECK(w, world_page_out(w, 4), ABI_U_SUCCESS);
}

static void first_vcpu(struct world *w)
{
	world_secure(w);
	for (unsigned i = 0; i < 5; i++) {
		CHECK(w, world_store(w, 4, 100 + i), 0);
		world_from_hv(w, hv_out_4);
		CHECK(w, world_load(w, 4), world_value(100 + i));
	}
}

static void second_vcpu(struct world *w)
{
	token_t token;

	while (!w->secure)
		context_advance(1000, CAUSE_IDLE);
	for (unsigned i = 0; i < 40; i++)
		CHECK(w, vcpu_access(w->machine, 1, (gfn_t){4}, false, &token), 0);
}

static void test_reflections_of_two_vcpus_go_side_by_side(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = first_vcpu;
	w.second = second_vcpu;
	world_run(&w);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cookie_is_fresh_for_each_reflection),
		cmocka_unit_test(test_cookie_that_is_wrong_is_a_finding),
		cmocka_unit_test(test_cookie_left_behind_is_a_finding),
		cmocka_unit_test(test_reflection_with_a_lock_held_is_a_finding),
		cmocka_unit_test(test_reflection_with_the_lock_given_back_is_none),
		cmocka_unit_test(test_reflection_hands_the_guests_hypercalls_on),
		cmocka_unit_test(test_reflection_may_be_the_ultravisors_own),
		cmocka_unit_test(test_reflections_of_two_vcpus_go_side_by_side),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
