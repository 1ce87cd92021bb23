/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_messages.c - each kind of mistake, with the exact words it is told in.
 *
 * Every bad text has a good twin near by: BASE with good lines reads without a
 * word (test_base_is_silent), so a message comes from the line that is wrong.
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
	"  vcpus 2\n"
/* Lines of HEAD, so that the next is line 8. */
#define VCPU "thread vcpu0 guest g0\n" /* 8 */
#define QEMU "thread qemu0 host g0\n"

static void test_base_is_silent(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  touch 0:15\n  signal a\n" QEMU "  wait a\n  hva_read 0:1\n", PEF_OK, "");
}

static void test_syntax_error(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  read 0:1 = = 5\n", PEF_PARSE,
		"x.pef:9:14: error: expected the value, not '='\n"
		"  read 0:1 = = 5\n"
		"             ^\n"
		"help: a number is written 10, 0x10, 64K, 4M or 1G\n");
	assert_messages(HEAD VCPU "  touch 0:1 0:2\n", PEF_PARSE,
		"x.pef:9:13: error: unexpected '0:2'\n"
		"  touch 0:1 0:2\n"
		"            ^\n"
		"help: touch SLOT:PAGE\n");
	assert_messages(HEAD VCPU "  touch\n", PEF_PARSE,
		"x.pef:9:8: error: a page is missing\n"
		"  touch\n"
		"       ^\n"
		"help: a page is written SLOT:PAGE, as 1:0\n");
	assert_messages("scenario t\n", PEF_PARSE,
		"x.pef:1:1: error: this is no scenario\n"
		"scenario t\n"
		"^\n"
		"help: a scenario begins with the line 'pefscn 1'\n");
	assert_messages(HEAD VCPU "  repeat 2\n    touch 0:1\n" QEMU, PEF_PARSE,
		"x.pef:9:3: error: 'repeat' has no 'end'\n"
		"  repeat 2\n"
		"  ^\n"
		"help: close the loop with a line 'end' before the section ends\n");
	assert_messages(HEAD VCPU "touch 0:1\n", PEF_PARSE,
		"x.pef:9:1: error: unknown section 'touch'\n"
		"touch 0:1\n"
		"^\n"
		"help: a section begins in column 1, its statements are indented\n");
}

static void test_unknown_name_has_a_suggestion(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  tuoch 0:1\n", PEF_PARSE,
		"x.pef:9:3: error: unknown operation 'tuoch'\n"
		"  tuoch 0:1\n"
		"  ^\n"
		"help: did you mean 'touch'?\n");
	assert_messages(HEAD "thred vcpu0 guest g0\n", PEF_PARSE,
		"x.pef:8:1: error: unknown section 'thred'\n"
		"thred vcpu0 guest g0\n"
		"^\n"
		"help: did you mean 'thread'?\n");
	assert_messages(HEAD VCPU "  touch 0:1 -> H_PARAMTER\n", PEF_PARSE,
		"x.pef:9:16: error: unknown return code 'H_PARAMTER'\n"
		"  touch 0:1 -> H_PARAMTER\n"
		"               ^\n"
		"help: did you mean 'H_PARAMETER'?\n");
	assert_messages(HEAD "thread vcpu0 guest gg0\n", PEF_PARSE,
		"x.pef:8:20: error: there is no guest 'gg0'\n"
		"thread vcpu0 guest gg0\n"
		"                   ^\n"
		"help: did you mean 'g0'?\n");
	assert_messages(HEAD VCPU "  ready: touch 0:0\n" QEMU "  after vcpu0.redy\n", PEF_PARSE,
		"x.pef:11:9: error: there is no label 'vcpu0.redy'\n"
		"  after vcpu0.redy\n"
		"        ^\n"
		"help: did you mean 'vcpu0.ready'?\n");
	assert_messages("pefscn 1\nscenario t\nparam pages = 4 in 1..8\nplatform\n  hv uvmem-lock\nguest g0\n"
			"  slot 0 gpa 0 pages $pagse\n",
		PEF_PARSE,
		"x.pef:7:22: error: unknown parameter '$pagse'\n"
		"  slot 0 gpa 0 pages $pagse\n"
		"                     ^\n"
		"help: did you mean '$pages'?\n");
	assert_messages(HEAD "expect\n  never any-violatoin\n", PEF_PARSE,
		"x.pef:9:9: error: nothing called 'any-violatoin' can be expected\n"
		"  never any-violatoin\n"
		"        ^\n"
		"help: did you mean 'any-violation'?\n");
}

