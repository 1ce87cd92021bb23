/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_text.c - what a check prints for people. See check_text.h.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include "check_text.h"

#include <inttypes.h>
#include <string.h>

static const char *const verdict_words[RESULT_VERDICT_COUNT] = {
	[RESULT_PASS] = "PASS",
	[RESULT_FAIL] = "FAIL",
	[RESULT_OPEN] = "????",
	[RESULT_ERROR] = "ERR!",
	[RESULT_UNREAD] = "ERR!",
};

static void check_finding(const struct result *r, const struct result_finding *f, FILE *out)
{
	const char *severity = f->steered                         ? "predicted and then seen as a deadlock"
			       : f->severity == SEVERITY_OBSERVED ? ""
								  : finding_severity_name(f->severity);

	if (f->listed) {
		fprintf(out, "        possible  %s\n", f->signature);
		return;
	}
	fprintf(out, "        Observation %s/%s %s %" PRIu64 " of %" PRIu64 " runs%s%s", r->scenario, f->kind,
		f->runs == r->runs ? "Always" : "Sometimes", f->runs, r->runs, severity[0] ? ", " : "", severity);
	if (f->expected)
		fprintf(out, ", expected by line %u", f->line);
	if (f->known)
		fprintf(out, ", known");
	if (!f->expected && !f->known && !f->fails)
		fprintf(out, ", no line speaks of it");
	fprintf(out, "\n          %s\n", f->signature);
	if (f->directed)
		fprintf(out, "          first in run %" PRIu64 ", by %s\n", f->first, strategy_name(f->strategy));
	if (f->record[0])
		fprintf(out, "          replay: pefsim replay %s\n", f->record);
	if (f->shrunk[0])
		fprintf(out, "          shrunk: pefsim run %s\n", f->shrunk);
}

static const char *check_end(const struct result *r)
{
	return r->timed_out ? " (timeout)" : r->out_of_time ? " (time)" : r->interrupted ? " (interrupted)" : "";
}

static void check_line(const struct result *r, FILE *out)
{
	fprintf(out, "  %s  %-24s %-20s", verdict_words[r->verdict], r->scenario, r->label);
	if (r->runs)
		fprintf(out, " %6" PRIu64 " runs%s", r->runs, check_end(r));
	fprintf(out, "%s%s\n", r->reason[0] ? "   " : "", r->reason);
}

void check_print(const struct result *r, FILE *out)
{
	if (r->log)
		fputs(r->log, out);
	check_line(r, out);
	if (r->extent[0])
		fprintf(out, "        schedules %s\n", r->extent);
	for (unsigned i = 0; i < r->line_count; i++)
		if (r->lines[i].verdict != RESULT_PASS)
			fprintf(out, "        %s:%u: %s\n", r->path, r->lines[i].line, r->lines[i].why);
	for (unsigned i = 0; i < r->finding_count; i++)
		check_finding(r, &r->findings[i], out);
	if (r->unkept)
		fprintf(out, "        %" PRIu64 " runs showed yet other findings\n", r->unkept);
	for (unsigned i = 0; i < r->finding_count; i++)
		if (r->findings[i].report)
			fputs(r->findings[i].report, out);
}

void check_print_run(const struct search *search, FILE *out)
{
	const struct session *s = search->session;
	const struct finding *findings;
	char signature[256] = "no finding";

	if (engine_findings(s->world->engine, &findings))
		finding_signature(&findings[0], signature, sizeof(signature));
	fprintf(out, "        run %" PRIu64 ": %s\n", search->judge.runs - 1, signature);
}

void check_print_known(const struct known *known, FILE *out)
{
	unsigned seen = 0, gone = 0;

	for (unsigned i = 0; i < known->count; i++) {
		seen += known->entries[i].seen;
		gone += known_is_gone(&known->entries[i]);
	}
	for (unsigned i = 0; i < known->count; i++)
		if (known_is_gone(&known->entries[i]))
			fprintf(out, "%s:%u: not seen any more: %s\n", known->path, known->entries[i].line,
				known->entries[i].signature);
	fprintf(out, "%u known findings: %u seen, %u gone, %u not looked for\n", known->count, seen, gone,
		known->count - seen - gone);
}

void check_print_total(const struct check_list *list, FILE *out)
{
	const unsigned *v = list->verdicts;
	unsigned broken = v[RESULT_ERROR] + v[RESULT_UNREAD];

	if (list->known)
		check_print_known(list->known, out);
	fprintf(out, "%u checks: %u passed, %u failed, %u inconclusive",
		v[RESULT_PASS] + v[RESULT_FAIL] + v[RESULT_OPEN], v[RESULT_PASS], v[RESULT_FAIL], v[RESULT_OPEN]);
	if (broken)
		fprintf(out, "; %u could not be made", broken);
	fputc('\n', out);
}
