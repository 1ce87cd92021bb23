/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_failures.c - steps of memory management that go wrong on purpose, each
 * beside the same steps that go well; and both executors on a long list of steps.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

/* One failure at the @nth pass of a site. */
static struct inject_rule fail_at(enum inject_site site, uint64_t nth)
{
	return (struct inject_rule){
		.mode = INJECT_ANY, .site = site, .action = INJECT_DO_FAIL, .first = nth, .last = nth};
}

static struct lab lab_failing(enum inject_site site, uint64_t nth, bool fails)
{
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	if (fails)
		lab.rule = fail_at(site, nth);
	return lab;
}

static void test_no_frame(void **state)
{
	(void)state;
	for (unsigned fails = 0; fails < 2; fails++) {
		struct lab lab = lab_failing(INJECT_FRAME, 1, fails);
		lab_slot(&lab, 0, GFN(0), 4);
		struct lab_step *first = lab_write(&lab, GFN(1), LAB_PLAIN(5));
		struct lab_step *second = lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(first->result, fails ? HOST_ENOMEM : 0);
		assert_int_equal(second->result, 0);
		lab_close(&lab);
	}
}

static void test_no_frame_to_bring_a_page_back_to(void **state)
{
	(void)state;
	for (unsigned fails = 0; fails < 2; fails++) {
		struct lab lab = lab_failing(INJECT_FRAME, 1, fails);
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(1), 1);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(read->result, fails ? HOST_SIGBUS : 0);
		assert_int_equal(view->view.pte, fails ? HOST_PTE_DEVICE : HOST_PTE_NORMAL);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), fails ? 0 : 1);
		lab_close(&lab);
	}
}

static void test_busy_page_and_refused_setup_keep_a_page_here(void **state)
{
	(void)state;
	static const enum inject_site sites[] = {INJECT_PAGE_BUSY, INJECT_MIGRATE_SETUP};
	for (unsigned i = 0; i < 4; i++) {
		struct lab lab = lab_failing(sites[i / 2], 1, i & 1u);
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_start(&lab);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		struct lab_step *again = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(2), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(in->result, i & 1u ? ABI_H_PARAMETER : ABI_H_SUCCESS);
		assert_int_equal(view->view.pte, i & 1u ? HOST_PTE_NORMAL : HOST_PTE_DEVICE);
		assert_int_equal(again->result, ABI_H_SUCCESS);
		lab_close(&lab);
	}
}

/* Nobody looks whether the move succeeded: the ultravisor gave the content, and it is dropped. */
static void test_move_that_fails_after_the_page_out_drops_the_content(void **state)
{
	(void)state;
	for (unsigned fails = 0; fails < 2; fails++) {
		struct lab lab = lab_failing(INJECT_MIGRATE_PAGE, 1, fails);
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *out = lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(out->result, ABI_H_SUCCESS);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 1);
		assert_int_equal(view->view.pte, fails ? HOST_PTE_DEVICE : HOST_PTE_NORMAL);
		assert_int_equal(view->view.mark, fails ? HV_MARK_UVMEM : HV_MARK_MEM);
		lab_close(&lab);
	}
}

static void test_compaction_that_fails_leaves_the_page(void **state)
{
	(void)state;
	static const enum inject_site sites[] = {INJECT_MIGRATE_PAGE, INJECT_PAGE_BUSY, INJECT_FRAME};
	for (unsigned i = 0; i < 3; i++) {
		/* The frame of the write is the first that is asked for. */
		struct lab lab = lab_failing(sites[i], sites[i] == INJECT_FRAME ? 2 : 1, true);
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		struct lab_step *bad = lab_host(&lab, HV_REPLACE_PAGE, GFN(1), 1);
		struct lab_step *view = lab_view(&lab, GFN(1));
		struct lab_step *good = lab_host(&lab, HV_REPLACE_PAGE, GFN(1), 1);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(bad->result, sites[i] == INJECT_FRAME ? HOST_ENOMEM : HOST_EBUSY);
		assert_int_equal(view->view.token, LAB_PLAIN(5));
		assert_int_equal(good->result, 0);
		lab_close(&lab);
	}
}

