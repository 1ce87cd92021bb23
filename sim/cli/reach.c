/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reach.c - what a run has come to, read off its trace. See reach.h.
 *
 * Locking: none. Errors: see reach.h. Blocking: never.
 */
#include "reach.h"

#include <stdlib.h>
#include <string.h>

#include "pefsim/explore.h"

#define REACH_HELD_MAX 8u
#define REACH_PAGES 256u /* by a hash of the page: two that fall together are one */
#define REACH_LOCKS 256u
#define REACH_OTHER 0x10000u /* calls have lower numbers, operations higher ones */

/* ---- the set ------------------------------------------------------------------------ */

static bool reach_grow(struct reach *reach)
{
	struct reach larger = {.room = reach->room ? 2 * reach->room : 1024};
	bool ok = true;

	larger.seen = calloc(larger.room, sizeof(*larger.seen));
	if (!larger.seen)
		return false;
	for (size_t i = 0; i < reach->room; i++)
		if (reach->seen[i])
			reach_add(&larger, reach->seen[i], &ok);
	free(reach->seen);
	*reach = larger;
	return true;
}

bool reach_add(struct reach *reach, uint64_t what, bool *ok)
{
	what += !what;
	if (2 * reach->count >= reach->room && !reach_grow(reach)) {
		*ok = false;
		return false;
	}
	for (size_t at = what;; at++) {
		uint64_t *place = &reach->seen[at & (reach->room - 1)];
		if (*place == what)
			return false;
		if (*place)
			continue;
		*place = what;
		reach->count++;
		return true;
	}
}

void reach_free(struct reach *reach)
{
	free(reach->seen);
	*reach = (struct reach){0};
}

/* ---- a run --------------------------------------------------------------------------- */

/* A context, as far as the trace has come. */
struct reader_ctx {
	uint32_t parent_domain, parent; /* 0: none */
	uint32_t doing; /* its own operation; 0: none */
	uint32_t calling; /* number of its last call */
	uint32_t held[REACH_HELD_MAX]; /* type and mode */
	unsigned held_count;
};
struct reader {
	struct reach *reach;
	const struct scenario *scenario;
	struct reader_ctx *ctx[PEF_DOMAINS_MAX];
	uint32_t room[PEF_DOMAINS_MAX];
	uint8_t page[REACH_PAGES][3]; /* what the ultravisor, the design and the page table say */
	struct {
		uint64_t lock;
		uint32_t domain, ctx, place;
	} last[REACH_LOCKS]; /* who took it */
	bool ok;
};

static struct reader_ctx *reader_ctx(struct reader *r, uint32_t domain, uint32_t id)
{
	if (id >= r->room[domain]) {
		uint32_t room = 2 * id + 16;
		struct reader_ctx *ctx = realloc(r->ctx[domain], room * sizeof(*ctx));
		if (!ctx)
			return NULL;
		memset(ctx + r->room[domain], 0, (room - r->room[domain]) * sizeof(*ctx));
		r->ctx[domain] = ctx;
		r->room[domain] = room;
	}
	return &r->ctx[domain][id];
}

/* In the course of what a context runs: its operation, or the call it serves. */
static uint32_t reader_place(struct reader *r, const struct reader_ctx *c)
{
	if (c->doing || !c->parent)
		return c->doing;
	return c->parent < r->room[c->parent_domain] ? r->ctx[c->parent_domain][c->parent].calling : 0;
}

static void reader_tell(struct reader *r, uint64_t kind, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t words[] = {kind, a, b, c};

	reach_add(r->reach, explore_hash(EXPLORE_HASH, words, sizeof(words)), &r->ok);
}

static unsigned reader_slot(uint64_t word, unsigned size)
{
	return (unsigned)(word * UINT64_C(0x9e3779b97f4a7c15) >> 40) % size;
}

/* A page changed on one of the sides: what all say now, and in the course of what. */
static void reader_page(struct reader *r, const struct trace_rec *rec, unsigned side, uint32_t place)
{
	uint8_t *page = r->page[reader_slot(rec->a, REACH_PAGES)];

	page[side] = (uint8_t)rec->b;
	reader_tell(r, rec->kind, rec->b, place, 0);
	reader_tell(r, TRACE_KIND_COUNT + side, rec->b, ((uint64_t)page[0] << 8 | page[1]) << 8 | page[2], 0);
}

