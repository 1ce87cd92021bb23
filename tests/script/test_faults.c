/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_faults.c - lines of "fault": the rules they become, and what cannot be.
 *
 * Locking: none. Errors: failed assertions. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util_script.h"

#define HEAD \
	"pefscn 1\n" \
	"scenario t\n" \
	"platform\n" \
	"  hv uvmem-lock\n" \
	"guest g0\n" \
	"  slot 0 gpa 0 pages 16\n" \
	"thread vcpu0 guest g0\n" \
	"  yield\n" \
	"  in: uv_share_page 0:1 -> any\n" \
	"thread q host g0\n" \
	"  after vcpu0.in\n" \
	"fault\n"
/* The line to read is 13; the labelled statement stands in line 9. */

static struct inject_rule rule_of(const char *line)
{
	char *text = NULL, *printed;
	struct scenario *s, *again;
	struct inject_rule rule;

	assert_true(asprintf(&text, HEAD "  %s\n", line) > 0);
	s = read_good(text, NULL);
	assert_int_equal(s->rule_count, 1);
	assert_string_equal(s->faults[0].text, line);
	printed = print_text(s);
	again = read_good(printed, NULL);
	/* The line of a statement is another in the printed text. */
	again->rules[0].line = s->rules[0].line;
	assert_same(s, again);
	rule = s->rules[0];
	scenario_free(again);
	scenario_free(s);
	free(printed);
	free(text);
	return rule;
}

static void check_wrong(const char *line, unsigned column, const char *message, const char *help)
{
	char *text = NULL, *expected = NULL;

	assert_true(asprintf(&text, HEAD "  %s\n", line) > 0);
	assert_true(asprintf(&expected, "x.pef:13:%u: error: %s\n  %s\n%*s^\nhelp: %s\n", column, message, line,
			    (int)column - 1, "", help) > 0);
	assert_messages(text, PEF_PARSE, expected);
	free(text);
	free(expected);
}

