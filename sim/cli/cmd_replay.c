/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_replay.c - pefsim replay: make a recorded run again.
 *
 * A run that takes another way is told by the first step that differs, and is
 * not shown as if it were the recorded one, unless --tolerant asks for what comes
 * nearest (tolerant.c).
 *
 * Locking: none. Errors: exit codes. Blocking: a run takes its time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/explore.h"

#include "recording.h"
#include "show.h"
#include "tolerant.h"

struct replay {
	const struct options *given;
	const char *path;
	struct options options; /* with what the file says put in */
	struct record record;
	struct session session;
	struct run_plan plan;
	struct hold *own; /* of a tolerant replay */
	bool same_model, same_prices;
};

/* The header names design and switches for people; a header that lies is no header. */
static enum pef_err replay_check_variant(const struct replay *r)
{
	char variant[sizeof(r->record.variant)];

	recording_variant(r->session.scenario, variant, sizeof(variant));
	if (!strcmp(variant, r->record.variant))
		return PEF_OK;
	fprintf(stderr, "%s:%u: %s: the header says '%s', but the scenario below it is '%s'\n", r->path,
		r->record.variant_line, r->given->tolerant ? "note" : "error", r->record.variant, variant);
	return r->given->tolerant ? PEF_OK : PEF_PARSE;
}

static void replay_compare_sources(struct replay *r)
{
	r->same_model = r->record.model == recording_model();
	r->same_prices = r->record.prices == recording_prices(&r->session.prices);
	recording_tell_age(&r->record, &r->session, r->path);
	if (!r->same_prices)
		fprintf(stderr, "pefsim: %s: recorded with other prices; the lengths of holds are found anew\n",
			r->path);
	for (unsigned i = 0; i < r->record.hold_count && !r->same_prices; i++)
		r->record.holds[i].cycles = 0;
}

static enum pef_err replay_open(struct replay *r)
{
	enum pef_err err = record_read_file(r->path, &r->record, stderr);

	if (err)
		return err;
	recording_options(&r->record, r->given, &r->options);
	err = session_open_text(&r->session, &r->options, r->record.text, r->record.text_len, r->record.origin);
	if (!err)
		err = replay_check_variant(r);
	if (err)
		return err;
	replay_compare_sources(r);
	snprintf(r->session.command, sizeof(r->session.command), "pefsim replay %.1000s", r->path);
	r->plan = (struct run_plan){.exec = r->given->exec,
		.seed = r->record.seed,
		.holds = r->record.holds,
		.hold_count = r->record.hold_count,
		.choices = r->record.choices,
		.choice_count = r->record.choice_count,
		.points = true};
	return session_derive(&r->session, &r->plan);
}

/* ---- the same way? ----------------------------------------------------------------- */

static int replay_diverged(const struct replay *r, const struct record_steps *now, size_t at)
{
	char expected[160], got[160];

	fprintf(stderr, "pefsim: %s: the run took another way at step %zu\n  expected: %s\n  got:      %s\n", r->path,
		at + 1, record_step_print(&r->record.steps, at, expected, sizeof(expected)),
		record_step_print(now, at, got, sizeof(got)));
	if (!r->same_model)
		fprintf(stderr, "help: the model was changed since; 'pefsim check' on %s searches anew\n",
			r->record.origin);
	if (!r->given->tolerant)
		fprintf(stderr, "help: 'pefsim replay --tolerant' goes on by what comes nearest\n");
	return PEF_EXIT_DIVERGED;
}

static int replay_differs(const struct replay *r, const char *what, const char *expected, const char *got)
{
	fprintf(stderr, "pefsim: %s: every step is the same, but not the %s\n  expected: %s\n  got:      %s\n", r->path,
		what, expected[0] ? expected : "none", got[0] ? got : "none");
	return PEF_EXIT_DIVERGED;
}

/* Steps first, since they say where; then what the run showed; then every byte, if nothing else was changed. */
static int replay_compare(const struct replay *r)
{
	struct engine *engine = r->session.world->engine;
	struct record_steps now;
	char expected[256], got[256];
	size_t at;
	int code = PEF_EXIT_OK;

	if (record_steps_collect(engine, &now))
		return PEF_EXIT_BUG;
	if (record_steps_differ(&r->record.steps, &now, &at))
		code = replay_diverged(r, &now, at);
	record_steps_free(&now);
	recording_signature(&r->session, r->record.signature, got, sizeof(got));
	if (!code && strcmp(got, r->record.signature) != 0)
		code = replay_differs(r, "finding", r->record.signature, got);
	snprintf(expected, sizeof(expected), "%016" PRIx64, r->record.trace);
	snprintf(got, sizeof(got), "%016" PRIx64, trace_hash(engine));
	if (!code && r->record.trace != trace_hash(engine) && ((r->same_model && r->same_prices) || r->given->verify))
		code = replay_differs(r, "trace", expected, got);
	return code;
}

