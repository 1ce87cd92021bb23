/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_secure.c - becoming secure, and what each design makes of it: order of
 * calls, the sweep, abort, argument checks, faults of the guest.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

static void test_init_sweep_moves_what_was_never_moved(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 3);
	lab_slot(&lab, 4, GFN(16), 2);
	lab_write(&lab, GFN(1), LAB_PLAIN(3));
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(0), 0);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(16), ABI_H_PAGE_IN_SHARED);
	struct lab_step *done = lab_hcall(&lab, ABI_H_SVM_INIT_DONE, GFN(0), 0);
	struct lab_step *swept = lab_view(&lab, GFN(1));
	struct lab_step *shared = lab_view(&lab, GFN(16));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(done->result, ABI_H_SUCCESS);
	assert_int_equal(lab_calls(&lab, ABI_UV_REGISTER_MEM_SLOT), 2);
	const struct call *c = lab_call_nth(&lab, ABI_UV_REGISTER_MEM_SLOT, 1);
	assert_int_equal(c->arg[1], 16 << 16);
	assert_int_equal(c->arg[2], 2 << 16);
	assert_int_equal(c->arg[4], 4);
	/* Only the shared page was told of: page 0 was empty, the sweep tells nothing. */
	assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_IN), 1);
	assert_int_equal(swept->view.pte, HOST_PTE_DEVICE);
	assert_int_equal(swept->view.mark, HV_MARK_UVMEM);
	assert_int_equal(shared->view.mark, HV_MARK_SHARED);
	assert_int_equal(shared->used, 4);
	assert_int_equal(shared->marked, 4);
	lab_close(&lab);
}

static void test_v9_has_no_sweep(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 3);
	lab_write(&lab, GFN(1), LAB_PLAIN(3));
	lab_secure(&lab);
	struct lab_step *view = lab_view(&lab, GFN(1));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
	assert_int_equal(view->used, 0);
	lab_close(&lab);
}

static void test_sweep_without_device_pages_is_refused(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 2};
	lab_slot(&lab, 0, GFN(0), 3);
	lab_start(&lab);
	struct lab_step *done = lab_hcall(&lab, ABI_H_SVM_INIT_DONE, GFN(0), 0);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(done->result, ABI_H_STATE);
	lab_close(&lab);
}

static void test_abort_returns_pages_and_goes_to_the_guest(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 3);
	lab_write(&lab, GFN(1), LAB_PLAIN(3));
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *abort = lab_hcall(&lab, ABI_H_SVM_INIT_ABORT, GFN(0), 0);
	abort->call.arg[CALL_STATE] = call_state_pack((struct call_state){.msr = 0});
	struct lab_step *view = lab_view(&lab, GFN(1));
	struct lab_step *late = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(abort->result, ABI_H_PARAMETER);
	assert_int_equal(abort->call.ret[RET_ROUTE], ROUTE_GUEST);
	assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
	assert_int_equal(view->view.token, LAB_CIPHER(1));
	assert_int_equal(view->view.mark, HV_MARK_NONE);
	assert_int_equal(view->used, 0);
	assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 1);
	assert_int_equal(lab_calls(&lab, ABI_UV_SVM_TERMINATE), 1);
	assert_int_equal(late->result, ABI_H_UNSUPPORTED);
	lab_close(&lab);
}

static void test_abort_after_done_is_refused(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	struct lab_step *early = lab_hcall(&lab, ABI_H_SVM_INIT_ABORT, GFN(0), 0);
	lab_secure(&lab);
	struct lab_step *late = lab_hcall(&lab, ABI_H_SVM_INIT_ABORT, GFN(0), 0);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(early->result, ABI_H_UNSUPPORTED);
	assert_int_equal(late->result, ABI_H_STATE);
	assert_int_equal(late->call.ret[RET_ROUTE], ROUTE_UV_RETURN);
	lab_close(&lab);
}

static void test_v9_does_not_know_abort(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
	lab_start(&lab);
	struct lab_step *abort = lab_hcall(&lab, ABI_H_SVM_INIT_ABORT, GFN(0), 0);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(abort->result, ABI_H_FUNCTION);
	lab_close(&lab);
}

