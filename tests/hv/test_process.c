/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_process.c - what a process and its host kernel do with memory, on normal
 * and on device pages: pins, mremap, fork, KSM, compaction, swap, exit. Each
 * path with the nearest case in which it does not happen.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

#define SECURE(...) \
	{ \
		.design = DESIGN_UVMEM_LOCK, .secure_frames = 8, __VA_ARGS__ \
	}

static struct lab_step *lab_to(struct lab_step *step, gfn_t to)
{
	step->request.to = to;
	return step;
}

static struct lab_step *lab_child_write(struct lab *lab, gfn_t gfn, token_t token)
{
	struct lab_step *step = lab_host(lab, HV_CHILD_WRITE, gfn, 1);
	step->request.token = token;
	return step;
}

static struct lab_step *lab_page_in(struct lab *lab, gfn_t gfn)
{
	return lab_hcall(lab, ABI_H_SVM_PAGE_IN, gfn, 0);
}

static void lab_finish(struct lab *lab)
{
	lab_run(lab);
	lab_expect_finished(lab);
}

/* ---- pins ------------------------------------------------------------------------ */

static void test_pin_keeps_a_page_from_the_device(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	lab_start(&lab);
	lab_host(&lab, HV_PIN, GFN(1), 1);
	lab_host(&lab, HV_PIN, GFN(1), 1);
	struct lab_step *pinned = lab_page_in(&lab, GFN(1));
	struct lab_step *compact = lab_host(&lab, HV_REPLACE_PAGE, GFN(1), 1);
	struct lab_step *swap = lab_host(&lab, HV_SWAP_OUT, GFN(1), 1);
	lab_host(&lab, HV_UNPIN, GFN(1), 1);
	struct lab_step *once = lab_page_in(&lab, GFN(1));
	struct lab_step *last = lab_host(&lab, HV_UNPIN, GFN(1), 1);
	struct lab_step *none = lab_host(&lab, HV_UNPIN, GFN(1), 1);
	struct lab_step *view = lab_view(&lab, GFN(1));
	struct lab_step *free = lab_page_in(&lab, GFN(1));
	lab_finish(&lab);
	assert_int_equal(pinned->result, ABI_H_PARAMETER);
	assert_int_equal(compact->result, HOST_EBUSY);
	assert_int_equal(swap->result, HOST_EBUSY);
	assert_int_equal(once->result, ABI_H_PARAMETER);
	assert_int_equal(last->result, 0);
	assert_int_equal(none->result, HOST_EINVAL);
	assert_int_equal(view->view.token, LAB_PLAIN(5));
	assert_int_equal(free->result, ABI_H_SUCCESS);
	lab_close(&lab);
}

static void test_pin_of_a_device_page_faults_it_back_first(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_page_in(&lab, GFN(1));
	struct lab_step *pin = lab_host(&lab, HV_PIN, GFN(1), 1);
	struct lab_step *view = lab_view(&lab, GFN(1));
	struct lab_step *hole = lab_host(&lab, HV_PIN, GFN(100), 1);
	lab_finish(&lab);
	assert_int_equal(pin->result, 0);
	assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
	assert_int_equal(view->view.token, LAB_CIPHER(1));
	assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 1);
	assert_int_equal(hole->result, HOST_SIGSEGV);
	lab_close(&lab);
}

/* ---- mremap ------------------------------------------------------------------------ */

static void test_mremap_moves_normal_and_device_entries(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 8);
	lab_write(&lab, GFN(0), LAB_PLAIN(5));
	lab_write(&lab, GFN(4), LAB_PLAIN(6));
	lab_start(&lab);
	lab_page_in(&lab, GFN(1));
	struct lab_step *move = lab_to(lab_host(&lab, HV_MREMAP, GFN(0), 2), GFN(4));
	struct lab_step *old = lab_view(&lab, GFN(0));
	struct lab_step *normal = lab_view(&lab, GFN(4));
	struct lab_step *device = lab_view(&lab, GFN(5));
	struct lab_step *gone = lab_host(&lab, HV_READ, GFN(1), 1);
	struct lab_step *touch = lab_host(&lab, HV_READ, GFN(5), 1);
	struct lab_step *after = lab_view(&lab, GFN(5));
	lab_finish(&lab);
	assert_int_equal(move->result, 0);
	assert_int_equal(old->view.pte, HOST_PTE_NONE);
	assert_int_equal(normal->view.token, LAB_PLAIN(5));
	assert_int_equal(device->view.pte, HOST_PTE_DEVICE);
	assert_int_equal(device->view.device.n, 0);
	assert_int_equal(gone->result, HOST_SIGSEGV);
	/* The device page knows which guest page it is, wherever it is mapped. */
	assert_int_equal(touch->request.token, LAB_CIPHER(1));
	assert_int_equal(after->used, 0);
	lab_close(&lab);
}

