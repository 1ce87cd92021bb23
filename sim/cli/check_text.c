/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_text.c - what a check prints. See check_text.h.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include "check_text.h"

#include <inttypes.h>
#include <string.h>

static const char *const verdict_words[] = {[JUDGED_HOLDS] = "PASS", [JUDGED_BROKEN] = "FAIL", [JUDGED_OPEN] = "????"};
static const char *const verdict_names[] = {
	[JUDGED_HOLDS] = "pass", [JUDGED_BROKEN] = "fail", [JUDGED_OPEN] = "inconclusive"};

/* What one line can say of why: the first failing finding, else the first line that does not hold. */
static const char *check_reason(const struct search *search, char *buf, size_t size)
{
	const struct scenario *s = search->session->scenario;
	enum judgement verdict = search_verdict(search);

	for (unsigned i = 0; i < search->seen_count; i++)
		if (search->seen[i].fails)
			return search->seen[i].signature;
	for (unsigned i = 0; i < s->expect_count; i++)
		if (verdict != JUDGED_HOLDS && judge_line(&search->judge, i) == verdict)
			return judge_why(&search->judge, i, buf, size);
	unsigned unspoken = 0;
	for (unsigned i = 0; i < search->seen_count; i++)
		unspoken += !search->seen[i].expected && !search->seen[i].listed;
	if (verdict == JUDGED_HOLDS && unspoken)
		snprintf(buf, size, "%u finding%s that no line speaks of", unspoken, unspoken == 1 ? "" : "s");
	else if (verdict == JUDGED_OPEN)
		snprintf(buf, size, "a limit ended %" PRIu64 " of %" PRIu64 " runs", search->judge.limited,
			search->judge.runs);
	else
		buf[0] = '\0';
	return buf;
}

static const char *check_how_often(const struct search *search, const struct observation *o)
{
	return o->runs == search->judge.runs ? "Always" : "Sometimes";
}

static void check_observation(const struct search *search, const struct observation *o, FILE *out)
{
	const struct scenario *s = search->session->scenario;
	const char *severity = o->steered                         ? "predicted and then seen as a deadlock"
			       : o->severity == SEVERITY_OBSERVED ? ""
								  : finding_severity_name(o->severity);

	if (o->listed) {
		fprintf(out, "        possible  %s\n", o->signature);
		return;
	}
	fprintf(out, "        Observation %s/%s %s %" PRIu64 " of %" PRIu64 " runs%s%s", s->name, o->kind,
		check_how_often(search, o), o->runs, search->judge.runs, severity[0] ? ", " : "", severity);
	if (o->expected)
		fprintf(out, ", expected by line %u", o->line);
	else if (!o->fails)
		fprintf(out, ", no line speaks of it");
	fprintf(out, "\n          %s\n", o->signature);
	if (o->directed)
		fprintf(out, "          first in run %" PRIu64 ", by %s\n", o->first, strategy_name(o->strategy));
	if (o->record[0])
		fprintf(out, "          replay: pefsim replay %s\n", o->record);
}

void check_print(const struct search *search, const char *label, FILE *out)
{
	const struct scenario *s = search->session->scenario;
	enum judgement verdict = search_verdict(search);
	char why[320];
	const char *reason = check_reason(search, why, sizeof(why));

	fprintf(out, "  %s  %-24s %-20s %6" PRIu64 " runs%s%s%s\n", verdict_words[verdict], s->name, label,
		search->judge.runs,
		search->out_of_time   ? " (time)"
		: search->interrupted ? " (interrupted)"
				      : "",
		reason[0] ? "   " : "", reason);
	if (search_claim(search, why, sizeof(why))[0])
		fprintf(out, "        schedules %s\n", why);
	for (unsigned i = 0; i < s->expect_count; i++)
		if (judge_line(&search->judge, i) != JUDGED_HOLDS)
			fprintf(out, "        %s:%u: %s\n", s->path, s->expects[i].line,
				judge_why(&search->judge, i, why, sizeof(why)));
	for (unsigned i = 0; i < search->seen_count; i++)
		check_observation(search, &search->seen[i], out);
	if (search->unkept)
		fprintf(out, "        %" PRIu64 " runs showed yet other findings\n", search->unkept);
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

/* ---- JSON ------------------------------------------------------------------------ */

static void json_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":\"", key);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c == 0x7f)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void json_line(const struct search *search, unsigned line, FILE *out)
{
	static const char *const modes[] = {"never", "sometimes", "always", "finally"};
	const struct expectation *e = &search->session->scenario->expects[line];
	char why[320];

	fprintf(out, "{\"line\":%u", e->line);
	json_string(out, "mode", modes[e->mode]);
	json_string(out, "what", e->what);
	json_string(out, "verdict", verdict_names[judge_line(&search->judge, line)]);
	json_string(out, "why", judge_why(&search->judge, line, why, sizeof(why)));
	fputc('}', out);
}

static void json_observation(const struct observation *o, FILE *out)
{
	fprintf(out, "{\"runs\":%" PRIu64 ",\"first\":%" PRIu64 ",\"expected\":%s,\"fails\":%s", o->runs, o->first,
		o->expected ? "true" : "false", o->fails ? "true" : "false");
	json_string(out, "kind", o->kind);
	json_string(out, "severity", finding_severity_name(o->severity));
	json_string(out, "signature", o->signature);
	json_string(out, "record", o->record);
	fputc('}', out);
}

void check_print_json(const struct search *search, const char *label, FILE *out)
{
	char claim[120];
	const struct scenario *s = search->session->scenario;
	const char *comma = "";

	fprintf(out, "{\"schema\":1,\"type\":\"check\"");
	json_string(out, "scenario", s->name);
	json_string(out, "path", s->path);
	json_string(out, "variant", label);
	json_string(out, "verdict", verdict_names[search_verdict(search)]);
	fprintf(out, ",\"runs\":%" PRIu64 ",\"limited\":%" PRIu64 ",\"complete\":%s,\"expect\":[", search->judge.runs,
		search->judge.limited,
		strncmp(search_claim(search, claim, sizeof(claim)), "complete: ", 10) ? "false" : "true");
	for (unsigned i = 0; i < s->expect_count; i++) {
		if (!s->expects[i].applies)
			continue;
		fputs(comma, out);
		json_line(search, i, out);
		comma = ",";
	}
	fputs("],\"findings\":[", out);
	for (unsigned i = 0; i < search->seen_count; i++) {
		fputs(i ? "," : "", out);
		json_observation(&search->seen[i], out);
	}
	fputs("]}\n", out);
}

void check_print_total(const unsigned judged[3], const struct options *options, FILE *out)
{
	unsigned all = judged[JUDGED_HOLDS] + judged[JUDGED_BROKEN] + judged[JUDGED_OPEN];

	if (options->json)
		fprintf(out,
			"{\"schema\":1,\"type\":\"checks\",\"all\":%u,\"passed\":%u,\"failed\":%u,\"inconclusive\":%u}"
			"\n",
			all, judged[JUDGED_HOLDS], judged[JUDGED_BROKEN], judged[JUDGED_OPEN]);
	else
		fprintf(out, "%u checks: %u passed, %u failed, %u inconclusive\n", all, judged[JUDGED_HOLDS],
			judged[JUDGED_BROKEN], judged[JUDGED_OPEN]);
}
