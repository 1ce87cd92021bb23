/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrate.c - migrate_vma_setup(), _pages() and _finalize() for trees without
 * mm/migrate_device.c: before 5.18, where they are a part of a file of three
 * thousand lines that is not compiled here, or where only the driver was given.
 *
 * Our own words for the rules that decide whether a page moves: its lock can be
 * had, nobody beside those that setup tolerates has a reference, and when the
 * mapping moves the count is exact. The faulting thread is tolerated since 6.1,
 * with its reference, since 6.15 with its lock (hv_model/era.c has the same
 * rules). Until 5.7 a driver cannot say which pages it wants: all.
 *
 * Locking: mmap_lock held; page-table lock and page locks as the kernel's. Errors:
 * -EINVAL. Blocking: yields.
 */
#include "glue.h"

#if PEF_KERNEL_VERSION < PEF_VERSION(5, 8)
#define PEF_WANTS(migrate, flag) true
#else
#define PEF_WANTS(migrate, flag) (((migrate)->flags & (flag)) != 0)
#endif

/* Whether pages behind such an entry were asked for. */
static bool pef_wanted(const struct migrate_vma *migrate, pte_t pte)
{
	if (pte_present(pte))
		return PEF_WANTS(migrate, MIGRATE_VMA_SELECT_SYSTEM);
	return is_device_private_entry(pte_to_swp_entry(pte)) && PEF_WANTS(migrate, MIGRATE_VMA_SELECT_DEVICE_PRIVATE);
}

/* The faulting thread has the page locked, and will unlock it. */
static bool pef_locked_before(const struct migrate_vma *migrate, const struct page *page)
{
	return PEF_KERNEL_VERSION >= PEF_VERSION(6, 15) && page == migrate->fault_page;
}

static void pef_let_go(const struct migrate_vma *migrate, struct page *page)
{
	if (!pef_locked_before(migrate, page))
		unlock_page(page);
	put_page(page);
}

/* One entry: its page isolated, with a migration entry in its place; what the driver is told of it. */
static unsigned long pef_collect(struct migrate_vma *migrate, unsigned long address, pte_t *ptep)
{
	pte_t pte = *ptep;
	if (pte_none(pte) || (pte_present(pte) && is_zero_pfn(pte_pfn(pte))))
		return MIGRATE_PFN_MIGRATE;
	if (!pef_wanted(migrate, pte))
		return 0;
	struct page *page = pef_page_met(pfn_to_page(pte_pfn(pte)));
	get_page(page);
	if (!pef_locked_before(migrate, page) && !trylock_page(page)) {
		put_page(page);
		return 0;
	}
	swp_entry_t entry = pte_write(pte) ? make_writable_migration_entry(page_to_pfn(page))
					   : make_readable_migration_entry(page_to_pfn(page));
	set_pte_at(migrate->vma->vm_mm, address, ptep, swp_entry_to_pte(entry));
	put_page(page);
	return migrate_pfn(page_to_pfn(page)) | MIGRATE_PFN_MIGRATE | MIGRATE_PFN_LOCKED |
	       (pte_write(pte) ? MIGRATE_PFN_WRITE : 0);
}

static void pef_collect_all(struct migrate_vma *migrate)
{
	struct mm_struct *mm = migrate->vma->vm_mm;
	pef_host->notifier_start(mm->host, migrate->start, migrate->end);
	for (unsigned long at = migrate->start; at < migrate->end; at += PAGE_SIZE) {
		spinlock_t *ptl;
		pef_host->charge(PEF_STEP_COLLECT);
		pef_host->hint(mm->host, at);
		pte_t *ptep = pef_pte_lock(mm, at, &ptl);
		unsigned long src = pef_collect(migrate, at, ptep);
		spin_unlock(ptl);
		migrate->dst[migrate->npages] = 0;
		migrate->src[migrate->npages++] = src;
		migrate->cpages += (src & MIGRATE_PFN_MIGRATE) != 0;
	}
	pef_host->notifier_end(mm->host, migrate->start, migrate->end);
}

/* Nobody else uses the page. One reference more is let pass of a device page: the pool had it until 5.17. */
static bool pef_unused(const struct migrate_vma *migrate, struct page *page)
{
	int ours = 1 + (is_zone_device_page(page) ? 1 : 0) + (page == migrate->fault_page ? 1 : 0);
	return !page_mapped(page) && page_count(page) - page_mapcount(page) <= ours;
}

static void pef_give_up(const struct migrate_vma *migrate, unsigned long *src)
{
	struct page *page = migrate_pfn_to_page(*src);
	pef_restore(page_folio(page), page_folio(page));
	*src = 0;
	pef_let_go(migrate, page);
}

int migrate_vma_setup(struct migrate_vma *args)
{
	const struct vm_area_struct *vma = args->vma;
	if (!vma || args->start >= args->end || args->start < vma->vm_start || args->end > vma->vm_end)
		return -EINVAL;
	if (!pef_host->may_setup())
		return -EINVAL;
	args->cpages = args->npages = 0;
	pef_collect_all(args);
	for (unsigned long i = 0; i < args->npages; i++) {
		struct page *page = migrate_pfn_to_page(args->src[i]);
		if (!page)
			continue;
		if (page_mapped(page))
			pef_unmap(page_folio(page));
		if (pef_unused(args, page))
			continue;
		pef_give_up(args, &args->src[i]);
		args->cpages--;
	}
	return 0;
}

/* Nothing was mapped: the device page comes there, if that is still so. */
static bool pef_insert(struct migrate_vma *migrate, unsigned long address, struct page *page)
{
	struct mm_struct *mm = migrate->vma->vm_mm;
	spinlock_t *ptl;
	pef_host->notifier_start(mm->host, address, address + PAGE_SIZE);
	pte_t *ptep = pef_pte_lock(mm, address, &ptl);
	bool empty = pte_none(*ptep) || (pte_present(*ptep) && is_zero_pfn(pte_pfn(*ptep)));
	if (empty) {
		pef_page_met(page);
		get_page(page);
		set_pte_at(mm, address, ptep, swp_entry_to_pte(make_writable_device_private_entry(page_to_pfn(page))));
	}
	spin_unlock(ptl);
	pef_host->notifier_end(mm->host, address, address + PAGE_SIZE);
	return empty;
}

void migrate_vma_pages(struct migrate_vma *migrate)
{
	for (unsigned long i = 0; i < migrate->npages; i++) {
		struct page *to = migrate_pfn_to_page(migrate->dst[i]), *from = migrate_pfn_to_page(migrate->src[i]);
		bool moved = to && (migrate->src[i] & MIGRATE_PFN_MIGRATE);
		if (moved && from)
			moved = pef_migrate(page_folio(to), page_folio(from), from == migrate->fault_page) ==
				MIGRATEPAGE_SUCCESS;
		else if (moved)
			moved = pef_insert(migrate, migrate->start + i * PAGE_SIZE, to);
		if (!moved)
			migrate->src[i] &= ~MIGRATE_PFN_MIGRATE;
	}
}

void migrate_vma_finalize(struct migrate_vma *migrate)
{
	for (unsigned long i = 0; i < migrate->npages; i++) {
		struct page *to = migrate_pfn_to_page(migrate->dst[i]), *from = migrate_pfn_to_page(migrate->src[i]);
		bool moved = from && to && (migrate->src[i] & MIGRATE_PFN_MIGRATE);
		if (to && !moved)
			pef_let_go(migrate, to);
		if (!from)
			continue;
		pef_restore(page_folio(from), page_folio(moved ? to : from));
		pef_let_go(migrate, from);
		if (moved)
			pef_let_go(migrate, to);
	}
}
