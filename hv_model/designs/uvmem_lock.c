/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem_lock.c - what upstream took: arch/powerpc/kvm/book3s_hv_uvmem.c as in
 * Linux 6.1.192.
 *
 * A device page's private data names VM and guest page; where the page is, is
 * looked up in the VM's own list of arrays, under the VM's mutex. A memslot
 * deletion brings its device pages back, without content, before the arrays go.
 * Pages that were never moved when the VM becomes secure get device pages then.
 *
 * Its faults are kept: page_free changes marks without the mutex when the
 * process unmaps; a failing INIT_START gives the failed slot back again and
 * again instead of those before it; what becomes of a slot created later is
 * not told to anyone; and page-out believes that a migration that was begun
 * succeeds.
 *
 * Locking: srcu, mmap_lock, uvmem_lock. Errors: hypercall codes. Blocking: yields.
 */
#include "uvmem.h"

/* kvmppc_uvmem_page_pvt */
struct uvmem_pvt {
	struct device_pvt common;
	uint64_t remove_gfn; /* the mark goes with the device page; else the page counts as paged out */
};

static struct uvmem_pvt *uvmem_pvt_of(struct hv_guest *kvm, gfn_t gfn, dfn_t dfn)
{
	return device_page_pvt(device_page_of_mark(kvm, gfn, dfn));
}

/* ---- page-in: uvmem_lock, mmap_lock and srcu are held --------------------------------- */

static struct hv_page *uvmem_get_page(struct hv_guest *kvm, uint64_t gpa)
{
	dfn_t dfn;
	struct uvmem_pvt *pvt = device_pvt_new(kvm, sizeof(*pvt), &dfn);
	if (!pvt)
		return NULL;
	uvmem_gfn_insert(kvm, gfn_of_gpa(gpa), dfn);
	return device_page_init(kvm, dfn, pvt, gpa);
}

/* Give the collected page's content to the ultravisor and a device page its place. */
static int64_t uvmem_page_in_collected(struct device_migration *m, uint64_t gpa, bool pagein)
{
	struct hv_guest *kvm = m->mig.kvm;
	struct hv_page *page = uvmem_get_page(kvm, gpa);

	if (!page)
		return HOST_ENOMEM;
	int64_t code = device_page_in(m, page, gpa, pagein);
	/* page_free leaves the page marked as paged out. */
	if (code && !uvmem_has(kvm, MUTANT_PAGE_IN_FAILURE_LEAKS))
		device_page_undo(kvm, page);
	return code;
}

/* kvmppc_svm_page_in(); @pagein: false when there is no content worth telling of */
int64_t uvmem_svm_page_in(struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, bool pagein)
{
	struct device_migration m;
	int64_t code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_SYSTEM, NULL);

	if (code)
		return code;
	code = m.entry.migrate ? uvmem_page_in_collected(&m, gpa, pagein) : HOST_EBUSY;
	migrate_finalize(&m.mig);
	return code;
}

/* ---- share ---------------------------------------------------------------------------- */

/* If the page is out on the device: let its way back leave content behind, and keep the mark. */
static bool uvmem_skip_page_out(struct hv_guest *kvm, gfn_t gfn, const uint64_t *mark)
{
	dfn_t dfn;
	(void)mark;
	if (!uvmem_gfn_is_uvmem(kvm, gfn, &dfn))
		return false;
	struct uvmem_pvt *pvt = uvmem_pvt_of(kvm, gfn, dfn);
	pvt->common.skip_page_out = true;
	pvt->remove_gfn = false;
	return true;
}