static void test_operation_of_another_kind_of_thread(void **state)
{
	(void)state;
	assert_messages(HEAD QEMU "  touch 0:1\n", PEF_PARSE,
		"x.pef:9:3: error: a host thread cannot say 'touch'\n"
		"  touch 0:1\n"
		"  ^\n"
		"help: it is an operation of guest threads\n");
	assert_messages(HEAD "thread u uv on vcpu1 g0\n  slot_delete 0\n", PEF_PARSE,
		"x.pef:9:3: error: a uv thread cannot say 'slot_delete'\n"
		"  slot_delete 0\n"
		"  ^\n"
		"help: it is an operation of host threads\n");
}

static void test_page_outside_its_slot(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  touch 0:16\n", PEF_PARSE,
		"x.pef:9:9: error: page 16 is outside slot 0\n"
		"  touch 0:16\n"
		"        ^\n"
		"help: slot 0 of guest g0 has pages 0 to 15\n");
	assert_messages(HEAD VCPU "  in: uv_share_page 0:12 count 5\n", PEF_PARSE,
		"x.pef:9:21: error: page 16 is outside slot 0\n"
		"  in: uv_share_page 0:12 count 5\n"
		"                    ^\n"
		"help: slot 0 of guest g0 has pages 0 to 15\n");
	assert_messages(HEAD VCPU "  touch 1:0\n", PEF_PARSE,
		"x.pef:9:9: error: guest g0 has no slot 1\n"
		"  touch 1:0\n"
		"        ^\n"
		"help: slots are defined in the guest's section, or by slot_create\n");
	/* The good twin: a slot that a script creates. */
	assert_messages(HEAD VCPU "  touch 1:3 -> any\n" QEMU "  slot_create 1 gpa 0x1000000 pages 4\n", PEF_OK, "");
	/* In a loop it is told once, and for the first page outside. */
	assert_messages(HEAD VCPU "  for p in 0..40\n    touch 0:$p\n  end\n", PEF_PARSE,
		"x.pef:10:11: error: page 16 is outside slot 0\n"
		"    touch 0:$p\n"
		"          ^\n"
		"help: slot 0 of guest g0 has pages 0 to 15\n");
}

static void test_wait_nobody_signals(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  signal paged_in\n" QEMU "  wait pagd_in\n", PEF_PARSE,
		"x.pef:11:3: error: nobody signals 'pagd_in'\n"
		"  wait pagd_in\n"
		"  ^\n"
		"help: did you mean 'paged_in'?\n");
	assert_messages(HEAD QEMU "  wait go\n", PEF_PARSE,
		"x.pef:9:3: error: nobody signals 'go'\n"
		"  wait go\n"
		"  ^\n"
		"help: add 'signal go' to another thread\n");
	/* The line that would signal it is wrong: one mistake, one message. */
	assert_messages(HEAD VCPU "  sginal go\n" QEMU "  wait go\n", PEF_PARSE,
		"x.pef:9:3: error: unknown operation 'sginal'\n"
		"  sginal go\n"
		"  ^\n"
		"help: did you mean 'signal'?\n");
	assert_messages(HEAD QEMU "  barrier b 2\n", PEF_PARSE,
		"x.pef:9:3: error: barrier 'b' waits for 2 threads, and only 1 come\n"
		"  barrier b 2\n"
		"  ^\n"
		"help: every thread that takes part says 'barrier b 2'\n");
}

