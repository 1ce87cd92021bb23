/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_github.c - results as annotations for GitHub. See check_text.h.
 *
 * GitHub shows ten errors of a step and drops the others in silence, so nine
 * are written, the worst first, and a tenth says how many more there are; the
 * whole table goes to the step's summary.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include <inttypes.h>
#include <string.h>

#include "check_text.h"
#include "escape.h"

#define ANNOTATIONS_MAX 9u

/* Worst first. */
static const enum result_verdict github_order[] = {RESULT_ERROR, RESULT_UNREAD, RESULT_FAIL, RESULT_OPEN};
#define ORDER_COUNT (sizeof(github_order) / sizeof(github_order[0]))

static unsigned github_line(const struct result *r)
{
	for (unsigned i = 0; i < r->line_count; i++)
		if (r->lines[i].verdict == r->verdict)
			return r->lines[i].line;
	return 1;
}

static const char *github_record(const struct result *r)
{
	for (unsigned i = 0; i < r->finding_count; i++)
		if (r->findings[i].fails)
			return r->findings[i].record;
	return "";
}

static void github_annotation(const struct result *r, FILE *out)
{
	char text[1200];
	const char *record = github_record(r);
	int len = snprintf(text, sizeof(text), "%s %s: %s", r->scenario, r->label, r->reason);

	if (record[0])
		snprintf(text + len, sizeof(text) - (size_t)len, "\npefsim replay %s", record);
	fprintf(out, "::%s file=", r->verdict == RESULT_OPEN ? "warning" : "error");
	github_text(out, r->path, true);
	fprintf(out, ",line=%u,title=", github_line(r));
	github_text(out, r->verdict == RESULT_OPEN ? "pefsim: not decided" : "pefsim", true);
	fputs("::", out);
	github_text(out, text, false);
	fputc('\n', out);
}

void check_github(const struct check_list *list, FILE *out)
{
	unsigned told = 0, left = 0;

	for (unsigned k = 0; k < ORDER_COUNT; k++) {
		for (unsigned i = 0; i < list->count; i++) {
			if (list->results[i].verdict != github_order[k])
				continue;
			if (told < ANNOTATIONS_MAX)
				github_annotation(&list->results[i], out);
			left += told >= ANNOTATIONS_MAX;
			told += told < ANNOTATIONS_MAX;
		}
	}
	if (left)
		fprintf(out, "::error title=pefsim::%u more; the step's summary has all\n", left);
}

/* A cell: what Markdown would take for its own is escaped. */
static void github_cell(const char *text, FILE *out)
{
	fputs(" | ", out);
	for (; *text; text++) {
		if (strchr("|\\`*_<>[]", *text))
			fputc('\\', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
}

void check_github_summary(const struct check_list *list, FILE *out)
{
	const unsigned *v = list->verdicts;

	fprintf(out, "### pefsim check\n\n%u passed, %u failed, %u inconclusive, %u could not be made\n\n",
		v[RESULT_PASS], v[RESULT_FAIL], v[RESULT_OPEN], v[RESULT_ERROR] + v[RESULT_UNREAD]);
	fputs("| verdict | scenario | variant | runs | why | replay |\n|---|---|---|---|---|---|\n", out);
	for (unsigned i = 0; i < list->count; i++) {
		const struct result *r = &list->results[i];
		fprintf(out, "| %s", result_verdict_name(r->verdict));
		github_cell(r->scenario, out);
		github_cell(r->label, out);
		fprintf(out, " | %" PRIu64 "%s", r->runs, r->complete ? ", complete" : "");
		github_cell(r->reason, out);
		github_cell(github_record(r), out);
		fputs(" |\n", out);
	}
	for (unsigned i = 0; list->known && i < list->known->count; i++)
		if (known_is_gone(&list->known->entries[i]))
			fprintf(out, "\nnot seen any more: `%s`\n", list->known->entries[i].signature);
}
