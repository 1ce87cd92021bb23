/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * v8_rmap.c - the patch as posted in its eighth version (2019-09-10).
 *
 * Marks and pointers to them are where the ninth version has them, and there is
 * no mutex: what a page is, is looked at and then acted on with nothing in
 * between to keep a second vCPU out. SRCU is entered before mmap_lock, as in all
 * versions from this one on. The posted private data keeps the VM's LPID; that
 * it names the VM itself here only says to whom an ultracall belongs.
 *
 * Kept as posted: the private data is allocated under the pool's spin lock, with
 * an allocation that may sleep; nothing is done at a slot's deletion; the mark
 * is not looked at again after the fault of a share; UV_PAGE_INVAL is given a
 * size; KVM_PPC_SVM_OFF looks at nothing; and what rmap.c names.
 *
 * Locking: srcu, mmap_lock. Errors: hypercall codes. Blocking: yields.
 */
#include "rmap.h"

/* The allocation may sleep, and bitmap_lock is a spin lock. */
static dfn_t v8_reserve(struct hv_guest *kvm, struct rmap_pvt **pvt)
{
	struct hv *hv = kvm->hv;

	*pvt = NULL;
	sim_spin_lock(&hv->bitmap_lock);
	dfn_t dfn = device_page_take(hv);
	if (dfn.n != DFN_NONE.n)
		*pvt = device_pvt_alloc(kvm, dfn, sizeof(**pvt));
	sim_spin_unlock(&hv->bitmap_lock);
	return dfn;
}

static struct hv_page *v8_get_page(struct hv_guest *kvm, uint64_t *rmap, uint64_t gpa)
{
	struct rmap_pvt *pvt;
	dfn_t dfn = v8_reserve(kvm, &pvt);

	if (dfn.n == DFN_NONE.n)
		return NULL;
	if (!pvt) {
		device_page_release(kvm->hv, dfn);
		return NULL;
	}
	rmap_set(kvm, rmap, gfn_of_gpa(gpa), dfn);
	pvt->rmap = rmap;
	return device_page_init(kvm, dfn, pvt, gpa);
}

/* ---- page-in ---------------------------------------------------------------------- */

/* mmap_lock is held; srcu too, unless it was dropped early. */
static int64_t v8_page_in_at(struct hv_guest *kvm, uint64_t gpa, uint64_t *rmap, hva_t hva)
{
	if (rmap_read(rmap))
		return ABI_H_PARAMETER;
	struct vma *vma = vma_find(kvm, hva);
	return vma && !rmap_page_in(kvm, vma, hva, rmap, gpa, v8_get_page) ? ABI_H_SUCCESS : ABI_H_PARAMETER;
}

static int64_t v8_page_in_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	uint64_t *rmap = rmap_find(kvm, gfn_of_gpa(gpa));
	hva_t hva;

	if (!rmap || !hv_gfn_to_hva(kvm, gfn_of_gpa(gpa), &hva))
		return ABI_H_PARAMETER;
	return v8_page_in_at(kvm, gpa, rmap, hva);
}

/* As in the fourth version: the slot is looked up, and left, before the page is moved. */
static int64_t v8_page_in_dropping_srcu(struct hv_guest *kvm, uint64_t gpa)
{
	int64_t code = ABI_H_PARAMETER;
	hva_t hva;

	int idx = sim_srcu_read_lock(&kvm->srcu);
	uint64_t *rmap = rmap_find(kvm, gfn_of_gpa(gpa));
	bool found = rmap && hv_gfn_to_hva(kvm, gfn_of_gpa(gpa), &hva);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	if (!found)
		return code;
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	code = v8_page_in_at(kvm, gpa, rmap, hva);
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return code;
}

/* ---- share: nothing orders it against another share, or against the page's way out --------------- */

