/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pte.h - entries of the page tables of a process and its child.
 *
 * A word an address. Which guest page an address stands for is a matter of the
 * memslots, which may change; an address no slot covers stands for the page it
 * was first mapped for, so that a checker can still speak of it.
 *
 * Locking: said at each function. Errors: none. Blocking: mm_set_pte yields.
 */
#ifndef HV_MODEL_PTE_H
#define HV_MODEL_PTE_H

#include "hv.h"

/*
 * number << 32 | read-only << 4 | device << 3 | enum host_pte. A migration entry
 * says which page it stands for; a swap entry's number is a slot. The zero page
 * is mapped as a normal one, read-only by nature.
 */
typedef struct {
	uint64_t w;
} pte_t;
#define PTE_NONE ((pte_t){HOST_PTE_NONE})
#define PTE_DEVICE_BIT UINT64_C(8)
#define PTE_READONLY_BIT UINT64_C(16)
_Static_assert(HOST_PTE_COUNT <= 8, "the kind has three bits");

static inline pte_t pte_make(enum host_pte kind, bool device, uint32_t number)
{
	return (pte_t){((uint64_t)number << 32) | (device ? PTE_DEVICE_BIT : 0) | (uint64_t)kind};
}
static inline enum host_pte pte_kind(pte_t pte)
{
	return (enum host_pte)(pte.w & 7u);
}
static inline bool pte_is_device(pte_t pte)
{
	return (pte.w & PTE_DEVICE_BIT) != 0;
}
static inline uint32_t pte_number(pte_t pte)
{
	return (uint32_t)(pte.w >> 32);
}
static inline bool pte_is_zero_page(pte_t pte)
{
	return pte_kind(pte) == HOST_PTE_NORMAL && pte_number(pte) == HFN_ZERO.n;
}
static inline bool pte_is_writable(pte_t pte)
{
	return !(pte.w & PTE_READONLY_BIT) && !pte_is_zero_page(pte);
}
static inline pte_t pte_read_only(pte_t pte)
{
	return (pte_t){pte.w | PTE_READONLY_BIT};
}
/** pte_like - @pte, read-only when @model is */
static inline pte_t pte_like(pte_t pte, pte_t model)
{
	return (pte_t){pte.w | (model.w & PTE_READONLY_BIT)};
}
/** pte_of_page - the entry that maps a page; pte_moving - the one that stands for it while it moves */
static inline pte_t pte_of_page(const struct hv_page *page)
{
	return pte_make(
		hpage_is_device(page) ? HOST_PTE_DEVICE : HOST_PTE_NORMAL, hpage_is_device(page), hpage_index(page));
}
static inline pte_t pte_moving(const struct hv_page *page)
{
	return pte_make(HOST_PTE_MIGRATION, hpage_is_device(page), hpage_index(page));
}
/** pte_page - the page an entry maps or stands for; NULL for all else, and for the zero page */
struct hv_page *pte_page(struct hv *hv, pte_t pte);

/** mm_pte - the entry of an address */
pte_t mm_pte(struct hv_mm *mm, hva_t hva);
/** mm_set_pte - change it; keeps the counts of mappings, and tells the trace */
void mm_set_pte(struct hv_mm *mm, hva_t hva, pte_t pte) REQUIRES(mm->ptl);
/** mm_next_pte - the first address from *@hva on that has an entry; false when there is none. Never yields. */
bool mm_next_pte(const struct hv_mm *mm, hva_t *hva);

/* ---- addresses ------------------------------------------------------------------ */

#define HVA_BASE UINT64_C(0x7fff00000) /* where guest page 0 lies, in pages */
#define GFN_MAX (UINT64_C(1) << 48)

/** hva_of_gfn - where the process first maps the memory of a guest page */
static inline hva_t hva_of_gfn(gfn_t gfn)
{
	return (hva_t){gfn.n + HVA_BASE};
}
static inline gfn_t gfn_of_hva(hva_t hva)
{
	return (gfn_t){hva.n - HVA_BASE};
}
/**
 * mm_hva_of_gfn - the address behind a guest page as the process knows it: by its
 * slot, else hva_of_gfn(). mm_gfn_of_hva is the way back. Both without simulated
 * time, and never yield.
 */
hva_t mm_hva_of_gfn(const struct hv_guest *kvm, gfn_t gfn);
gfn_t mm_gfn_of_hva(const struct hv_guest *kvm, hva_t hva);
/** mm_tell_move - tell the trace that what was behind a page is behind another now */
void mm_tell_move(struct hv_guest *kvm, gfn_t from, gfn_t to);
/** mm_slot_moved - tell the trace that pages of a slot have other names now; after the new table is published */
void mm_slot_moved(struct hv_guest *kvm, gfn_t from, gfn_t to, uint64_t pages);

#endif
