/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search.c - many runs of one scenario. See search.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: until the budget is spent.
 */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "pefsim/check.h"

#include "search_parts.h"

/* What the command line says, else the file, else what is usual. */
static enum strategy_id search_strategy_id(const struct session *session)
{
	enum strategy_id id = STRATEGY_PORTFOLIO;

	if (session->options->strategy_given)
		return session->options->strategy;
	if (session->scenario->explore_strategy[0])
		strategy_parse(session->scenario->explore_strategy, &id);
	return id;
}

struct strategy *search_strategy(const struct search *search, unsigned part)
{
	const struct options *o = search->session->options;
	const struct scenario *s = search->session->scenario;
	struct strategy_options so = {.seed = (o->seed ^ s->explore_seed << 32) + part * UINT64_C(0x9e3779b97f4a7c15),
		.part = part,
		.parts = search->parts,
		.runs = search->budget_seconds ? 0 : search->budget_runs,
		.preemptions = o->delays_given                ? (unsigned)o->delays
			       : s->explore_preemptions_given ? (unsigned)s->explore_preemptions
							      : STRATEGY_PREEMPTIONS,
		.by_delay = o->delays_given,
		.depth = (unsigned)s->explore_depth,
		.measure = true};

	return strategy_open(search_strategy_id(search->session), &so);
}

/* What cannot be searched: nothing happens in it, or the strategy can never do what was asked for. */
static bool search_fits(const struct session *session)
{
	const struct scenario *s = session->scenario;
	enum strategy_id id = search_strategy_id(session);
	unsigned statements = s->fault_count; /* which may meet the boot */

	for (unsigned i = 0; i < s->thread_count; i++)
		statements += s->threads[i].count;
	if (!statements)
		fprintf(stderr,
			"%s: error: there is nothing to check: no thread has a statement\n"
			"help: a 'thread' section makes something happen; 'pefsim run' shows how the guests boot\n",
			s->path);
	else if (session->options->require_complete && !strategy_claims(id))
		fprintf(stderr,
			"%s: error: strategy '%s' draws schedules and never runs all, so --require-complete cannot be "
			"met\nhelp: --strategy dpor runs one schedule of every class\n",
			s->path, strategy_name(id));
	else
		return true;
	return false;
}

/* The options' budget instead of the scenario's; time alone means as many runs as it has room for. */
static void search_take_budget(struct search *search, const struct options *o, const struct scenario *s)
{
	bool given = o->runs_given || o->budget_seconds;

	search->budget_runs = s->budget_runs ? s->budget_runs : SEARCH_RUNS_DEFAULT;
	if (given)
		search->budget_runs = o->runs_given ? o->runs : UINT64_MAX;
	search->budget_seconds = given ? o->budget_seconds : s->budget_seconds;
	search->stop_first = o->stop_given ? o->stop_first : s->stop_first;
}

enum pef_err search_open(struct search *search, struct session *session)
{
	const struct options *o = session->options;
	const struct scenario *s = session->scenario;

	*search = (struct search){.session = session};
	if (!search_fits(session))
		return PEF_PARSE;
	search_take_budget(search, o, s);
	search->fail_unexpected = o->fail_unexpected;
	search->strategy = search_strategy(search, 0);
	search->own = calloc(session->hold_count + 1, sizeof(*search->own));
	for (unsigned i = 0; search->own && i < session->hold_count; i++)
		search->own[i] = session->holds[i];
	if (!search->strategy || !search->own || !judge_open(&search->judge, s, o->fail_possible))
		return PEF_NOMEM;
	search->judge.known = o->known_list;
	return PEF_OK;
}

void search_close(struct search *search)
{
	for (unsigned i = 0; i < search->seen_count; i++) {
		free(search->seen[i].holds);
		free(search->seen[i].choices);
	}
	twice_free(&search->twice);
	coverage_free(&search->coverage);
	judge_close(&search->judge);
	strategy_close(search->strategy);
	free(search->own);
}

/* ---- what was seen ------------------------------------------------------------ */

static void search_describe(const struct search *search, struct observation *o, const struct finding *f)
{
	const struct scenario *s = search->session->scenario;
	bool counts = search->judge.possible_counts || judge_counts(s, f);

	snprintf(o->kind, sizeof(o->kind), "%s",
		f->kind == FINDING_INVARIANT ? invariant_name((enum invariant)f->rule) : finding_kind_name(f->kind));
	o->severity = f->severity;
	o->listed = !counts;
	o->expected = judge_expects(s, f, &o->line);
	o->fails = counts && !judge_knows(&search->judge, f) &&
		   (judge_forbids(s, f) || (!o->expected && (!judge_tolerates(s) || search->fail_unexpected)));
}