static void test_mremap_refuses_overlaps_and_holes(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 8);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	struct lab_step *overlap = lab_to(lab_host(&lab, HV_MREMAP, GFN(0), 4), GFN(3));
	struct lab_step *hole = lab_to(lab_host(&lab, HV_MREMAP, GFN(6), 4), GFN(20));
	struct lab_step *view = lab_view(&lab, GFN(1));
	lab_finish(&lab);
	assert_int_equal(overlap->result, HOST_EINVAL);
	assert_int_equal(hole->result, HOST_SIGSEGV);
	assert_int_equal(view->view.token, LAB_PLAIN(5));
	lab_close(&lab);
}

/* The memory keeps its address, and its pages get other names. */
static void test_slot_that_moves_takes_its_memory_along(void **state)
{
	(void)state;
	for (unsigned by = 2; by <= 16; by += 14) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_write(&lab, GFN(3), LAB_PLAIN(6));
		struct lab_step *move = lab_host(&lab, HV_SLOT_MOVE, GFN(by), 0);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(by + 3), 1);
		struct lab_step *one = lab_view(&lab, GFN(by + 1));
		struct lab_step *old = lab_view(&lab, GFN(1));
		lab_finish(&lab);
		assert_int_equal(move->result, 0);
		assert_int_equal(read->request.token, LAB_PLAIN(6));
		assert_int_equal(one->view.token, LAB_PLAIN(5));
		assert_int_equal(old->view.pte, HOST_PTE_NONE);
		lab_close(&lab);
	}
}

/* ---- fork --------------------------------------------------------------------------- */

static void test_fork_shares_normal_pages_until_somebody_writes(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(0), LAB_PLAIN(5));
	lab_write(&lab, GFN(1), LAB_PLAIN(6));
	struct lab_step *orphan = lab_host(&lab, HV_CHILD_READ, GFN(0), 1);
	lab_host(&lab, HV_FORK, GFN(0), 1);
	struct lab_step *second = lab_host(&lab, HV_FORK, GFN(0), 1);
	lab_write(&lab, GFN(0), LAB_PLAIN(7));
	lab_child_write(&lab, GFN(1), LAB_PLAIN(8));
	struct lab_step *child0 = lab_host(&lab, HV_CHILD_READ, GFN(0), 1);
	struct lab_step *child1 = lab_host(&lab, HV_CHILD_READ, GFN(1), 1);
	struct lab_step *mine0 = lab_host(&lab, HV_READ, GFN(0), 1);
	struct lab_step *mine1 = lab_host(&lab, HV_READ, GFN(1), 1);
	struct lab_step *exit = lab_host(&lab, HV_CHILD_EXIT, GFN(0), 1);
	struct lab_step *again = lab_host(&lab, HV_CHILD_EXIT, GFN(0), 1);
	lab_finish(&lab);
	assert_int_equal(orphan->result, HOST_ENOENT);
	assert_int_equal(second->result, HOST_EBUSY);
	assert_int_equal(child0->request.token, LAB_PLAIN(5));
	assert_int_equal(child1->request.token, LAB_PLAIN(8));
	assert_int_equal(mine0->request.token, LAB_PLAIN(7));
	assert_int_equal(mine1->request.token, LAB_PLAIN(6));
	assert_int_equal(exit->result, 0);
	assert_int_equal(again->result, HOST_ENOENT);
	lab_close(&lab);
}

static void test_fork_copies_a_pinned_page_at_once(void **state)
{
	(void)state;
	for (unsigned pinned = 0; pinned < 2; pinned++) {
		struct lab lab = SECURE(.normal_frames = 1);
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(0), LAB_PLAIN(5));
		lab_host(&lab, pinned ? HV_PIN : HV_READ, GFN(0), 1);
		struct lab_step *fork = lab_host(&lab, HV_FORK, GFN(0), 1);
		struct lab_step *write = lab_write(&lab, GFN(0), LAB_PLAIN(6));
		lab_finish(&lab);
		/* There is one frame: a copy cannot be had, neither then nor later. */
		assert_int_equal(fork->result, pinned ? HOST_ENOMEM : 0);
		assert_int_equal(write->result, pinned ? 0 : HOST_ENOMEM);
		lab_close(&lab);
	}
}

