/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * design.c - a loaded kernel file behind the table of a design.
 *
 * Each operation says who is at work (task.c) and calls the object. Which era
 * counts references is the file's own: its version says it.
 *
 * The object's writable data are not in an arena. They are put back to what they
 * were when the object was loaded whenever a machine is made, and belong to its
 * hypervisor's domain from then on. So one machine of a design lives at a time.
 *
 * Locking: none of its own. Errors: as design.h says. Blocking: as the file does.
 */
#include "linux.h"

#include <stdlib.h>
#include <string.h>

#include "era.h"

static struct linux_design *linux_designs[DESIGNS_LOADED_MAX];
static struct pef_host linux_host;

/* ---- a machine and its guests ------------------------------------------------------ */

static enum mm_era linux_era(uint32_t version)
{
	if (version < PEF_VERSION(5, 18))
		return ERA_V5_5;
	if (version < PEF_VERSION(6, 1))
		return ERA_V5_18;
	return version < PEF_VERSION(6, 15) ? ERA_V6_1 : ERA_V6_15;
}

static void linux_machine_create(struct hv *hv)
{
	const struct linux_design *of = (const struct linux_design *)(const void *)hv->design;
	struct linux_state *s = domain_arena_alloc(hv->domain, sizeof(*s));

	s->of = of;
	for (unsigned i = 0; i < PEF_GUESTS_MAX; i++)
		s->told[i].domain = hv->domain;
	hv->kernel = s;
	hv->era = era_rules_of(linux_era(of->kernel->version));
	if (of->data_size) {
		memcpy(of->data, of->pristine, of->data_size);
		domain_keep_range(hv->domain, of->data, of->data_size);
	}
	s->memmap = domain_arena_alloc(hv->domain, hv->mem_map->count * of->kernel->page_size);
	struct pef_machine machine = {
		.memmap = s->memmap,
		.first_device = hv->mem_map->first_device,
		.secure_bytes = hv->pool.pages * PEF_PAGE_SIZE,
		.pool_lock = &hv->bitmap_lock,
	};
	of->kernel->machine_create(&linux_host, &machine);
}

static void linux_make_mm(struct hv_mm *mm)
{
	struct hv *hv = mm->kvm->hv;
	mm->kernel = domain_arena_alloc(hv->domain, linux_kernel_of(hv)->mm_size);
	linux_kernel_of(hv)->mm_create(mm->kernel, mm, &mm->mmap_lock, &mm->ptl);
}

/* struct kvm is made when there is somebody to make it: before the VM's first memslot. */
static void linux_guest_create(struct hv_guest *kvm)
{
	linux_make_mm(&kvm->mm);
	linux_make_mm(&kvm->child);
}

/* No version frees the arrays of the slots; struct kvm goes. */
static void linux_guest_destroy(struct hv_guest *kvm)
{
	void *view = linux_kvm(kvm);
	kvm->design_data = NULL;
	cost_charge(STEP_FREE);
	heap_free(view);
}

/* ---- hypercalls ---------------------------------------------------------------------- */

static void linux_tell_slots(struct hv_guest *kvm)
{
	for (uint32_t i = 0; i < kvm->slots->count; i++)
		linux_tell_slot(kvm, &kvm->slots->slots[i]);
}

/* Work on all slots, page by page. */
static void linux_enter_slots(struct linux_task *task, struct hv_guest *kvm)
{
	linux_enter(task, kvm);
	task->stepping = true;
	if (kvm->slots->count)
		task->gfn = kvm->slots->slots[0].base;
}

static void linux_leave_slots(struct linux_task *task)
{
	linux_tell_slots(task->kvm);
	linux_leave(task);
}

static int64_t linux_init_start(struct hv_guest *kvm)
{
	struct linux_task task;
	linux_enter(&task, kvm);
	int64_t code = linux_kernel_of(kvm->hv)->init_start(linux_kvm(kvm));
	linux_leave_slots(&task);
	return code;
}

static int64_t linux_init_done(struct hv_guest *kvm)
{
	struct linux_task task;
	linux_enter(&task, kvm);
	int64_t code = linux_kernel_of(kvm->hv)->init_done(linux_kvm(kvm));
	linux_leave_slots(&task);
	return code;
}

