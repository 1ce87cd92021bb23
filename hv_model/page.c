/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.c - struct page: reference counts of normal and device-private pages.
 *
 * What a free device page's count is depends on the era (era.h); in each, a
 * design gives the page its user's reference and the lock when it takes it from
 * the pool, and dropping the last one calls the design's page_free, in whatever
 * context that happens (mm/memremap.c, free_zone_device_page).
 *
 * Locking: counts are atomic in the kernel, so they are marked accesses here.
 * Errors: NULL: no memory. Blocking: hpage_put yields when it frees; the others
 * pass a point or charge.
 */
#include <stddef.h>
#include <stdio.h>

#include "design.h"
#include "era.h"
#include "pefsim/finding.h"
#include "pefsim/leak.h"

void hpage_map_init(struct hv *hv, uint32_t normal, uint32_t device)
{
	size_t count = (size_t)normal + device;
	hv->mem_map = domain_arena_alloc(hv->domain, sizeof(*hv->mem_map) + count * sizeof(struct hv_page));
	hv->mem_map->first_device = normal;
	hv->mem_map->count = normal + device;
}

HV_UNSEEN static void page_note_seen(struct hv_mem_map *map, uint32_t pfn)
{
	if (pfn >= map->first_device && pfn - map->first_device >= map->device_seen)
		map->device_seen = pfn - map->first_device + 1;
}

HV_UNSEEN void hv_roots(const struct hv *hv, struct leak_search *search)
{
	const struct hv_mem_map *map = hv->mem_map;

	leak_root(search, hv->guests, hv->guest_count * sizeof(*hv->guests));
	leak_root(search, &map->pages[map->first_device], map->device_seen * sizeof(map->pages[0]));
	if (hv->design->leak_roots)
		hv->design->leak_roots(hv, search);
}

