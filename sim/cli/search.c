/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search.c - many runs of one scenario. See search.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: until the budget is spent.
 */
#include "search.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pefsim/check.h"

static bool search_is_seeded(const struct scenario *s)
{
	bool seeded = false;

	for (unsigned i = 0; i < s->rule_count; i++)
		seeded |= s->rules[i].mode == INJECT_MAYBE;
	for (unsigned i = 0; i < s->thread_count; i++)
		for (unsigned k = 0; k < s->threads[i].count; k++)
			seeded |= s->threads[i].statements[k].kind == OP_CHOOSE;
	return seeded;
}

enum pef_err search_open(struct search *search, struct session *session)
{
	const struct options *o = session->options;
	const struct scenario *s = session->scenario;

	*search = (struct search){.session = session};
	search->budget_runs = o->runs_given ? o->runs : s->budget_runs ? s->budget_runs : SEARCH_RUNS_DEFAULT;
	search->budget_seconds = o->runs_given ? 0 : s->budget_seconds;
	search->random = o->seed ^ s->explore_seed << 32;
	search->seeded = search_is_seeded(s);
	search->fail_unexpected = o->fail_unexpected;
	search->holds = calloc(session->hold_count + EXPLORE_HOLDS_MAX, sizeof(*search->holds));
	search->own = calloc(session->hold_count + 1, sizeof(*search->own));
	for (unsigned i = 0; search->own && i < session->hold_count; i++)
		search->own[i] = session->holds[i];
	if (!search->holds || !search->own || !judge_open(&search->judge, s, o->fail_possible))
		return PEF_NOMEM;
	return PEF_OK;
}

void search_close(struct search *search)
{
	for (unsigned i = 0; i < search->seen_count; i++)
		free(search->seen[i].holds);
	judge_close(&search->judge);
	point_list_free(&search->base);
	point_list_free(&search->recent);
	free(search->holds);
	free(search->own);
}

/* ---- what was seen ------------------------------------------------------------ */

static void search_describe(const struct search *search, struct observation *o, const struct finding *f)
{
	const struct scenario *s = search->session->scenario;
	bool counts = f->severity != SEVERITY_POSSIBLE || search->judge.possible_counts;

	snprintf(o->kind, sizeof(o->kind), "%s",
		f->kind == FINDING_INVARIANT ? invariant_name((enum invariant)f->rule) : finding_kind_name(f->kind));
	o->severity = f->severity;
	o->expected = judge_expects(s, f, &o->line);
	o->fails =
		counts && (judge_forbids(s, f) || (!o->expected && (!judge_tolerates(s) || search->fail_unexpected)));
}

/* Holds that were not reached did nothing: the rest is the whole schedule. */
static enum pef_err search_keep_holds(struct observation *o, const struct run_plan *plan)
{
	o->holds = calloc(plan->hold_count + 1, sizeof(*o->holds));
	for (unsigned i = 0; o->holds && i < plan->hold_count; i++)
		if (plan->holds[i].reached)
			o->holds[o->hold_count++] = plan->holds[i];
	return o->holds ? PEF_OK : PEF_NOMEM;
}

static enum pef_err search_observe(struct search *search, const struct run_plan *plan, const struct finding *f)
{
	char signature[sizeof(search->seen[0].signature)];
	struct observation *o = search->seen;

	finding_signature(f, signature, sizeof(signature));
	while (o < &search->seen[search->seen_count] && strcmp(o->signature, signature) != 0)
		o++;
	if (o == &search->seen[SEARCH_FINDINGS_MAX]) {
		search->unkept++;
		return PEF_OK;
	}
	if (o < &search->seen[search->seen_count]) {
		o->runs++;
		return PEF_OK;
	}
	*o = (struct observation){.runs = 1, .first = search->judge.runs - 1, .seed = plan->seed};
	memcpy(o->signature, signature, sizeof(signature));
	search_describe(search, o, f);
	search->seen_count++;
	return search_keep_holds(o, plan);
}

static enum pef_err search_take(struct search *search, const struct run_plan *plan)
{
	struct session *s = search->session;
	const struct finding *findings;
	unsigned count = engine_findings(s->world->engine, &findings);
	enum pef_err err = PEF_OK;

