/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session_direct.c - many runs from one boot, and what the checkers say of a run.
 *
 * A world is built once and run to the first moment at which there is something
 * to decide: two threads of the script could go on, or a fault may happen, which
 * it may in the boot. There a snapshot is taken, and each run begins with putting
 * it back. The checkers have seen the way there, too: each run goes on with a
 * copy of theirs. Where nothing can be put back (a build with a sanitizer) the
 * world is built anew every time, which is the same run, only slower.
 *
 * Locking: none. Errors: messages on stderr. Blocking: a run takes its time.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/check.h"
#include "pefsim/director.h"

#include "session.h"

struct session_start {
	struct run_plan plan;
	struct hold *holds; /* the user's, as they are where a run begins */
	struct hold *running; /* of the run under way */
	bool over; /* a run ends before scripts begin */
	bool restores; /* by a snapshot */
	bool fresh; /* nothing has run from there yet */
	struct checker *checker; /* has seen the boot; NULL: the boot broke a rule itself */
	uint64_t seen[PEF_DOMAINS_MAX]; /* records of the boot */
};

void session_forget(struct session *s)
{
	struct session_start *start = s->start;

	if (start) {
		checker_destroy(start->checker);
		free(start->holds);
		free(start->running);
		free(start);
	}
	s->start = NULL;
	world_destroy(s->world);
	s->world = NULL;
}

/* ---- the checkers ----------------------------------------------------------------- */

static void session_view_hv(void *arg, unsigned guest, gfn_t gfn, struct hv_page_view *out)
{
	hv_view_page(((struct world *)arg)->hv, guest, gfn, out);
}

static void session_view_uv(void *arg, unsigned guest, gfn_t gfn, struct uv_page_view *out)
{
	uv_view_page(((struct world *)arg)->uv, guest, gfn, out);
}

static uint32_t session_view_used(void *arg)
{
	return hv_pool_used(((struct world *)arg)->hv);
}

static uint32_t session_view_marked(void *arg)
{
	return hv_pool_marked(((struct world *)arg)->hv);
}

/* What the checkers do not know from its beginning they would take for wrong. */
static bool session_trace_is_whole(const struct engine *engine)
{
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		const struct trace_ring *ring = domain_trace(engine_domain(engine, i));
		if (ring->off || ring->folded_count)
			return false;
	}
	return true;
}

static struct checker *session_checker(struct session *s)
{
	const struct session_start *start = s->start;

	return start && start->checker ? checker_copy(start->checker, &s->world->config)
				       : checker_create(&s->world->config, hv_marks(s->scenario->design));
}

static struct trace_merge *session_trace(struct session *s)
{
	const struct session_start *start = s->start;

	return start && start->checker ? trace_merge_open_at(s->world->engine, start->seen)
				       : trace_merge_open(s->world->engine);
}

/*
 * The checkers read the whole trace; the first broken invariant becomes a finding.
 * Each rule judges an event by those before it, so a run that was stopped is
 * judged up to there, but for what must hold at the end.
 */
static void session_ask_checkers(struct session *s)
{
	struct world *w = s->world;
	const struct checker_views views = {
		.arg = w,
		.hv_page = session_view_hv,
		.uv_page = session_view_uv,
		.pool_used = session_view_used,
		.pool_marked = session_view_marked,
	};
	struct checker *checker = session_checker(s);
	struct trace_merge *merge = session_trace(s);
	struct trace_event event;
	struct finding finding;
	bool broken = false;

	while (!broken && trace_merge_next(merge, &event))
		broken = checker_feed(checker, &event, &finding);
	if (!broken && s->result.end == ENGINE_FINISHED)
		broken = checker_finish(checker, &views, &finding);
	if (broken)
		engine_add_finding(w->engine, &finding);
	trace_merge_close(merge);
	checker_destroy(checker);
}

/* A limit ended the run: does anything still happen in it? */
static void session_find_livelock(struct session *s)
{
	bool limited = s->result.end == ENGINE_STEP_LIMIT || s->result.end == ENGINE_CYCLE_LIMIT;
	struct finding finding;

	if (limited && !s->unchecked && engine_checks(s->world->engine, ENGINE_CHECK_PROGRESS) &&
		livelock_find(s->world->engine, &finding))
		engine_add_finding(s->world->engine, &finding);
}