static int64_t linux_init_abort(struct hv_guest *kvm)
{
	struct linux_task task;
	linux_enter_slots(&task, kvm);
	int64_t code = linux_kernel_of(kvm->hv)->init_abort(linux_kvm(kvm));
	linux_leave_slots(&task);
	return code;
}

static void linux_enter_page(struct linux_task *task, struct hv_guest *kvm, gfn_t gfn)
{
	linux_enter(task, kvm);
	task->gfn = gfn;
}

static int64_t linux_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	struct linux_task task;
	linux_enter_page(&task, kvm, gfn_of_gpa(gpa));
	int64_t code = linux_kernel_of(kvm->hv)->page_in(linux_kvm(kvm), gpa, flags, order);
	linux_leave(&task);
	return code;
}

static int64_t linux_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	struct linux_task task;
	linux_enter_page(&task, kvm, gfn_of_gpa(gpa));
	int64_t code = linux_kernel_of(kvm->hv)->page_out(linux_kvm(kvm), gpa, flags, order);
	linux_leave(&task);
	return code;
}

static bool linux_send_page(struct hv_guest *kvm, gfn_t gfn)
{
	struct linux_task task;
	linux_enter_page(&task, kvm, gfn);
	bool sent = linux_kernel_of(kvm->hv)->send_page(linux_kvm(kvm), gfn.n);
	linux_leave(&task);
	return sent;
}

/* ---- memslots -------------------------------------------------------------------------- */

/* The module is initialised before its first guest has memory. */
static bool linux_memslot_prepare(struct hv_guest *kvm, struct memslot *slot)
{
	struct linux_task task;
	(void)slot;
	linux_enter(&task, kvm);
	linux_leave(&task);
	return true;
}

static void linux_enter_slot(struct linux_task *task, struct hv_guest *kvm, const struct memslot *slot)
{
	linux_enter(task, kvm);
	task->gfn = slot->base;
	task->slot = slot->id;
}

static void linux_leave_slot(struct linux_task *task, const struct memslot *slot)
{
	linux_tell_slot(task->kvm, slot);
	linux_leave(task);
}

/* What became of it is not looked at, in any version. */
static bool linux_memslot_create(struct hv_guest *kvm, const struct memslot *slot)
{
	struct linux_task task;
	linux_enter_slot(&task, kvm, slot);
	linux_kernel_of(kvm->hv)->slot_create(linux_kvm(kvm), (const struct pef_slot *)slot);
	linux_leave_slot(&task, slot);
	return true;
}

static void linux_memslot_drop(struct hv_guest *kvm, const struct memslot *slot, bool with_content)
{
	struct linux_task task;
	linux_enter_slot(&task, kvm, slot);
	task.stepping = true;
	linux_kernel_of(kvm->hv)->slot_drop(linux_kvm(kvm), (const struct pef_slot *)slot, with_content);
	linux_leave_slot(&task, slot);
}

static void linux_memslot_flush(struct hv_guest *kvm, const struct memslot *slot)
{
	linux_memslot_drop(kvm, slot, false);
}

static void linux_memslot_delete(struct hv_guest *kvm, const struct memslot *slot)
{
	struct linux_task task;
	linux_enter_slot(&task, kvm, slot);
	linux_kernel_of(kvm->hv)->slot_delete(linux_kvm(kvm), (const struct pef_slot *)slot);
	linux_leave_slot(&task, slot);
}

static int64_t linux_svm_off(struct hv_guest *kvm)
{
	struct linux_task task;
	linux_enter_slots(&task, kvm);
	bool off = linux_kernel_of(kvm->hv)->svm_off(linux_kvm(kvm));
	linux_leave_slots(&task);
	return off ? 0 : HOST_EINVAL;
}

/* ---- device pages ------------------------------------------------------------------------- */

