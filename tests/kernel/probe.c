/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe.c - a driver of our own that does nothing, with the interfaces that the
 * kernel's had at some time. The test puts "#define ERA 0x0509" in front for each
 * version whose forms differ, and builds it as if it were book3s_hv_uvmem.c.
 *
 * Locking, Errors, Blocking: never run.
 */
#include <asm/kvm_book3s_uvmem.h>
#include <asm/kvm_ppc.h>
#include <asm/mman.h>
#include <asm/ultravisor.h>
#include <linux/ksm.h>
#include <linux/kvm_host.h>
#include <linux/memremap.h>
#include <linux/migrate.h>
#include <linux/of.h>
#include <linux/pagemap.h>

#define KVMPPC_UVMEM_PFN (1UL << 63)
#if ERA >= 0x0509
#define KVMPPC_GFN_UVMEM_PFN (1UL << 63)
#define KVMPPC_GFN_MEM_PFN (1UL << 62)
#define KVMPPC_GFN_SHARED (1UL << 61)
#endif

static struct dev_pagemap probe_pgmap;
static unsigned long *probe_bitmap;
static DEFINE_SPINLOCK(probe_lock);

struct kvmppc_uvmem_slot {
	struct list_head list;
	unsigned long nr_pfns, base_pfn, *pfns;
};
struct kvmppc_uvmem_page_pvt {
	struct kvm *kvm;
	unsigned long gpa;
};

int kvmppc_uvmem_slot_init(struct kvm *kvm, const struct kvm_memory_slot *slot)
{
	struct kvmppc_uvmem_slot *p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
#if ERA >= 0x0512
	p->pfns = vcalloc(slot->npages, sizeof(*p->pfns));
#else
	p->pfns = vzalloc(array_size(slot->npages, sizeof(*p->pfns)));
#endif
	mutex_lock(&kvm->arch.uvmem_lock);
	list_add(&p->list, &kvm->arch.uvmem_pfns);
	mutex_unlock(&kvm->arch.uvmem_lock);
	return 0;
}

void kvmppc_uvmem_slot_free(struct kvm *kvm, const struct kvm_memory_slot *slot)
{
	struct kvmppc_uvmem_slot *p, *next;
	list_for_each_entry_safe(p, next, &kvm->arch.uvmem_pfns, list)
	{
		vfree(p->pfns);
		list_del(&p->list);
		kfree(p);
	}
}

static int probe_merge(struct kvm *kvm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	int ret;
#if ERA >= 0x0508
	mmap_write_lock(kvm->mm);
#else
	down_write(&kvm->mm->mmap_sem);
#endif
	vma = find_vma_intersection(kvm->mm, start, end);
#if ERA >= 0x0605
	unsigned long flags = vma->vm_flags;
	vma_start_write(vma);
	ret = ksm_madvise(vma, vma->vm_start, vma->vm_end, MADV_UNMERGEABLE, &flags);
	vm_flags_reset(vma, flags);
#else
	ret = ksm_madvise(vma, vma->vm_start, vma->vm_end, MADV_UNMERGEABLE, &vma->vm_flags);
#endif
#if ERA >= 0x0508
	mmap_write_unlock(kvm->mm);
#else
	downgrade_write(&kvm->mm->mmap_sem);
	up_read(&kvm->mm->mmap_sem);
#endif
	return ret;
}

static void probe_device_page(struct page *dpage)
{
#if ERA >= 0x0613
	zone_device_page_init(dpage, &probe_pgmap, 0);
#elif ERA >= 0x0612
	zone_device_page_init(dpage, 0);
#elif ERA >= 0x0601
	zone_device_page_init(dpage);
#else
	get_page(dpage);
	lock_page(dpage);
#endif
}

static int probe_move(struct vm_area_struct *vma, unsigned long start, struct page *fault_page)
{
	unsigned long src = 0, dst = 0;
	struct migrate_vma mig;

	memset(&mig, 0, sizeof(mig));
	mig.vma = vma;
	mig.start = start;
	mig.end = start + PAGE_SIZE;
	mig.src = &src;
	mig.dst = &dst;
#if ERA >= 0x0508
	mig.flags = MIGRATE_VMA_SELECT_DEVICE_PRIVATE;
	mig.pgmap_owner = &probe_pgmap;
#endif
#if ERA >= 0x0601
	mig.fault_page = fault_page;
#endif
	if (migrate_vma_setup(&mig))
		return -1;
	struct page *dpage = alloc_page_vma(GFP_HIGHUSER, vma, start);
	lock_page(dpage);
#if ERA >= 0x0511
	*mig.dst = migrate_pfn(page_to_pfn(dpage));
#else
	*mig.dst = migrate_pfn(page_to_pfn(dpage)) | MIGRATE_PFN_LOCKED;
#endif
	migrate_vma_pages(&mig);
	migrate_vma_finalize(&mig);
	return 0;
}