static void test_child_touches_a_device_page_for_both(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_page_in(&lab, GFN(1));
	lab_host(&lab, HV_FORK, GFN(0), 1);
	struct lab_step *forked = lab_view(&lab, GFN(1));
	struct lab_step *touch = lab_host(&lab, HV_CHILD_READ, GFN(1), 1);
	struct lab_step *view = lab_view(&lab, GFN(1));
	struct lab_step *write = lab_child_write(&lab, GFN(1), LAB_PLAIN(1));
	struct lab_step *mine = lab_host(&lab, HV_READ, GFN(1), 1);
	lab_finish(&lab);
	assert_int_equal(forked->view.pte, HOST_PTE_DEVICE);
	assert_int_equal(touch->request.token, LAB_CIPHER(1));
	/* The migration finds the process's mapping, too. */
	assert_int_equal(view->view.pte, HOST_PTE_NORMAL);
	assert_int_equal(view->used, 0);
	assert_int_equal(view->view.mark, HV_MARK_MEM);
	assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 1);
	assert_int_equal(write->result, 0);
	assert_int_equal(mine->request.token, LAB_CIPHER(1));
	lab_close(&lab);
}

static void test_page_in_takes_a_page_from_the_child_too(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	lab_host(&lab, HV_FORK, GFN(0), 1);
	lab_start(&lab);
	struct lab_step *in = lab_page_in(&lab, GFN(1));
	struct lab_step *touch = lab_host(&lab, HV_CHILD_READ, GFN(1), 1);
	lab_finish(&lab);
	assert_int_equal(in->result, ABI_H_SUCCESS);
	assert_int_equal(touch->request.token, LAB_CIPHER(1));
	lab_close(&lab);
}

static void test_childs_exit_frees_the_device_page_last(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_page_in(&lab, GFN(1));
	lab_host(&lab, HV_FORK, GFN(0), 1);
	lab_host(&lab, HV_MUNMAP, GFN(1), 1);
	struct lab_step *unmapped = lab_view(&lab, GFN(1));
	struct lab_step *exit = lab_host(&lab, HV_CHILD_EXIT, GFN(0), 1);
	struct lab_step *view = lab_view(&lab, GFN(1));
	lab_finish(&lab);
	assert_int_equal(unmapped->view.pte, HOST_PTE_NONE);
	assert_int_equal(unmapped->used, 1);
	assert_int_equal(view->used, 0);
	assert_int_equal(view->marked, 0);
	/* Under the child's page-table lock, with no mutex. */
	char got[1024];
	assert_string_equal(lab_locks(&lab, exit, got, sizeof(got)),
		"+mmap_lock +ptl +bitmap_lock -bitmap_lock -ptl -mmap_lock +mmap_lock -mmap_lock");
	lab_close(&lab);
}

/* ---- KSM ------------------------------------------------------------------------------ */

/* Pages 1 and 2 of one slot are offered to KSM. */
static struct lab_step *lab_merge(struct lab *lab, token_t a, token_t b, enum hv_request_kind before)
{
	lab_slot(lab, 0, GFN(0), 4);
	lab_write(lab, GFN(1), a);
	lab_write(lab, GFN(2), b);
	lab_host(lab, before, GFN(1), 1);
	return lab_to(lab_host(lab, HV_KSM_MERGE, GFN(1), 1), GFN(2));
}

static void test_ksm_merges_equal_pages_and_a_write_parts_them(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	struct lab_step *merge = lab_merge(&lab, LAB_PLAIN(5), LAB_PLAIN(5), HV_READ);
	struct lab_step *again = lab_to(lab_host(&lab, HV_KSM_MERGE, GFN(1), 1), GFN(2));
	lab_write(&lab, GFN(2), LAB_PLAIN(6));
	struct lab_step *one = lab_host(&lab, HV_READ, GFN(1), 1);
	struct lab_step *two = lab_host(&lab, HV_READ, GFN(2), 1);
	lab_finish(&lab);
	assert_int_equal(merge->result, 0);
	assert_int_equal(again->result, 0);
	assert_int_equal(one->request.token, LAB_PLAIN(5));
	assert_int_equal(two->request.token, LAB_PLAIN(6));
	lab_close(&lab);
}