/* No memory for a mapping: the system call fails, and nothing was changed. */
static void test_no_memory_for_a_mapping(void **state)
{
	(void)state;
	static const enum hv_request_kind kinds[] = {HV_MUNMAP, HV_MADVISE_MERGEABLE, HV_MREMAP, HV_FORK, HV_PIN};
	for (unsigned i = 0; i < 10; i++) {
		/* The slot's own mapping comes first. */
		struct lab lab = lab_failing(INJECT_ALLOC, 2, i & 1u);
		lab.rule.object = OBJ_KMALLOC;
		lab_slot(&lab, 0, GFN(0), 8);
		lab_write(&lab, GFN(2), LAB_PLAIN(5));
		struct lab_step *call = lab_host(&lab, kinds[i / 2], GFN(2), 2);
		call->request.to = GFN(20);
		struct lab_step *view = lab_view(&lab, GFN(2));
		struct lab_step *child = lab_host(&lab, HV_CHILD_EXIT, GFN(0), 1);
		lab_run(&lab);
		lab_expect_finished(&lab);
		bool stays = (i & 1u) || kinds[i / 2] != HV_MUNMAP;
		stays = stays && ((i & 1u) || kinds[i / 2] != HV_MREMAP);
		assert_int_equal(call->result, i & 1u ? HOST_ENOMEM : 0);
		assert_int_equal(view->view.pte, stays ? HOST_PTE_NORMAL : HOST_PTE_NONE);
		assert_int_equal(child->result, kinds[i / 2] == HV_FORK && !(i & 1u) ? 0 : HOST_ENOENT);
		lab_close(&lab);
	}
}

static void test_no_memory_for_the_mapping_of_a_slot(void **state)
{
	(void)state;
	struct lab lab = lab_failing(INJECT_ALLOC, 1, true);
	struct lab_step *slot = lab_slot(&lab, 0, GFN(0), 8);
	struct lab_step *read = lab_host(&lab, HV_READ, GFN(2), 1);
	struct lab_step *again = lab_slot(&lab, 0, GFN(0), 8);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(slot->result, HOST_ENOMEM);
	assert_int_equal(read->result, HOST_SIGSEGV);
	assert_int_equal(again->result, 0);
	lab_close(&lab);
}

/* ---- both executors --------------------------------------------------------------------- */

static void lab_everything(struct lab *lab)
{
	lab_slot(lab, 0, GFN(0), 16);
	for (unsigned i = 0; i < 4; i++)
		lab_write(lab, GFN(i), LAB_PLAIN(5));
	lab_host(lab, HV_KSM_MERGE, GFN(0), 1)->request.to = GFN(1);
	lab_host(lab, HV_SWAP_OUT, GFN(2), 1);
	lab_host(lab, HV_REPLACE_PAGE, GFN(3), 1);
	lab_start(lab);
	for (unsigned i = 0; i < 8; i++)
		lab_hcall(lab, ABI_H_SVM_PAGE_IN, GFN(i), 0);
	lab_host(lab, HV_FORK, GFN(0), 1);
	struct lab_step *child = lab_host(lab, HV_CHILD_READ, GFN(4), 1);
	lab_host(lab, HV_PIN, GFN(4), 1)->at = child->at + 30;
	lab_host(lab, HV_MREMAP, GFN(5), 2)->request.to = GFN(12);
	struct lab_step *exit = lab_host(lab, HV_CHILD_EXIT, GFN(0), 1);
	lab_host(lab, HV_READ, GFN(12), 1)->at = exit->at + 10;
	lab_host(lab, HV_EXIT, GFN(0), 1);
	lab_run(lab);
	lab_expect_finished(lab);
}

static void test_both_executors_agree(void **state)
{
	(void)state;
	for (unsigned era = 0; era < ERA_COUNT; era++) {
		struct lab fibers = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		fibers.old_era = true;
		fibers.era = (enum mm_era)era;
		/* Two that touch one page spoil each other's count for ever, but for the ultravisor. */
		fibers.fail_number = ABI_UV_PAGE_OUT;
		fibers.fail_after = 4;
		fibers.fail_code = ABI_U_PARAMETER;
		struct lab threads = fibers;
		threads.exec = ENGINE_THREADS;
		lab_everything(&fibers);
		lab_everything(&threads);
		assert_int_equal(trace_hash(fibers.engine), trace_hash(threads.engine));
		assert_int_equal(hv_pool_used(fibers.hv), 0);
		lab_close(&fibers);
		lab_close(&threads);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_frame),
		cmocka_unit_test(test_no_frame_to_bring_a_page_back_to),
		cmocka_unit_test(test_busy_page_and_refused_setup_keep_a_page_here),
		cmocka_unit_test(test_move_that_fails_after_the_page_out_drops_the_content),
		cmocka_unit_test(test_compaction_that_fails_leaves_the_page),
		cmocka_unit_test(test_no_memory_for_a_mapping),
		cmocka_unit_test(test_no_memory_for_the_mapping_of_a_slot),
		cmocka_unit_test(test_both_executors_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
