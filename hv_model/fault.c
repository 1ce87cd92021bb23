/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault.c - page faults of a process, as mm/memory.c of Linux handles them for
 * anonymous memory in pages of 64 KiB.
 *
 * The branch that matters is do_swap_page() on a device-private entry. What the
 * faulting thread holds while the design's handler runs is a property of the
 * era: nothing, a reference, or a reference and the page lock.
 *
 * Locking: mmap_lock is held for reading; takes ptl. Errors: HOST_SIGBUS,
 * HOST_SIGSEGV, HOST_ENOMEM. Blocking: yields.
 */
#include "design.h"
#include "era.h"

static struct hv_page *fault_alloc(const struct hv_mm *mm, hva_t hva)
{
	if (mm->child)
		return hpage_alloc_for(mm->kvm->hv, FRAME_HOST);
	return hpage_alloc(mm->kvm, mm_gfn_of_hva(mm->kvm, hva));
}

/* Put @fresh where @old still stands; false when it does not any more. */
static bool fault_install(struct hv_mm *mm, hva_t hva, pte_t old, pte_t fresh)
{
	sim_spin_lock(&mm->ptl);
	bool same = mm_pte(mm, hva).w == old.w;
	if (same)
		mm_set_pte(mm, hva, fresh);
	sim_spin_unlock(&mm->ptl);
	return same;
}

/* Nothing is mapped: the zero page, or for a store a page of its own. */
static int64_t do_anonymous_page(struct hv_mm *mm, hva_t hva, bool write)
{
	struct hv *hv = mm->kvm->hv;

	if (!write) {
		fault_install(mm, hva, PTE_NONE, pte_make(HOST_PTE_NORMAL, false, HFN_ZERO.n));
		return 0;
	}
	struct hv_page *page = fault_alloc(mm, hva);
	if (!page)
		return HOST_ENOMEM;
	if (!hv_mutant(hv, MUTANT_FRESH_PAGE_NOT_ZEROED))
		hpage_zero(hv, page);
	if (!fault_install(mm, hva, PTE_NONE, pte_of_page(page)))
		hpage_put(hv, page);
	return 0;
}

/* wp_page_copy(): a page of its own for a store to a shared one; @old: NULL for the zero page, else with a reference */
static int64_t wp_page_copy(struct hv_mm *mm, hva_t hva, pte_t pte, struct hv_page *old)
{
	struct hv *hv = mm->kvm->hv;
	struct hv_page *page = fault_alloc(mm, hva);

	if (!page)
		return HOST_ENOMEM;
	if (old)
		hpage_copy(hv, page, old);
	else
		hpage_zero(hv, page);
	notifier_start(mm, hva, 1);
	bool installed = fault_install(mm, hva, pte, pte_of_page(page));
	cost_charge(STEP_TLBIE);
	notifier_end(mm, hva, 1);
	if (!installed)
		hpage_put(hv, page);
	else if (old) /* the mapping's reference */
		hpage_put(hv, old);
	return 0;
}

/* A store to what is mapped read-only. A page that nobody else uses is taken as it is. */
static int64_t do_wp_page(struct hv_mm *mm, hva_t hva, pte_t pte)
{
	struct hv *hv = mm->kvm->hv;
	struct hv_page *old = pte_page(hv, pte);

	if (!old)
		return wp_page_copy(mm, hva, pte, NULL);
	sim_spin_lock(&mm->ptl);
	bool same = mm_pte(mm, hva).w == pte.w;
	bool reuse = same && !old->merged && hpage_count(old) == 1;
	if (reuse)
		mm_set_pte(mm, hva, pte_of_page(old));
	else if (same)
		hpage_get(old);
	sim_spin_unlock(&mm->ptl);
	if (reuse || !same)
		return 0;
	int64_t result = wp_page_copy(mm, hva, pte, old);
	hpage_put(hv, old);
	return result;
}

