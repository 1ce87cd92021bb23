/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_memslots.c - memslots come and go under both designs; what v9 leaves
 * behind, and what is left when the VM is closed.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

#include <string.h>

static void test_wrong_slots_are_refused(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 1, GFN(16), 4);
	struct lab_step *same = lab_slot(&lab, 1, GFN(32), 4);
	struct lab_step *overlap = lab_slot(&lab, 2, GFN(19), 1);
	struct lab_step *beside = lab_slot(&lab, 2, GFN(20), 1);
	struct lab_step *empty = lab_slot(&lab, 3, GFN(64), 0);
	struct lab_step *id = lab_slot(&lab, PEF_SLOTS_MAX, GFN(64), 1);
	struct lab_step *far = lab_slot(&lab, 4, GFN(UINT64_MAX - 1), 8);
	struct lab_step *none = lab_host(&lab, HV_SLOT_DELETE, GFN(0), 9);
	struct lab_step *range = lab_host(&lab, HV_MUNMAP, GFN(UINT64_MAX), 2);
	struct lab_step *guest = lab_slot(&lab, 4, GFN(64), 1);
	guest->request.guest = 5;
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(same->result, HOST_EEXIST);
	assert_int_equal(overlap->result, HOST_EEXIST);
	assert_int_equal(beside->result, 0);
	assert_int_equal(empty->result, HOST_EINVAL);
	assert_int_equal(id->result, HOST_EINVAL);
	assert_int_equal(far->result, HOST_EINVAL);
	assert_int_equal(none->result, HOST_EINVAL);
	assert_int_equal(range->result, HOST_EINVAL);
	assert_int_equal(guest->result, HOST_ENOENT);
	lab_close(&lab);
}

static void test_memory_outlives_its_slot(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 1, GFN(16), 4);
		lab_write(&lab, GFN(17), LAB_PLAIN(4));
		lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
		struct lab_step *view = lab_view(&lab, GFN(17));
		lab_slot(&lab, 2, GFN(17), 1);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(17), 1);
		lab_host(&lab, HV_MUNMAP, GFN(17), 1);
		lab_host(&lab, HV_SLOT_DELETE, GFN(0), 2);
		lab_slot(&lab, 3, GFN(17), 1);
		struct lab_step *fresh = lab_host(&lab, HV_READ, GFN(17), 1);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_false(view->view.in_slot);
		assert_int_equal(read->request.token, LAB_PLAIN(4));
		assert_int_equal(fresh->result, 0);
		assert_int_equal(fresh->request.token, TOKEN_ZERO);
		lab_close(&lab);
	}
}

static void test_deletion_brings_pages_back_without_content(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 1);
	lab_slot(&lab, 1, GFN(16), 4);
	lab_write(&lab, GFN(17), LAB_PLAIN(4));
	lab_secure(&lab);
	lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
	struct lab_step *view = lab_view(&lab, GFN(17));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
	assert_int_equal(view->view.mark, HV_MARK_NONE);
	assert_int_equal(view->used, 1);
	assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
	assert_int_equal(lab_calls(&lab, ABI_UV_UNREGISTER_MEM_SLOT), 1);
	assert_int_equal(heap_live(lab.hv_domain, OBJ_PFNS), 1);
	lab_close(&lab);
}

static void test_v9_deletion_leaves_pages_on_the_device(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
	lab_slot(&lab, 1, GFN(16), 4);
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
	lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
	struct lab_step *view = lab_view(&lab, GFN(17));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(view->view.pte, HOST_PTE_DEVICE);
	assert_int_equal(view->used, 1);
	assert_int_equal(view->marked, 0);
	assert_int_equal(heap_live(lab.hv_domain, OBJ_RMAP), 0);
	assert_int_equal(lab_calls(&lab, ABI_UV_UNREGISTER_MEM_SLOT), 1);
	lab_close(&lab);
}

static void test_slot_made_by_a_secure_vm_is_registered_and_swept(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 1);
		lab_secure(&lab);
		lab_slot(&lab, 1, GFN(16), 4);
		struct lab_step *view = lab_view(&lab, GFN(17));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(lab_calls(&lab, ABI_UV_REGISTER_MEM_SLOT), 2);
		assert_int_equal(view->used, d < DESIGN_UVMEM_LOCK ? 0 : 5);
		lab_close(&lab);
	}
}

