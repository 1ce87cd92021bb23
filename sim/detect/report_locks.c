/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_locks.c - orders of locks, told in lockdep's sentences.
 *
 * Kernel developers know that report and have tools that look for its lines, so
 * they are kept: what is tried, what is held, the chain that exists in reverse
 * order, the schedule that would deadlock. Below its headline stands the title, by
 * which equal findings are known.
 *
 * Locking: none; after the run. Errors: none. Blocking: as writing to @out.
 */
#include <string.h>

#include "report.h"

#define LOCKS_RULE "======================================================"
#define LOCKS_LINE "------------------------------------------------------"

static void locks_head(FILE *out, const struct finding *f, const struct report_context *about)
{
	fprintf(out, LOCKS_RULE "\nWARNING: %s\n%s\n", f->object, f->title);
	fprintf(out, "pefsim %s", about->version ? about->version : "?");
	if (about->design)
		fprintf(out, ", design %s", about->design);
	if (about->scenario)
		fprintf(out, ", scenario %s", about->scenario);
	fprintf(out, ", seed %llu\n" LOCKS_LINE "\n", (unsigned long long)about->seed);
}

void report_lock_order(
	FILE *out, const struct engine *engine, const struct finding *f, const struct report_context *about)
{
	locks_head(out, f, about);
	for (unsigned i = 0; i < f->block_count; i++) {
		if (i == 2)
			fprintf(out, "\nthe existing dependency chain (in reverse order) is:\n");
		report_block(out, engine, &f->blocks[i], about);
	}
	fputc('\n', out);
	for (unsigned i = 0; i < f->line_count; i++)
		fprintf(out, "%s\n", f->lines[i]);
	fprintf(out, " severity: %s\n", finding_severity_name(f->severity));
	report_holds(out, about->holds);
	if (about->reproduce)
		fprintf(out, "reproduce: %s\n", about->reproduce);
	fputs(LOCKS_RULE "\n", out);
}
