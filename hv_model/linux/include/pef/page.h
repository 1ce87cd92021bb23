/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.h - struct page and struct folio, and device memory.
 *
 * A page's count, lock and mappings are the simulator's, found by its page frame
 * number; what a driver keeps in a device page is real memory here, so that the
 * access hooks see it. Pages are small: a folio is a page.
 *
 * Device pages have no memory of their own until somebody uses them, so the
 * fields that memremap_pages() would fill in for all of them are filled in when
 * a page is first met (pef_page_met).
 *
 * Locking: counts are atomic. Errors: as the kernel's. Blocking: what locks or
 * drops a reference yields.
 */
#ifndef PEF_PAGE_H
#define PEF_PAGE_H

#include "lock.h"

#define PAGE_SHIFT 16
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)

struct address_space;
struct dev_pagemap;
struct vm_fault;
typedef unsigned int vm_fault_t;

struct page {
	struct address_space *mapping;
	struct dev_pagemap *pgmap;
	void *zone_device_data;
};
struct folio {
	union {
		struct page page;
		struct {
			struct address_space *mapping;
			struct dev_pagemap *pgmap;
			void *zone_device_data;
		};
	};
};

#define PEF_HIDDEN __attribute__((visibility("hidden")))
extern struct page *pef_memmap PEF_HIDDEN;
extern unsigned long pef_first_device PEF_HIDDEN;
/* the one dev_pagemap that was given to memremap_pages() */
extern struct dev_pagemap *pef_pgmap PEF_HIDDEN;

#define pfn_to_page(pfn) (&pef_memmap[pfn])
#define page_to_pfn(page) ((unsigned long)((page)-pef_memmap))
#define page_folio(p) ((struct folio *)(p))
#define folio_page(folio, n) (&(folio)->page + (n))
#define folio_pfn(folio) page_to_pfn(&(folio)->page)
#define pfn_folio(pfn) page_folio(pfn_to_page(pfn))
#define page_pgmap(p) ((p)->pgmap)
#define compound_head(page) (page)

/* A mapped page has a mapping, a device page a pgmap. Returns the page. */
struct page *pef_page_met(struct page *page) PEF_HIDDEN;

/* ---- what a page is ------------------------------------------------------------ */

static inline bool is_zone_device_page(const struct page *page)
{
	return page_to_pfn(page) >= pef_first_device;
}
#define is_device_private_page(page) is_zone_device_page(page)
#define is_device_coherent_page(page) ((void)(page), false)
#define folio_is_zone_device(folio) is_zone_device_page(&(folio)->page)
#define folio_is_device_private(folio) is_zone_device_page(&(folio)->page)
#define folio_is_device_coherent(folio) ((void)(folio), false)
#define PageCompound(page) ((void)(page), 0)
#define PageTransCompound(page) ((void)(page), 0)
#define PageTransHuge(page) ((void)(page), 0)
#define PageAnon(page) ((void)(page), 1)
#define PageAnonExclusive(page) ((void)(page), 0)
#define PageLRU(page) ((void)(page), 1)
#define folio_test_lru(folio) ((void)(folio), true)
#define folio_test_large(folio) ((void)(folio), false)
#define folio_test_anon(folio) ((void)(folio), true)
#define folio_test_writeback(folio) ((void)(folio), false)
#define folio_test_swapcache(folio) ((void)(folio), false)
#define folio_nr_pages(folio) ((void)(folio), 1L)
#define folio_order(folio) ((void)(folio), 0u)
#define page_has_private(page) ((void)(page), 0)
#define folio_has_private(folio) ((void)(folio), 0)
/* That of a page cache; anonymous memory has none. */
#define page_mapping(page) ((struct address_space *)((void)(page), NULL))
#define folio_mapping(folio) ((struct address_space *)((void)(folio), NULL))
#define folio_free_swap(folio) ((void)(folio), true)
#define folio_mark_dirty(folio) ((void)(folio))
#define __SetPageUptodate(page) ((void)(page))
#define __folio_mark_uptodate(folio) ((void)(folio))
#define SetPageDirty(page) ((void)(page))

/* ---- references, lock, mappings --------------------------------------------------- */

