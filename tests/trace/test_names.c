/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_names.c - every row of every table is printed, and read back.
 *
 * Locking: none. Errors: assertions. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/abi.h"
#include "pefsim/trace.h"
#include "pefsim/variants.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *name;
	int64_t value;
};
static const struct row ucalls[] = {
#define X(name, number, args, about) {#name, number},
	PEF_UCALLS(X)
#undef X
};
static const struct row hcalls[] = {
#define X(name, number, args, about) {#name, number},
	PEF_HCALLS(X)
#undef X
};
static const struct row codes[] = {
#define X(name, value, about) {#name, value},
	PEF_CODES(X)
#undef X
};
static const struct row host_results[] = {
#define X(name, value, about) {#name, value},
	PEF_HOST_RESULTS(X)
#undef X
};

static void expect_call_round_trip(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(abi_call_name((uint32_t)rows[i].value), rows[i].name);
		assert_int_equal(abi_call_parse(rows[i].name, strlen(rows[i].name)), rows[i].value);
	}
}

static void test_names_calls_round_trip(void **state)
{
	(void)state;
	expect_call_round_trip(ucalls, COUNT(ucalls));
	expect_call_round_trip(hcalls, COUNT(hcalls));
	assert_null(abi_call_name(0xF129));
	assert_int_equal(abi_call_parse("UV_PAGE", 7), 0);
	assert_int_equal(abi_call_parse("UV_PAGE_INX", 11), 0);
	assert_int_equal(abi_call_parse("UV_PAGE_INX", 10), ABI_UV_PAGE_IN);
	assert_int_equal(abi_call_parse("", 0), 0);
}

static void expect_unique(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(rows[i].value, rows[k].value);
			assert_string_not_equal(rows[i].name, rows[k].name);
		}
}

static void test_names_numbers_are_unique_in_their_table(void **state)
{
	(void)state;
	expect_unique(ucalls, COUNT(ucalls));
	expect_unique(hcalls, COUNT(hcalls));
	expect_unique(host_results, COUNT(host_results));
	/* Codes share numbers between U_ and H_, never within one of them. */
	for (size_t i = 0; i < COUNT(codes); i++)
		for (size_t k = 0; k < i; k++)
			if (codes[i].name[0] == codes[k].name[0])
				assert_int_not_equal(codes[i].value, codes[k].value);
	for (size_t i = 0; i < COUNT(codes); i++)
		for (size_t k = 0; k < COUNT(host_results); k++)
			assert_int_not_equal(codes[i].value, host_results[k].value);
}

static void expect_code_round_trip(const struct row *row)
{
	char prefix = row->name[1] == '_' ? row->name[0] : '\0';
	int64_t value = 1 - row->value;

	assert_true(abi_code_parse(row->name, strlen(row->name), &value));
	assert_int_equal(value, row->value);
	assert_string_equal(abi_code_name(row->value, prefix), row->name);
}

static void test_names_codes_round_trip(void **state)
{
	int64_t value = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		expect_code_round_trip(&codes[i]);
	for (size_t i = 0; i < COUNT(host_results); i++)
		expect_code_round_trip(&host_results[i]);
	assert_false(abi_code_parse("H_NO_SUCH", 9, &value));
	assert_false(abi_code_parse("", 0, &value));
	assert_int_equal(value, 77);
	assert_null(abi_code_name(123456, 'H'));
}

static void test_names_codes_prefer_the_callers_prefix(void **state)
{
	(void)state;
	assert_string_equal(abi_code_name(0, 'U'), "U_SUCCESS");
	assert_string_equal(abi_code_name(0, 'H'), "H_SUCCESS");
	assert_string_equal(abi_code_name(-4, 'U'), "U_PARAMETER");
	assert_string_equal(abi_code_name(-4, 'H'), "H_PARAMETER");
	assert_string_equal(abi_code_name(-4, '?'), "U_PARAMETER");
	/* Where the preferred side has no such code, the other's name is better than none. */
	assert_string_equal(abi_code_name(-67, 'U'), "H_UNSUPPORTED");
	assert_string_equal(abi_code_name(-2002, 'H'), "U_RETRY");
	assert_string_equal(abi_code_name(HOST_SIGBUS, 'H'), "SIGBUS");
}

static void test_names_states_fit_their_numbers(void **state)
{
	(void)state;
#define X(name, number, transient, text, about) \
	assert_string_equal(gfn_state_name(GFN_##name), text); \
	assert_int_equal(gfn_state_is_transient(GFN_##name), transient);
	PEF_GFN_STATES(X)
#undef X
#define X(name, text, about) assert_string_equal(hv_mark_name(HV_MARK_##name), text);
	PEF_HV_MARKS(X)
#undef X
#define X(name, text, about) assert_string_equal(host_pte_name(HOST_PTE_##name), text);
	PEF_HOST_PTES(X)
#undef X
#define X(name, text, about) assert_string_equal(trace_kind_name(TRACE_##name), text);
	PEF_TRACE_KINDS(X)
#undef X
	assert_string_equal(gfn_state_name(GFN_STATE_COUNT), "?");
	assert_false(gfn_state_is_transient(GFN_STATE_COUNT));
	assert_string_equal(hv_mark_name(HV_MARK_COUNT), "?");
	assert_string_equal(host_pte_name(HOST_PTE_COUNT), "?");
	assert_string_equal(trace_kind_name(TRACE_KIND_COUNT), "?");
}

static void test_names_designs_round_trip(void **state)
{
	enum design_id id;

	(void)state;
#define X(name, text, about) \
	assert_string_equal(design_name(DESIGN_##name), text); \
	assert_true(design_parse(text, strlen(text), &id)); \
	assert_int_equal(id, DESIGN_##name);
	PEF_DESIGNS(X)
#undef X
	assert_false(design_parse("v9", 2, &id));
	assert_string_equal(design_name(DESIGN_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_calls_round_trip),
		cmocka_unit_test(test_names_numbers_are_unique_in_their_table),
		cmocka_unit_test(test_names_codes_round_trip),
		cmocka_unit_test(test_names_codes_prefer_the_callers_prefix),
		cmocka_unit_test(test_names_states_fit_their_numbers),
		cmocka_unit_test(test_names_designs_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
