/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_read.c - what a text comes to: values, loops, parameters, names, holds,
 * used files, and the same from C.
 *
 * Locking: none. Errors: failed assertions. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util_script.h"

/* The example of the manual, for the designs there are. */
static const char example[] = "pefscn 1\n"
			      "scenario v9-stale-rmap\n"
			      "  title \"rmap pointer kept in a device page outlives its memslot\"\n"
			      "  tags  rmap memslot regression\n"
			      "\n"
			      "param design = v9-rmap in v9-rmap uvmem-lock\n"
			      "param pages  = 4 in 1..64\n"
			      "\n"
			      "platform\n"
			      "  hv     $design\n"
			      "  secmem 4M\n"
			      "\n"
			      "guest g0\n"
			      "  slot 0 gpa 0x0       pages 16\n"
			      "  slot 1 gpa 0x1000000 pages $pages\n"
			      "  boot secure\n"
			      "  vcpus 2\n"
			      "\n"
			      "thread vcpu0 guest g0\n"
			      "  for p in 0..$pages-1\n"
			      "    touch 1:$p\n"
			      "  end\n"
			      "  in: signal paged_in\n"
			      "\n"
			      "thread qemu0 host g0\n"
			      "  wait paged_in\n"
			      "  after vcpu0.in\n"
			      "  slot_delete 1 -> 0\n"
			      "  hva_read 1:0 -> SIGBUS|0\n"
			      "\n"
			      "thread uv0 uv on vcpu1 g0\n"
			      "  wait paged_in\n"
			      "  h_svm_page_out 1:0 -> H_SUCCESS|H_PARAMETER\n"
			      "\n"
			      "explore\n"
			      "  strategy dpor\n"
			      "  preemptions 2\n"
			      "  budget 20000 runs 60 s\n"
			      "\n"
			      "expect\n"
			      "  sometimes use-after-free of rmap if design = v9-rmap\n"
			      "  never any-violation              if design = uvmem-lock\n"
			      "  finally pool_free = pool_size\n";

static void test_example_reads(void **state)
{
	struct scenario *s = read_good(example, NULL);

	(void)state;
	assert_string_equal(s->name, "v9-stale-rmap");
	assert_int_equal(s->design, DESIGN_V9_RMAP);
	assert_int_equal(s->secmem, 4u << 20);
	assert_int_equal(s->guests[0].boot, BOOT_SECURE);
	assert_int_equal(s->guests[0].lpid, 1);
	assert_int_equal(s->guests[0].slots[1].gpa, 0x1000000);
	assert_int_equal(s->guests[0].slots[1].pages, 4);
	assert_int_equal(s->thread_count, 3);
	assert_string_equal(s->threads[0].context, "g0.vcpu0");
	assert_string_equal(s->threads[1].context, "g0.qemu0");
	assert_string_equal(s->threads[2].context, "g0.vcpu1/uv");
	assert_int_equal(s->threads[0].count, 5);
	assert_int_equal(s->threads[0].statements[3].kind, OP_TOUCH);
	assert_int_equal(s->threads[0].statements[3].page, 3);
	assert_int_equal(s->threads[0].statements[3].line, 21);
	assert_string_equal(s->events[s->threads[0].statements[4].event], "paged_in");
	assert_string_equal(s->events[s->threads[0].statements[4].label_event], "vcpu0.in");
	assert_int_equal(s->threads[1].statements[1].event, s->threads[0].statements[4].label_event);
	assert_int_equal(s->threads[1].statements[3].result_count, 2);
	assert_int_equal(s->threads[1].statements[3].results[0], HOST_SIGBUS);
	assert_int_equal(s->threads[2].statements[1].results[1], ABI_H_PARAMETER);
	assert_true(s->has_explore);
	assert_int_equal(s->expect_count, 3);
	assert_true(s->expects[0].applies);
	assert_false(s->expects[1].applies);
	assert_string_equal(s->expects[0].what, "use-after-free of rmap");
	assert_int_equal(s->expects[2].mode, EXPECT_FINALLY);
	scenario_free(s);
}