HV_UNSEEN static struct hv_page *page_at(struct hv *hv, uint32_t pfn)
{
	struct hv_page *page = &hv->mem_map->pages[pfn];
	if (page->lock.word == 0 && pfn > 0) {
		sim_page_lock_init(&page->lock, pfn);
		page->refs = pfn >= hv->mem_map->first_device ? hv->era->free_count : 0;
		page_note_seen(hv->mem_map, pfn);
	}
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

/* ---- whose use it is, for the detectors ------------------------------------------ */

static struct reuse *page_uses(const struct hv *hv, const struct hv_page *page)
{
	return hpage_is_device(page) ? hv->device_uses : hv->frame_uses;
}

/* Whose private data a device page has; which page of the guest a design may say later (device_page_init). */
HV_UNSEEN static uint64_t page_owner(const struct hv *hv, const struct hv_page *page)
{
	struct heap_object data;
	bool known = heap_find(hv->domain, page->zone_device_data, &data) && obj_guest(data.name) != OBJ_NO_GUEST;

	return known ? trace_page(obj_guest(data.name), REUSE_NO_GFN) : PEF_NEVER;
}

/* ---- counts -------------------------------------------------------------------- */

unsigned hpage_count(const struct hv_page *page)
{
	return READ_ONCE(page->refs);
}

/* What VM_BUG_ON_PAGE() in get_page() and put_page() of a debugging kernel stops at. */
static void page_report_count(const struct hv_page *page, int change)
{
	struct finding f;
	finding_begin(&f, FINDING_MODEL);
	snprintf(f.title, sizeof(f.title), "reference %s a page that is free", change > 0 ? "taken on" : "dropped on");
	finding_add_block(&f, "by %s:", context_name(context_self()));
	finding_add_line(&f, "%s page %u has none", hpage_is_device(page) ? "device" : "normal", hpage_index(page));
	finding_report(&f);
}

/*
 * Marked accesses, and nothing else runs in between: as good as the kernel's atomics. Who drops a
 * reference leaves what he knows to the one who drops the last (Documentation/core-api/refcount-vs-atomic.rst).
 */
static unsigned page_count_add(struct hv_page *page, int change)
{
	if (change < 0)
		order_release_at(&page->refs);
	unsigned count = READ_ONCE(page->refs) + (unsigned)change;
	WRITE_ONCE(page->refs, (uint16_t)count);
	if (change > 0)
		reuse_hold(page_uses(domain_model(domain_self()), page), hpage_index(page));
	if (hpage_is_device(page) && change) {
		obj_t name = obj_make(OBJ_DEVICE_PAGE, OBJ_NO_GUEST, hpage_index(page));
		trace_emit(TRACE_REF, count, name.w, (uint64_t)(int64_t)change);
		point_pass(POINT_REF, name);
	}
	return count;
}

void hpage_get(struct hv_page *page)
{
	if (hpage_count(page) == 0)
		page_report_count(page, 1);
	page_count_add(page, 1);
}

bool hpage_tryget(struct hv_page *page)
{
	const struct hv *hv = domain_model(domain_self());
	bool live = hpage_count(page) > (hpage_is_device(page) ? hv->era->base : 0u);
	if (live)
		hpage_get(page);
	return live;
}

bool hpage_in_pool(const struct hv_page *page)
{
	const struct hv *hv = domain_model(domain_self());
	return hpage_count(page) == hv->era->free_count;
}

void hpage_revive(struct hv_page *page)
{
	const struct hv *hv = domain_model(domain_self());
	reuse_take(hv->device_uses, hpage_index(page), page_owner(hv, page));
	page_count_add(page, hv->era->base + 1 - hv->era->free_count);
	/* Nobody can hold the lock of a page that nobody has: this never waits, so it orders no locks. */
	sim_page_lock_trylock(&page->lock);
}

HV_UNSEEN static void page_trace_frame(const struct hv *hv, const struct hv_page *page, bool taken)
{
	uint32_t hfn = hpage_index(page);
	trace_emit(TRACE_FRAME, taken, hfn, hv->frames.frames[hfn].owner);
}

static void page_free_normal(struct hv *hv, struct hv_page *page)
{
	page->merged = false;
	cost_charge(STEP_FREE);
	page_trace_frame(hv, page, false);
	reuse_give(hv->frame_uses, hpage_index(page));
	frame_give(&hv->frames, hpage_index(page));
	order_release_at(&page->refs); /* to who takes it next */
}

void hpage_put(struct hv *hv, struct hv_page *page)
{
	if (hpage_count(page) == 0)
		page_report_count(page, -1);
	if (page_count_add(page, -1) > (hpage_is_device(page) ? hv->era->base : 0u))
		return;
	order_acquire_at(&page->refs);
	if (!hpage_is_device(page)) {
		page_free_normal(hv, page);
		return;
	}
	/* Before page_free, after which somebody else may have it. */
	reuse_give(hv->device_uses, hpage_index(page));
	hv->design->page_free(hv, page);
	/* Handed out again with the count it has in the pool. */
	page_count_add(page, hv->era->free_count - hv->era->base);
}

void hpage_pin(struct hv_page *page)
{
	page_count_add(page, (int)HPAGE_PIN);
}

void hpage_unpin(struct hv *hv, struct hv_page *page)
{
	page_count_add(page, 1 - (int)HPAGE_PIN);
	if (hv_mutant(hv, MUTANT_UNPIN_PUTS_TWICE))
		hpage_put(hv, page);
	hpage_put(hv, page);
}

/* ---- frames ---------------------------------------------------------------------- */

struct hv_page *hpage_alloc_for(struct hv *hv, uint64_t owner)
{
	cost_charge(STEP_ALLOC);
	if (inject_fails(INJECT_FRAME, obj_make(OBJ_NORMAL_FRAME, OBJ_NO_GUEST, OBJ_NO_INDEX)))
		return NULL;
	uint32_t index = frame_take(&hv->frames, owner);
	if (index == UINT32_MAX)
		return NULL;
	struct hv_page *page = hpage_of_frame(hv, (hfn_t){index});
	order_acquire_at(&page->refs); /* after who gave it back, by the allocator's lock */
	WRITE_ONCE(page->refs, 1);
	reuse_take(hv->frame_uses, index, owner & FRAME_HOST ? PEF_NEVER : owner);
	page_trace_frame(hv, page, true);
	return page;
}

struct hv_page *hpage_alloc(struct hv_guest *kvm, gfn_t gfn)
{
	return hpage_alloc_for(kvm->hv, trace_page(kvm->index, gfn));
}

void hpage_zero(struct hv *hv, struct hv_page *page)
{
	cost_charge(STEP_ZERO_PAGE);
	hv_frame_fill(hv, hpage_hfn(page), TOKEN_ZERO);
}

void hpage_copy(struct hv *hv, struct hv_page *to, const struct hv_page *from)
{
	cost_charge(STEP_COPY_PAGE);
	hv_frame_fill(hv, hpage_hfn(to), hv_frame_read(hv, hpage_hfn(from)));
}
