/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_progress.c - runs that go round for ever are told as such, beside twins that come to their end.
 *
 * Locking: none. Errors: failed assertions. Blocking: runs of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/common/program.h"
#include "util_files.h"

/* Linux 5.9 to 2026: a refused page-in leaves a mark behind, and whoever shares the page looks for it for ever (M25). */
#define SHARE_AFTER_REFUSAL \
	"pefscn 1\nscenario share\nplatform\n  hv uvmem-lock%s\nguest g0\n  slot 0 gpa 0x0 pages 4\n  boot secure\n" \
	"  vcpus 2\nthread vcpu0 guest g0\n  write 0:2 = 42\n  signal written\nthread qemu0 host g0\n  wait written\n" \
	"  hva_read 0:2 != 42\n  signal out\nthread uv0 uv on vcpu1 g0\n  wait out\n" \
	"  refused: h_svm_page_in 0:2 -> any\n  h_svm_page_in 0:2 shared -> any\nfault\n" \
	"  at uv0.refused UV_PAGE_IN return U_P3\n"

static void share(const char *bug, const char *options, bool found)
{
	char text[1024];

	snprintf(text, sizeof(text), SHARE_AFTER_REFUSAL, bug);
	struct program_result r = program_run("run -q %s %s", options, files_write("share.pef", text));
	bool told = strstr(r.out, "pefsim: livelock in ") != NULL;
	if (told != found || (found && !strstr(r.out, "\n device_get_normal ")))
		fail_msg("%s %s: livelock %s:\n%s", bug, options, found ? "wanted" : "not wanted", r.out);
	program_free(&r);
}

static void test_a_circle_is_a_livelock(void **state)
{
	(void)state;
	share(" page-in-failure-leaks", "--exec fibers --steps 200000", true);
	share(" page-in-failure-leaks", "--exec threads --steps 200000", true);
	share("", "--exec fibers --steps 200000", false);
}

/* A limit that comes before anything was repeated says nothing. */
static void test_a_short_run_is_no_livelock(void **state)
{
	(void)state;
	struct program_result r = program_run("run -q --steps 500 scenarios/seed/boot-share-pageout.pef");
	assert_int_equal(r.code, 5);
	program_free(&r);
}

/* Many pages have to come back before the slot is gone, one after the other; @rival is what the vCPU does meanwhile. */
#define SLOW_DELETE \
	"pefscn 1\nscenario slow\nplatform\n  hv uvmem-lock\n  slot-delete bring-back\nguest g0\n" \
	"  slot 0 gpa 0x0 pages 4\n  slot 1 gpa 0x1000000 pages 200\n  boot secure\n  vcpus 1\n" \
	"thread vcpu0 guest g0\n  uv_share_page 1:0 count 200\n  uv_unshare_page 1:0 count 200\n" \
	"  for i in 0..199\n    write 1:$i = 7\n  end\n  signal written\n%s" \
	"thread qemu0 host g0\n  wait written\n  slot_delete 1\n"

static void slow_delete(const char *rival, const char *options, bool found)
{
	char text[1024];

	snprintf(text, sizeof(text), SLOW_DELETE, rival);
	struct program_result r = program_run("run -q %s %s", options, files_write("slow.pef", text));
	bool told = strstr(r.out, "pefsim: no-return of g0.qemu0\n") != NULL;
	bool shown = strstr(r.out, "\n slot_delete 1 ") && strstr(r.out, " --cycles 1100000000\n");
	if (told != found || (found && !shown))
		fail_msg("%s: no-return %s:\n%s", options, found ? "wanted" : "not wanted", r.out);
	program_free(&r);
}

/* The limit comes when it has been alone for 1.03e9 cycles, or for 0.93e9, or never; or it was not alone. */
static void test_an_operation_that_goes_on_alone_is_told(void **state)
{
	(void)state;
	slow_delete("", "--exec fibers --cycles 1100000000", true);
	slow_delete("", "--exec threads --cycles 1100000000", true);
	slow_delete("", "--exec fibers --cycles 1000000000", false);
	slow_delete("", "--exec fibers", false);
	slow_delete(
		"  repeat 20\n    delay 50000000\n    read 0:1\n  end\n", "--exec fibers --cycles 1100000000", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_circle_is_a_livelock),
		cmocka_unit_test(test_a_short_run_is_no_livelock),
		cmocka_unit_test(test_an_operation_that_goes_on_alone_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
