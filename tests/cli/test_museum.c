/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_museum.c - each bug of the museum and its twin, through the program.
 *
 * scenarios/museum/ has a file for each entry of PEF_MUSEUM, whose parameter
 * chooses. With the bug, the run exits 1 and says what the table says; without,
 * it does not say that. What a twin says besides is its design's own. Of M3, the
 * bug that all began with, the whole report is looked at: its three chains, what
 * both sides have of the page, and the line that expected it.
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

#include "pefsim/variants.h"
#include "tests/common/program.h"

/* What tells the bug. */
static const struct exhibit {
	const char *says;
	bool needs_hooks; /* told by the access hooks */
} exhibits[MUSEUM_COUNT] = {
	[MUSEUM_M1] = {"use-after-free in rmap_set / rmap_memslot_delete", true},
	[MUSEUM_M2] = {"I12-migration: a device page is left without a mark by H_SVM_PAGE_IN", false},
	[MUSEUM_M3] = {"use-after-free in v9_migrate_to_ram / rmap_memslot_delete", true},
	[MUSEUM_M4] = {"mark none, but the host page table has device", false},
	[MUSEUM_M5] = {"mark none, but the ultravisor has SECURE", false},
	[MUSEUM_M7] = {"data-race in ksm_get / vma_set_mergeable", true},
	[MUSEUM_M8] = {"result of hva_read by qemu0", false},
	[MUSEUM_M9] = {"result of read by vcpu0", false},
	[MUSEUM_M12] = {"deadlock on g0.uvmem_lock", false},
	[MUSEUM_M14] = {"reflected call left without UV_RETURN", false},
	[MUSEUM_M15] = {"result of uv_esm by vcpu0", false},
	[MUSEUM_M17] = {"mark none, but the host page table has device", false},
	[MUSEUM_M23] = {"NULL pointer dereference of a device page's private data", false},
	[MUSEUM_M25] = {"I12-migration: a mark is left without a device page by H_SVM_PAGE_IN", false},
};

static const char *const files[MUSEUM_COUNT] = {
#define X(id, name, file, design, mutant, twin, class, about) [MUSEUM_##id] = name "-" file,
	PEF_MUSEUM(X)
#undef X
};

static struct program_result museum_run(unsigned i, const char *bug)
{
	return program_run("run -q --exec fibers scenarios/museum/%s.pef -p bug=%s", files[i], bug);
}

static unsigned museum_complain(unsigned i, const struct program_result *r, const char *what)
{
	const char *says = exhibits[i].says;

	print_error("%s: exit %d, %s '%s':\n%s\n", files[i], r->code, what, says, r->out);
	return 1;
}

static bool museum_is_seen(const struct exhibit *e)
{
#if defined(PEF_HOOKS)
	(void)e;
	return true;
#else
	return !e->needs_hooks;
#endif
}

static void test_every_bug_is_told(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (unsigned i = 0; i < MUSEUM_COUNT; i++) {
		const struct exhibit *e = &exhibits[i];
		struct program_result r = museum_run(i, "yes");
		if (r.code > 1 || (museum_is_seen(e) && (r.code != 1 || !strstr(r.out, e->says))))
			wrong += museum_complain(i, &r, "and not");
		program_free(&r);
	}
	assert_int_equal(wrong, 0);
}

static void test_no_twin_is_told(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (unsigned i = 0; i < MUSEUM_COUNT; i++) {
		const struct exhibit *e = &exhibits[i];
		struct program_result r = museum_run(i, "no");
		if (r.code > 1 || strstr(r.out, e->says))
			wrong += museum_complain(i, &r, "and");
		program_free(&r);
	}
	assert_int_equal(wrong, 0);
}

#if defined(PEF_HOOKS)
/* The part of a report that begins with @head; it ends at an empty line. */
static bool report_part_has(const char *report, const char *head, const char *what)
{
	const char *part = strstr(report, head);
	const char *end = part ? strstr(part, "\n\n") : NULL;
	const char *hit = part ? strstr(part, what) : NULL;

	return hit && end && hit < end;
}

