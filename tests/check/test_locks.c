/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_locks.c - I13 and I14: locks of the ultravisor, and the order over both sides.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void lock(struct feed *f, cycles_t cycle, enum feed_domain d, enum obj_type type, uint32_t index)
{
	feed_event(f, cycle, d, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, obj_make(type, 0, index).w, 0);
}

static void unlock(struct feed *f, cycles_t cycle, enum feed_domain d, enum obj_type type, uint32_t index)
{
	feed_event(f, cycle, d, TRACE_LOCK_RELEASE, LOCK_EXCLUSIVE, obj_make(type, 0, index).w, 0);
}

static void held_into_the_hypervisor(struct feed *f, bool bad)
{
	lock(f, 20, UV, OBJ_UV_GFN_LOCK, 5);
	if (!bad)
		unlock(f, 25, UV, OBJ_UV_GFN_LOCK, 5);
	feed_call(f, 30, UV, HV, ABI_H_SVM_PAGE_IN);
}

static void uv_order(struct feed *f, bool bad)
{
	lock(f, 20, UV, bad ? OBJ_UV_GFN_LOCK : OBJ_UV_PAGE_LOCK, OBJ_NO_INDEX);
	lock(f, 21, UV, bad ? OBJ_UV_PAGE_LOCK : OBJ_UV_GFN_LOCK, OBJ_NO_INDEX);
}

static void one_stripe(struct feed *f, bool bad)
{
	lock(f, 20, UV, OBJ_UV_GFN_LOCK, 5);
	if (!bad)
		unlock(f, 21, UV, OBJ_UV_GFN_LOCK, 5);
	lock(f, 22, UV, OBJ_UV_GFN_LOCK, 6);
}

static void hv_order(struct feed *f, bool bad)
{
	lock(f, 20, HV, bad ? OBJ_UVMEM_LOCK : OBJ_MMAP_LOCK, OBJ_NO_INDEX);
	lock(f, 21, HV, bad ? OBJ_MMAP_LOCK : OBJ_UVMEM_LOCK, OBJ_NO_INDEX);
}

/* A reader blocks nobody by being inside; who waits for readers may not hold what they want. */
static void srcu(struct feed *f, bool bad)
{
	uint64_t kvm_srcu = obj_make(OBJ_KVM_SRCU, 0, OBJ_NO_INDEX).w;

	lock(f, 20, HV, OBJ_SLOTS_LOCK, OBJ_NO_INDEX);
	lock(f, 21, HV, OBJ_MMAP_LOCK, OBJ_NO_INDEX);
	if (!bad)
		unlock(f, 22, HV, OBJ_MMAP_LOCK, OBJ_NO_INDEX);
	feed_event(f, 23, HV, TRACE_LOCK_ACQUIRE, LOCK_SRCU_SYNC, kvm_srcu, 0);
}

static void srcu_readers_have_no_order(struct feed *f, bool bad)
{
	uint64_t kvm_srcu = obj_make(OBJ_KVM_SRCU, 0, OBJ_NO_INDEX).w;

	lock(f, 20, HV, OBJ_UVMEM_LOCK, OBJ_NO_INDEX);
	feed_event(f, 21, HV, TRACE_LOCK_ACQUIRE, LOCK_SRCU_READ, kvm_srcu, 0);
	lock(f, 22, HV, bad ? OBJ_SLOTS_LOCK : OBJ_MMU_LOCK, OBJ_NO_INDEX);
}

/* Locks that have no place in the order are nobody's business here. */
static void other_locks(struct feed *f, bool bad)
{
	lock(f, 20, HV, OBJ_BITMAP_LOCK, OBJ_NO_INDEX);
	lock(f, 21, HV, bad ? OBJ_MMU_LOCK : OBJ_UV_GFN_LOCK, OBJ_NO_INDEX);
	lock(f, 30, UV, OBJ_UV_GFN_LOCK, 1);
	lock(f, 31, UV, OBJ_BITMAP_LOCK, OBJ_NO_INDEX);
}

static void several_of_a_class(struct feed *f, bool bad)
{
	lock(f, 20, HV, OBJ_PTL, 0);
	lock(f, 21, HV, bad ? OBJ_MMAP_LOCK : OBJ_PTL, 1);
}

/* Who only tries waits for nobody; but what is held then is held. */
static void tried(struct feed *f, bool bad)
{
	lock(f, 20, HV, OBJ_PTL, OBJ_NO_INDEX);
	feed_event(f, 21, HV, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, obj_make(OBJ_PAGE_LOCK, 0, 3).w, !bad);
}

static void held_after_a_try(struct feed *f, bool bad)
{
	feed_event(f, 20, HV, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, obj_make(OBJ_PAGE_LOCK, 0, 3).w, 1);
	lock(f, 21, HV, bad ? OBJ_MMAP_LOCK : OBJ_PTL, OBJ_NO_INDEX);
}

/* As the faults of Linux 6.15 do; who waited for the page lock might be waited for under uvmem_lock. */
static void uvmem_lock_after_a_try(struct feed *f, bool bad)
{
	feed_event(f, 20, HV, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, obj_make(OBJ_PAGE_LOCK, 0, 3).w, !bad);
	lock(f, 21, HV, OBJ_UVMEM_LOCK, OBJ_NO_INDEX);
}

static void a_leaf_calls_nobody(struct feed *f, bool bad)
{
	feed_start(f, 1, UV, 1, HV, 1);
	feed_call(f, 20, HV, UV, bad ? ABI_UV_PAGE_IN : ABI_UV_REGISTER_MEM_SLOT);
	feed_call(f, 22, UV, G0, ABI_H_EXIT);
	feed_call(f, 25, UV, HV, ABI_H_SVM_PAGE_OUT);
}

#define STORIES(X) \
	X(held_into_the_hypervisor, I13) \
	X(uv_order, I13) \
	X(one_stripe, I13) \
	X(hv_order, I14) \
	X(srcu, I14) \
	X(srcu_readers_have_no_order, I14) \
	X(several_of_a_class, I14) \
	X(other_locks, I14) \
	X(tried, I14) \
	X(uvmem_lock_after_a_try, I14) \
	X(held_after_a_try, I14) \
	X(a_leaf_calls_nobody, I14)

FEED_MAIN(STORIES)
