/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvm.c - the table that the simulator calls, and the parts of KVM around the
 * driver that depend on the kernel's version.
 *
 * What book3s_hv.c and book3s_64_mmu_radix.c do when a memslot comes or goes, is
 * rewritten here in a few lines for each era: 5.5 to 5.8 keep the arrays from
 * H_SVM_INIT_START on by themselves, 5.9 moved that behind
 * kvmppc_uvmem_memslot_create() and _delete().
 *
 * Locking: none of its own. Errors: as the kernel's. Blocking: yields.
 */
#include "glue.h"

#include <asm/ultravisor.h>

/* Weak: a version may not have it. */
#define PEF_WEAK __attribute__((weak, visibility("hidden")))
int kvmppc_uvmem_init(void) PEF_WEAK;
int kvmppc_uvmem_slot_init(struct kvm *kvm, const struct kvm_memory_slot *slot) PEF_WEAK;
void kvmppc_uvmem_slot_free(struct kvm *kvm, const struct kvm_memory_slot *slot) PEF_WEAK;
unsigned long kvmppc_h_svm_page_in(
	struct kvm *kvm, unsigned long gpa, unsigned long flags, unsigned long shift) PEF_WEAK;
unsigned long kvmppc_h_svm_page_out(
	struct kvm *kvm, unsigned long gpa, unsigned long flags, unsigned long shift) PEF_WEAK;
unsigned long kvmppc_h_svm_init_start(struct kvm *kvm) PEF_WEAK;
unsigned long kvmppc_h_svm_init_done(struct kvm *kvm) PEF_WEAK;
unsigned long kvmppc_h_svm_init_abort(struct kvm *kvm) PEF_WEAK;
int kvmppc_send_page_to_uv(struct kvm *kvm, unsigned long gfn) PEF_WEAK;
#if PEF_KERNEL_VERSION >= PEF_VERSION(5, 6)
void kvmppc_uvmem_drop_pages(const struct kvm_memory_slot *slot, struct kvm *kvm, bool skip_page_out) PEF_WEAK;
#define PEF_DROP(slot, kvm, skip) kvmppc_uvmem_drop_pages(slot, kvm, skip)
#else
void kvmppc_uvmem_drop_pages(const struct kvm_memory_slot *slot, struct kvm *kvm) PEF_WEAK;
#define PEF_DROP(slot, kvm, skip) ((void)(skip), kvmppc_uvmem_drop_pages(slot, kvm))
#endif
int kvmppc_uvmem_memslot_create(struct kvm *kvm, const struct kvm_memory_slot *slot) PEF_WEAK;
void kvmppc_uvmem_memslot_delete(struct kvm *kvm, const struct kvm_memory_slot *slot) PEF_WEAK;

static uint64_t pef_secure_bytes;

/* ---- functions of KVM that the driver calls ------------------------------------------- */

unsigned long gfn_to_hva(struct kvm *kvm, u64 gfn)
{
	uint64_t hva;
	return pef_host->gfn_to_hva(kvm->host, gfn, &hva) ? hva : KVM_HVA_ERR_BAD;
}

kvm_pfn_t gfn_to_pfn(struct kvm *kvm, u64 gfn)
{
	uint64_t pfn = pef_host->gfn_to_pfn(kvm->host, gfn);
	return pfn == UINT64_MAX ? KVM_PFN_ERR_FAULT : pfn;
}

struct page *gfn_to_page(struct kvm *kvm, u64 gfn)
{
	uint64_t pfn = pef_host->gfn_to_pfn(kvm->host, gfn);
	return pfn == UINT64_MAX ? NULL : pfn_to_page(pfn);
}

int ksm_madvise(struct vm_area_struct *vma, unsigned long start, unsigned long end, int advice, unsigned long *flags)
{
	bool mergeable = advice == MADV_MERGEABLE;
	(void)start;
	(void)end;
	if (!pef_host->vma_mergeable((struct pef_vma *)vma, mergeable))
		return -ENOMEM;
	*flags = mergeable ? *flags | VM_MERGEABLE : *flags & ~VM_MERGEABLE;
	return 0;
}

