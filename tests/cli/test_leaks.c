/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_leaks.c - what is left of a VM that is gone, in whole runs; each beside a twin that leaves nothing.
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

struct leaving {
	const char *design, *host, *fault; /* the design; what the process does at the end; a line of "fault" or "" */
	const char *leak; /* "kind in place\nobject ..." that is told; NULL: no leak */
};

#define REFUSED "fault\n  at uv0.in UV_PAGE_IN return U_P3\n"
static const struct leaving leavings[] = {
	/* Nothing in Linux 6.1 frees the arrays with the VM; while it lives, they are no leak. */
	{"uvmem-lock", "  exit\n", "", "leak in uvmem_slot_alloc\nobject pfns[0] of guest g0"},
	{"uvmem-lock", "  close_vm\n", "", "leak in uvmem_slot_alloc\nobject pfns[0] of guest g0"},
	{"uvmem-lock", "", "", NULL},
	{"srcu-lookup", "  exit\n", "", NULL},
	{"srcu-lookup", "  close_vm\n", "", NULL},
	{"v9-rmap", "  exit\n", "", NULL},
	/* A device page that an error path forgets: a leak once its VM is gone. */
	{"uvmem-lock page-in-failure-leaks", "  exit\n", REFUSED, "leak in hpage_revive\ndevice_page["},
	{"uvmem-lock page-in-failure-leaks", "  exit\n", REFUSED, "leak in device_pvt_alloc\nobject pvt["},
	{"uvmem-lock page-in-failure-leaks", "", REFUSED, NULL},
};

static void leave(const struct leaving *l, const char *exec)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"pefscn 1\nscenario leaving\nplatform\n  hv %s\nguest g0\n  slot 0 gpa 0x0 pages 8\n"
		"  slot 1 gpa 0x1000000 pages 4\n  boot secure\n  vcpus 2\nthread vcpu0 guest g0\n  write 0:2 = 5\n"
		"  uv_share_page 1:1\n  uv_unshare_page 1:1\n  signal go\nthread qemu0 host g0\n  wait go\n"
		"  hva_read 0:2 != 5\n  signal out\n  wait done\n%sthread uv0 uv on vcpu1 g0\n  wait out\n"
		"  in: h_svm_page_in 0:2 -> any\n  signal done\n%s",
		l->design, l->host, l->fault);
	struct program_result r = program_run("run -q --exec %s %s", exec, files_write("leaving.pef", text));
	bool told = strstr(r.out, "pefsim: leak") != NULL;
	if (told != (l->leak != NULL) || (l->leak && !strstr(r.out, l->leak)))
		fail_msg("%s,%s: wanted '%s':\n%s", l->design, l->host, l->leak ? l->leak : "no leak", r.out);
	program_free(&r);
}

static void test_what_is_left_of_a_vm(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(leavings) / sizeof(leavings[0]); i++) {
		leave(&leavings[i], "fibers");
		leave(&leavings[i], "threads");
	}
}

/* The process maps device pages far apart when its VM is closed: all of them are still its own. */
static void test_pages_of_a_closed_vm_are_the_process_s(void **state)
{
	(void)state;
	struct program_result r = program_run("run -q %s",
		files_write("closed.pef",
			"pefscn 1\nscenario closed\nplatform\n  hv srcu-lookup\nguest g0\n  slot 0 gpa 0x0 pages 4\n"
			"  slot 1 gpa 0x1000000 pages 2\n  boot secure\nthread vcpu0 guest g0\n  uv_share_page 1:0 "
			"count 2\n"
			"  uv_unshare_page 1:0 count 2\n  signal go\nthread qemu0 host g0\n  wait go\n  close_vm\n"));
	if (r.code != 0)
		fail_msg("exit %d:\n%s", r.code, r.out);
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_left_of_a_vm),
		cmocka_unit_test(test_pages_of_a_closed_vm_are_the_process_s),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