/* The page is in swap: read it back. */
static int64_t do_swap_in(struct hv_mm *mm, hva_t hva, pte_t pte)
{
	struct hv *hv = mm->kvm->hv;
	uint32_t slot = pte_number(pte);
	struct hv_page *page = fault_alloc(mm, hva);

	if (!page)
		return HOST_ENOMEM;
	cost_charge(STEP_COPY_PAGE);
	sim_spin_lock(&mm->ptl);
	bool same = mm_pte(mm, hva).w == pte.w;
	if (same) {
		hv_frame_fill(hv, hpage_hfn(page), swap_read(&hv->swap, slot));
		pte_t fresh = pte_of_page(page);
		mm_set_pte(mm, hva, swap_users(&hv->swap, slot) > 1 ? pte_read_only(fresh) : fresh);
		swap_put(&hv->swap, slot);
	}
	sim_spin_unlock(&mm->ptl);
	if (!same)
		hpage_put(hv, page);
	return 0;
}

/* What the era holds on a device page during the fault; false: look again. */
static bool device_fault_hold(struct hv_mm *mm, hva_t hva, pte_t pte, struct hv_page *page)
{
	sim_spin_lock(&mm->ptl);
	bool go = mm_pte(mm, hva).w == pte.w;
	if (go && mm->kvm->hv->era->fault == FAULT_HOLDS_LOCK)
		go = sim_page_lock_trylock(&page->lock);
	if (go)
		hpage_get(page);
	sim_spin_unlock(&mm->ptl);
	return go;
}

/*H:110
 * This is the branch it is all about. A host thread touched a page whose entry names a device page, a
 * stand-in without content. Since Linux 6.1 the thread takes a reference, so that the stand-in cannot
 * go away under the handler, and calls the design; before, nothing kept it there. That reference is
 * also what makes two such threads fatal (H:150).
 :*/
/* The device branch of do_swap_page(). */
static int64_t do_swap_page(struct vma *vma, hva_t hva, pte_t pte)
{
	struct hv *hv = vma->mm->kvm->hv;
	enum fault_hold hold = hv->era->fault;
	struct vm_fault vmf = {.vma = vma, .address = hva, .page = pte_page(hv, pte)};

	if (hold != FAULT_HOLDS_NOTHING && !device_fault_hold(vma->mm, hva, pte, vmf.page))
		return 0;
	/* Where later kernels take the reference, a schedule may come in between. */
	if (hold == FAULT_HOLDS_NOTHING)
		point_pass(POINT_REF, obj_make(OBJ_DEVICE_PAGE, OBJ_NO_GUEST, hpage_dfn(vmf.page).n));
	int result = hv->design->migrate_to_ram(&vmf);
	if (hold == FAULT_HOLDS_LOCK)
		sim_page_lock_unlock(&vmf.page->lock);
	if (hold != FAULT_HOLDS_NOTHING)
		hpage_put(hv, vmf.page);
	return result == VM_FAULT_SIGBUS ? HOST_SIGBUS : 0;
}

/* Somebody moves the page: wait until some migration of this process has ended. */
static void migration_entry_wait(struct hv_mm *mm, hva_t hva)
{
	if (pte_kind(mm_pte(mm, hva)) == HOST_PTE_MIGRATION)
		sim_waitqueue_sleep(&mm->migration, CAUSE_LOCK_WAIT);
}

int64_t mm_handle_fault(struct vma *vma, hva_t hva, bool write)
{
	struct hv_mm *mm = vma->mm;

	/* The entry is read first (vmf->orig_pte); by the time it is acted on it may be another. */
	pte_t pte = mm_pte(mm, hva);
	cost_charge(STEP_PAGE_TABLE);
	switch (pte_kind(pte)) {
	case HOST_PTE_NONE:
		return do_anonymous_page(mm, hva, write);
	case HOST_PTE_NORMAL:
		return write && !pte_is_writable(pte) ? do_wp_page(mm, hva, pte) : 0;
	case HOST_PTE_DEVICE:
		return do_swap_page(vma, hva, pte);
	case HOST_PTE_MIGRATION:
		migration_entry_wait(mm, hva);
		return 0;
	case HOST_PTE_SWAP:
		return do_swap_in(mm, hva, pte);
	case HOST_PTE_COUNT:
		break;
	}
	return HOST_SIGSEGV;
}
