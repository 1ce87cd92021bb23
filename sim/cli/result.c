/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * result.c - what one check came to. See result.h.
 *
 * Locking: none. Errors: see result.h. Blocking: on the stream.
 */
#include "result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "parcel.h"

static const enum result_verdict verdict_of[] = {
	[JUDGED_HOLDS] = RESULT_PASS, [JUDGED_BROKEN] = RESULT_FAIL, [JUDGED_OPEN] = RESULT_OPEN};

const char *result_verdict_name(enum result_verdict verdict)
{
	static const char *const names[RESULT_VERDICT_COUNT] = {
		[RESULT_PASS] = "pass",
		[RESULT_FAIL] = "fail",
		[RESULT_OPEN] = "inconclusive",
		[RESULT_ERROR] = "error",
		[RESULT_UNREAD] = "unread",
	};
	return names[verdict];
}

/* What one line can say of why: the first failing finding, else the first line that does not hold. */
static void result_reason(struct result *r)
{
	unsigned unspoken = 0;

	for (unsigned i = 0; i < r->finding_count && !r->reason[0]; i++) {
		unspoken += !r->findings[i].expected && !r->findings[i].known && !r->findings[i].listed;
		if (r->findings[i].fails)
			snprintf(r->reason, sizeof(r->reason), "%s", r->findings[i].signature);
	}
	for (unsigned i = 0; i < r->line_count && !r->reason[0]; i++)
		if (r->verdict != RESULT_PASS && r->lines[i].verdict == r->verdict)
			snprintf(r->reason, sizeof(r->reason), "%s", r->lines[i].why);
	if (r->reason[0])
		return;
	if (r->verdict == RESULT_PASS && unspoken)
		snprintf(r->reason, sizeof(r->reason), "%u finding%s that no line speaks of", unspoken,
			unspoken == 1 ? "" : "s");
	else if (r->verdict == RESULT_OPEN && r->timed_out)
		snprintf(r->reason, sizeof(r->reason), "its time was up");
	else if (r->verdict == RESULT_OPEN && r->limited)
		snprintf(r->reason, sizeof(r->reason), "a limit ended %" PRIu64 " of %" PRIu64 " runs", r->limited,
			r->runs);
	else if (r->verdict == RESULT_OPEN)
		snprintf(r->reason, sizeof(r->reason), "the search was not complete");
}

static void result_take_line(const struct search *search, unsigned i, struct result_line *out)
{
	static const char *const modes[] = {"never", "sometimes", "always", "finally"};
	const struct expectation *e = &search->session->scenario->expects[i];

	*out = (struct result_line){
		.line = e->line, .applies = e->applies, .verdict = verdict_of[judge_line(&search->judge, i)]};
	snprintf(out->text, sizeof(out->text), "%s %s", modes[e->mode], e->what);
	if (e->param[0])
		snprintf(out->condition, sizeof(out->condition), "%s = %s", e->param, e->value);
	judge_why(&search->judge, i, out->why, sizeof(out->why));
}

static void result_take_finding(const struct search *search, const struct observation *o, struct result_finding *out)
{
	const struct session *s = search->session;

	*out = (struct result_finding){.severity = o->severity,
		.runs = o->runs,
		.first = o->first,
		.seed = o->seed,
		.strategy = o->strategy,
		.directed = o->directed,
		.listed = o->listed,
		.steered = o->steered,
		.expected = o->expected,
		.fails = o->fails,
		.line = o->line,
		.known = s->options->known_list && known_has(s->options->known_list, s->scenario->name, o->signature)};
	memcpy(out->signature, o->signature, sizeof(out->signature));
	memcpy(out->kind, o->kind, sizeof(out->kind));
	memcpy(out->record, o->record, sizeof(out->record));
}

/* What the judges say, and what the user asks for beyond it. */
static enum result_verdict result_judge(const struct search *search, const struct result *r)
{
	enum result_verdict verdict = verdict_of[search_verdict(search)];
	bool cut = r->timed_out || (search->session->options->require_complete && !r->complete);

	return verdict == RESULT_PASS && cut ? RESULT_OPEN : verdict;
}

static void result_take_names(const struct search *search, const char *label, struct result *out)
{
	const struct scenario *s = search->session->scenario;

	snprintf(out->scenario, sizeof(out->scenario), "%s", s->name);
	snprintf(out->path, sizeof(out->path), "%s", s->path);
	snprintf(out->title, sizeof(out->title), "%s", s->title);
	snprintf(out->label, sizeof(out->label), "%s", label);
	snprintf(out->id, sizeof(out->id), "%s", s->id);
	search_claim(search, out->extent, sizeof(out->extent));
	out->complete = !strncmp(out->extent, "complete: ", strlen("complete: "));
}

