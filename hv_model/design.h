/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * design.h - what a hypervisor design is: one table of operations.
 *
 * A design decides where the number of a page's device page is kept, and what
 * keeps that place alive. Everything else (page tables, migration, memslot
 * updates, notifiers) is the same for all of them, and lies outside.
 *
 * Handlers of hypercalls are entered without locks and leave without locks;
 * whether they do is for the detectors to say. An operation may be NULL where
 * that is said.
 *
 * Locking: said at each operation. Errors: hypercall codes, or as said.
 * Blocking: all but the views yield.
 */
#ifndef HV_MODEL_DESIGN_H
#define HV_MODEL_DESIGN_H

#include "pefsim/leak.h"

#include "migrate.h"

struct hv_design {
	/* What it costs the kernel, in bytes: for each page of a slot, and for each that has a device page. */
	unsigned bytes_per_page, bytes_per_device_page;
	/* The marks it can express, a bit 1 << enum hv_mark each. */
	unsigned marks;
	/* What the notifier passes to UV_PAGE_INVAL as page order. */
	uint64_t inval_order;
	/* KVM_PPC_SVM_OFF does not look whether vCPUs run, as before the check was added. */
	bool svm_off_unchecked;
	/*
	 * What uvmem-fixed asks of the kernel around it; false is Linux 6.1.
	 * secure_marked: secure_guest is accessed with READ_ONCE and WRITE_ONCE.
	 * flags_keep_pages: a change of a slot's flags leaves its device pages alone.
	 * secure_stays: a slot of a secure VM is not moved (HOST_EINVAL).
	 * create_may_fail: when memslot_create cannot have its way, the slot is deleted again (HOST_ENOMEM).
	 * one_at_a_time: KVM_PPC_SVM_OFF holds slots_lock, as becoming secure does.
	 * checks_invalidation: a frame is told to the ultravisor under mmu_lock, unless it was taken back since.
	 */
	bool secure_marked, flags_keep_pages, secure_stays, create_may_fail, one_at_a_time, checks_invalidation;
	/* Deletion policies that make no sense for it: why; NULL: it can follow the policy. */
	const char *no_policy[SLOT_DELETE_COUNT];

	/* Hypercalls; the caller's MSR was looked at. init_abort may be NULL: not a known call. */
	int64_t (*init_start)(struct hv_guest *kvm);
	int64_t (*init_done)(struct hv_guest *kvm);
	int64_t (*init_abort)(struct hv_guest *kvm);
	int64_t (*page_in)(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order);
	int64_t (*page_out)(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order);
	/* A secure guest faulted on a page; kvm->srcu is held. False: the VM cannot go on. */
	bool (*send_page_to_uv)(struct hv_guest *kvm, gfn_t gfn);

	/* Memslot updates, slots_lock held. prepare: slots_arch_lock too; false: no memory. May be NULL. */
	bool (*memslot_prepare)(struct hv_guest *kvm, struct memslot *slot);
	/* False: the slot cannot be what the VM is; looked at where create_may_fail. */
	bool (*memslot_create)(struct hv_guest *kvm, const struct memslot *slot);
	/* What the design does by itself with a slot's device pages before the slot goes; may be NULL: nothing. */
	void (*memslot_flush)(struct hv_guest *kvm, const struct memslot *slot);
	/* Take a slot's device pages back, with their (encrypted) content or without: what policies are made of. */
	void (*memslot_drop)(struct hv_guest *kvm, const struct memslot *slot, bool with_content);
	/* The slot is out of the table and no reader is left. Frees slot->arch. */
	void (*memslot_delete)(struct hv_guest *kvm, const struct memslot *slot);

	/* KVM_PPC_SVM_OFF between its check and the partition table: 0, or HOST_EINVAL when it has to stop. */
	int64_t (*svm_off)(struct hv_guest *kvm);

	/* A host access met a device page: 0 or VM_FAULT_SIGBUS; mmap_lock is held for reading. */
	int (*migrate_to_ram)(struct vm_fault *vmf);
	/* The last reference on a device page is gone; any lock may be held, also the ptl. */
	void (*page_free)(struct hv *hv, struct hv_page *page);
	/* What page_free put off until no lock is held: a thread leaves the kernel. May be NULL: nothing. */
	void (*task_work)(struct hv_guest *kvm);

	/* The machine comes to be, before its VMs and before the run. May be NULL. */
	void (*machine_create)(struct hv *hv);
	/*
	 * A VM comes to be, before the run: what is not kept in memslots begins
	 * here, at kvm->design_data. The VM is gone: free it. Both may be NULL.
	 */
	void (*guest_create)(struct hv_guest *kvm);
	void (*guest_destroy)(struct hv_guest *kvm);

	/* Views for checks and reports, outside of simulated time: never yield. */
	enum hv_mark (*mark_of)(struct hv_guest *kvm, gfn_t gfn);
	uint32_t (*marked)(struct hv_guest *kvm);
	/* Say leak_root() of memory where the design keeps pointers beside struct hv, struct hv_page and the heap. May be NULL. */
	void (*leak_roots)(const struct hv *hv, struct leak_search *search);
};

/* task_work_run(): a thread leaves the kernel with no lock held. A process that has exited has nothing to keep. */
static inline void hv_task_work(struct hv_guest *kvm)
{
	if (kvm->hv->design->task_work && !READ_ONCE(kvm->exited) && !READ_ONCE(kvm->closed))
		kvm->hv->design->task_work(kvm);
}

/* kvm->arch.secure_guest, which no lock guards: plain accesses, as in Linux, unless the design marks them. */
static inline uint64_t kvm_secure(const struct hv_guest *kvm)
{
	return kvm->hv->design->secure_marked ? READ_ONCE(kvm->secure_guest) : kvm->secure_guest;
}
static inline void kvm_set_secure(struct hv_guest *kvm, uint64_t flags)
{
	if (kvm->hv->design->secure_marked)
		WRITE_ONCE(kvm->secure_guest, flags);
	else
		kvm->secure_guest = flags;
}

/** kernel_design_of - the design of a loaded kernel file (linux/design.c); NULL when there is none */
const struct hv_design *kernel_design_of(unsigned index);
/** hv_design_of - the design of a number, those of loaded kernel files after those of PEF_DESIGNS */
const struct hv_design *hv_design_of(enum design_id id);

/* One symbol a row of PEF_DESIGNS: design_V9_RMAP, design_UVMEM_LOCK. */
#define X(id, name, about) extern const struct hv_design design_##id;
PEF_DESIGNS(X)
#undef X

#endif