long pef_ucall(unsigned long number, const uint64_t *args, unsigned count)
{
	return pef_host->ucall(number, args, count);
}

/* ---- the device tree: one node that says how much secure memory there is ------------------- */

struct device_node *of_find_compatible_node(struct device_node *from, const char *type, const char *compatible)
{
	static __be32 reg[4];
	static struct device_node memory = {"ibm,secure-memory", "reg", reg, sizeof(reg)};
	(void)type;
	if (from || !pef_secure_bytes || strcmp(compatible, memory.compatible) != 0)
		return NULL;
	reg[2] = __builtin_bswap32((uint32_t)(pef_secure_bytes >> 32));
	reg[3] = __builtin_bswap32((uint32_t)pef_secure_bytes);
	return &memory;
}

const void *of_get_property(const struct device_node *node, const char *name, int *length)
{
	if (strcmp(name, node->property) != 0)
		return NULL;
	if (length)
		*length = node->length;
	return node->value;
}

/* ---- machine and guests ------------------------------------------------------------------------ */

static void pef_machine_create(const struct pef_host *host, const struct pef_machine *machine)
{
	pef_host = host;
	pef_memmap = machine->memmap;
	pef_first_device = machine->first_device;
	pef_secure_bytes = machine->secure_bytes;
}

static void pef_machine_start(void)
{
	pef_starting = true;
	kvmppc_uvmem_init();
	pef_starting = false;
}

static void pef_mm_create(void *view, void *host, void *mmap_lock, void *ptl)
{
	struct mm_struct *mm = view;
	mm->host = host;
	mm->mmap_lock.sim = mmap_lock;
	mm->page_table_lock.sim = ptl;
}

/* As kvmppc_core_init_vm_hv(). */
static void pef_guest_create(void *view, const struct pef_guest *guest)
{
	struct kvm *kvm = view;
	kvm->host = guest->guest;
	kvm->index = guest->index;
	kvm->mm = guest->mm;
	kvm->srcu.sim = guest->srcu;
	kvm->arch.lpid = guest->lpid;
	kvm->arch.pef_secure_guest = guest->secure_word;
	kvm->arch.svm_enabled = guest->svm_enabled;
	kvm->arch.radix = 1;
	kvm->arch.uvmem_lock.sim = guest->uvmem_lock;
	INIT_LIST_HEAD(&kvm->arch.uvmem_pfns);
}

static int64_t pef_init_start(void *kvm)
{
	return (int64_t)kvmppc_h_svm_init_start(kvm);
}

static int64_t pef_init_done(void *kvm)
{
	return (int64_t)kvmppc_h_svm_init_done(kvm);
}

static int64_t pef_init_abort(void *kvm)
{
	return kvmppc_h_svm_init_abort ? (int64_t)kvmppc_h_svm_init_abort(kvm) : H_FUNCTION;
}

static int64_t pef_page_in(void *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return (int64_t)kvmppc_h_svm_page_in(kvm, gpa, flags, order);
}

static int64_t pef_page_out(void *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return (int64_t)kvmppc_h_svm_page_out(kvm, gpa, flags, order);
}

static bool pef_send_page(void *kvm, uint64_t gfn)
{
	return kvmppc_send_page_to_uv(kvm, gfn) == RESUME_GUEST;
}

/* ---- memslots ---------------------------------------------------------------------------------- */

/* kvmppc_core_commit_memory_region_hv(), creation; a result is not looked at. */
static void pef_slot_create(void *view, const struct pef_slot *slot)
{
	struct kvm *kvm = view;
	const struct kvm_memory_slot *memslot = (const void *)slot;
	if (!kvm->arch.secure_guest)
		return;
	if (kvmppc_uvmem_memslot_create) {
		kvmppc_uvmem_memslot_create(kvm, memslot);
		return;
	}
	if (kvmppc_uvmem_slot_init(kvm, memslot))
		return;
	uv_register_mem_slot(
		kvm->arch.lpid, memslot->base_gfn << PAGE_SHIFT, memslot->npages * PAGE_SIZE, 0, memslot->id);
}

