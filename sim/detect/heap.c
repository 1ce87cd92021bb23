/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap.c - the simulated heap: bump allocation, never reused.
 *
 * A stale pointer is told by its address alone, as no address ever means two
 * objects. The table of objects is sorted because addresses only grow, so an
 * address finds its object by bisection, and only when something is wrong: the
 * common question, is this byte live, is answered by the shadow (region.h).
 * Memory is zeroed and its shadow written in full on allocation, red zone
 * included, so nothing depends on what a former run left in the pages.
 *
 * Locking: a heap belongs to its domain. Errors: exhaustion and size 0 stop the
 * process with a message; a wrong free is a finding. Blocking: alloc and free
 * pass points.
 */
#include <string.h>

#include "history.h"
#include "pefsim/points.h"
#include "region.h"

/* The heap of the domain whose code runs. */
static struct heap *heap_running(const char *what)
{
	struct domain *d = domain_self();

	if (!d)
		region_die("%s outside a run", what);
	return region_heap(d);
}

static void heap_shadow_set(struct heap *h, uintptr_t start, size_t size, size_t span)
{
	int8_t *shadow = h->shadow + ((start - h->data) >> SHADOW_SHIFT);
	size_t whole = size / SHADOW_GRANULE;

	memset(shadow, 0, span / SHADOW_GRANULE);
	memset(shadow, SHADOW_GRANULE, whole);
	if (size % SHADOW_GRANULE)
		shadow[whole] = (int8_t)(size % SHADOW_GRANULE);
}

static void heap_note_alloc(struct heap_object *o)
{
	struct context *ctx = context_self();

	o->alloc_chain = chain_capture();
	o->alloc_cycle = *engine_tls.now;
	o->alloc_ctx = *engine_tls.ctx_id;
	o->alloc_line = ctx ? context_line(ctx) : 0;
}

static void heap_note_free(struct heap_object *o)
{
	struct context *ctx = context_self();

	o->free_chain = chain_capture();
	o->free_cycle = *engine_tls.now;
	o->free_ctx = *engine_tls.ctx_id;
	o->free_line = ctx ? context_line(ctx) : 0;
}

void *heap_alloc(size_t size, obj_t name)
{
	struct heap *h = heap_running("heap_alloc");
	uintptr_t start = h->data + h->used + (h->used ? 0 : HEAP_RED_ZONE);
	size_t span = (size + HEAP_RED_ZONE + HEAP_ALIGN - 1) & ~(size_t)(HEAP_ALIGN - 1);
	struct heap_object *o;

	if (size == 0)
		region_die("heap_alloc of 0 bytes");
	if (size > h->data_size || span > h->data + h->data_size - start || h->object_count == h->object_max)
		region_die("the simulated heap of %s is exhausted", domain_name(domain_self()));
	o = &h->objects[h->object_count++];
	*o = (struct heap_object){.start = start, .size = size, .name = name};
	heap_note_alloc(o);
	h->used = start + span - h->data;
	memset((void *)start, 0, size);
	heap_shadow_set(h, start, size, span);
	h->live++;
	h->live_of[obj_type(name)]++;
	trace_emit(TRACE_ALLOC, 0, name.w, size);
	point_pass(POINT_ALLOC, name);
	return (void *)start;
}

/* Position of the last object that begins at or below an address; -1: none. */
static int64_t heap_bisect(const struct heap *h, uintptr_t address)
{
	int64_t lo = 0, hi = h->object_count;

	while (lo < hi) {
		int64_t mid = lo + (hi - lo) / 2;

		if (h->objects[mid].start <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

static const struct heap_object *heap_object_at(const struct heap *h, uintptr_t address)
{
	int64_t i = heap_bisect(h, address);

	if (i < 0 || address - h->objects[i].start >= h->objects[i].size)
		return NULL;
	return &h->objects[i];
}

const struct heap_object *heap_object_near(const struct heap *h, uintptr_t address)
{
	int64_t i = heap_bisect(h, address);
	const struct heap_object *below = i < 0 ? NULL : &h->objects[i];
	const struct heap_object *above = i + 1 < h->object_count ? &h->objects[i + 1] : NULL;

	if (!below || !above)
		return below ? below : above;
	if (address < below->start + below->size)
		return below;
	return address - (below->start + below->size) < above->start - address ? below : above;
}

static void heap_report_double_free(const struct heap_object *o)
{
	char name[40];
	struct finding f;

	finding_begin(&f, FINDING_DOUBLE_FREE);
	history_set_object(&f, o);
	finding_add_block(&f, "second free of %s by %s at cycle %llu:", obj_print(o->name, name, sizeof(name)),
		history_actor(), (unsigned long long)*engine_tls.now);
	history_add_object(&f, o);
	finding_report(&f);
}

static void heap_report_invalid_free(const struct heap *h, uintptr_t address)
{
	const struct heap_object *o = heap_object_at(h, address);
	char name[40];
	struct finding f;

	finding_begin(&f, FINDING_INVALID_FREE);
	if (o)
		history_set_object(&f, o);
	finding_add_block(&f, "free of what is no allocation by %s at cycle %llu:", history_actor(),
		(unsigned long long)*engine_tls.now);
	if (o)
		finding_add_line(&f, "the pointer is %llu bytes into %s", (unsigned long long)(address - o->start),
			obj_print(o->name, name, sizeof(name)));
	else
		finding_add_line(&f, "the pointer was never handed out by this side's heap");
	finding_report(&f);
}

void heap_free(void *ptr)
{
	struct heap *h;
	struct heap_object *o;
	uintptr_t address = (uintptr_t)ptr;
	int64_t i;

	if (!ptr)
		return;
	h = heap_running("heap_free");
	i = heap_bisect(h, address);
	o = i < 0 ? NULL : &h->objects[i];
	if (!o || o->start != address) {
		heap_report_invalid_free(h, address);
		return;
	}
	if (o->freed) {
		heap_report_double_free(o);
		return;
	}
	o->freed = true;
	heap_note_free(o);
	memset(h->shadow + ((address - h->data) >> SHADOW_SHIFT), SHADOW_FREED,
		(o->size + SHADOW_GRANULE - 1) / SHADOW_GRANULE);
	h->live--;
	h->live_of[obj_type(o->name)]--;
	trace_emit(TRACE_FREE, 0, o->name.w, o->size);
	point_pass(POINT_FREE, o->name);
}

bool heap_find(const struct domain *d, const void *address, struct heap_object *out)
{
	const struct heap_object *o = heap_object_at(region_heap(d), (uintptr_t)address);

	if (o)
		*out = *o;
	return o != NULL;
}

unsigned heap_live(const struct domain *d, enum obj_type type)
{
	const struct heap *h = region_heap(d);

	return type == OBJ_NONE ? h->live : h->live_of[type];
}
