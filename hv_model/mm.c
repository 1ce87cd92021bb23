/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm.c - page tables of the process that runs a VM, and faults on them.
 *
 * What mm/memory.c and mm/gup.c of Linux 6.1 do for anonymous memory in pages
 * of 64 KiB. The branch that matters is do_swap_page() on a device-private
 * entry: the faulting thread takes a reference under the page-table lock, so
 * that the device page cannot be freed under the design's handler, and gives it
 * back after.
 *
 * Locking: entries change under mm.ptl; hardware (mm_access) reads them at any
 * time. Errors: HOST_SIGBUS, HOST_SIGSEGV, HOST_ENOMEM. Blocking: yields.
 */
#include "design.h"

pte_t mm_pte(struct hv_guest *kvm, hva_t hva)
{
	const uint64_t *word = hv_sparse_at(&kvm->mm.ptes, gfn_of_hva(hva).n, false);
	return word ? (pte_t){READ_ONCE(*word)} : PTE_NONE;
}

struct hv_page *pte_page(struct hv *hv, pte_t pte)
{
	if (pte_kind(pte) == HOST_PTE_NONE || pte_is_zero_page(pte))
		return NULL;
	if (pte_is_device(pte))
		return hpage_of_device(hv, (dfn_t){pte_number(pte)});
	return hpage_of_frame(hv, (hfn_t){pte_number(pte)});
}

void mm_set_pte(struct hv_guest *kvm, hva_t hva, pte_t pte)
{
	uint64_t *word = hv_sparse_at(&kvm->mm.ptes, gfn_of_hva(hva).n, true);
	uint64_t page = trace_page(kvm->index, gfn_of_hva(hva));
	pte_t old = {READ_ONCE(*word)};

	cost_charge(STEP_PAGE_TABLE);
	WRITE_ONCE(*word, pte.w);
	trace_emit(TRACE_HOST_PTE, 0, page, trace_change(pte_kind(old), pte_kind(pte)));
	if (pte_kind(pte) == HOST_PTE_NORMAL)
		trace_emit(TRACE_CONTENT, TRACE_SIDE_HOST, page, hv_frame_read(kvm->hv, (hfn_t){pte_number(pte)}));
}

/* Nothing mapped, or the zero page and a store: a page of its own (do_anonymous_page, do_wp_page). */
static int64_t mm_fault_anonymous(struct hv_guest *kvm, hva_t hva, bool write)
{
	struct hv_page *page = NULL;
	pte_t fresh = pte_make(HOST_PTE_NORMAL, false, HFN_ZERO.n);

	if (write) {
		page = hpage_alloc(kvm, gfn_of_hva(hva));
		if (!page)
			return HOST_ENOMEM;
		cost_charge(STEP_ZERO_PAGE);
		fresh = pte_of_page(page);
	}
	sim_spin_lock(&kvm->mm.ptl);
	pte_t pte = mm_pte(kvm, hva);
	bool install = pte_kind(pte) == HOST_PTE_NONE || (write && pte_is_zero_page(pte));
	if (install)
		mm_set_pte(kvm, hva, fresh);
	sim_spin_unlock(&kvm->mm.ptl);
	if (page && !install)
		hpage_put(kvm->hv, page);
	return 0;
}

/*H:110
 * This is the branch it is all about. A host thread touched a page whose entry names a device page, a
 * stand-in without content. The thread takes a reference, so that the stand-in cannot go away under
 * the handler, and calls the design. That reference is also what makes two such threads fatal (H:150).
 :*/
/* The device branch of do_swap_page() of Linux 6.1. */
static int64_t do_swap_page(struct hv_guest *kvm, struct vma *vma, hva_t hva, pte_t pte)
{
	struct vm_fault vmf = {.mm_of = kvm, .vma = vma, .address = hva};

	sim_spin_lock(&kvm->mm.ptl);
	if (mm_pte(kvm, hva).w != pte.w) {
		sim_spin_unlock(&kvm->mm.ptl);
		return 0;
	}
	vmf.page = pte_page(kvm->hv, pte);
	hpage_get(vmf.page);
	sim_spin_unlock(&kvm->mm.ptl);
	int result = kvm->hv->design->migrate_to_ram(&vmf);
	hpage_put(kvm->hv, vmf.page);
	return result == VM_FAULT_SIGBUS ? HOST_SIGBUS : 0;
}

