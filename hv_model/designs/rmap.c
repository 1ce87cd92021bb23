/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rmap.c - what the designs with rmap arrays have in common. See rmap.h.
 *
 * The faults of the posted patches that are kept here: page-in does not look at
 * what UV_PAGE_IN answers; a fault sends a page whatever it is; INIT_DONE frees
 * the guest's radix tables with nothing to keep others out; the VM counts as
 * becoming secure only when INIT_START has succeeded; KVM_PPC_SVM_OFF ends the
 * secure VM first and takes its pages back after. INIT_ABORT came later.
 *
 * Locking: the caller's, or as declared. Errors: hypercall codes. Blocking: yields.
 */
#include "rmap.h"

/* ---- marks ------------------------------------------------------------------------ */

uint64_t *rmap_find(struct hv_guest *kvm, gfn_t gfn)
{
	const struct memslot *slot = memslot_of_gfn(kvm, gfn);
	return slot && !slot->invalid ? rmap_of(slot, gfn) : NULL;
}

bool rmap_read(const uint64_t *rmap)
{
	cost_charge(STEP_MARK);
	return rmap_is_uvmem(*rmap);
}

void rmap_set(struct hv_guest *kvm, uint64_t *rmap, gfn_t gfn, dfn_t dfn)
{
	cost_charge(STEP_MARK);
	*rmap = RMAP_UVMEM | dfn.n;
	hv_trace_mark(kvm, gfn, HV_MARK_NONE, HV_MARK_UVMEM);
}

void rmap_clear(struct hv_guest *kvm, uint64_t *rmap, gfn_t gfn)
{
	cost_charge(STEP_MARK);
	*rmap = 0;
	hv_trace_mark(kvm, gfn, HV_MARK_UVMEM, HV_MARK_NONE);
}

/* ---- one page ----------------------------------------------------------------------- */

struct hv_page *rmap_get_page(struct hv_guest *kvm, uint64_t *rmap, uint64_t gpa)
{
	dfn_t dfn;
	struct rmap_pvt *pvt = device_pvt_new(kvm, sizeof(*pvt), &dfn);
	if (!pvt)
		return NULL;
	rmap_set(kvm, rmap, gfn_of_gpa(gpa), dfn);
	pvt->rmap = rmap;
	return device_page_init(kvm, dfn, pvt, gpa);
}

int64_t rmap_page_in(
	struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t *rmap, uint64_t gpa, rmap_get_page_fn *get_page)
{
	struct device_migration m;
	int64_t code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_SYSTEM | MIGRATE_DEVICE, NULL);

	if (code)
		return code;
	struct hv_page *page = m.entry.migrate ? get_page(kvm, rmap, gpa) : NULL;
	if (page) {
		if (m.entry.src)
			uv_page_in(kvm, m.entry.src, gpa, 0, ABI_PAGE_ORDER);
		m.entry.dst = page;
		migrate_move(&m.mig);
	}
	migrate_finalize(&m.mig);
	return page ? 0 : HOST_ENOMEM;
}

