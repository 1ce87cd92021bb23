/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coverage_run.c - what one run reached, read from its trace.
 *
 * An operation is a statement of the script, by its line: whatever the calls it
 * makes do on either side is its own, since contexts are named after the thread
 * they work for ("g0.vcpu0/hv"). Two operations of different threads conflict
 * where they take the same lock, not both shared, or change what a side knows
 * of the same page, one right after the other.
 *
 * Most events of most runs tell nothing new: a thing is made a text only when
 * its numbers were not seen before.
 *
 * Locking: none; the run has ended. Errors: PEF_NOMEM. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/check.h"
#include "pefsim/coverage.h"
#include "pefsim/explore.h"
#include "pefsim/sync.h"
#include "pefsim/trace.h"

#define HELD_MAX 16u
#define OBJECTS 1024u /* whose last user is remembered; a power of two */

struct reader_context {
	uint32_t thread; /* 1 + number of its name up to "/"; 0: not looked up yet */
	unsigned held_count;
	obj_t held[HELD_MAX];
};

/* Who used an object last. Two that share a place forget each other, which loses an order, not more. */
struct reader_use {
	uint64_t object;
	uint32_t thread, line;
	bool shared;
};

struct reader {
	struct coverage *c;
	const struct engine *engine;
	const char *name;
	struct reader_context *contexts[PEF_DOMAINS_MAX];
	uint32_t context_room[PEF_DOMAINS_MAX];
	char (*threads)[PEF_NAME_MAX];
	uint32_t *lines; /* by thread: of the statement it is at; 0: none */
	uint32_t thread_count;
	struct reader_use uses[OBJECTS];
	bool failed;
};

/* ---- who it is ------------------------------------------------------------------------- */

static uint32_t reader_thread(struct reader *r, const char *name)
{
	size_t len = strcspn(name, "/");

	for (uint32_t i = 0; i < r->thread_count; i++)
		if (strlen(r->threads[i]) == len && !memcmp(r->threads[i], name, len))
			return i;
	char(*threads)[PEF_NAME_MAX] = reallocarray(r->threads, r->thread_count + 1, sizeof(*threads));
	if (threads)
		r->threads = threads;
	uint32_t *lines = reallocarray(r->lines, r->thread_count + 1, sizeof(*lines));
	if (lines)
		r->lines = lines;
	r->failed |= !threads || !lines;
	if (r->failed)
		return 0;
	snprintf(r->threads[r->thread_count], PEF_NAME_MAX, "%.*s", (int)len, name);
	r->lines[r->thread_count] = 0;
	return r->thread_count++;
}

static struct reader_context *reader_context(struct reader *r, const struct trace_event *e)
{
	uint32_t *room = &r->context_room[e->domain], id = e->rec.ctx;

	if (id >= *room) {
		uint32_t wanted = (id | 15u) + 1;
		struct reader_context *all = reallocarray(r->contexts[e->domain], wanted, sizeof(*all));
		r->failed |= !all;
		if (!all)
			return NULL;
		memset(all + *room, 0, (wanted - *room) * sizeof(*all));
		r->contexts[e->domain] = all;
		*room = wanted;
	}
	struct reader_context *ctx = &r->contexts[e->domain][id];
	if (!ctx->thread)
		ctx->thread = 1 + reader_thread(r, engine_context_name(r->engine, e->domain, id));
	return r->failed ? NULL : ctx;
}

/* ---- what is new ------------------------------------------------------------------------ */

static uint64_t *known_slot(uint64_t *known, uint32_t size, uint64_t key)
{
	uint32_t i = (uint32_t)(key >> 32);

	while (known[i & (size - 1)] && known[i & (size - 1)] != key)
		i++;
	return &known[i & (size - 1)];
}

