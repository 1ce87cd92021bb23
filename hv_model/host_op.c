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
#include "process.h"
#include "ucall.h"

typedef int64_t host_fn(struct hv_guest *kvm, struct hv_request *r);

static int64_t host_range(gfn_t gfn, uint64_t count)
{
	return count > 0 && gfn.n < GFN_MAX && count <= GFN_MAX - gfn.n ? 0 : HOST_EINVAL;
}

/* ---- the VM: ioctls, and its end ------------------------------------------------------ */

static int64_t host_slot_create(struct hv_guest *kvm, struct hv_request *r)
{
	return kvm_create_memslot(kvm, r->slot, r->gfn, r->count);
}

static int64_t host_slot_delete(struct hv_guest *kvm, struct hv_request *r)
{
	return kvm_delete_memslot(kvm, r->slot);
}

static int64_t host_slot_move(struct hv_guest *kvm, struct hv_request *r)
{
	return kvm_move_memslot(kvm, r->slot, r->gfn);
}

static int64_t host_slot_flags(struct hv_guest *kvm, struct hv_request *r)
{
	return kvm_set_memslot_flags(kvm, r->slot, r->flags);
}

static int64_t host_svm_off(struct hv_guest *kvm, struct hv_request *r)
{
	(void)r;
	return kvm_svm_off(kvm);
}

HV_UNSEEN static bool host_is_alone(const struct hv_guest *kvm)
{
	return kvm->users <= kvm->leaving || hv_mutant(kvm->hv, MUTANT_CLOSE_IGNORES_USERS);
}

HV_UNSEEN static void host_leaves(struct hv_guest *kvm, bool waits)
{
	kvm->leaving += waits ? 1 : UINT32_MAX;
}

/* Nobody comes in any more; who is inside comes out, but for those who wait here, too. */
static void host_wait_alone(struct hv_guest *kvm)
{
	WRITE_ONCE(kvm->closed, true);
	host_leaves(kvm, true);
	while (!host_is_alone(kvm))
		sim_waitqueue_sleep(&kvm->users_wait, CAUSE_LOCK_WAIT);
	host_leaves(kvm, false);
	order_acquire_at(&kvm->users);
}

/* Who comes in now, for the process's memory, is after this. */
static void host_destroy_vm(struct hv_guest *kvm)
{
	kvm->mm.notified = false;
	order_release_at(&kvm->closed);
	kvm_destroy_vm(kvm);
}

/* The last file of the VM is closed: the process's memory stays as it is, device pages and all. */
static int64_t host_close_vm(struct hv_guest *kvm, struct hv_request *r)
{
	(void)r;
	cost_charge(STEP_SYSCALL);
	host_wait_alone(kvm);
	host_destroy_vm(kvm);
	return 0;
}

/*
 * do_exit() of a process's last thread: exit_mm(), whose mmput() is the last only when no other
 * thread is in the kernel any more, before exit_files(), which closes the VM.
 */
static int64_t host_exit(struct hv_guest *kvm, struct hv_request *r)
{
	bool closed = READ_ONCE(kvm->closed);

	(void)r;
	WRITE_ONCE(kvm->exited, true);
	host_wait_alone(kvm);
	zap_exit(&kvm->mm);
	unpin_all(kvm);
	if (!closed) {
		cost_charge(STEP_SYSCALL);
		host_destroy_vm(kvm);
	}
	return 0;
}

/* ---- the process's memory ---------------------------------------------------------------- */

static int64_t host_munmap(struct hv_guest *kvm, struct hv_request *r)
{
	return zap_munmap(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), r->count);
}

static int64_t host_madvise(struct hv_guest *kvm, struct hv_request *r)
{
	return zap_madvise(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), r->count);
}

static int64_t host_mergeable(struct hv_guest *kvm, struct hv_request *r)
{
	return ksm_madvise(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), r->count, true);
}

static int64_t host_unmergeable(struct hv_guest *kvm, struct hv_request *r)
{
	return ksm_madvise(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), r->count, false);
}

static int64_t host_mremap(struct hv_guest *kvm, struct hv_request *r)
{
	int64_t result = host_range(r->to, r->count);
	return result ? result : mremap_move(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), r->count, mm_hva_of_gfn(kvm, r->to));
}

