/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * point.c - counting the points a context passes.
 *
 * A hold names a point by its kind, its object and how often this context has
 * passed that before. So each context counts by (kind, object), in a small hash
 * table that grows in its domain's arena and is there only when somebody asks
 * for points. Callee contexts live as long as their name, so counts go on from
 * one call to the next. Nothing is decided by the order of the table.
 *
 * Locking: a table belongs to its context's domain. Errors: none.
 * Blocking: a point yields when a hold keeps the context there.
 */
#include <string.h>

#include "engine_private.h"
#include "point.h"

struct point_count {
	uint64_t object;
	uint32_t kind; /* 1 + enum point_kind; 0: free */
	uint32_t count;
};
struct point_table {
	uint32_t used;
	uint32_t cap; /* a power of two */
	struct point_count counts[];
};
#define POINT_TABLE_MIN 16u

void **context_slot(const struct context *ctx, enum context_slot_id id)
{
	struct context *mine = domain_context(ctx->domain, ctx->id);
	return &mine->slots[id];
}

static uint64_t point_hash(uint64_t object, uint32_t kind)
{
	uint64_t hash = (object ^ ((uint64_t)kind << 57)) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 32);
}

static struct point_count *point_find(struct point_table *table, uint64_t object, uint32_t kind)
{
	uint64_t at = point_hash(object, kind);
	for (;; at++) {
		struct point_count *count = &table->counts[at & (table->cap - 1)];
		if (!count->kind || (count->kind == kind && count->object == object))
			return count;
	}
}

/* A table of twice the size; the old one stays behind in the arena. */
static struct point_table *point_grow(struct domain *d, struct point_table *old)
{
	uint32_t cap = old ? old->cap * 2 : POINT_TABLE_MIN;
	struct point_table *table = domain_arena_alloc(d, sizeof(*table) + cap * sizeof(table->counts[0]));
	table->cap = cap;
	for (uint32_t i = 0; old && i < old->cap; i++) {
		const struct point_count *from = &old->counts[i];
		if (!from->kind)
			continue;
		*point_find(table, from->object, from->kind) = *from;
		table->used++;
	}
	return table;
}

static uint32_t point_count(struct context *ctx, uint64_t object, enum point_kind kind)
{
	struct point_table *table = ctx->slots[CONTEXT_SLOT_POINTS];
	if (!table || table->used * 4 >= table->cap * 3)
		ctx->slots[CONTEXT_SLOT_POINTS] = table = point_grow(ctx->domain, table);
	struct point_count *count = point_find(table, object, 1 + (uint32_t)kind);
	if (!count->kind) {
		*count = (struct point_count){.object = object, .kind = 1 + (uint32_t)kind};
		table->used++;
	}
	return ++count->count;
}

/* A director counts afterwards, from its log, so that a run of which nothing is told need not count. */
static inline void point_passed(struct context *ctx, struct point_pass *pass)
{
	const struct engine *engine = ctx->domain->engine;
	if (engine->config.points || engine->config.hold_count) {
		pass->nth = point_count(ctx, pass->object.w, pass->kind);
		if (engine->config.points)
			trace_emit(TRACE_POINT, pass->kind, pass->object.w, pass->nth);
		hold_passed(ctx, pass);
	}
	if (engine->director)
		direct_passed(ctx, pass);
}

void point_pass_slow(enum point_kind kind, obj_t object, enum point_mode mode)
{
	struct context *ctx = context_self();
	if (ctx)
		point_passed(ctx, &(struct point_pass){.kind = kind, .object = object, .mode = mode});
}

void point_pass_label(const char *label, uint32_t event)
{
	struct context *ctx = context_self();
	obj_t object = obj_make(OBJ_EVENT, OBJ_NO_GUEST, event);
	if (engine_tls.points && ctx)
		point_passed(ctx, &(struct point_pass){.kind = POINT_LABEL, .object = object, .label = label});
}