enum pef_err result_of_search(const struct search *search, const char *label, struct result *out)
{
	const struct scenario *s = search->session->scenario;

	*out = (struct result){.seed = search->session->options->seed,
		.runs = search->judge.runs,
		.limited = search->judge.limited,
		.unkept = search->unkept,
		.twice = search->twice.checked,
		.out_of_time = search->out_of_time,
		.timed_out = session_timed_out(),
		.interrupted = search->interrupted && !session_timed_out()};
	out->lines = calloc(s->expect_count + 1, sizeof(*out->lines));
	out->reached = calloc(search->coverage.count + 1, sizeof(*out->reached));
	out->findings = calloc(search->seen_count + 1, sizeof(*out->findings));
	if (!out->lines || !out->findings || !out->reached)
		return PEF_NOMEM;
	for (; out->reached_count < search->coverage.count; out->reached_count++)
		out->reached[out->reached_count] = search->coverage.items[out->reached_count];
	result_take_names(search, label, out);
	for (; out->line_count < s->expect_count; out->line_count++)
		result_take_line(search, out->line_count, &out->lines[out->line_count]);
	for (; out->finding_count < search->seen_count; out->finding_count++)
		result_take_finding(search, &search->seen[out->finding_count], &out->findings[out->finding_count]);
	out->verdict = result_judge(search, out);
	result_reason(out);
	return PEF_OK;
}

void result_of_error(
	const char *path, const char *label, enum result_verdict verdict, const char *why, struct result *out)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	*out = (struct result){.verdict = verdict};
	snprintf(out->scenario, sizeof(out->scenario), "%.*s", (int)strcspn(name, "."), name);
	snprintf(out->path, sizeof(out->path), "%s", path);
	snprintf(out->label, sizeof(out->label), "%s", label);
	snprintf(out->reason, sizeof(out->reason), "%s", why);
}

void result_free(struct result *r)
{
	for (unsigned i = 0; r->findings && i < r->finding_count; i++) {
		free(r->findings[i].blocks);
		free(r->findings[i].frames);
		free(r->findings[i].report);
		free(r->findings[i].json);
	}
	free(r->findings);
	free(r->lines);
	free(r->reached);
	free(r->log);
	*r = (struct result){0};
}

/* ---- from one process to another ----------------------------------------------------- */

bool result_send(const struct result *r, FILE *out)
{
	fwrite(r, sizeof(*r), 1, out);
	parcel_put(out, r->lines, r->line_count, sizeof(*r->lines));
	parcel_put(out, r->findings, r->finding_count, sizeof(*r->findings));
	parcel_put(out, r->reached, r->reached_count, sizeof(*r->reached));
	for (unsigned i = 0; i < r->finding_count; i++) {
		const struct result_finding *f = &r->findings[i];
		parcel_put(out, f->blocks, f->block_count, sizeof(*f->blocks));
		parcel_put(out, f->frames, f->frame_count, sizeof(*f->frames));
		parcel_put_text(out, f->report);
		parcel_put_text(out, f->json);
	}
	parcel_put_text(out, r->log);
	return fflush(out) == 0 && !ferror(out);
}

static void take_finding(struct parcel *p, struct result_finding *f)
{
	f->blocks = parcel_take(p, f->block_count, sizeof(*f->blocks));
	f->frames = parcel_take(p, f->frame_count, sizeof(*f->frames));
	f->report = parcel_take_text(p);
	f->json = parcel_take_text(p);
}

enum pef_err result_receive(const void *bytes, size_t len, struct result *out)
{
	struct parcel p = {.at = bytes, .end = (const char *)bytes + len};

	*out = (struct result){0};
	if (len < sizeof(*out))
		return PEF_BUG;
	memcpy(out, bytes, sizeof(*out));
	p.at += sizeof(*out);
	out->log = NULL;
	out->lines = parcel_take(&p, out->line_count, sizeof(*out->lines));
	out->findings = parcel_take(&p, out->finding_count, sizeof(*out->findings));
	out->reached = parcel_take(&p, out->reached_count, sizeof(*out->reached));
	for (unsigned i = 0; out->findings && i < out->finding_count; i++)
		take_finding(&p, &out->findings[i]);
	out->log = parcel_take_text(&p);
	return p.bad || p.at != p.end ? PEF_BUG : PEF_OK;
}
