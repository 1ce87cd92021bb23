/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pte.c - page tables, and what their addresses mean. See pte.h.
 *
 * Locking: entries change under the mm's ptl; hardware (mm_access) reads them at
 * any time. Errors: none. Blocking: mm_set_pte yields, the others never.
 */
#include "pte.h"

/* ---- what an address means --------------------------------------------------------- */

HV_UNSEEN static const struct memslot *mm_slot_of_hva(const struct hv_guest *kvm, hva_t hva)
{
	for (uint32_t i = 0; i < kvm->slots->count; i++) {
		const struct memslot *slot = &kvm->slots->slots[i];
		if (hva.n >= slot->hva && hva.n < slot->hva + slot->pages)
			return slot;
	}
	return NULL;
}

HV_UNSEEN hva_t mm_hva_of_gfn(const struct hv_guest *kvm, gfn_t gfn)
{
	const struct memslot *slot = memslots_find_gfn(kvm->slots, gfn);
	return slot ? memslot_hva(slot, gfn) : hva_of_gfn(gfn);
}

HV_UNSEEN gfn_t mm_gfn_of_hva(const struct hv_guest *kvm, hva_t hva)
{
	const struct memslot *slot = mm_slot_of_hva(kvm, hva);
	return slot ? (gfn_t){slot->base.n + (hva.n - slot->hva)} : gfn_of_hva(hva);
}

/* ---- entries ------------------------------------------------------------------------ */

HV_UNSEEN static uint64_t *pte_word(struct hv_mm *mm, hva_t hva, bool make)
{
	return hv_sparse_at(&mm->ptes, gfn_of_hva(hva).n, make);
}

HV_UNSEEN bool mm_next_pte(const struct hv_mm *mm, hva_t *hva)
{
	uint64_t index = gfn_of_hva(*hva).n;
	if (!hv_sparse_next(&mm->ptes, &index))
		return false;
	*hva = hva_of_gfn((gfn_t){index});
	return true;
}

pte_t mm_pte(struct hv_mm *mm, hva_t hva)
{
	const uint64_t *word = pte_word(mm, hva, false);
	return word ? (pte_t){READ_ONCE(*word)} : PTE_NONE;
}

struct hv_page *pte_page(struct hv *hv, pte_t pte)
{
	if (pte_kind(pte) == HOST_PTE_NONE || pte_kind(pte) == HOST_PTE_SWAP || pte_is_zero_page(pte))
		return NULL;
	if (pte_is_device(pte))
		return hpage_of_device(hv, (dfn_t){pte_number(pte)});
	return hpage_of_frame(hv, (hfn_t){pte_number(pte)});
}

/* page_add_anon_rmap(), page_remove_rmap(): who maps a page is counted with each entry. */
HV_UNSEEN static void pte_count(struct hv *hv, pte_t pte, int change)
{
	struct hv_page *page = pte_page(hv, pte);
	if (!page)
		return;
	if (pte_kind(pte) == HOST_PTE_MIGRATION)
		page->moving = (uint8_t)(page->moving + change) & 0x7fu;
	else
		page->mapped = (uint8_t)(page->mapped + change);
}

static void pte_tell(struct hv_guest *kvm, gfn_t gfn, pte_t old, pte_t pte)
{
	uint64_t page = trace_page(kvm->index, gfn);

	trace_emit(TRACE_HOST_PTE, 0, page, trace_change(pte_kind(old), pte_kind(pte)));
	if (pte_kind(pte) == HOST_PTE_NORMAL)
		trace_emit(TRACE_CONTENT, TRACE_SIDE_HOST, page, hv_frame_read(kvm->hv, (hfn_t){pte_number(pte)}));
}

void mm_set_pte(struct hv_mm *mm, hva_t hva, pte_t pte)
{
	struct hv_guest *kvm = mm->kvm;
	uint64_t *word = pte_word(mm, hva, true);
	pte_t old = {READ_ONCE(*word)};

	cost_charge(STEP_PAGE_TABLE);
	WRITE_ONCE(*word, pte.w);
	pte_count(kvm->hv, old, -1);
	pte_count(kvm->hv, pte, 1);
	gfn_t gfn = mm_gfn_of_hva(kvm, hva);
	/* Who may write to a frame owns what it holds. */
	if (pte_kind(pte) == HOST_PTE_NORMAL && pte_is_writable(pte))
		hv_frame_own(kvm->hv, (hfn_t){pte_number(pte)}, mm->child ? FRAME_HOST : trace_page(kvm->index, gfn));
	if (!mm->child && (old.w | PTE_READONLY_BIT) != (pte.w | PTE_READONLY_BIT))
		pte_tell(kvm, gfn, old, pte);
}

HV_UNSEEN void mm_tell_move(struct hv_guest *kvm, gfn_t from, gfn_t to)
{
	trace_emit(TRACE_MOVE, 0, trace_page(kvm->index, from), trace_page(kvm->index, to));
}

HV_UNSEEN static void mm_page_moved(struct hv_guest *kvm, gfn_t from, gfn_t to)
{
	const uint64_t *word = pte_word(&kvm->mm, mm_hva_of_gfn(kvm, to), false);

	if (!word || !*word)
		return;
	mm_tell_move(kvm, from, to);
	pte_tell(kvm, from, (pte_t){*word}, PTE_NONE);
	pte_tell(kvm, to, PTE_NONE, (pte_t){*word});
}

/* From the end that is ahead, so that a page whose name is taken has given it up already. */
HV_UNSEEN void mm_slot_moved(struct hv_guest *kvm, gfn_t from, gfn_t to, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t n = to.n > from.n ? pages - 1 - i : i;
		mm_page_moved(kvm, (gfn_t){from.n + n}, (gfn_t){to.n + n});
	}
}