static void test_ksm_leaves_other_pages_alone(void **state)
{
	(void)state;
	const struct {
		token_t b;
		enum hv_request_kind before;
	} cases[] = {{LAB_PLAIN(6), HV_READ}, {LAB_PLAIN(5), HV_PIN}, {LAB_PLAIN(5), HV_MADVISE_UNMERGEABLE}};
	for (unsigned i = 0; i < 3; i++) {
		struct lab lab = SECURE();
		struct lab_step *merge = lab_merge(&lab, LAB_PLAIN(5), cases[i].b, cases[i].before);
		lab_finish(&lab);
		assert_int_equal(merge->result, HOST_EBUSY);
		lab_close(&lab);
	}
}

static void test_ksm_refuses_a_device_page(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(2), LAB_PLAIN(5));
	lab_start(&lab);
	lab_page_in(&lab, GFN(1));
	struct lab_step *merge = lab_to(lab_host(&lab, HV_KSM_MERGE, GFN(1), 1), GFN(2));
	lab_finish(&lab);
	assert_int_equal(merge->result, HOST_EBUSY);
	lab_close(&lab);
}

static void test_becoming_secure_parts_merged_pages(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_merge(&lab, LAB_PLAIN(5), LAB_PLAIN(5), HV_READ);
	lab_start(&lab); /* which madvises: unmergeable */
	struct lab_step *in = lab_page_in(&lab, GFN(1));
	struct lab_step *other = lab_view(&lab, GFN(2));
	struct lab_step *merge = lab_to(lab_host(&lab, HV_KSM_MERGE, GFN(2), 1), GFN(2));
	lab_finish(&lab);
	assert_int_equal(in->result, ABI_H_SUCCESS);
	assert_int_equal(other->view.pte, HOST_PTE_NORMAL);
	assert_int_equal(other->view.token, LAB_PLAIN(5));
	assert_int_equal(merge->result, HOST_EBUSY);
	lab_close(&lab);
}

/* A guest that maps merged pages reads one frame, and parts them with its write. */
static void test_guest_write_to_a_merged_page_faults(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK};
	lab_merge(&lab, LAB_PLAIN(5), LAB_PLAIN(5), HV_READ);
	lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(2), 0);
	struct lab_step *read = lab_bus(&lab, BUS_ACCESS, 0, 2, 0, 0);
	struct lab_step *write = lab_bus(&lab, BUS_ACCESS, 0, 2, 1, LAB_PLAIN(6));
	lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(2), 1);
	/* The copy was itself an invalidation, so the first fault only made room for the second. */
	struct lab_step *early = lab_bus(&lab, BUS_ACCESS, 0, 2, 1, LAB_PLAIN(6));
	lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(2), 1);
	struct lab_step *now = lab_bus(&lab, BUS_ACCESS, 0, 2, 1, LAB_PLAIN(6));
	struct lab_step *one = lab_host(&lab, HV_READ, GFN(1), 1);
	struct lab_step *two = lab_host(&lab, HV_READ, GFN(2), 1);
	lab_finish(&lab);
	assert_int_equal(read->result, BUS_OK);
	assert_int_equal(write->result, BUS_FAULT);
	assert_int_equal(early->result, BUS_FAULT);
	assert_int_equal(now->result, BUS_OK);
	assert_int_equal(one->request.token, LAB_PLAIN(5));
	assert_int_equal(two->request.token, LAB_PLAIN(6));
	lab_close(&lab);
}

/* ---- page replacement -------------------------------------------------------------------- */

static void test_compaction_gives_a_page_another_frame(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(1), 1);
	struct lab_step *mapped = lab_bus(&lab, BUS_ACCESS, 0, 1, 0, 0);
	struct lab_step *replace = lab_host(&lab, HV_REPLACE_PAGE, GFN(1), 1);
	struct lab_step *unmapped = lab_bus(&lab, BUS_ACCESS, 0, 1, 0, 0);
	struct lab_step *old = lab_bus(&lab, BUS_FRAME_READ, 1, 0, 0, 0);
	lab_write(&lab, GFN(1), LAB_PLAIN(6));
	struct lab_step *stale = lab_bus(&lab, BUS_FRAME_READ, 1, 0, 0, 0);
	struct lab_step *hole = lab_host(&lab, HV_REPLACE_PAGE, GFN(2), 1);
	lab_finish(&lab);
	assert_int_equal(mapped->result, BUS_OK);
	assert_int_equal(replace->result, 0);
	assert_int_equal(unmapped->result, BUS_FAULT);
	assert_int_equal(old->call.ret[1], LAB_PLAIN(5));
	assert_int_equal(stale->call.ret[1], LAB_PLAIN(5));
	assert_int_equal(hole->result, HOST_EINVAL);
	lab_close(&lab);
}

