/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_case.c - results as test cases, for KTAP and JUnit. See check_text.h.
 *
 * A result has a case for each line of "expect", whatever came of it, and one
 * more for all that no line speaks of; so a dashboard sees the same names each
 * time.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <string.h>

#include "check_text.h"

unsigned check_case_count(const struct result *r)
{
	return r->line_count + 1;
}

unsigned check_group(const struct check_list *list, unsigned first)
{
	unsigned count = 1;

	while (first + count < list->count && !strcmp(list->results[first].path, list->results[first + count].path))
		count++;
	return count;
}

/* Whether a line already says what the whole result came to. */
static bool case_is_said(const struct result *r)
{
	for (unsigned i = 0; i < r->line_count; i++)
		if (r->lines[i].verdict == r->verdict)
			return true;
	return false;
}

static bool case_is_first_bad(const struct result *r, unsigned i)
{
	for (unsigned k = 0; k < i && k < r->line_count; k++)
		if (r->lines[k].verdict != RESULT_PASS)
			return false;
	return i == r->line_count || r->lines[i].verdict != RESULT_PASS;
}

void check_case(const struct result *r, unsigned i, struct check_case *out)
{
	const struct result_line *line = i < r->line_count ? &r->lines[i] : NULL;
	const char *what = line ? line->text : r->verdict == RESULT_UNREAD ? "is read" : "nothing else is wrong";

	*out = (struct check_case){.verdict = RESULT_PASS, .why = ""};
	snprintf(out->name, sizeof(out->name), "%s%s%s", r->label, r->label[0] ? "/" : "", what);
	if (line && !line->applies) {
		out->skipped = line->condition;
	} else if (line) {
		out->verdict = line->verdict;
		out->why = line->why;
	} else if (!case_is_said(r)) {
		out->verdict = r->verdict;
		out->why = r->reason;
	}
	out->first_bad = out->verdict != RESULT_PASS && case_is_first_bad(r, i);
}
