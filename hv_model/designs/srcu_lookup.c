/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * srcu_lookup.c - the design that was discussed in 2019 and never posted: the
 * ninth version without its pointer into the rmap.
 *
 * A device page's private data names VM and guest page only; the mark is found
 * through the memslots, under SRCU, whenever it is needed: also in the fault
 * path, inside mmap_lock, and when a device page is freed, perhaps under a spin
 * lock. So nothing outlives a memslot, and SRCU is entered inside mmap_lock here
 * and outside of it in the hypercalls.
 *
 * As there is no code to be faithful to, this is what we decided. The mutex, the
 * moves, and the way to become secure are those of the ninth version, with the
 * faults that rmap.c names. Its slips that have nothing to do with the look-up
 * are not repeated: the mutex is given back when a migration cannot begin, a
 * fault looks whether the page is secure, UV_PAGE_INVAL gets an order,
 * KVM_PPC_SVM_OFF looks for running vCPUs and takes pages back first. Nothing is
 * done at a slot's deletion. A device page whose slot is gone has no mark: a
 * host's touch brings a zero page in its place, because the ultravisor has
 * forgotten the content with the slot. A slot that is invalid still counts.
 *
 * Locking: srcu, mmap_lock, uvmem_lock; srcu inside any. Errors: hypercall
 * codes. Blocking: yields.
 */
#include "rmap.h"

static struct hv_page *lookup_get_page(struct hv_guest *kvm, uint64_t *rmap, uint64_t gpa)
{
	dfn_t dfn;
	struct device_pvt *pvt = device_pvt_new(kvm, sizeof(*pvt), &dfn);
	if (!pvt)
		return NULL;
	rmap_set(kvm, rmap, gfn_of_gpa(gpa), dfn);
	return device_page_init(kvm, dfn, pvt, gpa);
}

/* The mark of a page that has been out; NULL when its slot is gone. srcu is held. */
static uint64_t *lookup_rmap(struct hv_guest *kvm, gfn_t gfn)
{
	const struct memslot *slot = memslot_of_gfn(kvm, gfn);
	return slot ? rmap_of(slot, gfn) : NULL;
}

/* ---- page-in and share ------------------------------------------------------------------- */

static int64_t lookup_page_in_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	return rmap_page_in_locked(kvm, gpa, lookup_get_page);
}

static int64_t lookup_h_svm_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_in(kvm, gpa, flags, order, rmap_share_locked, lookup_page_in_mapped);
}

/* ---- page-out ---------------------------------------------------------------------------- */

/* srcu and mmap_lock are held. A page that is not out is fine. */
static int64_t lookup_page_out(struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, const uint64_t *rmap,
	struct hv_page *fault_page)
{
	struct device_migration m;
	int64_t code = 0;

	sim_mutex_lock(&kvm->uvmem_lock);
	if (!rmap || rmap_read(rmap)) {
		code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_DEVICE, fault_page);
		if (!code)
			code = device_page_out(&m, gpa);
	}
	sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

static int64_t lookup_page_out_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	uint64_t *rmap = rmap_find(kvm, gfn_of_gpa(gpa));
	hva_t hva;
	struct vma *vma = device_find_vma(kvm, gfn_of_gpa(gpa), &hva);
	bool done = rmap && vma && !lookup_page_out(kvm, vma, hva, gpa, rmap, NULL);
	return done ? ABI_H_SUCCESS : ABI_H_PARAMETER;
}

static int64_t lookup_h_svm_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_out(kvm, gpa, flags, order, lookup_page_out_mapped);
}

/* mmap_lock is held, and SRCU is entered inside it: the order that the mail of 2019-10-23 speaks of. */
static int lookup_migrate_to_ram(struct vm_fault *vmf)
{
	struct device_pvt *pvt = device_page_pvt(vmf->page);
	struct hv_guest *kvm = pvt->kvm;

	int idx = sim_srcu_read_lock(&kvm->srcu);
	const uint64_t *rmap = lookup_rmap(kvm, gfn_of_gpa(pvt->gpa));
	if (!rmap)
		pvt->skip_page_out = true;
	bool early = hv_mutant(kvm->hv, MUTANT_LOOKUP_LEFT_EARLY);
	if (early)
		sim_srcu_read_unlock(&kvm->srcu, idx);
	int64_t code = lookup_page_out(kvm, vmf->vma, vmf->address, pvt->gpa, rmap, vmf->page);
	if (!early)
		sim_srcu_read_unlock(&kvm->srcu, idx);
	return code ? VM_FAULT_SIGBUS : 0;
}

/* Any lock may be held; SRCU may be entered under all. A mark of another device page is left alone. */
static void lookup_page_free(struct hv *hv, struct hv_page *page)
{
	device_page_release(hv, hpage_dfn(page));
	struct device_pvt *pvt = device_page_pvt(page);
	struct hv_guest *kvm = pvt->kvm;
	gfn_t gfn = gfn_of_gpa(pvt->gpa);

	page->zone_device_data = NULL;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	uint64_t *rmap = lookup_rmap(kvm, gfn);
	bool any = hv_mutant(hv, MUTANT_FREE_CLEARS_ANY_MARK);
	if (rmap && rmap_read(rmap) && (any || (uint32_t)*rmap == hpage_dfn(page).n))
		rmap_clear(kvm, rmap, gfn);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	cost_charge(STEP_FREE);
	heap_free(pvt);
}

/* ---- memslots ----------------------------------------------------------------------------------- */

/* slots_lock or srcu is held: the slot is in the table, if invalid. */
static bool lookup_drop_page(struct hv_guest *kvm, struct vma *vma, hva_t hva, gfn_t gfn, bool with_content)
{
	const uint64_t *rmap = lookup_rmap(kvm, gfn);

	sim_mutex_lock(&kvm->uvmem_lock);
	bool out = with_content ? rmap_read(rmap) : rmap_skip_page_out(kvm, gfn, rmap);
	sim_mutex_unlock(&kvm->uvmem_lock);
	if (out)
		lookup_page_out(kvm, vma, hva, gpa_of_gfn(gfn), rmap, NULL);
	return true;
}

static void lookup_memslot_drop(struct hv_guest *kvm, const struct memslot *slot, bool with_content)
{
	device_each_page(kvm, slot, with_content, lookup_drop_page);
}

const struct hv_design design_SRCU_LOOKUP = {
	.bytes_per_page = RMAP_BYTES_PER_PAGE,
	.bytes_per_device_page = RMAP_BYTES_PER_DEVICE_PAGE,
	.marks = RMAP_MARKS,
	.inval_order = ABI_PAGE_ORDER,
	.init_start = rmap_init_start,
	.init_done = rmap_init_done,
	.page_in = lookup_h_svm_page_in,
	.page_out = lookup_h_svm_page_out,
	.send_page_to_uv = rmap_send_page_locked,
	.memslot_prepare = rmap_memslot_prepare,
	.memslot_create = rmap_memslot_create,
	.memslot_drop = lookup_memslot_drop,
	.memslot_delete = rmap_memslot_delete,
	.svm_off = device_svm_off,
	.migrate_to_ram = lookup_migrate_to_ram,
	.page_free = lookup_page_free,
	.guest_destroy = rmap_guest_destroy,
	.mark_of = rmap_mark_of,
	.marked = rmap_marked,
};
