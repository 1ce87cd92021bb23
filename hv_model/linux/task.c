/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task.c - who runs in the kernel file, and which marks the trace was told of.
 *
 * The file changes marks by plain stores that nobody else sees, and builds with
 * and without access hooks must write the same trace. So the trace is told where
 * a mark can have changed: when a device page got its private data or lost it,
 * when uvmem_lock is released, and at the end of each operation.
 *
 * Locking: none; outside of simulated time. Errors: none. Blocking: linux_enter
 * yields once, to initialise the module.
 */
#include "linux.h"

struct linux_task *linux_current(void)
{
	const struct context *ctx = context_self();
	struct linux_task *task = linux_state_of(linux_hv())->tasks;
	while (task && task->ctx != ctx)
		task = task->next;
	return task;
}

/*
 * struct kvm is memory of the simulated heap, so that a device page that outlives
 * its VM is seen to point to what is gone.
 */
static void linux_make_kvm(struct hv_guest *kvm)
{
	const struct pef_guest guest = {
		.guest = kvm,
		.mm = kvm->mm.kernel,
		.uvmem_lock = &kvm->uvmem_lock,
		.srcu = &kvm->srcu,
		.secure_word = &kvm->secure_guest,
		.lpid = kvm->lpid,
		.index = kvm->index,
		.svm_enabled = kvm->svm_enabled,
	};
	const struct pef_kernel *kernel = linux_kernel_of(kvm->hv);

	kvm->design_data = heap_alloc(kernel->guest_size, obj_make(OBJ_KVM, kvm->index, OBJ_NO_INDEX));
	kernel->guest_create(kvm->design_data, &guest);
}

void linux_enter(struct linux_task *task, struct hv_guest *kvm)
{
	struct linux_state *s = linux_state_of(kvm->hv);
	*task = (struct linux_task){.next = s->tasks,
		.ctx = context_self(),
		.kvm = kvm,
		.gfn = {GFN_MAX},
		.slot = OBJ_NO_INDEX,
		.taken = DFN_NONE,
		.mm = &kvm->mm};
	s->tasks = task;
	if (!s->started) {
		s->started = true;
		s->of->kernel->machine_start();
	}
	/* Whoever closes it waits for those who are inside; the last one finds it gone. */
	if (!kvm->design_data && (!READ_ONCE(kvm->closed) || kvm->users > 1))
		linux_make_kvm(kvm);
}

void linux_leave(struct linux_task *task)
{
	struct linux_task **link = &linux_state_of(task->kvm->hv)->tasks;
	linux_tell(task->kvm, task->gfn);
	while (*link != task)
		link = &(*link)->next;
	*link = task->next;
}

void linux_tell(struct hv_guest *kvm, gfn_t gfn)
{
	struct linux_state *s = linux_state_of(kvm->hv);
	if (gfn.n >= GFN_MAX || !linux_kvm(kvm))
		return;
	uint64_t mark = (uint64_t)s->of->kernel->mark_of(linux_kvm(kvm), gfn.n);
	uint64_t *told = hv_sparse_at(&s->told[kvm->index], gfn.n, mark != 0);
	if (!told || *told == mark)
		return;
	hv_trace_mark(kvm, gfn, (enum hv_mark) * told, (enum hv_mark)mark);
	*told = mark;
}

void linux_tell_slot(struct hv_guest *kvm, const struct memslot *slot)
{
	for (uint64_t i = 0; i < slot->pages; i++)
		linux_tell(kvm, (gfn_t){slot->base.n + i});
}

/* The page behind @gfn in the order in which slots are gone through; GFN_MAX after the last. */
static gfn_t linux_next_gfn(const struct hv_guest *kvm, gfn_t gfn)
{
	const struct memslot *slot = memslots_find_gfn(kvm->slots, gfn);
	if (!slot || gfn.n + 1 < slot->base.n + slot->pages)
		return (gfn_t){gfn.n + 1};
	slot++;
	return slot < &kvm->slots->slots[kvm->slots->count] ? slot->base : (gfn_t){GFN_MAX};
}

void linux_step(struct linux_task *task)
{
	linux_tell(task->kvm, task->gfn);
	if (task->stepping && task->gfn.n < GFN_MAX)
		task->gfn = linux_next_gfn(task->kvm, task->gfn);
}
