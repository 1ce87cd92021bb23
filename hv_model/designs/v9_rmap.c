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
 * page-out returns with the mutex when the migration cannot begin; page-in does
 * not look at what UV_PAGE_IN answers; UV_PAGE_INVAL is given a size where an
 * order is expected; INIT_DONE frees the guest's radix tables with nothing to
 * keep others out; and the VM counts as becoming secure only when INIT_START
 * has succeeded. INIT_ABORT came in a later version.
 *
 * Locking: srcu, mmap_lock, uvmem_lock. Errors: hypercall codes. Blocking: yields.
 */
#include "device_page.h"

/* The top byte of an rmap entry is its type. */
#define V9_RMAP_TYPE (UINT64_C(0xff) << 56)
#define V9_RMAP_UVMEM (UINT64_C(2) << 56)

/* kvmppc_uvmem_page_pvt of the patch. */
struct v9_pvt {
	struct device_pvt common;
	uint64_t *rmap;
};

static bool v9_is_uvmem(uint64_t rmap)
{
	return (rmap & V9_RMAP_TYPE) == V9_RMAP_UVMEM;
}

static uint64_t *v9_rmap_of(const struct memslot *slot, gfn_t gfn)
{
	return (uint64_t *)slot->arch + (gfn.n - slot->base.n);
}

/* The rmap entry of a guest page, NULL when no valid slot has it; srcu is held. */
static uint64_t *v9_find_rmap(struct hv_guest *kvm, gfn_t gfn)
{
	const struct memslot *slot = memslot_of_gfn(kvm, gfn);
	return slot && !slot->invalid ? v9_rmap_of(slot, gfn) : NULL;
}

/* The private data of the device page that an rmap entry names. */
static struct v9_pvt *v9_pvt_of(struct hv_guest *kvm, uint64_t rmap)
{
	return device_page_pvt(hpage_of_device(kvm->hv, (dfn_t){(uint32_t)rmap}));
}

/* ---- page-in ---------------------------------------------------------------------- */

static struct hv_page *v9_uvmem_get_page(struct hv_guest *kvm, uint64_t *rmap, uint64_t gpa)
{
	dfn_t dfn = device_page_reserve(kvm->hv);
	if (dfn.n == DFN_NONE.n)
		return NULL;
	cost_charge(STEP_ALLOC);
	struct v9_pvt *pvt = heap_alloc(sizeof(*pvt), obj_make(OBJ_PVT, kvm->index, dfn.n));
	cost_charge(STEP_MARK);
	*rmap = V9_RMAP_UVMEM | dfn.n;
	hv_trace_mark(kvm, gfn_of_gpa(gpa), HV_MARK_NONE, HV_MARK_UVMEM);
	pvt->rmap = rmap;
	pvt->common.gpa = gpa;
	pvt->common.kvm = kvm;
	struct hv_page *page = hpage_of_device(kvm->hv, dfn);
	page->zone_device_data = pvt;
	hpage_revive(page);
	return page;
}

static int64_t v9_svm_page_in(struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t *rmap, uint64_t gpa)
{
	struct device_migration m;
	int64_t code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_SYSTEM | MIGRATE_DEVICE, NULL);

	if (code)
		return code;
	struct hv_page *page = m.entry.migrate ? v9_uvmem_get_page(kvm, rmap, gpa) : NULL;
	if (page) {
		if (m.entry.src)
			uv_page_in(kvm, m.entry.src, gpa, 0, ABI_PAGE_ORDER);
		m.entry.dst = page;
		migrate_move(&m.mig);
	}
	migrate_finalize(&m.mig);
	return page ? 0 : HOST_ENOMEM;
}

/* srcu and mmap_lock are held. */
static int64_t v9_page_in_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	gfn_t gfn = gfn_of_gpa(gpa);
	uint64_t *rmap = v9_find_rmap(kvm, gfn);
	int64_t code = ABI_H_PARAMETER;
	hva_t hva;

	if (!rmap)
		return code;
	sim_mutex_lock(&kvm->uvmem_lock);
	cost_charge(STEP_MARK);
	if (!v9_is_uvmem(*rmap)) {
		struct vma *vma = device_find_vma(kvm, gfn, &hva);
		if (vma && !v9_svm_page_in(kvm, vma, hva, rmap, gpa))
			code = ABI_H_SUCCESS;
	}
	sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

/* ---- share ---------------------------------------------------------------------------- */

