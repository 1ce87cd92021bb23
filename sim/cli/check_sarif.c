/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_sarif.c - results as SARIF 2.1.0, for code hosts. See check_text.h.
 *
 * Source: OASIS SARIF 2.1.0. All is one run, as GitHub takes no file with more
 * than twenty. What passes is left out: a code host shows what is told here as
 * open. A known finding is told with a suppression. The fingerprint is made of
 * the signature and the scenario's name, so a finding stays the same alert when
 * lines move.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include <inttypes.h>
#include <string.h>

#include "check_text.h"
#include "escape.h"
#include "pefsim/check.h"
#include "pefsim/explore.h"

#define SARIF_RULES_MAX 128u

/* Kinds of what is told, each once. */
struct sarif_rules {
	const char *ids[SARIF_RULES_MAX];
	unsigned count;
};

static void rule_add(struct sarif_rules *rules, const char *id)
{
	for (unsigned i = 0; i < rules->count; i++)
		if (!strcmp(rules->ids[i], id))
			return;
	if (rules->count < SARIF_RULES_MAX)
		rules->ids[rules->count++] = id;
}

static const char *rule_about(const char *id)
{
	static const struct {
		const char *id, *about;
	} rows[] = {
#define X(name, text, about) {text, about},
		PEF_FINDING_KINDS(X) PEF_INVARIANTS(X)
#undef X
			{"expectation", "a line of a scenario's expect section does not hold"},
		{"inconclusive", "a line of a scenario's expect section could not be decided"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].id, id))
			return rows[i].about;
	return "a scenario could not be checked";
}

static bool finding_is_told(const struct result_finding *f)
{
	return f->fails || f->known;
}

static bool result_has_failure(const struct result *r)
{
	for (unsigned i = 0; i < r->finding_count; i++)
		if (r->findings[i].fails)
			return true;
	return false;
}

/* A broken line is told by its finding when there is one. */
static bool line_is_told(const struct result *r, const struct result_line *line)
{
	return line->verdict == RESULT_OPEN || (line->verdict == RESULT_FAIL && !result_has_failure(r));
}

static const char *line_rule(const struct result_line *line)
{
	return line->verdict == RESULT_OPEN ? "inconclusive" : "expectation";
}

static void rules_collect(const struct check_list *list, struct sarif_rules *rules)
{
	for (unsigned i = 0; i < list->count; i++) {
		const struct result *r = &list->results[i];
		for (unsigned k = 0; k < r->finding_count; k++)
			if (finding_is_told(&r->findings[k]))
				rule_add(rules, r->findings[k].kind);
		for (unsigned k = 0; k < r->line_count; k++)
			if (line_is_told(r, &r->lines[k]))
				rule_add(rules, line_rule(&r->lines[k]));
		if (r->verdict == RESULT_ERROR || r->verdict == RESULT_UNREAD)
			rule_add(rules, "error");
	}
}

