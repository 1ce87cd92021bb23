/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stale.c - who still points into a freed object.
 *
 * Live objects of the same domain are read word by word, as a leak detector
 * would. It is done once, for a report, so its cost does not matter. The words
 * found are handed to the second run (hooks_watch), which says who stored them.
 * The domain's static state is not searched: it has no names, and the designs
 * keep pointers to heap objects in heap objects.
 *
 * Words that point just where the access went come first: one of them was used.
 *
 * Locking: as heap.c. Errors: none. Blocking: never.
 */
#include <string.h>

#include "region.h"

#define STALE_NAMED_MAX 3u

struct stale {
	unsigned count, named;
	char names[112];
	size_t len;
};

static void stale_note(struct stale *s, struct finding *f, const struct heap_object *holder, uintptr_t word)
{
	char name[40];

	s->count++;
	if (f->watch_count < HOOKS_WATCH_MAX)
		f->watch[f->watch_count++] = word;
	if (s->named == STALE_NAMED_MAX || s->len + 1 >= sizeof(s->names))
		return;
	s->len += (size_t)snprintf(s->names + s->len, sizeof(s->names) - s->len, "%s%s +%zu", s->named ? ", " : "",
		obj_print(holder->name, name, sizeof(name)), (size_t)(word - holder->start));
	s->named++;
}

/* What is looked for: words that point at @exact, or elsewhere into the object. */
struct stale_aim {
	const struct heap_object *freed;
	uintptr_t exact;
	bool want_exact;
};

static void stale_search_object(
	struct stale *s, struct finding *f, const struct heap_object *o, const struct stale_aim *aim)
{
	for (size_t at = 0; at + sizeof(uintptr_t) <= o->size; at += sizeof(uintptr_t)) {
		uintptr_t value;

		memcpy(&value, (const void *)(o->start + at), sizeof(value));
		if (value - aim->freed->start < aim->freed->size && (value == aim->exact) == aim->want_exact)
			stale_note(s, f, o, o->start + at);
	}
}

static void stale_search_heap(struct stale *s, struct finding *f, const struct heap *h, const struct stale_aim *aim)
{
	for (uint32_t k = 0; k < h->extent_max; k++) {
		const struct heap_object *records = extent_objects(h, k);

		for (uint32_t i = 0; i < h->extents[k].count; i++) {
			if (!records[i].freed)
				stale_search_object(s, f, &records[i], aim);
		}
	}
}

/*D:150
 * The reader of a report wants to know who kept the pointer. Live objects are searched for words that
 * still point into the freed one, as a leak detector would; where the access went comes first.
 :*/
void stale_search(struct finding *f, struct domain *d, const struct heap_object *freed, uintptr_t address)
{
	const struct heap *h = region_heap(d);
	struct stale s = {0};

	stale_search_heap(&s, f, h, &(struct stale_aim){freed, address, true});
	stale_search_heap(&s, f, h, &(struct stale_aim){freed, address, false});
	if (s.count == 0)
		return;
	finding_add_line(f, "%u word%s still point%s into it: %s%s", s.count, s.count == 1 ? "" : "s",
		s.count == 1 ? "s" : "", s.names, s.count > s.named ? ", ..." : "");
}

static bool stale_points(const struct heap_object *holder, uintptr_t start)
{
	for (size_t at = 0; at + sizeof(start) <= holder->size; at += sizeof(start)) {
		if (memcmp((const void *)(holder->start + at), &start, sizeof(start)) == 0)
			return true;
	}
	return false;
}

const struct heap_object *stale_last_holder(const struct domain *d, const struct heap_object *lost)
{
	const struct heap *h = region_heap(d);
	const struct heap_object *last = NULL;

	for (uint32_t k = 0; k < h->extent_max; k++) {
		const struct heap_object *records = extent_objects(h, k);

		for (uint32_t i = 0; i < h->extents[k].count; i++) {
			const struct heap_object *o = &records[i];

			if (o->freed && stale_points(o, lost->start) && (!last || o->free_cycle >= last->free_cycle))
				last = o;
		}
	}
	return last;
}
