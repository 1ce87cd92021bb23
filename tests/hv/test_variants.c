/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_variants.c - what a run may be a variant of: deletion policies, and the
 * switches that bring a historical bug back or take one away. Each switch is
 * tried with and without.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

#include <string.h>

/* ---- what becomes of pages on the device at a slot's deletion -------------------------- */

/* The designs with arrays cannot forget. */
static void test_only_one_policy_has_a_reason_against_it(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		for (enum slot_delete p = SLOT_DELETE_DESIGN; p < SLOT_DELETE_COUNT; p++) {
			bool senseless = d >= DESIGN_UVMEM_LOCK && p == SLOT_DELETE_FORGET;
			assert_int_equal(policy_why(d, p) != NULL, senseless);
		}
	}
}

static void test_policies_do_what_they_are_called(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		for (enum slot_delete p = SLOT_DELETE_BRING_BACK; p < SLOT_DELETE_COUNT; p++) {
			if (policy_why(d, p))
				continue;
			struct lab lab = {.design = d, .slot_delete = p, .secure_frames = 8};
			lab_slot(&lab, 1, GFN(16), 2);
			lab_write(&lab, GFN(17), LAB_PLAIN(4));
			lab_start(&lab);
			lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
			lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
			struct lab_step *view = lab_view(&lab, GFN(17));
			lab_run(&lab);
			lab_expect_finished(&lab);
			bool back = p != SLOT_DELETE_FORGET, content = p == SLOT_DELETE_BRING_BACK;
			assert_int_equal(view->used, back ? 0 : 1);
			if (back)
				assert_int_equal(view->marked, 0);
			/* uvmem-fixed leaves nothing mapped for content that nobody wants: zeros at the next touch. */
			bool none = d == DESIGN_UVMEM_FIXED && !content;
			assert_int_equal(view->view.pte, none   ? HOST_PTE_NONE
							 : back ? HOST_PTE_NORMAL
								: HOST_PTE_DEVICE);
			assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), content);
			if (content)
				assert_int_equal(view->view.token, LAB_CIPHER(17));
			assert_int_equal(lab_calls(&lab, ABI_UV_UNREGISTER_MEM_SLOT), 1);
			lab_close(&lab);
		}
	}
}

/* A frame that held something else before: the way back of uvmem-lock does not clean it, the policy does in each design. */
static void test_zero_fill_leaves_zeros(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		for (unsigned chosen = 0; chosen < 2; chosen++) {
			if ((!chosen && d != DESIGN_UVMEM_LOCK) || d == DESIGN_UVMEM_FIXED)
				continue;
			struct lab lab = {.design = d, .secure_frames = 8};
			lab.slot_delete = chosen ? SLOT_DELETE_ZERO_FILL : SLOT_DELETE_DESIGN;
			lab_slot(&lab, 1, GFN(16), 2);
			lab_write(&lab, GFN(16), LAB_PLAIN(3));
			lab_start(&lab);
			lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
			lab_host(&lab, HV_MADVISE_DONTNEED, GFN(16), 1);
			lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
			struct lab_step *view = lab_view(&lab, GFN(17));
			lab_run(&lab);
			lab_expect_finished(&lab);
			assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
			assert_int_equal(view->view.token, chosen ? TOKEN_ZERO : LAB_PLAIN(3));
			assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
			lab_close(&lab);
		}
	}
}

/* What is forgotten goes when userspace unmaps it; only the look-up by memslot survives that. */
static void test_forgotten_pages_go_with_their_mapping(void **state)
{
	(void)state;
	const enum hv_request_kind kinds[] = {HV_MUNMAP, HV_READ};
	for (unsigned i = 0; i < 2; i++) {
		struct lab lab = {.design = DESIGN_SRCU_LOOKUP, .secure_frames = 8};
		lab_slot(&lab, 1, GFN(16), 2);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
		struct lab_step *out = lab_view(&lab, GFN(17));
		lab_host(&lab, kinds[i], GFN(17), 1);
		struct lab_step *gone = lab_view(&lab, GFN(17));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(out->used, 1);
		assert_int_equal(gone->used, 0);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
		assert_int_equal(heap_live(lab.hv_domain, OBJ_PVT), 0);
		lab_close(&lab);
	}
}

/* ---- switches ------------------------------------------------------------------------------ */

static void test_fix_drop_on_delete(void **state)
{
	(void)state;
	for (unsigned fixed = 0; fixed < 2; fixed++) {
		struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
		lab.mutants = fixed ? MUTANTS(FIX_DROP_ON_DELETE) : 0;
		lab_slot(&lab, 1, GFN(16), 2);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
		struct lab_step *view = lab_view(&lab, GFN(17));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(view->used, fixed ? 0 : 1);
		lab_close(&lab);
	}
}

/* A fault that comes when the page is secure: as posted, the page is fetched back and sent once more. */
static void test_fix_secure_check(void **state)
{
	(void)state;
	for (unsigned fixed = 0; fixed < 2; fixed++) {
		struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
		lab.mutants = fixed ? MUTANTS(FIX_SECURE_CHECK) : 0;
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(1));
		lab_secure(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *fault = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(fault->result, 0);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_IN), fixed ? 1 : 2);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), fixed ? 0 : 1);
		assert_int_equal(view->view.pte, fixed ? HOST_PTE_DEVICE : HOST_PTE_NORMAL);
		lab_close(&lab);
	}
}

