/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steps.c - the sequence of points of a run, and where two runs part.
 *
 * A step is who passed what; the cycle is left out, since a schedule outlives
 * a change of prices.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/explore.h"
#include "pefsim/record.h"

/* Numbers of distinct points, by hash; a power of two, at most half full. */
struct numbers {
	uint32_t *slots; /* 1 + number of the point; 0: free */
	size_t size;
};

static uint64_t point_hash(const struct point_seen *p)
{
	uint64_t key[2] = {((uint64_t)p->context << 16) + p->kind, p->object.w};

	return explore_hash(EXPLORE_HASH, key, sizeof(key));
}

/* The place of a point in the table; @firsts holds, by number, the first step of each distinct point. */
static uint32_t *numbers_find(
	struct numbers *n, const struct point_list *list, const size_t *firsts, const struct point_seen *p)
{
	for (size_t at = point_hash(p);; at++) {
		uint32_t *slot = &n->slots[at & (n->size - 1)];
		const struct point_seen *q = *slot ? &list->points[firsts[*slot - 1]] : p;

		if (q->context == p->context && q->kind == p->kind && q->object.w == p->object.w)
			return slot;
	}
}

static void name_points(struct record_steps *out, const struct point_list *list, const size_t *firsts)
{
	for (uint32_t i = 0; i < out->point_count; i++) {
		const struct point_seen *p = &list->points[firsts[i]];

		out->points[i] = (struct record_point){.kind = p->kind, .object = p->object};
		memcpy(out->points[i].context, list->names[p->context], PEF_NAME_MAX);
	}
}

static bool number_points(struct record_steps *out, const struct point_list *list)
{
	struct numbers n = {.size = 64};
	size_t *firsts = malloc((list->count + 1) * sizeof(*firsts));

	while (n.size < 2 * list->count)
		n.size *= 2;
	n.slots = calloc(n.size, sizeof(*n.slots));
	out->steps = malloc((list->count + 1) * sizeof(*out->steps));
	for (size_t i = 0; n.slots && firsts && out->steps && i < list->count; i++) {
		uint32_t *slot = numbers_find(&n, list, firsts, &list->points[i]);
		if (!*slot) {
			firsts[out->point_count] = i;
			*slot = ++out->point_count;
		}
		out->steps[out->count++] = *slot - 1;
	}
	out->points = malloc((out->point_count + 1) * sizeof(*out->points));
	bool ok = n.slots && firsts && out->steps && out->points;
	if (ok)
		name_points(out, list, firsts);
	free(n.slots);
	free(firsts);
	return ok;
}

enum pef_err record_steps_collect(const struct engine *engine, struct record_steps *out)
{
	struct point_list list;
	enum pef_err err = point_list_collect(engine, &list);

	*out = (struct record_steps){0};
	if (err)
		return err;
	if (!number_points(out, &list)) {
		record_steps_free(out);
		err = PEF_NOMEM;
	}
	point_list_free(&list);
	return err;
}

void record_steps_free(struct record_steps *steps)
{
	free(steps->points);
	free(steps->steps);
	*steps = (struct record_steps){0};
}

static bool same_point(const struct record_point *a, const struct record_point *b)
{
	return a->kind == b->kind && a->object.w == b->object.w && strcmp(a->context, b->context) == 0;
}

/*X:120
 * Where two runs part. Steps are compared by what they are, not by their numbers, and without their
 * cycles: a replay file outlives a rebuild and a change of prices, as long as the run goes its way.
 :*/
bool record_steps_differ(const struct record_steps *a, const struct record_steps *b, size_t *at)
{
	size_t both = a->count < b->count ? a->count : b->count;

	for (size_t i = 0; i < both; i++) {
		if (!same_point(&a->points[a->steps[i]], &b->points[b->steps[i]])) {
			*at = i;
			return true;
		}
	}
	*at = both;
	return a->count != b->count;
}

const char *record_step_print(const struct record_steps *steps, size_t at, char *buf, size_t size)
{
	char object[64];

	if (at >= steps->count) {
		snprintf(buf, size, "the end of the run");
		return buf;
	}
	const struct record_point *p = &steps->points[steps->steps[at]];
	snprintf(buf, size, "%s %s %s", p->context, point_kind_name(p->kind),
		obj_print_full(p->object, object, sizeof(object)));
	return buf;
}
