/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_order.c - which locks each path takes, in which order, and that it gives
 * all of them back. The order is what a lock checker will be fed with.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

#include <stdio.h>
#include <string.h>

#define NOTIFY_START "+mn_invalidate_lock -mn_invalidate_lock +kvm.srcu +mmu_lock -mmu_lock -kvm.srcu"
#define NOTIFY_END "+kvm.srcu +mmu_lock -mmu_lock -kvm.srcu +mn_invalidate_lock -mn_invalidate_lock"
#define POOL "+bitmap_lock -bitmap_lock"
#define PTL "+ptl -ptl"
/* Isolating a page, and putting the other one in its place. */
#define COLLECT NOTIFY_START " +ptl +page_lock -ptl " NOTIFY_END
#define FINALIZE PTL " -page_lock -page_lock"

static void test_page_in_takes_srcu_mmap_uvmem(void **state)
{
	(void)state;
	char got[2048];
	const enum design_id designs[] = {DESIGN_V9_RMAP, DESIGN_UVMEM_LOCK};
	for (unsigned d = 0; d < 2; d++) {
		struct lab lab = {.design = designs[d], .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(1));
		lab_start(&lab);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_string_equal(lab_locks(&lab, in, got, sizeof(got)),
			"+kvm.srcu +mmap_lock +uvmem_lock " COLLECT " " POOL " +page_lock " FINALIZE
			" -uvmem_lock -mmap_lock -kvm.srcu");
		lab_close(&lab);
	}
}

static void test_empty_page_is_notified_of_once_more(void **state)
{
	(void)state;
	char got[2048];
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	lab_run(&lab);
	assert_string_equal(lab_locks(&lab, in, got, sizeof(got)),
		"+kvm.srcu +mmap_lock +uvmem_lock " NOTIFY_START " " PTL " " NOTIFY_END " " POOL
		" +page_lock " NOTIFY_START " " PTL " " NOTIFY_END " -page_lock -uvmem_lock -mmap_lock -kvm.srcu");
	lab_close(&lab);
}

static void test_share_drops_uvmem_lock_for_the_fault(void **state)
{
	(void)state;
	char got[2048];
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *share = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), ABI_H_PAGE_IN_SHARED);
	lab_run(&lab);
	lab_expect_finished(&lab);
	/* The faulting thread's reference is the last: the device page is freed outside of uvmem_lock. */
	assert_string_equal(lab_locks(&lab, share, got, sizeof(got)),
		"+kvm.srcu +uvmem_lock -uvmem_lock +mmap_lock " PTL " " PTL " +uvmem_lock " COLLECT
		" +page_lock " FINALIZE " -uvmem_lock " POOL " " PTL " -mmap_lock +uvmem_lock -uvmem_lock -kvm.srcu");
	lab_close(&lab);
}

static void test_unmapping_frees_a_device_page_under_the_page_table_lock(void **state)
{
	(void)state;
	char got[2048];
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *unmap = lab_host(&lab, HV_MUNMAP, GFN(1), 1);
	lab_run(&lab);
	lab_expect_finished(&lab);
	const char *locks = lab_locks(&lab, unmap, got, sizeof(got));
	assert_non_null(strstr(locks, NOTIFY_START " +ptl " POOL " -ptl " NOTIFY_END));
	assert_null(strstr(locks, "uvmem_lock"));
	lab_close(&lab);
}

static void test_deletion_waits_twice_without_slots_arch_lock(void **state)
{
	(void)state;
	char got[2048];
	const enum design_id designs[] = {DESIGN_V9_RMAP, DESIGN_UVMEM_LOCK};
	for (unsigned d = 0; d < 2; d++) {
		struct lab lab = {.design = designs[d], .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 1);
		lab_start(&lab);
		struct lab_step *del = lab_host(&lab, HV_SLOT_DELETE, GFN(0), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		const char *phase =
			"+slots_arch_lock +mn_invalidate_lock -mn_invalidate_lock -slots_arch_lock ~kvm.srcu";
		char want[512];
		snprintf(want, sizeof(want), "+slots_lock %s %s+mmu_lock -mmu_lock %s %s-slots_lock", phase,
			d ? "+mmap_lock +uvmem_lock -uvmem_lock -mmap_lock " : "", phase,
			d ? "+uvmem_lock -uvmem_lock " : "");
		assert_string_equal(lab_locks(&lab, del, got, sizeof(got)), want);
		lab_close(&lab);
	}
}

static void test_memslot_update_waits_for_an_invalidation_under_way(void **state)
{
	(void)state;
	/* Slot 1 goes while memory behind slot 0 is being unmapped. */
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 64);
	lab_slot(&lab, 1, GFN(128), 1);
	struct lab_step *unmap = lab_host(&lab, HV_MUNMAP, GFN(0), 64);
	for (unsigned i = 0; i < 4; i++)
		lab_write(&lab, GFN(i), LAB_PLAIN(i))->at = unmap->at - LAB_GAP / 2 + i * 10000;
	struct lab_step *del = lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
	unmap->at = lab.steps[lab.step_count - 2].at + LAB_GAP;
	del->at = unmap->at + 150;
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(unmap->result, 0);
	assert_int_equal(del->result, 0);
	struct trace_merge *merge = trace_merge_open(lab.engine);
	struct trace_event e;
	bool waited = false, published = false;
	while (trace_merge_next(merge, &e)) {
		obj_t object = {e.rec.a};
		waited = waited || (e.rec.kind == TRACE_LOCK_WAIT && obj_type(object) == OBJ_NOTIFIER && !published);
		published = published || (e.rec.kind == TRACE_SLOT && e.rec.aux == TRACE_SLOT_INVALID);
	}
	trace_merge_close(merge);
	assert_true(waited);
	assert_true(published);
	lab_close(&lab);
}

