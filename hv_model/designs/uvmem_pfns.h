/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem_pfns.h - a VM's list of arrays with a word for each guest page.
 *
 * kvm->arch.uvmem_pfns of Linux 6.1: the word of a page says that it is out on
 * the device, and as which device page; or that normal memory holds its
 * encrypted content; or that it is shared; or nothing. The list is apart from
 * the memslots, so that it can be found from a device page's private data.
 *
 * Locking: uvmem_lock, which the kernel's own page_free does not take. Errors:
 * a page in no array has no mark, and cannot get one. Blocking: yields.
 */
#ifndef HV_DESIGNS_UVMEM_PFNS_H
#define HV_DESIGNS_UVMEM_PFNS_H

#include "device_page.h"

#define UVMEM_GFN_UVMEM (UINT64_C(1) << 63)
#define UVMEM_GFN_MEM (UINT64_C(1) << 62)
#define UVMEM_GFN_SHARED (UINT64_C(1) << 61)
#define UVMEM_GFN_FLAGS (UVMEM_GFN_UVMEM | UVMEM_GFN_MEM | UVMEM_GFN_SHARED)

/** uvmem_slot_init - an array for a slot; false: no memory */
bool uvmem_slot_init(struct hv_guest *kvm, const struct memslot *slot);
void uvmem_slot_free(struct hv_guest *kvm, const struct memslot *slot);
/** uvmem_slot_free_all - at VM destruction */
void uvmem_slot_free_all(struct hv_guest *kvm);

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
