/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_hold_text.c - holds are read and printed back; what is wrong is told with
 * its column.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <stdio.h>
#include <string.h>

#include "util_lab.h"

static void parses_as(const char *text, const char *printed)
{
	struct hold hold;
	char message[160] = "", buf[256];
	unsigned column = 0;
	if (hold_parse(text, &hold, message, sizeof(message), &column) != PEF_OK)
		fail_msg("%s: column %u: %s", text, column, message);
	assert_string_equal(hold_print(&hold, buf, sizeof(buf)), printed);
	/* And once more, from what was printed. */
	struct hold again;
	assert_int_equal(hold_parse(buf, &again, message, sizeof(message), &column), PEF_OK);
	assert_memory_equal(&again, &hold, sizeof(hold));
}

static void test_hold_text_goes_round(void **state)
{
	(void)state;
	static const char *const same[] = {
		"g0.vcpu0/hv at release uvmem_lock until g0.qemu0 passes free rmap[1]",
		"g0.vcpu0/hv at release g0.uvmem_lock #12 until g0.qemu0 passes acquired g1.mmap_lock #2",
		"g0.vcpu0 at in until g0.qemu0 passes out #3 cycles 1234",
		"g0.vcpu0 at call UV_PAGE_IN until g0.vcpu1/uv passes enter H_SVM_PAGE_IN",
		"a at label release until b passes label alloc #2",
	};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		parses_as(same[i], same[i]);
}

static void test_hold_text_has_one_canonical_form(void **state)
{
	(void)state;
	parses_as("  a  at\trelease  uvmem_lock #1 until b passes label in #1 ",
		"a at release uvmem_lock until b passes in");
}

static void test_hold_text_knows_every_kind(void **state)
{
	(void)state;
	for (unsigned i = 0; i < POINT_KIND_COUNT; i++) {
		char text[128];
		enum point_kind kind;
		const char *name = point_kind_name((enum point_kind)i);
		assert_true(point_kind_parse(name, strlen(name), &kind));
		assert_int_equal(kind, i);
		if (kind == POINT_LABEL)
			continue;
		snprintf(text, sizeof(text), "a at %s rmap[3] until b passes %s page", name, name);
		parses_as(text, text);
	}
	enum point_kind kind;
	assert_false(point_kind_parse("acq", 3, &kind));
	assert_string_equal(point_kind_name(POINT_KIND_COUNT), "?");
}

static void test_hold_text_complains_at_the_word(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned column;
		const char *message;
	} bad[] = {
		{"", 0, "the hold ends early: expected the name of a context"},
		{"a", 1, "the hold ends early: expected 'at'"},
		{"a on x", 2, "expected 'at', not 'on'"},
		{"a at", 4, "the hold ends early: expected a point: a kind and an object, or a label"},
		{"a at until b passes x", 5, "expected a point: a kind and an object, or a label, not 'until'"},
		{"a at release until b passes x", 13, "expected an object after 'release', not 'until'"},
		{"a at release nothing until b passes x", 13, "no object is called 'nothing'"},
		{"a at release rmap[x] until b passes x", 13, "no object is called 'rmap[x]'"},
		{"a at x #0 until b passes y", 7, "an occurrence is counted from 1"},
		{"a at x #b until b passes y", 7, "expected a number after '#', not '#b'"},
		{"a at x #4294967296 until b passes y", 7, "the number is larger than 4294967295"},
		{"a at x y until b passes y", 7, "expected 'until', not 'y'"},
		{"a at x until b y", 15, "expected 'passes', not 'y'"},
		{"a at x until b passes y cycles", 30, "the hold ends early: expected a number of cycles"},
		{"a at x until b passes y cycles 0", 31, "the length of a hold is counted from 1"},
		{"a at x until b passes y cycles 99999999999999999999", 31, "the number is larger than 8796093022208"},
		{"a at x until b passes y cycles 5 z", 33, "expected the end of the hold, not 'z'"},
		{"a at x until a passes y", 13, "'a' cannot be held until it goes on itself"},
		{"a\"b at x until b passes y", 0, "expected the name of a context, not 'a\"b'"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at x", 0,
			"the name of a context is longer than 47 characters"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hold hold = {.cycles = 77};
		char message[160] = "";
		unsigned column = 999;
		assert_int_equal(hold_parse(bad[i].text, &hold, message, sizeof(message), &column), PEF_PARSE);
		assert_string_equal(message, bad[i].message);
		if (column != bad[i].column)
			fail_msg("'%s': column %u, not %u", bad[i].text, column, bad[i].column);
		assert_int_equal(hold.cycles, 77);
	}
}

static void test_hold_text_survives_noise(void **state)
{
	(void)state;
	static const char *const words[] = {"a", "at", "until", "passes", "release", "label", "#1", "#", "cycles", "9",
		"rmap[1]", "[", "g0.", "\x80", "UV_PAGE_IN", "-1"};
	uint64_t random = 1;
	for (unsigned run = 0; run < 20000; run++) {
		char text[256] = "", message[8];
		size_t len = 0;
		unsigned count = run % 14;
		for (unsigned i = 0; i < count; i++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", words[random >> 60]);
		}
		struct hold hold;
		unsigned column = 0;
		if (hold_parse(text, &hold, message, sizeof(message), &column) != PEF_OK)
			assert_true(column <= len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hold_text_goes_round),
		cmocka_unit_test(test_hold_text_has_one_canonical_form),
		cmocka_unit_test(test_hold_text_knows_every_kind),
		cmocka_unit_test(test_hold_text_complains_at_the_word),
		cmocka_unit_test(test_hold_text_survives_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
