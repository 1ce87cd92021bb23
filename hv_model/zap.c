/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zap.c - memory of the process goes away: munmap, MADV_DONTNEED, exit.
 *
 * As zap_pte_range() of Linux 6.1 mm/memory.c: the reference on a normal page
 * is dropped after the page-table lock, in a batch, but that on a device page
 * right away, under the lock. So a design's page_free runs under a spin lock
 * here, and may not sleep.
 *
 * Locking: mmap_lock held, ptl taken. Errors: none. Blocking: yields.
 */
#include "mm.h"

#define ZAP_BATCH 16u

/*H:170
 * When the process unmaps memory, references on device pages are dropped under the page-table lock, a
 * spin lock. The design's page_free runs here and cannot take its mutex, whatever it does to the
 * marks.
 :*/
/* Clear up to ZAP_BATCH entries from @at on; returns how many were looked at. */
static uint64_t zap_batch(struct hv_guest *kvm, hva_t at, uint64_t pages)
{
	struct hv_page *batch[ZAP_BATCH];
	unsigned count = 0;
	uint64_t done = 0;

	sim_spin_lock(&kvm->mm.ptl);
	for (; done < pages && done < ZAP_BATCH; done++) {
		hva_t hva = {at.n + done};
		pte_t pte = mm_pte(kvm, hva);
		if (pte_kind(pte) == HOST_PTE_NONE)
			continue;
		mm_set_pte(kvm, hva, PTE_NONE);
		struct hv_page *page = pte_page(kvm->hv, pte);
		if (pte_kind(pte) == HOST_PTE_DEVICE)
			hpage_put(kvm->hv, page);
		else if (pte_kind(pte) == HOST_PTE_NORMAL && page)
			batch[count++] = page;
	}
	sim_spin_unlock(&kvm->mm.ptl);
	for (unsigned i = 0; i < count; i++)
		hpage_put(kvm->hv, batch[i]);
	return done;
}

static void zap_entries(struct hv_guest *kvm, hva_t start, uint64_t pages)
{
	for (uint64_t done = 0; done < pages;)
		done += zap_batch(kvm, (hva_t){start.n + done}, pages - done);
}

void zap_range(struct hv_guest *kvm, hva_t start, uint64_t pages)
{
	notifier_start(kvm, start, pages);
	zap_entries(kvm, start, pages);
	notifier_end(kvm, start, pages);
}

/* The mappings go under the lock for writing, the entries under the lock for reading (do_mas_align_munmap). */
int64_t zap_munmap(struct hv_guest *kvm, hva_t start, uint64_t pages)
{
	sim_rwsem_write_lock(&kvm->mm.mmap_lock);
	vma_cut(kvm, start, pages);
	sim_rwsem_downgrade(&kvm->mm.mmap_lock);
	zap_range(kvm, start, pages);
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return 0;
}

int64_t zap_madvise(struct hv_guest *kvm, hva_t start, uint64_t pages)
{
	uint64_t end = start.n + pages;
	bool hole = false;

	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	for (uint64_t at = start.n; at < end;) {
		struct vma *vma = vma_next(kvm, (hva_t){at});
		if (!vma || vma->start.n >= end) {
			hole = true;
			break;
		}
		hole = hole || vma->start.n > at;
		uint64_t from = vma->start.n > at ? vma->start.n : at;
		uint64_t to = vma->end.n < end ? vma->end.n : end;
		zap_range(kvm, (hva_t){from}, to - from);
		at = to;
	}
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return hole ? HOST_ENOMEM : 0;
}

void zap_exit(struct hv_guest *kvm)
{
	sim_rwsem_write_lock(&kvm->mm.mmap_lock);
	while (kvm->mm.vmas) {
		hva_t start = kvm->mm.vmas->start;
		uint64_t pages = kvm->mm.vmas->end.n - start.n;
		zap_entries(kvm, start, pages);
		vma_cut(kvm, start, pages);
	}
	sim_rwsem_write_unlock(&kvm->mm.mmap_lock);
}
