/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifier.c - KVM's mmu notifier.
 *
 * Every change of the process's page table is framed by a start and an end, as
 * kvm_mmu_notifier_invalidate_range_start() and _end() of Linux 6.1: the start
 * counts running invalidations, so that a memslot update waits for them, and
 * takes the guest's mappings of the range away; for a secure guest it tells the
 * ultravisor, under mmu_lock. Start and end read the memslot table each for
 * itself, which is why the table must not change in between.
 *
 * Locking: may be entered with any sleeping lock of the order before it, and
 * inside an SRCU read section. Errors: what the ultravisor answers is ignored,
 * as in kvm_unmap_radix(). Blocking: yields.
 */
#include "design.h"
#include "ucall.h"

/* kvm_unmap_radix() */
static void notifier_unmap(struct hv_guest *kvm, gfn_t gfn) REQUIRES(kvm->mmu_lock)
{
	if (kvm_secure(kvm) & SECURE_INIT_DONE) {
		bool fixed = mutants_have(kvm->hv->config.mutants, MUTANT_FIX_INVAL_ORDER);
		uv_page_inval(kvm, gpa_of_gfn(gfn), fixed ? ABI_PAGE_ORDER : kvm->hv->design->inval_order);
		return;
	}
	psp_clear(kvm, gfn);
}

/* The part of a slot that the range covers; false when there is none. */
static bool notifier_overlap(const struct memslot *slot, hva_t start, uint64_t pages, gfn_t *first, uint64_t *count)
{
	uint64_t lo = start.n > slot->hva ? start.n : slot->hva;
	uint64_t end = start.n + pages;
	uint64_t slot_end = slot->hva + slot->pages;
	uint64_t hi = end < slot_end ? end : slot_end;

	if (lo >= hi)
		return false;
	*first = (gfn_t){slot->base.n + (lo - slot->hva)};
	*count = hi - lo;
	return true;
}

static void notifier_begin(struct hv_guest *kvm) REQUIRES(kvm->mmu_lock)
{
	kvm->mmu_in_progress++;
}

static void notifier_finish(struct hv_guest *kvm) REQUIRES(kvm->mmu_lock)
{
	WRITE_ONCE(kvm->mmu_seq, kvm->mmu_seq + 1); /* read without the lock by who begins a look-up */
	kvm->mmu_in_progress--;
}

/*H:190
 * Each change of the process's page table is announced before and after. For a secure guest the
 * announcement is an ultracall under mmu_lock; its answer is thrown away, so a refusal is routine. v9
 * passes a size where an order belongs and is always refused.
 :*/
/*
 * __kvm_handle_hva_range(): mmu_lock is only taken when a slot overlaps.
 * @ending: the end of an invalidation: nothing to unmap.
 */
static void notifier_handle_range(struct hv_guest *kvm, hva_t start, uint64_t pages, bool ending)
{
	int idx = sim_srcu_read_lock(&kvm->srcu);
	const struct memslots *slots = memslot_table(kvm);
	bool locked = false;
	uint64_t count;
	gfn_t first;

	for (uint32_t i = 0; i < slots->count; i++) {
		if (!notifier_overlap(&slots->slots[i], start, pages, &first, &count))
			continue;
		if (!locked) {
			locked = true;
			sim_spin_lock(&kvm->mmu_lock);
			if (ending)
				notifier_finish(kvm);
			else
				notifier_begin(kvm);
		}
		for (uint64_t n = 0; n < count && !ending; n++)
			notifier_unmap(kvm, (gfn_t){first.n + n});
	}
	if (locked)
		sim_spin_unlock(&kvm->mmu_lock);
	sim_srcu_read_unlock(&kvm->srcu, idx);
}

void notifier_start(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	struct hv_guest *kvm = mm->kvm;

	if (!mm->notified)
		return;
	cost_charge(STEP_NOTIFIER);
	sim_spin_lock(&kvm->mn_lock);
	WRITE_ONCE(kvm->mn_active, kvm->mn_active + 1); /* who waits for 0 looks without the lock first */
	sim_waitqueue_keep(&kvm->mn_wait);
	sim_spin_unlock(&kvm->mn_lock);
	notifier_handle_range(kvm, start, pages, false);
}

void notifier_end(struct hv_mm *mm, hva_t start, uint64_t pages)
{
	struct hv_guest *kvm = mm->kvm;

	if (!mm->notified)
		return;
	cost_charge(STEP_NOTIFIER);
	notifier_handle_range(kvm, start, pages, true);
	sim_spin_lock(&kvm->mn_lock);
	sim_waitqueue_release(&kvm->mn_wait);
	WRITE_ONCE(kvm->mn_active, kvm->mn_active - 1);
	bool wake = kvm->mn_active == 0;
	sim_spin_unlock(&kvm->mn_lock);
	if (wake && !hv_mutant(kvm->hv, MUTANT_NOTIFIER_WAKES_NOBODY))
		hv_wake(&kvm->mn_wait);
}

/* Whether to sleep at all: rcuwait of the kernel, which loses no wake-up either. */
HV_UNSEEN static bool notifier_is_active(const struct hv_guest *kvm)
{
	return kvm->mn_active > 0;
}

void notifier_wait(struct hv_guest *kvm)
{
	sim_waitqueue_may_sleep(&kvm->mn_wait);
	sim_spin_lock(&kvm->mn_lock);
	while (kvm->mn_active) {
		sim_spin_unlock(&kvm->mn_lock);
		if (notifier_is_active(kvm))
			sim_waitqueue_sleep(&kvm->mn_wait, CAUSE_LOCK_WAIT);
		sim_spin_lock(&kvm->mn_lock);
	}
}
