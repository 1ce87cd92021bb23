/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_one.c - one scenario explored, one finding made small. See fuzz.h.
 *
 * Locking: none. Errors: messages on stderr; then less is sent. Blocking: as the runs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "recording.h"
#include "search.h"
#include "shrink.h"

#define FUZZ_SHRINK_TRIES 1000u

char *fuzz_settle(const char *text, const char *path, const struct options *options, FILE *messages)
{
	struct scenario_options how = options_scenario(options);
	struct scenario *s = NULL;
	char *settled = NULL;
	size_t len;

	if (scenario_read_text(text, strlen(text), path, &how, &s, messages))
		return NULL;
	const char *why = policy_why(s->design, s->slot_delete);
	if (why && messages)
		fprintf(messages, "pefsim: design '%s' cannot delete slots by '%s': %s\n", design_name(s->design),
			slot_delete_name(s->slot_delete), why);
	FILE *out = why ? NULL : open_memstream(&settled, &len);
	if (out) {
		scenario_print(s, out);
		fclose(out);
	}
	scenario_free(s);
	return settled;
}

/* ---- exploring -------------------------------------------------------------------------- */

struct exploring {
	struct session session;
	struct search search;
	struct reach reach;
	bool (*is_known)(void *arg, const char *signature);
	void *arg;
	FILE *out;
};

static bool exploring_each(void *arg, const struct search *search)
{
	struct exploring *e = arg;

	return !search->session->world || reach_run(&e->reach, search->session);
}

/* The replay file as text; NULL when the run does not show it again. */
static char *exploring_record(struct exploring *e, const struct observation *o, size_t *len)
{
	struct run_plan plan = search_plan(&e->search, o);
	struct record record;
	char *text = NULL;
	enum pef_err err = recording_make(&e->session, &plan, o->signature, &record);

	if (!err && strcmp(record.signature, o->signature) != 0 && !session_interrupted())
		fprintf(stderr, "pefsim: %s: the run of '%s' did not show it again\n", e->session.scenario->path,
			o->signature);
	FILE *out = !err && !strcmp(record.signature, o->signature) ? open_memstream(&text, len) : NULL;
	if (out) {
		record_write(&record, out);
		fclose(out);
	}
	record_free(&record);
	return text;
}

static void exploring_send_finding(struct exploring *e, const struct observation *o)
{
	struct fuzz_finding f = {.run = o->first};
	bool known = e->is_known(e->arg, o->signature);
	char *text = known ? NULL : exploring_record(e, o, &f.record_len);

	memcpy(f.signature, o->signature, sizeof(f.signature));
	fwrite(&f, sizeof(f), 1, e->out);
	if (text)
		fwrite(text, 1, f.record_len, e->out);
	free(text);
}

static void exploring_send(struct exploring *e)
{
	const struct search *s = &e->search;
	struct fuzz_outcome head = {.runs = s->judge.runs, .reached = e->reach.count};

	for (unsigned i = 0; i < s->seen_count; i++)
		head.findings += !s->seen[i].listed;
	fwrite(&head, sizeof(head), 1, e->out);
	for (size_t i = 0; i < e->reach.room; i++)
		if (e->reach.seen[i])
			fwrite(&e->reach.seen[i], sizeof(*e->reach.seen), 1, e->out);
	for (unsigned i = 0; i < s->seen_count; i++)
		if (!s->seen[i].listed)
			exploring_send_finding(e, &s->seen[i]);
}

void fuzz_explore(const char *text, const char *path, const struct options *options,
	bool (*is_known)(void *arg, const char *signature), void *arg, FILE *out)
{
	struct exploring *e = calloc(1, sizeof(*e));

	if (!e)
		return;
	*e = (struct exploring){.is_known = is_known, .arg = arg, .out = out};
	enum pef_err err = session_open_text(&e->session, options, text, strlen(text), path);
	if (!err)
		err = search_open(&e->search, &e->session);
	if (!err)
		err = search_run(&e->search, exploring_each, e);
	if (!err && e->session.world && !reach_run(&e->reach, &e->session))
		err = PEF_NOMEM;
	if (err)
		fwrite(&(struct fuzz_outcome){.runs = e->search.judge.runs, .failed = true},
			sizeof(struct fuzz_outcome), 1, out);
	else
		exploring_send(e);
	search_close(&e->search);
	session_close(&e->session);
	reach_free(&e->reach);
	free(e);
}