static void test_fix_inval_order(void **state)
{
	(void)state;
	for (unsigned fixed = 0; fixed < 2; fixed++) {
		struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
		lab.mutants = fixed ? MUTANTS(FIX_INVAL_ORDER) : 0;
		lab_slot(&lab, 0, GFN(0), 4);
		lab_secure(&lab);
		lab_host(&lab, HV_INVALIDATE, GFN(1), 1);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(lab_call_nth(&lab, ABI_UV_PAGE_INVAL, 0)->arg[2], fixed ? 16 : 65536);
		lab_close(&lab);
	}
}

/* The page-in has its rmap entry, and the slot goes before it comes to write it. */
static void test_srcu_dropped_early(void **state)
{
	(void)state;
#if PEF_HOOKS
	for (unsigned bug = 0; bug < 2; bug++) {
		struct lab lab = {.design = DESIGN_V8_RMAP, .secure_frames = 8};
		lab.mutants = bug ? MUTANTS(SRCU_DROPPED_EARLY) : 0;
		lab.hold = "g0.vcpu2/uv/hv at acquire bitmap_lock #1 until g0.qemu3 passes free rmap[1]";
		lab_slot(&lab, 1, GFN(16), 2);
		lab_start(&lab);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1)->at = in->at + 100;
		lab_run(&lab);
		assert_true(lab.held.reached);
		const struct finding *f = lab_finding(&lab);
		if (bug) {
			assert_non_null(f);
			assert_int_equal(f->kind, FINDING_USE_AFTER_FREE);
			assert_non_null(strstr(f->object, "rmap[1]"));
		} else {
			lab_expect_finished(&lab);
		}
		lab_close(&lab);
	}
#endif
}

static void test_ksm_under_read_lock(void **state)
{
	(void)state;
	for (unsigned bug = 0; bug < 2; bug++) {
		char got[512];
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		lab.mutants = bug ? MUTANTS(KSM_UNDER_READ_LOCK) : 0;
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_run(&lab);
		lab_expect_finished(&lab);
		struct trace_merge *merge = trace_merge_open(lab.engine);
		struct trace_event e;
		unsigned shared = 0;
		while (trace_merge_next(merge, &e))
			shared += e.rec.kind == TRACE_LOCK_ACQUIRE && e.rec.aux == LOCK_SHARED;
		trace_merge_close(merge);
		assert_int_equal(shared, bug);
		assert_non_null(strstr(lab_locks(&lab, &lab.steps[1], got, sizeof(got)), "+mmap_lock -mmap_lock"));
		lab_close(&lab);
	}
}

static void test_start_flag_on_success_only(void **state)
{
	(void)state;
	for (unsigned bug = 0; bug < 2; bug++) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8, .svm_disabled = true};
		lab.mutants = bug ? MUTANTS(START_FLAG_ON_SUCCESS_ONLY) : 0;
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(lab.steps[1].result, ABI_H_AUTHORITY);
		assert_int_equal(lab.steps[1].call.ret[RET_ROUTE], bug ? ROUTE_GUEST : ROUTE_UV_RETURN);
		lab_close(&lab);
	}
}

static void test_abort_checks_secure_bit(void **state)
{
	(void)state;
	for (unsigned bug = 0; bug < 2; bug++) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		lab.mutants = bug ? MUTANTS(ABORT_CHECKS_SECURE_BIT) : 0;
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		struct lab_step *abort = lab_hcall(&lab, ABI_H_SVM_INIT_ABORT, GFN(0), 0);
		abort->call.arg[CALL_STATE] = 0;
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(abort->result, bug ? ABI_H_UNSUPPORTED : ABI_H_PARAMETER);
		assert_int_equal(lab_calls(&lab, ABI_UV_SVM_TERMINATE), bug ? 0 : 1);
		lab_close(&lab);
	}
}

static void test_drop_by_gup(void **state)
{
	(void)state;
	for (unsigned bug = 0; bug < 2; bug++) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		lab.mutants = bug ? MUTANTS(DROP_BY_GUP) : 0;
		lab_slot(&lab, 1, GFN(16), 2);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
		struct lab_step *view = lab_view(&lab, GFN(17));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(view->used, bug ? 1 : 0);
		assert_int_equal(heap_live(lab.hv_domain, OBJ_PFNS), 0);
		lab_close(&lab);
	}
}

static void test_page_in_failure_leaks(void **state)
{
	(void)state;
	for (unsigned bug = 0; bug < 2; bug++) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK,
			.secure_frames = 8,
			.fail_number = ABI_UV_PAGE_IN,
			.fail_code = ABI_U_PARAMETER};
		lab.mutants = bug ? MUTANTS(PAGE_IN_FAILURE_LEAKS) : 0;
		lab_slot(&lab, 0, GFN(0), 2);
		lab_write(&lab, GFN(1), LAB_PLAIN(1));
		lab_start(&lab);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(in->result, ABI_H_PARAMETER);
		assert_int_equal(view->used, bug);
		assert_int_equal(view->marked, bug);
		assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
		assert_int_equal(view->view.mark, bug ? HV_MARK_UVMEM : HV_MARK_MEM);
		lab_close(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_one_policy_has_a_reason_against_it),
		cmocka_unit_test(test_policies_do_what_they_are_called),
		cmocka_unit_test(test_zero_fill_leaves_zeros),
		cmocka_unit_test(test_forgotten_pages_go_with_their_mapping),
		cmocka_unit_test(test_fix_drop_on_delete),
		cmocka_unit_test(test_fix_secure_check),
		cmocka_unit_test(test_fix_inval_order),
		cmocka_unit_test(test_srcu_dropped_early),
		cmocka_unit_test(test_ksm_under_read_lock),
		cmocka_unit_test(test_start_flag_on_success_only),
		cmocka_unit_test(test_abort_checks_secure_bit),
		cmocka_unit_test(test_drop_by_gup),
		cmocka_unit_test(test_page_in_failure_leaks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
