/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem_slots.c - memslots of a secure VM, and how a VM becomes one and ends
 * (Linux 6.1 book3s_hv_uvmem.c, kvmppc_memslot_page_merge() to
 * kvmppc_h_svm_init_done()).
 *
 * uvmem-lock keeps the faults of Linux: a failing INIT_START gives the failed
 * slot back again and again instead of those before it; what becomes of a slot
 * that is created later is not told to anyone; the arrays of a VM that stops
 * being secure stay; and nothing keeps an update of the slots and the switch
 * apart, so that both may register one slot, or none. uvmem-fixed holds
 * slots_lock for the switch, as every update does.
 *
 * Locking: said at each function; uvmem_lock is taken inside. Errors: hypercall
 * codes. Blocking: yields.
 */
#include "uvmem.h"

/* ---- one slot: srcu or slots_lock is held ------------------------------------------ */

/* kvmppc_memslot_page_merge(): may KSM merge the slot's pages? */
static bool uvmem_page_merge(struct hv_guest *kvm, const struct memslot *slot, bool merge)
{
	hva_t hva;
	if (!hv_gfn_to_hva(kvm, slot->base, &hva))
		return false;
	if (uvmem_has(kvm, MUTANT_KSM_UNDER_READ_LOCK)) {
		sim_rwsem_read_lock(&kvm->mm.mmap_lock);
		bool done = vma_set_mergeable(kvm, hva, slot->pages, merge);
		sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
		return done;
	}
	sim_rwsem_write_lock(&kvm->mm.mmap_lock);
	bool done = vma_set_mergeable(kvm, hva, slot->pages, merge);
	sim_rwsem_write_unlock(&kvm->mm.mmap_lock);
	return done;
}

static int64_t uvmem_register(struct hv_guest *kvm, const struct memslot *slot)
{
	cost_charge(STEP_HV_INIT);
	if (!uvmem_page_merge(kvm, slot, false))
		return ABI_H_PARAMETER;
	if (uvmem_slot_init(kvm, slot)) {
		if (uv_register_mem_slot(kvm, slot) >= 0)
			return ABI_H_SUCCESS;
		uvmem_slot_free(kvm, slot);
	}
	uvmem_page_merge(kvm, slot, true);
	return ABI_H_PARAMETER;
}

static void uvmem_unregister(struct hv_guest *kvm, const struct memslot *slot)
{
	uv_unregister_mem_slot(kvm, slot);
	uvmem_slot_free(kvm, slot);
	uvmem_page_merge(kvm, slot, true);
}

/* A page that the host has touched between look and move is tried again, as it is now; Linux counts it as moved. */
static int64_t uvmem_sweep_page(struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa)
{
	if (!uvmem_is_fixed(kvm))
		return uvmem_svm_page_in(kvm, vma, hva, gpa, false);
	int64_t code = HOST_EBUSY;
	for (unsigned i = 0; i < UVMEM_TRIES && code == HOST_EBUSY; i++)
		code = fixed_svm_page_in(kvm, vma, hva, gpa, false);
	return code;
}

/* Device pages for all pages of a slot that were not moved so far. uvmem_lock and mmap_lock are held. */
static int64_t uvmem_sweep_slot(struct hv_guest *kvm, const struct memslot *slot)
{
	gfn_t gfn = slot->base;
	while (uvmem_next_untouched(kvm, slot, &gfn)) {
		hva_t hva;
		struct vma *vma = device_find_vma(kvm, gfn, &hva);
		if (!vma || uvmem_sweep_page(kvm, vma, hva, gpa_of_gfn(gfn)))
			return ABI_H_STATE;
	}
	return ABI_H_SUCCESS;
}

/* kvmppc_uv_migrate_mem_slot(): both locks are held for the whole slot */
static int64_t uvmem_migrate_slot(struct hv_guest *kvm, const struct memslot *slot)
{
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	sim_mutex_lock(&kvm->uvmem_lock);
	int64_t code = uvmem_sweep_slot(kvm, slot);
	sim_mutex_unlock(&kvm->uvmem_lock);
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return code;
}

/* Linux does not look at what it comes to, though a comment there wishes for better. */
bool uvmem_memslot_create(struct hv_guest *kvm, const struct memslot *slot)
{
	return !kvm_secure(kvm) || (!uvmem_register(kvm, slot) && !uvmem_migrate_slot(kvm, slot));
}

void uvmem_memslot_delete(struct hv_guest *kvm, const struct memslot *slot)
{
	if (kvm_secure(kvm))
		uvmem_unregister(kvm, slot);
}

/* ---- becoming secure, and ceasing to be --------------------------------------------------------- */

