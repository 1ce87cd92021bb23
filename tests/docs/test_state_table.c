/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_state_table.c - docs/protocol-reference.md shows the state machine as it is.
 *
 * Rows are made from the table that the ultravisor uses and looked for in the
 * page; a row that is missing is printed, to be put in.
 *
 * Locking: none. Errors: failed assertions. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/abi.h"
#include "uv_model/state.h"

static const char *const event_names[EVENT_COUNT] = {
#define X(name, about) [EVENT_##name] = #name,
	UV_GFN_EVENTS(X)
#undef X
};

/* What others do to a page; the rest are steps of a share or unshare under way. */
static const enum gfn_event outside[] = {
	EVENT_SHARE, EVENT_UNSHARE, EVENT_PAGE_IN, EVENT_PAGE_IN_ESM, EVENT_PAGE_OUT, EVENT_PAGE_INVAL};
#define OUTSIDE (sizeof(outside) / sizeof(outside[0]))

static bool event_is_outside(enum gfn_event event)
{
	for (size_t i = 0; i < OUTSIDE; i++)
		if (outside[i] == event)
			return true;
	return false;
}

/* The next state, the code of the refusal, or nothing. */
static const char *rule_text(const struct gfn_rule *rule)
{
	if (rule->verdict == VERDICT_TO)
		return gfn_state_name((enum gfn_state)rule->next);
	return rule->verdict == VERDICT_REFUSED ? abi_code_name(rule->code, 'U') : "";
}

static char *page_read(void)
{
	FILE *file = fopen(PEF_SOURCE_DIR "/docs/protocol-reference.md", "r");
	char *text = calloc(1, 256 * 1024);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 256 * 1024 - 1, file) > 0);
	fclose(file);
	return text;
}

static unsigned row_missing(const char *page, const char *row)
{
	if (strstr(page, row))
		return 0;
	print_error("docs/protocol-reference.md has no row: %s", row);
	return 1;
}

static void test_page_has_every_row(void **state)
{
	char *page = page_read(), row[400];
	unsigned missing = 0;

	(void)state;
	for (unsigned s = 0; s < GFN_STATE_COUNT; s++) {
		int n = snprintf(row, sizeof(row), "| %s |", gfn_state_name((enum gfn_state)s));
		for (size_t i = 0; i < OUTSIDE; i++)
			n += snprintf(row + n, sizeof(row) - (size_t)n, " %s |", rule_text(&gfn_rules[s][outside[i]]));
		snprintf(row + n, sizeof(row) - (size_t)n, "\n");
		missing += row_missing(page, row);
	}
	for (unsigned s = 0; s < GFN_STATE_COUNT; s++)
		for (unsigned e = 0; e < EVENT_COUNT; e++) {
			if (event_is_outside((enum gfn_event)e) || gfn_rules[s][e].verdict == VERDICT_ILLEGAL)
				continue;
			snprintf(row, sizeof(row), "| %s | %s | %s |\n", gfn_state_name((enum gfn_state)s),
				event_names[e], rule_text(&gfn_rules[s][e]));
			missing += row_missing(page, row);
		}
	free(page);
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_page_has_every_row)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