static void test_design_option_sets_the_parameter(void **state)
{
	struct scenario_options options = {.design = "uvmem-lock"};
	struct scenario *s = read_good(example, &options);
	static const char narrow[] = "pefscn 1\nscenario t\nparam d = v9-rmap in v9-rmap\nplatform\n  hv $d\nguest g0\n"
				     "expect\n  never deadlock if d = v9-rmap\n";

	(void)state;
	assert_int_equal(s->design, DESIGN_UVMEM_LOCK);
	assert_string_equal(s->params[0].value, "uvmem-lock");
	assert_string_equal(s->params[0].initial, "v9-rmap");
	assert_false(s->expects[0].applies);
	assert_true(s->expects[1].applies);
	scenario_free(s);
	/* A design that exists is fine even if the parameter does not list it. */
	s = read_good(narrow, &options);
	assert_int_equal(s->design, DESIGN_UVMEM_LOCK);
	assert_false(s->expects[0].applies);
	scenario_free(s);
	/* Without a parameter it replaces what is written. */
	s = read_good("pefscn 1\nscenario t\nplatform\n  hv v9-rmap\nguest g0\n", &options);
	assert_int_equal(s->design, DESIGN_UVMEM_LOCK);
	scenario_free(s);
}

static void test_parameters_change_the_expansion(void **state)
{
	struct scenario_override o = {"pages", "0x3"};
	struct scenario_options options = {.params = &o, .param_count = 1};
	struct scenario *s = read_good(example, &options), *t = read_good(example, NULL);

	(void)state;
	assert_int_equal(s->threads[0].count, 4);
	assert_string_not_equal(s->id, t->id);
	scenario_free(s);
	scenario_free(t);
}

#define HEAD "pefscn 1\nscenario t\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0 pages 64K\n  vcpus 4\n"

static void test_numbers_and_expressions(void **state)
{
	struct scenario *s = read_good(HEAD
		"param p = 3 in 1..9\nthread vcpu0 guest g0\n"
		"  touch 0:0x10\n  touch 0:2*($p+1)-1\n  read 0:$p != 4K\n  write 0:$p*$p = 1\n"
		"  uv_share_page 0:$p count $p+1\n  delay 10\n  delay 1M cycles\n  choose 2\n  yield\n  yield\n",
		NULL);
	const struct statement *st = s->threads[0].statements;

	(void)state;
	assert_int_equal(st[0].page, 16);
	assert_int_equal(st[1].page, 7);
	assert_int_equal(st[2].test, TEST_NOT_EQUAL);
	assert_int_equal(st[2].number, 4096);
	assert_int_equal(st[3].page, 9);
	assert_int_equal(st[4].count, 4);
	assert_int_equal(st[6].number, 1u << 20);
	assert_int_equal(st[7].count, 2);
	scenario_free(s);
}