/* ---- shrinking ----------------------------------------------------------------------------- */

static bool shrinking_write(const char *text, const char *path)
{
	FILE *out = fopen(path, "w");
	bool ok = out && fputs(text, out) >= 0;

	ok = out && fclose(out) == 0 && ok;
	if (!ok)
		fprintf(stderr, "pefsim: cannot write %s: %s\nhelp: --out names another folder\n", path,
			strerror(errno));
	return ok;
}

/* The replay file and, beside it, the scenario, which the file names as its origin. */
static bool shrinking_save(
	struct record *r, const char *name, const char *text, const char *folder, struct fuzz_shrunk *out)
{
	if (recording_save(r, folder, name, out->record, sizeof(out->record)))
		return false;
	size_t len = strlen(out->record) - strlen("rec");
	memcpy(out->scenario, out->record, len);
	snprintf(r->origin, sizeof(r->origin), "%.255s", out->scenario);
	return shrinking_write(text, out->scenario) &&
	       recording_save(r, folder, name, out->record, sizeof(out->record)) == PEF_OK;
}

/* A run of a scenario, recorded and saved; false when it does not show the finding. */
static bool shrinking_record(const char *text, const char *signature, struct run_plan *plan,
	const struct options *options, const char *origin, struct fuzz_shrunk *out)
{
	struct session s;
	struct record record = {0};
	enum pef_err err = session_open_text(&s, options, text, strlen(text), origin);

	if (!err)
		err = session_derive(&s, plan);
	if (!err)
		err = recording_make(&s, plan, signature, &record);
	bool ok = !err && !strcmp(record.signature, signature) &&
		  shrinking_save(&record, s.scenario->name, text, options->out, out);
	record_free(&record);
	session_close(&s);
	return ok;
}

static bool shrinking_small(
	const struct record *r, const struct options *options, uint64_t seconds, struct fuzz_shrunk *out)
{
	struct run_plan plan = {.holds = r->holds,
		.hold_count = r->hold_count,
		.choices = r->choices,
		.choice_count = r->choice_count,
		.seed = r->seed};
	struct shrink sh;
	char comment[400];
	bool ok = false;

	shrink_open(&sh, options, r->origin, r->text, &plan, r->signature);
	sh.tries_max = FUZZ_SHRINK_TRIES;
	sh.seconds_max = seconds;
	if (!options->no_shrink && shrink_run(&sh)) {
		snprintf(comment, sizeof(comment), "%s: %s", shrink_describe(&sh, out->what, sizeof(out->what)),
			r->signature);
		char *text = shrink_write(&sh, comment);
		plan = (struct run_plan){.exec = ENGINE_FIBERS,
			.holds = sh.best.holds,
			.hold_count = sh.best.hold_count,
			.choices = sh.best.choices,
			.choice_count = sh.best.choice_count,
			.seed = sh.best.seed,
			.points = true,
			.silent = true};
		ok = text && shrinking_record(text, r->signature, &plan, options, r->origin, out);
		free(text);
	}
	shrink_close(&sh);
	return ok;
}

void fuzz_shrink(const char *text, size_t len, const struct options *given, uint64_t seconds, struct fuzz_shrunk *out)
{
	struct record record;
	struct options options;

	*out = (struct fuzz_shrunk){0};
	if (record_read_text(text, len, "finding", &record, stderr) == PEF_OK) {
		recording_options(&record, given, &options);
		if (!shrinking_small(&record, &options, seconds, out)) {
			snprintf(out->what, sizeof(out->what), "not shrunk");
			shrinking_save(&record, "fuzz", record.text, given->out, out);
		}
	}
	record_free(&record);
}
