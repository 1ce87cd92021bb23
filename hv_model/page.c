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
#include "design.h"

uint32_t hpage_pfn(const struct hv *hv, const struct hv_page *page)
{
	return page->device ? hv->frames.limit + page->index : page->index;
}

HV_UNSEEN static struct hv_page *page_init(struct hv *hv, struct hv_page *page, uint32_t index, bool device)
{
	if (page->lock.name.w == 0) {
		page->index = index;
		page->device = device;
		sim_page_lock_init(&page->lock, obj_make(OBJ_PAGE_LOCK, OBJ_NO_GUEST, hpage_pfn(hv, page)));
	}
	return page;
}

HV_UNSEEN struct hv_page *hpage_of_frame(struct hv *hv, hfn_t hfn)
{
	return page_init(hv, &hv->frame_pages[hfn.n], hfn.n, false);
}

HV_UNSEEN struct hv_page *hpage_of_device(struct hv *hv, dfn_t dfn)
{
	return page_init(hv, &hv->device_pages[dfn.n], dfn.n, true);
}

/* Marked accesses, and nothing else runs in between: as good as the kernel's atomics. */
static uint64_t page_count_add(struct hv_page *page, uint64_t change)
{
	uint64_t count = READ_ONCE(page->refs) + change;
	WRITE_ONCE(page->refs, count);
	if (page->device) {
		obj_t name = obj_make(OBJ_DEVICE_PAGE, OBJ_NO_GUEST, page->index);
		trace_emit(TRACE_REF, (unsigned)count, name.w, change);
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
	if (page_count_add(page, UINT64_MAX) > 0)
		return;
	if (page->device) {
		hv->design->page_free(hv, page);
		return;
	}
	cost_charge(STEP_FREE);
	frame_give(&hv->frames, page->index);
}