static void test_loops_nest_and_may_be_empty(void **state)
{
	struct scenario *s =
		read_good(HEAD "thread vcpu0 guest g0\n  for a in 0..2\n    for b in $a..2\n"
			       "      touch 0:$a*10+$b\n    end\n  end\n  for c in 0..0-1\n    yield\n  end\n"
			       "  repeat 0\n    yield\n  end\n",
			NULL);
	static const unsigned pages[] = {0, 1, 2, 11, 12, 22};

	(void)state;
	assert_int_equal(s->threads[0].count, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(s->threads[0].statements[i].page, pages[i]);
	scenario_free(s);
	/* What an empty loop holds is read all the same. */
	assert_messages(HEAD "thread vcpu0 guest g0\n  repeat 0\n    tuoch 0:0\n  end\n", PEF_PARSE,
		"x.pef:10:5: error: unknown operation 'tuoch'\n    tuoch 0:0\n    ^\nhelp: did you mean 'touch'?\n");
}

static void test_labels_of_two_guests(void **state)
{
	struct scenario *s = read_good(HEAD "guest g1\nthread vcpu0 guest g0\n  a: yield\n  after g1.vcpu0.a\n"
					    "thread vcpu0 guest g1\n  a: yield\n  after vcpu0.a\n  after g0.vcpu0.a\n",
		NULL);

	(void)state;
	assert_string_equal(s->events[s->threads[0].statements[0].label_event], "g0.vcpu0.a");
	assert_int_equal(s->threads[0].statements[1].event, s->threads[1].statements[0].label_event);
	assert_int_equal(s->threads[1].statements[1].event, s->threads[1].statements[0].label_event);
	assert_int_equal(s->threads[1].statements[2].event, s->threads[0].statements[0].label_event);
	scenario_free(s);
}

static void test_slots_of_scripts(void **state)
{
	struct scenario *s =
		read_good(HEAD "  slot 2 gpa 0x200000000 pages 4 shared 1..2\n  boot secure\nthread q host g0\n  "
			       "slot_create 7 gpa 4G+64K pages 3\n"
			       "  slot_delete 2\n  slot_create 2 gpa 0x200000000 pages 9\n  hva_read 2:8 -> any\n",
			NULL);
	const struct guest_spec *g = &s->guests[0];

	(void)state;
	assert_int_equal(g->slot_count, 3);
	assert_int_equal(g->slots[1].shared_first, 1);
	assert_int_equal(g->slots[1].shared_count, 2);
	assert_int_equal(g->slots[1].pages, 4);
	assert_int_equal(g->slots[2].id, 7);
	assert_false(g->slots[2].present);
	assert_int_equal(g->slots[2].gpa, 0x100010000);
	scenario_free(s);
}

static void test_every_section_reads(void **state)
{
	struct scenario *s = read_good(HEAD
		"thread vcpu0 guest g0\n  a: uv_share_page 0:1\n"
		"thread uv uv on vcpu1 g0\n  h_svm_page_in 0:1 shared -> any\n"
		"fault\n  at vcpu0.a return U_BUSY times 1..2\n  any UV_PAGE_IN return U_P3\n  maybe alloc fail\n"
		"  any migrate-page delay 100\n  any H_SVM_PAGE_IN drop times 2\n  any UV_PAGE_IN kill\n"
		"explore\n  strategy pct 3\n  preemptions 2\n  budget 5 min\n  depth 4\n  seed 7\n  stop first\n  jobs "
		"2\n"
		"expect\n  never I3\n  never I3-mapping\n  always content\n  never double-free\n  never data-race on "
		"rmap\n"
		"  never lock-order uvmem_lock mmap_lock\n  never leak device_page\n  finally state 0:3 = secure-out\n"
		"  finally state g0 0:3 = HV_SHARED\n  sometimes result vcpu0.a = U_BUSY\n  finally pool_used <= 3\n",
		NULL);

	(void)state;
	assert_true(s->has_faults);
	assert_int_equal(s->fault_count, 6);
	assert_string_equal(s->faults[0].text, "at vcpu0.a return U_BUSY times 1..2");
	assert_int_equal(s->explore_count, 7);
	assert_int_equal(s->threads[1].vcpu, 1);
	assert_true(s->threads[1].statements[0].shared);
	assert_int_equal(s->expect_count, 11);
	scenario_free(s);
}

static void test_platform_reads(void **state)
{
	struct scenario *s =
		read_good("pefscn 1\nscenario t\nguest g0\nplatform\n  hv v9-rmap\n  uv doc\n  mm-era 6.1\n"
			  "  machine ../m.dtb\n  prices \"p q.dts\" hi\n  pool 12 pages\n  slot-delete forget\n",
			NULL);

	(void)state;
	assert_string_equal(s->machine, "../m.dtb");
	assert_string_equal(s->prices, "p q.dts");
	assert_int_equal(s->price_choice, PRICE_HI);
	assert_int_equal(s->pool, 12);
	assert_int_equal(s->slot_delete, SLOT_DELETE_FORGET);
	scenario_free(s);
}

#define HOLDS \
	HEAD "thread vcpu0 guest g0\n  touch 0:1\nthread qemu0 host g0\n  hva_read 0:1 -> any\nschedule\n" \
	     "  hold g0.vcpu0/hv at release uvmem_lock #1 until "

static void test_holds_are_held_against_the_script(void **state)
{
	struct scenario *s = read_good(HOLDS "g0.qemu0 passes free rmap[1]  # why\n", NULL);

	(void)state;
	assert_int_equal(s->hold_count, 1);
	assert_string_equal(s->holds[0].at.context, "g0.vcpu0/hv");
	assert_string_equal(s->holds[0].until.context, "g0.qemu0");
	assert_int_equal(s->holds[0].at.nth, 1);
	scenario_free(s);
	assert_messages(HOLDS "g0.qem0 passes free rmap[1]\n", PEF_PARSE,
		"x.pef:13:51: error: there is no context 'g0.qem0'\n"
		"  hold g0.vcpu0/hv at release uvmem_lock #1 until g0.qem0 passes free rmap[1]\n"
		"                                                  ^\n"
		"help: did you mean 'g0.qemu0'?\n");
}

#define LABELLED HEAD "thread vcpu0 guest g0\n  in: touch 0:1\nthread qemu0 host g0\n  hva_read 0:1 -> any\nschedule\n"

static void test_holds_at_labels(void **state)
{
	struct scenario *s =
		read_good(LABELLED "  hold g0.vcpu0 at in until g0.qemu0 passes release mmap_lock\n"
				   "  hold g0.qemu0/hv at acquire mmap_lock #2 until g0.vcpu0 passes vcpu0.in\n",
			NULL);

	(void)state;
	assert_int_equal(s->holds[0].at.kind, POINT_LABEL);
	assert_string_equal(s->holds[0].at.label, "in");
	assert_string_equal(s->holds[1].until.label, "in");
	assert_int_equal(s->holds[1].at.nth, 2);
	scenario_free(s);
	assert_messages(LABELLED "  hold g0.vcpu0 at inn until g0.qemu0 passes release mmap_lock\n", PEF_PARSE,
		"x.pef:13:20: error: there is no label 'vcpu0.inn'\n"
		"  hold g0.vcpu0 at inn until g0.qemu0 passes release mmap_lock\n"
		"                   ^\n"
		"help: did you mean 'vcpu0.in'?\n");
	assert_messages(LABELLED "  hold g0.vcpu0 at in until g0.qemu0 passes release mmap_lok\n", PEF_PARSE,
		"x.pef:13:53: error: no object is called 'mmap_lok'\n"
		"  hold g0.vcpu0 at in until g0.qemu0 passes release mmap_lok\n"
		"                                                    ^\n"
		"help: did you mean 'mmap_lock'?\n");
	assert_messages(LABELLED "  hold g0.vcpu0 at in until g0.qemu0 passes relaese mmap_lock\n", PEF_PARSE,
		"x.pef:13:53: error: expected the end of the hold, not 'mmap_lock'\n"
		"  hold g0.vcpu0 at in until g0.qemu0 passes relaese mmap_lock\n"
		"                                                    ^\n"
		"help: did you mean 'release'?\n");
}

static void test_used_file(void **state)
{
	char folder[] = "/tmp/pef-use-XXXXXX", path[256], part[256];
	struct scenario *s = NULL;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.pef", folder);
	snprintf(part, sizeof(part), "%s/part.pef", folder);
	f = fopen(path, "w");
	fputs("pefscn 1\nscenario t\nuse part.pef\nthread vcpu0 guest g0\n  touch 0:1\n", f);
	fclose(f);
	assert_int_equal(scenario_read_file(path, NULL, &s, NULL), PEF_PARSE);
	f = fopen(part, "w");
	fputs("pefscn 1\nplatform\n  hv v9-rmap\n  machine m.dtb\nguest g0\n  slot 0 gpa 0 pages 2\n", f);
	fclose(f);
	assert_int_equal(scenario_read_file(path, NULL, &s, NULL), PEF_OK);
	assert_int_equal(s->guests[0].slots[0].pages, 2);
	assert_string_equal(s->machine, "m.dtb");
	scenario_free(s);
	/* One level: a used file has platform and guests, and uses no other. */
	f = fopen(part, "a");
	fputs("use part.pef\n", f);
	fclose(f);
	assert_int_equal(scenario_read_file(path, NULL, &s, NULL), PEF_PARSE);
	unlink(part);
	unlink(path);
	rmdir(folder);
	assert_int_equal(scenario_read_file(path, NULL, &s, NULL), PEF_NOFILE);
}

static void test_builder_makes_the_same_form(void **state)
{
	struct scenario_builder *b = builder_create("made");
	struct scenario *built = NULL, *read;
	unsigned g, vcpu, qemu, uv;

	(void)state;
	g = builder_guest(b, "g0", BOOT_SECURE, 2);
	vcpu = builder_thread(b, "vcpu0", THREAD_GUEST, g, 0);
	qemu = builder_thread(b, "qemu0", THREAD_HOST, g, 0);
	uv = builder_thread(b, "uv1", THREAD_UV, g, 1);
	builder_slot(b, g, 0, 0, 16);
	builder_design(b, DESIGN_V9_RMAP);
	builder_secmem(b, 4u << 20);
	builder_title(b, "made by hand");
	builder_platform(b, "mm-era 5.18");
	builder_fault(b, "any alloc rmap fail times 2");
	for (unsigned i = 0; i < 3; i++)
		builder_op(b, vcpu, "write 0:%u = %u", i, i + 1);
	builder_op(b, vcpu, "signal done");
	builder_op(b, qemu, "wait done");
	builder_op(b, qemu, "hva_read 0:1 != 2 -> any");
	builder_op(b, uv, "h_svm_page_out 0:2 -> H_SUCCESS|H_PARAMETER");
	assert_int_equal(builder_finish(b, &built, NULL), PEF_OK);
	read = read_good(
		"pefscn 1\nscenario made\n  title \"made by hand\"\nplatform\n  hv v9-rmap\n  secmem 4M\n  mm-era "
		"5.18\n"
		"fault\n  any alloc rmap fail times 2\nguest g0\n  boot secure\n  vcpus 2\n  slot 0 gpa 0 pages "
		"16\nthread vcpu0 guest g0\n"
		"  for i in 0..2\n    write 0:$i = $i+1\n  end\n  signal done\nthread qemu0 host g0\n  wait done\n"
		"  hva_read 0:1 != 2 -> any\nthread uv1 uv on vcpu1 g0\n  h_svm_page_out 0:2 -> 0|H_PARAMETER\n",
		NULL);
	assert_same(built, read);
	scenario_free(built);
	scenario_free(read);
	b = builder_create("bad");
	builder_design(b, DESIGN_V9_RMAP);
	builder_op(b, 0, "touch 0:0");
	assert_int_equal(builder_finish(b, &built, NULL), PEF_USAGE);
	b = builder_create("bad");
	builder_design(b, DESIGN_V9_RMAP);
	builder_op(b, builder_thread(b, "vcpu0", THREAD_GUEST, builder_guest(b, "g0", BOOT_NORMAL, 1), 0), "tuoch 0:0");
	assert_int_equal(builder_finish(b, &built, NULL), PEF_PARSE);
}

static void test_format_keeps_what_was_written(void **state)
{
	static const char text[] =
		"\n\npefscn   1\n# top\n\n\n\nscenario t  # name\n\t title   \"a  b\"\n"
		"param n=4 in 1 .. 9\nthread vcpu0 guest g0\n # first\n   for p in 0 .. $n-1 # all\n touch 0:$p\n"
		"  # last\n end\n\n  read 0:1=5 -> U_BUSY | any\n  # tail\n\n# next\nguest g0\n\n";
	char *once = format_text(text, strlen(text)), *twice;

	(void)state;
	assert_string_equal(once,
		"pefscn 1\n# top\n\nscenario t  # name\n  title \"a  b\"\nparam n = 4 in 1..9\n"
		"thread vcpu0 guest g0\n  # first\n  for p in 0..$n-1  # all\n    touch 0:$p\n    # last\n"
		"  end\n\n  read 0:1 = 5 -> U_BUSY|any\n  # tail\n\n# next\nguest g0\n");
	twice = format_text(once, strlen(once));
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	assert_null(format_text("pefscn 1\nthread a\n  repeat 2\n", 29));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_reads),
		cmocka_unit_test(test_design_option_sets_the_parameter),
		cmocka_unit_test(test_parameters_change_the_expansion),
		cmocka_unit_test(test_numbers_and_expressions),
		cmocka_unit_test(test_loops_nest_and_may_be_empty),
		cmocka_unit_test(test_labels_of_two_guests),
		cmocka_unit_test(test_slots_of_scripts),
		cmocka_unit_test(test_every_section_reads),
		cmocka_unit_test(test_platform_reads),
		cmocka_unit_test(test_holds_are_held_against_the_script),
		cmocka_unit_test(test_holds_at_labels),
		cmocka_unit_test(test_used_file),
		cmocka_unit_test(test_builder_makes_the_same_form),
		cmocka_unit_test(test_format_keeps_what_was_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
