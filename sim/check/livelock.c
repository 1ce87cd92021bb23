/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * livelock.c - a run that met a limit: does it go round in a circle?
 *
 * The trace says what every context did, so it says whether each of them does
 * the same again and again: the end of its records, without times and without
 * numbers that only count, is one sequence repeated. When that holds of all that
 * could run since the last statement began or ended, nobody will ever do
 * anything else: the schedule is fair, and the state comes back.
 *
 * Contexts are looked at one by one, since two circles of different lengths
 * need not meet at the same place of the merged trace for a long time. A context
 * that is held, or in the middle of a step when the run ends, could still change
 * everything, so then nothing is said.
 *
 * Locking: none; after the run. Errors: lack of memory stops the process.
 * Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ghost.h"

#define LANE_STEPS 8192u /* of a context, the last ones */
#define LANE_ROUNDS 8u /* so often must a sequence come */
#define LANES_MAX 1024u
#define NO_RETURN_CYCLES UINT64_C(1000000000)
#define LOOP_CALLS_MAX 4u
#define LOOP_NAME 40

struct lane_step {
	uint64_t what; /* the record without what only counts */
	struct trace_rec rec;
	uint64_t position;
};

/* What one context did. */
struct lane {
	uint32_t domain, ctx;
	uint64_t root; /* whom it works for: domain << 32 | ctx */
	struct lane_step *steps; /* a ring */
	uint64_t count;
	struct trace_rec last;
	bool ended;
	unsigned line;
	uint32_t period; /* records of its circle; 0: it has none */
	cycles_t since; /* the circle began at the latest */
};

struct lasso {
	const struct engine *engine;
	struct lane *lanes;
	uint32_t count;
	cycles_t progress; /* the last statement that began or ended */
	uint64_t positions[PEF_DOMAINS_MAX];
};

static struct lane *lasso_lane(struct lasso *s, uint32_t domain, uint32_t ctx)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->lanes[i].domain == domain && s->lanes[i].ctx == ctx)
			return &s->lanes[i];
	if (s->count == LANES_MAX)
		return NULL;
	s->lanes = ghost_grow(s->lanes, s->count + 1, sizeof(*s->lanes));
	s->lanes[s->count] = (struct lane){.domain = domain, .ctx = ctx, .root = (uint64_t)domain << 32 | ctx};
	return &s->lanes[s->count++];
}

/* Numbers that grow by themselves: of nonces, cookies, occurrences; and times. */
static uint64_t lane_what(const struct trace_rec *r)
{
	uint64_t a = r->a, b = r->b;

	if (r->kind == TRACE_COOKIE || r->kind == TRACE_CRYPTO || r->kind == TRACE_COPY || r->kind == TRACE_CONTENT ||
		r->kind == TRACE_ACCESS)
		b = 0;
	if (r->kind == TRACE_COOKIE)
		a = 0;
	uint64_t hash = ((uint64_t)r->kind << 48 | (uint64_t)r->aux << 32) ^ a * UINT64_C(0x9e3779b97f4a7c15);

	return (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) ^ b;
}

static void lasso_add(struct lasso *s, const struct trace_event *e)
{
	const struct trace_rec *r = &e->rec;
	uint64_t position = s->positions[e->domain]++;
	struct lane *l = r->ctx && r->kind != TRACE_POINT ? lasso_lane(s, e->domain, r->ctx) : NULL;

	if (r->kind == TRACE_OP_BEGIN || r->kind == TRACE_OP_END)
		s->progress = r->cycle;
	if (!l)
		return;
	if (r->kind == TRACE_CTX_START && r->a && r->aux != e->domain)
		l->root = (uint64_t)r->aux << 32 | (uint32_t)r->a;
	if (r->kind == TRACE_OP_BEGIN)
		l->line = (unsigned)r->b;
	l->ended = r->kind == TRACE_CTX_END;
	l->last = *r;
	if (!l->steps)
		l->steps = ghost_grow(NULL, LANE_STEPS, sizeof(*l->steps));
	l->steps[l->count++ % LANE_STEPS] = (struct lane_step){lane_what(r), *r, position};
}

