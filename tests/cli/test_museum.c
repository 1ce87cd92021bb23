/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_museum.c - each bug of the museum and its twin, through the program.
 *
 * scenarios/museum/ has a file for each entry of PEF_MUSEUM, whose parameter
 * chooses. With the bug, the run exits 1 and says what the table says; without,
 * it does not say that. What a twin says besides is its design's own.
 *
 * Locking: none. Errors: cmocka's. Blocking: runs of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/variants.h"
#include "tests/common/program.h"

/* What tells the bug; NULL: nothing does yet. */
static const struct exhibit {
	const char *file, *says;
	bool needs_hooks; /* told by the access hooks */
} exhibits[MUSEUM_COUNT] = {
	[MUSEUM_M1] = {"m1-srcu-dropped-early", "use-after-free in rmap_set / rmap_memslot_delete", true},
	[MUSEUM_M2] = {"m2-two-page-ins", "I12-migration: a device page is left without a mark by H_SVM_PAGE_IN",
		false},
	[MUSEUM_M3] = {"m3-stale-rmap", "use-after-free in v9_migrate_to_ram / rmap_memslot_delete", true},
	[MUSEUM_M4] = {"m4-not-dropped", "mark none, but the host page table has device", false},
	[MUSEUM_M5] = {"m5-double-page-in", "mark none, but the ultravisor has SECURE", false},
	[MUSEUM_M7] = {"m7-ksm-read-lock", "data-race in ksm_get / vma_set_mergeable", true},
	[MUSEUM_M8] = {"m8-inval-order", "result of hva_read by qemu0", false},
	[MUSEUM_M9] = {"m9-svm-off-running", "result of read by vcpu0", false},
	[MUSEUM_M12] = {"m12-lock-kept", "deadlock on g0.uvmem_lock", false},
	[MUSEUM_M14] = {"m14-start-flag-late", "reflected call left without UV_RETURN", false},
	[MUSEUM_M15] = {"m15-abort-refused", "result of uv_esm by vcpu0", false},
	[MUSEUM_M17] = {"m17-drop-by-gup", "mark none, but the host page table has device", false},
	[MUSEUM_M23] = {"m23-no-reference", "NULL pointer dereference of a device page's private data", false},
	[MUSEUM_M25] = {"m25-page-in-failure", "I12-migration: a mark is left without a device page by H_SVM_PAGE_IN",
		false},
};

static struct program_result museum_run(const struct exhibit *e, const char *bug)
{
	return program_run("run -q --exec fibers scenarios/museum/%s.pef -p bug=%s", e->file, bug);
}

static unsigned museum_complain(const struct exhibit *e, const struct program_result *r, const char *what)
{
	print_error("%s: exit %d, %s '%s':\n%s\n", e->file, r->code, what, e->says ? e->says : "", r->out);
	return 1;
}

static bool museum_is_seen(const struct exhibit *e)
{
#if defined(PEF_HOOKS)
	return e->says != NULL;
#else
	return e->says != NULL && !e->needs_hooks;
#endif
}

static void test_every_bug_is_told(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (unsigned i = 0; i < MUSEUM_COUNT; i++) {
		const struct exhibit *e = &exhibits[i];
		assert_non_null(e->file);
		struct program_result r = museum_run(e, "yes");
		if (r.code > 1 || (museum_is_seen(e) && (r.code != 1 || !strstr(r.out, e->says))))
			wrong += museum_complain(e, &r, "and not");
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
		struct program_result r = museum_run(e, "no");
		if (r.code > 1 || (e->says && strstr(r.out, e->says)))
			wrong += museum_complain(e, &r, "and");
		program_free(&r);
	}
	assert_int_equal(wrong, 0);
}

static void test_the_list_names_every_entry(void **state)
{
	(void)state;
	struct program_result r = program_run("list museum");
	assert_int_equal(r.code, 0);
#define X(id, name, design, mutant, twin, class, about) assert_non_null(strstr(r.out, name " "));
	PEF_MUSEUM(X)
#undef X
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bug_is_told),
		cmocka_unit_test(test_no_twin_is_told),
		cmocka_unit_test(test_the_list_names_every_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
