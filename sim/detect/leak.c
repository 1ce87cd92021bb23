/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leak.c - what is left when a run has come to its end. See leak.h.
 *
 * Objects are reached from the domain's packed state, from what the models name
 * beside it, and from one another; words are looked at wherever they may stand,
 * and one that points anywhere into an object reaches it. Tokens, frame numbers
 * and marks with flag bits are no addresses of the heap, so nothing is lost by
 * looking at them, too.
 *
 * Of a lost object the reader wants to know who lost it. Freed memory keeps its
 * content, so the last pointer may still stand in an object that was freed; else
 * live words that point to it are named, and the second run says who wrote them.
 *
 * Locking: none; after the run. Errors: as leak.h. Blocking: never.
 */
#include "pefsim/leak.h"

#include <stdlib.h>
#include <string.h>

#include "history.h"

#define LEAK_FINDINGS_MAX 32u
#define LEAK_NAMED_MAX 3u

struct leak {
	const struct heap_object *object; /* NULL: a frame or a device page */
	obj_t name;
	struct reuse_use use;
	const char *why;
	bool told;
};

struct leak_search {
	const struct leak_views *views;
	struct engine *engine;
	struct domain *domain;
	const struct heap *heap;
	uint32_t first[EXTENTS_MAX]; /* number of an extent's first object */
	uint32_t objects;
	uint8_t *reached;
	const struct heap_object **waiting; /* reached, not looked through yet */
	uint32_t waiting_count;
	struct leak *leaks;
	uint32_t count, room;
};

static void *leak_memory(void *old, size_t count, size_t size)
{
	void *memory = realloc(old, (count ? count : 1) * size);

	if (!memory)
		region_die("the host has no memory left for the search for leaks");
	return memory;
}

/* ---- what is reached -------------------------------------------------------------- */

static uint32_t leak_number(const struct leak_search *s, const struct heap_object *o)
{
	uint32_t k = extent_of(o->start - s->heap->origin);

	return s->first[k] + (uint32_t)(o - extent_objects(s->heap, k));
}

static void leak_reach(struct leak_search *s, uintptr_t address)
{
	const struct heap_object *o = heap_object_below(s->heap, address);
	uint32_t number;

	if (!o || o->freed || address - o->start >= o->size)
		return;
	number = leak_number(s, o);
	if (s->reached[number])
		return;
	s->reached[number] = 1;
	s->waiting[s->waiting_count++] = o;
}

void leak_root(struct leak_search *s, const void *memory, size_t size)
{
	const uintptr_t *words = memory;
	uintptr_t lo = s->heap->origin + EXTENT_MIN, span = s->heap->span;

	for (size_t i = 0; i < size / sizeof(*words); i++) {
		if (words[i] - lo < span)
			leak_reach(s, words[i]);
	}
}

/*D:200
 * Leaks are what a mark-and-sweep collector would collect: from the roots, which are the domain's own
 * state, every word that may be a pointer is followed. What has not been reached then, and was never
 * freed, nobody can free.
 :*/
static void leak_mark(struct leak_search *s)
{
	size_t size;
	const void *state = domain_state(s->domain, &size);

	leak_root(s, state, size);
	if (s->views->roots)
		s->views->roots(s->views->arg, s->domain, s);
	while (s->waiting_count) {
		const struct heap_object *o = s->waiting[--s->waiting_count];

		leak_root(s, (const void *)o->start, o->size);
	}
}

/* ---- what is left ------------------------------------------------------------------ */

static struct leak *leak_add(struct leak_search *s, obj_t name, const char *why)
{
	if (s->count == s->room) {
		s->room = 2 * s->room + 16;
		s->leaks = leak_memory(s->leaks, s->room, sizeof(*s->leaks));
	}
	s->leaks[s->count] = (struct leak){.name = name, .why = why};
	return &s->leaks[s->count++];
}

static void leak_judge_object(struct leak_search *s, const struct heap_object *o)
{
	const char *why = s->views->gone(s->views->arg, s->domain, o->name);

	if (!why && !s->reached[leak_number(s, o)])
		why = "no memory in use points to it: nobody can free it";
	if (why)
		leak_add(s, o->name, why)->object = o;
}

static void leak_judge_use(void *arg, obj_t name, const struct reuse_use *use)
{
	struct leak_search *s = arg;
	const char *why = s->views->gone(s->views->arg, s->domain, name);

	if (why)
		leak_add(s, name, why)->use = *use;
}

static void leak_collect(struct leak_search *s)
{
	for (uint32_t k = 0; k < s->heap->extent_max; k++) {
		const struct heap_object *records = extent_objects(s->heap, k);

		for (uint32_t i = 0; i < s->heap->extents[k].count; i++)
			if (!records[i].freed)
				leak_judge_object(s, &records[i]);
	}
	reuse_each(s->domain, leak_judge_use, s);
}