static void test_wrong_arguments_have_the_codes_of_linux(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		struct lab_step *early = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *early_out = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(1), 0);
		struct lab_step *early_done = lab_hcall(&lab, ABI_H_SVM_INIT_DONE, GFN(1), 0);
		lab_start(&lab);
		struct lab_step *guest = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		guest->call.arg[CALL_STATE] = 0;
		struct lab_step *order = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 2);
		order->call.arg[2] = 12;
		struct lab_step *flags = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 2);
		struct lab_step *out_flags = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(1), 1);
		struct lab_step *slot = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(9), 0);
		struct lab_step *share = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(9), ABI_H_PAGE_IN_SHARED);
		struct lab_step *out = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(9), 0);
		struct lab_step *far = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		far->call.arg[0] = UINT64_MAX;
		struct lab_step *unknown = lab_hcall(&lab, 0xEF10, GFN(1), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(early->result, ABI_H_UNSUPPORTED);
		assert_int_equal(early->call.ret[RET_ROUTE], ROUTE_GUEST);
		assert_int_equal(early_out->result, ABI_H_UNSUPPORTED);
		assert_int_equal(early_done->result, ABI_H_UNSUPPORTED);
		assert_int_equal(guest->result, ABI_H_UNSUPPORTED);
		assert_int_equal(order->result, ABI_H_P3);
		assert_int_equal(flags->result, ABI_H_P2);
		assert_int_equal(out_flags->result, ABI_H_P2);
		assert_int_equal(slot->result, ABI_H_PARAMETER);
		assert_int_equal(share->result, ABI_H_PARAMETER);
		assert_int_equal(out->result, ABI_H_PARAMETER);
		assert_int_equal(far->result, ABI_H_PARAMETER);
		assert_int_equal(unknown->result, ABI_H_FUNCTION);
		lab_close(&lab);
	}
}

static void test_init_start_is_refused_without_secure_memory_or_leave(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab none = {.design = d};
		struct lab_step *start = lab_hcall(&none, ABI_H_SVM_INIT_START, GFN(0), 0);
		lab_run(&none);
		assert_int_equal(start->result, ABI_H_UNSUPPORTED);
		/* v9 forgets the way back, upstream stores the flag first. */
		assert_int_equal(start->call.ret[RET_ROUTE], d < DESIGN_UVMEM_LOCK ? ROUTE_GUEST : ROUTE_UV_RETURN);
		lab_close(&none);
		struct lab off = {.design = d, .secure_frames = 8, .svm_disabled = true};
		start = lab_hcall(&off, ABI_H_SVM_INIT_START, GFN(0), 0);
		lab_run(&off);
		assert_int_equal(start->result, ABI_H_AUTHORITY);
		lab_close(&off);
	}
}

static void test_failing_registration_gives_the_wrong_slot_back(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK,
		.secure_frames = 8,
		.fail_number = ABI_UV_REGISTER_MEM_SLOT,
		.fail_after = 1,
		.fail_code = ABI_U_PARAMETER};
	lab_slot(&lab, 1, GFN(0), 2);
	lab_slot(&lab, 5, GFN(8), 2);
	struct lab_step *start = lab_hcall(&lab, ABI_H_SVM_INIT_START, GFN(0), 0);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(start->result, ABI_H_PARAMETER);
	assert_int_equal(lab_calls(&lab, ABI_UV_UNREGISTER_MEM_SLOT), 1);
	assert_int_equal(lab_call_nth(&lab, ABI_UV_UNREGISTER_MEM_SLOT, 0)->arg[1], 5);
	assert_int_equal(heap_live(lab.hv_domain, OBJ_PFNS), 1);
	lab_close(&lab);
}

/* ---- faults and the bus ------------------------------------------------------------ */

static struct lab_step *lab_fault(struct lab *lab, gfn_t gfn)
{
	struct lab_step *step = lab_hcall(lab, ABI_H_PAGE_FAULT, gfn, 1);
	step->call.arg[CALL_STATE] = 0;
	return step;
}

