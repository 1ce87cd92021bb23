/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge.c - a scenario's expectations against its runs. See judge.h.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "judge.h"

#include <inttypes.h>
#include <stdlib.h>

#include "pefsim/explore.h"

static enum answer answer_of(bool yes)
{
	return yes ? ANSWER_YES : ANSWER_NO;
}

/* ---- findings -------------------------------------------------------------- */

/* A name without an index, or without a guest, means any. */
static bool judge_object(obj_t pattern, obj_t o)
{
	return obj_type(pattern) == obj_type(o) &&
	       (obj_index(pattern) == OBJ_NO_INDEX || obj_index(pattern) == obj_index(o)) &&
	       (obj_guest(pattern) == OBJ_NO_GUEST || obj_guest(pattern) == obj_guest(o));
}

/* An order of locks is about several: types count, not which of them. */
static bool judge_locks(const struct finding *f, obj_t pattern)
{
	for (unsigned i = 0; i < f->lock_count; i++)
		if (obj_type(f->locks[i]) == obj_type(pattern))
			return true;
	return false;
}

static bool judge_about(const struct expectation *e, const struct finding *f)
{
	if (e->has_other)
		return judge_locks(f, e->object) && judge_locks(f, e->other);
	return !e->has_object || judge_object(e->object, f->subject);
}

/* Whether a line names this finding; "any-violation" names none in particular. */
static bool judge_names(const struct expectation *e, const struct finding *f)
{
	switch (e->subject) {
	case EXPECT_FINDING:
		return (unsigned)f->kind == e->kind && judge_about(e, f);
	case EXPECT_INVARIANT:
		return f->kind == FINDING_INVARIANT && (e->invariants >> f->rule & 1u) != 0;
	case EXPECT_NOTHING:
	case EXPECT_ANY_FINDING:
	case EXPECT_STATE:
	case EXPECT_RESULT:
	case EXPECT_COUNTER:
	case EXPECT_SUBJECT_COUNT:
		break;
	}
	return false;
}

bool judge_counts(const struct scenario *s, const struct finding *f)
{
	if (f->severity != SEVERITY_POSSIBLE)
		return true;
	for (unsigned i = 0; i < s->expect_count; i++)
		if (s->expects[i].applies && (s->expects[i].has_other || f->kind == FINDING_ATOMICITY) &&
			judge_names(&s->expects[i], f))
			return true;
	return false;
}

static bool judge_is_wished(const struct expectation *e)
{
	return e->applies && (e->mode == EXPECT_SOMETIMES || e->mode == EXPECT_ALWAYS || e->mode == EXPECT_FINALLY);
}

bool judge_expects(const struct scenario *s, const struct finding *f, unsigned *line)
{
	for (unsigned i = 0; i < s->expect_count; i++) {
		const struct expectation *e = &s->expects[i];
		if (judge_is_wished(e) && (e->subject == EXPECT_ANY_FINDING || judge_names(e, f))) {
			*line = e->line;
			return true;
		}
	}
	return false;
}

bool judge_forbids(const struct scenario *s, const struct finding *f)
{
	bool forbidden = false;
	unsigned line;

	for (unsigned i = 0; i < s->expect_count; i++) {
		const struct expectation *e = &s->expects[i];
		if (e->applies && e->mode == EXPECT_NEVER && judge_names(e, f))
			return true;
		forbidden |= e->applies && e->mode == EXPECT_NEVER && e->subject == EXPECT_ANY_FINDING;
	}
	return forbidden && !judge_expects(s, f, &line);
}

const struct expectation *judge_line_of(const struct scenario *s, const struct finding *f)
{
	const struct expectation *found = NULL;

	for (unsigned i = 0; i < s->expect_count; i++) {
		const struct expectation *e = &s->expects[i];
		bool names = judge_names(e, f);

		if (!e->applies || (!names && e->subject != EXPECT_ANY_FINDING))
			continue;
		if (names && judge_is_wished(e))
			return e;
		/* What names it speaks of it more than what names any. */
		if (!found || (names && found->subject == EXPECT_ANY_FINDING))
			found = e;
	}
	return found;
}

bool judge_tolerates(const struct scenario *s)
{
	for (unsigned i = 0; i < s->expect_count; i++) {
		const struct expectation *e = &s->expects[i];
		bool names = e->subject == EXPECT_FINDING || e->subject == EXPECT_INVARIANT ||
			     e->subject == EXPECT_NOTHING || (e->subject == EXPECT_ANY_FINDING && judge_is_wished(e));
		if (e->applies && names)
			return true;
	}
	return false;
}

bool judge_knows(const struct judge *j, const struct finding *f)
{
	char signature[256];

	return j->known && known_has(j->known, j->scenario->name, finding_signature(f, signature, sizeof(signature)));
}

