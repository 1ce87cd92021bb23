/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm.c - loads and stores of host threads, and get_user_pages.
 *
 * Hardware translates and accesses in one go; what it cannot translate is a
 * fault (fault.c). get_user_pages() does the same by hand and keeps a reference
 * on the page it finds (mm/gup.c of Linux 6.1).
 *
 * Locking: takes mmap_lock where that is said, and ptl. Errors: HOST_SIGBUS,
 * HOST_SIGSEGV, HOST_ENOMEM. Blocking: yields.
 */
#include "mm.h"

/* ---- a host thread's load or store ------------------------------------------------ */

/* What hardware does; false: page fault. */
static bool mm_access_mapped(struct hv_mm *mm, hva_t hva, bool write, token_t *token)
{
	pte_t pte = mm_pte(mm, hva);
	if (pte_kind(pte) != HOST_PTE_NORMAL || (write && !pte_is_writable(pte)))
		return false;
	hfn_t hfn = {pte_number(pte)};
	if (write)
		hv_frame_write(mm->kvm->hv, hfn, *token);
	else
		*token = hv_frame_read(mm->kvm->hv, hfn);
	return true;
}

static int64_t mm_access_fault(struct hv_mm *mm, hva_t hva, bool write)
{
	cost_charge(STEP_HOST_FAULT);
	sim_rwsem_read_lock(&mm->mmap_lock);
	struct vma *vma = mm_find_vma(mm, hva);
	int64_t result = vma ? mm_handle_fault(vma, hva, write) : HOST_SIGSEGV;
	sim_rwsem_read_unlock(&mm->mmap_lock);
	return result;
}

int64_t mm_access(struct hv_mm *mm, hva_t hva, bool write, token_t *token)
{
	for (;;) {
		cost_charge(STEP_LOAD);
		if (mm_access_mapped(mm, hva, write, token))
			break;
		int64_t result = mm_access_fault(mm, hva, write);
		if (result)
			return result;
	}
	/* What a child sees may be the page of before, which is nothing a checker could judge. */
	if (!mm->child)
		trace_emit(TRACE_ACCESS, write, trace_page(mm->kvm->index, mm_gfn_of_hva(mm->kvm, hva)), *token);
	return 0;
}

/* ---- get_user_pages ------------------------------------------------------------------ */

/* follow_page_pte(): the page with a reference, NULL when it has to be faulted in. */
static struct hv_page *gup_follow(struct hv_mm *mm, hva_t hva, bool write)
{
	struct hv *hv = mm->kvm->hv;
	bool late = hv_mutant(hv, MUTANT_GUP_REFERENCE_LATE);
	struct hv_page *page = NULL;

	sim_spin_lock(&mm->ptl);
	cost_charge(STEP_PAGE_TABLE);
	pte_t pte = mm_pte(mm, hva);
	if (pte_kind(pte) == HOST_PTE_NORMAL && (!write || pte_is_writable(pte))) {
		page = hpage_of_frame(hv, (hfn_t){pte_number(pte)});
		if (!late)
			hpage_get(page);
	}
	sim_spin_unlock(&mm->ptl);
	if (page && late)
		hpage_get(page);
	return page;
}

struct hv_page *mm_get_page(struct hv_mm *mm, hva_t hva, bool write)
{
	struct hv_page *page = NULL;
	struct vma *vma = mm_find_vma(mm, hva);

	while (vma && !(page = gup_follow(mm, hva, write)))
		if (mm_handle_fault(vma, hva, write))
			break;
	return page;
}

/* hva_to_pfn() of virt/kvm/kvm_main.c: a read maps for writing, too, where that costs nothing. */
struct hv_page *hv_gfn_to_pfn_for(struct hv_guest *kvm, gfn_t gfn, bool write, bool *writable)
{
	struct hv_page *page = NULL;
	hva_t hva;

	*writable = true;
	if (!hv_gfn_to_hva(kvm, gfn, &hva))
		return NULL;
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	if (!write && vma_find(kvm, hva))
		page = gup_follow(&kvm->mm, hva, true);
	if (!page) {
		*writable = write;
		page = mm_get_page(&kvm->mm, hva, write);
	}
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return page;
}

struct hv_page *hv_gfn_to_pfn(struct hv_guest *kvm, gfn_t gfn)
{
	bool writable;
	return hv_gfn_to_pfn_for(kvm, gfn, true, &writable);
}
