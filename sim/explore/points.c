/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * points.c - the points that a run passed, read from its trace.
 *
 * Locking: none; the run has ended. Errors: PEF_NOMEM. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/explore.h"

struct collector {
	struct point_list *out;
	size_t room;
	uint32_t name_room;
	uint32_t *ids[PEF_DOMAINS_MAX]; /* by context id: 1 + its name's number */
	uint32_t id_count[PEF_DOMAINS_MAX];
};

/* Makes room for @count + 1 items; false when the host has no memory. */
static bool grow(void *items, size_t count, size_t *room, size_t size)
{
	void **at = items, *larger;

	if (count < *room)
		return true;
	larger = realloc(*at, (*room ? 2 * *room : 64) * size);
	if (!larger)
		return false;
	*at = larger;
	*room = *room ? 2 * *room : 64;
	return true;
}

/* A name of the list; the same callee's name may belong to several contexts. */
static bool name_number(struct collector *c, const char *name, uint32_t *out)
{
	struct point_list *list = c->out;
	size_t room = c->name_room;

	for (*out = 0; *out < list->name_count; (*out)++)
		if (strcmp(list->names[*out], name) == 0)
			return true;
	if (!grow(&list->names, list->name_count, &room, sizeof(*list->names)))
		return false;
	c->name_room = (uint32_t)room;
	memset(list->names[list->name_count], 0, sizeof(*list->names));
	snprintf(list->names[list->name_count++], sizeof(*list->names), "%s", name);
	return true;
}

static bool context_number(struct collector *c, const struct engine *engine, const struct trace_event *e, uint32_t *out)
{
	uint32_t id = e->rec.ctx, *count = &c->id_count[e->domain];

	if (id >= *count) {
		uint32_t wanted = (id | 15u) + 1;
		uint32_t *larger = realloc(c->ids[e->domain], wanted * sizeof(*larger));
		if (!larger)
			return false;
		memset(larger + *count, 0, (wanted - *count) * sizeof(*larger));
		c->ids[e->domain] = larger;
		*count = wanted;
	}
	if (!c->ids[e->domain][id]) {
		if (!name_number(c, engine_context_name(engine, e->domain, id), out))
			return false;
		c->ids[e->domain][id] = 1 + *out;
	}
	*out = c->ids[e->domain][id] - 1;
	return true;
}

static bool collect_point(struct collector *c, const struct engine *engine, const struct trace_event *e)
{
	struct point_list *list = c->out;
	struct point_seen p = {.cycle = e->rec.cycle,
		.nth = (uint32_t)e->rec.b,
		.kind = (enum point_kind)e->rec.aux,
		.object = {e->rec.a}};

	if (!context_number(c, engine, e, &p.context) ||
		!grow(&list->points, list->count, &c->room, sizeof(*list->points)))
		return false;
	list->points[list->count++] = p;
	return true;
}

enum pef_err point_list_collect(const struct engine *engine, struct point_list *out)
{
	struct collector c = {.out = out};
	struct trace_merge *merge = trace_merge_open(engine);
	struct trace_event event;
	bool ok = true;

	*out = (struct point_list){0};
	while (ok && trace_merge_next(merge, &event)) {
		if (event.rec.kind == TRACE_POINT)
			ok = collect_point(&c, engine, &event);
	}
	trace_merge_close(merge);
	for (unsigned i = 0; i < PEF_DOMAINS_MAX; i++)
		free(c.ids[i]);
	if (!ok)
		point_list_free(out);
	return ok ? PEF_OK : PEF_NOMEM;
}

void point_list_free(struct point_list *list)
{
	free(list->names);
	free(list->points);
	*list = (struct point_list){0};
}
