/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksm.c - merging pages of equal content, and breaking them apart again.
 *
 * As mm/ksm.c of Linux 6.1 does it to two pages of which ksmd has found that
 * they are equal: each is write-protected, which fails while somebody has a
 * reference on it; then the second mapping is turned to the first frame. Which
 * pages ksmd compares, and when, is the scenario's.
 *
 * Locking: mmap_lock (reading to merge, writing to change the flag), the page
 * lock, notifier and ptl. Errors: HOST_EBUSY: left alone; HOST_ENOMEM. Blocking:
 * yields.
 */
#include "process.h"

/* max_page_sharing */
#define KSM_SHARING_MAX (HPAGE_MAPPED_MAX / 2)

/* A page that may be merged, with a reference; NULL when it may not. */
static struct hv_page *ksm_get(struct hv_mm *mm, hva_t hva)
{
	const struct vma *vma = mm_find_vma(mm, hva);
	struct hv_page *page = NULL;

	if (!vma || !vma->mergeable)
		return NULL;
	sim_spin_lock(&mm->ptl);
	pte_t pte = mm_pte(mm, hva);
	if (pte_kind(pte) == HOST_PTE_NORMAL && (page = pte_page(mm->kvm->hv, pte)))
		hpage_get(page);
	sim_spin_unlock(&mm->ptl);
	return page;
}

/* write_protect_page(): false when somebody beside the mappings and ksmd has a reference. */
static bool ksm_write_protect(struct hv_mm *mm, hva_t hva, struct hv_page *page)
{
	notifier_start(mm, hva, 1);
	sim_spin_lock(&mm->ptl);
	pte_t pte = mm_pte(mm, hva);
	bool same = pte_kind(pte) == HOST_PTE_NORMAL && pte_page(mm->kvm->hv, pte) == page;
	bool alone = same && hpage_count(page) == hpage_mapped(page) + 1u;
	if (alone && pte_is_writable(pte)) {
		cost_charge(STEP_TLBIE);
		mm_set_pte(mm, hva, pte_read_only(pte));
	}
	sim_spin_unlock(&mm->ptl);
	notifier_end(mm, hva, 1);
	return alone;
}

/* try_to_merge_one_page() without a page to merge with: write-protect under the page lock. */
static bool ksm_stabilise(struct hv_mm *mm, hva_t hva, struct hv_page *page)
{
	if (page->merged)
		return true;
	if (!sim_page_lock_trylock(&page->lock))
		return false;
	bool done = ksm_write_protect(mm, hva, page);
	sim_page_lock_unlock(&page->lock);
	return done;
}

/* replace_page(): the mapping of @page at @hva turns to @kept. */
static bool ksm_replace(struct hv_mm *mm, hva_t hva, struct hv_page *page, struct hv_page *kept)
{
	notifier_start(mm, hva, 1);
	sim_spin_lock(&mm->ptl);
	bool same = mm_pte(mm, hva).w == pte_read_only(pte_of_page(page)).w;
	if (same) {
		hpage_get(kept);
		cost_charge(STEP_TLBIE);
		mm_set_pte(mm, hva, pte_read_only(pte_of_page(kept)));
	}
	sim_spin_unlock(&mm->ptl);
	notifier_end(mm, hva, 1);
	if (same)
		hpage_put(mm->kvm->hv, page);
	return same;
}

/* Only what cannot be written to any more can be compared for good; the compare reads two pages. */
static bool ksm_identical(struct hv *hv, const struct hv_page *a, const struct hv_page *b)
{
	cost_charge(STEP_COPY_PAGE);
	return hv_frame_read(hv, hpage_hfn(a)) == hv_frame_read(hv, hpage_hfn(b));
}

static bool ksm_merge_pages(struct hv_mm *mm, hva_t a, hva_t b, struct hv_page *kept, struct hv_page *page)
{
	if (kept == page || page->merged || hpage_mapped(kept) >= KSM_SHARING_MAX)
		return kept == page;
	bool early = hv_mutant(mm->kvm->hv, MUTANT_KSM_COMPARES_FIRST);
	if (early && !ksm_identical(mm->kvm->hv, kept, page))
		return false;
	if (!ksm_stabilise(mm, a, kept) || !ksm_stabilise(mm, b, page))
		return false;
	if (!early && !ksm_identical(mm->kvm->hv, kept, page))
		return false;
	kept->merged = true;
	return ksm_replace(mm, b, page, kept);
}

int64_t ksm_merge(struct hv_mm *mm, hva_t a, hva_t b)
{
	struct hv *hv = mm->kvm->hv;

	sim_rwsem_read_lock(&mm->mmap_lock);
	struct hv_page *kept = ksm_get(mm, a);
	struct hv_page *page = kept ? ksm_get(mm, b) : NULL;
	bool merged = page && ksm_merge_pages(mm, a, b, kept, page);
	if (page)
		hpage_put(hv, page);
	if (kept)
		hpage_put(hv, kept);
	sim_rwsem_read_unlock(&mm->mmap_lock);
	return merged ? 0 : HOST_EBUSY;
}

/* break_ksm(): as a store would */
static bool ksm_break(struct vma *vma, hva_t hva)
{
	for (;;) {
		pte_t pte = mm_pte(vma->mm, hva);
		const struct hv_page *page = pte_kind(pte) == HOST_PTE_NORMAL ? pte_page(vma->mm->kvm->hv, pte) : NULL;
		if (!page || !page->merged)
			return true;
		if (mm_handle_fault(vma, hva, true))
			return false;
	}
}

bool ksm_unmerge(struct vma *vma)
{
	for (hva_t at = vma->start; mm_next_pte(vma->mm, &at) && at.n < vma->end.n; at.n++)
		if (!ksm_break(vma, at))
			return false;
	return true;
}

/* madvise(): the flag of just this range, so mappings part at its ends. */
int64_t ksm_madvise(struct hv_mm *mm, hva_t start, uint64_t pages, bool mergeable)
{
	hva_t end = {start.n + pages};
	bool done = false;

	sim_rwsem_write_lock(&mm->mmap_lock);
	if (vma_split(mm, start) && vma_split(mm, end))
		done = vma_set_mergeable(mm->kvm, start, pages, mergeable);
	sim_rwsem_write_unlock(&mm->mmap_lock);
	return done ? 0 : HOST_ENOMEM;
}
