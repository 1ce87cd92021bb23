/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mremap.c - memory of the process moves to other addresses.
 *
 * The memslots know nothing of it: what the guest finds behind a page is what
 * its slot's address maps now. Device-private entries move like others, while
 * the private data of their pages still names the guest page of before.
 *
 * Locking: mmap_lock for writing, ptl (move_page_tables() of Linux 6.1
 * mm/mremap.c). Errors: HOST_EINVAL (ranges overlap), HOST_SIGSEGV for the
 * kernel's EFAULT (the range is not inside one mapping), HOST_ENOMEM. Blocking:
 * yields.
 */
#include "process.h"

/* move_ptes(): no entry is at two addresses at any time. */
static void mremap_entries(struct hv_mm *mm, hva_t from, uint64_t pages, hva_t to)
{
	notifier_start(mm, from, pages);
	sim_spin_lock(&mm->ptl);
	for (uint64_t i = 0; i < pages; i++) {
		pte_t pte = mm_pte(mm, (hva_t){from.n + i});
		if (pte_kind(pte) == HOST_PTE_NONE)
			continue;
		if (!mm->child)
			mm_tell_move(mm->kvm, mm_gfn_of_hva(mm->kvm, (hva_t){from.n + i}),
				mm_gfn_of_hva(mm->kvm, (hva_t){to.n + i}));
		mm_set_pte(mm, (hva_t){from.n + i}, PTE_NONE);
		mm_set_pte(mm, (hva_t){to.n + i}, pte);
	}
	sim_spin_unlock(&mm->ptl);
	cost_charge(STEP_TLBIE);
	notifier_end(mm, from, pages);
}

/* do_munmap() of the place, then move_vma(); mmap_lock is held for writing. */
static int64_t mremap_locked(struct hv_mm *mm, hva_t from, uint64_t pages, hva_t to)
{
	const struct vma *vma = mm_find_vma(mm, from);

	if (!vma || vma->end.n < from.n + pages)
		return HOST_SIGSEGV;
	uint64_t mergeable = vma->mergeable;
	if (!vma_cut(mm, to, pages))
		return HOST_ENOMEM;
	zap_range(mm, to, pages);
	/* Split first, so that giving the old mapping up cannot fail after the entries have moved. */
	hva_t end = {from.n + pages};
	if (!vma_split(mm, from) || !vma_split(mm, end) || !vma_map(mm, to, pages))
		return HOST_ENOMEM;
	mm_find_vma(mm, to)->mergeable = mergeable;
	mremap_entries(mm, from, pages, to);
	vma_cut(mm, from, pages);
	return 0;
}

int64_t mremap_move(struct hv_mm *mm, hva_t from, uint64_t pages, hva_t to)
{
	if (from.n < to.n + pages && to.n < from.n + pages)
		return HOST_EINVAL;
	sim_rwsem_write_lock(&mm->mmap_lock);
	int64_t result = mremap_locked(mm, from, pages, to);
	sim_rwsem_write_unlock(&mm->mmap_lock);
	return result;
}