static void test_double_definitions_name_both_places(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU VCPU, PEF_PARSE,
		"x.pef:9:8: error: thread 'vcpu0' of guest g0 is defined twice\n"
		"thread vcpu0 guest g0\n"
		"       ^\n"
		"help: first defined at x.pef:8\n");
	assert_messages(HEAD "guest g0\n", PEF_PARSE,
		"x.pef:8:7: error: guest 'g0' is defined twice\n"
		"guest g0\n"
		"      ^\n"
		"help: first defined at x.pef:5\n");
	assert_messages(HEAD "  slot 0 gpa 0x100000 pages 1\n", PEF_PARSE,
		"x.pef:8:8: error: slot 0 of guest g0 is defined twice\n"
		"  slot 0 gpa 0x100000 pages 1\n"
		"       ^\n"
		"help: first defined at x.pef:6\n");
	assert_messages(HEAD VCPU "  a: yield\n  a: yield\n", PEF_PARSE,
		"x.pef:10:3: error: label 'a' is defined twice\n"
		"  a: yield\n"
		"  ^\n"
		"help: first defined at x.pef:9\n");
	assert_messages(HEAD VCPU "thread u uv on vcpu0 g0\n", PEF_PARSE,
		"x.pef:9:8: error: threads 'vcpu0' and 'u' are both on vcpu0\n"
		"thread u uv on vcpu0 g0\n"
		"       ^\n"
		"help: first defined at x.pef:8; a vCPU does one thing at a time\n");
	assert_messages(HEAD "param a = 1 in 1 2\nparam a = 1 in 1 2\n", PEF_PARSE,
		"x.pef:9:7: error: parameter 'a' is defined twice\n"
		"param a = 1 in 1 2\n"
		"      ^\n"
		"help: first defined at x.pef:8\n");
}

static void test_design_that_does_not_exist(void **state)
{
	struct scenario_options options = {.design = "uvmem-luck"};
	struct scenario *s;
	char *messages;

	(void)state;
	assert_messages("pefscn 1\nscenario t\nplatform\n  hv v9-rmpa\nguest g0\n", PEF_PARSE,
		"x.pef:4:6: error: there is no design 'v9-rmpa'\n"
		"  hv v9-rmpa\n"
		"     ^\n"
		"help: did you mean 'v9-rmap'?\n");
	assert_messages("pefscn 1\nscenario t\nplatform\n  hv uvmem-lock fix-it\nguest g0\n", PEF_PARSE,
		"x.pef:4:17: error: design 'uvmem-lock' has no switch 'fix-it'\n"
		"  hv uvmem-lock fix-it\n"
		"                ^\n"
		"help: 'pefsim list mutants' names all switches\n");
	assert_int_equal(read_text(HEAD, &options, &s, &messages), PEF_PARSE);
	assert_string_equal(
		messages, "x.pef: error: there is no design 'uvmem-luck'\nhelp: did you mean 'uvmem-lock'?\n");
	free(messages);
}

static void test_circle_of_waits(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  after qemu0.b\n  a: yield\n" QEMU "  after vcpu0.a\n  b: yield\n", PEF_PARSE,
		"x.pef:9:3: error: 'after qemu0.b' never ends\n"
		"  after qemu0.b\n"
		"  ^\n"
		"help: the threads wait in a circle: qemu0 waits at line 12\n"
		"x.pef:12:3: error: 'after vcpu0.a' never ends\n"
		"  after vcpu0.a\n"
		"  ^\n"
		"help: the threads wait in a circle: vcpu0 waits at line 9\n");
	/* The good twin waits the other way round. */
	assert_messages(HEAD VCPU "  a: yield\n  after qemu0.b\n" QEMU "  after vcpu0.a\n  b: yield\n", PEF_OK, "");
	assert_messages(HEAD VCPU "  wait x\n  signal x\n", PEF_PARSE,
		"x.pef:9:3: error: 'wait x' never ends\n"
		"  wait x\n"
		"  ^\n"
		"help: 'signal x' at line 10 comes only after it\n");
}

static void test_unused_names_are_warned_of(void **state)
{
	(void)state;
	assert_messages(HEAD "param n = 1 in 1..4\n", PEF_OK,
		"x.pef:8:7: warning: parameter 'n' is never used\n"
		"param n = 1 in 1..4\n"
		"      ^\n"
		"help: it is used as '$n'\n");
	assert_messages(HEAD VCPU "  a: touch 0:0\n  signal b\n", PEF_OK,
		"x.pef:9:3: warning: label 'vcpu0.a' is never used\n"
		"  a: touch 0:0\n"
		"  ^\n"
		"help: 'after vcpu0.a' would wait for it\n"
		"x.pef:10:3: warning: nobody waits for 'b'\n"
		"  signal b\n"
		"  ^\n"
		"help: 'wait b' would wait for it\n");
	assert_messages(HEAD "expect\n  sometimes deadlock\n", PEF_OK,
		"x.pef:9:3: warning: 'sometimes' without a section 'explore'\n"
		"  sometimes deadlock\n"
		"  ^\n"
		"help: one run cannot tell what happens sometimes\n");
}

