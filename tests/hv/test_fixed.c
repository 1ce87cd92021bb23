/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fixed.c - the changes of uvmem-fixed, each beside what uvmem-lock does.
 *
 * Most of them have a scenario (docs/designs.md) in which the fault ends in a
 * finding. Here is what can be seen directly, and what no finding tells of.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

static const enum design_id pair[] = {DESIGN_UVMEM_LOCK, DESIGN_UVMEM_FIXED};
#define EACH_OF_THE_PAIR(d) for (unsigned at_ = 0, d = pair[0]; at_ < 2; d = pair[++at_ & 1u])

/* A page that the process throws away stays secure for the ultravisor: it gets a device page again. */
static void test_a_discarded_page_is_put_back(void **state)
{
	(void)state;
	EACH_OF_THE_PAIR(d)
	{
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_secure(&lab);
		lab_host(&lab, HV_MADVISE_DONTNEED, GFN(1), 1);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		bool fixed = d == DESIGN_UVMEM_FIXED;
		assert_int_equal(view->view.mark, fixed ? HV_MARK_UVMEM : HV_MARK_MEM);
		assert_int_equal(view->view.pte, fixed ? HOST_PTE_DEVICE : HOST_PTE_NONE);
		assert_int_equal(view->used, fixed ? 4 : 3);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
		assert_int_equal(heap_live(lab.hv_domain, OBJ_PVT), view->used);
		lab_close(&lab);
	}
}

/* Where its memory is gone, the ultravisor is told that it is out. */
static void test_an_unmapped_page_is_paged_out(void **state)
{
	(void)state;
	EACH_OF_THE_PAIR(d)
	{
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_secure(&lab);
		lab_host(&lab, HV_MUNMAP, GFN(1), 1);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(view->view.mark, HV_MARK_MEM);
		assert_int_equal(view->used, 3);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), d == DESIGN_UVMEM_FIXED ? 1 : 0);
		lab_close(&lab);
	}
}

/* The third of three slots cannot be registered: Linux gives that one back twice. */
static void test_the_slots_before_the_failed_one_are_given_back(void **state)
{
	(void)state;
	EACH_OF_THE_PAIR(d)
	{
		struct lab lab = {.design = d,
			.secure_frames = 8,
			.fail_number = ABI_UV_REGISTER_MEM_SLOT,
			.fail_after = 2,
			.fail_code = ABI_U_PARAMETER};
		for (uint32_t i = 0; i < 3; i++)
			lab_slot(&lab, i, GFN(16 * i), 1);
		lab_start(&lab);
		lab_run(&lab);
		lab_expect_finished(&lab);
		bool fixed = d == DESIGN_UVMEM_FIXED;
		assert_int_equal(lab_calls(&lab, ABI_UV_UNREGISTER_MEM_SLOT), 2);
		for (unsigned n = 0; n < 2; n++)
			assert_int_equal(lab_call_nth(&lab, ABI_UV_UNREGISTER_MEM_SLOT, n)->arg[1], fixed ? n : 2);
		assert_int_equal(heap_live(lab.hv_domain, OBJ_PFNS), fixed ? 0 : 2);
		lab_close(&lab);
	}
}

/* A VM that is secure no more has no arrays. After an abort KVM_PPC_SVM_OFF has nothing to do. */
static void test_arrays_go_with_the_secure_vm(void **state)
{
	(void)state;
	for (unsigned abort = 0; abort < 2; abort++) {
		EACH_OF_THE_PAIR(d)
		{
			struct lab lab = {.design = d, .secure_frames = 8};
			lab_slot(&lab, 0, GFN(0), 4);
			lab_start(&lab);
			lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
			if (abort)
				lab_hcall(&lab, ABI_H_SVM_INIT_ABORT, GFN(0), 0);
			else
				lab_hcall(&lab, ABI_H_EXIT, GFN(0), 0);
			lab_host(&lab, HV_SVM_OFF, GFN(0), 0);
			struct lab_step *view = lab_view(&lab, GFN(1));
			lab_run(&lab);
			lab_expect_finished(&lab);
			assert_int_equal(view->used, 0);
			assert_int_equal(heap_live(lab.hv_domain, OBJ_PFNS), d == DESIGN_UVMEM_FIXED ? 0 : 1);
			lab_close(&lab);
		}
	}
}

/* The process lives on when its VM is gone, and so do its device pages in Linux: each names a VM that is no more. */
static void test_no_device_page_outlives_the_vm(void **state)
{
	(void)state;
	EACH_OF_THE_PAIR(d)
	{
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_secure(&lab);
		lab_host(&lab, HV_CLOSE_VM, GFN(0), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(view->used, d == DESIGN_UVMEM_FIXED ? 0 : 4);
		assert_int_equal(heap_live(lab.hv_domain, OBJ_PVT), view->used);
		lab_close(&lab);
	}
}

/* A refusal leaves the mark as it was; in Linux the page counts as paged out. */
static void test_a_refused_page_in_keeps_the_mark(void **state)
{
	(void)state;
	EACH_OF_THE_PAIR(d)
	{
		struct lab lab = {
			.design = d, .secure_frames = 8, .fail_number = ABI_UV_PAGE_IN, .fail_code = ABI_U_BUSY};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_start(&lab);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(in->result, ABI_H_PARAMETER);
		assert_int_equal(view->view.mark, d == DESIGN_UVMEM_FIXED ? HV_MARK_NONE : HV_MARK_MEM);
		assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
		assert_int_equal(view->view.token, LAB_PLAIN(5));
		assert_int_equal(view->used, 0);
		lab_close(&lab);
	}
}

/* The move fails once. What was asked for before it is lost; uvmem-fixed has not asked, and comes again. */
static void test_a_move_that_fails_costs_no_content(void **state)
{
	(void)state;
	EACH_OF_THE_PAIR(d)
	{
		struct lab lab = {.design = d, .secure_frames = 8};
		lab.rule = (struct inject_rule){
			.site = INJECT_MIGRATE_PAGE, .action = INJECT_DO_FAIL, .first = 2, .last = 2};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(1), 1);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(read->result, 0);
		/* Linux asks twice for what the first time has given away. */
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), d == DESIGN_UVMEM_FIXED ? 1 : 2);
		lab_close(&lab);
	}
}

/* A fault that was on its way while the page was unshared and paged out: what is mapped now is ciphertext. */
static void test_a_late_fault_sends_no_ciphertext(void **state)
{
	(void)state;
	EACH_OF_THE_PAIR(d)
	{
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_secure(&lab);
		lab_host(&lab, HV_READ, GFN(1), 1);
		struct lab_step *fault = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(1), 1);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(fault->result, 0);
		assert_int_equal(view->view.mark, HV_MARK_MEM);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_IN), d == DESIGN_UVMEM_FIXED ? 0 : 1);
		lab_close(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_discarded_page_is_put_back),
		cmocka_unit_test(test_an_unmapped_page_is_paged_out),
		cmocka_unit_test(test_the_slots_before_the_failed_one_are_given_back),
		cmocka_unit_test(test_arrays_go_with_the_secure_vm),
		cmocka_unit_test(test_no_device_page_outlives_the_vm),
		cmocka_unit_test(test_a_refused_page_in_keeps_the_mark),
		cmocka_unit_test(test_a_move_that_fails_costs_no_content),
		cmocka_unit_test(test_a_late_fault_sends_no_ciphertext),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