static int64_t host_pin(struct hv_guest *kvm, struct hv_request *r)
{
	return pin_page(kvm, mm_hva_of_gfn(kvm, r->gfn));
}

static int64_t host_unpin(struct hv_guest *kvm, struct hv_request *r)
{
	return unpin_page(kvm, mm_hva_of_gfn(kvm, r->gfn));
}

static int64_t host_fork(struct hv_guest *kvm, struct hv_request *r)
{
	(void)r;
	return fork_process(kvm);
}

static int64_t host_child_exit(struct hv_guest *kvm, struct hv_request *r)
{
	(void)r;
	return fork_child_exit(kvm);
}

/* ---- loads and stores ----------------------------------------------------------------------- */

static int64_t host_read(struct hv_guest *kvm, struct hv_request *r)
{
	return mm_access(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), false, &r->token);
}

static int64_t host_write(struct hv_guest *kvm, struct hv_request *r)
{
	return mm_access(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), true, &r->token);
}

static int64_t host_child_read(struct hv_guest *kvm, struct hv_request *r)
{
	return READ_ONCE(kvm->forked) ? mm_access(&kvm->child, mm_hva_of_gfn(kvm, r->gfn), false, &r->token)
				      : HOST_ENOENT;
}

static int64_t host_child_write(struct hv_guest *kvm, struct hv_request *r)
{
	return READ_ONCE(kvm->forked) ? mm_access(&kvm->child, mm_hva_of_gfn(kvm, r->gfn), true, &r->token)
				      : HOST_ENOENT;
}

/* ---- the host kernel by itself ----------------------------------------------------------------- */

/* What KSM, NUMA balancing or compaction do when they look at a page and let it be. */
static int64_t host_invalidate(struct hv_guest *kvm, struct hv_request *r)
{
	hva_t hva = mm_hva_of_gfn(kvm, r->gfn);
	notifier_start(&kvm->mm, hva, 1);
	notifier_end(&kvm->mm, hva, 1);
	return 0;
}

static int64_t host_ksm_merge(struct hv_guest *kvm, struct hv_request *r)
{
	int64_t result = host_range(r->to, 1);
	return result ? result : ksm_merge(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn), mm_hva_of_gfn(kvm, r->to));
}

static int64_t host_replace_page(struct hv_guest *kvm, struct hv_request *r)
{
	return reclaim_replace(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn));
}

static int64_t host_swap_out(struct hv_guest *kvm, struct hv_request *r)
{
	return reclaim_swap_out(&kvm->mm, mm_hva_of_gfn(kvm, r->gfn));
}

/* The real address of the frame that the process maps behind a guest page; 0 when there is none. */
static uint64_t host_frame_ra(struct hv_guest *kvm, uint64_t gfn)
{
	pte_t pte = gfn < GFN_MAX ? mm_pte(&kvm->mm, mm_hva_of_gfn(kvm, (gfn_t){gfn})) : PTE_NONE;
	return pte_kind(pte) == HOST_PTE_NORMAL ? ucall_ra(hpage_of_frame(kvm->hv, (hfn_t){pte_number(pte)})) : 0;
}

/* An ultracall that no kernel would make. */
static int64_t host_ucall(struct hv_guest *kvm, struct hv_request *r)
{
	uint64_t args[sizeof(r->args) / sizeof(r->args[0])];

	cost_charge(STEP_SYSCALL);
	if (r->arg_count > sizeof(args) / sizeof(args[0]))
		return HOST_EINVAL;
	for (unsigned i = 0; i < r->arg_count; i++)
		args[i] = r->ra_args >> i & 1u ? host_frame_ra(kvm, r->args[i]) : r->args[i];
	return hv_ucall(kvm, r->call, args, r->arg_count, 0);
}

/* ---- the table ------------------------------------------------------------------------------------ */

/* What a request needs, and is checked before its function is called. */
enum host_needs {
	NEEDS_VM, /* the VM is not closed */
	NEEDS_PROCESS, /* the process has not exited */
	NEEDS_PAGE, /* and the page is one that can be */
	NEEDS_RANGE, /* and the range is; a system call */
	NEEDS_TOUCH, /* as NEEDS_PAGE; any other is a segmentation fault */
};