/* If the page is out on the device: let its way back leave the content behind. uvmem_lock is held. */
static bool v9_skip_page_out(struct hv_guest *kvm, const uint64_t *rmap)
{
	cost_charge(STEP_MARK);
	if (!v9_is_uvmem(*rmap))
		return false;
	v9_pvt_of(kvm, *rmap)->common.skip_page_out = true;
	return true;
}

static int64_t v9_share_page(struct hv_guest *kvm, uint64_t gpa)
{
	int64_t code = ABI_H_PARAMETER;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	uint64_t *rmap = v9_find_rmap(kvm, gfn_of_gpa(gpa));
	struct hv_page *page = NULL;

	if (!rmap)
		goto out;
	sim_mutex_lock(&kvm->uvmem_lock);
	v9_skip_page_out(kvm, rmap);
	for (;;) {
		sim_mutex_unlock(&kvm->uvmem_lock);
		page = hv_gfn_to_pfn(kvm, gfn_of_gpa(gpa));
		if (!page)
			goto out;
		sim_mutex_lock(&kvm->uvmem_lock);
		if (!v9_skip_page_out(kvm, rmap))
			break;
		hpage_put(kvm->hv, page);
	}
	if (!uv_page_in(kvm, page, gpa, 0, ABI_PAGE_ORDER))
		code = ABI_H_SUCCESS;
	hpage_put(kvm->hv, page);
	sim_mutex_unlock(&kvm->uvmem_lock);
out:
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

static int64_t v9_h_svm_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	int64_t code = device_check_call(kvm, flags & ~(uint64_t)ABI_H_PAGE_IN_SHARED, order);
	if (code)
		return code;
	if (flags & ABI_H_PAGE_IN_SHARED)
		return v9_share_page(kvm, gpa);
	int idx = sim_srcu_read_lock(&kvm->srcu);
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	code = v9_page_in_mapped(kvm, gpa);
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
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
	uint64_t *rmap = v9_find_rmap(kvm, gfn);
	hva_t hva;
	struct vma *vma = device_find_vma(kvm, gfn, &hva);

	if (!rmap || !vma)
		return ABI_H_PARAMETER;
	sim_mutex_lock(&kvm->uvmem_lock);
	cost_charge(STEP_MARK);
	if (!v9_is_uvmem(*rmap)) {
		sim_mutex_unlock(&kvm->uvmem_lock);
		return ABI_H_SUCCESS;
	}
	return v9_svm_page_out(kvm, vma, hva, gpa, NULL) ? ABI_H_PARAMETER : ABI_H_SUCCESS;
}

static int64_t v9_h_svm_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	int64_t code = device_check_call(kvm, flags, order);
	if (code)
		return code;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	code = v9_page_out_mapped(kvm, gpa);
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

/*H:120
 * The posted patch knows from the device page alone where its mark is: a pointer into the rmap array
 * of a memslot, kept since page-in. Nothing here holds that memslot. If it was deleted, the next line
 * that follows the pointer reads freed memory: the race of 2019-10-23.
 :*/
/* The host touched a device page. Whether it is still out is read through the pointer kept in it. */
static int v9_migrate_to_ram(struct vm_fault *vmf)
{
	struct v9_pvt *pvt = device_page_pvt(vmf->page);
	struct hv_guest *kvm = pvt->common.kvm;

	sim_mutex_lock(&kvm->uvmem_lock);
	cost_charge(STEP_MARK);
	if (!v9_is_uvmem(*pvt->rmap)) {
		sim_mutex_unlock(&kvm->uvmem_lock);
		return 0;
	}
	return v9_svm_page_out(kvm, vmf->vma, vmf->address, pvt->common.gpa, vmf->page) ? VM_FAULT_SIGBUS : 0;
}

static void v9_page_free(struct hv *hv, struct hv_page *page)
{
	device_page_release(hv, hpage_dfn(page));
	struct v9_pvt *pvt = device_page_pvt(page);
	page->zone_device_data = NULL;
	cost_charge(STEP_MARK);
	*pvt->rmap = 0;
	hv_trace_mark(pvt->common.kvm, gfn_of_gpa(pvt->common.gpa), HV_MARK_UVMEM, HV_MARK_NONE);
	cost_charge(STEP_FREE);
	heap_free(pvt);
}

static bool v9_send_page_to_uv(struct hv_guest *kvm, gfn_t gfn)
{
	struct hv_page *page = hv_gfn_to_pfn(kvm, gfn);
	if (!page)
		return false;
	int64_t code = uv_page_in(kvm, page, gpa_of_gfn(gfn), 0, ABI_PAGE_ORDER);
	hpage_put(kvm->hv, page);
	return code == ABI_U_SUCCESS;
}

