/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_objects.c - names of objects, printed, read back and matched.
 *
 * Locking: none. Errors: assertions. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/abi.h"
#include "pefsim/objects.h"

static void expect_round_trip(obj_t o)
{
	char name[40];
	obj_t parsed;

	obj_print_full(o, name, sizeof(name));
	if (!obj_parse(name, strlen(name), &parsed))
		fail_msg("%s is not read back", name);
	assert_int_equal(parsed.w, o.w);
	assert_null(strpbrk(name, " #"));
	/* The short name is the full one without a guest. */
	obj_print(o, name, sizeof(name));
	assert_true(obj_parse(name, strlen(name), &parsed));
	assert_int_equal(parsed.w, obj_make(obj_type(o), OBJ_NO_GUEST, obj_index(o)).w);
	assert_true(obj_matches(parsed, o));
}

static void test_objects_every_row_round_trips(void **state)
{
	static const unsigned guests[] = {OBJ_NO_GUEST, 0, 1, 15, 300};
	static const uint32_t indexes[] = {OBJ_NO_INDEX, 0, 1, 10, 256, OBJ_NO_INDEX - 1};

	(void)state;
	for (unsigned type = 0; type < OBJ_TYPE_COUNT; type++)
		for (unsigned g = 0; g < sizeof(guests) / sizeof(guests[0]); g++)
			for (unsigned i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++)
				expect_round_trip(obj_make((enum obj_type)type, guests[g], indexes[i]));
#define X(name, number, args, about) expect_round_trip(obj_make(OBJ_CALL, 2, number));
	PEF_UCALLS(X)
	PEF_HCALLS(X)
#undef X
}

static void expect_print(obj_t o, const char *brief, const char *full)
{
	char name[40];

	assert_string_equal(obj_print(o, name, sizeof(name)), brief);
	assert_string_equal(obj_print_full(o, name, sizeof(name)), full);
}

static void test_objects_names_are_those_of_the_kernel(void **state)
{
	(void)state;
	expect_print(obj_make(OBJ_RMAP, 0, 1), "rmap[1]", "g0.rmap[1]");
	expect_print(obj_make(OBJ_UVMEM_LOCK, 3, OBJ_NO_INDEX), "uvmem_lock", "g3.uvmem_lock");
	expect_print(obj_make(OBJ_BITMAP_LOCK, OBJ_NO_GUEST, OBJ_NO_INDEX), "bitmap_lock", "bitmap_lock");
	expect_print(obj_make(OBJ_GUEST_PAGE, 1, 0x100), "gfn[0x100]", "g1.gfn[0x100]");
	expect_print(obj_make(OBJ_CALL, OBJ_NO_GUEST, ABI_UV_PAGE_IN), "UV_PAGE_IN", "UV_PAGE_IN");
	expect_print(obj_make(OBJ_CALL, 0, 5), "call[5]", "g0.call[5]");
	expect_print(OBJ_NULL, "-", "-");
	expect_print(obj_make(OBJ_TYPE_COUNT, OBJ_NO_GUEST, 1), "?", "?");
}

static void expect_parse(const char *text, obj_t wanted)
{
	obj_t parsed;

	if (!obj_parse(text, strlen(text), &parsed))
		fail_msg("%s is not read", text);
	assert_int_equal(parsed.w, wanted.w);
}

static void test_objects_other_spellings_are_read(void **state)
{
	(void)state;
	expect_parse("gfn[256]", obj_make(OBJ_GUEST_PAGE, OBJ_NO_GUEST, 0x100));
	expect_parse("rmap[0x1f]", obj_make(OBJ_RMAP, OBJ_NO_GUEST, 31));
	expect_parse("g7.UV_PAGE_OUT", obj_make(OBJ_CALL, 7, ABI_UV_PAGE_OUT));
	expect_parse("g0.kvm.srcu", obj_make(OBJ_KVM_SRCU, 0, OBJ_NO_INDEX));
}

static void test_objects_wrong_names_are_refused(void **state)
{
	static const char *const wrong[] = {"", "g", "g0", "g0.", "g.rmap", "rmap[", "rmap[]", "rmap[1", "rmap1]",
		"rmap[1]x", "rmap[1][2]", "rmap[-1]", "rmap[a]", "rmap[0x]", "rmap[4294967295]",
		"rmap[99999999999999999999]", "g65535.rmap", "g0.g1.rmap", "Rmap", "rmap ", " rmap", "uvmem_loc",
		"uvmem_lockk", "no_such", "UV_NO_SUCH", "UV_PAGE_IN[1]"};
	obj_t parsed = {42};

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (obj_parse(wrong[i], strlen(wrong[i]), &parsed))
			fail_msg("'%s' is read as an object", wrong[i]);
	assert_int_equal(parsed.w, 42);
	/* Only @len bytes count. */
	assert_true(obj_parse("rmap[1]garbage", 7, &parsed));
	assert_false(obj_parse("rmap[1]", 6, &parsed));
	assert_false(obj_parse("rmap\0x", 6, &parsed));
}

static void test_objects_match_by_type_guest_and_index(void **state)
{
	obj_t any = obj_make(OBJ_RMAP, OBJ_NO_GUEST, 1), of_g0 = obj_make(OBJ_RMAP, 0, 1);

	(void)state;
	assert_true(obj_matches(any, of_g0));
	assert_true(obj_matches(any, obj_make(OBJ_RMAP, 1, 1)));
	assert_true(obj_matches(any, any));
	assert_true(obj_matches(of_g0, of_g0));
	assert_false(obj_matches(of_g0, obj_make(OBJ_RMAP, 1, 1)));
	assert_false(obj_matches(of_g0, any));
	assert_false(obj_matches(any, obj_make(OBJ_RMAP, 0, 2)));
	assert_false(obj_matches(any, obj_make(OBJ_PVT, 0, 1)));
	assert_false(obj_matches(obj_make(OBJ_RMAP, OBJ_NO_GUEST, OBJ_NO_INDEX), of_g0));
}

static void test_objects_print_into_little_room(void **state)
{
	obj_t o = obj_make(OBJ_RMAP, 0, 1);
	char name[40];

	(void)state;
	for (size_t size = 1; size < 12; size++) {
		memset(name, 'x', sizeof(name));
		obj_print_full(o, name, size);
		assert_int_equal(strlen(name), size - 1 < 10 ? size - 1 : 10);
		assert_int_equal(strncmp(name, "g0.rmap[1]", strlen(name)), 0);
		assert_int_equal(name[size], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_every_row_round_trips),
		cmocka_unit_test(test_objects_names_are_those_of_the_kernel),
		cmocka_unit_test(test_objects_other_spellings_are_read),
		cmocka_unit_test(test_objects_wrong_names_are_refused),
		cmocka_unit_test(test_objects_match_by_type_guest_and_index),
		cmocka_unit_test(test_objects_print_into_little_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