static void test_the_stale_pointer_is_told_whole(void **state)
{
	static const struct {
		const char *head, *what;
	} wants[] = {
		{"\npointer stored by g0.vcpu0/hv at cycle ", "\n rmap_get_page "},
		{"\npointer stored by g0.vcpu0/hv at cycle ", "\n uv_unshare_page 1:0 "},
		{"\nfreed by g0.qemu0 at cycle ", "\n rmap_memslot_delete "},
		{"\nfreed by g0.qemu0 at cycle ", "\n slot_delete 1 "},
		{"\nread of rmap[1] by g0.qemu0 at cycle ", "\n v9_migrate_to_ram "},
		{"\nread of rmap[1] by g0.qemu0 at cycle ", "\n hva_read 1:0 "},
		{"\n2 locks held by g0.qemu0:", "g0.uvmem_lock, at v9_migrate_to_ram "},
	};

	(void)state;
	struct program_result r = museum_run(MUSEUM_M3, "yes");
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		if (!report_part_has(r.out, wants[i].head, wants[i].what))
			fail_msg("nothing of '%s' under '%s' in:\n%s", wants[i].what + 1, wants[i].head + 1, r.out);
	assert_non_null(strstr(r.out, "\npage 1:0 of g0: SECURE; mark none, host page table device\n"));
	assert_non_null(strstr(r.out, "\nsecure VM; slot 1 deleted; "));
	assert_non_null(strstr(r.out, "\nexpected: sometimes use-after-free of rmap M3-stale-rmap.pef:"));
	assert_non_null(strstr(r.out, "\nreproduce: pefsim run scenarios/museum/M3-stale-rmap.pef"));
	program_free(&r);
}

static void test_its_twin_has_no_such_pointer(void **state)
{
	(void)state;
	struct program_result r = museum_run(MUSEUM_M3, "no");
	assert_int_equal(r.code, 0);
	assert_null(strstr(r.out, "use-after-free"));
	assert_null(strstr(r.out, "pointer stored by"));
	program_free(&r);
}
#endif

/* The report whose first line begins with @title, as far as its last line; to be freed. NULL: there is none. */
static char *report_of(const char *out, const char *title)
{
	char head[160];

	snprintf(head, sizeof(head), "\nBUG: pefsim: %s", title);
	const char *begin = strstr(out, head);
	const char *end = begin ? strstr(begin, "\n====") : NULL;
	return end ? strndup(begin, (size_t)(end - begin)) : NULL;
}

/* What both sides have of the page, and the line of the file that speaks of the finding, where one does. */
static void test_a_report_has_state_and_expectation(void **state)
{
	static const struct {
		unsigned entry;
		bool needs_hooks;
		const char *title, *page, *expected; /* NULL: no line of the file speaks of it */
	} wants[] = {
		{MUSEUM_M7, true, "data-race in ", "\npage 0:0 of g0: SECURE; mark uvmem, host page table migration\n",
			"\nexpected: sometimes data-race on kmalloc M7-ksm-read-lock.pef:30\n"},
		{MUSEUM_M25, false,
			"I12-migration: ", "\npage 0:2 of g0: PAGEDOUT; mark uvmem, host page table normal\n",
			"\nexpected: sometimes I12-migration M25-page-in-failure.pef:39\n"},
		{MUSEUM_M12, false, "deadlock on ", "\npage 0:2 of g0: SECURE; mark uvmem, host page table device\n",
			"\nexpected: sometimes deadlock   M12-lock-kept.pef:35\n"},
		{MUSEUM_M12, false,
			"I14-lock-order: ", "\npage 0:2 of g0: SECURE; mark uvmem, host page table device\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		if (!museum_is_seen(&(struct exhibit){.needs_hooks = wants[i].needs_hooks}))
			continue;
		struct program_result r = museum_run(wants[i].entry, "yes");
		char *report = report_of(r.out, wants[i].title);
		const char *expected = report ? strstr(report, "\nexpected: ") : NULL;
		bool right = wants[i].expected ? expected && strstr(report, wants[i].expected) : report && !expected;
		if (!right || !strstr(report, wants[i].page) || !strstr(report, "; slot 0 there; pool 10"))
			fail_msg("the report of '%s' is not whole:\n%s", wants[i].title, r.out);
		free(report);
		program_free(&r);
	}
}

static void test_the_list_names_every_entry(void **state)
{
	(void)state;
	struct program_result r = program_run("list museum");
	assert_int_equal(r.code, 0);
#define X(id, name, file, design, mutant, twin, class, about) assert_non_null(strstr(r.out, name " "));
	PEF_MUSEUM(X)
#undef X
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bug_is_told),
		cmocka_unit_test(test_no_twin_is_told),
#if defined(PEF_HOOKS)
		cmocka_unit_test(test_the_stale_pointer_is_told_whole),
		cmocka_unit_test(test_its_twin_has_no_such_pointer),
#endif
		cmocka_unit_test(test_a_report_has_state_and_expectation),
		cmocka_unit_test(test_the_list_names_every_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