static void test_closing_waits_for_calls_under_way(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8, .page_out_delay = 100000};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
	struct lab_step *out = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(1), 0);
	struct lab_step *close = lab_host(&lab, HV_CLOSE_VM, GFN(0), 0);
	close->at = out->at + 50000;
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(out->result, ABI_H_SUCCESS);
	assert_int_equal(close->result, 0);
	/* The VM is told to end only after the call has left. */
	struct trace_merge *merge = trace_merge_open(lab.engine);
	struct trace_event e;
	bool left = false;
	while (trace_merge_next(merge, &e)) {
		left = left || (e.rec.kind == TRACE_RETURN && (uint32_t)e.rec.a == ABI_H_SVM_PAGE_OUT);
		if (e.rec.kind == TRACE_CALL && (uint32_t)e.rec.a == ABI_UV_SVM_TERMINATE)
			assert_true(left);
	}
	trace_merge_close(merge);
	assert_int_equal(heap_live(lab.hv_domain, OBJ_MEMSLOT), 0);
	lab_close(&lab);
}

/* A guest's fault and the unmapping of the page, at every distance: no entry may outlive the frame's mapping. */
static void test_fault_retries_when_an_invalidation_passed(void **state)
{
	(void)state;
	unsigned retried = 0;
	for (unsigned late = 0; late < 900; late += 6) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(1));
		struct lab_step *fault = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(1), 1);
		fault->call.arg[CALL_STATE] = 0;
		struct lab_step *zap = lab_host(&lab, HV_MADVISE_DONTNEED, GFN(1), 1);
		zap->at = fault->at + late - 500;
		struct lab_step *store = lab_bus(&lab, BUS_ACCESS, 0, 1, 1, LAB_PLAIN(2));
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(1), 1);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(fault->result, 0);
		if (store->result == BUS_OK)
			assert_int_equal(read->request.token, LAB_PLAIN(2));
		retried += store->result == BUS_FAULT;
		lab_close(&lab);
	}
	assert_true(retried > 0 && retried < 150);
}

/* The same with the whole invalidation between the fault's look at the page table and its entry. */
static void test_fault_sees_an_invalidation_that_is_over(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK,
		.secure_frames = 8,
		.hold = "g0.vcpu2/uv/hv at acquire mmu_lock #1 until g0.qemu3 passes release mmap_lock #1"};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(1));
	struct lab_step *fault = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(1), 1);
	fault->call.arg[CALL_STATE] = 0;
	lab_host(&lab, HV_MADVISE_DONTNEED, GFN(1), 1)->at = fault->at + 1000;
	struct lab_step *store = lab_bus(&lab, BUS_ACCESS, 0, 1, 1, LAB_PLAIN(2));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_true(lab.held.reached);
	assert_false(lab.held.ended_early);
	assert_int_equal(fault->result, 0);
	assert_int_equal(store->result, BUS_FAULT);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_in_takes_srcu_mmap_uvmem),
		cmocka_unit_test(test_empty_page_is_notified_of_once_more),
		cmocka_unit_test(test_share_drops_uvmem_lock_for_the_fault),
		cmocka_unit_test(test_unmapping_frees_a_device_page_under_the_page_table_lock),
		cmocka_unit_test(test_deletion_waits_twice_without_slots_arch_lock),
		cmocka_unit_test(test_memslot_update_waits_for_an_invalidation_under_way),
		cmocka_unit_test(test_fault_retries_when_an_invalidation_passed),
		cmocka_unit_test(test_fault_sees_an_invalidation_that_is_over),
		cmocka_unit_test(test_closing_waits_for_calls_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