static int64_t uvmem_share_page(struct hv_guest *kvm, uint64_t gpa)
{
	int idx = sim_srcu_read_lock(&kvm->srcu);
	int64_t code = device_share(kvm, gpa, uvmem_skip_page_out, NULL, uvmem_gfn_shared);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

static int64_t uvmem_page_in_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	gfn_t gfn = gfn_of_gpa(gpa);
	int64_t code = ABI_H_PARAMETER;
	hva_t hva;

	if (!hv_gfn_to_hva(kvm, gfn, &hva))
		return code;
	sim_mutex_lock(&kvm->uvmem_lock);
	if (!uvmem_gfn_is_uvmem(kvm, gfn, NULL)) {
		struct vma *vma = vma_find(kvm, hva);
		if (vma && !uvmem_svm_page_in(kvm, vma, hva, gpa, true))
			code = ABI_H_SUCCESS;
	}
	sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

static int64_t uvmem_h_svm_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_in(kvm, gpa, flags, order, uvmem_share_page, uvmem_page_in_mapped);
}

/* ---- page-out ---------------------------------------------------------------------------- */

/*H:130
 * What upstream took does not follow anything: the page is looked up by number in the VM's own list,
 * under the VM's mutex. If it is not out any more, somebody was quicker and there is nothing to do.
 :*/
/* __kvmppc_svm_page_out(): uvmem_lock is held. A page that is not out is fine. */
static int64_t uvmem_page_out_locked(
	struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, struct hv_page *fault_page)
{
	struct device_migration m;

	if (!uvmem_gfn_is_uvmem(kvm, gfn_of_gpa(gpa), NULL))
		return 0;
	int64_t code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_DEVICE, fault_page);
	return code ? code : device_page_out(&m, gpa);
}

static int64_t uvmem_lock_page_out(
	struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, struct hv_page *fault_page)
{
	sim_mutex_lock(&kvm->uvmem_lock);
	int64_t code = uvmem_page_out_locked(kvm, vma, hva, gpa, fault_page);
	/* Only a migration that could not begin ends like this. */
	if (code == HOST_EINVAL && uvmem_has(kvm, MUTANT_PAGE_OUT_KEEPS_LOCK))
		return code;
	sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

static int64_t uvmem_page_out_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	hva_t hva;
	struct vma *vma = device_find_vma(kvm, gfn_of_gpa(gpa), &hva);
	return vma && !uvmem_lock_page_out(kvm, vma, hva, gpa, NULL) ? ABI_H_SUCCESS : ABI_H_PARAMETER;
}

static int64_t uvmem_h_svm_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_out(kvm, gpa, flags, order, uvmem_page_out_mapped);
}

static int uvmem_migrate_to_ram(struct vm_fault *vmf)
{
	struct uvmem_pvt *pvt = device_page_pvt(vmf->page);
	int64_t code = uvmem_lock_page_out(pvt->common.kvm, vmf->vma, vmf->address, pvt->common.gpa, vmf->page);
	return code ? VM_FAULT_SIGBUS : 0;
}

/*H:180
 * And this is what it does: first the private data is gone, then the mark. Whoever holds uvmem_lock
 * and reads the mark in between believes in private data that is not there any more
 * (scenarios/seed/unmap-against-share.pef).
 :*/
static void uvmem_page_free(struct hv *hv, struct hv_page *page)
{
	device_page_release(hv, hpage_dfn(page));
	struct uvmem_pvt *pvt = device_page_pvt(page);
	page->zone_device_data = NULL;
	if (pvt->remove_gfn)
		uvmem_gfn_remove(pvt->common.kvm, gfn_of_gpa(pvt->common.gpa));
	else
		uvmem_gfn_secure_mem(pvt->common.kvm, gfn_of_gpa(pvt->common.gpa));
	cost_charge(STEP_FREE);
	heap_free(pvt);
}

static bool uvmem_is_normal(struct hv_guest *kvm, gfn_t gfn)
{
	return !uvmem_gfn_is_uvmem(kvm, gfn, NULL);
}

static bool uvmem_send_page_to_uv(struct hv_guest *kvm, gfn_t gfn)
{
	return device_send_page(kvm, gfn, uvmem_is_normal);
}

/* ---- memslots --------------------------------------------------------------------------------- */

/*H:220
 * Bringing a page back at deletion does not ask for its content: the memslot goes, so nobody has a
 * right to it. The normal page that takes the place is not zeroed either.
 :*/
