/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem_pfns.h - a VM's list of arrays with a word for each guest page.
 *
 * kvm->arch.uvmem_pfns of Linux 6.1: the word of a page says that it is out on
 * the device, and as which device page; or that normal memory holds its
 * encrypted content; or that it is shared; or nothing. The list is apart from
 * the memslots, so that it can be found from a device page's private data.
 *
 * Locking: uvmem_lock, which the kernel's own page_free does not take. In
 * uvmem-fixed list and words change, and are read, under bitmap_lock as well:
 * page_free takes that anyway. uvmem_lock then keeps what was read true for as
 * long as it is held, but for a page that the process throws away. Errors: a page
 * in no array has no mark, and cannot get one. Blocking: yields.
 */
#ifndef HV_DESIGNS_UVMEM_PFNS_H
#define HV_DESIGNS_UVMEM_PFNS_H

#include "device_page.h"

#define UVMEM_GFN_UVMEM (UINT64_C(1) << 63)
#define UVMEM_GFN_MEM (UINT64_C(1) << 62)
#define UVMEM_GFN_SHARED (UINT64_C(1) << 61)
#define UVMEM_GFN_FLAGS (UVMEM_GFN_UVMEM | UVMEM_GFN_MEM | UVMEM_GFN_SHARED)
/* uvmem-fixed: the page is secure, and the process has thrown its device page away. */
#define UVMEM_GFN_LOST (UVMEM_GFN_UVMEM | UINT32_MAX)

/** uvmem_slot_init - an array for a slot; false: no memory */
bool uvmem_slot_init(struct hv_guest *kvm, const struct memslot *slot);
void uvmem_slot_free(struct hv_guest *kvm, const struct memslot *slot);
/** uvmem_slot_free_all - at VM destruction */
void uvmem_slot_free_all(struct hv_guest *kvm);

/** uvmem_is_fixed - the design is uvmem-fixed */
static inline bool uvmem_is_fixed(const struct hv_guest *kvm)
{
	return kvm->hv->design == &design_UVMEM_FIXED;
}

/* uvmem-fixed, bitmap_lock held. uvmem_get: 0 also for a page in no array. */
uint64_t uvmem_get(struct hv_guest *kvm, gfn_t gfn);
void uvmem_put(struct hv_guest *kvm, gfn_t gfn, uint64_t word);
static inline uint64_t uvmem_word_of(const struct hv_page *page)
{
	return UVMEM_GFN_UVMEM | hpage_index(page);
}

/* Both designs: bitmap_lock is not held. */
/** uvmem_gfn_is_uvmem - whether the page is out on the device; @dfn may be NULL */
bool uvmem_gfn_is_uvmem(struct hv_guest *kvm, gfn_t gfn, dfn_t *dfn);
void uvmem_gfn_insert(struct hv_guest *kvm, gfn_t gfn, dfn_t dfn);
void uvmem_gfn_secure_mem(struct hv_guest *kvm, gfn_t gfn);
void uvmem_gfn_shared(struct hv_guest *kvm, gfn_t gfn);
void uvmem_gfn_remove(struct hv_guest *kvm, gfn_t gfn);
/** uvmem_next_untouched - the first page of a slot from *@gfn on without a mark; false: none */
bool uvmem_next_untouched(struct hv_guest *kvm, const struct memslot *slot, gfn_t *gfn);

/* Views: never yield. */
enum hv_mark uvmem_mark_of(struct hv_guest *kvm, gfn_t gfn);
uint32_t uvmem_marked(struct hv_guest *kvm);

#endif