static void test_sites(void **state)
{
	struct inject_rule r = rule_of("any alloc fail");

	(void)state;
	assert_int_equal(r.mode, INJECT_ANY);
	assert_int_equal(r.site, INJECT_ALLOC);
	assert_int_equal(r.object, OBJ_NONE);
	assert_int_equal(r.action, INJECT_DO_FAIL);
	r = rule_of("maybe alloc rmap fail");
	assert_int_equal(r.mode, INJECT_MAYBE);
	assert_int_equal(r.object, OBJ_RMAP);
#define X(name, word, about) \
	if (INJECT_##name != INJECT_CALL) \
		assert_int_equal(rule_of("any " word " fail").site, INJECT_##name);
	PEF_INJECT_SITES(X)
#undef X
	r = rule_of("any UV_PAGE_IN fail");
	assert_int_equal(r.site, INJECT_CALL);
	assert_int_equal(r.call, ABI_UV_PAGE_IN);
}

static void test_actions(void **state)
{
	struct inject_rule r = rule_of("any H_SVM_PAGE_IN return H_P2");

	(void)state;
	assert_int_equal(r.action, INJECT_DO_RETURN);
	assert_int_equal(r.code, ABI_H_P2);
	r = rule_of("any frame delay 500");
	assert_int_equal(r.action, INJECT_DO_DELAY);
	assert_int_equal(r.cycles, 500);
	assert_int_equal(rule_of("any UV_PAGE_OUT drop").action, INJECT_DO_DROP);
	assert_int_equal(rule_of("any UV_PAGE_OUT repeat").action, INJECT_DO_REPEAT);
	assert_int_equal(rule_of("any UV_PAGE_OUT kill").action, INJECT_DO_KILL);
}

static void check_times(const char *line, uint64_t first, uint64_t last)
{
	struct inject_rule r = rule_of(line);

	assert_true(r.first == first);
	assert_true(r.last == last);
}

static void test_times(void **state)
{
	(void)state;
	check_times("any frame fail", 1, UINT64_MAX);
	check_times("maybe frame fail", 1, UINT64_MAX);
	check_times("at vcpu0.in frame fail", 1, 1);
	check_times("any frame fail times 3", 1, 3);
	check_times("any frame fail times 3..7", 3, 7);
	check_times("at vcpu0.in fail times 2", 1, 2);
}

static void test_statements(void **state)
{
	struct inject_rule r = rule_of("at vcpu0.in delay 9");

	(void)state;
	assert_int_equal(r.mode, INJECT_AT);
	assert_int_equal(r.line, 9);
	assert_int_equal(r.site, INJECT_CALL);
	assert_int_equal(r.call, 0);
	r = rule_of("at vcpu0.in H_SVM_PAGE_IN return U_BUSY");
	assert_int_equal(r.call, ABI_H_SVM_PAGE_IN);
	r = rule_of("at vcpu0.in alloc pvt fail");
	assert_int_equal(r.site, INJECT_ALLOC);
	assert_int_equal(r.object, OBJ_PVT);
}

static const char usage[] = "at THREAD.LABEL [SITE]|any SITE|maybe SITE, then "
			    "fail|return CODE|delay NUM|drop|repeat|kill, then [times INT[..INT]]";

static void test_what_cannot_happen(void **state)
{
	(void)state;
	check_wrong(
		"any frame return U_P2", 13, "'return' at a site that is no call", "'frame' can fail or be delayed");
	check_wrong("any alloc rmap drop", 18, "'drop' at a site that is no call", "'alloc' can fail or be delayed");
	check_wrong("maybe page-busy repeat", 19, "'repeat' at a site that is no call",
		"'page-busy' can fail or be delayed");
	check_wrong("any H_SVM_PAGE_IN kill", 21, "'kill' without an ultracall",
		"the VM is ended before an ultracall is handled: name one, as UV_PAGE_IN");
	check_wrong("at vcpu0.in kill", 15, "'kill' without an ultracall",
		"the VM is ended before an ultracall is handled: name one, as UV_PAGE_IN");
	check_wrong("any UV_PAGE_IN return SIGBUS", 25, "a call does not return SIGBUS",
		"calls return the codes of 'pefsim list results' that begin with U_ or H_");
}

static void test_wrong_words(void **state)
{
	(void)state;
	check_wrong("any fram fail", 7, "unknown site 'fram'", "did you mean 'frame'?");
	check_wrong("any UV_PAGE_INN fail", 7, "unknown site 'UV_PAGE_INN'", "did you mean 'UV_PAGE_IN'?");
	check_wrong("any alloc rmpa fail", 13, "'rmpa' is neither an object nor an action", "did you mean 'rmap'?");
	check_wrong("any alloc rmap[1] fail", 13, "'rmap[1]' is neither an object nor an action",
		"'alloc' is any allocation, 'alloc rmap' one kind");
	check_wrong("any frame explode", 13, "unknown action 'explode'", usage);
	check_wrong("any frame", 12, "what goes wrong is missing", usage);
	check_wrong("any", 6, "a site is missing", usage);
	check_wrong("when frame fail", 3, "expected 'at', not 'when'", usage);
	check_wrong("at vcpu0.inn fail", 6, "there is no label 'vcpu0.inn'", "did you mean 'vcpu0.in'?");
	check_wrong(
		"any frame fail times 0", 24, "the number of times 0 is out of range", "it is from 1 to 4294967295");
	check_wrong("any frame fail times 4..3", 27, "the last time 3 is out of range", "it is from 4 to 4294967295");
	check_wrong("any frame fail twice", 18, "unexpected 'twice'", usage);
	check_wrong("any frame delay 2048G", 19, "the number of cycles 2199023255552 is out of range",
		"it is from 1 to 1099511627776");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_what_cannot_happen),
		cmocka_unit_test(test_wrong_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
