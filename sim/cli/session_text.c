/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session_text.c - statements and lines of a scenario, for ladder and reports. See session.h.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

const char *session_statement(struct session *s, unsigned thread, unsigned statement)
{
	const struct thread *t = &s->scenario->threads[thread];
	FILE *out = fmemopen(s->line_text, sizeof(s->line_text), "w");

	if (!out)
		return NULL;
	statement_print(s->scenario, t, &t->statements[statement], out);
	fclose(out);
	return s->line_text;
}

const char *session_variant(struct session *s)
{
	const struct scenario *scenario = s->scenario;
	FILE *out = fmemopen(s->variant, sizeof(s->variant) - 1, "w");

	if (!out)
		return design_name(scenario->design);
	fputs(design_name(scenario->design), out);
	for (unsigned i = 0; i < MUTANT_COUNT; i++)
		if (mutants_have(scenario->mutants, (enum mutant)i))
			fprintf(out, " %s", mutant_name((enum mutant)i));
	if (scenario->slot_delete != SLOT_DELETE_DESIGN)
		fprintf(out, ", slot-delete %s", slot_delete_name(scenario->slot_delete));
	if (scenario->era != ERA_DEFAULT)
		fprintf(out, ", mm-era %s", era_name(scenario->era));
	fclose(out);
	return s->variant;
}

/* The line as it stands in the file, without its indent and comment. */
static const char *session_raw_line(struct session *s, unsigned line)
{
	const char *at = s->text;

	for (unsigned i = 1; at && i < line; i++) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at || !line)
		return NULL;
	at += strspn(at, " \t");
	snprintf(s->line_text, sizeof(s->line_text), "%.*s", (int)strcspn(at, "\n#"), at);
	for (size_t n = strlen(s->line_text); n && strchr(" \t", s->line_text[n - 1]); n--)
		s->line_text[n - 1] = '\0';
	return s->line_text[0] ? s->line_text : NULL;
}

const char *session_line(void *session, unsigned line)
{
	struct session *s = session;
	unsigned found = 0, thread = 0, statement = 0;

	for (unsigned i = 0; i < s->scenario->thread_count; i++) {
		for (unsigned k = 0; k < s->scenario->threads[i].count; k++) {
			if (s->scenario->threads[i].statements[k].line == line && ++found == 1) {
				thread = i;
				statement = k;
			}
		}
	}
	/* A line in a loop stands for several statements: show it as written. */
	return found == 1 ? session_statement(s, thread, statement) : session_raw_line(s, line);
}

struct report_context session_report(struct session *s)
{
	return (struct report_context){
		.version = PEF_VERSION,
		.path = s->scenario->path,
		.scenario = s->scenario->name,
		.design = session_variant(s),
		.seed = s->plan.seed,
		.statement = session_line,
		.statement_arg = s,
		.holds = s->holds_text,
		.reproduce = s->command,
		.state = session_state,
		.state_arg = s,
		.expected = session_expected,
		.expected_arg = s,
	};
}
