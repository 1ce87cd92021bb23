/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_run.c - pefsim run: run scenarios and show what happens.
 *
 * The ladder, then findings, then the summary and one line of verdict. --hash,
 * --json and --quiet leave out what a machine does not want to read.
 *
 * Locking: none. Errors: exit codes. Blocking: a run takes its time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pefsim/ladder.h"
#include "pefsim/points.h"
#include "pefsim/summary.h"

#include "session.h"

/* A guest that refaults for ever would fill a disk; -v and --json tell everything. */
#define RUN_EVENTS_MAX 10000u

static bool run_colour(const struct options *o)
{
	const char *term = getenv("TERM");
	if (o->colour != COLOUR_AUTO)
		return o->colour == COLOUR_ALWAYS;
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

/* Text of a statement for the ladder, as it runs: loops and parameters are gone. */
static const char *run_statement(void *arg, unsigned thread, uint64_t statement)
{
	struct session *s = arg;
	if (thread >= s->scenario->thread_count || statement >= s->scenario->threads[thread].count)
		return NULL;
	return session_statement(s, thread, (unsigned)statement);
}

static const char *run_event_name(void *arg, uint32_t event)
{
	static char buf[PEF_NAME_MAX + 16];
	const struct scenario *scenario = ((struct session *)arg)->scenario;
	if (event < scenario->event_count)
		return scenario->events[event];
	uint32_t boot = event - scenario->event_count;
	if (boot / 2 >= scenario->guest_count)
		return NULL;
	snprintf(buf, sizeof(buf), "%s %s", scenario->guests[boot / 2].name, boot % 2 ? "booted" : "set up");
	return buf;
}

static struct ladder_options run_ladder(struct session *s)
{
	return (struct ladder_options){
		.verbose = s->options->verbose,
		.colour = run_colour(s->options),
		.width = 100,
		.events_max = s->options->verbose ? 0 : RUN_EVENTS_MAX,
		.statement = run_statement,
		.event_name = run_event_name,
		.arg = s,
	};
}

static const char *run_verdict(const struct session *s)
{
	switch (s->result.end) {
	case ENGINE_FINISHED:
		return "every thread came to its end";
	case ENGINE_DEADLOCK:
		return "deadlock";
	case ENGINE_STUCK:
		return "stuck: somebody waits for what nobody is left to do";
	case ENGINE_STOPPED:
		return "stopped by a finding";
	case ENGINE_STEP_LIMIT:
		return "stopped by the step limit (--steps); no verdict";
	case ENGINE_CYCLE_LIMIT:
		return "stopped by the cycle limit (--cycles); no verdict";
	case ENGINE_INTERRUPTED:
		return "interrupted; what is shown is what was known";
	}
	return "";
}

static void run_print_holds(const struct session *s)
{
	for (unsigned i = 0; i < s->hold_count; i++) {
		char text[400];
		const struct hold *hold = &s->holds[i];
		hold_print(hold, text, sizeof(text));
		printf("%s%s\n", text,
			!hold->reached      ? "   (never reached)"
			: hold->ended_early ? "   (ended early: its until point was not passed)"
					    : "");
	}
}

static void run_print_text(struct session *s, const struct finding *findings, unsigned count)
{
	struct engine *engine = s->world->engine;
	struct report_context about = session_report(s);
	struct ladder_options ladder = run_ladder(s);
	struct run_summary summary;

	if (!s->options->quiet) {
		printf("scenario %s: %s\n", s->scenario->name, s->scenario->title);
		printf("design %s, %u hardware threads, %u secure frames, pool of %u pages\n\n",
			design_name(s->scenario->design), s->platform.thread_count, s->world->config.secure_frames,
			s->world->config.pool_pages);
		ladder_print(engine, &ladder, stdout);
		run_print_holds(s);
		putchar('\n');
	}
	for (unsigned i = 0; i < count; i++)
		finding_print(engine, &findings[i], &about, stdout);
	if (s->options->quiet)
		return;
	if (!summary_collect(engine, &summary))
		summary_print(&summary, stdout);
	summary_free(&summary);
	printf("\nverdict: %s%s", count ? "FINDING, " : "", count ? findings[0].title : run_verdict(s));
	printf("%s\n", count || s->result.end != ENGINE_FINISHED ? "" : ", no finding");
}

static void run_print_json(struct session *s, const struct finding *findings, unsigned count)
{
	struct engine *engine = s->world->engine;
	struct report_context about = session_report(s);
	struct ladder_options ladder = run_ladder(s);
	struct run_summary summary;

	trace_print_json(engine, &ladder, stdout);
	for (unsigned i = 0; i < count; i++)
		finding_print_json(engine, &findings[i], &about, stdout);
	if (!summary_collect(engine, &summary))
		summary_print_json(&summary, stdout);
	summary_free(&summary);
}

static int run_file(const struct options *options, const char *path)
{
	struct session s;
	const struct finding *findings;
	enum pef_err err = session_open(&s, options, path);
	if (!err)
		err = session_run(&s);
	if (err) {
		session_close(&s);
		return err == PEF_USAGE ? PEF_EXIT_USAGE : err == PEF_BUG ? PEF_EXIT_BUG : PEF_EXIT_INPUT;
	}
	unsigned count = engine_findings(s.world->engine, &findings);
	int code = session_exit(&s);
	if (options->hash)
		printf("%016" PRIx64 "\n", trace_hash(s.world->engine));
	else if (options->json)
		run_print_json(&s, findings, count);
	else
		run_print_text(&s, findings, count);
	fflush(stdout);
	if (code == PEF_EXIT_INCONCLUSIVE || code == PEF_EXIT_INTERRUPTED)
		fprintf(stderr, "pefsim: %s: %s\n", path, run_verdict(&s));
	session_close(&s);
	return code;
}

int cmd_run(const struct options *options)
{
	int worst = PEF_EXIT_OK;

	if (!options->arg_count) {
		fprintf(stderr, "pefsim run: no scenario given\nhelp: pefsim run --help\n");
		return PEF_EXIT_USAGE;
	}
	for (int i = 0; i < options->arg_count; i++) {
		int code = run_file(options, options->args[i]);
		if (code == PEF_EXIT_INTERRUPTED)
			return code;
		worst = code > worst ? code : worst;
	}
	return worst;
}
