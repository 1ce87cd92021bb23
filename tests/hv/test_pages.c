/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_pages.c - one page's ways between normal memory and device: page-in,
 * page-out, share, host touch, in both designs where they agree.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

#include <string.h>

static void test_page_in_moves_a_written_page_to_the_device(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_start(&lab);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		struct lab_step *again = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(in->result, ABI_H_SUCCESS);
		assert_int_equal(in->call.ret[RET_ROUTE], ROUTE_UV_RETURN);
		assert_int_equal(in->call.ret[RET_COOKIE], 0x1234);
		const struct call *c = lab_call_nth(&lab, ABI_UV_PAGE_IN, 0);
		assert_int_equal(c->arg[0], 7);
		assert_int_not_equal(c->arg[1], 0);
		assert_int_equal(c->arg[2], 1 << 16);
		assert_int_equal(c->arg[4], 16);
		assert_int_equal(call_state_of(c).msr, MSR_HV);
		assert_int_equal(call_state_of(c).vcpu, 0);
		assert_int_equal(lab.log_token[c - lab.log], LAB_PLAIN(5));
		assert_int_equal(view->view.mark, HV_MARK_UVMEM);
		assert_int_equal(view->view.pte, HOST_PTE_DEVICE);
		assert_int_equal(view->view.device.n, 0);
		assert_int_equal(view->used, 1);
		assert_int_equal(view->marked, 1);
		assert_int_equal(again->result, ABI_H_PARAMETER);
		lab_close(&lab);
	}
}

static void test_page_in_of_an_untouched_page_sends_no_content(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	struct lab_step *hole = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *read = lab_host(&lab, HV_READ, GFN(2), 1);
	struct lab_step *zero = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(2), 0);
	struct lab_step *view = lab_view(&lab, GFN(2));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(hole->result, ABI_H_SUCCESS);
	assert_int_equal(read->request.token, TOKEN_ZERO);
	assert_int_equal(zero->result, ABI_H_SUCCESS);
	assert_int_equal(view->view.pte, HOST_PTE_DEVICE);
	assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_IN), 0);
	lab_close(&lab);
}

static void test_host_touch_brings_the_page_back_encrypted(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(1), 1);
		struct lab_step *view = lab_view(&lab, GFN(1));
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(read->result, 0);
		assert_int_equal(read->request.token, LAB_CIPHER(1));
		assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
		assert_int_equal(view->view.token, LAB_CIPHER(1));
		assert_int_equal(view->view.mark, lab_mark(d, HV_MARK_MEM));
		assert_int_equal(view->used, 0);
		assert_int_equal(in->result, ABI_H_SUCCESS);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 1);
		lab_close(&lab);
	}
}

static void test_refused_page_out_is_a_bus_error_and_changes_nothing(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {
			.design = d, .secure_frames = 8, .fail_number = ABI_UV_PAGE_OUT, .fail_code = ABI_U_PARAMETER};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(1), 1);
		struct lab_step *out = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(read->result, HOST_SIGBUS);
		assert_int_equal(out->result, ABI_H_PARAMETER);
		assert_int_equal(view->view.mark, HV_MARK_UVMEM);
		assert_int_equal(view->view.pte, HOST_PTE_DEVICE);
		assert_int_equal(view->used, 1);
		lab_close(&lab);
	}
}

static void test_page_out_call_moves_the_page_and_is_idempotent(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(3), 0);
		struct lab_step *out = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(3), 0);
		struct lab_step *again = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(3), 0);
		struct lab_step *view = lab_view(&lab, GFN(3));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(out->result, ABI_H_SUCCESS);
		assert_int_equal(again->result, ABI_H_SUCCESS);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 1);
		assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
		assert_int_equal(view->view.token, LAB_CIPHER(3));
		lab_close(&lab);
	}
}

static void test_share_takes_the_page_back_without_content(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *share = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), ABI_H_PAGE_IN_SHARED);
		struct lab_step *view = lab_view(&lab, GFN(1));
		struct lab_step *unshare = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *after = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(share->result, ABI_H_SUCCESS);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
		assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
		assert_int_equal(view->view.mark, lab_mark(d, HV_MARK_SHARED));
		assert_int_equal(view->used, 0);
		assert_int_equal(unshare->result, ABI_H_SUCCESS);
		assert_int_equal(after->view.mark, HV_MARK_UVMEM);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_IN), 2);
		lab_close(&lab);
	}
}

static void test_refused_page_in_leaves_no_device_page(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK,
		.secure_frames = 8,
		.fail_number = ABI_UV_PAGE_IN,
		.fail_code = ABI_U_BUSY};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	lab_start(&lab);
	struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *view = lab_view(&lab, GFN(1));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(in->result, ABI_H_PARAMETER);
	assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
	assert_int_equal(view->view.token, LAB_PLAIN(5));
	assert_int_equal(view->view.mark, HV_MARK_MEM);
	assert_int_equal(view->used, 0);
	lab_close(&lab);
}

static void test_v9_does_not_look_at_what_page_in_answers(void **state)
{
	(void)state;
	struct lab lab = {
		.design = DESIGN_V9_RMAP, .secure_frames = 8, .fail_number = ABI_UV_PAGE_IN, .fail_code = ABI_U_BUSY};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	lab_start(&lab);
	struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *view = lab_view(&lab, GFN(1));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(in->result, ABI_H_SUCCESS);
	assert_int_equal(view->view.mark, HV_MARK_UVMEM);
	lab_close(&lab);
}