static void test_bad_numbers(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  delay 0x\n", PEF_PARSE,
		"x.pef:9:9: error: the number of cycles '0x' is not a number\n"
		"  delay 0x\n"
		"        ^\n"
		"help: a number is written 10, 0x10, 64K, 4M or 1G\n");
	assert_messages(HEAD VCPU "  delay 99999999999999999999\n", PEF_PARSE,
		"x.pef:9:9: error: the number of cycles '99999999999999999999' is too large\n"
		"  delay 99999999999999999999\n"
		"        ^\n"
		"help: a number is written 10, 0x10, 64K, 4M or 1G\n");
	assert_messages(HEAD "  slot 1 gpa 0x18000 pages 1\n", PEF_PARSE,
		"x.pef:8:14: error: address 0x18000 is not a multiple of 64K\n"
		"  slot 1 gpa 0x18000 pages 1\n"
		"             ^\n"
		"help: the page begins at 0x10000\n");
	assert_messages(HEAD "  slot 1 gpa 0x10000 pages 1\n", PEF_PARSE,
		"x.pef:8:8: error: slot 1 overlaps slot 0\n"
		"  slot 1 gpa 0x10000 pages 1\n"
		"       ^\n"
		"help: slot 0 is from 0x0 to 0x100000\n");
	assert_messages(HEAD "  slot 512 gpa 0x1000000 pages 1\n", PEF_PARSE,
		"x.pef:8:8: error: the slot's number 512 is out of range\n"
		"  slot 512 gpa 0x1000000 pages 1\n"
		"       ^\n"
		"help: it is from 0 to 511\n");
	assert_messages(HEAD "thread vcpu2 guest g0\n", PEF_PARSE,
		"x.pef:8:8: error: guest g0 has no vCPU 2\n"
		"thread vcpu2 guest g0\n"
		"       ^\n"
		"help: it has 2; say 'vcpus 3' in its section\n");
}

static void test_line_too_long(void **state)
{
	char text[1200] = HEAD "# ", blanks[401], expected[2000];
	size_t line = strlen(text) - 2;

	(void)state;
	memset(text + line + 2, 'x', 398);
	text[line + 400] = 0;
	assert_messages(text, PEF_OK, "");
	text[line + 400] = 'x';
	text[line + 401] = 0;
	memset(blanks, ' ', 400);
	blanks[400] = 0;
	snprintf(expected, sizeof(expected),
		"x.pef:8:401: error: the line has 401 bytes, 400 are allowed\n%.400s\n%s^\n"
		"help: a statement is one short line\n",
		text + line, blanks);
	assert_messages(text, PEF_PARSE, expected);
}