/* Somebody moves the page: wait until some migration of this process has ended. */
static void mm_wait_migration(struct hv_guest *kvm, hva_t hva)
{
	if (pte_kind(mm_pte(kvm, hva)) == HOST_PTE_MIGRATION)
		sim_waitqueue_sleep(&kvm->mm.migration, CAUSE_LOCK_WAIT);
}

int64_t mm_handle_fault(struct hv_guest *kvm, struct vma *vma, hva_t hva, bool write)
{
	cost_charge(STEP_PAGE_TABLE);
	pte_t pte = mm_pte(kvm, hva);
	switch (pte_kind(pte)) {
	case HOST_PTE_NONE:
		return mm_fault_anonymous(kvm, hva, write);
	case HOST_PTE_NORMAL:
		return write && pte_is_zero_page(pte) ? mm_fault_anonymous(kvm, hva, true) : 0;
	case HOST_PTE_DEVICE:
		return do_swap_page(kvm, vma, hva, pte);
	case HOST_PTE_MIGRATION:
		mm_wait_migration(kvm, hva);
		return 0;
	case HOST_PTE_COUNT:
		break;
	}
	return HOST_SIGSEGV;
}

/* ---- a host thread's load or store ------------------------------------------------ */

/* What hardware does: translate and access, in one go; false: page fault. */
static bool mm_access_mapped(struct hv_guest *kvm, hva_t hva, bool write, token_t *token)
{
	pte_t pte = mm_pte(kvm, hva);
	if (pte_kind(pte) != HOST_PTE_NORMAL || (write && pte_is_zero_page(pte)))
		return false;
	hfn_t hfn = {pte_number(pte)};
	if (write)
		hv_frame_write(kvm->hv, hfn, *token);
	else
		*token = hv_frame_read(kvm->hv, hfn);
	return true;
}

static int64_t mm_access_fault(struct hv_guest *kvm, hva_t hva, bool write)
{
	cost_charge(STEP_HOST_FAULT);
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	struct vma *vma = vma_find(kvm, hva);
	int64_t result = vma ? mm_handle_fault(kvm, vma, hva, write) : HOST_SIGSEGV;
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return result;
}

int64_t mm_access(struct hv_guest *kvm, hva_t hva, bool write, token_t *token)
{
	for (;;) {
		cost_charge(STEP_LOAD);
		if (mm_access_mapped(kvm, hva, write, token))
			break;
		int64_t result = mm_access_fault(kvm, hva, write);
		if (result)
			return result;
	}
	trace_emit(TRACE_ACCESS, write, trace_page(kvm->index, gfn_of_hva(hva)), *token);
	return 0;
}

/* ---- get_user_pages ------------------------------------------------------------------ */

/* follow_page_pte() with FOLL_WRITE: the page with a reference, NULL when it has to be faulted in. */
static struct hv_page *gup_follow(struct hv_guest *kvm, hva_t hva)
{
	struct hv_page *page = NULL;
	sim_spin_lock(&kvm->mm.ptl);
	cost_charge(STEP_PAGE_TABLE);
	pte_t pte = mm_pte(kvm, hva);
	if (pte_kind(pte) == HOST_PTE_NORMAL && !pte_is_zero_page(pte)) {
		page = pte_page(kvm->hv, pte);
		hpage_get(page);
	}
	sim_spin_unlock(&kvm->mm.ptl);
	return page;
}

struct hv_page *hv_gfn_to_pfn(struct hv_guest *kvm, gfn_t gfn)
{
	struct hv_page *page = NULL;
	hva_t hva;

	if (!hv_gfn_to_hva(kvm, gfn, &hva))
		return NULL;
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	struct vma *vma = vma_find(kvm, hva);
	while (vma && !(page = gup_follow(kvm, hva)))
		if (mm_handle_fault(kvm, vma, hva, true))
			break;
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return page;
}
