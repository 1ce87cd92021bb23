/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm.h - the host's memory management: VMAs, page tables, faults, zapping.
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

#include "hv.h"

/* ---- entries of the page table ------------------------------------------------ */

/* number << 32 | device << 2 | enum host_pte; a migration entry says which kind of page it stands for. */
typedef struct {
	uint64_t w;
} pte_t;
#define PTE_NONE ((pte_t){HOST_PTE_NONE})

static inline pte_t pte_make(enum host_pte kind, bool device, uint32_t number)
{
	return (pte_t){((uint64_t)number << 32) | ((uint64_t)device << 2) | (uint64_t)kind};
}
static inline enum host_pte pte_kind(pte_t pte)
{
	return (enum host_pte)(pte.w & 3u);
}
static inline bool pte_is_device(pte_t pte)
{
	return (pte.w >> 2 & 1u) != 0;
}
static inline uint32_t pte_number(pte_t pte)
{
	return (uint32_t)(pte.w >> 32);
}
static inline bool pte_is_zero_page(pte_t pte)
{
	return pte_kind(pte) == HOST_PTE_NORMAL && pte_number(pte) == HFN_ZERO.n;
}
/** pte_of_page - the entry that maps a page */
static inline pte_t pte_of_page(const struct hv_page *page)
{
	return pte_make(
		hpage_is_device(page) ? HOST_PTE_DEVICE : HOST_PTE_NORMAL, hpage_is_device(page), hpage_index(page));
}
/** pte_page - the page an entry maps or stands for; NULL for none and for the zero page */
struct hv_page *pte_page(struct hv *hv, pte_t pte);

/** mm_pte - the entry of an address */
pte_t mm_pte(struct hv_guest *kvm, hva_t hva);
/** mm_set_pte - change it; tells the trace */
void mm_set_pte(struct hv_guest *kvm, hva_t hva, pte_t pte) REQUIRES(kvm->mm.ptl);

/* ---- addresses ------------------------------------------------------------------ */

#define HVA_BASE UINT64_C(0x7fff00000) /* where guest page 0 lies, in pages */
#define GFN_MAX (UINT64_C(1) << 48)

static inline hva_t hva_of_gfn(gfn_t gfn)
{
	return (hva_t){gfn.n + HVA_BASE};
}
static inline gfn_t gfn_of_hva(hva_t hva)
{
	return (gfn_t){hva.n - HVA_BASE};
}

/* ---- VMAs (vma.c): mmap_lock is held ----------------------------------------------- */

/** vma_find - the mapping of an address; NULL when there is none */
struct vma *vma_find(struct hv_guest *kvm, hva_t hva);
/** vma_next - the first mapping that ends after @hva; NULL */
struct vma *vma_next(struct hv_guest *kvm, hva_t hva);
/** vma_map - map what is not mapped yet of a range (mmap_lock for writing) */
void vma_map(struct hv_guest *kvm, hva_t start, uint64_t pages);
/** vma_cut - forget the mappings of a range (mmap_lock for writing) */
void vma_cut(struct hv_guest *kvm, hva_t start, uint64_t pages);
/** vma_set_mergeable - ksm_madvise() over a range; false where nothing is mapped (mmap_lock for writing) */
bool vma_set_mergeable(struct hv_guest *kvm, hva_t start, uint64_t pages, bool mergeable);

/* ---- faults ------------------------------------------------------------------------- */

/* What a device-fault handler is told. */
struct vm_fault {
	struct hv_guest *mm_of; /* whose process faults */
	struct vma *vma;
	hva_t address;
	struct hv_page *page; /* the device page; a reference is held */
};
#define VM_FAULT_SIGBUS 1

/**
 * mm_handle_fault - make an address accessible, or a step towards it
 * Returns 0 (look again), HOST_SIGBUS or HOST_ENOMEM. mmap_lock is held for reading.
 */
int64_t mm_handle_fault(struct hv_guest *kvm, struct vma *vma, hva_t hva, bool write);
/** mm_access - a load or store of a host thread, with its faults; takes mmap_lock for them */
int64_t mm_access(struct hv_guest *kvm, hva_t hva, bool write, token_t *token);
/** hv_gfn_to_pfn - the page behind a guest page, writable, with a reference; takes mmap_lock; NULL on error */
struct hv_page *hv_gfn_to_pfn(struct hv_guest *kvm, gfn_t gfn);

/* ---- unmapping (zap.c) ---------------------------------------------------------------- */

/** zap_range - clear entries and drop their pages, with notifier; mmap_lock is held */
void zap_range(struct hv_guest *kvm, hva_t start, uint64_t pages);
/** zap_munmap, zap_madvise - the system calls; they take mmap_lock */
int64_t zap_munmap(struct hv_guest *kvm, hva_t start, uint64_t pages);
int64_t zap_madvise(struct hv_guest *kvm, hva_t start, uint64_t pages);
/** zap_exit - the process's memory is gone for good; no notifier is registered any more */
void zap_exit(struct hv_guest *kvm);

#endif