static bool known_grow(struct coverage *c)
{
	uint32_t size = c->known_size ? 2 * c->known_size : 512;
	uint64_t *known = calloc(size, sizeof(*known));

	for (uint32_t i = 0; known && i < c->known_size; i++)
		if (c->known[i])
			*known_slot(known, size, c->known[i]) = c->known[i];
	if (!known)
		return false;
	free(c->known);
	c->known = known;
	c->known_size = size;
	return true;
}

/* Whether these numbers come for the first time. */
static bool reader_is_new(struct reader *r, enum coverage_kind kind, uint64_t a, uint64_t b)
{
	const uint64_t what[3] = {kind, a, b};
	uint64_t key = explore_hash(EXPLORE_HASH, what, sizeof(what)) | 1;
	struct coverage *c = r->c;

	if (2 * (c->known_count + 1) > c->known_size && !known_grow(c)) {
		r->failed = true;
		return false;
	}
	uint64_t *slot = known_slot(c->known, c->known_size, key);
	bool fresh = !*slot;
	*slot = key;
	c->known_count += fresh;
	return fresh;
}

static void reader_add(struct reader *r, enum coverage_kind kind, const char *text, bool reached)
{
	r->failed |= coverage_add(r->c, kind, text, reached) != PEF_OK;
}

/* ---- orders of operations ------------------------------------------------------------------ */

static void reader_add_order(struct reader *r, uint32_t first, uint32_t second, const char *on, bool reached)
{
	char text[sizeof(((struct coverage_item *)NULL)->text)];

	snprintf(text, sizeof(text), "%s:%u before %s:%u on %s", r->name, first, r->name, second, on);
	reader_add(r, COVERAGE_ORDERS, text, reached);
}

/* @object: of a type that tells locks from pages; @on: what people call it */
static void reader_use(
	struct reader *r, const struct reader_context *ctx, uint64_t object, bool shared, unsigned type, const char *on)
{
	uint32_t thread = ctx->thread - 1, line = r->lines[thread];
	uint64_t key = explore_hash(EXPLORE_HASH, &object, sizeof(object));
	struct reader_use *use = &r->uses[key & (OBJECTS - 1)], before = *use;

	*use = (struct reader_use){.object = object, .thread = thread, .line = line, .shared = shared};
	if (before.object != object || before.thread == thread || !before.line || !line || (before.shared && shared))
		return;
	if (!reader_is_new(r, COVERAGE_ORDERS, (uint64_t)before.line << 32 | line, type))
		return;
	reader_add_order(r, before.line, line, on, true);
	reader_add_order(r, line, before.line, on, false);
}

static void reader_page(struct reader *r, const struct trace_event *e, const char *on)
{
	const struct reader_context *ctx = reader_context(r, e);

	/* No lock is numbered so: its type is in the upper bits, and none has that one. */
	if (ctx)
		reader_use(r, ctx, ~e->rec.a ^ (uint64_t)e->rec.kind << 40, false, OBJ_TYPE_COUNT + e->rec.kind, on);
}

/* ---- locks ------------------------------------------------------------------------------ */

static obj_t lock_class(obj_t lock)
{
	return obj_make(obj_type(lock), OBJ_NO_GUEST, OBJ_NO_INDEX);
}

static void reader_nested(struct reader *r, obj_t outer, obj_t inner)
{
	char first[64], second[64], text[160];

	if (!reader_is_new(r, COVERAGE_LOCKS, lock_class(outer).w, lock_class(inner).w))
		return;
	snprintf(text, sizeof(text), "%s -> %s", obj_print(lock_class(outer), first, sizeof(first)),
		obj_print(lock_class(inner), second, sizeof(second)));
	reader_add(r, COVERAGE_LOCKS, text, true);
}

static void reader_acquire(struct reader *r, const struct trace_event *e)
{
	struct reader_context *ctx = reader_context(r, e);
	obj_t lock = {e->rec.a};
	char on[64];

	if (!ctx)
		return;
	for (unsigned i = 0; i < ctx->held_count; i++)
		reader_nested(r, ctx->held[i], lock);
	if (ctx->held_count < HELD_MAX)
		ctx->held[ctx->held_count++] = lock;
	reader_use(r, ctx, lock.w, e->rec.aux == LOCK_SHARED || e->rec.aux == LOCK_SRCU_READ, obj_type(lock),
		obj_print(lock_class(lock), on, sizeof(on)));
}