/* X(KIND, function, what it needs) */
/* clang-format off */
#define HOST_REQUESTS(X) \
	X(HV_SLOT_CREATE, host_slot_create, NEEDS_VM) \
	X(HV_SLOT_DELETE, host_slot_delete, NEEDS_VM) \
	X(HV_SLOT_MOVE, host_slot_move, NEEDS_VM) \
	X(HV_SLOT_FLAGS, host_slot_flags, NEEDS_VM) \
	X(HV_SVM_OFF, host_svm_off, NEEDS_VM) \
	X(HV_UCALL, host_ucall, NEEDS_VM) \
	X(HV_CLOSE_VM, host_close_vm, NEEDS_VM) \
	X(HV_EXIT, host_exit, NEEDS_PROCESS) \
	X(HV_READ, host_read, NEEDS_TOUCH) \
	X(HV_WRITE, host_write, NEEDS_TOUCH) \
	X(HV_MUNMAP, host_munmap, NEEDS_RANGE) \
	X(HV_MADVISE_DONTNEED, host_madvise, NEEDS_RANGE) \
	X(HV_MADVISE_MERGEABLE, host_mergeable, NEEDS_RANGE) \
	X(HV_MADVISE_UNMERGEABLE, host_unmergeable, NEEDS_RANGE) \
	X(HV_MREMAP, host_mremap, NEEDS_RANGE) \
	X(HV_PIN, host_pin, NEEDS_PAGE) \
	X(HV_UNPIN, host_unpin, NEEDS_PAGE) \
	X(HV_FORK, host_fork, NEEDS_PROCESS) \
	X(HV_CHILD_READ, host_child_read, NEEDS_TOUCH) \
	X(HV_CHILD_WRITE, host_child_write, NEEDS_TOUCH) \
	X(HV_CHILD_EXIT, host_child_exit, NEEDS_PROCESS) \
	X(HV_INVALIDATE, host_invalidate, NEEDS_PAGE) \
	X(HV_KSM_MERGE, host_ksm_merge, NEEDS_PAGE) \
	X(HV_REPLACE_PAGE, host_replace_page, NEEDS_PAGE) \
	X(HV_SWAP_OUT, host_swap_out, NEEDS_PAGE)
/* clang-format on */

static const struct host_row {
	enum hv_request_kind kind;
	host_fn *run;
	enum host_needs needs;
} host_rows[] = {
#define X(kind, run, needs) {kind, run, needs},
	HOST_REQUESTS(X)
#undef X
};

static int64_t host_check(const struct hv_guest *kvm, const struct hv_request *r, enum host_needs needs)
{
	if (READ_ONCE(kvm->exited) || (needs == NEEDS_VM && READ_ONCE(kvm->closed)))
		return HOST_ENOENT;
	if (needs == NEEDS_RANGE) {
		cost_charge(STEP_SYSCALL);
		return host_range(r->gfn, r->count);
	}
	if (needs == NEEDS_TOUCH)
		return host_range(r->gfn, 1) ? HOST_SIGSEGV : 0;
	return needs == NEEDS_PAGE ? host_range(r->gfn, 1) : 0;
}

static int64_t host_run(struct hv_guest *kvm, struct hv_request *r)
{
	for (size_t i = 0; i < sizeof(host_rows) / sizeof(host_rows[0]); i++) {
		const struct host_row *row = &host_rows[i];
		if (row->kind != r->kind)
			continue;
		int64_t result = host_check(kvm, r, row->needs);
		return result ? result : row->run(kvm, r);
	}
	return HOST_EINVAL;
}

int64_t hv_host_op(struct hv *hv, struct hv_request *request)
{
	if (request->guest >= hv->guest_count)
		return HOST_ENOENT;
	struct hv_guest *kvm = &hv->guests[request->guest];
	hv_guest_enter(kvm);
	int64_t result = host_run(kvm, request);
	hv_task_work(kvm);
	hv_guest_leave(kvm);
	return result;
}