static void test_swap_takes_a_page_away_and_a_touch_brings_it_back(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .normal_frames = 1};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	struct lab_step *full = lab_write(&lab, GFN(2), LAB_PLAIN(6));
	struct lab_step *swap = lab_host(&lab, HV_SWAP_OUT, GFN(1), 1);
	struct lab_step *out = lab_view(&lab, GFN(1));
	struct lab_step *twice = lab_host(&lab, HV_SWAP_OUT, GFN(1), 1);
	struct lab_step *room = lab_write(&lab, GFN(2), LAB_PLAIN(6));
	struct lab_step *none = lab_host(&lab, HV_READ, GFN(1), 1);
	lab_host(&lab, HV_MUNMAP, GFN(2), 1);
	struct lab_step *back = lab_host(&lab, HV_READ, GFN(1), 1);
	lab_finish(&lab);
	assert_int_equal(full->result, HOST_ENOMEM);
	assert_int_equal(swap->result, 0);
	assert_int_equal(out->view.pte, HOST_PTE_SWAP);
	assert_int_equal(twice->result, HOST_EINVAL);
	assert_int_equal(room->result, 0);
	assert_int_equal(none->result, HOST_ENOMEM);
	assert_int_equal(back->request.token, LAB_PLAIN(5));
	lab_close(&lab);
}

static void test_swapped_page_is_shared_with_the_child(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(5));
	lab_write(&lab, GFN(2), LAB_PLAIN(6));
	lab_host(&lab, HV_SWAP_OUT, GFN(1), 1);
	lab_host(&lab, HV_FORK, GFN(0), 1);
	struct lab_step *both = lab_host(&lab, HV_SWAP_OUT, GFN(2), 1);
	lab_write(&lab, GFN(1), LAB_PLAIN(7));
	struct lab_step *one = lab_host(&lab, HV_CHILD_READ, GFN(1), 1);
	struct lab_step *two = lab_host(&lab, HV_CHILD_READ, GFN(2), 1);
	struct lab_step *mine = lab_host(&lab, HV_READ, GFN(2), 1);
	lab_finish(&lab);
	assert_int_equal(both->result, 0);
	assert_int_equal(one->request.token, LAB_PLAIN(5));
	assert_int_equal(two->request.token, LAB_PLAIN(6));
	assert_int_equal(mine->request.token, LAB_PLAIN(6));
	lab_close(&lab);
}

static void test_device_page_cannot_be_replaced_or_swapped(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_start(&lab);
	lab_page_in(&lab, GFN(1));
	struct lab_step *replace = lab_host(&lab, HV_REPLACE_PAGE, GFN(1), 1);
	struct lab_step *swap = lab_host(&lab, HV_SWAP_OUT, GFN(1), 1);
	lab_finish(&lab);
	assert_int_equal(replace->result, HOST_EINVAL);
	assert_int_equal(swap->result, HOST_EINVAL);
	lab_close(&lab);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void test_closing_leaves_memory_mapped_and_exit_takes_it(void **state)
{
	(void)state;
	struct lab lab = SECURE();
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(2), LAB_PLAIN(5));
	lab_start(&lab);
	lab_page_in(&lab, GFN(1));
	lab_host(&lab, HV_PIN, GFN(2), 1);
	struct lab_step *close = lab_host(&lab, HV_CLOSE_VM, GFN(0), 0);
	struct lab_step *closed = lab_view(&lab, GFN(1));
	struct lab_step *read = lab_host(&lab, HV_READ, GFN(2), 1);
	struct lab_step *slot = lab_slot(&lab, 1, GFN(8), 1);
	struct lab_step *exit = lab_host(&lab, HV_EXIT, GFN(0), 0);
	struct lab_step *left = lab_view(&lab, GFN(1));
	struct lab_step *late = lab_host(&lab, HV_READ, GFN(2), 1);
	lab_finish(&lab);
	assert_int_equal(close->result, 0);
	assert_true(closed->view.gone);
	assert_int_equal(closed->used, 1);
	assert_int_equal(closed->marked, 1);
	assert_int_equal(read->request.token, LAB_PLAIN(5));
	assert_int_equal(slot->result, HOST_ENOENT);
	assert_int_equal(exit->result, 0);
	assert_int_equal(left->used, 0);
	assert_int_equal(left->marked, 0);
	assert_int_equal(late->result, HOST_ENOENT);
	assert_int_equal(heap_live(lab.hv_domain, OBJ_NONE), lab_kept(&lab));
	lab_close(&lab);
}