/* One page of a slot whose pages are to come back. uvmem_lock is held. */
static void uvmem_drop_locked(struct hv_guest *kvm, struct vma *vma, hva_t hva, gfn_t gfn, bool with_content)
{
	dfn_t dfn;
	if (!uvmem_gfn_is_uvmem(kvm, gfn, &dfn)) {
		uvmem_gfn_remove(kvm, gfn);
		return;
	}
	struct uvmem_pvt *pvt = uvmem_pvt_of(kvm, gfn, dfn);
	pvt->common.skip_page_out = !with_content;
	pvt->remove_gfn = true;
	uvmem_page_out_locked(kvm, vma, hva, pvt->common.gpa, NULL);
}

static bool uvmem_drop_page(struct hv_guest *kvm, struct vma *vma, hva_t hva, gfn_t gfn, bool with_content)
{
	sim_mutex_lock(&kvm->uvmem_lock);
	uvmem_drop_locked(kvm, vma, hva, gfn, with_content);
	sim_mutex_unlock(&kvm->uvmem_lock);
	return true;
}

/* As up to Linux 5.8: let a fault bring the page back. In a slot that is invalid there is no fault. */
static void uvmem_drop_by_gup(struct hv_guest *kvm, gfn_t gfn)
{
	dfn_t dfn;
	sim_mutex_lock(&kvm->uvmem_lock);
	bool out = uvmem_gfn_is_uvmem(kvm, gfn, &dfn);
	if (out) {
		uvmem_pvt_of(kvm, gfn, dfn)->common.skip_page_out = true;
		uvmem_pvt_of(kvm, gfn, dfn)->remove_gfn = true;
	}
	sim_mutex_unlock(&kvm->uvmem_lock);
	struct hv_page *page = out ? hv_gfn_to_pfn(kvm, gfn) : NULL;
	if (page)
		hpage_put(kvm->hv, page);
}

/* kvmppc_uvmem_drop_pages(); it ends early where the process has nothing mapped. */
static void uvmem_drop_pages(struct hv_guest *kvm, const struct memslot *slot, bool with_content)
{
	if (!uvmem_has(kvm, MUTANT_DROP_BY_GUP)) {
		device_each_page(kvm, slot, with_content, uvmem_drop_page);
		return;
	}
	for (uint64_t i = 0; i < slot->pages; i++)
		uvmem_drop_by_gup(kvm, (gfn_t){slot->base.n + i});
}

static void uvmem_memslot_flush(struct hv_guest *kvm, const struct memslot *slot)
{
	uvmem_drop_pages(kvm, slot, false);
}

const struct hv_design design_UVMEM_LOCK = {
	/* A word of the array; private data of 32 bytes from kmalloc. */
	.bytes_per_page = 8,
	.bytes_per_device_page = 32,
	.marks = 1u << HV_MARK_NONE | 1u << HV_MARK_UVMEM | 1u << HV_MARK_MEM | 1u << HV_MARK_SHARED,
	.inval_order = ABI_PAGE_ORDER,
	.no_policy = {[SLOT_DELETE_FORGET] =
			      "the marks lie in an array that goes with the slot, and a device page without a "
			      "mark counts as back already: the first host access would fault for ever"},
	.init_start = uvmem_h_svm_init_start,
	.init_done = uvmem_h_svm_init_done,
	.init_abort = uvmem_h_svm_init_abort,
	.page_in = uvmem_h_svm_page_in,
	.page_out = uvmem_h_svm_page_out,
	.send_page_to_uv = uvmem_send_page_to_uv,
	.memslot_create = uvmem_memslot_create,
	.memslot_flush = uvmem_memslot_flush,
	.memslot_drop = uvmem_drop_pages,
	.memslot_delete = uvmem_memslot_delete,
	.svm_off = uvmem_svm_off,
	.migrate_to_ram = uvmem_migrate_to_ram,
	.page_free = uvmem_page_free,
	/* No guest_destroy: nothing in Linux 6.1 frees the arrays of slots that a VM still has when it goes. */
	.mark_of = uvmem_mark_of,
	.marked = uvmem_marked,
};
