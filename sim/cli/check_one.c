/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_one.c - one check, from file to result. See check_one.h.
 *
 * Locking: none. Errors: they are the result. Blocking: until the budget is spent.
 */
#include "check_one.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_text.h"
#include "recording.h"
#include "shrink.h"
#include "workers.h"

struct checking {
	const struct options *options;
	struct session session;
	struct search search;
	struct timespec begin, told;
	struct options plain; /* of @options, what a run of the expanded text takes */
	FILE *log; /* a line a run; NULL unless asked for */
	struct result *out;
};

static double checking_since(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

/* How much of the budget is spent: the share of whichever budget ends first. */
static double checking_share(const struct checking *c, const struct search *search)
{
	double runs = (double)(search->judge.runs - search->before) / ((double)search->budget_runs + 1);
	double time = search->budget_seconds ? checking_since(&c->begin) / (double)search->budget_seconds : 0;

	return runs > time ? runs : time;
}

/* Five times a second at most, the process that prints is told how far this one is. */
static bool checking_alive(void *arg, const struct search *search)
{
	struct checking *c = arg;

	if (search->log)
		check_print_run(search, search->log);
	if (checking_since(&c->told) < 0.2)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &c->told);
	workers_note(&(struct worker_note){.runs = search->judge.runs - search->before,
		.budget = search->budget_runs == UINT64_MAX ? 0 : search->budget_runs + 1,
		.findings = search->seen_count,
		.share = checking_share(c, search)});
	return true;
}

/* What only makes findings shorter is left out when the share of time is spent. */
static bool checking_is_late(const struct checking *c)
{
	return c->options->share_seconds && checking_since(&c->begin) >= (double)c->options->share_seconds;
}

#define HOLDS_TRIES 300u /* runs to find out which holds a finding needs */
#define SHRINK_TRIES 1000u /* and which lines of the scenario */

/* A shrinker of the session's scenario under an observation's schedule. */
static bool checking_shrinker(struct checking *c, struct shrink *sh, const struct observation *o, uint64_t tries)
{
	const struct session *s = &c->session;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return false;
	scenario_print(s->scenario, out);
	fclose(out);
	struct run_plan plan = search_plan(&c->search, o);
	shrink_open(sh, &c->plain, s->scenario->path, text, &plan, o->signature);
	sh->tries_max = tries;
	free(text);
	return true;
}

/* Holds that the finding does not need say nothing to a reader. */
static void checking_drop_holds(struct checking *c, struct observation *o)
{
	struct shrink sh;

	if (!o->hold_count || checking_is_late(c) || !checking_shrinker(c, &sh, o, HOLDS_TRIES))
		return;
	if (shrink_holds(&sh)) {
		memcpy(o->holds, sh.best.holds, sh.best.hold_count * sizeof(*o->holds));
		o->hold_count = sh.best.hold_count;
		o->choice_count = sh.best.choice_count;
		o->seed = sh.best.seed;
	}
	shrink_close(&sh);
}

/*X:150
 * Each finding is recorded from a run of the expanded text, made once more. That it shows the same
 * finding is the tool's check of itself: a schedule that does not come to the same end twice would
 * mean that something beside the scenario decides.
 :*/
static enum pef_err checking_record(struct checking *c, struct observation *o)
{
	struct run_plan plan = search_plan(&c->search, o);
	const struct session *s = &c->session;
	struct record record;
	enum pef_err err = recording_make(s, &plan, o->signature, &record);

	/* A run that was ended says nothing. */
	if (session_interrupted() && strcmp(record.signature, o->signature) != 0) {
		record_free(&record);
		return PEF_OK;
	}
	if (!err && strcmp(record.signature, o->signature) != 0) {
		fprintf(stderr, "pefsim: %s: the run of '%s' did not show it again, but '%s'\n", s->scenario->path,
			o->signature, record.signature[0] ? record.signature : "no finding");
		err = PEF_BUG;
	}
	if (!err)
		err = recording_save(&record, c->options->out, s->scenario->name, o->record, sizeof(o->record));
	record_free(&record);
	return err;
}

/* The shortest scenario that shows it, beside its replay file. */
static void checking_shrink(struct checking *c, const struct observation *o, struct result_finding *f)
{
	struct shrink sh;
	char path[sizeof(o->record)], comment[400], what[96];
	size_t len = strlen(o->record), tail = strlen("rec");

	if (c->options->no_shrink || checking_is_late(c) || len <= tail || !checking_shrinker(c, &sh, o, SHRINK_TRIES))
		return;
	snprintf(path, sizeof(path), "%.*s", (int)(len - tail), o->record);
	if (shrink_run(&sh)) {
		snprintf(comment, sizeof(comment), "%s: %s", shrink_describe(&sh, what, sizeof(what)), o->signature);
		char *text = shrink_write(&sh, comment);
		FILE *out = text ? fopen(path, "w") : NULL;
		if (out && fputs(text, out) >= 0 && fflush(out) == 0)
			snprintf(f->shrunk, sizeof(f->shrunk), "%s (%s)", path, what);
		if (out)
			fclose(out);
		free(text);
	}
	shrink_close(&sh);
}

/* ---- the report of a finding ------------------------------------------------------------ */

