/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_op.c - what threads of the process that runs a VM do.
 *
 * Closing the VM waits for everybody who is inside the hypervisor on its behalf,
 * as the last reference on a struct kvm does; what comes after finds no VM.
 *
 * Locking: none of its own. Errors: enum host_result. Blocking: yields.
 */
#include "design.h"
#include "ucall.h"

/* kvm_destroy_vm(), then the process's memory. */
static int64_t host_close_vm(struct hv_guest *kvm)
{
	cost_charge(STEP_SYSCALL);
	if (kvm->closed)
		return HOST_ENOENT;
	kvm->closed = true;
	while (kvm->users > 1)
		sim_waitqueue_sleep(&kvm->users_wait, CAUSE_LOCK_WAIT);
	zap_exit(kvm);
	kvm_destroy_vm(kvm);
	return 0;
}

static int64_t host_range(gfn_t gfn, uint64_t count)
{
	return count > 0 && gfn.n < GFN_MAX && count <= GFN_MAX - gfn.n ? 0 : HOST_EINVAL;
}

static int64_t host_munmap(struct hv_guest *kvm, const struct hv_request *r)
{
	cost_charge(STEP_SYSCALL);
	int64_t result = host_range(r->gfn, r->count);
	return result ? result : zap_munmap(kvm, hva_of_gfn(r->gfn), r->count);
}

static int64_t host_madvise(struct hv_guest *kvm, const struct hv_request *r)
{
	cost_charge(STEP_SYSCALL);
	int64_t result = host_range(r->gfn, r->count);
	return result ? result : zap_madvise(kvm, hva_of_gfn(r->gfn), r->count);
}

/* What KSM, NUMA balancing or compaction do when they look at a page and let it be. */
static int64_t host_invalidate(struct hv_guest *kvm, const struct hv_request *r)
{
	int64_t result = host_range(r->gfn, 1);
	if (result)
		return result;
	notifier_start(kvm, hva_of_gfn(r->gfn), 1);
	notifier_end(kvm, hva_of_gfn(r->gfn), 1);
	return 0;
}

static int64_t host_access(struct hv_guest *kvm, struct hv_request *r, bool write)
{
	int64_t result = host_range(r->gfn, 1);
	return result ? HOST_SIGSEGV : mm_access(kvm, hva_of_gfn(r->gfn), write, &r->token);
}

/* The real address of the frame that the process maps behind a guest page; 0 when there is none. */
static uint64_t host_frame_ra(struct hv_guest *kvm, uint64_t gfn)
{
	pte_t pte = gfn < GFN_MAX ? mm_pte(kvm, hva_of_gfn((gfn_t){gfn})) : PTE_NONE;
	return pte_kind(pte) == HOST_PTE_NORMAL ? ucall_ra(hpage_of_frame(kvm->hv, (hfn_t){pte_number(pte)})) : 0;
}

/* An ultracall that no kernel would make. */
static int64_t host_ucall(struct hv_guest *kvm, const struct hv_request *r)
{
	uint64_t args[sizeof(r->args) / sizeof(r->args[0])];

	cost_charge(STEP_SYSCALL);
	if (r->arg_count > sizeof(args) / sizeof(args[0]))
		return HOST_EINVAL;
	for (unsigned i = 0; i < r->arg_count; i++)
		args[i] = r->ra_args >> i & 1u ? host_frame_ra(kvm, r->args[i]) : r->args[i];
	return hv_ucall(kvm, r->call, args, r->arg_count, 0);
}

static int64_t host_run(struct hv_guest *kvm, struct hv_request *r)
{
	switch (r->kind) {
	case HV_SLOT_CREATE:
		return kvm_create_memslot(kvm, r->slot, r->gfn, r->count);
	case HV_SLOT_DELETE:
		return kvm_delete_memslot(kvm, r->slot);
	case HV_READ:
		return host_access(kvm, r, false);
	case HV_WRITE:
		return host_access(kvm, r, true);
	case HV_MUNMAP:
		return host_munmap(kvm, r);
	case HV_MADVISE_DONTNEED:
		return host_madvise(kvm, r);
	case HV_INVALIDATE:
		return host_invalidate(kvm, r);
	case HV_CLOSE_VM:
		return host_close_vm(kvm);
	case HV_SLOT_MOVE:
		return kvm_move_memslot(kvm, r->slot, r->gfn);
	case HV_SLOT_FLAGS:
		return kvm_set_memslot_flags(kvm, r->slot, r->flags);
	case HV_SVM_OFF:
		return kvm_svm_off(kvm);
	case HV_UCALL:
		return host_ucall(kvm, r);
	case HV_EXIT:
	case HV_PIN:
	case HV_UNPIN:
	case HV_MREMAP:
	case HV_MADVISE_MERGEABLE:
	case HV_MADVISE_UNMERGEABLE:
	case HV_KSM_MERGE:
	case HV_REPLACE_PAGE:
	case HV_SWAP_OUT:
	case HV_FORK:
	case HV_CHILD_READ:
	case HV_CHILD_WRITE:
	case HV_CHILD_EXIT:
		return HOST_EINVAL;
	}
	return HOST_EINVAL;
}

int64_t hv_host_op(struct hv *hv, struct hv_request *request)
{
	struct hv_guest *kvm = hv_guest_of(hv, request->guest);
	if (!kvm)
		return HOST_ENOENT;
	hv_guest_enter(kvm);
	int64_t result = host_run(kvm, request);
	hv_guest_leave(kvm);
	return result;
}
