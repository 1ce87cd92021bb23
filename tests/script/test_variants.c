/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_variants.c - switches, eras, policies and profiles, written and given as
 * options; what stands in a guest's section beside its slots.
 *
 * Locking: none. Errors: failed assertions. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util_script.h"

#define START "pefscn 1\nscenario t\n"
#define GUEST "guest g0\n  slot 0 gpa 0 pages 4\n"
#define BIT(m) ((mutants_t)1 << MUTANT_##m)
#define MUTANTS(...) \
	.mutants = (const char *const[]) \
	{ \
		__VA_ARGS__ \
	}

/* Each variant by a parameter, as museum scenarios have it. */
static const char varied[] = START "param design = v9-rmap in v9-rmap uvmem-lock\n"
				   "param bug = none in none fix-inval-order\n"
				   "param era = 6.1 in 5.18 6.1 6.15\n"
				   "param policy = own in own forget\n"
				   "param uv = doc in doc\n"
				   "platform\n  hv $design $bug\n  mm-era $era\n  slot-delete $policy\n  uv $uv\n" GUEST
				   "expect\n  never deadlock if bug = fix-inval-order\n  never I5 if policy = forget\n"
				   "  never I11 if era = 5.18\n";

static struct scenario *read_with(const char *text, const struct scenario_options *options)
{
	struct scenario *s = read_good(text, options);
	char *printed = print_text(s);
	struct scenario *again = read_good(printed, NULL);

	assert_string_equal(s->id, again->id);
	scenario_free(again);
	free(printed);
	return s;
}

static void test_written_variants(void **state)
{
	struct scenario *s =
		read_with(START "platform\n  hv v9-rmap fix-inval-order none fix-secure-check\n  mm-era 5.18\n"
				"  slot-delete forget\n  uv doc\n" GUEST,
			NULL);

	(void)state;
	assert_true(s->mutants == (BIT(FIX_INVAL_ORDER) | BIT(FIX_SECURE_CHECK)));
	assert_int_equal(s->era, ERA_V5_18);
	assert_int_equal(s->slot_delete, SLOT_DELETE_FORGET);
	scenario_free(s);
	s = read_with(START "platform\n  hv v9-rmap\n" GUEST, NULL);
	assert_true(s->mutants == 0);
	assert_int_equal(s->era, ERA_DEFAULT);
	assert_int_equal(s->slot_delete, SLOT_DELETE_DESIGN);
	scenario_free(s);
}

static void test_parameters_choose_variants(void **state)
{
	struct scenario_override o[] = {{"bug", "fix-inval-order"}, {"era", "6.15"}, {"policy", "forget"}};
	struct scenario_options options = {.params = o, .param_count = 3};
	struct scenario *s = read_with(varied, &options);

	(void)state;
	assert_true(s->mutants == BIT(FIX_INVAL_ORDER));
	assert_int_equal(s->era, ERA_V6_15);
	assert_int_equal(s->slot_delete, SLOT_DELETE_FORGET);
	scenario_free(s);
	s = read_with(varied, NULL);
	assert_true(s->mutants == 0);
	assert_int_equal(s->slot_delete, SLOT_DELETE_DESIGN);
	assert_false(s->expects[0].applies || s->expects[1].applies || s->expects[2].applies);
	scenario_free(s);
}

/* An option sets the parameter, so that conditions see what runs. */
static void test_options_set_parameters(void **state)
{
	struct scenario_options options = {
		.era = "5.18", .slot_delete = "forget", .uv = "doc", MUTANTS("fix-inval-order"), .mutant_count = 1};
	struct scenario *s = read_with(varied, &options);

	(void)state;
	assert_true(s->mutants == BIT(FIX_INVAL_ORDER));
	assert_int_equal(s->era, ERA_V5_18);
	assert_int_equal(s->slot_delete, SLOT_DELETE_FORGET);
	assert_true(s->expects[0].applies && s->expects[1].applies && s->expects[2].applies);
	scenario_free(s);
}

static void test_options_replace_and_add(void **state)
{
	static const char plain[] = START "platform\n  hv v9-rmap fix-secure-check\n  mm-era 6.15\n"
					  "  slot-delete bring-back\n" GUEST;
	struct scenario_options options = {
		.era = "5.5", .slot_delete = "own", MUTANTS("fix-inval-order", "none"), .mutant_count = 2};
	struct scenario *s = read_with(plain, &options);

	(void)state;
	assert_true(s->mutants == (BIT(FIX_INVAL_ORDER) | BIT(FIX_SECURE_CHECK)));
	assert_int_equal(s->era, ERA_V5_5);
	assert_int_equal(s->slot_delete, SLOT_DELETE_DESIGN);
	scenario_free(s);
	/* Nothing is written: the options alone. */
	options.design = "v9-rmap";
	s = read_good(START GUEST, &options);
	assert_true(s->mutants == BIT(FIX_INVAL_ORDER));
	assert_int_equal(s->era, ERA_V5_5);
	scenario_free(s);
	/* Of two, the first takes the parameter's place and the second is added. */
	options = (struct scenario_options){MUTANTS("fix-inval-order", "fix-secure-check"), .mutant_count = 2};
	s = read_with(varied, &options);
	assert_true(s->mutants == (BIT(FIX_INVAL_ORDER) | BIT(FIX_SECURE_CHECK)));
	assert_true(s->expects[0].applies);
	scenario_free(s);
}