/* The @back-th step from the end, from 0. */
static const struct lane_step *lane_back(const struct lane *l, uint64_t back)
{
	return &l->steps[(l->count - 1 - back) % LANE_STEPS];
}

/* How many steps since the last progress are kept. */
static uint32_t lane_length(const struct lane *l, cycles_t progress)
{
	uint32_t kept = l->count < LANE_STEPS ? (uint32_t)l->count : LANE_STEPS, n = 0;

	while (n < kept && lane_back(l, n)->rec.cycle > progress)
		n++;
	return n;
}

/*C:170
 * Read from its end, a sequence that goes round is its own beginning moved by one round. The shortest
 * move for which enough of it fits is the circle.
 :*/
static void lane_find_circle(struct lane *l, cycles_t progress)
{
	uint32_t length = lane_length(l, progress);

	for (uint32_t p = 1; p * LANE_ROUNDS <= length; p++) {
		uint32_t n = 0;

		while (n + p < length && lane_back(l, n)->what == lane_back(l, n + p)->what)
			n++;
		if (n + p >= p * LANE_ROUNDS) {
			l->period = p;
			l->since = lane_back(l, n + p - 1)->rec.cycle;
			return;
		}
	}
}

/* It has nothing to do, or waits for somebody else: nobody keeps it from anything. */
static bool lane_rests(const struct lane *l)
{
	return l->ended || l->last.kind == TRACE_RETURN || l->last.kind == TRACE_CALL ||
	       l->last.kind == TRACE_LOCK_WAIT || l->last.kind == TRACE_OP_BEGIN || l->last.kind == TRACE_CTX_START;
}

static void lasso_read(struct lasso *s)
{
	struct trace_merge *merge = trace_merge_open(s->engine);
	struct trace_event event;

	while (trace_merge_next(merge, &event))
		lasso_add(s, &event);
	trace_merge_close(merge);
}

/* All that could run go round. */
static bool lasso_is_closed(struct lasso *s)
{
	bool closed = false;

	for (uint32_t i = 0; i < s->count; i++) {
		struct lane *l = &s->lanes[i];

		lane_find_circle(l, s->progress);
		if (!l->period && !lane_rests(l))
			return false;
		closed |= l->period != 0;
	}
	return closed;
}

/* ---- what is told --------------------------------------------------------------------- */

static const char *lasso_name(const struct lasso *s, const struct lane *l)
{
	return engine_context_name(s->engine, l->domain, l->ctx);
}

static unsigned lasso_line(const struct lasso *s, const struct lane *l)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (((uint64_t)s->lanes[i].domain << 32 | s->lanes[i].ctx) == l->root && s->lanes[i].line)
			return s->lanes[i].line;
	return l->line;
}

/* The names of the calls of one round, or of its locks when it makes none; returns how many. */
static unsigned lane_round(const struct lane *l, uint16_t kind, char names[LOOP_CALLS_MAX][LOOP_NAME])
{
	unsigned count = 0;

	for (uint32_t i = l->period; i-- > 0 && count < LOOP_CALLS_MAX;) {
		const struct trace_rec *r = &lane_back(l, i)->rec;

		if (r->kind != kind)
			continue;
		if (kind == TRACE_CALL)
			snprintf(names[count++], LOOP_NAME, "%s", abi_call_name((uint32_t)r->a));
		else
			obj_print((obj_t){r->a}, names[count++], LOOP_NAME);
	}
	return count;
}

static void lasso_block(struct lasso *s, struct finding *out, const struct lane *l)
{
	const struct lane_step *first = lane_back(l, l->period - 1);
	cycles_t round = lane_back(l, 0)->rec.cycle - lane_back(l, l->period)->rec.cycle;
	struct finding_block *b;

	if (out->block_count == FINDING_BLOCKS_MAX)
		return;
	b = &out->blocks[out->block_count++];
	*b = (struct finding_block){
		.domain = l->domain, .script_line = lasso_line(s, l), .of_record = true, .position = first->position};
	snprintf(b->context, sizeof(b->context), "%s", lasso_name(s, l));
	snprintf(b->heading, sizeof(b->heading),
		"%s comes here again every %llu cycles, since cycle %llu at the latest:", lasso_name(s, l),
		(unsigned long long)round, (unsigned long long)l->since);
}

