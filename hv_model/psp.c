/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * psp.c - the partition-scoped page table of a normal guest.
 *
 * The radix table that translates guest pages to frames while the hypervisor
 * does so; a secure guest's is the ultravisor's. Entries hold no reference on
 * the frame: the notifier takes them away before the frame is given up.
 *
 * Locking: mmu_lock to change; the guest's hardware reads at any time.
 * Errors: none. Blocking: set and clear yield, peek never.
 */
#include "hv.h"

/*
 * A present entry is the frame's number and the first bit; with the second the guest may write. Between
 * them is which use of the frame it was made for, of which hardware knows nothing.
 */
#define PSP_PRESENT (UINT64_C(1) << 63)
#define PSP_WRITE (UINT64_C(1) << 62)
#define PSP_USE_SHIFT 32u
#define PSP_USES ((UINT64_C(1) << 30) - 1)

static uint64_t psp_entry(struct hv_guest *kvm, gfn_t gfn)
{
	const uint64_t *word = hv_sparse_at(&kvm->psp, gfn.n, false);
	return word ? READ_ONCE(*word) : 0;
}

hfn_t psp_peek(struct hv_guest *kvm, gfn_t gfn)
{
	uint64_t entry = psp_entry(kvm, gfn);
	return entry & PSP_PRESENT ? (hfn_t){(uint32_t)entry} : HFN_NONE;
}

hfn_t psp_translate(struct hv_guest *kvm, gfn_t gfn, bool *writable)
{
	uint64_t entry = psp_entry(kvm, gfn);

	*writable = (entry & PSP_WRITE) != 0;
	if (!(entry & PSP_PRESENT))
		return HFN_NONE;
	reuse_check(kvm->hv->frame_uses, (uint32_t)entry, entry >> PSP_USE_SHIFT & PSP_USES,
		trace_page(kvm->index, gfn), "the guest's page table");
	return (hfn_t){(uint32_t)entry};
}

void psp_set(struct hv_guest *kvm, gfn_t gfn, hfn_t hfn, bool writable)
{
	uint64_t *word = hv_sparse_at(&kvm->psp, gfn.n, true);
	cost_charge(STEP_PAGE_TABLE);
	uint64_t use = reuse_generation(kvm->hv->frame_uses, hfn.n) & PSP_USES;
	WRITE_ONCE(*word, PSP_PRESENT | (writable ? PSP_WRITE : 0) | use << PSP_USE_SHIFT | hfn.n);
}

void psp_clear(struct hv_guest *kvm, gfn_t gfn)
{
	if (psp_peek(kvm, gfn).n == HFN_NONE.n)
		return;
	WRITE_ONCE(*hv_sparse_at(&kvm->psp, gfn.n, true), 0);
	cost_charge(STEP_TLBIE);
}