/* A switch of the ultravisor stands behind its profile, and takes the parameter that is written there. */
static void test_switches_of_both_sides(void **state)
{
	static const char both[] = START "param mutant = none in none zap-without-notifier\n"
					 "param defect = none in none iv-not-advanced\n"
					 "platform\n  hv v9-rmap $mutant\n  uv doc $defect\n" GUEST
					 "expect\n  never deadlock if defect = iv-not-advanced\n"
					 "  never I5 if mutant = zap-without-notifier\n";
	struct scenario_options options = {MUTANTS("iv-not-advanced"), .mutant_count = 1};
	struct scenario *s = read_with(START "platform\n  hv v9-rmap zap-without-notifier\n"
					     "  uv doc iv-not-advanced none hand-without-lock\n" GUEST,
		NULL);

	(void)state;
	assert_true(s->mutants == (BIT(ZAP_WITHOUT_NOTIFIER) | BIT(IV_NOT_ADVANCED) | BIT(HAND_WITHOUT_LOCK)));
	scenario_free(s);
	s = read_with(both, &options);
	assert_true(s->mutants == BIT(IV_NOT_ADVANCED));
	assert_true(s->expects[0].applies && !s->expects[1].applies);
	scenario_free(s);
	options = (struct scenario_options){MUTANTS("zap-without-notifier", "none"), .mutant_count = 2};
	s = read_with(both, &options);
	assert_true(s->mutants == BIT(ZAP_WITHOUT_NOTIFIER));
	assert_true(!s->expects[0].applies && s->expects[1].applies);
	scenario_free(s);
	/* No parameter: it is added. */
	s = read_with(START "platform\n  hv uvmem-lock\n" GUEST, &options);
	assert_true(s->mutants == BIT(ZAP_WITHOUT_NOTIFIER));
	scenario_free(s);
}

/* What is written for another design goes with that design. */
static void test_another_design_drops_its_switches(void **state)
{
	struct scenario_override o = {"bug", "fix-inval-order"};
	struct scenario_options options = {.params = &o, .param_count = 1, .design = "uvmem-lock"};
	struct scenario *s = read_with(varied, &options);

	(void)state;
	assert_int_equal(s->design, DESIGN_UVMEM_LOCK);
	assert_true(s->mutants == 0);
	assert_false(s->expects[0].applies);
	scenario_free(s);
	options.param_count = 0;
	s = read_with(START "platform\n  hv v9-rmap fix-inval-order\n" GUEST, &options);
	assert_true(s->mutants == 0);
	scenario_free(s);
}

static void check_option(const struct scenario_options *options, const char *expected)
{
	struct scenario *s;
	char *messages;

	assert_int_equal(read_text(START "platform\n  hv uvmem-lock\n" GUEST, options, &s, &messages), PEF_PARSE);
	assert_string_equal(messages, expected);
	free(messages);
}

static void test_wrong_options(void **state)
{
	(void)state;
	check_option(&(struct scenario_options){MUTANTS("fix-inval-order"), .mutant_count = 1},
		"x.pef: error: design 'uvmem-lock' has no switch 'fix-inval-order'\n"
		"help: it is a switch of design 'v9-rmap'\n");
	check_option(&(struct scenario_options){MUTANTS("drop-by-gap"), .mutant_count = 1},
		"x.pef: error: design 'uvmem-lock' has no switch 'drop-by-gap'\nhelp: did you mean 'drop-by-gup'?\n");
	check_option(&(struct scenario_options){.era = "6.2"},
		"x.pef: error: unknown era of the memory model '6.2'\nhelp: did you mean '6.1'?\n");
	check_option(&(struct scenario_options){.slot_delete = "forgot"},
		"x.pef: error: unknown choice 'forgot'\nhelp: did you mean 'forget'?\n");
	check_option(&(struct scenario_options){.uv = "firmware"},
		"x.pef: error: unknown profile of the ultravisor 'firmware'\nhelp: 'pefsim list uv' names all\n");
}

