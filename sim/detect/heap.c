/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap.c - the simulated heap: bump allocation, never reused.
 *
 * A stale pointer is told by its address alone, as no address ever means two
 * objects. Within an extent the records are sorted because addresses only grow,
 * so an address finds its object by bisection, and only when something is wrong:
 * the common question, is this byte live, is answered by the shadow (region.h).
 * Memory is zeroed and its shadow written in full on allocation, red zone
 * included, so nothing depends on what a former run left in the pages.
 *
 * Locking: a heap belongs to its domain. Errors: exhaustion and size 0 stop the
 * process with a message; a wrong free is a finding. Blocking: alloc and free
 * pass points.
 */
#include <string.h>

#include "history.h"
#include "lean.h"
#include "pefsim/points.h"
#include "race.h"
#include "region.h"

/* What fills memory that nobody has written: no pointer, no small number. */
#define HEAP_RAW 0xa5

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
	int8_t *shadow = shadow_of(h->origin, h->span, start);
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

/*D:110
 * The simulated heap hands out addresses that only grow, and never hands one out twice. It wastes
 * address space, of which there is plenty, and makes detection certain: a pointer into freed memory
 * can not look like a pointer to something new.
 :*/
/* The place of the next object, in the first extent from the present one on that has room. */
static struct heap_object *heap_take(struct heap *h, size_t size, size_t span)
{
	for (; h->extent < h->extent_max; h->extent++) {
		struct heap_extent *x = &h->extents[h->extent];
		size_t used = x->used ? x->used : HEAP_RED_ZONE;
		struct heap_object *o;

		if (x->count == extent_objects_max(h->extent) || span > extent_size(h->extent) / 2 - used)
			continue;
		o = &extent_objects(h, h->extent)[x->count++];
		*o = (struct heap_object){.start = extent_data(h, h->extent) + used, .size = size};
		x->used = used + span;
		return o;
	}
	region_die("the simulated heap of %s is exhausted", domain_name(domain_self()));
}

/* With red zone, shadow and record. */
static void *heap_alloc_watched(struct heap *h, size_t size, obj_t name, bool raw, uintptr_t pc)
{
	size_t span = (size + HEAP_RED_ZONE + HEAP_ALIGN - 1) & ~(size_t)(HEAP_ALIGN - 1);
	struct heap_object *o;
	void *start;

	if (size > h->span)
		region_die("heap_alloc of %zu bytes", size);
	o = heap_take(h, size, span);
	o->name = name;
	start = (void *)o->start;
	heap_note_alloc(o);
	memset(start, raw ? HEAP_RAW : 0, size);
	heap_shadow_set(h, o->start, size, span);
	race_alloc(o->start, size, raw, pc);
	domain_heap_touch(domain_self(), (const char *)start + span);
	return start;
}

static void *heap_alloc_lean(struct heap *h, size_t size, obj_t name, bool raw)
{
	void *start = lean_take(h, size, name);
	if (!start)
		region_die("the simulated heap of %s is exhausted", domain_name(domain_self()));
	return raw ? memset(start, HEAP_RAW, size) : start;
}

static void *heap_take_any(size_t size, obj_t name, bool raw, uintptr_t pc)
{
	struct heap *h = heap_running("heap_alloc");
	enum obj_type type = obj_type(name);
	void *start;

	if (size == 0)
		region_die("heap_alloc of 0 bytes");
	start = h->lean ? heap_alloc_lean(h, size, name, raw) : heap_alloc_watched(h, size, name, raw, pc);
	h->live++;
	h->live_of[type]++;
	h->bytes_of[type] += size;
	trace_emit(TRACE_ALLOC, 0, name.w, size);
	point_pass(POINT_ALLOC, name);
	return start;
}

void *heap_alloc(size_t size, obj_t name)
{
	return heap_take_any(size, name, false, (uintptr_t)__builtin_return_address(0));
}

void *heap_alloc_raw(size_t size, obj_t name)
{
	return heap_take_any(size, name, true, (uintptr_t)__builtin_return_address(0));
}

/* Records of the extent an address lies in, and how many; NULL outside the extents. */
static struct heap_object *heap_records(const struct heap *h, uintptr_t address, int64_t *count)
{
	uintptr_t distance = address - h->origin;
	uint32_t k;

