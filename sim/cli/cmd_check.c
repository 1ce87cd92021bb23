/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_check.c - pefsim check: judge what scenarios expect, over many schedules.
 *
 * stdout holds nothing that depends on the host: the same files, seed and
 * budget print the same bytes. How long it took is said on stderr.
 *
 * Locking: none. Errors: exit codes. Blocking: until every budget is spent.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check_text.h"
#include "recording.h"
#include "targets.h"
#include "variants.h"

/* What all checks came to. */
struct checking {
	const struct options *options;
	unsigned judged[3]; /* by enum judgement */
	uint64_t runs;
	bool bad_input, broken; /* a file that cannot be read; an error of pefsim itself */
	struct timespec begin, shown;
	bool tty, drawn;
};

static double checking_seconds(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

/* One redrawn line on a terminal, five times a second at most; elsewhere a line every 30 s. */
static bool checking_alive(void *arg, const struct search *search)
{
	struct checking *c = arg;
	const struct session *s = search->session;

	if (c->options->verbose && !c->options->json)
		check_print_run(search, stdout);
	if (checking_seconds(&c->shown) < (c->tty ? 0.2 : 30.0))
		return true;
	clock_gettime(CLOCK_MONOTONIC, &c->shown);
	fprintf(stderr, "%spefsim: %s: %" PRIu64 " of %" PRIu64 " runs, %u findings%s", c->tty ? "\r" : "",
		s->scenario->name, search->judge.runs, search->budget_runs + 1, search->seen_count,
		c->tty ? "    " : "\n");
	c->drawn = c->tty;
	return true;
}

static void checking_wipe(struct checking *c)
{
	if (c->drawn)
		fprintf(stderr, "\r%78s\r", "");
	c->drawn = false;
}

/*X:150
 * Each finding is recorded from a run of the expanded text, made once more. That it shows the same
 * finding is the tool's check of itself: a schedule that does not come to the same end twice would
 * mean that something beside the scenario decides.
 :*/
static enum pef_err checking_record(struct checking *c, const struct search *search, struct observation *o)
{
	struct run_plan plan = search_plan(search, o);
	const struct session *s = search->session;
	struct record record;
	enum pef_err err = recording_make(s, &plan, o->signature, &record);

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

/* The report of what fails a check, made from the run that showed it first. */
static void checking_report(const struct search *search, const struct observation *o, const struct options *options)
{
	struct run_plan plan = search_plan(search, o);
	struct session *s = search->session;
	const struct finding *findings;
	char command[700];

	if (session_run_once(s, &plan))
		return;
	session_explain(s, &plan);
	unsigned count = engine_findings(s->world->engine, &findings);
	struct report_context about = session_report(s);
	snprintf(command, sizeof(command), "pefsim replay %s", o->record);
	about.reproduce = command;
	for (unsigned i = 0; i < count; i++) {
		char signature[sizeof(o->signature)];

		/* The run's other findings have reports of their own, where they fail the check. */
		if (strcmp(finding_signature(&findings[i], signature, sizeof(signature)), o->signature) != 0)
			continue;
		if (options->json)
			finding_print_json(s->world->engine, &findings[i], &about, stdout);
		else
			finding_print(s->world->engine, &findings[i], &about, stdout);
	}
}

static enum pef_err checking_tell(struct checking *c, struct search *search, const char *label)
{
	const struct options *o = c->options;
	enum judgement judgement = search_verdict(search);
	enum pef_err err = PEF_OK;

	for (unsigned i = 0; !err && i < search->seen_count; i++)
		err = search->seen[i].listed ? PEF_OK : checking_record(c, search, &search->seen[i]);
	checking_wipe(c);
	if (o->json)
		check_print_json(search, label, stdout);
	else if (!o->quiet || judgement != JUDGED_HOLDS)
		check_print(search, label, stdout);
	for (unsigned i = 0; !err && i < search->seen_count; i++)
		if (search->seen[i].fails)
			checking_report(search, &search->seen[i], o);
	fflush(stdout);
	c->judged[judgement]++;
	return err;
}

static enum pef_err checking_variant(struct checking *c, const char *path, const struct variant *v)
{
	struct session s;
	struct search *search = calloc(1, sizeof(*search));
	char label[192];
	enum pef_err err = search ? session_open(&s, &v->options, path) : PEF_NOMEM;

	if (!search)
		return err;
	if (!err)
		err = search_open(search, &s);
	if (!err)
		err = search_run(search, checking_alive, c);
	c->runs += search->judge.runs;
	if (!err && search->judge.runs) {
		snprintf(label, sizeof(label), "%s%s", design_name(s.scenario->design), v->label);
		err = checking_tell(c, search, label);
	}
	search_close(search);
	session_close(&s);
	free(search);
	return err;
}

static void checking_file(struct checking *c, const char *path)
{
	struct variant_list list;
	enum pef_err err = variants_read(path, c->options, &list);

	for (unsigned i = 0; !err && i < list.count && !session_interrupted(); i++)
		err = checking_variant(c, path, &list.variants[i]);
	variants_free(&list);
	checking_wipe(c);
	c->bad_input |= err && err != PEF_BUG;
	c->broken |= err == PEF_BUG;
}

static int checking_exit(const struct checking *c)
{
	unsigned all = c->judged[JUDGED_HOLDS] + c->judged[JUDGED_BROKEN] + c->judged[JUDGED_OPEN];

	if (session_interrupted())
		return PEF_EXIT_INTERRUPTED;
	if (c->broken)
		return PEF_EXIT_BUG;
	if (c->bad_input)
		return PEF_EXIT_INPUT;
	if (!all)
		return PEF_EXIT_NOTHING;
	return c->judged[JUDGED_BROKEN] ? PEF_EXIT_FINDING
	       : c->judged[JUDGED_OPEN] ? PEF_EXIT_INCONCLUSIVE
					: PEF_EXIT_OK;
}

int cmd_check(const struct options *options)
{
	struct checking c = {.options = options, .tty = isatty(STDERR_FILENO)};
	struct targets targets;

	if (!options->arg_count) {
		fprintf(stderr, "pefsim check: no scenario or folder given\nhelp: pefsim check --help\n");
		return PEF_EXIT_USAGE;
	}
	session_catch_interrupts();
	clock_gettime(CLOCK_MONOTONIC, &c.begin);
	c.shown = c.begin;
	c.bad_input = targets_read(&targets, options->args, options->arg_count) != PEF_OK;
	for (unsigned i = 0; i < targets.count && !session_interrupted(); i++)
		checking_file(&c, targets.paths[i]);
	int code = checking_exit(&c);
	check_print_total(c.judged, options, stdout);
	fflush(stdout);
	if (code == PEF_EXIT_NOTHING)
		fprintf(stderr, "pefsim check: no scenario found\n");
	double seconds = checking_seconds(&c.begin);
	fprintf(stderr, "pefsim: %" PRIu64 " runs in %.1f s (%.0f a second)%s\n", c.runs, seconds,
		(double)c.runs / (seconds > 0.001 ? seconds : 0.001),
		code == PEF_EXIT_INTERRUPTED ? "; interrupted, what is shown is what was known" : "");
	targets_free(&targets);
	return code;
}