static void test_wrong_words(void **state)
{
	(void)state;
	assert_messages(START "platform\n  hv uvmem-lock drop-by-gap\n" GUEST, PEF_PARSE,
		"x.pef:4:17: error: design 'uvmem-lock' has no switch 'drop-by-gap'\n"
		"  hv uvmem-lock drop-by-gap\n"
		"                ^\n"
		"help: did you mean 'drop-by-gup'?\n");
	assert_messages(START "platform\n  hv uvmem-lock none fix-inval-order\n" GUEST, PEF_PARSE,
		"x.pef:4:22: error: design 'uvmem-lock' has no switch 'fix-inval-order'\n"
		"  hv uvmem-lock none fix-inval-order\n"
		"                     ^\n"
		"help: it is a switch of design 'v9-rmap'\n");
	assert_messages(START "platform\n  hv uvmem-lock\n  mm-era 7.0\n" GUEST, PEF_PARSE,
		"x.pef:5:10: error: unknown era of the memory model '7.0'\n"
		"  mm-era 7.0\n"
		"         ^\n"
		"help: 'pefsim list eras' names all\n");
	assert_messages(START "platform\n  hv uvmem-lock\n  slot-delete zerofill\n" GUEST, PEF_PARSE,
		"x.pef:5:15: error: unknown choice 'zerofill'\n"
		"  slot-delete zerofill\n"
		"              ^\n"
		"help: did you mean 'zero-fill'?\n");
	assert_messages(START "platform\n  hv uvmem-lock iv-not-advanced\n" GUEST, PEF_PARSE,
		"x.pef:4:17: error: design 'uvmem-lock' has no switch 'iv-not-advanced'\n"
		"  hv uvmem-lock iv-not-advanced\n"
		"                ^\n"
		"help: it is a switch of the ultravisor: 'uv doc iv-not-advanced'\n");
	assert_messages(START "platform\n  hv uvmem-lock\n  uv doc zap-without-notifier\n" GUEST, PEF_PARSE,
		"x.pef:5:10: error: the ultravisor has no switch 'zap-without-notifier'\n"
		"  uv doc zap-without-notifier\n"
		"         ^\n"
		"help: it is a switch of the hypervisor: 'hv DESIGN zap-without-notifier'\n");
	assert_messages(START "platform\n  hv uvmem-lock\n  uv dock\n" GUEST, PEF_PARSE,
		"x.pef:5:6: error: unknown profile of the ultravisor 'dock'\n"
		"  uv dock\n"
		"     ^\n"
		"help: did you mean 'doc'?\n");
	assert_messages(START "param v = 6.x in 6.x\nplatform\n  hv uvmem-lock\n" GUEST, PEF_PARSE,
		"x.pef:3:11: error: '6.x' is no value of a parameter\n"
		"param v = 6.x in 6.x\n"
		"          ^\n"
		"help: a value is a name, a number or a version as 6.1\n");
}

#define PLATFORM START "platform\n  hv uvmem-lock\n"

static void test_guest_lines(void **state)
{
	struct scenario *s =
		read_with(PLATFORM "guest g0\n  slot 0 gpa 0 pages 4 shared 1..2\n  slot 1 gpa 1M pages 4 absent\n"
				   "  boot secure\n  svm enabled\nguest g1\n  svm disabled\n",
			NULL);

	(void)state;
	assert_false(s->guests[0].svm_disabled);
	assert_true(s->guests[1].svm_disabled);
	assert_true(s->guests[0].slots[0].present);
	assert_false(s->guests[0].slots[1].present);
	scenario_free(s);
	assert_messages(PLATFORM "guest g0\n  slot 0 gpa 0 pages 4 shared 1..2\n", PEF_PARSE,
		"x.pef:6:3: error: slot 0 is shared by a guest that does not boot secure\n"
		"  slot 0 gpa 0 pages 4 shared 1..2\n"
		"  ^\n"
		"help: say 'boot secure' in its section, or share pages with uv_share_page\n");
	assert_messages(PLATFORM GUEST "  svm disable\n", PEF_PARSE,
		"x.pef:7:7: error: unknown word 'disable'\n"
		"  svm disable\n"
		"      ^\n"
		"help: did you mean 'disabled'?\n");
	assert_messages(PLATFORM GUEST "  slot 1 gpa 0 pages 4 absent now\n", PEF_PARSE,
		"x.pef:7:31: error: unexpected 'now'\n"
		"  slot 1 gpa 0 pages 4 absent now\n"
		"                              ^\n"
		"help: slot INT gpa NUM pages NUM [shared INT..INT | absent]\n");
	/* A name may lie where a slot is; two slots may not. */
	assert_messages(PLATFORM GUEST "  slot 1 gpa 0 pages 4 absent\n", PEF_OK, "");
	assert_messages(PLATFORM GUEST "thread vcpu0 guest g0 cpu 3\n", PEF_PARSE,
		"x.pef:7:23: error: unexpected 'cpu'\n"
		"thread vcpu0 guest g0 cpu 3\n"
		"                      ^\n"
		"help: thread NAME guest|host GUEST, or: thread NAME uv on vcpuN GUEST\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_variants),
		cmocka_unit_test(test_parameters_choose_variants),
		cmocka_unit_test(test_options_set_parameters),
		cmocka_unit_test(test_options_replace_and_add),
		cmocka_unit_test(test_another_design_drops_its_switches),
		cmocka_unit_test(test_switches_of_both_sides),
		cmocka_unit_test(test_wrong_options),
		cmocka_unit_test(test_wrong_words),
		cmocka_unit_test(test_guest_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
