/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.c - kernel functions of memory that are more than one call: allocation,
 * bitmaps, pages, page tables, migration's parts that live in mm/migrate.c and
 * mm/rmap.c.
 *
 * Compiled into the object beside the kernel's files, without access hooks: what
 * it does stands for code of the kernel that is not looked at. Where it touches
 * the driver's memory it says so by a marked access of the hooked code.
 *
 * Locking: as the kernel's functions of these names. Errors: likewise. Blocking:
 * yields.
 */
#include "glue.h"

const struct pef_host *pef_host;
struct page *pef_memmap;
unsigned long pef_first_device;
struct dev_pagemap *pef_pgmap;
struct resource iomem_resource;
pmd_t pef_table;
static struct resource pef_region;
/* The bitmap of device pages: what the driver allocates while it is initialised. */
unsigned long *pef_pool;
bool pef_starting;

/* ---- allocation -------------------------------------------------------------------- */

/* What it is for, from the words it is asked for with; only a name depends on it. */
static enum pef_alloc pef_alloc_what(const char *words, const char *function)
{
	if (pef_starting)
		return PEF_ALLOC_POOL;
	if (strstr(words, "pvt") || strstr(function, "get_page"))
		return PEF_ALLOC_PVT;
	if (strstr(words, "pfns"))
		return PEF_ALLOC_PFNS;
	return strstr(function, "slot_init") ? PEF_ALLOC_SLOT : PEF_ALLOC_OTHER;
}

void *pef_alloc(size_t count, size_t size, const char *words, const char *function)
{
	enum pef_alloc what = pef_alloc_what(words, function);
	void *object = count * size ? pef_host->alloc(count * size, what) : NULL;
	if (what == PEF_ALLOC_POOL && !pef_pool)
		pef_pool = object;
	return object;
}

void pef_free(const void *object)
{
	pef_host->free(object);
}

int pef_printk(const char *format, ...)
{
	(void)format;
	return 0;
}

/* ---- bitmaps -------------------------------------------------------------------------- */

unsigned long find_next_zero_bit(const unsigned long *map, unsigned long bits, unsigned long from)
{
	for (unsigned long at = from; at < bits; at++) {
		if (at % BITS_PER_LONG == 0 && map[at / BITS_PER_LONG] == ~0UL)
			at += BITS_PER_LONG - 1;
		else if (!test_bit(at, map))
			return at;
	}
	return bits;
}

unsigned long find_first_zero_bit(const unsigned long *map, unsigned long bits)
{
	if (map == pef_pool) {
		pef_host->charge(PEF_STEP_POOL);
		if (!pef_host->pool_may())
			return bits;
	}
	return find_next_zero_bit(map, bits, 0);
}

static void pef_bits(unsigned long *map, unsigned int start, unsigned int count, bool set)
{
	for (unsigned int bit = start; bit < start + count; bit++) {
		unsigned long mask = 1UL << (bit % BITS_PER_LONG);
		unsigned long word = map[bit / BITS_PER_LONG];
		WRITE_ONCE(map[bit / BITS_PER_LONG], set ? word | mask : word & ~mask);
		if (map == pef_pool && set)
			pef_host->pool_take(bit);
		else if (map == pef_pool)
			pef_host->pool_give(bit);
	}
}

void bitmap_set(unsigned long *map, unsigned int start, unsigned int count)
{
	pef_bits(map, start, count, true);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int count)
{
	pef_bits(map, start, count, false);
}

/* ---- pages ------------------------------------------------------------------------------- */

struct page *pef_page_met(struct page *page)
{
	/* Any address that is not NULL: nothing looks behind it. */
	page->mapping = (struct address_space *)pef_memmap;
	if (is_zone_device_page(page))
		page->pgmap = pef_pgmap;
	return page;
}

void pef_page_lock(struct page *page)
{
	pef_host->page_lock(page_to_pfn(page));
	if (is_zone_device_page(page)) {
		page->pgmap = pef_pgmap;
		pef_page_tell(page);
	}
}

void pef_zone_device_init(struct page *page)
{
	page->pgmap = pef_pgmap;
	pef_host->page_revive(page_to_pfn(page));
	pef_page_tell(page);
}

struct page *alloc_page_vma(gfp_t gfp, struct vm_area_struct *vma, unsigned long address)
{
	(void)gfp;
	uint64_t pfn = pef_host->page_alloc(vma ? vma->vm_mm->host : NULL, address);
	return pfn == UINT64_MAX ? NULL : pfn_to_page(pfn);
}

struct page *alloc_page(gfp_t gfp)
{
	return alloc_page_vma(gfp, NULL, 0);
}

struct resource *request_free_mem_region(struct resource *base, unsigned long size, const char *name)
{
	(void)base;
	pef_region.start = pef_first_device << PAGE_SHIFT;
	pef_region.end = pef_region.start + size - 1;
	pef_region.name = name;
	return &pef_region;
}

void release_mem_region(resource_size_t start, resource_size_t size)
{
	(void)start;
	(void)size;
}

void *memremap_pages(struct dev_pagemap *pgmap, int nid)
{
	(void)nid;
	pef_pgmap = pgmap;
	return pef_memmap;
}

void memunmap_pages(struct dev_pagemap *pgmap)
{
	(void)pgmap;
	pef_pgmap = NULL;
}

/* ---- mappings and page tables --------------------------------------------------------------- */

struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	return (struct vm_area_struct *)pef_host->vma_find(mm->host, start, end);
}

pte_t *pef_pte_lock(struct mm_struct *mm, unsigned long address, spinlock_t **ptl)
{
	*ptl = &mm->page_table_lock;
	spin_lock(*ptl);
	return (pte_t *)pef_host->pte_word(mm->host, address);
}

int walk_page_range(
	struct mm_struct *mm, unsigned long start, unsigned long end, const struct mm_walk_ops *ops, void *private)
{
	struct mm_walk walk = {.ops = ops, .mm = mm, .private = private};
	int result = 0;

	for (unsigned long at = start; at < end && !result; at += PAGE_SIZE) {
		pef_host->charge(PEF_STEP_COLLECT);
		pef_host->hint(mm->host, at);
		walk.vma = find_vma(mm, at);
		result = ops->pmd_entry(&pef_table, at, at + PAGE_SIZE, &walk);
	}
	return result;
}

/* ---- migration -------------------------------------------------------------------------------- */

int pef_migrate(struct folio *to, struct folio *from, unsigned extra)
{
	pef_host->charge(PEF_STEP_MOVE);
	if (!pef_host->may_move(folio_pfn(from), extra))
		return -EAGAIN;
	to->mapping = from->mapping;
	return MIGRATEPAGE_SUCCESS;
}

void pef_unmap(struct folio *folio)
{
	pef_host->unmap(folio_pfn(folio));
}

void pef_restore(struct folio *from, struct folio *to)
{
	pef_host->charge(PEF_STEP_FINALIZE);
	pef_host->restore(folio_pfn(from), folio_pfn(to));
}