static void test_parameter_not_in_its_set(void **state)
{
	static const char text[] =
		"pefscn 1\nscenario t\nparam pages = 4 in 1..8\nparam d = v9-rmap in v9-rmap uvmem-lock\n"
		"platform\n  hv $d\nguest g0\n  slot 0 gpa 0 pages $pages\n";
	static const struct {
		const char *name, *value, *message;
	} cases[] = {
		{"pages", "9", "x.pef: error: parameter 'pages' cannot be '9'\nhelp: it is one of: 1..8\n"},
		{"pages", "x", "x.pef: error: parameter 'pages' cannot be 'x'\nhelp: it is one of: 1..8\n"},
		{"d", "v9-rmpa", "x.pef: error: parameter 'd' cannot be 'v9-rmpa'\nhelp: did you mean 'v9-rmap'?\n"},
		{"page", "1", "x.pef: error: no parameter 'page' to set\nhelp: did you mean 'pages'?\n"},
		{"pages", "8", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scenario_override o = {cases[i].name, cases[i].value};
		struct scenario_options options = {.params = &o, .param_count = 1};
		struct scenario *s;
		char *messages;
		enum pef_err err = read_text(text, &options, &s, &messages);
		assert_string_equal(messages, cases[i].message);
		assert_int_equal(err, cases[i].message[0] ? PEF_PARSE : PEF_OK);
		if (err == PEF_OK) {
			assert_int_equal(s->guests[0].slots[0].pages, 8);
			scenario_free(s);
		}
		free(messages);
	}
	assert_messages(HEAD "param n = 9 in 1..8\n", PEF_PARSE,
		"x.pef:8:11: error: parameter 'n' cannot be '9'\n"
		"param n = 9 in 1..8\n"
		"          ^\n"
		"help: it is one of: 1..8\n");
}

static void test_limit_of_operations(void **state)
{
	struct scenario *s = read_good(HEAD VCPU "  repeat 100000\n    yield\n  end\n", NULL);

	(void)state;
	assert_int_equal(s->threads[0].count, 100000);
	scenario_free(s);
	assert_messages(HEAD VCPU "  repeat 100000\n    yield\n  end\n  touch 0:0\n", PEF_PARSE,
		"x.pef:12:3: error: more than 100000 operations after loops are written out\n"
		"  touch 0:0\n"
		"  ^\n"
		"help: use fewer rounds\n");
	/* Rounds that do nothing count as well, so reading always ends. */
	assert_messages(HEAD VCPU "  repeat 1000000000\n  end\n", PEF_PARSE,
		"x.pef:9:3: error: more than 100000 operations after loops are written out\n"
		"  repeat 1000000000\n"
		"  ^\n"
		"help: use fewer rounds\n");
	assert_messages(HEAD VCPU "  repeat 1\n repeat 1\n repeat 1\n repeat 1\n repeat 1\n", PEF_PARSE,
		"x.pef:9:3: error: 'repeat' has no 'end'\n"
		"  repeat 1\n"
		"  ^\n"
		"help: close the loop with a line 'end' before the section ends\n"
		"x.pef:10:2: error: 'repeat' has no 'end'\n"
		" repeat 1\n"
		" ^\n"
		"help: close the loop with a line 'end' before the section ends\n"
		"x.pef:11:2: error: 'repeat' has no 'end'\n"
		" repeat 1\n"
		" ^\n"
		"help: close the loop with a line 'end' before the section ends\n"
		"x.pef:12:2: error: 'repeat' has no 'end'\n"
		" repeat 1\n"
		" ^\n"
		"help: close the loop with a line 'end' before the section ends\n"
		"x.pef:13:2: error: loops are nested more than 4 deep\n"
		" repeat 1\n"
		" ^\n"
		"help: write the innermost loop out, or use a thread of its own\n");
}

static void test_bytes_that_are_no_text(void **state)
{
	(void)state;
	assert_messages(HEAD VCPU "  touch 0:\xc3\xa4\n", PEF_PARSE,
		"x.pef:9:11: error: byte 0xc3 outside of a string or comment\n"
		"  touch 0:\xc3\xa4\n"
		"          ^\n"
		"help: words are plain ASCII\n");
	assert_messages(HEAD "# \xc3\xa4 is fine\n", PEF_OK, "");
	assert_messages(HEAD "# \xc3 is not\n", PEF_PARSE,
		"x.pef:8:3: error: byte 0xc3 is no text\n"
		"# ? is not\n"
		"  ^\n"
		"help: strings and comments are UTF-8 without control characters\n");
}

static void test_twenty_messages_and_more(void **state)
{
	char text[4000] = HEAD VCPU;
	struct scenario *s;
	char *messages;
	unsigned count = 0;

	(void)state;
	for (int i = 0; i < 25; i++)
		strcat(text, "  tuoch 0:1\n");
	assert_int_equal(read_text(text, NULL, &s, &messages), PEF_PARSE);
	for (const char *p = messages; (p = strstr(p, "error:")); p++)
		count++;
	assert_int_equal(count, 20);
	assert_string_equal(messages + strlen(messages) - strlen("and 5 more\n"), "and 5 more\n");
	free(messages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_is_silent),
		cmocka_unit_test(test_syntax_error),
		cmocka_unit_test(test_unknown_name_has_a_suggestion),
		cmocka_unit_test(test_operation_of_another_kind_of_thread),
		cmocka_unit_test(test_page_outside_its_slot),
		cmocka_unit_test(test_wait_nobody_signals),
		cmocka_unit_test(test_double_definitions_name_both_places),
		cmocka_unit_test(test_design_that_does_not_exist),
		cmocka_unit_test(test_circle_of_waits),
		cmocka_unit_test(test_unused_names_are_warned_of),
		cmocka_unit_test(test_bad_numbers),
		cmocka_unit_test(test_line_too_long),
		cmocka_unit_test(test_parameter_not_in_its_set),
		cmocka_unit_test(test_limit_of_operations),
		cmocka_unit_test(test_bytes_that_are_no_text),
		cmocka_unit_test(test_twenty_messages_and_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
