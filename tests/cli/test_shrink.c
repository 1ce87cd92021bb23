/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_shrink.c - pefsim shrink: what is left of scenarios with much that is not
 * needed, and that it still shows the same finding.
 *
 * Locking: none. Errors: cmocka's. Blocking: runs of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/common/program.h"
#include "util_files.h"

/* A page is unmapped while it is shared (one hold shows it); all else has nothing to do with it. */
static const char crowded[] =
	"pefscn 1\nscenario crowded\n  title \"much that is not needed\"\n  tags a b\nplatform\n  hv uvmem-lock\n  "
	"secmem 8M\n"
	"guest g0\n  slot 0 gpa 0x0 pages 16\n  slot 1 gpa 0x1000000 pages 8\n  boot secure\n  vcpus 2\n"
	"guest g1\n  slot 0 gpa 0x0 pages 8\n  boot secure\n"
	"thread vcpu0 guest g0\n  write 0:7 = 1\n  write 0:9 = 42\n  signal written\n  uv_share_page 0:9 -> any\n"
	"thread vcpu1 guest g0\n  touch 1:2\n  signal idle\n  t: touch 1:5\n"
	"thread vcpu0 guest g1\n  touch 0:1\n  u: touch 0:2\n"
	"thread qemu0 host g0\n  wait written\n  madvise 0:9 dontneed\n"
	"thread qemu1 host g0\n  wait idle\n  slot_delete 1\n"
	"schedule\n  hold g0.qemu0 at release bitmap_lock until g0.vcpu0/hv passes acquired uvmem_lock #7\n"
	"  hold g0.vcpu1 at t until g1.vcpu0 passes u\n";

static void assert_says(const struct program_result *r, const char *text)
{
	if (!strstr(r->out, text))
		print_error("not found: %s\nin:\n%s\n", text, r->out);
	assert_non_null(strstr(r->out, text));
}

static void assert_code(const struct program_result *r, int code)
{
	if (r->code != code)
		print_error("exit %d, not %d:\n%s\n", r->code, code, r->out);
	assert_int_equal(r->code, code);
}

/* The record that a check of this text writes for a finding. */
static const char *record_of(const char *name, const char *text, const char *options, const char *finding)
{
	static char path[512];
	char command[512], file[64];

	snprintf(file, sizeof(file), "%s.pef", name);
	const char *scenario = files_write(file, text);
	struct program_result r = program_run("check %s --no-shrink --out %s %s", scenario, files_folder(), options);
	snprintf(command, sizeof(command), "grep -l '^finding %s' %s/%s-*.pefrec", finding, files_folder(), name);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	if (!fgets(path, sizeof(path), pipe))
		print_error("%s\n", r.out);
	pclose(pipe);
	path[strcspn(path, "\n")] = '\0';
	assert_true(path[0]);
	program_free(&r);
	return path;
}

/* Shrinks, runs what is left, and returns it; to be freed. */
static char *assert_shrinks(const char *record, const char *what, const char *finding)
{
	char out[256];

	snprintf(out, sizeof(out), "%s/small.pef", files_folder());
	struct program_result r = program_run("shrink %s -o %s", record, out);
	assert_code(&r, 0);
	assert_says(&r, what);
	program_free(&r);
	r = program_run("run %s -q", out);
	assert_code(&r, 1);
	assert_says(&r, finding);
	program_free(&r);
	r = program_run("check %s --no-shrink --runs 0 -q --out %s", out, files_folder());
	assert_code(&r, 1);
	program_free(&r);
	r = program_run("fmt --check %s", out);
	assert_code(&r, 0);
	program_free(&r);
	return files_read(out);
}

static void assert_lacks(const char *text, const char *word)
{
	if (strstr(text, word))
		print_error("'%s' is left in:\n%s\n", word, text);
	assert_null(strstr(text, word));
}

static void test_what_is_not_needed_goes(void **state)
{
	(void)state;
	const char *record = record_of("crowded", crowded, "--runs 0", "NULL");
	char *text = assert_shrinks(record, "1 hold, 2 threads, 2 statements", "NULL pointer dereference");
	static const char *const gone[] = {"g1", "vcpu1", "qemu1", "slot 1", "idle", "tags", "secmem", "write 0:7"};
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		assert_lacks(text, gone[i]);
	assert_non_null(strstr(text, "title \"much that is not needed\""));
	assert_non_null(strstr(text, "\nschedule\n  hold g0.qemu0 at release bitmap_lock "));
	/* The same again, byte by byte. */
	char *again = assert_shrinks(record, "1 hold, ", "NULL pointer dereference");
	assert_string_equal(text, again);
	free(again);
	free(text);
}