unsigned long kvmppc_h_svm_init_start(struct kvm *kvm)
{
	struct kvm_memory_slot *memslot;
	struct kvm_memslots *slots = kvm_memslots(kvm);
	int srcu_idx = srcu_read_lock(&kvm->srcu);
#if ERA >= 0x0511
	int bkt;
	kvm_for_each_memslot(memslot, bkt, slots)
#else
	kvm_for_each_memslot(memslot, slots)
#endif
		uv_register_mem_slot(
			kvm->arch.lpid, memslot->base_gfn << PAGE_SHIFT, memslot->npages * PAGE_SIZE, 0, memslot->id);
	srcu_read_unlock(&kvm->srcu, srcu_idx);
	kvm->arch.secure_guest = KVMPPC_SECURE_INIT_START;
	return probe_merge(kvm, 0, PAGE_SIZE) ? H_PARAMETER : H_SUCCESS;
}

unsigned long kvmppc_h_svm_init_done(struct kvm *kvm)
{
	return kvm_is_radix(kvm) ? H_SUCCESS : H_UNSUPPORTED;
}

unsigned long kvmppc_h_svm_page_in(struct kvm *kvm, unsigned long gpa, unsigned long flags, unsigned long shift)
{
	unsigned long start = gfn_to_hva(kvm, gpa >> shift);
	probe_device_page(pfn_to_page(0));
	return kvm_is_error_hva(start) ? H_PARAMETER : H_SUCCESS;
}

unsigned long kvmppc_h_svm_page_out(struct kvm *kvm, unsigned long gpa, unsigned long flags, unsigned long shift)
{
#if ERA >= 0x050e
	struct vm_area_struct *vma = vma_lookup(kvm->mm, gpa);
#else
	struct vm_area_struct *vma = find_vma_intersection(kvm->mm, gpa, gpa + 1);
#endif
	return probe_move(vma, gpa, NULL) ? H_PARAMETER : H_SUCCESS;
}

int kvmppc_send_page_to_uv(struct kvm *kvm, unsigned long gfn)
{
#if ERA >= 0x060d
	struct page *page = gfn_to_page(kvm, gfn);
	if (!page)
		return -EFAULT;
	kvm_release_page_clean(page);
#else
	unsigned long pfn = gfn_to_pfn(kvm, gfn);
	if (is_error_noslot_pfn(pfn))
		return -EFAULT;
	kvm_release_pfn_clean(pfn);
#endif
	return RESUME_GUEST;
}

#if ERA >= 0x0506
void kvmppc_uvmem_drop_pages(const struct kvm_memory_slot *slot, struct kvm *kvm, bool skip_page_out)
#else
void kvmppc_uvmem_drop_pages(const struct kvm_memory_slot *slot, struct kvm *kvm)
#endif
{
}

#if ERA >= 0x0509
int kvmppc_uvmem_memslot_create(struct kvm *kvm, const struct kvm_memory_slot *slot)
{
	return 0;
}
void kvmppc_uvmem_memslot_delete(struct kvm *kvm, const struct kvm_memory_slot *slot) {}
#endif

static vm_fault_t probe_migrate_to_ram(struct vm_fault *vmf)
{
	return probe_move(vmf->vma, vmf->address, vmf->page) ? VM_FAULT_SIGBUS : 0;
}

#if ERA >= 0x0613
static void probe_free(struct folio *folio)
#else
static void probe_free(struct page *folio)
#endif
{
	spin_lock(&probe_lock);
	bitmap_clear(probe_bitmap, 0, 1);
	spin_unlock(&probe_lock);
}

static const struct dev_pagemap_ops probe_ops = {
#if ERA >= 0x0613
	.folio_free = probe_free,
#else
	.page_free = probe_free,
#endif
	.migrate_to_ram = probe_migrate_to_ram,
};

int kvmppc_uvmem_init(void)
{
	struct resource *res = request_free_mem_region(&iomem_resource, PAGE_SIZE, "probe");
	if (IS_ERR(res))
		return PTR_ERR(res);
	probe_pgmap.type = MEMORY_DEVICE_PRIVATE;
#if ERA >= 0x050a
	probe_pgmap.range.start = res->start;
	probe_pgmap.range.end = res->end;
	probe_pgmap.nr_range = range_len(&probe_pgmap.range) > 0;
#else
	probe_pgmap.res = *res;
#endif
	probe_pgmap.ops = &probe_ops;
	probe_pgmap.owner = &probe_pgmap;
#if ERA >= 0x060c
	probe_bitmap = bitmap_zalloc(1, GFP_KERNEL);
#else
	probe_bitmap = kcalloc(BITS_TO_LONGS(1), sizeof(unsigned long), GFP_KERNEL);
#endif
	return IS_ERR(memremap_pages(&probe_pgmap, NUMA_NO_NODE));
}