/* ---- what is told ------------------------------------------------------------------- */

static uint32_t leak_chain(const struct leak *l)
{
	return l->object ? l->object->alloc_chain : l->use.took.chain;
}

static bool leak_is_alike(const struct leak *a, const struct leak *b)
{
	return obj_type(a->name) == obj_type(b->name) && leak_chain(a) == leak_chain(b) && !a->object == !b->object;
}

/* What it is a leak of stands in the next line, and in the signature. */
static void leak_title(const struct leak_search *s, struct finding *f, const struct leak *l)
{
	struct chain_place place;
	if (leak_chain(l) && chain_places(s->domain, leak_chain(l), &place, 1))
		snprintf(f->title, sizeof(f->title), "%s in %s", finding_kind_name(f->kind), place.function);
}

static void leak_tell_object(const struct leak_search *s, struct finding *f, const struct heap_object *o)
{
	const struct heap_object *holder = stale_last_holder(s->domain, o);
	const struct reuse_mark allocated = history_allocated(o);
	char name[40], what[80];

	history_set_object(f, o);
	history_add_past(f, s->domain, "allocated", &allocated);
	if (holder) {
		const struct reuse_mark freed = history_freed(holder);

		snprintf(what, sizeof(what), "a pointer to it was freed with %s",
			obj_print(holder->name, name, sizeof(name)));
		history_add_past(f, s->domain, what, &freed);
	}
	stale_search(f, s->domain, o, o->start);
}

static void leak_tell_use(const struct leak_search *s, struct finding *f, const struct leak *l)
{
	char name[40];

	f->subject = l->name;
	snprintf(f->object, sizeof(f->object), "%s of guest g%u", obj_print(l->name, name, sizeof(name)),
		obj_guest(l->name));
	if (trace_page_gfn(l->use.page).n != REUSE_NO_GFN.n)
		snprintf(f->object + strlen(f->object), sizeof(f->object) - strlen(f->object), ", gfn 0x%llx",
			(unsigned long long)trace_page_gfn(l->use.page).n);
	history_add_past(f, s->domain, "taken", &l->use.took);
	if (l->use.held.cycle)
		history_add_past(f, s->domain, "last reference taken", &l->use.held);
}

/* "3 of them: pvt[2], pvt[3], pvt[5]"; they are told with this one. */
static void leak_tell_alike(struct leak_search *s, struct finding *f, uint32_t first)
{
	char names[160] = "", name[40];
	uint32_t count = 0;

	for (uint32_t i = first; i < s->count; i++) {
		if (s->leaks[i].told || !leak_is_alike(&s->leaks[first], &s->leaks[i]))
			continue;
		s->leaks[i].told = true;
		if (count++ < LEAK_NAMED_MAX)
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", count > 1 ? ", " : "",
				obj_print_full(s->leaks[i].name, name, sizeof(name)));
	}
	if (count > 1)
		finding_add_line(f, "%u of them from there: %s%s", count, names, count > LEAK_NAMED_MAX ? ", ..." : "");
}

static void leak_tell(struct leak_search *s, uint32_t first)
{
	const struct leak *l = &s->leaks[first];
	struct finding f;

	finding_begin(&f, FINDING_LEAK);
	f.key = *engine_end_key(s->engine);
	leak_title(s, &f, l);
	if (l->object)
		leak_tell_object(s, &f, l->object);
	else
		leak_tell_use(s, &f, l);
	finding_add_line(&f, "%s", l->why);
	leak_tell_alike(s, &f, first);
	engine_add_finding(s->engine, &f);
}

static void leak_search_domain(struct leak_search *s)
{
	unsigned told = 0;

	for (uint32_t k = 0; k < s->heap->extent_max; k++) {
		s->first[k] = s->objects;
		s->objects += s->heap->extents[k].count;
	}
	s->reached = leak_memory(NULL, s->objects, sizeof(*s->reached));
	memset(s->reached, 0, s->objects);
	s->waiting = leak_memory(NULL, s->objects, sizeof(*s->waiting));
	if (s->objects)
		leak_mark(s);
	leak_collect(s);
	for (uint32_t i = 0; i < s->count && told < LEAK_FINDINGS_MAX; i++) {
		if (!s->leaks[i].told) {
			leak_tell(s, i);
			told++;
		}
	}
	free(s->reached);
	free(s->waiting);
	free(s->leaks);
}

void leaks_find(struct engine *engine, const struct leak_views *views)
{
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		struct domain *d = engine_domain(engine, i);
		struct leak_search s = {.views = views, .engine = engine, .domain = d, .heap = region_heap(d)};

		if (!s.heap->lean)
			leak_search_domain(&s);
	}
}
