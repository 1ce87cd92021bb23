/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_fault.c - a guest access that found no translation.
 *
 * kvmppc_book3s_radix_page_fault() of Linux 6.1: a normal guest gets a
 * partition-scoped entry, unless the process's page table changed meanwhile
 * (mmu_seq); a secure guest's fault is the ultravisor's business, and reaches
 * the hypervisor when it has to provide the page of a share.
 *
 * Locking: takes srcu, and inside mmap_lock and mmu_lock. Errors: H_PARAMETER
 * where Linux would emulate a device or stop the VM. Blocking: yields.
 */
#include "design.h"

static int64_t guest_instantiate_page(struct hv_guest *kvm, gfn_t gfn, bool write)
{
	uint64_t seq = READ_ONCE(kvm->mmu_seq);
	bool writable;
	struct hv_page *page = hv_gfn_to_pfn_for(kvm, gfn, write, &writable);

	if (!page)
		return ABI_H_PARAMETER;
	if (hv_mutant(kvm->hv, MUTANT_SEQ_READ_LATE))
		seq = READ_ONCE(kvm->mmu_seq);
	sim_spin_lock(&kvm->mmu_lock);
	if (!kvm->mmu_in_progress && kvm->mmu_seq == seq)
		psp_set(kvm, gfn, hpage_hfn(page), writable);
	sim_spin_unlock(&kvm->mmu_lock);
	hpage_put(kvm->hv, page);
	return 0;
}

static int64_t guest_fault_slot(struct hv_guest *kvm, gfn_t gfn, bool write)
{
	const struct memslot *slot = memslot_of_gfn(kvm, gfn);
	if (!slot || slot->invalid)
		return ABI_H_PARAMETER;
	return guest_instantiate_page(kvm, gfn, write);
}

int64_t guest_fault(struct hv_guest *kvm, uint64_t gpa, bool write)
{
	gfn_t gfn = gfn_of_gpa(gpa);
	int64_t result;

	cost_charge(STEP_HV_FAULT);
	int idx = sim_srcu_read_lock(&kvm->srcu);
	if (kvm_secure(kvm) & SECURE_INIT_DONE)
		result = kvm->hv->design->send_page_to_uv(kvm, gfn) ? 0 : ABI_H_PARAMETER;
	else
		result = guest_fault_slot(kvm, gfn, write);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return result;
}
