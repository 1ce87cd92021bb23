/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_json.c - what a check prints as JSON lines. See check_text.h.
 *
 * docs/schema/check.schema.json describes every object. "schema" is raised when
 * a member changes its meaning; members may be added at any time.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include "check_text.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"

static const char *json_bool(bool value)
{
	return value ? "true" : "false";
}

/* "never any-violation" is mode and what it is about. */
static void json_line(const struct result_line *line, FILE *out)
{
	size_t mode = strcspn(line->text, " ");
	char word[16];

	snprintf(word, sizeof(word), "%.*s", (int)mode, line->text);
	fprintf(out, "{\"line\":%u", line->line);
	json_member(out, "mode", word);
	json_member(out, "what", line->text + mode + (line->text[mode] == ' '));
	json_member(out, "verdict", result_verdict_name(line->verdict));
	json_member(out, "why", line->why);
	fputc('}', out);
}

static void json_finding(const struct result_finding *f, FILE *out)
{
	fprintf(out, "{\"runs\":%" PRIu64 ",\"first\":%" PRIu64 ",\"expected\":%s,\"known\":%s,\"fails\":%s", f->runs,
		f->first, json_bool(f->expected), json_bool(f->known), json_bool(f->fails));
	json_member(out, "kind", f->kind);
	json_member(out, "severity", finding_severity_name(f->severity));
	json_member(out, "signature", f->signature);
	json_member(out, "strategy", f->directed ? strategy_name(f->strategy) : "");
	json_member(out, "record", f->record);
	json_member(out, "shrunk", f->shrunk);
	fputc('}', out);
}

static void json_lists(const struct result *r, FILE *out)
{
	const char *comma = "";

	fputs(",\"expect\":[", out);
	for (unsigned i = 0; i < r->line_count; i++) {
		if (!r->lines[i].applies)
			continue;
		fputs(comma, out);
		json_line(&r->lines[i], out);
		comma = ",";
	}
	fputs("],\"findings\":[", out);
	for (unsigned i = 0; i < r->finding_count; i++) {
		fputs(i ? "," : "", out);
		json_finding(&r->findings[i], out);
	}
	fputs("]}\n", out);
}

void check_json(const struct result *r, FILE *out)
{
	fputs("{\"schema\":1,\"type\":\"check\"", out);
	json_member(out, "scenario", r->scenario);
	json_member(out, "path", r->path);
	json_member(out, "variant", r->label);
	json_member(out, "verdict", result_verdict_name(r->verdict));
	fprintf(out, ",\"runs\":%" PRIu64 ",\"limited\":%" PRIu64 ",\"twice\":%u,\"complete\":%s", r->runs, r->limited,
		r->twice, json_bool(r->complete));
	json_member(out, "id", r->id);
	fprintf(out, ",\"seed\":%" PRIu64 ",\"timed_out\":%s,\"interrupted\":%s", r->seed, json_bool(r->timed_out),
		json_bool(r->interrupted));
	json_member(out, "extent", r->extent);
	json_member(out, "reason", r->reason);
	json_lists(r, out);
	for (unsigned i = 0; i < r->finding_count; i++)
		if (r->findings[i].json)
			fputs(r->findings[i].json, out);
}

void check_json_known(const struct known *known, FILE *out)
{
	for (unsigned i = 0; i < known->count; i++) {
		const struct known_entry *k = &known->entries[i];
		fprintf(out, "{\"schema\":1,\"type\":\"known\",\"line\":%u,\"seen\":%s,\"gone\":%s", k->line,
			json_bool(k->seen), json_bool(known_is_gone(k)));
		json_member(out, "signature", k->signature);
		json_member(out, "scenario", k->scenario);
		fputs("}\n", out);
	}
}

void check_json_total(const struct check_list *list, FILE *out)
{
	const unsigned *v = list->verdicts;
	unsigned broken = v[RESULT_ERROR] + v[RESULT_UNREAD];

	if (list->known)
		check_json_known(list->known, out);
	fprintf(out,
		"{\"schema\":1,\"type\":\"checks\",\"all\":%u,\"passed\":%u,\"failed\":%u,\"inconclusive\":%u,"
		"\"broken\":%u}\n",
		v[RESULT_PASS] + v[RESULT_FAIL] + v[RESULT_OPEN], v[RESULT_PASS], v[RESULT_FAIL], v[RESULT_OPEN],
		broken);
}