static void test_normal_guest_faults_and_then_reaches_its_page(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 4);
	struct lab_step *first = lab_bus(&lab, BUS_ACCESS, 0, 2, 1, LAB_PLAIN(9));
	struct lab_step *fault = lab_fault(&lab, GFN(2));
	struct lab_step *store = lab_bus(&lab, BUS_ACCESS, 0, 2, 1, LAB_PLAIN(9));
	struct lab_step *load = lab_bus(&lab, BUS_ACCESS, 0, 2, 0, 0);
	struct lab_step *host = lab_host(&lab, HV_READ, GFN(2), 1);
	lab_host(&lab, HV_INVALIDATE, GFN(2), 1);
	struct lab_step *gone = lab_bus(&lab, BUS_ACCESS, 0, 2, 0, 0);
	struct lab_step *outside = lab_fault(&lab, GFN(77));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(first->result, BUS_FAULT);
	assert_int_equal(fault->result, 0);
	assert_int_equal(fault->call.ret[RET_ROUTE], ROUTE_GUEST);
	assert_int_equal(store->result, BUS_OK);
	assert_int_equal(load->call.ret[1], LAB_PLAIN(9));
	assert_int_equal(host->request.token, LAB_PLAIN(9));
	assert_int_equal(gone->result, BUS_FAULT);
	assert_int_equal(outside->result, ABI_H_PARAMETER);
	lab_close(&lab);
}

static void test_secure_guest_fault_sends_the_page(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), ABI_H_PAGE_IN_SHARED);
		lab_hcall(&lab, ABI_H_SVM_INIT_DONE, GFN(0), 0);
		lab_host(&lab, HV_INVALIDATE, GFN(1), 1);
		struct lab_step *fault = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(1), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(fault->result, 0);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_IN), 2);
		assert_int_equal(
			lab_call_nth(&lab, ABI_UV_PAGE_IN, 0)->arg[1], lab_call_nth(&lab, ABI_UV_PAGE_IN, 1)->arg[1]);
		/* The invalidation told the ultravisor, v9 with a size for an order. */
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_INVAL), 1);
		assert_int_equal(lab_call_nth(&lab, ABI_UV_PAGE_INVAL, 0)->arg[2],
			d == DESIGN_V8_RMAP || d == DESIGN_V9_RMAP ? 65536 : 16);
		lab_close(&lab);
	}
}

static void test_frames_are_read_and_written_by_number(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(0), LAB_PLAIN(1));
	struct lab_step *read = lab_bus(&lab, BUS_FRAME_READ, 1, 0, 0, 0);
	lab_bus(&lab, BUS_FRAME_WRITE, 1, LAB_PLAIN(2), 0, 0);
	struct lab_step *host = lab_host(&lab, HV_READ, GFN(0), 1);
	struct lab_step *shared = lab_bus(&lab, BUS_SHARED_ACCESS, 1, 0, 0, 0);
	struct lab_step *none = lab_bus(&lab, BUS_FRAME_READ, 5000, 0, 0, 0);
	struct lab_step *wild = lab_bus(&lab, BUS_SHARED_ACCESS, UINT64_MAX, 1, 0, 0);
	struct lab_step *stranger = lab_bus(&lab, BUS_ACCESS, 9, 1, 0, 0);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(read->call.ret[1], LAB_PLAIN(1));
	assert_int_equal(host->request.token, LAB_PLAIN(2));
	assert_int_equal(shared->call.ret[1], LAB_PLAIN(2));
	assert_int_equal(none->result, BUS_NO_FRAME);
	assert_int_equal(wild->result, BUS_NO_FRAME);
	assert_int_equal(stranger->result, BUS_FAULT);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init_sweep_moves_what_was_never_moved),
		cmocka_unit_test(test_v9_has_no_sweep),
		cmocka_unit_test(test_sweep_without_device_pages_is_refused),
		cmocka_unit_test(test_abort_returns_pages_and_goes_to_the_guest),
		cmocka_unit_test(test_abort_after_done_is_refused),
		cmocka_unit_test(test_v9_does_not_know_abort),
		cmocka_unit_test(test_wrong_arguments_have_the_codes_of_linux),
		cmocka_unit_test(test_init_start_is_refused_without_secure_memory_or_leave),
		cmocka_unit_test(test_failing_registration_gives_the_wrong_slot_back),
		cmocka_unit_test(test_normal_guest_faults_and_then_reaches_its_page),
		cmocka_unit_test(test_secure_guest_fault_sends_the_page),
		cmocka_unit_test(test_frames_are_read_and_written_by_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
