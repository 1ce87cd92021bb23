/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.c - struct page: reference counts of normal and device-private pages.
 *
 * Counts follow Linux 6.1: a free device page has count 0, the design gives it
 * its first reference and lock when it takes it from the pool, and dropping the
 * last one calls the design's page_free, in whatever context that happens
 * (mm/memremap.c, free_zone_device_page).
 *
 * Locking: counts are atomic in the kernel, so they are marked accesses here.
 * Errors: none. Blocking: hpage_put yields when it frees; the others pass a
 * point.
 */
#include <stddef.h>

#include "design.h"

void hpage_map_init(struct hv *hv, uint32_t normal, uint32_t device)
{
	size_t count = (size_t)normal + device;
	hv->mem_map = domain_arena_alloc(hv->domain, sizeof(*hv->mem_map) + count * sizeof(struct hv_page));
	hv->mem_map->first_device = normal;
	hv->mem_map->count = normal + device;
}

HV_UNSEEN static struct hv_page *page_at(struct hv *hv, uint32_t pfn)
{
	struct hv_page *page = &hv->mem_map->pages[pfn];
	if (page->lock.word == 0)
		sim_page_lock_init(&page->lock, pfn);
	return page;
}

struct hv_page *hpage_of_frame(struct hv *hv, hfn_t hfn)
{
	return page_at(hv, hfn.n);
}

struct hv_page *hpage_of_device(struct hv *hv, dfn_t dfn)
{
	return page_at(hv, hv->mem_map->first_device + dfn.n);
}

/* A page stands at its number in the map, so the map is found from the page alone. */
HV_UNSEEN static uint32_t page_first_device(const struct hv_page *page)
{
	const struct hv_page *pages = page - hpage_pfn(page);
	const struct hv_mem_map *map = (const void *)((const char *)pages - offsetof(struct hv_mem_map, pages));
	return map->first_device;
}

bool hpage_is_device(const struct hv_page *page)
{
	return hpage_pfn(page) >= page_first_device(page);
}

uint32_t hpage_index(const struct hv_page *page)
{
	uint32_t pfn = hpage_pfn(page), first = page_first_device(page);
	return pfn >= first ? pfn - first : pfn;
}

/* Marked accesses, and nothing else runs in between: as good as the kernel's atomics. */
static uint32_t page_count_add(struct hv_page *page, int change)
{
	uint32_t count = READ_ONCE(page->refs) + (uint32_t)change;
	WRITE_ONCE(page->refs, count);
	if (hpage_is_device(page)) {
		obj_t name = obj_make(OBJ_DEVICE_PAGE, OBJ_NO_GUEST, hpage_index(page));
		trace_emit(TRACE_REF, count, name.w, (uint64_t)(int64_t)change);
		point_pass(POINT_REF, name);
	}
	return count;
}

struct hv_page *hpage_alloc(struct hv_guest *kvm, gfn_t gfn)
{
	struct hv *hv = kvm->hv;
	cost_charge(STEP_ALLOC);
	uint32_t index = frame_take(&hv->frames, trace_page(kvm->index, gfn));
	if (index == UINT32_MAX)
		return NULL;
	struct hv_page *page = hpage_of_frame(hv, (hfn_t){index});
	WRITE_ONCE(page->refs, 1);
	return page;
}

void hpage_get(struct hv_page *page)
{
	page_count_add(page, 1);
}

void hpage_revive(struct hv_page *page)
{
	page_count_add(page, 1);
	sim_page_lock_lock(&page->lock);
}

void hpage_put(struct hv *hv, struct hv_page *page)
{
	if (page_count_add(page, -1) > 0)
		return;
	if (hpage_is_device(page)) {
		hv->design->page_free(hv, page);
		return;
	}
	cost_charge(STEP_FREE);
	frame_give(&hv->frames, hpage_index(page));
}