/* What cannot be kept for want of memory is not told. */
static void session_check_locks(struct session *s)
{
	if (!s->locks)
		s->locks = lockgraph_create();
	if (s->locks)
		lockgraph_add_run(s->locks, s->world->engine, s->result.end);
}

void session_check(struct session *s)
{
	s->unchecked = !session_trace_is_whole(s->world->engine);
	session_check_locks(s);
	if (!s->unchecked)
		session_ask_checkers(s);
	session_find_leaks(s);
	session_find_livelock(s);
}

/* ---- where runs begin --------------------------------------------------------------- */

static void session_judge_boot(struct session *s)
{
	struct session_start *start = s->start;
	struct trace_merge *merge = trace_merge_open(s->world->engine);
	struct trace_event event;
	struct finding finding;

	start->checker = checker_create(&s->world->config, hv_marks(s->scenario->design));
	while (start->checker && trace_merge_next(merge, &event)) {
		start->seen[event.domain]++;
		if (!checker_feed(start->checker, &event, &finding))
			continue;
		checker_destroy(start->checker);
		start->checker = NULL;
	}
	trace_merge_close(merge);
}

/* The world, run to where every run begins. */
static enum pef_err session_begin(struct session *s)
{
	struct session_start *start = s->start;
	struct engine_config config = session_config(s, &start->plan);
	struct director *d;

	memcpy(start->running, start->holds, start->plan.hold_count * sizeof(*start->holds));
	config.holds = start->running;
	world_destroy(s->world);
	s->world = NULL;
	enum pef_err err = session_build(s, &config, &s->world);
	if (!err && !(d = engine_direct(s->world->engine, NULL, NULL)))
		err = PEF_NOMEM;
	if (err)
		return err;
	director_wait_for_mark(d);
	director_scout(d);
	start->over = !engine_run_to_mark(s->world->engine, &s->result);
	start->fresh = true;
	return PEF_OK;
}

enum pef_err session_boot(struct session *s, const struct run_plan *plan, bool *alone)
{
	struct session_start *start = calloc(1, sizeof(*start));

	session_forget(s);
	s->start = start;
	if (!start)
		return PEF_NOMEM;
	start->plan = *plan;
	start->plan.exec = ENGINE_FIBERS;
	start->plan.derive = true;
	start->plan.points = false;
	start->holds = calloc(plan->hold_count + 1, sizeof(*start->holds));
	start->running = calloc(plan->hold_count + 1, sizeof(*start->running));
	if (!start->holds || !start->running)
		return PEF_NOMEM;
	if (plan->hold_count)
		memcpy(start->holds, plan->holds, plan->hold_count * sizeof(*start->holds));
	enum pef_err err = session_begin(s);
	*alone = start->over;
	if (err || start->over)
		return err;
	session_judge_boot(s);
	/* What a hold of the boot came to stays. */
	memcpy(start->holds, start->running, plan->hold_count * sizeof(*start->holds));
	start->restores = engine_snapshot(s->world->engine) == PEF_OK;
	return PEF_OK;
}

/*S:220
 * A run of the search begins where the boot ended: memory is put back, the strategy directs what comes,
 * and the checkers read what is new. Nothing of it can be told from a run of the whole scenario.
 :*/
enum pef_err session_direct(struct session *s, struct strategy *strategy)
{
	struct session_start *start = s->start;
	enum pef_err err = PEF_OK;

	if (!start->fresh && start->restores) {
		engine_restore(s->world->engine);
		memcpy(start->running, start->holds, start->plan.hold_count * sizeof(*start->holds));
	} else if (!start->fresh) {
		err = session_begin(s);
	}
	if (err)
		return err;
	start->fresh = false;
	if (!start->over) {
		strategy_direct(strategy, s->world->engine);
		engine_run(s->world->engine, &s->result);
	}
	s->plan = start->plan;
	s->plan.holds = start->running;
	session_check(s);
	return PEF_OK;
}
