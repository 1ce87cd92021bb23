/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shrink_holds.c - fewer holds, and holds that still mean the same point when
 * statements go. See shrink.h.
 *
 * A hold says "the third release of uvmem_lock". When a statement goes that had
 * made two of these three, it must say "the first". So each run of the best
 * case counts, for both points of each hold, how often each line's statement
 * passed them before the one that is meant.
 *
 * Locking: none. Errors: none. Blocking: as the candidates' runs.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/trace.h"

#include "shrink.h"

/* ---- what was passed ---------------------------------------------------------------------- */

static unsigned *passed_row(const struct shrink *sh, unsigned hold, bool until)
{
	return sh->passed + (size_t)(2 * hold + until) * (sh->best.line_count + 1);
}

/* The line whose statement the hardware thread of a context is at; line 0: before any. */
struct at_line {
	unsigned *lines; /* by thread of the scenario */
	const struct scenario *scenario;
};

static unsigned line_of(const struct at_line *at, const char *context)
{
	size_t base = strcspn(context, "/");
	unsigned line = 0;

	for (unsigned i = 0; i < at->scenario->thread_count; i++) {
		const char *name = at->scenario->threads[i].context;
		if (strcspn(name, "/") == base && !strncmp(name, context, base) && at->lines[i] > line)
			line = at->lines[i];
	}
	return line;
}

/* Whether a record is this point, passed before the one that is meant. */
static bool is_earlier(const struct point_name *p, const struct trace_rec *rec, const char *context)
{
	return p->kind == (enum point_kind)rec->aux && obj_matches(p->object, (obj_t){rec->a}) && rec->b < p->nth &&
	       p->kind != POINT_LABEL && !strcmp(p->context, context);
}

static const struct point_name *hold_point(const struct hold *holds, unsigned i)
{
	return i % 2 ? &holds[i / 2].until : &holds[i / 2].at;
}

static void count_point(struct shrink *sh, const struct at_line *at, const struct trace_rec *rec, const char *context)
{
	for (unsigned i = 0; i < 2 * sh->best.hold_count; i++) {
		if (!is_earlier(hold_point(sh->best.holds, i), rec, context))
			continue;
		unsigned line = line_of(at, context);
		if (line <= sh->best.line_count)
			passed_row(sh, i / 2, i % 2)[line]++;
	}
}

void shrink_count(struct shrink *sh, const struct session *s)
{
	struct at_line at = {.scenario = s->scenario, .lines = calloc(s->scenario->thread_count + 1, sizeof(unsigned))};
	struct trace_merge *merge = trace_merge_open(s->world->engine);
	struct trace_event e;

	free(sh->passed);
	sh->passed = calloc((size_t)2 * sh->best.hold_count * (sh->best.line_count + 1) + 1, sizeof(*sh->passed));
	if (!sh->passed || !at.lines)
		abort();
	while (trace_merge_next(merge, &e)) {
		if (e.rec.kind == TRACE_OP_BEGIN && e.rec.aux < s->scenario->thread_count)
			at.lines[e.rec.aux] = (unsigned)e.rec.b;
		else if (e.rec.kind == TRACE_POINT)
			count_point(sh, &at, &e.rec, engine_context_name(s->world->engine, e.domain, e.rec.ctx));
	}
	trace_merge_close(merge);
	free(at.lines);
}

/* How often a hold's point was passed before any statement of its hardware thread. */
static unsigned count_boot(const struct session *s, const struct point_name *p)
{
	struct trace_merge *merge = trace_merge_open(s->world->engine);
	struct trace_event e;
	unsigned count = 0;
	bool booted = false;

	while (!booted && trace_merge_next(merge, &e)) {
		const char *context = engine_context_name(s->world->engine, e.domain, e.rec.ctx);
		size_t base = strcspn(p->context, "/");
		booted = e.rec.kind == TRACE_OP_BEGIN && strcspn(context, "/") == base &&
			 !strncmp(context, p->context, base);
		count += e.rec.kind == TRACE_POINT && is_earlier(p, &e.rec, context);
	}
	trace_merge_close(merge);
	return count;
}

bool shrink_follow_boot(const struct shrink *sh, const struct session *s, struct shrink_case *c)
{
	bool moved = false;

	for (unsigned i = 0; sh->passed && c->hold_count == sh->best.hold_count && i < 2 * c->hold_count; i++) {
		struct point_name *p = (struct point_name *)(uintptr_t)hold_point(c->holds, i);
		unsigned before = passed_row(sh, i / 2, i % 2)[0], now = count_boot(s, p);
		if (now < before && p->nth > before - now) {
			p->nth -= before - now;
			moved = true;
		}
	}
	return moved;
}

void shrink_renumber(const struct shrink *sh, const bool *drop, struct shrink_case *c)
{
	for (unsigned i = 0; sh->passed && i < 2 * c->hold_count; i++) {
		struct point_name *p = i % 2 ? &c->holds[i / 2].until : &c->holds[i / 2].at;
		const unsigned *row = passed_row(sh, i / 2, i % 2);
		for (unsigned line = 0; line < sh->best.line_count; line++)
			if (drop[line] && p->nth > row[line + 1])
				p->nth -= row[line + 1];
	}
}

/* ---- fewer ----------------------------------------------------------------------------------- */

static bool try_without_holds(void *arg, const bool *drop, unsigned count)
{
	struct shrink *sh = arg;
	struct shrink_case c = shrink_copy(sh, NULL);
	unsigned kept = 0;

	/* Holds that did nothing go with others, so the numbers may not be these any more. */
	for (unsigned i = 0; i < c.hold_count; i++)
		if (i >= count || !drop[i])
			c.holds[kept++] = c.holds[i];
	bool fewer = kept < c.hold_count;
	c.hold_count = kept;
	if (!fewer) {
		shrink_case_free(&c);
		return false;
	}
	return shrink_try(sh, &c);
}

/* What the script leaves to chance is decided by choices and by the seed; without any it is 0. */
static bool try_without_chance(struct shrink *sh, bool seed)
{
	struct shrink_case c = shrink_copy(sh, NULL);
	bool any = c.choice_count || (seed && c.seed);

	c.choice_count = 0;
	c.seed = seed ? 0 : c.seed;
	if (any)
		return shrink_try(sh, &c);
	shrink_case_free(&c);
	return false;
}

bool shrink_pass_holds(struct shrink *sh)
{
	bool gained = try_without_chance(sh, true) || try_without_chance(sh, false);

	gained |= shrink_parts(sh->best.hold_count, try_without_holds, sh);
	return gained;
}