/* "any-violation" is any finding that no other line says will happen: what is expected is no violation. */
static bool judge_matches(const struct judge *j, const struct expectation *e, const struct finding *f)
{
	unsigned line;

	if (!j->possible_counts && !judge_counts(j->scenario, f))
		return false;
	if (e->mode == EXPECT_NEVER && judge_knows(j, f))
		return false;
	if (e->subject != EXPECT_ANY_FINDING)
		return judge_names(e, f);
	return e->mode != EXPECT_NEVER || !judge_expects(j->scenario, f, &line);
}

static bool judge_goes_round(const struct session *s)
{
	const struct finding *findings;
	unsigned count = engine_findings(s->world->engine, &findings);

	for (unsigned i = 0; i < count; i++)
		if (findings[i].kind == FINDING_LIVELOCK)
			return true;
	return false;
}

/* The rest of the run is not known. In a livelock it is: what was seen, again and again. */
static bool judge_was_limited(const struct session *s)
{
	bool limit = s->result.end == ENGINE_STEP_LIMIT || s->result.end == ENGINE_CYCLE_LIMIT;

	return (limit && !judge_goes_round(s)) || s->result.end == ENGINE_INTERRUPTED || s->unchecked;
}

static enum answer answer_finding(const struct judge *j, const struct session *s, const struct expectation *e)
{
	const struct finding *findings;
	unsigned count = engine_findings(s->world->engine, &findings);

	for (unsigned i = 0; i < count; i++)
		if (judge_matches(j, e, &findings[i]))
			return ANSWER_YES;
	return judge_was_limited(s) ? ANSWER_NONE : ANSWER_NO;
}

/* ---- the end of a run --------------------------------------------------------- */

static enum page_state judge_reads_as(enum gfn_state state)
{
	switch (state) {
	case GFN_SECURE:
		return PAGE_STATE_SECURE;
	case GFN_PAGEDOUT:
		return PAGE_STATE_SECURE_OUT;
	case GFN_SHARED:
	case GFN_SHARED_INV:
	case GFN_IMPLICIT:
	case GFN_IMPLICIT_INV:
	case GFN_PSEUDO:
	case GFN_PSEUDO_INV:
		return PAGE_STATE_SHARED;
	case GFN_HV_SHARING:
	case GFN_HV_SHARED:
	case GFN_HV_SHARED_INV:
	case GFN_HV_UNSHARING:
	case GFN_HV_UNSHARING_INV:
	case GFN_HV_UNSHARED:
	case GFN_STATE_COUNT:
		break;
	}
	return PAGE_STATE_COUNT; /* under way: as nothing that has a name */
}

static enum answer answer_state(const struct judge *j, const struct session *s, const struct expectation *e)
{
	struct world *w = s->world;
	gfn_t gfn = world_gfn(w, e->guest, e->slot, e->page);
	struct hv_page_view hv;
	struct uv_page_view uv;

	(void)j;
	if (s->result.end != ENGINE_FINISHED)
		return ANSWER_NONE;
	hv_view_page(w->hv, e->guest, gfn, &hv);
	uv_view_page(w->uv, e->guest, gfn, &uv);
	if (e->is_gfn_state)
		return answer_of(uv.known && (unsigned)uv.state == e->state);
	enum page_state seen = !hv.in_slot                                 ? PAGE_STATE_GONE
			       : uv.known && uv_is_secure(w->uv, e->guest) ? judge_reads_as(uv.state)
									   : PAGE_STATE_NORMAL;
	return answer_of((unsigned)seen == e->state);
}

static enum answer answer_result(const struct judge *j, const struct session *s, const struct expectation *e)
{
	struct trace_merge *merge = trace_merge_open(s->world->engine);
	struct trace_event event;
	enum answer answer = ANSWER_NONE;

	(void)j;
	while (answer == ANSWER_NONE && trace_merge_next(merge, &event)) {
		if (event.rec.kind == TRACE_OP_END && event.rec.aux == e->thread && event.rec.a == e->statement)
			answer = answer_of((int64_t)event.rec.b == e->code);
	}
	trace_merge_close(merge);
	return answer;
}

static uint64_t judge_counter(const struct world *w, enum counter counter)
{
	switch (counter) {
	case COUNTER_POOL_SIZE:
		return w->config.pool_pages;
	case COUNTER_POOL_USED:
		return hv_pool_used(w->hv);
	case COUNTER_POOL_FREE:
		return w->config.pool_pages - hv_pool_used(w->hv);
	case COUNTER_POOL_MARKED:
		return hv_pool_marked(w->hv);
	case COUNTER_COUNT:
		break;
	}
	return 0;
}