static enum pef_err search_keep_schedule(struct search *search, struct observation *o)
{
	struct schedule schedule;
	enum pef_err err =
		schedule_take(search->session, o->directed ? strategy_director(search->strategy) : NULL, &schedule);

	o->holds = schedule.holds;
	o->hold_count = schedule.hold_count;
	o->choices = schedule.choices;
	o->choice_count = schedule.choice_count;
	return err;
}

struct observation *search_seen(struct search *search, const char *signature)
{
	struct observation *o = search->seen;

	while (o < &search->seen[search->seen_count] && strcmp(o->signature, signature) != 0)
		o++;
	return o < &search->seen[SEARCH_FINDINGS_MAX] ? o : NULL;
}

static enum pef_err search_observe(struct search *search, bool directed, const struct finding *f)
{
	char signature[sizeof(search->seen[0].signature)];
	struct observation *o = search_seen(search, finding_signature(f, signature, sizeof(signature)));

	if (!o) {
		search->unkept++;
		return PEF_OK;
	}
	if (o < &search->seen[search->seen_count]) {
		/* A run may show it at several places. */
		o->runs += o->last != search->judge.runs;
		o->last = search->judge.runs;
		return PEF_OK;
	}
	*o = (struct observation){.runs = 1,
		.last = search->judge.runs,
		.first = search->judge.runs - 1,
		.seed = search->session->plan.seed,
		.strategy = strategy_whose(search->strategy),
		.directed = directed};
	memcpy(o->signature, signature, sizeof(signature));
	search_describe(search, o, f);
	search->seen_count++;
	return search_keep_schedule(search, o);
}

static enum pef_err search_take(struct search *search, bool directed)
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
	if (s->options->coverage)
		err = coverage_add_run(&search->coverage, s->world->engine, s->scenario->name);
	for (unsigned i = 0; !err && i < count; i++)
		err = search_observe(search, directed, &findings[i]);
	return err;
}

/* ---- runs ------------------------------------------------------------------------- */

/* The run that nobody disturbs. */
static enum pef_err search_timed(struct search *search)
{
	struct session *s = search->session;
	struct run_plan plan = session_plan(s);

	plan.exec = ENGINE_FIBERS;
	plan.points = plan.silent = true;
	enum pef_err err = session_derive(s, &plan);
	if (!err)
		err = session_run_once(s, &plan);
	return err ? err : search_take(search, false);
}

/* From where scripts begin, as often as the budget says. */
static enum pef_err search_boot(struct search *search)
{
	struct run_plan plan = session_plan(search->session);

	plan.silent = true;
	plan.holds = search->own;
	enum pef_err err = session_boot(search->session, &plan, &search->alone);
	search->exhausted = search->alone;
	return err;
}

/*X:140
 * One run of the search: the strategy begins its next schedule, directs the run, and learns from it. The
 * lengths of the holds that come out are found in the same run, which writes the trace of the run that
 * will replay it.
 :*/
static enum pef_err search_once(struct search *search)
{
	if (!strategy_next(search->strategy)) {
		search->exhausted = true;
		return PEF_OK;
	}
	enum pef_err err = session_direct(search->session, search->strategy);
	if (err)
		return err;
	strategy_done(search->strategy);
	err = twice_note(&search->twice, search->session, strategy_director(search->strategy));
	return err ? err : search_take(search, true);
}

/* The schedule that a prediction asks for; 0 holds when there is none. A directed run counts no points: it is made again. */
static enum pef_err search_steering(struct search *search, struct observation *o, struct hold *holds, unsigned *count)
{
	struct session *s = search->session;
	struct run_plan again = search_plan(search, o);
	enum pef_err err = PEF_OK;

	*count = lockgraph_steer(s->locks, o->signature, holds);
	if (!*count && o->directed)
		err = session_run_once(s, &again);
	if (!*count && !err)
		*count = lockgraph_steer(s->locks, o->signature, holds);
	return err;
}

/* A prediction that comes true is an observation; otherwise it stays what it was. */
static enum pef_err search_steer_one(struct search *search, struct observation *o)
{
	struct session *s = search->session;
	struct hold *holds = calloc(s->hold_count + LOCKGRAPH_HOLDS_MAX, sizeof(*holds));
	struct run_plan plan = {.exec = ENGINE_FIBERS, .seed = o->seed, .derive = true, .points = true, .silent = true};

