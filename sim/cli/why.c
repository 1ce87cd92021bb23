/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * why.c - when a recorded finding was decided. See why.h.
 *
 * Where all runs of a probe show the finding there may still be a schedule that
 * does not: it is said how many were tried. Which step is the last is looked for
 * by halving, as if the share only rose; other probes are set where it changes
 * most.
 *
 * Locking: none. Errors: see why.h. Blocking: runs.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "recording.h"

#define WHY_SEARCH 2000u /* schedules to look for another run with the finding */
#define WHY_REFINE 16u /* probes beside those that look for the last step */

/* ---- ways ----------------------------------------------------------------------------- */

static enum pef_err way_take(struct why_way *way, const struct director *d)
{
	size_t count;
	const struct director_step *steps = director_steps(d, &count);
	struct director_step *copy = reallocarray(way->steps, count + 1, sizeof(*copy));

	if (!copy)
		return PEF_NOMEM;
	memcpy(copy, steps, count * sizeof(*copy));
	*way = (struct why_way){.steps = copy, .count = count};
	return PEF_OK;
}

static bool way_same_step(const struct director_step *a, const struct director_step *b)
{
	return a->actor == b->actor && a->kind == b->kind && a->object.w == b->object.w;
}

/* How far a run went as the recorded one did. */
static size_t way_common(const struct why_way *way, const struct director *d)
{
	size_t count, at = 0;
	const struct director_step *steps = director_steps(d, &count);

	while (at < count && at < way->count && way_same_step(&steps[at], &way->steps[at]))
		at++;
	return at;
}

/* ---- runs ------------------------------------------------------------------------------ */

static bool why_shows(const struct why *w)
{
	char got[256];

	return !strcmp(recording_signature(w->session, w->record->signature, got, sizeof(got)), w->record->signature);
}

static enum pef_err why_once(struct why *w, size_t steps, bool *shows)
{
	lead_set(w->lead, steps);
	strategy_next(w->lead);
	enum pef_err err = session_direct(w->session, w->lead);
	strategy_done(w->lead);
	*shows = !err && why_shows(w);
	return err;
}

/* A run without the finding: is it nearer than all before? One that a limit ended says nothing. */
static enum pef_err why_keep(struct why *w)
{
	const struct director *d = strategy_director(w->lead);
	size_t common = way_common(&w->with, d);

	if (w->session->result.end != ENGINE_FINISHED || (w->without.count && common <= w->part))
		return PEF_OK;
	w->part = common;
	return way_take(&w->without, d);
}

/* ---- probes ------------------------------------------------------------------------------- */

/* What was seen from a step, beside what was seen from there before. */
static void why_note(struct why *w, size_t step, unsigned hits)
{
	unsigned at = 0;

	while (at < w->probe_count && w->probes[at].step < step)
		at++;
	if (at < w->probe_count && w->probes[at].step == step) {
		w->probes[at].hits += hits;
		w->probes[at].runs += w->runs;
	} else if (w->probe_count < WHY_PROBES_MAX) {
		memmove(&w->probes[at + 1], &w->probes[at], (w->probe_count++ - at) * sizeof(w->probes[0]));
		w->probes[at] = (struct why_probe){step, hits, w->runs};
	}
}

static enum pef_err why_probe(struct why *w, size_t step, unsigned *hits)
{
	enum pef_err err = PEF_OK;
	bool shows;

	*hits = 0;
	for (unsigned i = 0; !err && i < w->runs && !session_interrupted(); i++) {
		err = why_once(w, step, &shows);
		*hits += shows;
		if (!err && !shows)
			err = why_keep(w);
	}
	if (!err && !session_interrupted())
		why_note(w, step, *hits);
	return err;
}

/* Between a step from which it can be avoided and one from which it was not. */
static enum pef_err why_find_last(struct why *w)
{
	size_t end = w->with.count;
	enum pef_err err = PEF_OK;
	unsigned hits;

	w->last = w->first;
	while (!err && end - w->last > 1 && !session_interrupted()) {
		size_t middle = w->last + (end - w->last) / 2;
		err = why_probe(w, middle, &hits);
		if (hits < w->runs)
			w->last = middle;
		else
			end = middle;
	}
	return err;
}

/* Where the share changes most between two probes, there is another. */
static enum pef_err why_refine(struct why *w)
{
	enum pef_err err = PEF_OK;
	unsigned hits;

