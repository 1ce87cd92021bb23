/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * twice.c - runs of a search that are made a second time. See twice.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: a run takes its time.
 */
#include "twice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum pef_err schedule_take(const struct session *s, const struct director *d, struct schedule *out)
{
	const struct run_plan *plan = &s->plan;
	unsigned more = d ? director_hold_count(d) : 0, choices = 0;
	const struct run_choice *chosen = d ? director_choices(d, &choices) : NULL;

	*out = (struct schedule){.holds = calloc(plan->hold_count + more + 1, sizeof(*out->holds)),
		.choices = calloc(choices + 1, sizeof(*out->choices))};
	if (!out->holds || !out->choices)
		return PEF_NOMEM;
	for (unsigned i = 0; i < plan->hold_count; i++)
		if (plan->holds[i].reached)
			out->holds[out->hold_count++] = plan->holds[i];
	if (d)
		out->hold_count += director_holds(d, out->holds + out->hold_count, more);
	for (; out->choice_count < choices; out->choice_count++)
		out->choices[out->choice_count] = chosen[out->choice_count];
	return PEF_OK;
}

void schedule_free(struct schedule *schedule)
{
	free(schedule->holds);
	free(schedule->choices);
	*schedule = (struct schedule){0};
}

enum pef_err twice_note(struct twice *t, const struct session *s, const struct director *d)
{
	uint64_t next = t->next ? t->next : 1;

	/* A run that somebody ended is no whole one. */
	if (++t->seen < next || t->count == TWICE_MAX || s->result.end == ENGINE_INTERRUPTED)
		return PEF_OK;
	t->next = next * 8;
	struct twice_run *run = &t->runs[t->count++];
	*run = (struct twice_run){.number = t->seen, .seed = s->plan.seed, .hash = trace_hash(s->world->engine)};
	return schedule_take(s, d, &run->schedule);
}

static enum pef_err twice_compare(const struct twice_run *run, struct session *s)
{
	uint64_t hash = trace_hash(s->world->engine);

	if (hash == run->hash)
		return PEF_OK;
	fprintf(stderr,
		"pefsim: %s: internal error: run %" PRIu64 " of the search was made twice and is not the same\n"
		"  trace hash %016" PRIx64 ", then %016" PRIx64 " with the same seed and schedule\n"
		"  something beside the scenario decides, so no verdict of this check can be trusted\n",
		s->scenario->path, run->number, run->hash, hash);
	return PEF_BUG;
}

/*X:148
 * The tool's check of itself: what a strategy did step by step from a snapshot, and a list of holds given
 * to a world built anew, must make every byte of the trace the same. It covers the snapshot, the lengths
 * of the holds, and whatever else could decide beside the scenario.
 :*/
enum pef_err twice_check(struct twice *t, struct session *s)
{
	enum pef_err err = PEF_OK;

	for (unsigned i = 0; !err && i < t->count; i++) {
		struct twice_run *run = &t->runs[i];
		const struct run_plan plan = {.exec = ENGINE_FIBERS,
			.seed = run->seed,
			.holds = run->schedule.holds,
			.hold_count = run->schedule.hold_count,
			.choices = run->schedule.choices,
			.choice_count = run->schedule.choice_count,
			.silent = true};
		err = session_run_once(s, &plan);
		if (session_interrupted())
			return err;
		err = err ? err : twice_compare(run, s);
		t->checked += !err;
		s->plan.hold_count = 0;
	}
	return err;
}

void twice_free(struct twice *t)
{
	for (unsigned i = 0; i < t->count; i++)
		schedule_free(&t->runs[i].schedule);
	*t = (struct twice){0};
}