static void sarif_place(const char *path, unsigned line, FILE *out)
{
	fputs("\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"", out);
	uri_text(out, path);
	fprintf(out, "\"},\"region\":{\"startLine\":%u}}", line ? line : 1);
}

static void sarif_location(const char *path, unsigned line, FILE *out)
{
	fputs("\"locations\":[{", out);
	sarif_place(path, line, out);
	fputs("}]", out);
}

static void sarif_begin(const char *rule, const char *level, const char *message, FILE *out)
{
	fputs("{\"ruleId\":", out);
	json_text(out, rule);
	json_member(out, "level", level);
	fputs(",\"message\":{\"text\":", out);
	json_text(out, message);
	fputs("},", out);
}

static void sarif_fingerprint(const struct result *r, const char *what, FILE *out)
{
	uint64_t hash = explore_hash(EXPLORE_HASH, what, strlen(what));

	hash = explore_hash(hash, r->scenario, strlen(r->scenario));
	fprintf(out, ",\"partialFingerprints\":{\"pefsimSignature/v1\":\"%016" PRIx64 "\"}", hash);
}

/* ---- where it happened ------------------------------------------------------------------- */

static bool frame_is_known(const struct chain_place *frame)
{
	return frame->file[0] && frame->line;
}

/* The innermost place of each block. */
static void sarif_related(const struct result_finding *f, FILE *out)
{
	const struct chain_place *frame = f->frames;
	const char *comma = "";

	fputs(",\"relatedLocations\":[", out);
	for (unsigned i = 0; i < f->block_count; frame += f->blocks[i++].frames) {
		if (!f->blocks[i].frames || !frame_is_known(frame))
			continue;
		fputs(comma, out);
		fputc('{', out);
		sarif_place(frame->file, frame->line, out);
		fputs(",\"message\":{\"text\":", out);
		json_text(out, f->blocks[i].heading);
		fputs("}}", out);
		comma = ",";
	}
	fputc(']', out);
}

static void sarif_step(const char *path, unsigned line, const char *text, FILE *out)
{
	fputs("{\"location\":{", out);
	sarif_place(path, line, out);
	fputs(",\"message\":{\"text\":", out);
	json_text(out, text);
	fputs("}}}", out);
}

/* A block as a thread: the statement of the script first, then down the calls. */
static void sarif_thread(
	const struct result *r, const struct result_block *block, const struct chain_place *frames, FILE *out)
{
	fputs("{\"message\":{\"text\":", out);
	json_text(out, block->heading);
	fputs("},\"locations\":[", out);
	sarif_step(r->path, block->script_line, block->heading, out);
	for (unsigned i = block->frames; i-- > 0;) {
		if (!frame_is_known(&frames[i]))
			continue;
		fputc(',', out);
		sarif_step(frames[i].file, frames[i].line, frames[i].function, out);
	}
	fputs("]}", out);
}

static void sarif_flows(const struct result *r, const struct result_finding *f, FILE *out)
{
	const struct chain_place *frames = f->frames;

	if (!f->block_count)
		return;
	fputs(",\"codeFlows\":[{\"threadFlows\":[", out);
	for (unsigned i = 0; i < f->block_count; frames += f->blocks[i++].frames) {
		fputs(i ? "," : "", out);
		sarif_thread(r, &f->blocks[i], frames, out);
	}
	fputs("]}]", out);
}

/* ---- results ------------------------------------------------------------------------------- */

static unsigned finding_line(const struct result *r, const struct result_finding *f)
{
	for (unsigned i = 0; i < f->block_count; i++)
		if (f->blocks[i].script_line)
			return f->blocks[i].script_line;
	return r->line_count ? r->lines[0].line : 1;
}

static void sarif_finding(const struct result *r, const struct result_finding *f, FILE *out)
{
	char message[1200];
	int len = snprintf(message, sizeof(message), "%s (scenario %s, design %s, in %" PRIu64 " of %" PRIu64 " runs)",
		f->signature, r->scenario, r->label, f->runs, r->runs);

	if (f->record[0])
		snprintf(message + len, sizeof(message) - (size_t)len, "; pefsim replay %s", f->record);
	sarif_begin(f->kind, f->known ? "note" : "error", message, out);
	sarif_location(r->path, finding_line(r, f), out);
	sarif_related(f, out);
	sarif_flows(r, f, out);
	if (f->known)
		fputs(",\"suppressions\":[{\"kind\":\"external\",\"justification\":\"listed as known\"}]", out);
	sarif_fingerprint(r, f->signature, out);
	fputc('}', out);
}

static void sarif_line(const struct result *r, const struct result_line *line, FILE *out)
{
	char message[640];

	snprintf(message, sizeof(message), "%s (scenario %s, design %s)", line->why, r->scenario, r->label);
	sarif_begin(line_rule(line), line->verdict == RESULT_OPEN ? "warning" : "error", message, out);
	sarif_location(r->path, line->line, out);
	sarif_fingerprint(r, line->text, out);
	fputc('}', out);
}

static void sarif_result(const struct result *r, const char **comma, FILE *out)
{
	for (unsigned i = 0; i < r->finding_count; i++) {
		if (!finding_is_told(&r->findings[i]))
			continue;
		fputs(*comma, out);
		sarif_finding(r, &r->findings[i], out);
		*comma = ",\n";
	}
	for (unsigned i = 0; i < r->line_count; i++) {
		if (!line_is_told(r, &r->lines[i]))
			continue;
		fputs(*comma, out);
		sarif_line(r, &r->lines[i], out);
		*comma = ",\n";
	}
	if (r->verdict != RESULT_ERROR && r->verdict != RESULT_UNREAD)
		return;
	fputs(*comma, out);
	sarif_begin("error", "error", r->reason, out);
	sarif_location(r->path, 1, out);
	sarif_fingerprint(r, r->reason, out);
	fputc('}', out);
	*comma = ",\n";
}

void check_sarif(const struct check_list *list, FILE *out)
{
	struct sarif_rules rules = {.count = 0};
	const char *comma = "\n";

	rules_collect(list, &rules);
	fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n"
	      "\"tool\":{\"driver\":{\"name\":\"pefsim\",\"version\":\"" PEF_VERSION "\",\"rules\":[",
		out);
	for (unsigned i = 0; i < rules.count; i++) {
		fputs(i ? ",\n{\"id\":" : "\n{\"id\":", out);
		json_text(out, rules.ids[i]);
		fputs(",\"shortDescription\":{\"text\":", out);
		json_text(out, rule_about(rules.ids[i]));
		fputs("}}", out);
	}
	fputs("]}},\n\"results\":[", out);
	for (unsigned i = 0; i < list->count; i++)
		sarif_result(&list->results[i], &comma, out);
	fputs("]}]}\n", out);
}