static void lasso_round_line(const struct lasso *s, struct finding *out, const struct lane *l)
{
	char names[LOOP_CALLS_MAX][LOOP_NAME], text[LOOP_CALLS_MAX * (LOOP_NAME + 2)] = "";
	size_t used = 0;
	unsigned count = lane_round(l, TRACE_CALL, names);

	if (!count)
		return;
	for (unsigned i = 0; i < count; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s%.*s", i ? ", " : "", LOOP_NAME - 1, names[i]);
	finding_add_line(out, "a round of %s: %s%s", lasso_name(s, l), text, count == LOOP_CALLS_MAX ? ", ..." : "");
}

static void lasso_title(struct lasso *s, struct finding *out)
{
	static const uint16_t kinds[] = {TRACE_CALL, TRACE_LOCK_ACQUIRE};
	char names[LOOP_CALLS_MAX][LOOP_NAME];

	snprintf(out->title, sizeof(out->title), "%s", finding_kind_name(out->kind));
	for (unsigned k = 0; k < 2; k++) {
		for (uint32_t i = 0; i < s->count; i++) {
			unsigned count = s->lanes[i].period ? lane_round(&s->lanes[i], kinds[k], names) : 0;

			if (!count)
				continue;
			snprintf(out->title, sizeof(out->title), "%s in %s%s%s", finding_kind_name(out->kind), names[0],
				count > 1 ? " / " : "", count > 1 ? names[1] : "");
			return;
		}
	}
}

static void lasso_tell(struct lasso *s, struct finding *out)
{
	finding_begin(out, FINDING_LIVELOCK);
	out->key = *engine_end_key(s->engine);
	lasso_title(s, out);
	for (uint32_t i = 0; i < s->count; i++) {
		if (!s->lanes[i].period)
			continue;
		lasso_block(s, out, &s->lanes[i]);
		lasso_round_line(s, out, &s->lanes[i]);
	}
	finding_add_line(out, "everybody who could run did; no statement began or ended since cycle %llu",
		(unsigned long long)s->progress);
}

/* ---- an operation that does not end ------------------------------------------------------ */

/* The one whom all work for that do anything since the last progress; NULL: several, or nobody. */
static const struct lane *lasso_only_worker(const struct lasso *s)
{
	const struct lane *only = NULL;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct lane *l = &s->lanes[i];

		if (l->ended || lane_length(l, s->progress) == 0)
			continue;
		if (only && only->root != l->root)
			return NULL;
		only = l;
	}
	return only;
}

static bool lasso_no_return(struct lasso *s, struct finding *out)
{
	const struct lane *l = lasso_only_worker(s);

	if (!l || l->last.cycle - s->progress < NO_RETURN_CYCLES)
		return false;
	finding_begin(out, FINDING_NO_RETURN);
	out->key = *engine_end_key(s->engine);
	snprintf(out->title, sizeof(out->title), "%s of %s", finding_kind_name(out->kind),
		engine_context_name(s->engine, (uint32_t)(l->root >> 32), (uint32_t)l->root));
	struct finding_block *b = &out->blocks[out->block_count++];
	*b = (struct finding_block){.domain = l->domain,
		.script_line = lasso_line(s, l),
		.of_record = true,
		.position = lane_back(l, 0)->position};
	snprintf(b->context, sizeof(b->context), "%s", lasso_name(s, l));
	snprintf(b->heading, sizeof(b->heading), "%s is still at work at cycle %llu:", lasso_name(s, l),
		(unsigned long long)l->last.cycle);
	finding_add_line(out, "alone for %llu cycles, and what it does is not the same again and again",
		(unsigned long long)(l->last.cycle - s->progress));
	return true;
}

bool livelock_find(const struct engine *engine, struct finding *out)
{
	struct lasso s = {.engine = engine};
	bool found;

	lasso_read(&s);
	found = lasso_is_closed(&s);
	if (found)
		lasso_tell(&s, out);
	else
		found = lasso_no_return(&s, out);
	for (uint32_t i = 0; i < s.count; i++)
		free(s.lanes[i].steps);
	free(s.lanes);
	return found;
}