/* kvmppc_radix_flush_memslot() */
static void pef_slot_drop(void *view, const struct pef_slot *slot, bool with_content)
{
	struct kvm *kvm = view;
	if (kvm->arch.secure_guest & KVMPPC_SECURE_INIT_START)
		PEF_DROP((const struct kvm_memory_slot *)slot, kvm, !with_content);
}

static void pef_slot_delete(void *view, const struct pef_slot *slot)
{
	struct kvm *kvm = view;
	const struct kvm_memory_slot *memslot = (const void *)slot;
	if (!kvm->arch.secure_guest)
		return;
	if (kvmppc_uvmem_memslot_delete) {
		kvmppc_uvmem_memslot_delete(kvm, memslot);
		return;
	}
	uv_unregister_mem_slot(kvm->arch.lpid, memslot->id);
	kvmppc_uvmem_slot_free(kvm, memslot);
}

/* kvmhv_svm_off(), between its check and the partition table */
static bool pef_svm_off(void *view)
{
	struct kvm *kvm = view;
	struct kvm_memory_slot *memslot;
	int bkt, index = srcu_read_lock(&kvm->srcu);
	struct kvm_memslots *slots = kvm_memslots(kvm);

	for (bkt = 0; (memslot = pef_slot_at(slots, bkt)); bkt++) {
		PEF_DROP(memslot, kvm, true);
		uv_unregister_mem_slot(kvm->arch.lpid, memslot->id);
	}
	srcu_read_unlock(&kvm->srcu, index);
	return uv_svm_terminate(kvm->arch.lpid) == U_SUCCESS;
}

/* ---- device pages --------------------------------------------------------------------------------- */

void pef_page_tell(struct page *page)
{
	struct kvm *kvm;
	u64 gfn;
	if (pef_owner_of(page, &kvm, &gfn))
		pef_host->mark_changed(kvm->host, gfn);
}

static bool pef_migrate_to_ram(struct pef_vma *vma, uint64_t address, uint64_t pfn)
{
	struct vm_fault vmf = {
		.vma = (struct vm_area_struct *)vma, .address = address, .page = pef_page_met(pfn_to_page(pfn))};
	return !(pef_pgmap->ops->migrate_to_ram(&vmf) & VM_FAULT_ERROR);
}

/* free_zone_device_page() */
static void pef_page_free(uint64_t pfn)
{
	struct page *page = pfn_to_page(pfn);
	struct kvm *kvm = NULL;
	u64 gfn = 0;
	bool owned = pef_owner_of(page, &kvm, &gfn);

	page->mapping = NULL;
	if (pef_pgmap->ops->page_free)
		pef_pgmap->ops->page_free(page);
	else
		pef_pgmap->ops->folio_free(page_folio(page));
	if (owned)
		pef_host->mark_changed(kvm->host, gfn);
}

const struct pef_kernel pef_kernel_entry __attribute__((visibility("default"))) = {
	.abi = PEF_HOST_ABI,
	.version = PEF_KERNEL_VERSION,
	.page_size = sizeof(struct page),
	.mm_size = sizeof(struct mm_struct),
	.guest_size = sizeof(struct kvm),
	.machine_create = pef_machine_create,
	.machine_start = pef_machine_start,
	.mm_create = pef_mm_create,
	.guest_create = pef_guest_create,
	.init_start = pef_init_start,
	.init_done = pef_init_done,
	.init_abort = pef_init_abort,
	.page_in = pef_page_in,
	.page_out = pef_page_out,
	.send_page = pef_send_page,
	.slot_create = pef_slot_create,
	.slot_drop = pef_slot_drop,
	.slot_delete = pef_slot_delete,
	.svm_off = pef_svm_off,
	.migrate_to_ram = pef_migrate_to_ram,
	.page_free = pef_page_free,
	.mark_of = pef_mark_of,
	.marked = pef_marked,
};