/* Keep the slots as they are; the table can be read. */
static int uvmem_enter_slots(struct hv_guest *kvm)
{
	if (!uvmem_is_fixed(kvm))
		return sim_srcu_read_lock(&kvm->srcu);
	sim_mutex_lock(&kvm->slots_lock);
	return 0;
}

static void uvmem_leave_slots(struct hv_guest *kvm, int idx)
{
	if (uvmem_is_fixed(kvm))
		sim_mutex_unlock(&kvm->slots_lock);
	else
		sim_srcu_read_unlock(&kvm->srcu, idx);
}

static int64_t uvmem_register_slots(struct hv_guest *kvm)
{
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		if (!uvmem_register(kvm, &slots->slots[i]))
			continue;
		/* The loop of Linux goes over the earlier slots, but names the failed one. */
		for (uint32_t n = 0; n < i; n++)
			uvmem_unregister(kvm, &slots->slots[uvmem_is_fixed(kvm) ? n : i]);
		return ABI_H_PARAMETER;
	}
	return ABI_H_SUCCESS;
}

static int64_t uvmem_start(struct hv_guest *kvm)
{
	bool late = uvmem_has(kvm, MUTANT_START_FLAG_ON_SUCCESS_ONLY);
	/* First of all: also a refusal has to go back through the ultravisor. */
	if (!late)
		kvm_set_secure(kvm, SECURE_INIT_START);
	int64_t code = device_check_init(kvm);
	if (code)
		return code;
	int idx = uvmem_is_fixed(kvm) ? 0 : sim_srcu_read_lock(&kvm->srcu);
	code = uvmem_register_slots(kvm);
	if (late && !code)
		kvm_set_secure(kvm, kvm_secure(kvm) | SECURE_INIT_START);
	if (!uvmem_is_fixed(kvm))
		sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

/* The flag, too, is set under slots_lock: a slot that is created meanwhile sees it, or is seen. */
int64_t uvmem_h_svm_init_start(struct hv_guest *kvm)
{
	if (!uvmem_is_fixed(kvm))
		return uvmem_start(kvm);
	sim_mutex_lock(&kvm->slots_lock);
	int64_t code = uvmem_start(kvm);
	sim_mutex_unlock(&kvm->slots_lock);
	return code;
}

static int64_t uvmem_migrate_slots(struct hv_guest *kvm)
{
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_HV_INIT);
		if (uvmem_migrate_slot(kvm, &slots->slots[i]))
			return ABI_H_STATE;
	}
	return ABI_H_SUCCESS;
}

int64_t uvmem_h_svm_init_done(struct hv_guest *kvm)
{
	if (!(kvm_secure(kvm) & SECURE_INIT_START))
		return ABI_H_UNSUPPORTED;
	int idx = uvmem_enter_slots(kvm);
	if (uvmem_has(kvm, MUTANT_DONE_FLAG_TOO_SOON))
		kvm_set_secure(kvm, kvm_secure(kvm) | SECURE_INIT_DONE);
	int64_t code = uvmem_migrate_slots(kvm);
	if (code == ABI_H_SUCCESS)
		kvm_set_secure(kvm, kvm_secure(kvm) | SECURE_INIT_DONE);
	uvmem_leave_slots(kvm, idx);
	return code;
}

/* slots_lock is held. As the common way, and the arrays go. */
static int64_t uvmem_abort(struct hv_guest *kvm)
{
	const struct memslots *slots = memslot_table(kvm);

	if (kvm_secure(kvm) & SECURE_INIT_DONE)
		return ABI_H_STATE;
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_HV_INIT);
		kvm->hv->design->memslot_drop(kvm, &slots->slots[i], true);
		uvmem_slot_free(kvm, &slots->slots[i]);
		uvmem_page_merge(kvm, &slots->slots[i], true);
	}
	kvm_set_secure(kvm, 0);
	uv_svm_terminate(kvm);
	return ABI_H_PARAMETER;
}

int64_t uvmem_h_svm_init_abort(struct hv_guest *kvm)
{
	if (!uvmem_is_fixed(kvm))
		return device_init_abort(kvm);
	if (!(kvm_secure(kvm) & SECURE_INIT_START))
		return ABI_H_UNSUPPORTED;
	sim_mutex_lock(&kvm->slots_lock);
	int64_t code = uvmem_abort(kvm);
	sim_mutex_unlock(&kvm->slots_lock);
	return code;
}

/* In Linux the arrays of the list stay: a VM that becomes secure again gets a second one for each slot. */
int64_t uvmem_svm_off(struct hv_guest *kvm)
{
	if (!uvmem_is_fixed(kvm))
		return device_svm_off(kvm);
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		kvm->hv->design->memslot_drop(kvm, &slots->slots[i], false);
		uvmem_unregister(kvm, &slots->slots[i]);
	}
	return uv_svm_terminate(kvm) == ABI_U_SUCCESS ? 0 : HOST_EINVAL;
}
