/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_why.c - pefsim why: what decided that a recorded run went wrong.
 *
 * Locking: none. Errors: exit codes. Blocking: some thousand runs.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "why.h"

#define WHY_RUNS 40u /* a probe */
#define WHY_BEFORE 4u /* steps that are shown before the one that differs */
#define WHY_BEHIND 8u
#define WHY_WIDTH 48

static const char *step_print(const struct why *w, const struct why_way *way, size_t at, char *buf, size_t size)
{
	const struct director_step *step = &way->steps[at];
	char object[96];

	if (at >= way->count) {
		snprintf(buf, size, "the end of the run");
		return buf;
	}
	snprintf(buf, size, "%s %s %s", director_name(strategy_director(w->lead), step->actor),
		point_kind_name((enum point_kind)step->kind),
		step->label ? step->label : obj_print_full(step->object, object, sizeof(object)));
	return buf;
}

/* Rows between two of the same share say nothing more. */
static bool probe_tells(const struct why *w, unsigned i)
{
	unsigned hits = w->probes[i].hits;

	return !i || i + 1 == w->probe_count || w->probes[i].step == w->last || w->probes[i - 1].hits != hits ||
	       w->probes[i + 1].hits != hits;
}

static void why_print_shares(const struct why *w)
{
	char text[200];

	printf("  after step   show it     that step\n");
	for (unsigned i = 0; i < w->probe_count; i++) {
		const struct why_probe *p = &w->probes[i];
		if (probe_tells(w, i))
			printf("  %10zu  %3u of %-3u   %s\n", p->step, p->hits, p->runs,
				p->step ? step_print(w, &w->with, p->step - 1, text, sizeof(text)) : "");
	}
}

static void why_print_sides(const struct why *w)
{
	size_t from = w->part > WHY_BEFORE ? w->part - WHY_BEFORE : 0;
	char with[200], without[200];

	printf("\nThe nearest schedule without it takes another way at step %zu:\n", w->part + 1);
	printf("    %6s  %-*s  %s\n", "step", WHY_WIDTH, "with it", "without it");
	for (size_t at = from; at < w->part + WHY_BEHIND && (at <= w->with.count || at <= w->without.count); at++) {
		bool same = at < w->part;
		step_print(w, &w->with, at, with, sizeof(with));
		step_print(w, &w->without, at, without, sizeof(without));
		printf("  %c %6zu  %-*s  %s\n", at == w->part ? '>' : ' ', at + 1, WHY_WIDTH, with,
			same ? "the same" : without);
	}
}

static void why_print(const struct why *w)
{
	char text[200];

	printf("%s\n%zu steps, the first %zu as in every schedule; %u random schedules from each of some steps\n\n",
		w->record->signature, w->with.count, w->first, w->runs);
	if (w->other)
		printf("(The order of the recorded steps alone does not make it; this is another schedule that shows "
		       "it.)\n\n");
	why_print_shares(w);
	if (!w->without.count) {
		printf("\nAll of them show it, from the beginning: no schedule was seen that avoids it.\n");
		return;
	}
	printf("\nLast step from which it could be avoided: %zu", w->last);
	printf(", %s\n", w->last ? step_print(w, &w->with, w->last - 1, text, sizeof(text)) : "the beginning");
	why_print_sides(w);
}

static int why_refuse(const char *path, const struct record *r, enum pef_err err)
{
	if (err == PEF_LIMIT)
		fprintf(stderr,
			"pefsim: %s: the order of its steps does not make '%s', nor does any other schedule that "
			"was tried\nhelp: 'pefsim replay --verify %s' says whether it is still the same run\n",
			path, r->signature, path);
	else
		fprintf(stderr, "pefsim: %s: no memory\n", path);
	return err == PEF_LIMIT ? PEF_EXIT_DIVERGED : PEF_EXIT_BUG;
}

static int why_record(const struct options *o, const char *path, const struct record *r)
{
	struct options options;
	struct session session;
	struct why why = {0};
	int code = PEF_EXIT_INPUT;

	if (!r->signature[0]) {
		fprintf(stderr, "pefsim: %s: it was recorded without a finding, so there is nothing to explain\n",
			path);
		return PEF_EXIT_NOTHING;
	}
	recording_options(r, o, &options);
	enum pef_err err = session_open_text(&session, &options, r->text, r->text_len, r->origin);
	if (!err) {
		recording_tell_age(r, &session, path);
		err = why_run(&session, r, o->runs_given ? (unsigned)o->runs : WHY_RUNS, &why);
		code = err ? why_refuse(path, r, err) : PEF_EXIT_OK;
	}
	if (!err && !session_interrupted())
		why_print(&why);
	why_free(&why);
	session_close(&session);
	return session_interrupted() ? PEF_EXIT_INTERRUPTED : code;
}

static bool why_refuses(const struct options *o)
{
	if (o->arg_count != 1)
		fprintf(stderr, "pefsim why: %s\nhelp: pefsim why --help\n",
			o->arg_count ? "one file at a time" : "no replay file given");
	else if (o->runs_given && (!o->runs || o->runs > 100000))
		fprintf(stderr, "pefsim why: %" PRIu64 " runs after each step\nhelp: want 1 to 100000\n", o->runs);
	else
		return false;
	return true;
}

int cmd_why(const struct options *options)
{
	struct record record;

	if (why_refuses(options))
		return PEF_EXIT_USAGE;
	session_catch_interrupts();
	enum pef_err err = record_read_file(options->args[0], &record, stderr);
	int code = err ? PEF_EXIT_INPUT : why_record(options, options->args[0], &record);
	record_free(&record);
	return code;
}
