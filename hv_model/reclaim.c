/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reclaim.c - what the host kernel does to normal pages when memory is short or
 * in pieces: compaction gives a page another frame, page replacement writes it
 * to swap. Neither holds mmap_lock, neither knows of VMs; both find mappings by
 * the page, and announce each to the notifier.
 *
 * Locking: the page lock is tried; then notifier and ptl for each mapping
 * (try_to_migrate, try_to_unmap). Errors: HOST_EBUSY, HOST_ENOMEM, HOST_EINVAL
 * when no normal page is mapped. Blocking: yields.
 */
#include "anon_rmap.h"
#include "process.h"

/* The normal page behind an address, with a reference as isolation from the LRU gives one. */
static struct hv_page *reclaim_isolate(struct hv_mm *mm, hva_t hva)
{
	struct hv_page *page = NULL;

	sim_spin_lock(&mm->ptl);
	pte_t pte = mm_pte(mm, hva);
	if (pte_kind(pte) == HOST_PTE_NORMAL && (page = pte_page(mm->kvm->hv, pte)))
		hpage_get(page);
	sim_spin_unlock(&mm->ptl);
	return page;
}

static bool reclaim_trylock(struct hv_page *page)
{
	return !inject_fails(INJECT_PAGE_BUSY, hpage_lock_name(page)) && sim_page_lock_trylock(&page->lock);
}

/* ---- compaction ------------------------------------------------------------------- */

/* migrate_folio_move(): the count has to be exact, then content and mappings follow. */
static int64_t reclaim_move(struct hv_mm *mm, hva_t hva, struct hv_page *page, struct hv_page *fresh)
{
	bool busy = inject_fails(INJECT_MIGRATE_PAGE, hpage_lock_name(page)) || rmap_users(mm->kvm->hv, page) != 1;

	if (!busy) {
		if (!hv_mutant(mm->kvm->hv, MUTANT_COMPACTION_COPIES_FIRST))
			hpage_copy(mm->kvm->hv, fresh, page);
		fresh->merged = page->merged;
	}
	rmap_restore(mm, hva, page, busy ? page : fresh);
	return busy ? HOST_EBUSY : 0;
}

static int64_t reclaim_replace_isolated(struct hv_mm *mm, hva_t hva, struct hv_page *page)
{
	struct hv *hv = mm->kvm->hv;
	struct hv_page *fresh = hpage_alloc_for(hv, hv->frames.frames[hpage_index(page)].owner);

	if (!fresh)
		return HOST_ENOMEM;
	if (!reclaim_trylock(page)) {
		hpage_put(hv, fresh);
		return HOST_EBUSY;
	}
	if (hv_mutant(hv, MUTANT_COMPACTION_COPIES_FIRST))
		hpage_copy(hv, fresh, page);
	rmap_unmap(mm->kvm, page);
	int64_t result = reclaim_move(mm, hva, page, fresh);
	sim_page_lock_unlock(&page->lock);
	hpage_put(hv, fresh);
	return result;
}

int64_t reclaim_replace(struct hv_mm *mm, hva_t hva)
{
	struct hv_page *page = reclaim_isolate(mm, hva);

	if (!page)
		return HOST_EINVAL;
	/* isolate_migratepages_block() leaves pages alone that somebody else uses. */
	int64_t result = rmap_users(mm->kvm->hv, page) > 1 ? HOST_EBUSY : reclaim_replace_isolated(mm, hva, page);
	hpage_put(mm->kvm->hv, page);
	return result;
}

/* ---- swap ----------------------------------------------------------------------------- */

/*
 * The page is unmapped everywhere; its entries are to name a slot. A writer may
 * have come after the content was taken only through an entry, and there is
 * none: so it is read last.
 */
static int64_t reclaim_write_out(struct hv_mm *mm, hva_t hva, struct hv_page *page)
{
	struct hv *hv = mm->kvm->hv;

	if (rmap_users(hv, page) != 1) {
		rmap_restore(mm, hva, page, page);
		return HOST_EBUSY;
	}
	cost_charge(STEP_COPY_PAGE);
	uint32_t slot = swap_out(&hv->swap, hv_frame_read(hv, hpage_hfn(page)));
	if (slot == SWAP_FULL) {
		rmap_restore(mm, hva, page, page);
		return HOST_ENOMEM;
	}
	rmap_restore_swap(mm, hva, page, slot);
	/* The slot's first user was the page itself. */
	swap_put(&hv->swap, slot);
	return 0;
}

int64_t reclaim_swap_out(struct hv_mm *mm, hva_t hva)
{
	struct hv *hv = mm->kvm->hv;
	struct hv_page *page = reclaim_isolate(mm, hva);
	int64_t result = HOST_EBUSY;

	if (!page)
		return HOST_EINVAL;
	if (rmap_users(hv, page) == 1 && reclaim_trylock(page)) {
		rmap_unmap(mm->kvm, page);
		result = reclaim_write_out(mm, hva, page);
		sim_page_lock_unlock(&page->lock);
	}
	hpage_put(hv, page);
	return result;
}