	for (unsigned i = 0; !err && i < WHY_REFINE && !session_interrupted(); i++) {
		unsigned most = w->runs / 8;
		size_t step = 0;
		for (unsigned k = 1; k < w->probe_count; k++) {
			const struct why_probe *a = &w->probes[k - 1], *b = &w->probes[k];
			unsigned change = a->hits > b->hits ? a->hits - b->hits : b->hits - a->hits;
			if (change <= most || b->step - a->step < 2)
				continue;
			most = change;
			step = a->step + (b->step - a->step) / 2;
		}
		if (!step)
			break;
		err = why_probe(w, step, &hits);
	}
	return err;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* As a record has them: a point each. */
static enum pef_err why_own_steps(struct why *w)
{
	const struct director *d = strategy_director(w->lead);
	size_t count;
	const struct director_step *steps = director_steps(d, &count);

	w->own = (struct record_steps){.points = calloc(count + 1, sizeof(*w->own.points)),
		.steps = calloc(count + 1, sizeof(*w->own.steps)),
		.point_count = (uint32_t)count,
		.count = count};
	if (!w->own.points || !w->own.steps)
		return PEF_NOMEM;
	for (size_t i = 0; i < count; i++) {
		w->own.steps[i] = (uint32_t)i;
		w->own.points[i] =
			(struct record_point){.kind = (enum point_kind)steps[i].kind, .object = steps[i].object};
		snprintf(w->own.points[i].context, PEF_NAME_MAX, "%s", director_name(d, steps[i].actor));
	}
	return PEF_OK;
}

/* Another run with the finding, of which one step is taken at a time: its order of steps makes it again. */
static enum pef_err why_find_other(struct why *w)
{
	enum pef_err err = PEF_OK;
	bool shows = false;

	for (unsigned i = 0; !err && !shows && i < WHY_SEARCH && !session_interrupted(); i++)
		err = why_once(w, 0, &shows);
	if (err || !shows)
		return err ? err : PEF_LIMIT;
	err = why_own_steps(w);
	strategy_close(w->lead);
	w->lead = err ? NULL : lead_open(&w->own, w->record->seed);
	w->other = true;
	return w->lead ? PEF_OK : PEF_NOMEM;
}

/* The order of its steps, from where there is something to decide; its director's log is what others are held against. */
static enum pef_err why_lead(struct why *w)
{
	bool shows = false;
	enum pef_err err = why_once(w, SIZE_MAX, &shows);

	if (err || !shows)
		return err ? err : PEF_LIMIT;
	w->first = director_first(strategy_director(w->lead));
	return way_take(&w->with, strategy_director(w->lead));
}

/* A hold of the record may lie between two points, where their order does not say enough. */
static enum pef_err why_begin(struct why *w)
{
	enum pef_err err = why_lead(w);

	if (err == PEF_LIMIT)
		err = why_find_other(w);
	return err || !w->other ? err : why_lead(w);
}

/* Halving takes the share for rising; where it is not, what was seen counts. */
static void why_last_seen(struct why *w)
{
	for (unsigned i = 0; i < w->probe_count; i++)
		if (w->probes[i].hits < w->probes[i].runs && w->probes[i].step > w->last)
			w->last = w->probes[i].step;
}

/*
 * A run that was to part early may have gone with the recorded one for long, and then avoided it. It is one
 * more that was made from where it parted.
 */
static enum pef_err why_settle(struct why *w)
{
	enum pef_err err = PEF_OK;
	unsigned hits;

	why_last_seen(w);
	while (!err && w->without.count && w->part > w->last && w->probe_count < WHY_PROBES_MAX &&
		!session_interrupted()) {
		size_t part = w->part;
		err = why_probe(w, part, &hits);
		for (unsigned i = 0; i < w->probe_count; i++)
			w->probes[i].runs += w->probes[i].step == part && hits == w->runs;
		why_last_seen(w);
	}
	return err;
}

/*X:155
 * When was it decided? The run is made again up to a step, and from there at random, many times. Of
 * those that go well the one that parts last shows the decision, beside the run that went wrong.
 :*/
enum pef_err why_run(struct session *s, const struct record *record, unsigned runs, struct why *out)
{
	struct run_plan plan = {.exec = ENGINE_FIBERS, .seed = record->seed, .silent = true};
	unsigned hits = 0;
	bool alone;

	*out = (struct why){
		.session = s, .record = record, .runs = runs, .lead = lead_open(&record->steps, record->seed)};
	if (!out->lead)
		return PEF_NOMEM;
	enum pef_err err = session_boot(s, &plan, &alone);
	if (err || alone)
		return err ? err : PEF_LIMIT;
	engine_set_choices(s->world->engine, record->choices, record->choice_count);
	err = why_begin(out);
	if (!err)
		err = why_probe(out, out->first, &hits);
	if (!err && hits < runs)
		err = why_find_last(out);
	if (!err && hits < runs)
		err = why_refine(out);
	if (!err && hits < runs)
		err = why_settle(out);
	return err;
}

void why_free(struct why *w)
{
	strategy_close(w->lead);
	record_steps_free(&w->own);
	free(w->with.steps);
	free(w->without.steps);
	*w = (struct why){0};
}
