/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_ktap.c - results as KTAP version 1. See check_text.h.
 *
 * Source: Documentation/dev-tools/ktap.rst of the kernel. What could not be
 * decided is "not ok" with the directive ERROR or TIMEOUT: a check that says
 * nothing must not look like one that passed.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include <inttypes.h>
#include <string.h>

#include "check_text.h"

/* A description ends at "#". */
static void ktap_name(const char *name, FILE *out)
{
	for (; *name; name++)
		fputc(*name == '#' || *name == '\n' ? '.' : *name, out);
}

static void ktap_diagnostics(const char *indent, const char *text, FILE *out)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		fprintf(out, "%s# %.*s\n", indent, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void ktap_directive(const struct check_list *list, const struct result *r, const struct check_case *c, FILE *out)
{
	if (c->skipped)
		fprintf(out, " # SKIP only if %s", c->skipped);
	else if (c->verdict == RESULT_OPEN && r->timed_out)
		fprintf(out, " # TIMEOUT %" PRIu64 " seconds", list->options->timeout_seconds);
	else if (c->verdict == RESULT_OPEN)
		fputs(" # ERROR inconclusive", out);
	else if (c->verdict == RESULT_ERROR || c->verdict == RESULT_UNREAD)
		fprintf(out, " # ERROR %s", c->why);
	fputc('\n', out);
}

/* The cases of one result; returns whether all are ok. */
static bool ktap_result(const struct check_list *list, const struct result *r, unsigned *number, FILE *out)
{
	bool ok = true;

	for (unsigned i = 0; i < check_case_count(r); i++) {
		struct check_case c;
		check_case(r, i, &c);
		ktap_diagnostics("    ", c.why, out);
		for (unsigned k = 0; c.first_bad && k < r->finding_count; k++)
			ktap_diagnostics("    ", r->findings[k].report, out);
		fprintf(out, "    %s %u ", c.verdict == RESULT_PASS ? "ok" : "not ok", ++*number);
		ktap_name(c.name, out);
		ktap_directive(list, r, &c, out);
		ok &= c.verdict == RESULT_PASS;
	}
	return ok;
}

/* A file: all its results as subtests. Returns how many results that were. */
static unsigned ktap_file(const struct check_list *list, unsigned first, unsigned number, FILE *out)
{
	unsigned count = check_group(list, first), cases = 0, at = 0;
	bool ok = true;

	for (unsigned i = 0; i < count; i++)
		cases += check_case_count(&list->results[first + i]);
	fputs("    KTAP version 1\n    # Subtest: ", out);
	ktap_name(list->results[first].scenario, out);
	fprintf(out, "\n    1..%u\n", cases);
	for (unsigned i = 0; i < count; i++)
		ok &= ktap_result(list, &list->results[first + i], &at, out);
	fprintf(out, "%s %u ", ok ? "ok" : "not ok", number);
	ktap_name(list->results[first].scenario, out);
	fputc('\n', out);
	return count;
}

void check_ktap(const struct check_list *list, FILE *out)
{
	unsigned files = 0, number = 0;

	for (unsigned i = 0; i < list->count; i += check_group(list, i))
		files++;
	fprintf(out, "KTAP version 1\n1..%u\n", files);
	for (unsigned i = 0; i < list->count;)
		i += ktap_file(list, i, ++number, out);
	for (unsigned i = 0; list->known && i < list->known->count; i++)
		if (known_is_gone(&list->known->entries[i]))
			fprintf(out, "# %s:%u: not seen any more: %s\n", list->known->path,
				list->known->entries[i].line, list->known->entries[i].signature);
}
