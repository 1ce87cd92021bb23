/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vma.c - mappings of a process.
 *
 * A list in order of addresses. Mappings are simulated allocations, so that a
 * pointer kept beyond mmap_lock is caught when the mapping is gone.
 *
 * Locking: mmap_lock; for writing where the list or a mapping changes. Errors:
 * false: no memory. Blocking: yields where it charges or allocates.
 */
#include "mm.h"

#include "process.h"

/* The kernel's view of a mapping that was made or changed. */
static void vma_show(struct vma *vma)
{
	struct vma_view *view = &vma->view;
	view->start = vma->start.n << PEF_PAGE_SHIFT;
	view->end = vma->end.n << PEF_PAGE_SHIFT;
	view->flags = VMA_VIEW_FLAGS | (vma->mergeable ? VMA_VIEW_MERGEABLE : 0);
	view->mm = vma->mm->kernel;
}

static struct vma *vma_alloc(struct hv_mm *mm, hva_t start, hva_t end, uint64_t mergeable)
{
	struct vma *vma = hv_alloc(sizeof(*vma), obj_make(OBJ_KMALLOC, mm->kvm->index, OBJ_NO_INDEX));
	if (!vma)
		return NULL;
	*vma = (struct vma){.mm = mm, .start = start, .end = end, .mergeable = mergeable};
	vma_show(vma);
	return vma;
}

struct vma *mm_next_vma(struct hv_mm *mm, hva_t hva)
{
	cost_charge(STEP_LIST_STEP);
	struct vma *vma = mm->vmas;
	while (vma && vma->end.n <= hva.n)
		vma = vma->next;
	return vma;
}

struct vma *mm_find_vma(struct hv_mm *mm, hva_t hva)
{
	struct vma *vma = mm_next_vma(mm, hva);
	return vma && vma->start.n <= hva.n ? vma : NULL;
}

/* Where a mapping that begins at @at has its place in the list. */
static struct vma **vma_link(struct hv_mm *mm, hva_t at)
{
	struct vma **link = &mm->vmas;
	while (*link && (*link)->end.n <= at.n)
		link = &(*link)->next;
	return link;
}

static bool vma_insert(struct hv_mm *mm, hva_t start, hva_t end, uint64_t mergeable)
{
	struct vma *fresh = vma_alloc(mm, start, end, mergeable);
	if (!fresh)
		return false;
	struct vma **link = vma_link(mm, start);
	fresh->next = *link;
	*link = fresh;
	return true;
}

bool vma_map(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	hva_t at = start, end = {start.n + pages};

	while (at.n < end.n) {
		const struct vma *next = *vma_link(mm, at);
		if (next && next->start.n <= at.n) {
			at = next->end;
			continue;
		}
		hva_t gap_end = next && next->start.n < end.n ? next->start : end;
		if (!vma_insert(mm, at, gap_end, 1))
			return false;
		at = gap_end;
	}
	return true;
}

bool vma_copy(struct hv_mm *mm, const struct vma *vma)
{
	return vma_insert(mm, vma->start, vma->end, vma->mergeable);
}

bool vma_split(struct hv_mm *mm, hva_t at)
{
	struct vma *vma = *vma_link(mm, at);
	if (!vma || vma->start.n >= at.n)
		return true;
	struct vma *tail = vma_alloc(mm, at, vma->end, vma->mergeable);
	if (!tail)
		return false;
	tail->next = vma->next;
	vma->next = tail;
	vma->end = at;
	vma_show(vma);
	return true;
}

bool vma_cut(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	hva_t end = {start.n + pages};

	if (!vma_split(mm, start) || !vma_split(mm, end))
		return false;
	struct vma **link = vma_link(mm, start);
	while (*link && (*link)->start.n < end.n) {
		struct vma *vma = *link;
		*link = vma->next;
		cost_charge(STEP_FREE);
		heap_free(vma);
	}
	return true;
}

bool vma_set_mergeable(struct hv_guest *kvm, hva_t start, uint64_t pages, bool mergeable)
{
	hva_t end = {start.n + pages};
	do {
		struct vma *vma = mm_next_vma(&kvm->mm, start);
		if (!vma || vma->start.n >= end.n)
			return false;
		if (vma->mergeable && !mergeable && !ksm_unmerge(vma))
			return false;
		vma->mergeable = mergeable;
		vma_show(vma);
		start = vma->end;
	} while (start.n < end.n);
	return true;
}