static void reader_acquire(struct reader *r, uint32_t domain, const struct trace_rec *rec, struct reader_ctx *c)
{
	uint32_t lock = (uint32_t)obj_type((obj_t){rec->a}) << 8 | (rec->aux & 0xff), place = reader_place(r, c);
	unsigned at = reader_slot(rec->a, REACH_LOCKS);

	for (unsigned i = 0; i < c->held_count; i++)
		reader_tell(r, rec->kind, c->held[i], lock, 0);
	if (c->held_count < REACH_HELD_MAX)
		c->held[c->held_count++] = lock;
	if (r->last[at].lock == rec->a && (r->last[at].domain != domain || r->last[at].ctx != rec->ctx))
		reader_tell(r, TRACE_LOCK_WAIT, lock, r->last[at].place, place);
	r->last[at].lock = rec->a;
	r->last[at].domain = domain;
	r->last[at].ctx = rec->ctx;
	r->last[at].place = place;
}

static void reader_release(const struct trace_rec *rec, struct reader_ctx *c)
{
	uint32_t lock = (uint32_t)obj_type((obj_t){rec->a}) << 8 | (rec->aux & 0xff);

	for (unsigned i = c->held_count; i-- > 0;)
		if (c->held[i] == lock) {
			c->held[i] = c->held[--c->held_count];
			return;
		}
}

/* Operations are told apart by what they are, not by which statement it was. */
static uint32_t reader_operation(const struct reader *r, const struct trace_rec *rec)
{
	const struct scenario *s = r->scenario;

	if (rec->aux >= s->thread_count || rec->a >= s->threads[rec->aux].count)
		return 0;
	return REACH_OTHER + (uint32_t)s->threads[rec->aux].statements[rec->a].kind;
}

static void reader_event(struct reader *r, const struct trace_event *e)
{
	const struct trace_rec *rec = &e->rec;
	struct reader_ctx *c = reader_ctx(r, e->domain, rec->ctx);

	r->ok &= c != NULL;
	if (!c)
		return;
	switch ((enum trace_kind)rec->kind) {
	case TRACE_CTX_START:
		*c = (struct reader_ctx){.parent_domain = rec->aux % PEF_DOMAINS_MAX, .parent = (uint32_t)rec->a};
		break;
	case TRACE_OP_BEGIN:
		c->doing = reader_operation(r, rec);
		break;
	case TRACE_OP_END:
		reader_tell(r, rec->kind, c->doing, rec->b, 0);
		c->doing = 0;
		break;
	case TRACE_CALL:
		c->calling = (uint32_t)rec->a;
		break;
	case TRACE_RETURN:
		reader_tell(r, rec->kind, (uint32_t)rec->a, rec->b, 0);
		break;
	case TRACE_UV_STATE:
		reader_page(r, rec, 0, reader_place(r, c));
		break;
	case TRACE_HV_MARK:
		reader_page(r, rec, 1, reader_place(r, c));
		break;
	case TRACE_HOST_PTE:
		reader_page(r, rec, 2, reader_place(r, c));
		break;
	case TRACE_LOCK_ACQUIRE:
		reader_acquire(r, e->domain, rec, c);
		break;
	case TRACE_LOCK_RELEASE:
		reader_release(rec, c);
		break;
	default:
		break;
	}
}

bool reach_run(struct reach *reach, const struct session *s)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct trace_merge *merge = r ? trace_merge_open(s->world->engine) : NULL;
	struct trace_event event;

	if (!merge) {
		free(r);
		return false;
	}
	r->reach = reach;
	r->scenario = s->scenario;
	r->ok = true;
	while (r->ok && trace_merge_next(merge, &event))
		reader_event(r, &event);
	bool ok = r->ok;
	trace_merge_close(merge);
	for (unsigned i = 0; i < PEF_DOMAINS_MAX; i++)
		free(r->ctx[i]);
	free(r);
	return ok;
}
