/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * v9_rmap.c - the patch as posted in its ninth version (2019-09-25).
 *
 * The number of a page's device page is kept in the rmap array of its memslot,
 * and a pointer to that entry in the device page's private data, so that the
 * fault path and the freeing of a device page find it without a memslot. A
 * per-guest mutex orders page-in against page-out. What the mail of 2019-10-23
 * found missing is that nothing keeps the array alive: a memslot is deleted,
 * its array freed, and the process still has its device pages mapped.
 *
 * The faults are kept as posted: no device page is brought back at deletion;
 * send_page_to_uv() has neither the mutex nor a look at what the page is;
 * page-out returns with the mutex when the migration cannot begin;
 * UV_PAGE_INVAL is given a size where an order is expected; KVM_PPC_SVM_OFF does
 * not look whether vCPUs run; and those that rmap.c names. Switches called
 * "fix-" take some of them away.
 *
 * Locking: srcu, mmap_lock, uvmem_lock. Errors: hypercall codes. Blocking: yields.
 */
#include "rmap.h"

/* ---- page-in ---------------------------------------------------------------------- */

static int64_t v9_page_in_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	return rmap_page_in_locked(kvm, gpa, rmap_get_page);
}

static int64_t v9_h_svm_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_in(kvm, gpa, flags, order, rmap_share_locked, v9_page_in_mapped);
}

/* ---- page-out ---------------------------------------------------------------------------- */

/* uvmem_lock is held, and given back, except where the posted patch forgot to. */
static int64_t v9_svm_page_out(
	struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, struct hv_page *fault_page)
{
	struct device_migration m;
	int64_t code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_SYSTEM | MIGRATE_DEVICE, fault_page);
	if (code)
		return code;
	code = device_page_out(&m, gpa);
	sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

static int64_t v9_page_out_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	gfn_t gfn = gfn_of_gpa(gpa);
	uint64_t *rmap = rmap_find(kvm, gfn);
	hva_t hva;
	struct vma *vma = device_find_vma(kvm, gfn, &hva);

	if (!rmap || !vma)
		return ABI_H_PARAMETER;
	sim_mutex_lock(&kvm->uvmem_lock);
	if (!rmap_read(rmap)) {
		if (!hv_mutant(kvm->hv, MUTANT_NOT_OUT_KEEPS_LOCK))
			sim_mutex_unlock(&kvm->uvmem_lock);
		return ABI_H_SUCCESS;
	}
	return v9_svm_page_out(kvm, vma, hva, gpa, NULL) ? ABI_H_PARAMETER : ABI_H_SUCCESS;
}

static int64_t v9_h_svm_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_out(kvm, gpa, flags, order, v9_page_out_mapped);
}

/*H:120
 * The posted patch knows from the device page alone where its mark is: a pointer into the rmap array
 * of a memslot, kept since page-in. Nothing here holds that memslot. If it was deleted, the next line
 * that follows the pointer reads freed memory: the race of 2019-10-23.
 :*/
/* The host touched a device page. Whether it is still out is read through the pointer kept in it. */
static int v9_migrate_to_ram(struct vm_fault *vmf)
{
	struct rmap_pvt *pvt = device_page_pvt(vmf->page);
	struct hv_guest *kvm = pvt->common.kvm;

	sim_mutex_lock(&kvm->uvmem_lock);
	cost_charge(STEP_MARK);
	if (!rmap_is_uvmem(*pvt->rmap)) {
		sim_mutex_unlock(&kvm->uvmem_lock);
		return 0;
	}
	return v9_svm_page_out(kvm, vmf->vma, vmf->address, pvt->common.gpa, vmf->page) ? VM_FAULT_SIGBUS : 0;
}

/* The posted way has neither mutex nor look; its fix has both. srcu is held. */
static bool v9_send_page_to_uv(struct hv_guest *kvm, gfn_t gfn)
{
	bool fixed = mutants_have(kvm->hv->config.mutants, MUTANT_FIX_SECURE_CHECK);
	return fixed ? rmap_send_page_locked(kvm, gfn) : rmap_send_page(kvm, gfn);
}

/* ---- memslots ----------------------------------------------------------------------------------- */

static bool v9_drop_page(struct hv_guest *kvm, struct vma *vma, hva_t hva, gfn_t gfn, bool with_content)
{
	const struct memslot *slot = memslot_of_gfn(kvm, gfn);
	uint64_t *rmap = rmap_of(slot, gfn);

	sim_mutex_lock(&kvm->uvmem_lock);
	if (!rmap_read(rmap)) {
		sim_mutex_unlock(&kvm->uvmem_lock);
		return true;
	}
	if (!with_content)
		rmap_skip_page_out(kvm, gfn, rmap);
	v9_svm_page_out(kvm, vma, hva, gpa_of_gfn(gfn), NULL);
	return true;
}

/* Not in the posted patch: what a policy or a fix does. The slot is invalid, but still in the table. */
static void v9_memslot_drop(struct hv_guest *kvm, const struct memslot *slot, bool with_content)
{
	device_each_page(kvm, slot, with_content, v9_drop_page);
}

static void v9_memslot_flush(struct hv_guest *kvm, const struct memslot *slot)
{
	if (mutants_have(kvm->hv->config.mutants, MUTANT_FIX_DROP_ON_DELETE))
		v9_memslot_drop(kvm, slot, false);
}

static int64_t v9_svm_off(struct hv_guest *kvm)
{
	return rmap_svm_off(kvm, true);
}

const struct hv_design design_V9_RMAP = {
	.bytes_per_page = RMAP_BYTES_PER_PAGE,
	.bytes_per_device_page = RMAP_BYTES_PER_DEVICE_PAGE,
	.marks = RMAP_MARKS,
	.inval_order = PEF_PAGE_SIZE,
	.svm_off_unchecked = true,
	.init_start = rmap_init_start,
	.init_done = rmap_init_done,
	.page_in = v9_h_svm_page_in,
	.page_out = v9_h_svm_page_out,
	.send_page_to_uv = v9_send_page_to_uv,
	.memslot_prepare = rmap_memslot_prepare,
	.memslot_create = rmap_memslot_create,
	.memslot_flush = v9_memslot_flush,
	.memslot_drop = v9_memslot_drop,
	.memslot_delete = rmap_memslot_delete,
	.svm_off = v9_svm_off,
	.migrate_to_ram = v9_migrate_to_ram,
	.page_free = rmap_page_free,
	.guest_destroy = rmap_guest_destroy,
	.mark_of = rmap_mark_of,
	.marked = rmap_marked,
};
