/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem.c - the kernel's book3s_hv_uvmem.c, and behind it what looks at the marks
 * that it keeps to itself.
 *
 * The file is included, not copied: its private types end with its translation
 * unit, and so the views have to be in it. They are no part of the simulated
 * kernel: no hooks, no yields.
 *
 * Locking: views are outside of simulated time. Errors: none. Blocking: never.
 */
#include PEF_UVMEM_FILE

#define PEF_UNSEEN __attribute__((no_sanitize("thread"), __noinline__))

/* Up to 5.8 there is one flag, for pages that are on the device. */
#ifndef KVMPPC_GFN_UVMEM_PFN
#define KVMPPC_GFN_UVMEM_PFN KVMPPC_UVMEM_PFN
#define KVMPPC_GFN_MEM_PFN 0UL
#define KVMPPC_GFN_SHARED 0UL
#endif

PEF_UNSEEN static int pef_mark(unsigned long word)
{
	if (word & KVMPPC_GFN_UVMEM_PFN)
		return 1;
	if (word & KVMPPC_GFN_MEM_PFN)
		return 2;
	return word & KVMPPC_GFN_SHARED ? 3 : 0;
}

PEF_UNSEEN int pef_mark_of(const void *view, uint64_t gfn)
{
	const struct kvm *kvm = view;
	const struct list_head *head = &kvm->arch.uvmem_pfns;
	for (const struct list_head *at = head->next; at != head; at = at->next) {
		const struct kvmppc_uvmem_slot *p = container_of(at, struct kvmppc_uvmem_slot, list);
		if (gfn >= p->base_pfn && gfn < p->base_pfn + p->nr_pfns)
			return pef_mark(p->pfns[gfn - p->base_pfn]);
	}
	return 0;
}

PEF_UNSEEN uint32_t pef_marked(const void *view)
{
	const struct kvm *kvm = view;
	const struct list_head *head = &kvm->arch.uvmem_pfns;
	uint32_t count = 0;
	for (const struct list_head *at = head->next; at != head; at = at->next) {
		const struct kvmppc_uvmem_slot *p = container_of(at, struct kvmppc_uvmem_slot, list);
		for (unsigned long i = 0; i < p->nr_pfns; i++)
			count += pef_mark(p->pfns[i]) == 1;
	}
	return count;
}

/* Whose page a device page is; false when it has no private data. */
PEF_UNSEEN bool pef_owner_of(const struct page *page, struct kvm **kvm, u64 *gfn)
{
	const struct kvmppc_uvmem_page_pvt *pvt = page->zone_device_data;
	if (!pvt)
		return false;
	*kvm = pvt->kvm;
	*gfn = pvt->gpa >> PAGE_SHIFT;
	return true;
}