/* The bug of the 2019-10-23 mail: page in, delete the slot, touch. */
static void lab_stale(struct lab *lab, enum hv_request_kind touch)
{
	lab_slot(lab, 1, GFN(16), 4);
	lab_write(lab, GFN(17), LAB_PLAIN(4));
	lab_start(lab);
	lab_hcall(lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
	lab_host(lab, HV_SLOT_DELETE, GFN(0), 1);
	lab_host(lab, touch, GFN(17), 1);
	lab_run(lab);
}

static const enum hv_request_kind touches[] = {HV_READ, HV_WRITE, HV_MUNMAP, HV_MADVISE_DONTNEED, HV_EXIT};
#define TOUCHES (sizeof(touches) / sizeof(touches[0]))

static void test_v9_follows_its_stale_rmap_pointer(void **state)
{
	(void)state;
#if PEF_HOOKS
	for (unsigned i = 0; i < TOUCHES; i++) {
		struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
		lab_stale(&lab, touches[i]);
		const struct finding *f = lab_finding(&lab);
		assert_non_null(f);
		assert_int_equal(f->kind, FINDING_USE_AFTER_FREE);
		assert_int_equal(lab.result.end, ENGINE_STOPPED);
		assert_non_null(strstr(f->object, "rmap[1]"));
		const char *user = i < 2 ? "v9_migrate_to_ram" : "rmap_page_free";
		assert_non_null(strstr(f->title, user));
		assert_non_null(strstr(f->title, "rmap_memslot_delete"));
		lab_close(&lab);
	}
#endif
}

static void test_uvmem_lock_survives_the_same_steps(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TOUCHES; i++) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		lab_stale(&lab, touches[i]);
		lab_expect_finished(&lab);
		assert_int_equal(lab.steps[lab.step_count - 1].result, 0);
		lab_close(&lab);
	}
}

static void test_an_exit_leaves_nothing(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_slot(&lab, 1, GFN(16), 4);
		lab_write(&lab, GFN(17), LAB_PLAIN(4));
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), ABI_H_PAGE_IN_SHARED);
		lab_hcall(&lab, ABI_H_SVM_INIT_DONE, GFN(0), 0);
		lab_host(&lab, HV_MUNMAP, GFN(2), 1);
		lab_slot(&lab, 2, GFN(32), 2);
		struct lab_step *leave = lab_host(&lab, HV_EXIT, GFN(0), 0);
		struct lab_step *view = lab_view(&lab, GFN(17));
		struct lab_step *again = lab_host(&lab, HV_CLOSE_VM, GFN(0), 0);
		struct lab_step *hcall = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(leave->result, 0);
		assert_int_equal(lab_calls(&lab, ABI_UV_SVM_TERMINATE), 1);
		assert_int_equal(view->used, 0);
		assert_int_equal(view->view.pte, HOST_PTE_NONE);
		assert_int_equal(again->result, HOST_ENOENT);
		assert_int_equal(hcall->result, ABI_H_UNSUPPORTED);
		assert_int_equal(heap_live(lab.hv_domain, OBJ_NONE), lab_kept(&lab));
		lab_close(&lab);
	}
}

static void test_page_in_of_unmapped_memory_is_refused(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 1, GFN(16), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		lab_host(&lab, HV_MUNMAP, GFN(18), 1);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(18), 0);
		struct lab_step *share = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(18), ABI_H_PAGE_IN_SHARED);
		struct lab_step *out = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(18), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(in->result, ABI_H_PARAMETER);
		assert_int_equal(share->result, ABI_H_PARAMETER);
		assert_int_equal(out->result, ABI_H_PARAMETER);
		lab_close(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_slots_are_refused),
		cmocka_unit_test(test_memory_outlives_its_slot),
		cmocka_unit_test(test_deletion_brings_pages_back_without_content),
		cmocka_unit_test(test_v9_deletion_leaves_pages_on_the_device),
		cmocka_unit_test(test_slot_made_by_a_secure_vm_is_registered_and_swept),
		cmocka_unit_test(test_v9_follows_its_stale_rmap_pointer),
		cmocka_unit_test(test_uvmem_lock_survives_the_same_steps),
		cmocka_unit_test(test_an_exit_leaves_nothing),
		cmocka_unit_test(test_page_in_of_unmapped_memory_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
