/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_language.c - what the words of a scenario do when it runs: choices,
 * faults, shared slots, switched-off VMs, moved slots, variants.
 *
 * Each has a twin that differs in the word alone and comes to something else.
 * Every text runs in both executors, with the same trace.
 *
 * Locking: none. Errors: failed assertions. Blocking: runs the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/common/program.h"

#define HEAD "pefscn 1\nscenario t\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0 pages 16"

/* The exit code of a text, run with options; both executors agree on it and on the trace. */
static int run_text(const char *text, const char *options)
{
	char path[64];
	struct program_result r[2];

	snprintf(path, sizeof(path), "/tmp/pefsim-language-%d.pef", (int)getpid());
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	r[0] = program_run("run --hash --exec fibers %s %s 2>/dev/null", options, path);
	r[1] = program_run("run --hash --exec threads %s %s 2>/dev/null", options, path);
	unlink(path);
	int code = r[0].code;
	assert_int_equal(code, r[1].code);
	assert_string_equal(r[0].out, r[1].out);
	program_free(&r[0]);
	program_free(&r[1]);
	return code;
}

static void test_choose_follows_the_seed(void **state)
{
	static const char text[] = HEAD "\nthread vcpu0 guest g0\n  choose 2\n  write 0:8 = 1\n  write 0:8 = 2\n"
					"  read 0:8 = 1\n";
	unsigned first = 0;

	(void)state;
	assert_int_equal(run_text(text, ""), 0);
	assert_int_equal(run_text(text, "--seed 0"), 0);
	for (unsigned seed = 1; seed <= 16; seed++) {
		char option[32];
		snprintf(option, sizeof(option), "--seed %u", seed);
		first += run_text(text, option) == 0;
	}
	/* Each branch has its seeds. */
	assert_in_range(first, 1, 15);
}

static void test_a_fault_applies_where_it_is_said(void **state)
{
#define SHARE(result, line) \
	HEAD "\n  boot secure\nthread vcpu0 guest g0\n  s: uv_share_page 0:8 -> " result \
	     "\n  uv_share_page 0:9\nthread q host g0\n  after vcpu0.s\nfault\n  " line "\n"
	(void)state;
	assert_int_equal(run_text(SHARE("U_BUSY", "at vcpu0.s UV_SHARE_PAGE return U_BUSY"), ""), 0);
	assert_int_equal(run_text(SHARE("U_BUSY", "any UV_SHARE_PAGE return U_BUSY times 1"), ""), 0);
	/* The second call, which no fault is meant for there, is hit here. */
	assert_int_equal(run_text(SHARE("U_BUSY", "any UV_SHARE_PAGE return U_BUSY"), ""), 1);
	assert_int_equal(run_text(SHARE("0", "any UV_SHARE_PAGE return U_BUSY times 3..9"), ""), 0);
#undef SHARE
}

/* What a refused load would have read is not compared: its code alone decides. */
static void test_a_refused_load_has_no_content(void **state)
{
#define LOAD(allowed) \
	HEAD "\nthread vcpu0 guest g0\n  wait gone\n  read 0:8 = 5" allowed \
	     "\nthread q host g0\n  munmap 0:8\n  signal gone\n"
	(void)state;
	assert_int_equal(run_text(LOAD(" -> H_PARAMETER"), ""), 0);
	assert_int_equal(run_text(LOAD(""), ""), 1);
}

static void test_maybe_needs_a_seed(void **state)
{
	static const char text[] = HEAD "\n  boot secure\nthread vcpu0 guest g0\n  repeat 8\n    uv_share_page 0:8\n"
					"    uv_unshare_page 0:8\n  end\nfault\n  maybe UV_SHARE_PAGE return U_BUSY\n";

	(void)state;
	assert_int_equal(run_text(text, ""), 0);
	/* Eight passes, one in four: this seed hits one. */
	assert_int_equal(run_text(text, "--seed 3"), 1);
}

static void test_slots_are_shared_at_boot(void **state)
{
#define SHARED(word) \
	HEAD word "\n  boot secure\nthread vcpu0 guest g0\n  write 0:8 = 7\n  signal w\nthread q host g0\n  wait w\n" \
		  "  hva_read 0:8 = 7\n"
	(void)state;
	assert_int_equal(run_text(SHARED(" shared 8..9"), ""), 0);
	assert_int_equal(run_text(SHARED(" shared 9..9"), ""), 1);
#undef SHARED
}

