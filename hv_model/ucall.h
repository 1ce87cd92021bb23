/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ucall.h - the ultracalls of the hypervisor, one inline function each.
 *
 * They are inline so that their names, which are the kernel's (Linux 6.1
 * asm/ultravisor.h), are nobody else's business in the linked program.
 *
 * Locking: any lock may be held: an ultracall does not sleep. Errors: codes of
 * the ultravisor. Blocking: yields.
 */
#ifndef HV_MODEL_UCALL_H
#define HV_MODEL_UCALL_H

#include "hv.h"

/** hv_ucall - send an ultracall for a VM; @page is what the trace shows */
int64_t hv_ucall(struct hv_guest *kvm, uint32_t number, const uint64_t *args, unsigned count, uint64_t page);

static inline uint64_t ucall_page(const struct hv_guest *kvm, uint64_t gpa)
{
	return trace_page(kvm->index, gfn_of_gpa(gpa));
}
static inline uint64_t ucall_ra(const struct hv_page *page)
{
	return (uint64_t)hpage_pfn(page) << PEF_PAGE_SHIFT;
}

static inline int64_t uv_page_in(
	struct hv_guest *kvm, const struct hv_page *source, uint64_t gpa, uint64_t flags, uint64_t order)
{
	const uint64_t args[] = {kvm->lpid, ucall_ra(source), gpa, flags, order};
	return hv_ucall(kvm, ABI_UV_PAGE_IN, args, 5, ucall_page(kvm, gpa));
}
static inline int64_t uv_page_out(
	struct hv_guest *kvm, const struct hv_page *target, uint64_t gpa, uint64_t flags, uint64_t order)
{
	const uint64_t args[] = {kvm->lpid, ucall_ra(target), gpa, flags, order};
	return hv_ucall(kvm, ABI_UV_PAGE_OUT, args, 5, ucall_page(kvm, gpa));
}
static inline int64_t uv_page_inval(struct hv_guest *kvm, uint64_t gpa, uint64_t order)
{
	const uint64_t args[] = {kvm->lpid, gpa, order};
	return hv_ucall(kvm, ABI_UV_PAGE_INVAL, args, 3, ucall_page(kvm, gpa));
}
static inline int64_t uv_register_mem_slot(struct hv_guest *kvm, const struct memslot *slot)
{
	const uint64_t args[] = {kvm->lpid, gpa_of_gfn(slot->base), slot->pages << PEF_PAGE_SHIFT, 0, slot->id};
	return hv_ucall(kvm, ABI_UV_REGISTER_MEM_SLOT, args, 5, ucall_page(kvm, gpa_of_gfn(slot->base)));
}
static inline int64_t uv_unregister_mem_slot(struct hv_guest *kvm, const struct memslot *slot)
{
	const uint64_t args[] = {kvm->lpid, slot->id};
	return hv_ucall(kvm, ABI_UV_UNREGISTER_MEM_SLOT, args, 2, ucall_page(kvm, gpa_of_gfn(slot->base)));
}
static inline int64_t uv_svm_terminate(struct hv_guest *kvm)
{
	const uint64_t args[] = {kvm->lpid};
	return hv_ucall(kvm, ABI_UV_SVM_TERMINATE, args, 1, 0);
}

/*
 * A partition table entry as the host kernel writes it: radix, with the VM's own
 * table, whose root has 64 KiB, and no process table of the guest's yet. Tables
 * are not modelled as memory; a VM's root stands for the last frames there are.
 */
#define PATE_RADIX (UINT64_C(1) << 63)
#define PATE_ROOT_64K 13u
static inline uint64_t ucall_pate_root(const struct hv_guest *kvm)
{
	return (uint64_t)(kvm->hv->config.normal_frames - 1 - kvm->index) << PEF_PAGE_SHIFT;
}
#define PATE_DW0(kvm) (PATE_RADIX | ucall_pate_root(kvm) | PATE_ROOT_64K)
#define PATE_DW1 PATE_RADIX
static inline int64_t uv_write_pate(struct hv_guest *kvm, uint64_t dw0, uint64_t dw1)
{
	const uint64_t args[] = {kvm->lpid, dw0, dw1};
	return hv_ucall(kvm, ABI_UV_WRITE_PATE, args, 3, 0);
}

#endif