/* ---- becoming secure ------------------------------------------------------------------------ */

static int64_t v9_register_slots(struct hv_guest *kvm)
{
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_HV_INIT);
		if (uv_register_mem_slot(kvm, &slots->slots[i]) < 0)
			return ABI_H_PARAMETER;
	}
	return ABI_H_SUCCESS;
}

static int64_t v9_h_svm_init_start(struct hv_guest *kvm)
{
	if (kvm->hv->pool.pages == 0)
		return ABI_H_UNSUPPORTED;
	if (!kvm->svm_enabled)
		return ABI_H_AUTHORITY;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	int64_t code = v9_register_slots(kvm);
	if (code == ABI_H_SUCCESS)
		kvm->secure_guest |= SECURE_INIT_START;
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

static int64_t v9_h_svm_init_done(struct hv_guest *kvm)
{
	if (!(kvm->secure_guest & SECURE_INIT_START))
		return ABI_H_UNSUPPORTED;
	kvm->secure_guest |= SECURE_INIT_DONE;
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_HV_INIT);
		for (uint64_t n = 0; n < slots->slots[i].pages; n++)
			psp_clear(kvm, (gfn_t){slots->slots[i].base.n + n});
	}
	return ABI_H_SUCCESS;
}

/* ---- memslots ----------------------------------------------------------------------------------- */

static bool v9_memslot_prepare(struct hv_guest *kvm, struct memslot *slot)
{
	cost_charge(STEP_ALLOC);
	slot->arch = heap_alloc(slot->pages * sizeof(uint64_t), obj_make(OBJ_RMAP, kvm->index, slot->id));
	return true;
}

static void v9_memslot_create(struct hv_guest *kvm, const struct memslot *slot)
{
	if (kvm->secure_guest)
		uv_register_mem_slot(kvm, slot);
}

/* The marks go with the array; only the trace hears of it. */
HV_UNSEEN static void v9_trace_forgotten(const struct hv_guest *kvm, const struct memslot *slot)
{
	for (uint64_t i = 0; i < slot->pages; i++)
		if (v9_is_uvmem(((const uint64_t *)slot->arch)[i]))
			hv_trace_mark(kvm, (gfn_t){slot->base.n + i}, HV_MARK_UVMEM, HV_MARK_NONE);
}

static void v9_memslot_delete(struct hv_guest *kvm, const struct memslot *slot)
{
	if (kvm->secure_guest)
		uv_unregister_mem_slot(kvm, slot);
	cost_charge(STEP_FREE);
	v9_trace_forgotten(kvm, slot);
	heap_free(slot->arch);
}

static void v9_guest_destroy(struct hv_guest *kvm)
{
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_FREE);
		heap_free(slots->slots[i].arch);
	}
}

/* ---- views ------------------------------------------------------------------------------------------ */

HV_UNSEEN static enum hv_mark v9_mark_of(struct hv_guest *kvm, gfn_t gfn)
{
	const struct memslot *slot = memslots_find_gfn(kvm->slots, gfn);
	return slot && (*v9_rmap_of(slot, gfn) & V9_RMAP_TYPE) ? HV_MARK_UVMEM : HV_MARK_NONE;
}

HV_UNSEEN static uint32_t v9_marked(struct hv_guest *kvm)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < kvm->slots->count; i++)
		for (uint64_t n = 0; n < kvm->slots->slots[i].pages; n++)
			count += v9_mark_of(kvm, (gfn_t){kvm->slots->slots[i].base.n + n}) == HV_MARK_UVMEM;
	return count;
}

const struct hv_design design_V9_RMAP = {
	/* The rmap array is there anyway; the private data is 32 bytes from kmalloc. */
	.bytes_per_page = 32,
	.marks = 1u << HV_MARK_NONE | 1u << HV_MARK_UVMEM,
	.inval_order = PEF_PAGE_SIZE,
	.init_start = v9_h_svm_init_start,
	.init_done = v9_h_svm_init_done,
	.page_in = v9_h_svm_page_in,
	.page_out = v9_h_svm_page_out,
	.send_page_to_uv = v9_send_page_to_uv,
	.memslot_prepare = v9_memslot_prepare,
	.memslot_create = v9_memslot_create,
	.memslot_delete = v9_memslot_delete,
	.migrate_to_ram = v9_migrate_to_ram,
	.page_free = v9_page_free,
	.guest_destroy = v9_guest_destroy,
	.mark_of = v9_mark_of,
	.marked = v9_marked,
};