/* do_exit(): the notifier is gone before the memory, the memory before the VM. */
static void test_exit_tells_the_ultravisor_of_nothing_but_the_end(void **state)
{
	(void)state;
	for (unsigned exits = 0; exits < 2; exits++) {
		struct lab lab = SECURE();
		lab_slot(&lab, 0, GFN(0), 4);
		lab_secure(&lab);
		struct lab_step *last = lab_host(&lab, exits ? HV_EXIT : HV_MUNMAP, GFN(0), 4);
		lab_finish(&lab);
		assert_int_equal(last->result, 0);
		/* INIT_DONE came after all other changes of the page table. */
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_INVAL), exits ? 0 : 4);
		assert_int_equal(lab_calls(&lab, ABI_UV_SVM_TERMINATE), exits);
		lab_close(&lab);
	}
}

/* ---- frames ------------------------------------------------------------------------------------ */

static void test_frames_keep_what_they_held(void **state)
{
	(void)state;
	for (unsigned skip = 0; skip < 2; skip++) {
		struct lab lab = SECURE();
		lab_slot(&lab, 0, GFN(0), 4);
		lab_slot(&lab, 1, GFN(8), 1);
		lab_write(&lab, GFN(1), LAB_PLAIN(5));
		lab_host(&lab, HV_MUNMAP, GFN(1), 1);
		lab_start(&lab);
		lab_page_in(&lab, GFN(8));
		/* Brought back without its content, the page gets the frame of before; a fresh page is zeroed. */
		if (skip)
			lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
		else
			lab_host(&lab, HV_MADVISE_DONTNEED, GFN(8), 1);
		lab_write(&lab, GFN(9), 0);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(8), 1);
		lab_finish(&lab);
		assert_int_equal(read->result, 0);
		assert_int_equal(read->request.token, skip ? LAB_PLAIN(5) : TOKEN_ZERO);
		lab_close(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_keeps_a_page_from_the_device),
		cmocka_unit_test(test_pin_of_a_device_page_faults_it_back_first),
		cmocka_unit_test(test_mremap_moves_normal_and_device_entries),
		cmocka_unit_test(test_mremap_refuses_overlaps_and_holes),
		cmocka_unit_test(test_slot_that_moves_takes_its_memory_along),
		cmocka_unit_test(test_fork_shares_normal_pages_until_somebody_writes),
		cmocka_unit_test(test_fork_copies_a_pinned_page_at_once),
		cmocka_unit_test(test_child_touches_a_device_page_for_both),
		cmocka_unit_test(test_page_in_takes_a_page_from_the_child_too),
		cmocka_unit_test(test_childs_exit_frees_the_device_page_last),
		cmocka_unit_test(test_ksm_merges_equal_pages_and_a_write_parts_them),
		cmocka_unit_test(test_ksm_leaves_other_pages_alone),
		cmocka_unit_test(test_ksm_refuses_a_device_page),
		cmocka_unit_test(test_becoming_secure_parts_merged_pages),
		cmocka_unit_test(test_guest_write_to_a_merged_page_faults),
		cmocka_unit_test(test_compaction_gives_a_page_another_frame),
		cmocka_unit_test(test_swap_takes_a_page_away_and_a_touch_brings_it_back),
		cmocka_unit_test(test_swapped_page_is_shared_with_the_child),
		cmocka_unit_test(test_device_page_cannot_be_replaced_or_swapped),
		cmocka_unit_test(test_closing_leaves_memory_mapped_and_exit_takes_it),
		cmocka_unit_test(test_exit_tells_the_ultravisor_of_nothing_but_the_end),
		cmocka_unit_test(test_frames_keep_what_they_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
