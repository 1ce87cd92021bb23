/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zap.c - memory of a process goes away: munmap, MADV_DONTNEED, exit.
 *
 * As zap_pte_range() of Linux 6.1 mm/memory.c: the reference on a normal page
 * is dropped after the page-table lock, in a batch, but that on a device page
 * right away, under the lock. So a design's page_free runs under a spin lock
 * here, and may not sleep.
 *
 * Locking: mmap_lock held, ptl taken. Errors: HOST_ENOMEM. Blocking: yields.
 */
#include "mm.h"

#define ZAP_BATCH 16u

/*H:170
 * When the process unmaps memory, references on device pages are dropped under the page-table lock, a
 * spin lock. The design's page_free runs here and cannot take its mutex, whatever it does to the
 * marks.
 :*/
/* One entry that goes; returns the normal page whose reference is dropped later, or NULL. */
static struct hv_page *zap_entry(struct hv *hv, pte_t pte)
{
	struct hv_page *page = pte_page(hv, pte);

	switch (pte_kind(pte)) {
	case HOST_PTE_DEVICE:
		hpage_put(hv, page);
		return NULL;
	case HOST_PTE_NORMAL:
		return page;
	case HOST_PTE_SWAP:
		swap_put(&hv->swap, pte_number(pte));
		return NULL;
	case HOST_PTE_NONE:
	case HOST_PTE_MIGRATION: /* has no reference */
	case HOST_PTE_COUNT:
		break;
	}
	return NULL;
}

/* Clear up to ZAP_BATCH entries from @at on; returns how many addresses were looked at. */
static uint64_t zap_batch(struct hv_mm *mm, hva_t at, uint64_t pages)
{
	struct hv *hv = mm->kvm->hv;
	struct hv_page *batch[ZAP_BATCH];
	unsigned count = 0;
	uint64_t done = 0;

	sim_spin_lock(&mm->ptl);
	for (; done < pages && done < ZAP_BATCH; done++) {
		hva_t hva = {at.n + done};
		pte_t pte = mm_pte(mm, hva);
		if (pte_kind(pte) == HOST_PTE_NONE)
			continue;
		mm_set_pte(mm, hva, PTE_NONE);
		struct hv_page *page = zap_entry(hv, pte);
		if (page)
			batch[count++] = page;
	}
	sim_spin_unlock(&mm->ptl);
	for (unsigned i = 0; i < count; i++)
		hpage_put(hv, batch[i]);
	return done;
}

static void zap_entries(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	for (uint64_t done = 0; done < pages;)
		done += zap_batch(mm, (hva_t){start.n + done}, pages - done);
}

void zap_range(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	if (hv_mutant(mm->kvm->hv, MUTANT_ZAP_WITHOUT_NOTIFIER)) {
		zap_entries(mm, start, pages);
		return;
	}
	notifier_start(mm, start, pages);
	zap_entries(mm, start, pages);
	notifier_end(mm, start, pages);
}

/* The mappings go under the lock for writing, the entries under the lock for reading (do_mas_align_munmap). */
int64_t zap_munmap(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	sim_rwsem_write_lock(&mm->mmap_lock);
	if (!vma_cut(mm, start, pages)) {
		sim_rwsem_write_unlock(&mm->mmap_lock);
		return HOST_ENOMEM;
	}
	sim_rwsem_downgrade(&mm->mmap_lock);
	zap_range(mm, start, pages);
	sim_rwsem_read_unlock(&mm->mmap_lock);
	return 0;
}

int64_t zap_madvise(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	uint64_t end = start.n + pages;
	bool hole = false;

	sim_rwsem_read_lock(&mm->mmap_lock);
	for (uint64_t at = start.n; at < end;) {
		struct vma *vma = mm_next_vma(mm, (hva_t){at});
		if (!vma || vma->start.n >= end) {
			hole = true;
			break;
		}
		hole = hole || vma->start.n > at;
		uint64_t from = vma->start.n > at ? vma->start.n : at;
		uint64_t to = vma->end.n < end ? vma->end.n : end;
		zap_range(mm, (hva_t){from}, to - from);
		at = to;
	}
	sim_rwsem_read_unlock(&mm->mmap_lock);
	return hole ? HOST_ENOMEM : 0;
}

/*
 * exit_mmap(): the notifiers are released first, so KVM does not hear of what
 * follows. The entries go under the lock for reading, the mappings for writing.
 */
void zap_exit(struct hv_mm *mm)
{
	mm->notified = false;
	sim_rwsem_read_lock(&mm->mmap_lock);
	for (const struct vma *vma = mm->vmas; vma; vma = vma->next)
		zap_entries(mm, vma->start, vma->end.n - vma->start.n);
	sim_rwsem_read_unlock(&mm->mmap_lock);
	sim_rwsem_write_lock(&mm->mmap_lock);
	while (mm->vmas)
		vma_cut(mm, mm->vmas->start, mm->vmas->end.n - mm->vmas->start.n);
	sim_rwsem_write_unlock(&mm->mmap_lock);
}