static int64_t v8_share_page(struct hv_guest *kvm, uint64_t gpa)
{
	int64_t code = ABI_H_PARAMETER;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	uint64_t *rmap = rmap_find(kvm, gfn_of_gpa(gpa));
	struct hv_page *page = NULL;

	if (rmap) {
		rmap_skip_page_out(kvm, gfn_of_gpa(gpa), rmap);
		page = hv_gfn_to_pfn(kvm, gfn_of_gpa(gpa));
	}
	if (page) {
		if (!uv_page_in(kvm, page, gpa, 0, ABI_PAGE_ORDER))
			code = ABI_H_SUCCESS;
		hpage_put(kvm->hv, page);
	}
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

static int64_t v8_h_svm_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	if (!(flags & ABI_H_PAGE_IN_SHARED) && mutants_have(kvm->hv->config.mutants, MUTANT_SRCU_DROPPED_EARLY)) {
		int64_t code = device_check_call(kvm, flags, order);
		return code ? code : v8_page_in_dropping_srcu(kvm, gpa);
	}
	return device_h_page_in(kvm, gpa, flags, order, v8_share_page, v8_page_in_mapped);
}

/* ---- page-out ---------------------------------------------------------------------------- */

static int64_t v8_svm_page_out(
	struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, struct hv_page *fault_page)
{
	struct device_migration m;
	int64_t code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_SYSTEM | MIGRATE_DEVICE, fault_page);
	return code ? code : device_page_out(&m, gpa);
}

static int64_t v8_page_out_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	uint64_t *rmap = rmap_find(kvm, gfn_of_gpa(gpa));
	hva_t hva;
	struct vma *vma = device_find_vma(kvm, gfn_of_gpa(gpa), &hva);

	if (!rmap || !vma)
		return ABI_H_PARAMETER;
	if (!rmap_read(rmap))
		return ABI_H_SUCCESS;
	return v8_svm_page_out(kvm, vma, hva, gpa, NULL) ? ABI_H_PARAMETER : ABI_H_SUCCESS;
}

static int64_t v8_h_svm_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_out(kvm, gpa, flags, order, v8_page_out_mapped);
}

static int v8_migrate_to_ram(struct vm_fault *vmf)
{
	struct rmap_pvt *pvt = device_page_pvt(vmf->page);
	struct hv_guest *kvm = pvt->common.kvm;

	cost_charge(STEP_MARK);
	if (!rmap_is_uvmem(*pvt->rmap))
		return 0;
	return v8_svm_page_out(kvm, vmf->vma, vmf->address, pvt->common.gpa, vmf->page) ? VM_FAULT_SIGBUS : 0;
}

/* ---- memslots ----------------------------------------------------------------------------------- */

static bool v8_drop_page(struct hv_guest *kvm, struct vma *vma, hva_t hva, gfn_t gfn, bool with_content)
{
	const struct memslot *slot = memslot_of_gfn(kvm, gfn);
	uint64_t *rmap = rmap_of(slot, gfn);

	if (!rmap_read(rmap))
		return true;
	if (!with_content)
		rmap_skip_page_out(kvm, gfn, rmap);
	v8_svm_page_out(kvm, vma, hva, gpa_of_gfn(gfn), NULL);
	return true;
}

/* Not in the posted patch: what a policy does. */
static void v8_memslot_drop(struct hv_guest *kvm, const struct memslot *slot, bool with_content)
{
	device_each_page(kvm, slot, with_content, v8_drop_page);
}

static int64_t v8_svm_off(struct hv_guest *kvm)
{
	return rmap_svm_off(kvm, false);
}

const struct hv_design design_V8_RMAP = {
	.bytes_per_page = RMAP_BYTES_PER_PAGE,
	.bytes_per_device_page = RMAP_BYTES_PER_DEVICE_PAGE,
	.marks = RMAP_MARKS,
	.inval_order = PEF_PAGE_SIZE,
	.svm_off_unchecked = true,
	.init_start = rmap_init_start,
	.init_done = rmap_init_done,
	.page_in = v8_h_svm_page_in,
	.page_out = v8_h_svm_page_out,
	.send_page_to_uv = rmap_send_page,
	.memslot_prepare = rmap_memslot_prepare,
	.memslot_create = rmap_memslot_create,
	.memslot_drop = v8_memslot_drop,
	.memslot_delete = rmap_memslot_delete,
	.svm_off = v8_svm_off,
	.migrate_to_ram = v8_migrate_to_ram,
	.page_free = rmap_page_free,
	.guest_destroy = rmap_guest_destroy,
	.mark_of = rmap_mark_of,
	.marked = rmap_marked,
};