static enum answer answer_counter(const struct judge *j, const struct session *s, const struct expectation *e)
{
	(void)j;
	if (s->result.end != ENGINE_FINISHED)
		return ANSWER_NONE;
	uint64_t left = judge_counter(s->world, e->left);
	uint64_t right = e->right_is_number ? e->number : judge_counter(s->world, e->right);
	switch (e->comparison) {
#define X(name, sign, op) \
	case COMPARE_##name: \
		return answer_of(left op right);
		PEF_COMPARISONS(X)
#undef X
	case COMPARISON_COUNT:
		break;
	}
	return ANSWER_NONE;
}

static enum answer answer_nothing(const struct judge *j, const struct session *s, const struct expectation *e)
{
	(void)j;
	(void)s;
	(void)e;
	return ANSWER_NONE;
}

static enum answer (*const ANSWERS[EXPECT_SUBJECT_COUNT])(
	const struct judge *, const struct session *, const struct expectation *) = {
	[EXPECT_NOTHING] = answer_nothing,
	[EXPECT_ANY_FINDING] = answer_finding,
	[EXPECT_FINDING] = answer_finding,
	[EXPECT_INVARIANT] = answer_finding,
	[EXPECT_STATE] = answer_state,
	[EXPECT_RESULT] = answer_result,
	[EXPECT_COUNTER] = answer_counter,
};

/* ---- all runs ---------------------------------------------------------------------- */

bool judge_open(struct judge *j, const struct scenario *scenario, bool possible_counts)
{
	*j = (struct judge){.scenario = scenario, .possible_counts = possible_counts};
	j->tallies = calloc(scenario->expect_count + 1, sizeof(*j->tallies));
	return j->tallies != NULL;
}

void judge_close(struct judge *j)
{
	free(j->tallies);
	j->tallies = NULL;
}

void judge_run(struct judge *j, struct session *s)
{
	j->runs++;
	j->limited += judge_was_limited(s);
	for (unsigned i = 0; i < j->scenario->expect_count; i++) {
		const struct expectation *e = &j->scenario->expects[i];
		if (e->applies)
			j->tallies[i].answers[ANSWERS[e->subject](j, s, e)]++;
	}
}

/*X:130
 * What the answers of all runs come to. One answer breaks "never", "always" and "finally", and one
 * keeps "sometimes"; but without such an answer a search that was not complete has proved nothing
 * about "sometimes", and neither has a run that a limit ended about the rest.
 :*/
enum judgement judge_line(const struct judge *j, unsigned line)
{
	const struct expectation *e = &j->scenario->expects[line];
	const uint64_t *answers = j->tallies[line].answers;

	if (!e->applies)
		return JUDGED_HOLDS;
	switch (e->mode) {
	case EXPECT_NEVER:
		return answers[ANSWER_YES]                 ? JUDGED_BROKEN
		       : answers[ANSWER_NO] && !j->limited ? JUDGED_HOLDS
							   : JUDGED_OPEN;
	case EXPECT_SOMETIMES:
		return answers[ANSWER_YES] ? JUDGED_HOLDS : JUDGED_OPEN;
	case EXPECT_ALWAYS:
	case EXPECT_FINALLY:
		return answers[ANSWER_NO]                   ? JUDGED_BROKEN
		       : answers[ANSWER_YES] && !j->limited ? JUDGED_HOLDS
							    : JUDGED_OPEN;
	}
	return JUDGED_OPEN;
}

const char *judge_mode(enum expect_mode mode)
{
	static const char *const modes[] = {"never", "sometimes", "always", "finally"};

	return modes[mode];
}

const char *judge_why(const struct judge *j, unsigned line, char *buf, size_t size)
{
	const struct expectation *e = &j->scenario->expects[line];
	const uint64_t *answers = j->tallies[line].answers;
	enum judgement judgement = judge_line(j, line);
	bool never = e->mode == EXPECT_NEVER;
	char text[96] = "";

	if (judgement == JUDGED_BROKEN)
		snprintf(text, sizeof(text), "does not hold in %" PRIu64 " of %" PRIu64 " runs",
			answers[never ? ANSWER_YES : ANSWER_NO], j->runs);
	else if (e->subject == EXPECT_NOTHING)
		snprintf(text, sizeof(text), "cannot be judged: no detector tells this yet");
	else if (e->mode == EXPECT_SOMETIMES)
		snprintf(text, sizeof(text), "was not seen in %" PRIu64 " runs", j->runs);
	else if (j->limited)
		snprintf(text, sizeof(text), "is open: a limit ended %" PRIu64 " of %" PRIu64 " runs", j->limited,
			j->runs);
	else
		snprintf(text, sizeof(text), "is open: no run came so far that it could be judged");
	buf[0] = '\0';
	if (judgement != JUDGED_HOLDS)
		snprintf(buf, size, "'%s %s' %s", judge_mode(e->mode), e->what, text);
	return buf;
}