static bool checking_block(struct result_finding *f, const struct engine *engine, const struct finding_block *b)
{
	struct chain_place places[CHAIN_FRAMES_MAX + 8];
	unsigned count =
		b->chain && b->domain < engine_domain_count(engine)
			? chain_places(engine_domain(engine, b->domain), b->chain, places, CHAIN_FRAMES_MAX + 8)
			: 0;
	struct chain_place *frames = realloc(f->frames, (f->frame_count + count + 1) * sizeof(*frames));
	struct result_block *block = &f->blocks[f->block_count];

	if (!frames)
		return false;
	f->frames = frames;
	*block = (struct result_block){.script_line = b->script_line};
	memcpy(block->heading, b->heading, sizeof(block->heading));
	for (unsigned i = 0; i < count; i++)
		/* The script's driver is told by the statement it ran. */
		if (strncmp(places[i].file, "sim/cli/", strlen("sim/cli/")) != 0)
			frames[f->frame_count + block->frames++] = places[i];
	f->frame_count += block->frames;
	f->block_count++;
	return true;
}

static bool checking_blocks(struct result_finding *f, const struct engine *engine, const struct finding *found)
{
	bool ok = true;

	f->blocks = calloc(found->block_count + 1, sizeof(*f->blocks));
	for (unsigned i = 0; f->blocks && ok && i < found->block_count; i++)
		ok = checking_block(f, engine, &found->blocks[i]);
	return ok && f->blocks;
}

static char *checking_print(struct session *s, const struct finding *found, const char *command, bool json)
{
	struct report_context about = session_report(s);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	about.reproduce = command;
	(json ? finding_print_json : finding_print)(s->world->engine, found, &about, out);
	fclose(out);
	return text;
}

/* The finding of that signature in the session's last run; NULL: there is none. */
static const struct finding *checking_find(const struct session *s, const char *signature)
{
	const struct finding *findings;
	unsigned count = engine_findings(s->world->engine, &findings);
	char one[256];

	for (unsigned i = 0; i < count; i++)
		if (!strcmp(finding_signature(&findings[i], one, sizeof(one)), signature))
			return &findings[i];
	return NULL;
}

/* What fails, made from the run that showed it first; what is known comes without a report. */
static void checking_report(struct checking *c, const struct observation *o, struct result_finding *f)
{
	struct run_plan plan = search_plan(&c->search, o);
	struct session *s = &c->session;
	char command[700];

	if (session_run_once(s, &plan))
		return;
	session_explain(s, &plan);
	const struct finding *found = checking_find(s, o->signature);
	if (!found || !checking_blocks(f, s->world->engine, found) || !f->fails)
		return;
	snprintf(command, sizeof(command), "pefsim replay %s", o->record);
	if (c->options->json)
		f->json = checking_print(s, found, command, true);
	else
		f->report = checking_print(s, found, command, false);
}

/* ---- the check ------------------------------------------------------------------------------ */

static enum pef_err checking_search(struct checking *c, const char *path)
{
	enum pef_err err = session_open(&c->session, c->options, path);

	if (!err)
		err = search_open(&c->search, &c->session);
	c->search.log = c->log;
	if (!err)
		err = search_run(&c->search, checking_alive, c);
	return err;
}

static enum pef_err checking_take(struct checking *c, const char *variant)
{
	struct search *search = &c->search;
	char label[sizeof(c->out->label)];
	enum pef_err err = PEF_OK;

	for (unsigned i = 0; !err && i < search->seen_count; i++) {
		if (search->seen[i].listed)
			continue;
		checking_drop_holds(c, &search->seen[i]);
		err = checking_record(c, &search->seen[i]);
	}
	snprintf(label, sizeof(label), "%s%s", design_name(c->session.scenario->design), variant);
	if (!err)
		err = result_of_search(search, label, c->out);
	for (unsigned i = 0; !err && i < search->seen_count; i++)
		if (c->out->findings[i].fails || c->out->findings[i].known)
			checking_report(c, &search->seen[i], &c->out->findings[i]);
	for (unsigned i = 0; !err && i < search->seen_count; i++)
		if (c->out->findings[i].fails)
			checking_shrink(c, &search->seen[i], &c->out->findings[i]);
	return err;
}

static void checking_fail(struct checking *c, const char *path, const char *label, enum pef_err err)
{
	bool bug = err == PEF_BUG;

	result_free(c->out);
	result_of_error(path, label, bug ? RESULT_ERROR : RESULT_UNREAD,
		bug ? "an error of pefsim itself; stderr says more" : "cannot be checked; stderr says why", c->out);
}

void check_one(const char *path, const struct variant *variant, struct result *out)
{
	struct checking *c = calloc(1, sizeof(*c));
	char *log = NULL;
	size_t len;

	*out = (struct result){0};
	if (!c) {
		result_of_error(path, variant->label, RESULT_ERROR, "no memory", out);
		return;
	}
	c->options = &variant->options;
	c->plain = variant->options;
	c->plain.hold_count = 0;
	c->plain.verbose = false;
	c->out = out;
	clock_gettime(CLOCK_MONOTONIC, &c->begin);
	c->told = c->begin;
	c->log = c->options->verbose && !c->options->json ? open_memstream(&log, &len) : NULL;
	session_set_timeout((unsigned)c->options->timeout_seconds);
	enum pef_err err = checking_search(c, path);
	if (!err && c->search.judge.runs)
		err = checking_take(c, variant->label);
	if (c->log)
		fclose(c->log);
	out->log = err ? NULL : log;
	if (err)
		free(log);
	if (err)
		checking_fail(c, path, variant->label, err);
	out->seconds = checking_since(&c->begin);
	search_close(&c->search);
	session_close(&c->session);
	free(c);
}
