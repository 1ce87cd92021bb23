/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.h - the real kernel file as a design: what the simulator's side keeps.
 *
 * book3s_hv_uvmem.c of a kernel tree was compiled into an object, together with
 * mm/migrate_device.c and glue (glue/, include/). This side calls the object's
 * table where another design would have functions of its own (design.c), and
 * hands it the table of what it may call (host_*.c). See include/pef/host.h.
 *
 * The simulator's side is built without access hooks: none of it is code under
 * test.
 *
 * Locking: said in the files. Errors: likewise. Blocking: likewise.
 */
#ifndef HV_LINUX_H
#define HV_LINUX_H

#include "design.h"
#include "include/pef/host.h"

/* One loaded object: a design, with its data as they were when it was loaded. */
struct linux_design {
	struct hv_design design; /* first: hv->design leads here */
	const struct pef_kernel *kernel;
	void *data;
	void *pristine;
	size_t data_size;
};

/*
 * What is under way for a VM in one context, as the kernel's current: names for
 * what is allocated, and which page's mark to look at. On the context's stack.
 */
struct linux_task {
	struct linux_task *next;
	const struct context *ctx;
	struct hv_guest *kvm;
	gfn_t gfn; /* whose mark may change */
	bool stepping; /* it goes from page to page of the slots, one with each release of uvmem_lock */
	uint32_t slot; /* id of the slot that was looked up last */
	dfn_t taken; /* device page that was taken last */
	struct hv_mm *mm; /* where the page is mapped that is moved */
	hva_t hva;
};

/* Of one machine; in the hypervisor's arena, at hv->kernel. */
struct linux_state {
	const struct linux_design *of;
	struct linux_task *tasks;
	bool started;
	char *memmap; /* the kernel side's struct pages, by number */
	struct sparse told[PEF_GUESTS_MAX]; /* the mark of a page that the trace was told last, by gfn */
};

/** linux_state_of, linux_kernel_of - of a machine */
static inline struct linux_state *linux_state_of(const struct hv *hv)
{
	return hv->kernel;
}
static inline const struct pef_kernel *linux_kernel_of(const struct hv *hv)
{
	return linux_state_of(hv)->of->kernel;
}
/** linux_hv - the machine whose code runs */
static inline struct hv *linux_hv(void)
{
	return domain_model(domain_self());
}
/** linux_page - a page by its number */
static inline struct hv_page *linux_page(uint64_t pfn)
{
	struct hv *hv = linux_hv();
	uint32_t first = hv->mem_map->first_device;
	return pfn < first ? hpage_of_frame(hv, (hfn_t){(uint32_t)pfn})
			   : hpage_of_device(hv, (dfn_t){(uint32_t)pfn - first});
}
static inline hva_t linux_hva(uint64_t address)
{
	return (hva_t){address >> PEF_PAGE_SHIFT};
}

/** linux_current - what is under way in the running context; NULL when it came from somewhere else */
struct linux_task *linux_current(void);
/** linux_enter, linux_leave - begin and end it; the machine's first one initialises the module */
void linux_enter(struct linux_task *task, struct hv_guest *kvm);
void linux_leave(struct linux_task *task);
/** linux_kvm - the VM's struct kvm on the kernel's side; NULL before its first memslot and after its end */
static inline void *linux_kvm(const struct hv_guest *kvm)
{
	return kvm->design_data;
}
/** linux_tell - tell the trace of a page's mark, if it changed; never yields */
void linux_tell(struct hv_guest *kvm, gfn_t gfn);
void linux_tell_slot(struct hv_guest *kvm, const struct memslot *slot);
/** linux_step - uvmem_lock was released: tell of the page, go to the next when stepping */
void linux_step(struct linux_task *task);

/* host_memory.c, host_lock.c, host_kvm.c: parts of the table */
void linux_fill_memory(struct pef_host *host);
void linux_fill_locks(struct pef_host *host);
void linux_fill_kvm(struct pef_host *host);

#endif
