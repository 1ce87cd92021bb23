/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm.h - the host's memory management: VMAs, faults, zapping.
 *
 * Memory of the process behind a guest page has one address for good: a slot
 * that is deleted and made again maps the same memory, unless it was unmapped
 * meanwhile. That is the point of the report this project starts from: the
 * mapping of pages in user memory and the mapping of user memory into the
 * guest are independent.
 *
 * Locking: said at each function. Errors: enum host_result. Blocking: yields.
 */
#ifndef HV_MODEL_MM_H
#define HV_MODEL_MM_H

#include "pte.h"

/* ---- VMAs (vma.c): mmap_lock is held ----------------------------------------------- */

/** mm_find_vma - the mapping of an address; NULL when there is none */
struct vma *mm_find_vma(struct hv_mm *mm, hva_t hva);
/** mm_next_vma - the first mapping that ends after @hva; NULL */
struct vma *mm_next_vma(struct hv_mm *mm, hva_t hva);
/* mmap_lock is held for writing in these; false: no memory, and nothing was changed. */
/** vma_map - map what is not mapped yet of a range */
bool vma_map(struct hv_mm *mm, hva_t start, uint64_t pages);
/** vma_cut - forget the mappings of a range */
bool vma_cut(struct hv_mm *mm, hva_t start, uint64_t pages);
/** vma_split - let no mapping stretch over @at */
bool vma_split(struct hv_mm *mm, hva_t at);
/** vma_copy - the same mapping of another process */
bool vma_copy(struct hv_mm *mm, const struct vma *vma);
/**
 * vma_set_mergeable - ksm_madvise() of every mapping that a range touches
 * Taking the flag away also gives merged pages back to themselves. False where
 * nothing is mapped, and where there is no memory for that.
 */
bool vma_set_mergeable(struct hv_guest *kvm, hva_t start, uint64_t pages, bool mergeable);

/** vma_find - in the memory of the process that runs the VM */
static inline struct vma *vma_find(struct hv_guest *kvm, hva_t hva)
{
	return mm_find_vma(&kvm->mm, hva);
}

/* ---- faults (mm.c, fault.c) ------------------------------------------------------------ */

/* What a device-fault handler is told. */
struct vm_fault {
	struct vma *vma; /* of the process that faults, which may be the child */
	hva_t address;
	struct hv_page *page; /* the device page; whether it can go away is a matter of the era */
};
#define VM_FAULT_SIGBUS 1

/**
 * mm_handle_fault - make an address accessible, or a step towards it
 * Returns 0 (look again), HOST_SIGBUS or HOST_ENOMEM. mmap_lock is held for reading.
 */
int64_t mm_handle_fault(struct vma *vma, hva_t hva, bool write);
/** mm_access - a load or store of a host thread, with its faults; takes mmap_lock for them */
int64_t mm_access(struct hv_mm *mm, hva_t hva, bool write, token_t *token);
/**
 * mm_get_page - get_user_pages() of one page, with a reference; mmap_lock is held for reading
 * @write: as for a store; without, the zero page and a page that is shared will do
 * Returns NULL where nothing is mapped, or a fault failed.
 */
struct hv_page *mm_get_page(struct hv_mm *mm, hva_t hva, bool write);
/** hv_gfn_to_pfn - the page behind a guest page, writable, with a reference; takes mmap_lock; NULL on error */
struct hv_page *hv_gfn_to_pfn(struct hv_guest *kvm, gfn_t gfn);
/** hv_gfn_to_pfn_for - the same for a guest's access; *@writable: whether the guest may write to it */
struct hv_page *hv_gfn_to_pfn_for(struct hv_guest *kvm, gfn_t gfn, bool write, bool *writable);

/* ---- unmapping (zap.c) ---------------------------------------------------------------- */

/** zap_range - clear entries and drop their pages, with notifier; mmap_lock is held */
void zap_range(struct hv_mm *mm, hva_t start, uint64_t pages);
/** zap_munmap, zap_madvise - the system calls; they take mmap_lock */
int64_t zap_munmap(struct hv_mm *mm, hva_t start, uint64_t pages);
int64_t zap_madvise(struct hv_mm *mm, hva_t start, uint64_t pages);
/** zap_exit - exit_mmap(): all memory goes, and no notifier hears of it any more */
void zap_exit(struct hv_mm *mm);

#endif
