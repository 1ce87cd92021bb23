/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objects.h - names for everything a point, a trace record or a report can
 * speak of: locks, allocations, events. One table; the printed name is the
 * kernel's where the kernel has one.
 *
 * An object is named by its type, the guest it belongs to and an index, and
 * packs in one 64-bit word, so that it can stand in a trace record. Printed
 * short it is "rmap[1]" or "uvmem_lock", in full "g0.rmap[1]".
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_OBJECTS_H
#define PEFSIM_OBJECTS_H

#include "pefsim/types.h"

/* X(NAME, "printed name", "one sentence") - new rows go at the end. */
/* clang-format off */
#define PEF_OBJECTS(X) \
	X(NONE, "-", "no object") \
	/* locks of the hypervisor */ \
	X(SLOTS_LOCK, "slots_lock", "kvm->slots_lock, serialises memslot updates") \
	X(SLOTS_ARCH_LOCK, "slots_arch_lock", "kvm->slots_arch_lock, protects arch fields of memslots") \
	X(KVM_SRCU, "kvm.srcu", "kvm->srcu, protects readers of the memslot table") \
	X(MMAP_LOCK, "mmap_lock", "mm->mmap_lock of the process that runs the guest") \
	X(UVMEM_LOCK, "uvmem_lock", "kvm->arch.uvmem_lock, the state of secure pages") \
	X(PTL, "ptl", "page-table lock of the process") \
	X(PAGE_LOCK, "page_lock", "lock bit of one host page") \
	X(BITMAP_LOCK, "bitmap_lock", "lock of the device-page pool") \
	X(MMU_LOCK, "mmu_lock", "kvm->mmu_lock, the partition-scoped page table") \
	X(MN_LOCK, "mn_invalidate_lock", "kvm->mn_invalidate_lock, counts running invalidations") \
	X(MMU_SETUP_LOCK, "mmu_setup_lock", "kvm->arch.mmu_setup_lock") \
	X(KVM_LOCK, "kvm_lock", "kvm->lock") \
	/* locks of the ultravisor */ \
	X(SVM_LIST_LOCK, "svm_lock", "list of secure VMs and the partition table") \
	X(SVM_LOCK, "svm.lock", "one secure VM: reflections and cookies") \
	X(UV_PAGE_LOCK, "uv.page_lock", "one secure VM: UV_PAGE_IN, UV_PAGE_OUT, UV_PAGE_INVAL") \
	X(UV_GFN_LOCK, "gfn_lock", "one stripe of GFN states of a secure VM") \
	/* memory of the designs */ \
	X(MEMSLOT, "memslot", "one memslot") \
	X(RMAP, "rmap", "the rmap array of one memslot") \
	X(PVT, "pvt", "private data of one device page") \
	X(PFNS, "pfns", "the pfns array of one slot of a guest") \
	X(UVMEM_SLOT, "uvmem_slot", "the list entry that holds a pfns array") \
	X(PAGE, "page", "one host page (reference counts)") \
	X(DEVICE_PAGE, "device_page", "one device-private page") \
	X(NORMAL_FRAME, "frame", "one normal frame") \
	X(SECURE_FRAME, "secure_frame", "one secure frame of the ultravisor") \
	X(GUEST_PAGE, "gfn", "one page of a guest") \
	X(CRYPTO, "crypto_meta", "key, IV and tag of a paged-out page") \
	/* of the engine and of scripts */ \
	X(CALL, "call", "a call or its return; the index is the call's number") \
	X(MESSAGE, "message", "a message between domains") \
	X(CONTEXT, "context", "another context") \
	X(EVENT, "event", "an event or a label of a scenario") \
	X(COMPLETION, "completion", "a completion") \
	X(NOTIFIER, "mn_active", "running invalidations of the mmu notifier") \
	/* of tests and of litmus programs */ \
	X(TEST_LOCK, "lock", "a lock of a test") \
	X(TEST_VAR, "var", "a variable of a test") \
	X(TEST_SRCU, "srcu", "an SRCU domain of a test") \
	X(KMALLOC, "kmalloc", "an allocation without a type of its own") \
	/* memory of the ultravisor */ \
	X(SVM, "svm", "a secure VM, as the ultravisor knows it") \
	X(UV_SLOT, "uv_slot", "a range of a guest, registered with the ultravisor") \
	X(TRANSLATION, "tlb", "accesses of a guest that were translated and have not landed") \
	X(ESM_TREE, "esm_tree", "the ultravisor's copy of a guest's device tree or ESM blob") \
	/* memory of a kernel file */ \
	X(KVM, "kvm", "struct kvm, as a loaded kernel file has it")
/* clang-format on */
enum obj_type {
#define X(name, text, about) OBJ_##name,
	PEF_OBJECTS(X)
#undef X
		OBJ_TYPE_COUNT
};

#define OBJ_NO_GUEST 0xffffu
#define OBJ_NO_INDEX UINT32_MAX

typedef struct {
	uint64_t w;
} obj_t; /* type 16 | guest 16 | index 32 */

static inline obj_t obj_make(enum obj_type type, unsigned guest, uint32_t index)
{
	return (obj_t){((uint64_t)type << 48) | ((uint64_t)(guest & 0xffffu) << 32) | index};
}
static inline enum obj_type obj_type(obj_t o)
{
	return (enum obj_type)(o.w >> 48);
}
static inline unsigned obj_guest(obj_t o)
{
	return (unsigned)(o.w >> 32) & 0xffffu;
}
static inline uint32_t obj_index(obj_t o)
{
	return (uint32_t)o.w;
}
#define OBJ_NULL (obj_make(OBJ_NONE, OBJ_NO_GUEST, OBJ_NO_INDEX))

/**
 * obj_print - write the short name of an object ("rmap[1]")
 * @o:    the object
 * @buf:  where to; always terminated
 * @size: bytes of @buf; 40 hold every name
 *
 * A name is one word. An OBJ_CALL index is printed as the call's name alone
 * ("UV_PAGE_IN"), a guest page's in hexadecimal ("gfn[0x100]").
 * Returns @buf.
 */
const char *obj_print(obj_t o, char *buf, size_t size);

/** obj_print_full - as obj_print, with the guest in front ("g0.rmap[1]") */
const char *obj_print_full(obj_t o, char *buf, size_t size);

/**
 * obj_parse - read a short or full name back
 * @text: not terminated; "rmap[1]", "uvmem_lock", "g0.rmap[1]", "UV_PAGE_IN" (a call)
 * @len:  bytes of @text
 * @out:  set when true is returned; guest is OBJ_NO_GUEST for a short name
 */
bool obj_parse(const char *text, size_t len, obj_t *out);

/**
 * obj_matches - whether a name as parsed means this object
 *
 * A short name (no guest) matches the object of any guest; a name without an
 * index matches only an object without one.
 */
bool obj_matches(obj_t pattern, obj_t o);

#endif
