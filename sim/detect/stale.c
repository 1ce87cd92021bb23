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

static void stale_search_object(
	struct stale *s, struct finding *f, const struct heap_object *o, const struct heap_object *freed)
{
	for (size_t at = 0; at + sizeof(uintptr_t) <= o->size; at += sizeof(uintptr_t)) {
		uintptr_t value;

		memcpy(&value, (const void *)(o->start + at), sizeof(value));
		if (value - freed->start < freed->size)
			stale_note(s, f, o, o->start + at);
	}
}

void stale_search(struct finding *f, struct domain *d, const struct heap_object *freed)
{
	const struct heap *h = region_heap(d);
	struct stale s = {0};

	for (uint32_t k = 0; k < h->extent_max; k++) {
		const struct heap_object *records = extent_objects(h, k);

		for (uint32_t i = 0; i < h->extents[k].count; i++) {
			if (!records[i].freed)
				stale_search_object(&s, f, &records[i], freed);
		}
	}
	if (s.count == 0)
		return;
	finding_add_line(f, "%u word%s still point%s into it: %s%s", s.count, s.count == 1 ? "" : "s",
		s.count == 1 ? "s" : "", s.names, s.count > s.named ? ", ..." : "");
}
