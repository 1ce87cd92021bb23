/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vma.c - mappings of the process that runs a VM.
 *
 * A list in order of addresses. Mappings are simulated allocations, so that a
 * pointer kept beyond mmap_lock is caught when the mapping is gone.
 *
 * Locking: mmap_lock; for writing where the list or a mapping changes. Errors:
 * none. Blocking: yields where it charges or allocates.
 */
#include "mm.h"

static struct vma *vma_alloc(struct hv_guest *kvm, hva_t start, hva_t end, uint64_t mergeable)
{
	cost_charge(STEP_ALLOC);
	struct vma *vma = heap_alloc(sizeof(*vma), obj_make(OBJ_KMALLOC, kvm->index, OBJ_NO_INDEX));
	*vma = (struct vma){.start = start, .end = end, .mergeable = mergeable};
	return vma;
}

struct vma *vma_next(struct hv_guest *kvm, hva_t hva)
{
	cost_charge(STEP_LIST_STEP);
	struct vma *vma = kvm->mm.vmas;
	while (vma && vma->end.n <= hva.n)
		vma = vma->next;
	return vma;
}

struct vma *vma_find(struct hv_guest *kvm, hva_t hva)
{
	struct vma *vma = vma_next(kvm, hva);
	return vma && vma->start.n <= hva.n ? vma : NULL;
}

void vma_map(struct hv_guest *kvm, hva_t start, uint64_t pages)
{
	hva_t at = start, end = {start.n + pages};
	struct vma **link = &kvm->mm.vmas;

	while (at.n < end.n) {
		while (*link && (*link)->end.n <= at.n)
			link = &(*link)->next;
		if (*link && (*link)->start.n <= at.n) {
			at = (*link)->end;
			continue;
		}
		hva_t gap_end = *link && (*link)->start.n < end.n ? (*link)->start : end;
		struct vma *fresh = vma_alloc(kvm, at, gap_end, 1);
		fresh->next = *link;
		*link = fresh;
		at = gap_end;
	}
}

/* Give the mapping at @link up from @start to @end; what remains on either side stays. */
static void vma_cut_one(struct hv_guest *kvm, struct vma **link, hva_t start, hva_t end)
{
	struct vma *vma = *link;
	if (vma->end.n > end.n) {
		struct vma *tail = vma_alloc(kvm, end, vma->end, vma->mergeable);
		tail->next = vma->next;
		vma->next = tail;
	}
	if (vma->start.n < start.n) {
		vma->end = start;
		return;
	}
	*link = vma->next;
	cost_charge(STEP_FREE);
	heap_free(vma);
}

void vma_cut(struct hv_guest *kvm, hva_t start, uint64_t pages)
{
	hva_t end = {start.n + pages};
	struct vma **link = &kvm->mm.vmas;

	while (*link && (*link)->start.n < end.n) {
		struct vma *vma = *link;
		if (vma->end.n > start.n)
			vma_cut_one(kvm, link, start, end);
		if (*link == vma)
			link = &vma->next;
	}
}

bool vma_set_mergeable(struct hv_guest *kvm, hva_t start, uint64_t pages, bool mergeable)
{
	hva_t end = {start.n + pages};
	do {
		struct vma *vma = vma_next(kvm, start);
		if (!vma || vma->start.n >= end.n)
			return false;
		vma->mergeable = mergeable;
		start = vma->end;
	} while (start.n < end.n);
	return true;
}
