/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork.c - the process has a child: a second page table that maps the same
 * pages.
 *
 * As dup_mmap() and copy_page_range() of Linux 6.1: normal pages are shared
 * until one side writes; a pinned one is copied at once; a device-private page
 * is shared, too, with a reference, so that it outlives the process's mapping
 * and may be freed by the child's exit, in the child's context. KVM does not
 * know the child: its notifier is the process's.
 *
 * Locking: both mmap_locks for writing, both ptls. Errors: HOST_ENOMEM,
 * HOST_EBUSY, HOST_ENOENT. Blocking: yields.
 */
#include "process.h"

/* A pinned page is not shared: the child gets a copy. NULL: no memory. */
static struct hv_page *fork_copy_pinned(struct hv *hv, const struct hv_page *page)
{
	struct hv_page *copy = hpage_alloc_for(hv, FRAME_HOST);
	if (copy)
		hpage_copy(hv, copy, page);
	return copy;
}

static bool fork_forgets(const struct hv_guest *kvm, pte_t pte)
{
	return hv_mutant(kvm->hv, MUTANT_FORK_TAKES_NO_REFERENCE) && pte_kind(pte) == HOST_PTE_DEVICE;
}

/* copy_present_pte(), copy_nonpresent_pte() for what is shared: no writes on either side. */
static void fork_share(struct hv_guest *kvm, hva_t hva, pte_t pte)
{
	struct hv_page *page = pte_page(kvm->hv, pte);

	if (pte_kind(pte) == HOST_PTE_SWAP)
		swap_get(&kvm->hv->swap, pte_number(pte));
	else if (page && pte_kind(pte) != HOST_PTE_MIGRATION && !fork_forgets(kvm, pte))
		hpage_get(page);
	if (page && pte_is_writable(pte)) {
		pte = pte_read_only(pte);
		mm_set_pte(&kvm->mm, hva, pte);
	}
	mm_set_pte(&kvm->child, hva, pte);
}

/* One entry; @copy: a page for a pinned one. Returns the page that has to be copied first, or NULL: done. */
static struct hv_page *fork_entry(struct hv_guest *kvm, hva_t hva, struct hv_page *copy)
{
	struct hv_page *pinned = NULL;

	sim_spin_lock(&kvm->child.ptl);
	sim_spin_lock_nested(&kvm->mm.ptl, 1);
	pte_t pte = mm_pte(&kvm->mm, hva);
	struct hv_page *page = pte_kind(pte) == HOST_PTE_NORMAL ? pte_page(kvm->hv, pte) : NULL;
	if (page && hpage_count(page) >= HPAGE_PIN)
		pinned = page;
	if (pinned && copy)
		mm_set_pte(&kvm->child, hva, pte_of_page(copy));
	else if (!pinned && pte_kind(pte) != HOST_PTE_NONE)
		fork_share(kvm, hva, pte);
	sim_spin_unlock(&kvm->mm.ptl);
	sim_spin_unlock(&kvm->child.ptl);
	if (copy && !pinned)
		hpage_put(kvm->hv, copy);
	return copy ? NULL : pinned;
}

static bool fork_entries(struct hv_guest *kvm, const struct vma *vma)
{
	for (hva_t at = vma->start; mm_next_pte(&kvm->mm, &at) && at.n < vma->end.n; at.n++) {
		const struct hv_page *pinned = fork_entry(kvm, at, NULL);
		if (!pinned)
			continue;
		struct hv_page *copy = fork_copy_pinned(kvm->hv, pinned);
		if (!copy)
			return false;
		fork_entry(kvm, at, copy);
	}
	return true;
}

/* copy_page_range() */
static bool fork_vma(struct hv_guest *kvm, const struct vma *vma)
{
	uint64_t pages = vma->end.n - vma->start.n;

	if (!vma_copy(&kvm->child, vma))
		return false;
	notifier_start(&kvm->mm, vma->start, pages);
	bool done = fork_entries(kvm, vma);
	notifier_end(&kvm->mm, vma->start, pages);
	return done;
}

static bool fork_mm(struct hv_guest *kvm)
{
	bool done = true;

	sim_rwsem_write_lock(&kvm->mm.mmap_lock);
	sim_rwsem_write_lock_nested(&kvm->child.mmap_lock, 1);
	for (const struct vma *vma = kvm->mm.vmas; vma && done; vma = vma->next)
		done = fork_vma(kvm, vma);
	cost_charge(STEP_TLBIE); /* flush_tlb_mm(): what became read-only */
	sim_rwsem_write_unlock(&kvm->child.mmap_lock);
	sim_rwsem_write_unlock(&kvm->mm.mmap_lock);
	return done;
}

int64_t fork_process(struct hv_guest *kvm)
{
	if (READ_ONCE(kvm->forked))
		return HOST_EBUSY;
	WRITE_ONCE(kvm->forked, true);
	if (fork_mm(kvm))
		return 0;
	zap_exit(&kvm->child);
	WRITE_ONCE(kvm->forked, false);
	return HOST_ENOMEM;
}

int64_t fork_child_exit(struct hv_guest *kvm)
{
	if (!READ_ONCE(kvm->forked))
		return HOST_ENOENT;
	WRITE_ONCE(kvm->forked, false);
	zap_exit(&kvm->child);
	return 0;
}