static int replay_once(struct replay *r)
{
	enum pef_err err = session_run_once(&r->session, &r->plan);

	if (err)
		return err == PEF_BUG ? PEF_EXIT_BUG : PEF_EXIT_INPUT;
	if (r->session.result.end == ENGINE_INTERRUPTED)
		return PEF_EXIT_INTERRUPTED;
	return replay_compare(r);
}

static int replay_verify(struct replay *r)
{
	int code = r->same_model && r->same_prices ? PEF_EXIT_OK : PEF_EXIT_DIVERGED;

	for (enum engine_exec exec = ENGINE_FIBERS; !code && exec <= ENGINE_THREADS; exec++) {
		r->plan.exec = exec;
		code = replay_once(r);
	}
	if (!code)
		printf("same: %zu steps, trace %016" PRIx64 ", %s\n", r->record.steps.count, r->record.trace,
			r->record.signature[0] ? r->record.signature : "no finding");
	return code;
}

/* ---- showing ------------------------------------------------------------------------- */

/* Only up to the cycle of a step: the run is made once more, and ended there. */
static int replay_until(struct replay *r)
{
	struct point_list list;
	uint64_t step = r->given->until;

	if (point_list_collect(r->session.world->engine, &list))
		return PEF_EXIT_BUG;
	bool known = step > 0 && step <= list.count;
	if (known)
		r->plan.cycles_max = list.points[step - 1].cycle;
	else
		fprintf(stderr, "pefsim: %s: there is no step %" PRIu64 "; the run has %zu\n", r->path, step,
			list.count);
	point_list_free(&list);
	return !known || session_run_once(&r->session, &r->plan) ? PEF_EXIT_USAGE : PEF_EXIT_OK;
}

static int replay_show(struct replay *r)
{
	struct session *s = &r->session;
	const struct finding *findings;
	unsigned count;

	session_explain(s, &r->plan);
	count = engine_findings(s->world->engine, &findings);
	if (r->given->hash)
		printf("%016" PRIx64 "\n", trace_hash(s->world->engine));
	else if (r->given->json)
		show_json(s, findings, count);
	else
		show_text(s, findings, count);
	fflush(stdout);
	return r->given->until ? PEF_EXIT_OK : session_exit(s);
}

static int replay_tolerantly(struct replay *r)
{
	enum pef_err err = tolerant_run(&r->session, &r->record, &r->plan, r->path);

	r->own = r->plan.holds;
	if (err)
		return err == PEF_BUG || err == PEF_NOMEM ? PEF_EXIT_BUG : PEF_EXIT_INPUT;
	return r->session.result.end == ENGINE_INTERRUPTED ? PEF_EXIT_INTERRUPTED : PEF_EXIT_OK;
}

static int replay_file(struct replay *r)
{
	enum pef_err err = replay_open(r);

	if (err)
		return err == PEF_BUG ? PEF_EXIT_BUG : PEF_EXIT_INPUT;
	if (r->given->verify)
		return replay_verify(r);
	int code = replay_once(r);
	if (code == PEF_EXIT_DIVERGED && r->given->tolerant)
		code = replay_tolerantly(r);
	if (code && !(code == PEF_EXIT_DIVERGED && r->given->until))
		return code;
	int shown = r->given->until ? replay_until(r) : PEF_EXIT_OK;
	if (!shown)
		shown = replay_show(r);
	return code ? code : shown;
}

int cmd_replay(const struct options *options)
{
	struct replay r = {.given = options};

	if (options->arg_count != 1) {
		fprintf(stderr, "pefsim replay: %s\nhelp: pefsim replay --help\n",
			options->arg_count ? "one file at a time" : "no replay file given");
		return PEF_EXIT_USAGE;
	}
	if (options->tolerant && options->verify) {
		fprintf(stderr, "pefsim replay: --verify wants the same run, --tolerant another\n"
				"help: choose one\n");
		return PEF_EXIT_USAGE;
	}
	r.path = options->args[0];
	int code = replay_file(&r);
	session_close(&r.session);
	free(r.own);
	record_free(&r.record);
	return code;
}
