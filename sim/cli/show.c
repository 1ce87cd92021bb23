/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * show.c - a run on the terminal, or as JSON lines. See show.h.
 *
 * Locking: none. Errors: those of stdout. Blocking: on stdout.
 */
#include "show.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pefsim/ladder.h"
#include "pefsim/points.h"
#include "pefsim/summary.h"

#include "judge.h"

/* A guest that refaults for ever would fill a disk; -v and --json tell everything. */
#define SHOW_EVENTS_MAX 10000u

static bool show_colour(const struct options *o)
{
	const char *term = getenv("TERM");
	if (o->colour != COLOUR_AUTO)
		return o->colour == COLOUR_ALWAYS;
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

/* Text of a statement for the ladder, as it runs: loops and parameters are gone. */
static const char *show_statement(void *arg, unsigned thread, uint64_t statement)
{
	struct session *s = arg;
	if (thread >= s->scenario->thread_count || statement >= s->scenario->threads[thread].count)
		return NULL;
	return session_statement(s, thread, (unsigned)statement);
}

static const char *show_event_name(void *arg, uint32_t event)
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

static struct ladder_options show_ladder(struct session *s)
{
	return (struct ladder_options){
		.verbose = s->options->verbose,
		.colour = show_colour(s->options),
		.width = 100,
		.events_max = s->options->verbose ? 0 : SHOW_EVENTS_MAX,
		.statement = show_statement,
		.event_name = show_event_name,
		.arg = s,
	};
}

const char *show_verdict(const struct session *s)
{
	switch (s->result.end) {
	case ENGINE_FINISHED:
		return s->unchecked ? "every thread came to its end, but the trace was too long to be checked "
				      "(--records); no verdict"
				    : "every thread came to its end";
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

static void show_holds(const struct session *s)
{
	for (unsigned i = 0; i < s->plan.hold_count; i++) {
		char text[400];
		const struct hold *hold = &s->plan.holds[i];
		hold_print(hold, text, sizeof(text));
		printf("%s%s\n", text,
			!hold->reached      ? "   (never reached)"
			: hold->ended_early ? "   (ended early: its until point was not passed)"
					    : "");
	}
}

/* What is only possible is one line, unless somebody wants to know. Returns whether it counts. */
static bool show_finding(struct session *s, const struct finding *f, const struct report_context *about)
{
	bool counts = s->options->fail_possible || f->severity != SEVERITY_POSSIBLE;
	if (counts || s->options->verbose || judge_counts(s->scenario, f))
		finding_print(s->world->engine, f, about, stdout);
	else
		printf("possible: %s (--fail-on possible tells it whole)\n", f->title);
	return counts;
}

void show_text(struct session *s, const struct finding *findings, unsigned count)
{
	struct engine *engine = s->world->engine;
	struct report_context about = session_report(s);
	struct ladder_options ladder = show_ladder(s);
	struct run_summary summary;

	if (!s->options->quiet) {
		printf("scenario %s: %s\n", s->scenario->name, s->scenario->title);
		printf("design %s, %u hardware threads, %u secure frames, pool of %u pages\n\n", session_variant(s),
			s->platform.thread_count, s->world->config.secure_frames, s->world->config.pool_pages);
		ladder_print(engine, &ladder, stdout);
		show_holds(s);
		putchar('\n');
	}
	const struct finding *counted = NULL;
	for (unsigned i = 0; i < count; i++)
		if (show_finding(s, &findings[i], &about) && !counted)
			counted = &findings[i];
	if (s->options->quiet)
		return;
	if (!summary_collect(engine, &summary))
		summary_print(&summary, stdout);
	summary_free(&summary);
	printf("\nverdict: %s%s", counted ? "FINDING, " : "", counted ? counted->title : show_verdict(s));
	printf("%s\n", counted || s->unchecked || s->result.end != ENGINE_FINISHED ? "" : ", no finding");
}

void show_json(struct session *s, const struct finding *findings, unsigned count)
{
	struct engine *engine = s->world->engine;
	struct report_context about = session_report(s);
	struct ladder_options ladder = show_ladder(s);
	struct run_summary summary;

	trace_print_json(engine, &ladder, stdout);
	for (unsigned i = 0; i < count; i++)
		finding_print_json(engine, &findings[i], &about, stdout);
	if (!summary_collect(engine, &summary))
		summary_print_json(&summary, stdout);
	summary_free(&summary);
}
