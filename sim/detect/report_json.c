/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_json.c - a finding as one JSON object on a line.
 *
 * The same facts as the text, for programs: "schema" is raised when a field
 * changes its meaning; new fields may appear at any time.
 *
 * Locking: none; after the run. Errors: none. Blocking: as writing to @out.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define REPORT_JSON_PLACES_MAX 24u

/* Bytes of a name or of a script; what is no UTF-8 is the script reader's business. */
static void json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void json_field(FILE *out, const char *name, const char *text)
{
	if (!text)
		return;
	fprintf(out, ",\"%s\":", name);
	json_text(out, text);
}

static void json_places(FILE *out, const struct engine *engine, const struct finding_block *b)
{
	struct chain_place places[REPORT_JSON_PLACES_MAX];
	unsigned count = report_places(engine, b, places, REPORT_JSON_PLACES_MAX);

	fputs(",\"frames\":[", out);
	for (unsigned i = 0; i < count; i++) {
		fprintf(out, "%s{\"function\":", i ? "," : "");
		json_text(out, places[i].function);
		json_field(out, "file", places[i].file);
		fprintf(out, ",\"line\":%u}", places[i].line);
	}
	fputc(']', out);
}

static void json_blocks(
	FILE *out, const struct engine *engine, const struct finding *f, const struct report_context *about)
{
	fputs(",\"blocks\":[", out);
	for (unsigned i = 0; i < f->block_count; i++) {
		const struct finding_block *b = &f->blocks[i];

		fprintf(out, "%s{\"heading\":", i ? "," : "");
		json_text(out, b->heading);
		json_field(out, "context", b->context);
		if (b->script_line) {
			fprintf(out, ",\"line\":%u", b->script_line);
			json_field(out, "statement", report_statement(about, b->script_line));
		}
		json_places(out, engine, b);
		fputc('}', out);
	}
	fputc(']', out);
}

static void json_locks(FILE *out, const struct engine *engine, const struct finding *f)
{
	fputs(",\"locks\":[", out);
	for (unsigned i = 0; i < f->held_count; i++) {
		struct finding_block at = {.domain = f->blocks[0].domain, .chain = f->held[i].chain};
		char name[48];

		fprintf(out, "%s{\"name\":", i ? "," : "");
		json_text(out, obj_print_full(f->held[i].name, name, sizeof(name)));
		fprintf(out, ",\"shared\":%s,\"since\":%llu",
			f->held[i].mode == LOCK_SHARED || f->held[i].mode == LOCK_SRCU_READ ? "true" : "false",
			(unsigned long long)f->held[i].since);
		json_places(out, engine, &at);
		fputc('}', out);
	}
	fputc(']', out);
}

/* What the text says of both sides' state: a string a line. */
static void json_state(FILE *out, const struct finding *f, const struct report_context *about)
{
	char *text = NULL;
	size_t size = 0;
	FILE *lines = about->state ? open_memstream(&text, &size) : NULL;

	if (!lines)
		return;
	about->state(about->state_arg, f, lines);
	fclose(lines);
	fputs(",\"state\":[", out);
	for (char *line = text, *end; line && *line; line = end + 1) {
		end = line + strcspn(line, "\n");
		*end = '\0';
		fputs(line == text ? "" : ",", out);
		json_text(out, line);
	}
	fputc(']', out);
	free(text);
}

static void json_expected(FILE *out, const struct finding *f, const struct report_context *about)
{
	unsigned line = 0;
	const char *text = about->expected ? about->expected(about->expected_arg, f, &line) : NULL;

	json_field(out, "expected", text);
	if (text)
		fprintf(out, ",\"expected_line\":%u", line);
}

void finding_print_json(
	const struct engine *engine, const struct finding *f, const struct report_context *about, FILE *out)
{
	fputs("{\"schema\":1,\"type\":\"finding\"", out);
	json_field(out, "kind", finding_kind_name(f->kind));
	json_field(out, "severity", finding_severity_name(f->severity));
	json_field(out, "title", f->title);
	if (f->object[0])
		json_field(out, "object", f->object);
	if (f->key.domain < engine_domain_count(engine))
		json_field(out, "side", domain_name(engine_domain(engine, f->key.domain)));
	fprintf(out, ",\"cycle\":%llu", (unsigned long long)f->key.cycle);
	json_blocks(out, engine, f, about);
	json_locks(out, engine, f);
	fputs(",\"lines\":[", out);
	for (unsigned i = 0; i < f->line_count; i++) {
		if (i)
			fputc(',', out);
		json_text(out, f->lines[i]);
	}
	fputc(']', out);
	json_state(out, f, about);
	json_expected(out, f, about);
	json_field(out, "version", about->version);
	json_field(out, "scenario", about->scenario);
	json_field(out, "path", about->path);
	json_field(out, "design", about->design);
	json_field(out, "schedule", about->holds);
	json_field(out, "reproduce", about->reproduce);
	fprintf(out, ",\"seed\":%llu}\n", (unsigned long long)about->seed);
}