int64_t rmap_page_in_locked(struct hv_guest *kvm, uint64_t gpa, rmap_get_page_fn *get_page)
{
	gfn_t gfn = gfn_of_gpa(gpa);
	uint64_t *rmap = rmap_find(kvm, gfn);
	int64_t code = ABI_H_PARAMETER;
	hva_t hva;

	if (!rmap)
		return code;
	bool first = hv_mutant(kvm->hv, MUTANT_PAGE_IN_CHECKS_FIRST);
	bool out = first && rmap_read(rmap);
	sim_mutex_lock(&kvm->uvmem_lock);
	if (first ? !out : !rmap_read(rmap)) {
		struct vma *vma = device_find_vma(kvm, gfn, &hva);
		if (vma && !rmap_page_in(kvm, vma, hva, rmap, gpa, get_page))
			code = ABI_H_SUCCESS;
	}
	sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

bool rmap_skip_page_out(struct hv_guest *kvm, gfn_t gfn, const uint64_t *rmap)
{
	if (!rmap_read(rmap))
		return false;
	struct device_pvt *pvt = device_page_pvt(rmap_page(kvm, gfn, *rmap));
	pvt->skip_page_out = true;
	return true;
}

static bool rmap_skip(struct hv_guest *kvm, gfn_t gfn, const uint64_t *mark)
{
	return rmap_skip_page_out(kvm, gfn, mark);
}

int64_t rmap_share_locked(struct hv_guest *kvm, uint64_t gpa)
{
	int idx = sim_srcu_read_lock(&kvm->srcu);
	const uint64_t *rmap = rmap_find(kvm, gfn_of_gpa(gpa));
	int64_t code = rmap ? device_share(kvm, gpa, rmap_skip, rmap, NULL) : ABI_H_PARAMETER;
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

void rmap_page_free(struct hv *hv, struct hv_page *page)
{
	device_page_release(hv, hpage_dfn(page));
	struct rmap_pvt *pvt = device_page_pvt(page);
	page->zone_device_data = NULL;
	cost_charge(STEP_MARK);
	*pvt->rmap = 0;
	hv_trace_mark(pvt->common.kvm, gfn_of_gpa(pvt->common.gpa), HV_MARK_UVMEM, HV_MARK_NONE);
	cost_charge(STEP_FREE);
	heap_free(pvt);
}

bool rmap_send_page(struct hv_guest *kvm, gfn_t gfn)
{
	struct hv_page *page = hv_gfn_to_pfn(kvm, gfn);
	if (!page)
		return false;
	int64_t code = uv_page_in(kvm, page, gpa_of_gfn(gfn), 0, ABI_PAGE_ORDER);
	hpage_put(kvm->hv, page);
	return code == ABI_U_SUCCESS;
}

static bool rmap_is_out_locked(struct hv_guest *kvm, gfn_t gfn)
{
	sim_mutex_lock(&kvm->uvmem_lock);
	const uint64_t *rmap = rmap_find(kvm, gfn);
	bool out = rmap && rmap_read(rmap);
	sim_mutex_unlock(&kvm->uvmem_lock);
	return out;
}

static bool rmap_is_normal(struct hv_guest *kvm, gfn_t gfn)
{
	const uint64_t *rmap = rmap_find(kvm, gfn);
	return rmap && !rmap_read(rmap);
}

/* A page that is secure already must not be fetched back only to learn that. */
bool rmap_send_page_locked(struct hv_guest *kvm, gfn_t gfn)
{
	return rmap_is_out_locked(kvm, gfn) || device_send_page(kvm, gfn, rmap_is_normal);
}

/* ---- becoming secure, and normal again -------------------------------------------------- */

int64_t rmap_init_start(struct hv_guest *kvm)
{
	int64_t code = device_check_init(kvm);
	if (code)
		return code;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	code = device_register_slots(kvm);
	if (code == ABI_H_SUCCESS)
		kvm->secure_guest |= SECURE_INIT_START;
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

int64_t rmap_init_done(struct hv_guest *kvm)
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

/* The private data is read once more after the mutex was given back: the page may be free by then. */
static void rmap_drop_one(struct hv_guest *kvm, gfn_t gfn, const uint64_t *rmap, bool lock)
{
	if (lock)
		sim_mutex_lock(&kvm->uvmem_lock);
	bool out = rmap_read(rmap);
	struct device_pvt *pvt = out ? device_page_pvt(rmap_page(kvm, gfn, *rmap)) : NULL;
	if (pvt)
		pvt->skip_page_out = true;
	if (lock)
		sim_mutex_unlock(&kvm->uvmem_lock);
	struct hv_page *page = pvt ? hv_gfn_to_pfn(kvm, gfn_of_gpa(pvt->gpa)) : NULL;
	if (page)
		hpage_put(kvm->hv, page);
}

void rmap_drop_by_gup(struct hv_guest *kvm, const struct memslot *slot, bool lock)
{
	for (uint64_t i = 0; i < slot->pages; i++) {
		gfn_t gfn = {slot->base.n + i};
		rmap_drop_one(kvm, gfn, rmap_of(slot, gfn), lock);
	}
}

int64_t rmap_svm_off(struct hv_guest *kvm, bool lock)
{
	if (uv_svm_terminate(kvm) != ABI_U_SUCCESS)
		return HOST_EINVAL;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++)
		rmap_drop_by_gup(kvm, &slots->slots[i], lock);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return 0;
}

/* ---- memslots ----------------------------------------------------------------------------- */

bool rmap_memslot_prepare(struct hv_guest *kvm, struct memslot *slot)
{
	obj_t name = obj_make(OBJ_RMAP, kvm->index, slot->id);
	cost_charge(STEP_ALLOC);
	if (inject_fails(INJECT_ALLOC, name))
		return false;
	slot->arch = heap_alloc(slot->pages * sizeof(uint64_t), name);
	return true;
}

bool rmap_memslot_create(struct hv_guest *kvm, const struct memslot *slot)
{
	if (kvm->secure_guest)
		uv_register_mem_slot(kvm, slot);
	return true;
}

/* The marks go with the array; only the trace hears of it. */
HV_UNSEEN static void rmap_trace_forgotten(const struct hv_guest *kvm, const struct memslot *slot)
{
	for (uint64_t i = 0; i < slot->pages; i++)
		if (rmap_is_uvmem(((const uint64_t *)slot->arch)[i]))
			hv_trace_mark(kvm, (gfn_t){slot->base.n + i}, HV_MARK_UVMEM, HV_MARK_NONE);
}

void rmap_memslot_delete(struct hv_guest *kvm, const struct memslot *slot)
{
	if (kvm->secure_guest)
		uv_unregister_mem_slot(kvm, slot);
	cost_charge(STEP_FREE);
	rmap_trace_forgotten(kvm, slot);
	heap_free(slot->arch);
}

void rmap_guest_destroy(struct hv_guest *kvm)
{
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_FREE);
		heap_free(slots->slots[i].arch);
	}
}

/* ---- views ---------------------------------------------------------------------------------- */

HV_UNSEEN enum hv_mark rmap_mark_of(struct hv_guest *kvm, gfn_t gfn)
{
	const struct memslot *slot = memslots_find_gfn(kvm->slots, gfn);
	return slot && rmap_is_uvmem(*rmap_of(slot, gfn)) ? HV_MARK_UVMEM : HV_MARK_NONE;
}

HV_UNSEEN uint32_t rmap_marked(struct hv_guest *kvm)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < kvm->slots->count; i++)
		for (uint64_t n = 0; n < kvm->slots->slots[i].pages; n++)
			count += rmap_is_uvmem(((const uint64_t *)kvm->slots->slots[i].arch)[n]);
	return count;
}
