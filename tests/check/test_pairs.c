/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_pairs.c - I6: marks beside states.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void slot(struct feed *f, cycles_t cycle, enum feed_domain d, enum trace_slot what)
{
	feed_event(f, cycle, d, TRACE_SLOT, what, 0, trace_span((gfn_t){0}, 8));
}

static void begin(struct feed *f)
{
	slot(f, 1, HV, TRACE_SLOT_CREATE);
	slot(f, 2, UV, TRACE_SLOT_REGISTER);
	feed_mark(f, 5, HV_MARK_NONE, HV_MARK_UVMEM);
	feed_pte(f, 6, HOST_PTE_NONE, HOST_PTE_DEVICE);
	feed_secure(f);
}

static void page_out_first(struct feed *f, bool bad)
{
	begin(f);
	if (!bad)
		feed_state(f, 30, GFN_SECURE, GFN_PAGEDOUT);
	feed_mark(f, 40, HV_MARK_UVMEM, HV_MARK_MEM);
}

static void share_step_by_step(struct feed *f, bool bad)
{
	begin(f);
	feed_state(f, 30, GFN_SECURE, GFN_HV_SHARING);
	feed_mark(f, 31, HV_MARK_UVMEM, HV_MARK_MEM);
	feed_state(f, 32, GFN_HV_SHARING, GFN_HV_SHARED);
	if (!bad)
		feed_mark(f, 33, HV_MARK_MEM, HV_MARK_SHARED);
	feed_state(f, 34, GFN_HV_SHARED, GFN_SHARED);
}

static void unshare_needs_the_device_page(struct feed *f, bool bad)
{
	share_step_by_step(f, false);
	feed_state(f, 40, GFN_SHARED, GFN_HV_UNSHARING);
	if (!bad)
		feed_mark(f, 41, HV_MARK_SHARED, HV_MARK_UVMEM);
	feed_state(f, 42, GFN_HV_UNSHARING, GFN_HV_UNSHARED);
}

static void a_slot_that_goes(struct feed *f, bool bad)
{
	begin(f);
	if (!bad)
		slot(f, 30, HV, TRACE_SLOT_INVALID);
	feed_mark(f, 40, HV_MARK_UVMEM, HV_MARK_MEM);
}

/* KVM_PPC_SVM_OFF holds mmu_setup_lock; another lock says nothing. */
static void a_vm_that_goes(struct feed *f, bool bad)
{
	obj_t lock = obj_make(bad ? OBJ_KVM_LOCK : OBJ_MMU_SETUP_LOCK, 0, OBJ_NO_INDEX);

	begin(f);
	feed_event(f, 30, HV, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, lock.w, 0);
	feed_mark(f, 40, HV_MARK_UVMEM, HV_MARK_MEM);
}

static void memory_that_is_given_up(struct feed *f, bool bad)
{
	begin(f);
	if (!bad)
		feed_pte(f, 30, HOST_PTE_DEVICE, HOST_PTE_NONE);
	feed_mark(f, 40, HV_MARK_UVMEM, HV_MARK_MEM);
}

#define STORIES(X) \
	X(page_out_first, I6) \
	X(share_step_by_step, I6) \
	X(unshare_needs_the_device_page, I6) \
	X(a_slot_that_goes, I6) \
	X(a_vm_that_goes, I6) \
	X(memory_that_is_given_up, I6)

FEED_MAIN(STORIES)
