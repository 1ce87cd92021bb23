/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.c - a finding as text, in the manner of KCSAN and lockdep.
 *
 * The first line is the finding's title, which holds nothing that varies from
 * run to run: it is what equal reports are known by. Then who did what, each
 * with its call chain and the statement of the script that led there; locks
 * held; state; the schedule; and the command that shows it again. Lines keep
 * within 80 columns so that a report survives mail.
 *
 * Locking: none; after the run. Errors: none. Blocking: as writing to @out.
 */
#include <string.h>

#include "report.h"

#define REPORT_RULE "=================================================================="
#define REPORT_COLUMNS 80
#define REPORT_NAME_COLUMNS 30
#define REPORT_PLACES_MAX 24u

const char *report_base(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

const char *report_statement(const struct report_context *about, unsigned line)
{
	return about->statement && line ? about->statement(about->statement_arg, line) : NULL;
}

void report_thread(const struct finding_block *b, char *out, size_t size)
{
	snprintf(out, size, "%.*s", (int)strcspn(b->context, "/"), b->context);
}

const char *report_mode(enum lock_mode mode)
{
	switch (mode) {
	case LOCK_EXCLUSIVE:
		return "";
	case LOCK_SHARED:
	case LOCK_SRCU_READ:
		return " {read}";
	case LOCK_SRCU_SYNC:
		return " {synchronize}";
	case LOCK_EVENT:
		return " {wait}";
	}
	return "";
}

/*D:180
 * The text follows what kernel developers know from KCSAN and lockdep: a title that never varies, so
 * that equal reports are known by it, then who did what and where, the locks, the schedule, and one
 * command that shows it again.
 :*/
/* Two columns, " left      right tail"; what does not fit goes to a line of its own. */
static void report_columns(FILE *out, const char *left, const char *right, const char *tail)
{
	int left_len = (int)strlen(left), right_len = (int)strlen(right), tail_len = (int)strlen(tail);
	int pad = left_len + 1 > REPORT_NAME_COLUMNS ? left_len + 1 : REPORT_NAME_COLUMNS;

	if (pad + 1 + right_len > REPORT_COLUMNS && left_len + 2 + right_len <= REPORT_COLUMNS)
		pad = REPORT_COLUMNS - 1 - right_len;
	if (left_len + 2 + right_len > REPORT_COLUMNS) {
		fprintf(out, " %.*s\n     %.*s", REPORT_COLUMNS - 1, left, REPORT_COLUMNS - 5, right);
		pad = 4;
	} else {
		fprintf(out, " %-*s%s", pad, left, right);
	}
	if (tail_len && pad + 1 + right_len + tail_len <= REPORT_COLUMNS)
		fputs(tail, out);
	fputc('\n', out);
}

static void report_place(FILE *out, const struct chain_place *place)
{
	char where[128] = "";

	if (place->file[0])
		snprintf(where, sizeof(where), "%s:%u", place->file, place->line);
	report_columns(out, place->function, where, "");
}

static void report_operation(FILE *out, const struct finding_block *b, const struct report_context *about)
{
	const char *text = report_statement(about, b->script_line);
	const char *path = about->path ? report_base(about->path) : "line";
	char where[280], thread[PEF_NAME_MAX], tail[PEF_NAME_MAX + 8];

	if (!b->script_line)
		return;
	report_thread(b, thread, sizeof(thread));
	snprintf(where, sizeof(where), "%s:%u", path, b->script_line);
	snprintf(tail, sizeof(tail), "   (%s)", thread);
	report_columns(out, text ? text : "(statement)", where, tail);
}

void report_block(
	FILE *out, const struct engine *engine, const struct finding_block *b, const struct report_context *about)
{
	struct chain_place places[REPORT_PLACES_MAX];
	unsigned count = report_places(engine, b, places, REPORT_PLACES_MAX);

	fprintf(out, "\n%s\n", b->heading);
	for (unsigned i = 0; i < count; i++)
		report_place(out, &places[i]);
	report_operation(out, b, about);
}

unsigned report_places(
	const struct engine *engine, const struct finding_block *b, struct chain_place *out, unsigned max)
{
	unsigned count = 0, kept = 0;

	if (b->chain && b->domain < engine_domain_count(engine))
		count = chain_places(engine_domain(engine, b->domain), b->chain, out, max);
	/* The script's driver is told by the statement it ran. */
	for (unsigned i = 0; i < count; i++) {
		if (strncmp(out[i].file, "sim/cli/", strlen("sim/cli/")) != 0)
			out[kept++] = out[i];
	}
	return kept;
}

static void report_locks(
	FILE *out, const struct engine *engine, const struct finding *f, const struct report_context *about)
{
	(void)about;
	if (!f->held_count || !f->block_count)
		return;
	fprintf(out, "\n%u lock%s held by %s:\n", f->held_count, f->held_count == 1 ? "" : "s", f->blocks[0].context);
	for (unsigned i = 0; i < f->held_count; i++) {
		struct finding_block at = {.domain = f->blocks[0].domain, .chain = f->held[i].chain};
		struct chain_place place = {{0}, {0}, 0};
		char name[48], left[160], where[128] = "";

		obj_print_full(f->held[i].name, name, sizeof(name));
		if (report_places(engine, &at, &place, 1) && place.file[0])
			snprintf(where, sizeof(where), "%s:%u", place.file, place.line);
		snprintf(left, sizeof(left), "#%u: %s%s%s%s", i, name, report_mode(f->held[i].mode),
			place.function[0] ? ", at " : "", place.function);
		report_columns(out, left, where, "");
	}
}

/* One hold a line; a long one goes on behind its "until". */
void report_holds(FILE *out, const char *holds)
{
	const char *label = "schedule: ";

	while (holds && *holds) {
		int len = (int)strcspn(holds, "\n");
		const char *until = strstr(holds, " until ");
		bool fits = (int)strlen(label) + len <= REPORT_COLUMNS || !until || until >= holds + len;
		int first = fits ? len : (int)(until - holds);

		fprintf(out, "%s%.*s\n", label, first, holds);
		if (!fits)
			fprintf(out, "              %.*s\n", len - first - 1, until + 1);
		label = "          ";
		holds += len + (holds[len] == '\n');
	}
}

/* The line of the scenario that speaks of it. */
static void report_expected(FILE *out, const struct finding *f, const struct report_context *about)
{
	const char *path = about->path ? report_base(about->path) : "line";
	unsigned line = 0;
	const char *text = about->expected ? about->expected(about->expected_arg, f, &line) : NULL;
	char left[200], where[280];

	if (!text)
		return;
	snprintf(left, sizeof(left), "expected: %s", text);
	snprintf(where, sizeof(where), "%s:%u", path, line);
	if (strlen(left) + 1 + strlen(where) > REPORT_COLUMNS)
		fprintf(out, "%.*s\n     %.*s\n", REPORT_COLUMNS, left, REPORT_COLUMNS - 5, where);
	else
		fprintf(out, "%-*s %s\n", REPORT_NAME_COLUMNS, left, where);
}

static void report_footer(FILE *out, const struct finding *f, const struct report_context *about)
{
	if (about->state)
		about->state(about->state_arg, f, out);
	if (f->severity != SEVERITY_OBSERVED)
		fprintf(out, "severity: %s\n", finding_severity_name(f->severity));
	report_holds(out, about->holds);
	report_expected(out, f, about);
	fprintf(out, "Reported by pefsim %s (", about->version ? about->version : "?");
	if (about->design)
		fprintf(out, "design %s, ", about->design);
	if (about->scenario)
		fprintf(out, "scenario %s, ", about->scenario);
	fprintf(out, "seed %llu)\n", (unsigned long long)about->seed);
	if (about->reproduce)
		fprintf(out, "reproduce: %s\n", about->reproduce);
}

void finding_print(const struct engine *engine, const struct finding *f, const struct report_context *about, FILE *out)
{
	if (f->kind == FINDING_LOCK_ORDER) {
		report_lock_order(out, engine, f, about);
		return;
	}
	fprintf(out, REPORT_RULE "\nBUG: pefsim: %s\n", f->title);
	if (f->object[0])
		fprintf(out, "%s\n", f->object);
	for (unsigned i = 0; i < f->block_count; i++)
		report_block(out, engine, &f->blocks[i], about);
	report_locks(out, engine, f, about);
	fputc('\n', out);
	for (unsigned i = 0; i < f->line_count; i++)
		fprintf(out, "%s\n", f->lines[i]);
	report_footer(out, f, about);
	fputs(REPORT_RULE "\n", out);
}