	*count = 0;
	if (h->lean || distance - EXTENT_MIN >= h->span)
		return NULL;
	k = extent_of(distance);
	*count = h->extents[k].count;
	return extent_objects(h, k);
}

/* Position of the last record that begins at or below an address; -1: none. */
static int64_t heap_bisect(const struct heap_object *records, int64_t count, uintptr_t address)
{
	int64_t lo = 0, hi = count;

	while (lo < hi) {
		int64_t mid = lo + (hi - lo) / 2;

		if (records[mid].start <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

/* The last object that begins at or below an address, in its extent. */
struct heap_object *heap_object_below(const struct heap *h, uintptr_t address)
{
	int64_t count;
	struct heap_object *records = heap_records(h, address, &count);
	int64_t i = heap_bisect(records, count, address);

	return i < 0 ? NULL : &records[i];
}

static const struct heap_object *heap_object_at(const struct heap *h, uintptr_t address)
{
	const struct heap_object *o = heap_object_below(h, address);

	return o && address - o->start < o->size ? o : NULL;
}

const struct heap_object *heap_object_near(const struct heap *h, uintptr_t address)
{
	int64_t count;
	const struct heap_object *records = heap_records(h, address, &count);
	int64_t i = heap_bisect(records, count, address);
	const struct heap_object *below = i < 0 ? NULL : &records[i];
	const struct heap_object *above = i + 1 < count ? &records[i + 1] : NULL;

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

/*D:120
 * To free is to say so: the shadow is marked, who did it is remembered with the whole call chain, and
 * nothing else. The content stays where it was, so code that runs on over a stale pointer does what it
 * would have done in the kernel.
 :*/
static bool heap_free_watched(struct heap *h, uintptr_t address, size_t *size, obj_t *name, uintptr_t pc)
{
	struct heap_object *o = heap_object_below(h, address);

	if (!o || o->start != address) {
		heap_report_invalid_free(h, address);
		return false;
	}
	if (o->freed) {
		heap_report_double_free(o);
		return false;
	}
	race_free(o->start, o->size, pc);
	o->freed = true;
	heap_note_free(o);
	memset(shadow_of(h->origin, h->span, address), SHADOW_FREED, (o->size + SHADOW_GRANULE - 1) / SHADOW_GRANULE);
	*size = o->size;
	*name = o->name;
	return true;
}

/* What was freed twice is told without its history: nobody kept it. */
static bool heap_free_lean(struct heap *h, void *ptr, size_t *size, obj_t *name)
{
	struct finding f;

	switch (lean_give(h, ptr, size, name)) {
	case LEAN_FREED:
		return true;
	case LEAN_FREE_TWICE:
		finding_begin(&f, FINDING_DOUBLE_FREE);
		finding_add_block(&f, "second free by %s at cycle %llu; detectors are off", history_actor(),
			(unsigned long long)*engine_tls.now);
		finding_report(&f);
		return false;
	case LEAN_NO_OBJECT:
		break;
	}
	heap_report_invalid_free(h, (uintptr_t)ptr);
	return false;
}

void heap_free(void *ptr)
{
	struct heap *h;
	size_t size;
	obj_t name;

	if (!ptr)
		return;
	h = heap_running("heap_free");
	if (!(h->lean ? heap_free_lean(h, ptr, &size, &name)
		      : heap_free_watched(h, (uintptr_t)ptr, &size, &name, (uintptr_t)__builtin_return_address(0))))
		return;
	sync_free(ptr, size);
	h->live--;
	h->live_of[obj_type(name)]--;
	h->bytes_of[obj_type(name)] -= size;
	trace_emit(TRACE_FREE, 0, name.w, size);
	point_pass(POINT_FREE, name);
}

uint64_t heap_usage(const struct domain *d, enum obj_type type)
{
	const struct heap *h = region_heap(d);
	uint64_t bytes = 0;

	for (unsigned i = 0; i < OBJ_TYPE_COUNT; i++)
		bytes += type == OBJ_NONE || type == (enum obj_type)i ? h->bytes_of[i] : 0;
	return bytes;
}

uint64_t heap_footprint(const struct domain *d)
{
	const struct heap *h = region_heap(d);
	uint64_t bytes = h->lean_used;

	for (uint32_t k = 0; k < h->extent_max; k++)
		bytes += h->extents[k].used + h->extents[k].used / SHADOW_GRANULE +
			 h->extents[k].count * sizeof(struct heap_object);
	return bytes;
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