static void test_a_vm_that_may_not_become_secure(void **state)
{
	(void)state;
	assert_int_equal(run_text(HEAD "\n  boot manual\n  svm enabled\nthread vcpu0 guest g0\n  uv_esm\n", ""), 0);
	assert_int_equal(run_text(HEAD "\n  boot manual\n  svm disabled\nthread vcpu0 guest g0\n  uv_esm\n", ""), 1);
}

static void test_absent_slots_name_addresses(void **state)
{
#define ABSENT(gpa) \
	HEAD "\n  slot 1 gpa 2G pages 4 absent\nthread vcpu0 guest g0\n  wait made\n  write 1:1 = 5\n  read 1:1 = 5\n" \
	     "thread q host g0\n  slot_create 2 gpa " gpa " pages 4\n  signal made\n"
	(void)state;
	assert_int_equal(run_text(ABSENT("2G"), ""), 0);
	assert_int_not_equal(run_text(ABSENT("4G"), "--steps 5000"), 0);
#undef ABSENT
}

static void test_variants_on_the_command_line(void **state)
{
	static const char text[] = HEAD "\nthread vcpu0 guest g0\n  touch 0:1\n";

	(void)state;
	assert_int_equal(run_text(text, "--policy bring-back --era 5.18 --uv doc --mutant drop-by-gup"), 0);
	assert_int_equal(run_text(text, "--policy own"), 0);
	/* This design keeps its marks where they would be lost. */
	assert_int_equal(run_text(text, "--policy forget"), 3);
	assert_int_equal(run_text(text, "--mutant fix-inval-order"), 3);
	assert_int_equal(run_text(text, "--design v9-rmap --mutant fix-inval-order"), 0);
	assert_int_equal(run_text(text, "--era 5.17"), 3);
	assert_int_equal(run_text(text, "--uv fw"), 3);
}

static void test_long_delays_end_in_a_limit(void **state)
{
	(void)state;
	assert_int_equal(run_text(HEAD "\nthread vcpu0 guest g0\n  repeat 3\n    delay 1024G\n  end\n", ""), 0);
	assert_int_equal(run_text(HEAD "\nthread vcpu0 guest g0\n  repeat 20\n    delay 1024G\n  end\n", ""), 5);
	assert_int_equal(run_text(HEAD "\nthread vcpu0 guest g0\n  hcall H_CEDE -1 -> any\n", ""), 0);
}

static void test_every_list_prints(void **state)
{
	static const struct {
		const char *name, *says;
	} lists[] = {{"ops", "ksm_merge"}, {"args", "ra SLOT:PAGE"}, {"designs", "srcu-lookup"},
		{"mutants", "fix-inval-order"}, {"museum", "M25"}, {"eras", "5.18"}, {"policies", "zero-fill"},
		{"uv", "doc"}, {"faults", "migrate-setup"}, {"invariants", "I5-agreement"}};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct program_result text = program_run("list %s", lists[i].name);
		struct program_result json = program_run("list --json %s", lists[i].name);
		assert_int_equal(text.code, 0);
		assert_int_equal(json.code, 0);
		assert_non_null(strstr(text.out, lists[i].says));
		assert_non_null(strstr(json.out, lists[i].says));
		assert_memory_equal(json.out, "{\"schema\":1,\"type\":\"", 20);
		program_free(&text);
		program_free(&json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose_follows_the_seed),
		cmocka_unit_test(test_a_fault_applies_where_it_is_said),
		cmocka_unit_test(test_a_refused_load_has_no_content),
		cmocka_unit_test(test_maybe_needs_a_seed),
		cmocka_unit_test(test_slots_are_shared_at_boot),
		cmocka_unit_test(test_a_vm_that_may_not_become_secure),
		cmocka_unit_test(test_absent_slots_name_addresses),
		cmocka_unit_test(test_variants_on_the_command_line),
		cmocka_unit_test(test_long_delays_end_in_a_limit),
		cmocka_unit_test(test_every_list_prints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