	if (s->result.end == ENGINE_INTERRUPTED) {
		search->interrupted = true;
		return PEF_OK;
	}
	judge_run(&search->judge, s);
	for (unsigned i = 0; !err && i < count; i++)
		err = search_observe(search, plan, &findings[i]);
	return err;
}

/* ---- runs ------------------------------------------------------------------------- */

/* The points of the run that has just ended, labels with their names. */
static enum pef_err search_collect(const struct session *s, struct point_list *out)
{
	enum pef_err err = point_list_collect(s->world->engine, out);

	out->events = (const char(*)[PEF_NAME_MAX])s->scenario->events;
	out->event_count = s->scenario->event_count;
	return err;
}

/* The run that nobody disturbs; its points are where the others are held. */
static enum pef_err search_timed(struct search *search)
{
	struct session *s = search->session;
	struct run_plan plan = session_plan(s);

	plan.exec = ENGINE_FIBERS;
	plan.points = plan.silent = true;
	enum pef_err err = session_derive(s, &plan);
	if (!err)
		err = session_run_once(s, &plan);
	if (!err)
		err = search_take(search, &plan);
	return err ? err : search_collect(s, &search->base);
}

/*X:140
 * One run of the search. Half of the schedules are drawn from the points of the undisturbed run, the
 * others from those of the run before, so that code which only a held run reaches is held, too. The
 * lengths of holds are found in the same run, which writes the trace of the run that will replay it.
 :*/
static enum pef_err search_once(struct search *search)
{
	struct session *s = search->session;
	bool recent = search->recent.count && (explore_random(&search->random) & 1);
	bool seed_only = search->seeded && (explore_random(&search->random) & 3) == 0;
	struct run_plan plan = {.exec = ENGINE_FIBERS, .derive = true, .points = true, .silent = true};

	plan.seed = explore_random(&search->random) >> 1 | 1;
	plan.holds = search->holds;
	plan.hold_count = s->hold_count;
	memcpy(search->holds, search->own, s->hold_count * sizeof(*search->own));
	if (!seed_only)
		plan.hold_count += holds_draw(
			recent ? &search->recent : &search->base, &search->random, &search->holds[s->hold_count]);
	enum pef_err err = session_run_once(s, &plan);
	if (!err)
		err = search_take(search, &plan);
	point_list_free(&search->recent);
	return err ? err : search_collect(s, &search->recent);
}

/* Whether what "stop first" waits for has happened. */
static bool search_is_decided(const struct search *search)
{
	for (unsigned i = 0; search->session->scenario->stop_first && i < search->seen_count; i++)
		if (search->seen[i].fails)
			return true;
	return false;
}

enum pef_err search_run(struct search *search, bool (*each)(void *arg, const struct search *search), void *arg)
{
	struct timespec begin, now;
	enum pef_err err = search_timed(search);

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (uint64_t i = 0; !err && i < search->budget_runs; i++) {
		search->interrupted |= session_interrupted() || (each && !each(arg, search));
		clock_gettime(CLOCK_MONOTONIC, &now);
		search->out_of_time =
			search->budget_seconds && (uint64_t)(now.tv_sec - begin.tv_sec) >= search->budget_seconds;
		if (search->interrupted || search->out_of_time || search_is_decided(search))
			break;
		err = search_once(search);
	}
	return err;
}

struct run_plan search_plan(const struct search *search, const struct observation *seen)
{
	(void)search;
	return (struct run_plan){.exec = ENGINE_FIBERS,
		.seed = seen->seed,
		.holds = seen->holds,
		.hold_count = seen->hold_count,
		.points = true,
		.silent = true};
}

enum judgement search_verdict(const struct search *search)
{
	enum judgement worst = search->judge.limited ? JUDGED_OPEN : JUDGED_HOLDS;

	for (unsigned i = 0; i < search->seen_count; i++)
		if (search->seen[i].fails)
			return JUDGED_BROKEN;
	for (unsigned i = 0; i < search->session->scenario->expect_count; i++) {
		enum judgement one = judge_line(&search->judge, i);
		if (one == JUDGED_BROKEN)
			return one;
		worst = one == JUDGED_OPEN ? one : worst;
	}
	return worst;
}