/* No hold at all is needed to see what happens anyway. */
static void test_holds_that_are_not_needed_go(void **state)
{
	(void)state;
	static const char text[] = "pefscn 1\nscenario plain\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 "
				   "pages 8\n  boot secure\n"
				   "thread vcpu0 guest g0\n  a: write 0:2 = 42\n  b: write 0:3 = 42\n  read 0:2 = 43\n"
				   "thread qemu0 host g0\n  c: hva_read 0:4\n"
				   "schedule\n  hold g0.vcpu0 at b until g0.qemu0 passes c\n";
	char *small = assert_shrinks(
		record_of("plain", text, "--runs 0", "result"), "0 holds, 1 thread, 1 statement", "result of read");
	assert_lacks(small, "schedule");
	free(small);
}

/* What chance decided is written down: no seed is needed any more. */
static void test_chance_is_written_down(void **state)
{
	(void)state;
	static const char text[] =
		"pefscn 1\nscenario chance\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 pages 8\n  boot "
		"secure\n"
		"thread vcpu0 guest g0\n  write 0:2 = 42\n  choose 3\n  touch 0:1\n  touch 0:3\n  read 0:2 = 43\n"
		"expect\n  never result\n";
	char *small = assert_shrinks(
		record_of("chance", text, "--runs 200", "result"), "0 holds, 1 thread, 1 statement", "result of read");
	assert_lacks(small, "choose");
	free(small);
}

/* The shortest delay that will do is found by halves: one by one, no budget would be enough. */
static void test_the_shortest_delay_is_found(void **state)
{
	(void)state;
	static const char text[] = "pefscn 1\nscenario late\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 "
				   "pages 8\n  boot normal\n"
				   "thread vcpu0 guest g0\n  write 0:2 = 42\n"
				   "thread qemu0 host g0\n  delay 3000000 cycles\n  hva_read 0:2 = 0\n";
	char out[256];
	snprintf(out, sizeof(out), "%s/late-small.pef", files_folder());
	struct program_result r =
		program_run("shrink %s --budget 200 -o %s", record_of("late", text, "--runs 0", "result"), out);
	assert_code(&r, 0);
	program_free(&r);
	char *shrunk = files_read(out);
	const char *delay = strstr(shrunk, "\n  delay ");
	assert_non_null(delay);
	unsigned long cycles = strtoul(delay + strlen("\n  delay "), NULL, 10);
	assert_in_range(cycles, 1, 100000);
	/* One cycle less, and it is read first. */
	static const char format[] =
		"pefscn 1\nscenario late\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 pages "
		"1\n  boot normal\n"
		"thread vcpu0 guest g0\n  write 0:0 = 42\n"
		"thread qemu0 host g0\n  delay %lu cycles\n  hva_read 0:0 = 0\n";
	for (unsigned less = 0; less < 2; less++) {
		char small[sizeof(format) + 32];
		snprintf(small, sizeof(small), format, cycles - less);
		struct program_result again = program_run("run -q %s", files_write("less.pef", small));
		assert_code(&again, less ? 0 : 1);
		program_free(&again);
	}
	free(shrunk);
}

static void test_a_check_shrinks_what_fails(void **state)
{
	(void)state;
	const char *path = files_write("crowded.pef", crowded);
	struct program_result r = program_run("check %s --runs 0 --out %s/auto", path, files_folder());
	assert_code(&r, 1);
	assert_says(&r, "shrunk: pefsim run ");
	assert_says(&r, " (1 hold, 2 threads, 2 statements)");
	program_free(&r);
	r = program_run("run %s/auto/crowded-*.pef -q", files_folder());
	assert_code(&r, 1);
	program_free(&r);
	r = program_run("check %s --runs 0 --no-shrink --out %s/auto", path, files_folder());
	assert_null(strstr(r.out, "shrunk"));
	program_free(&r);
}

static void test_bad_input_is_told(void **state)
{
	(void)state;
	const char *record = record_of("crowded", crowded, "--runs 0", "NULL");
	struct program_result r = program_run("shrink %s -o /dev/null/none --budget 1", record);
	assert_code(&r, 3);
	assert_says(&r, "cannot write /dev/null/none");
	program_free(&r);
	r = program_run("shrink");
	assert_code(&r, 2);
	program_free(&r);
	r = program_run("shrink scenarios/seed/evict.pef");
	assert_code(&r, 3);
	program_free(&r);
	char *text = files_read(record), *finding = strstr(text, "\nfinding NULL");
	assert_non_null(finding);
	finding[9] = 'M';
	r = program_run("shrink %s", files_write("other.pefrec", text));
	assert_code(&r, 6);
	assert_says(&r, "does not show 'MULL pointer");
	program_free(&r);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_needed_goes),
		cmocka_unit_test(test_holds_that_are_not_needed_go),
		cmocka_unit_test(test_chance_is_written_down),
		cmocka_unit_test(test_the_shortest_delay_is_found),
		cmocka_unit_test(test_a_check_shrinks_what_fails),
		cmocka_unit_test(test_bad_input_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
