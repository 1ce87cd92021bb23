/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_invariants.c - rules that real runs break: a call is swallowed, refused, or made by somebody who should not.
 *
 * Each has a twin without the fault, in which nothing is found.
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

struct breach {
	const char *platform, *vcpu, *host; /* lines of the sections */
	const char *fault; /* what breaks the rule; a line of "fault" */
	const char *title;
};

#define WRITTEN \
	"  write 0:2 = 5\n  uv_share_page 0:3\n  write 1:1 = 7\n  uv_unshare_page 1:2\n  signal go\n  wait back\n"
#define BRING_BACK "  slot-delete bring-back\n"

static const struct breach breaches[] = {
	{"", WRITTEN, "  inv: madvise 0:3 dontneed\n", "at qemu0.inv UV_PAGE_INVAL drop",
		"I1-revoked: an invalidated frame is still mapped"},
	{"", WRITTEN, "  out: hva_read 0:2 != 5\n", "at qemu0.out UV_PAGE_OUT drop",
		"I6-pairs: mark mem beside SECURE"},
	{"", WRITTEN "  in: touch 0:2\n", "  hva_read 0:2 != 5\n", "at vcpu0.in UV_PAGE_IN drop",
		"I12-migration: a device page is left for a page that is still paged out by H_SVM_PAGE_IN"},
	{"", WRITTEN "  in: touch 0:2\n", "  hva_read 0:2 != 5\n", "at vcpu0.in H_SVM_PAGE_IN drop times 1..1000",
		"I19-progress: a vCPU faults on a page for ever"},
	{"", WRITTEN, "  del: slot_delete 1\n", "at qemu0.del UV_UNREGISTER_MEM_SLOT drop",
		"I5-agreement: slot gone, but the ultravisor has the page as"},
	{BRING_BACK, WRITTEN, "  del: slot_delete 1\n", "at qemu0.del UV_PAGE_OUT drop",
		"content: a page comes back without its content"},
	{BRING_BACK, WRITTEN, "  del: slot_delete 1\n", "at qemu0.del page-busy fail",
		"content: a slot is deleted while a page of it is out on the device"},
	/* What the policy does not promise is not asked for. */
	{"", WRITTEN, "  del: slot_delete 1\n", "at qemu0.del UV_PAGE_OUT drop", NULL},
};

static void run_breach(const struct breach *b, bool bad)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"pefscn 1\nscenario breach\nplatform\n  hv uvmem-lock\n%sguest g0\n  slot 0 gpa 0x0 pages 8\n"
		"  slot 1 gpa 0x1000000 pages 4\n  boot secure\nthread vcpu0 guest g0\n%sthread qemu0 host g0\n"
		"  wait go\n%s  signal back\n%s%s%s",
		b->platform, b->vcpu, b->host, bad ? "fault\n  " : "", bad ? b->fault : "", bad ? "\n" : "");
	struct program_result r = program_run("run %s", files_write("breach.pef", text));
	bool found = b->title && bad;
	const char *wanted = found ? b->title : "no finding";
	if (r.code != (found ? 1 : 0) || !strstr(r.out, wanted))
		fail_msg("%s: exit %d, wanted '%s':\n%s", bad ? b->fault : "without a fault", r.code, wanted, r.out);
	program_free(&r);
}

static void test_faults_break_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
		run_breach(&breaches[i], true);
		run_breach(&breaches[i], false);
	}
}

/* A host thread that ends a slot behind the hypervisor's back: the two sides disagree. */
static void test_a_rogue_ultracall_is_seen(void **state)
{
	struct program_result r;
	char text[512];

	(void)state;
	for (unsigned bad = 0; bad < 2; bad++) {
		snprintf(text, sizeof(text),
			"pefscn 1\nscenario rogue\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 pages 8\n"
			"  slot 1 gpa 0x1000000 pages 4\n  boot secure\nthread vcpu0 guest g0\n%s"
			"thread qemu0 host g0\n  wait go\n%s  signal back\n",
			WRITTEN, bad ? "  ucall UV_UNREGISTER_MEM_SLOT lpid 1\n" : "");
		r = program_run("run %s", files_write("rogue.pef", text));
		assert_int_equal(r.code, bad);
		assert_true(!bad == !strstr(r.out, "I5-agreement: mark uvmem, but the ultravisor has no such page"));
		program_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults_break_rules),
		cmocka_unit_test(test_a_rogue_ultracall_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