static int linux_migrate_to_ram(struct vm_fault *vmf)
{
	struct hv_guest *kvm = vmf->vma->mm->kvm;
	struct linux_task task;
	linux_enter_page(&task, kvm, mm_gfn_of_hva(kvm, vmf->address));
	bool done = linux_kernel_of(kvm->hv)->migrate_to_ram(
		(struct pef_vma *)&vmf->vma->view, vmf->address.n << PEF_PAGE_SHIFT, hpage_pfn(vmf->page));
	linux_leave(&task);
	return done ? 0 : VM_FAULT_SIGBUS;
}

static void linux_page_free(struct hv *hv, struct hv_page *page)
{
	linux_kernel_of(hv)->page_free(hpage_pfn(page));
}

static enum hv_mark linux_mark_of(struct hv_guest *kvm, gfn_t gfn)
{
	const void *view = linux_kvm(kvm);
	return view ? (enum hv_mark)linux_kernel_of(kvm->hv)->mark_of(view, gfn.n) : HV_MARK_NONE;
}

static uint32_t linux_marked(struct hv_guest *kvm)
{
	const void *view = linux_kvm(kvm);
	return view ? linux_kernel_of(kvm->hv)->marked(view) : 0;
}

/* The driver's variables, and what it keeps with device pages. */
static void linux_leak_roots(const struct hv *hv, struct leak_search *search)
{
	const struct linux_state *s = linux_state_of(hv);
	size_t size = s->of->kernel->page_size;
	leak_root(search, s->of->data, s->of->data_size);
	leak_root(search, s->memmap + hv->mem_map->first_device * size, hv->mem_map->device_seen * size);
}

/* ---- registration --------------------------------------------------------------------------- */

static const struct hv_design linux_operations = {
	.bytes_per_page = 8,
	.bytes_per_device_page = 32,
	.marks = 1u << HV_MARK_NONE | 1u << HV_MARK_UVMEM | 1u << HV_MARK_MEM | 1u << HV_MARK_SHARED,
	.inval_order = ABI_PAGE_ORDER,
	.no_policy = {[SLOT_DELETE_ZERO_FILL] = "the kernel does not zero the pages that it takes back",
		[SLOT_DELETE_FORGET] = "the marks lie in an array that goes with the slot, and a device page without a "
				       "mark counts as back already: the first host access would fault for ever"},
	.machine_create = linux_machine_create,
	.guest_create = linux_guest_create,
	.guest_destroy = linux_guest_destroy,
	.init_start = linux_init_start,
	.init_done = linux_init_done,
	.init_abort = linux_init_abort,
	.page_in = linux_page_in,
	.page_out = linux_page_out,
	.send_page_to_uv = linux_send_page,
	.memslot_prepare = linux_memslot_prepare,
	.memslot_create = linux_memslot_create,
	.memslot_flush = linux_memslot_flush,
	.memslot_drop = linux_memslot_drop,
	.memslot_delete = linux_memslot_delete,
	.svm_off = linux_svm_off,
	.migrate_to_ram = linux_migrate_to_ram,
	.page_free = linux_page_free,
	.mark_of = linux_mark_of,
	.marked = linux_marked,
	.leak_roots = linux_leak_roots,
};

static struct linux_design *linux_design_new(const struct kernel_object *object)
{
	struct linux_design *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->design = linux_operations;
	d->kernel = object->kernel;
	d->data = object->data;
	d->data_size = object->data_size;
	d->pristine = malloc(object->data_size ? object->data_size : 1);
	if (d->pristine)
		memcpy(d->pristine, object->data, object->data_size);
	return d;
}

enum pef_err hv_kernel_add(const char *name, const struct kernel_object *object, enum design_id *out)
{
	if (object->kernel->abi != PEF_HOST_ABI)
		return PEF_USAGE;
	if (!design_register(name, out))
		return PEF_LIMIT;
	struct linux_design *d = linux_design_new(object);
	if (!d || !d->pristine)
		return PEF_NOMEM;
	linux_fill_memory(&linux_host);
	linux_fill_locks(&linux_host);
	linux_fill_kvm(&linux_host);
	linux_designs[*out - DESIGN_COUNT] = d;
	return PEF_OK;
}

const struct hv_design *kernel_design_of(unsigned index)
{
	return index < DESIGNS_LOADED_MAX && linux_designs[index] ? &linux_designs[index]->design : NULL;
}
