/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tolerant.c - what comes nearest to a recorded run. See tolerant.h.
 *
 * A hold in words survives what its cycles do not: other prices, more statements
 * elsewhere. But "the third release" may be the second now, and then the order
 * of all steps says more. What that makes is a schedule of holds again, so the run
 * that is shown is a timed run like any other, in either executor.
 *
 * Locking: none. Errors: messages on stderr. Blocking: a few runs.
 */
#include "tolerant.h"

#include <stdlib.h>
#include <string.h>

#include "pefsim/follow.h"

static bool tolerant_shows(const struct session *s, const struct record *record)
{
	char got[256];

	return !strcmp(recording_signature(s, record->signature, got, sizeof(got)), record->signature);
}

static const char *tolerant_outcome(const struct session *s, const struct record *record)
{
	if (!record->signature[0])
		return tolerant_shows(s, record) ? "no finding, as recorded" : "a finding, where none was recorded";
	return tolerant_shows(s, record) ? "the recorded finding" : "not the recorded finding";
}

static enum pef_err tolerant_words(
	struct session *s, const struct record *record, struct run_plan *plan, const char *path)
{
	unsigned lost = 0;

	for (unsigned i = 0; i < plan->hold_count; i++) {
		plan->holds[i] = record->holds[i];
		plan->holds[i].cycles = 0;
	}
	enum pef_err err = session_derive(s, plan);
	if (!err)
		err = session_run_once(s, plan);
	for (unsigned i = 0; i < plan->hold_count; i++)
		lost += !plan->holds[i].reached;
	if (!err && !plan->silent)
		fprintf(stderr, "pefsim: %s: going on by the words of its holds, %u of %u never reached: %s\n", path,
			lost, plan->hold_count, tolerant_outcome(s, record));
	return err;
}

/* The holds of a run that was led; the array replaces the plan's. */
static enum pef_err tolerant_take(struct run_plan *plan, const struct director *d)
{
	unsigned count = director_hold_count(d);
	struct hold *holds = reallocarray(plan->holds, count + 1, sizeof(*holds));

	if (!holds)
		return PEF_NOMEM;
	plan->holds = holds;
	plan->hold_count = director_holds(d, holds, count);
	return PEF_OK;
}

static enum pef_err tolerant_lead(struct session *s, struct run_plan *plan, struct follow *follow)
{
	struct run_plan led = *plan;
	const struct director *d;

	led.exec = ENGINE_FIBERS;
	led.hold_count = 0;
	struct engine_config config = session_config(s, &led);
	session_forget(s);
	enum pef_err err = session_build(s, &config, &s->world);
	if (err)
		return err;
	engine_set_choices(s->world->engine, plan->choices, plan->choice_count);
	d = follow_direct(follow, s->world->engine);
	if (!d)
		return PEF_NOMEM;
	session_drive(s->world, &s->result, plan->silent);
	return tolerant_take(plan, d);
}

static enum pef_err tolerant_order(
	struct session *s, const struct record *record, struct run_plan *plan, const char *path)
{
	struct follow *follow = follow_open(&record->steps);
	size_t added = 0, taken;
	enum pef_err err = follow ? tolerant_lead(s, plan, follow) : PEF_NOMEM;

	if (!err && s->result.end != ENGINE_INTERRUPTED)
		err = session_run_once(s, plan);
	taken = follow ? follow_taken(follow, &added) : 0;
	if (!err && !plan->silent)
		fprintf(stderr,
			"pefsim: %s: going on by the order of its steps, %zu of %zu taken, %zu others between: %s\n",
			path, taken, record->steps.count, added, tolerant_outcome(s, record));
	follow_close(follow);
	return err;
}

enum pef_err tolerant_run(struct session *s, const struct record *record, struct run_plan *plan, const char *path)
{
	plan->hold_count = record->hold_count;
	plan->holds = calloc(record->hold_count + 1, sizeof(*plan->holds));
	if (!plan->holds)
		return PEF_NOMEM;
	enum pef_err err = tolerant_words(s, record, plan, path);
	if (err || s->result.end == ENGINE_INTERRUPTED || tolerant_shows(s, record))
		return err;
	return tolerant_order(s, record, plan, path);
}