static void reader_release(struct reader *r, const struct trace_event *e)
{
	struct reader_context *ctx = reader_context(r, e);

	for (unsigned i = ctx ? ctx->held_count : 0; i-- > 0;) {
		if (ctx->held[i].w != e->rec.a)
			continue;
		memmove(&ctx->held[i], &ctx->held[i + 1], (--ctx->held_count - i) * sizeof(ctx->held[0]));
		break;
	}
}

/* ---- states and codes ---------------------------------------------------------------------- */

static void reader_state(struct reader *r, const struct trace_event *e)
{
	enum gfn_state from = (enum gfn_state)(e->rec.b >> 32), to = (enum gfn_state)(uint32_t)e->rec.b;
	char text[96];

	if (from >= GFN_STATE_COUNT || to >= GFN_STATE_COUNT || !checker_allows(from, to))
		return;
	if (reader_is_new(r, COVERAGE_TRANSITIONS, from, to)) {
		snprintf(text, sizeof(text), "%s -> %s", gfn_state_name(from), gfn_state_name(to));
		reader_add(r, COVERAGE_TRANSITIONS, text, true);
	}
}

static void reader_return(struct reader *r, const struct trace_event *e)
{
	const char *call = abi_call_name((uint32_t)e->rec.a);
	const char *code = call ? abi_code_name((int64_t)e->rec.b, call[0]) : NULL;
	char text[96];

	if (!code || !reader_is_new(r, COVERAGE_CODES, (uint32_t)e->rec.a, e->rec.b))
		return;
	snprintf(text, sizeof(text), "%s %s", call, code);
	/* What the document does not name is no part of what there is. */
	for (uint32_t i = 0; i < r->c->count; i++)
		if (r->c->items[i].kind == COVERAGE_CODES && !strcmp(r->c->items[i].text, text))
			r->c->items[i].reached = true;
}

static void reader_take(struct reader *r, const struct trace_event *e)
{
	const struct reader_context *ctx;

	switch (e->rec.kind) {
	case TRACE_OP_BEGIN:
	case TRACE_OP_END:
		if ((ctx = reader_context(r, e)))
			r->lines[ctx->thread - 1] = e->rec.kind == TRACE_OP_BEGIN ? (uint32_t)e->rec.b : 0;
		break;
	case TRACE_LOCK_ACQUIRE:
		reader_acquire(r, e);
		break;
	case TRACE_LOCK_RELEASE:
		reader_release(r, e);
		break;
	case TRACE_RETURN:
		reader_return(r, e);
		break;
	case TRACE_UV_STATE:
		reader_state(r, e);
		reader_page(r, e, "gfn-state");
		break;
	case TRACE_HV_MARK:
		reader_page(r, e, "mark");
		break;
	case TRACE_HOST_PTE:
		reader_page(r, e, "host-pte");
		break;
	default:
		break;
	}
}

enum pef_err coverage_add_run(struct coverage *c, const struct engine *engine, const char *name)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct trace_merge *merge = trace_merge_open(engine);
	struct trace_event event;
	enum pef_err err = r && merge ? PEF_OK : PEF_NOMEM;

	if (!err && !c->count)
		err = coverage_add_tables(c);
	if (r)
		*r = (struct reader){.c = c, .engine = engine, .name = name};
	while (!err && !r->failed && trace_merge_next(merge, &event))
		reader_take(r, &event);
	trace_merge_close(merge);
	for (unsigned i = 0; r && i < PEF_DOMAINS_MAX; i++)
		free(r->contexts[i]);
	if (r) {
		err = r->failed ? PEF_NOMEM : err;
		free(r->threads);
		free(r->lines);
	}
	free(r);
	return err;
}