	if (!holds)
		return PEF_NOMEM;
	enum pef_err err = search_steering(search, o, holds + s->hold_count, &plan.hold_count);
	bool steer = !err && plan.hold_count;
	memcpy(holds, search->own, s->hold_count * sizeof(*holds));
	plan.hold_count += s->hold_count;
	plan.holds = holds;
	if (steer)
		err = session_run_once(s, &plan);
	if (steer && !err)
		err = search_take(search, false);
	o->steered = steer && !err && s->result.end == ENGINE_DEADLOCK;
	s->plan.hold_count = 0;
	free(holds);
	return err;
}

/*X:145
 * Two orders of two locks are a prediction. The graph of lock classes knows where each context gets its
 * first lock, so a schedule is at hand: keep each there until the next has its own. If that run ends in a
 * deadlock the prediction has come true, and the deadlock has a schedule that replays it.
 :*/
static enum pef_err search_steer(struct search *search)
{
	enum pef_err err = PEF_OK;

	for (unsigned i = 0; !err && i < search->seen_count; i++)
		if (search->seen[i].severity == SEVERITY_PREDICTED && search->session->locks)
			err = search_steer_one(search, &search->seen[i]);
	return err;
}

static bool search_knows(const struct search *search, const struct finding *f)
{
	char signature[sizeof(search->seen[0].signature)];

	finding_signature(f, signature, sizeof(signature));
	for (unsigned i = 0; i < search->seen_count; i++)
		if (!strcmp(search->seen[i].signature, signature))
			return true;
	return false;
}

/* Circles that no single run showed are listed; no replay could show them. */
static enum pef_err search_cross(struct search *search)
{
	struct session *s = search->session;
	const struct finding *findings;
	enum pef_err err = PEF_OK;

	if (!s->world || !s->locks || !lockgraph_add_across(s->locks, s->world->engine))
		return PEF_OK;
	unsigned count = engine_findings(s->world->engine, &findings), before = search->seen_count;
	for (unsigned i = 0; !err && i < count; i++)
		if (findings[i].kind == FINDING_LOCK_ORDER && !search_knows(search, &findings[i]))
			err = search_observe(search, false, &findings[i]);
	for (unsigned i = before; i < search->seen_count; i++)
		search->seen[i].listed = true;
	return err;
}

bool search_is_decided(const struct search *search)
{
	for (unsigned i = 0; search->stop_first && i < search->seen_count; i++)
		if (search->seen[i].fails)
			return true;
	return false;
}

/* Half of a share of time is for what is done with the findings. */
static bool search_is_late(const struct search *search, uint64_t seconds)
{
	uint64_t share = search->session->options->share_seconds;

	return (search->budget_seconds && seconds >= search->budget_seconds) || (share && seconds >= (share + 1) / 2);
}

enum pef_err search_loop(struct search *search, bool (*each)(void *arg, const struct search *search), void *arg)
{
	enum pef_err err = PEF_OK;
	struct timespec now;

	for (uint64_t i = 0; !err && i < search->budget_runs; i++) {
		search->interrupted |= session_interrupted();
		clock_gettime(CLOCK_MONOTONIC, &now);
		search->out_of_time = search_is_late(search, (uint64_t)(now.tv_sec - search->begin.tv_sec));
		if (search->interrupted || search->out_of_time || search_is_decided(search))
			break;
		err = search_once(search);
		if (search->exhausted)
			break;
		search->interrupted |= !err && each && !each(arg, search);
	}
	return err || search->interrupted ? err : twice_check(&search->twice, search->session);
}

enum pef_err search_run(struct search *search, bool (*each)(void *arg, const struct search *search), void *arg)
{
	enum pef_err err = search_timed(search);

	search->interrupted |= !err && each && !each(arg, search);
	if (!err && search->budget_runs)
		err = search_boot(search);
	clock_gettime(CLOCK_MONOTONIC, &search->begin);
	search->parts = search->in_one ? 0 : search_parts(search, search_strategy_id(search->session));
	if (!err && !search->exhausted)
		err = search->parts ? search_in_parts(search, each, arg) : search_loop(search, each, arg);
	if (!err && !search->interrupted)
		err = search_cross(search);
	return err || search->interrupted ? err : search_steer(search);
}

const char *search_claim(const struct search *search, char *buf, size_t size)
{
	if (search->parts)
		return strategy_swept_print(&search->swept, buf, size);
	if (!search->alone)
		return strategy_claim(search->strategy, buf, size);
	snprintf(buf, size, "complete: there is one");
	return buf;
}

struct run_plan search_plan(const struct search *search, const struct observation *seen)
{
	(void)search;
	return (struct run_plan){.exec = ENGINE_FIBERS,
		.seed = seen->seed,
		.holds = seen->holds,
		.hold_count = seen->hold_count,
		.choices = seen->choices,
		.choice_count = seen->choice_count,
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