#define get_page(page) pef_host->page_get(page_to_pfn(page))
#define put_page(page) pef_host->page_put(page_to_pfn(page))
#define page_count(page) ((int)pef_host->page_count(page_to_pfn(page)))
#define page_ref_count(page) page_count(page)
#define page_mapcount(page) ((int)pef_host->page_maps(page_to_pfn(page)))
#define page_mapped(page) (page_mapcount(page) > 0)
#define lock_page(page) pef_page_lock(page)
#define trylock_page(page) pef_host->page_trylock(page_to_pfn(page))
#define unlock_page(page) pef_host->page_unlock(page_to_pfn(page))
#define PageLocked(page) pef_host->page_locked(page_to_pfn(page))
#define folio_get(folio) get_page(&(folio)->page)
#define folio_put(folio) put_page(&(folio)->page)
#define folio_ref_count(folio) page_count(&(folio)->page)
#define folio_mapcount(folio) page_mapcount(&(folio)->page)
#define folio_mapped(folio) page_mapped(&(folio)->page)
#define folio_lock(folio) lock_page(&(folio)->page)
#define folio_trylock(folio) trylock_page(&(folio)->page)
#define folio_unlock(folio) unlock_page(&(folio)->page)
#define folio_test_locked(folio) PageLocked(&(folio)->page)
/* Before 6.1 a driver locks the device page itself; its private data is there by then. */
void pef_page_lock(struct page *page) PEF_HIDDEN;
static inline bool get_page_unless_zero(struct page *page)
{
	if (!page_count(page))
		return false;
	get_page(page);
	return true;
}
static inline bool folio_try_get(struct folio *folio)
{
	return get_page_unless_zero(&folio->page);
}
static inline struct folio *folio_get_nontail_page(struct page *page)
{
	return get_page_unless_zero(page) ? page_folio(page) : NULL;
}

/* Nothing but the reference that isolation takes is modelled of the LRU lists. */
#define isolate_lru_page(page) (get_page(page), 0)
#define putback_lru_page(page) put_page(page)
#define folio_isolate_lru(folio) (folio_get(folio), true)
#define folio_putback_lru(folio) folio_put(folio)
#define folio_add_lru(folio) ((void)(folio))
#define folio_add_lru_vma(folio, vma) ((void)(folio))
#define lru_cache_add(page) ((void)(page))
#define lru_cache_add_inactive_or_unevictable(page, vma) ((void)(page))
#define lru_add_drain() ((void)0)
#define lru_add_drain_all() ((void)0)

struct vm_area_struct;
struct page *alloc_page_vma(gfp_t gfp, struct vm_area_struct *vma, unsigned long address) PEF_HIDDEN;
struct page *alloc_page(gfp_t gfp) PEF_HIDDEN;
#define __free_page(page) put_page(page)
#define folio_alloc(gfp, order) ((struct folio *)alloc_page(gfp))
#define vma_alloc_folio(gfp, order, vma, address, ...) ((struct folio *)alloc_page_vma(gfp, vma, address))
#define copy_highpage(to, from) ((void)(to), (void)(from))
#define folio_copy(to, from) ((void)(to), (void)(from))

/* ---- device memory ------------------------------------------------------------------- */

enum memory_type { MEMORY_DEVICE_PRIVATE = 1, MEMORY_DEVICE_COHERENT, MEMORY_DEVICE_FS_DAX, MEMORY_DEVICE_GENERIC };
struct resource {
	resource_size_t start, end;
	const char *name;
	unsigned long flags;
};
struct range {
	u64 start, end;
};
struct dev_pagemap_ops {
	void (*page_free)(struct page *page);
	void (*folio_free)(struct folio *folio);
	vm_fault_t (*migrate_to_ram)(struct vm_fault *vmf);
	void (*kill)(struct dev_pagemap *pgmap);
	void (*cleanup)(struct dev_pagemap *pgmap);
};
struct dev_pagemap {
	void *ref;
	enum memory_type type;
	unsigned int flags;
	const struct dev_pagemap_ops *ops;
	void *owner;
	int nr_range;
	struct resource res; /* until 5.9 */
	struct range range;
};
extern struct resource iomem_resource PEF_HIDDEN;

static inline u64 range_len(const struct range *range)
{
	return range->end - range->start + 1;
}
static inline resource_size_t resource_size(const struct resource *res)
{
	return res->end - res->start + 1;
}
struct resource *request_free_mem_region(struct resource *base, unsigned long size, const char *name) PEF_HIDDEN;
void release_mem_region(resource_size_t start, resource_size_t size) PEF_HIDDEN;
void *memremap_pages(struct dev_pagemap *pgmap, int nid) PEF_HIDDEN;
void memunmap_pages(struct dev_pagemap *pgmap) PEF_HIDDEN;
void pef_zone_device_init(struct page *page) PEF_HIDDEN;
/* (page), since 6.18 (page, order), later (page, pgmap, order) */
#define zone_device_page_init(page, ...) pef_zone_device_init(page)

#endif