/* uvmem-fixed makes up for it: test_fixed.c. */
static void test_unmapping_a_device_page_frees_it(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		if (d == DESIGN_UVMEM_FIXED)
			continue;
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(2), 0);
		lab_host(&lab, HV_MADVISE_DONTNEED, GFN(1), 1);
		struct lab_step *advised = lab_view(&lab, GFN(1));
		lab_host(&lab, HV_MUNMAP, GFN(2), 1);
		struct lab_step *unmapped = lab_view(&lab, GFN(2));
		struct lab_step *advised_read = lab_host(&lab, HV_READ, GFN(1), 1);
		struct lab_step *unmapped_read = lab_host(&lab, HV_READ, GFN(2), 1);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(advised->used, 1);
		assert_int_equal(advised->view.pte, HOST_PTE_NONE);
		assert_int_equal(unmapped->used, 0);
		assert_int_equal(unmapped->marked, 0);
		assert_int_equal(advised_read->result, 0);
		assert_int_equal(advised_read->request.token, TOKEN_ZERO);
		assert_int_equal(unmapped_read->result, HOST_SIGSEGV);
		assert_int_equal(heap_live(lab.hv_domain, OBJ_PVT), 0);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
		lab_close(&lab);
	}
}

static void test_pool_that_is_empty_refuses_page_in(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 1};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *second = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(2), 0);
		struct lab_step *view = lab_view(&lab, GFN(2));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(second->result, ABI_H_PARAMETER);
		assert_int_equal(view->used, 1);
		assert_int_equal(view->view.pte, HOST_PTE_NONE);
		lab_close(&lab);
	}
}

static void test_no_normal_memory_fails_the_touch(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8, .normal_frames = 1};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *first = lab_write(&lab, GFN(2), LAB_PLAIN(1));
	struct lab_step *second = lab_write(&lab, GFN(3), LAB_PLAIN(1));
	struct lab_step *read = lab_host(&lab, HV_READ, GFN(1), 1);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(first->result, 0);
	assert_int_equal(second->result, HOST_ENOMEM);
	assert_int_equal(read->result, HOST_SIGBUS);
	lab_close(&lab);
}

/* A second thread that takes its reference before the page is isolated keeps it from moving, after UV_PAGE_OUT. */
static void test_second_reference_loses_the_content_of_a_page_out(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK,
		.secure_frames = 8,
		.page_out_delay = 100000,
		.fail_number = ABI_UV_PAGE_OUT,
		.fail_after = 1,
		.fail_code = ABI_U_PARAMETER};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *first = lab_host(&lab, HV_READ, GFN(1), 1);
	struct lab_step *second = lab_host(&lab, HV_READ, GFN(1), 1);
	second->at = first->at + 25;
	struct lab_step *view = lab_view(&lab, GFN(1));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(first->result, HOST_SIGBUS);
	assert_int_equal(second->result, HOST_SIGBUS);
	assert_int_equal(view->view.pte, HOST_PTE_DEVICE);
	lab_close(&lab);
}

static void test_second_thread_waits_for_a_migration_under_way(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8, .page_out_delay = 100000};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *first = lab_host(&lab, HV_READ, GFN(1), 1);
	struct lab_step *second = lab_host(&lab, HV_READ, GFN(1), 1);
	second->at = first->at + 50000;
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(first->request.token, LAB_CIPHER(1));
	assert_int_equal(second->request.token, LAB_CIPHER(1));
	assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 1);
	lab_close(&lab);
}

/* page_free after a host touch runs without uvmem_lock: a share can see the mark of a page without private data. */
static void test_share_may_meet_a_page_that_is_being_freed(void **state)
{
	(void)state;
	unsigned crashes = 0;
	for (unsigned late = 0; late < 1500; late += 5) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *touch = lab_host(&lab, HV_READ, GFN(1), 1);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), ABI_H_PAGE_IN_SHARED)->at = touch->at + late;
		lab_run(&lab);
		const struct finding *f = lab_finding(&lab);
		if (f) {
			assert_int_equal(f->kind, FINDING_MODEL);
			assert_non_null(strstr(f->title, "NULL pointer dereference"));
			crashes++;
		}
		lab_close(&lab);
	}
	assert_true(crashes > 0 && crashes < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_in_moves_a_written_page_to_the_device),
		cmocka_unit_test(test_page_in_of_an_untouched_page_sends_no_content),
		cmocka_unit_test(test_host_touch_brings_the_page_back_encrypted),
		cmocka_unit_test(test_refused_page_out_is_a_bus_error_and_changes_nothing),
		cmocka_unit_test(test_page_out_call_moves_the_page_and_is_idempotent),
		cmocka_unit_test(test_share_takes_the_page_back_without_content),
		cmocka_unit_test(test_refused_page_in_leaves_no_device_page),
		cmocka_unit_test(test_v9_does_not_look_at_what_page_in_answers),
		cmocka_unit_test(test_unmapping_a_device_page_frees_it),
		cmocka_unit_test(test_pool_that_is_empty_refuses_page_in),
		cmocka_unit_test(test_no_normal_memory_fails_the_touch),
		cmocka_unit_test(test_second_reference_loses_the_content_of_a_page_out),
		cmocka_unit_test(test_share_may_meet_a_page_that_is_being_freed),
		cmocka_unit_test(test_second_thread_waits_for_a_migration_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
