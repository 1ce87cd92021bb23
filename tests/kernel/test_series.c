/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_series.c - kernel check of patches and beside a baseline: what is new, what
 * is not found any more, what was not executed, and what cannot be judged.
 *
 * The patches are made here, of a tree and of copies edited by keep-lock.sh.
 *
 * Locking: none. Errors: cmocka's. Blocking: compiles and runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/program.h"
#include "util_kernel.h"

#define CHECK \
	"kernel check --cache " KERNEL_TEST_CACHE " --kernel-version 6.1 --out " PEF_BUILD_DIR "/kernel/series " \
	"--runs 20 "
#define REFUSED " scenarios/kernel/page-in-refused.pef"
#define KEPT "lock-misuse on g0.uvmem_lock: still held when H_SVM_PAGE_IN returns"
#define FOLDER PEF_BUILD_DIR "/kernel/"

#if defined(PEF_HOOKS) && defined(__x86_64__)
#define LINES_ARE_KNOWN 1
#else
#define LINES_ARE_KNOWN 0
#endif

static void expect(const struct program_result *r, int code, const char *says)
{
	if (r->code != code || !strstr(r->out, says))
		fail_msg("exit %d, not %d, or without '%s':\n%s", r->code, code, says, r->out);
}

/* kernel/plain as it is, keeps-1 and keeps-2 edited, and patches there and back. */
static int make_patches(void **state)
{
	const char *tree = kernel_tree("6.1");
	char command[2000];

	*state = (void *)(uintptr_t)tree;
	if (!tree)
		return 0;
	kernel_edit("keep-lock.sh", tree, kernel_scratch("plain"), 0);
	kernel_edit("keep-lock.sh", tree, kernel_scratch("keeps-1"), 1);
	kernel_edit("keep-lock.sh", tree, kernel_scratch("keeps-2"), 2);
	snprintf(command, sizeof(command),
		"cd " FOLDER " && rm -f *.patch && d='git diff --no-index --no-prefix' && "
		"for n in 1 2; do $d plain keeps-$n | sed 's: plain/: a/:g; s: keeps-./: b/:g' >keep-$n.patch; done; "
		"$d keeps-1 plain | sed 's: plain/: b/:g; s: keeps-./: a/:g' >back-1.patch; "
		"[ -s keep-1.patch ] && [ -s keep-2.patch ] && [ -s back-1.patch ]");
	return system(command);
}

static void need_tree(void **state)
{
	if (!*state)
		skip();
}

/* What stands below the scissors; every line of it can stand in a mail. */
static const char *mail_of(const struct program_result *r)
{
	const char *mail = strstr(r->out, "---- 8< ----\n");

	if (!mail)
		fail_msg("no scissors:\n%s", r->out);
	mail = strchr(mail, '\n') + 1;
	for (const char *line = mail; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strcspn(line, "\n") > 72)
			fail_msg("too wide: %.*s", (int)strcspn(line, "\n"), line);
	assert_null(strstr(mail, "fixed"));
	return mail;
}

static void expect_in_order(const char *text, const char *const *words)
{
	const char *at = text;

	for (; *words; words++) {
		at = strstr(at, *words);
		if (!at)
			fail_msg("no '%s' in its place:\n%s", *words, text);
	}
}

static void test_what_a_patch_brings_is_new(void **state)
{
	need_tree(state);
	struct program_result r = program_run(CHECK "--tree " FOLDER "plain --patch " FOLDER "keep-1.patch" REFUSED);
	expect(&r, 1, "BUG: pefsim: " KEPT);
	expect_in_order(mail_of(&r),
		(const char *const[]){"Patch 1 of 1, keep-1.patch", "21 schedules before, 21 after", "\nNew:\n",
			"\n  " KEPT "\n    page-in-refused: before not found in 21 schedules, after in 21 of 21",
			LINES_ARE_KNOWN ? "\nEach hunk that has code was executed.\n" : "\n", NULL});
	program_free(&r);
}

static void test_what_a_patch_takes_away_is_not_found_any_more(void **state)
{
	need_tree(state);
	struct program_result r = program_run(CHECK "-q --tree " FOLDER "plain --patch " FOLDER
						    "keep-1.patch --patch " FOLDER "back-1.patch" REFUSED);
	expect(&r, 1, "\nPatch 2 of 2, back-1.patch\n");
	expect_in_order(strstr(mail_of(&r), "Patch 2 of 2"),
		(const char *const[]){"\nNothing new was found.\n", "\nNot found any more:\n", "\n  " KEPT "\n",
			"after not found in", NULL});
	program_free(&r);
}

static void test_a_hunk_that_nothing_executed_is_listed(void **state)
{
	need_tree(state);
	struct program_result r = program_run(CHECK "--tree " FOLDER "plain --patch " FOLDER "keep-2.patch" REFUSED);
	expect(&r, 0, "\nNothing new was found.\n");
#if LINES_ARE_KNOWN
	expect_in_order(mail_of(&r), (const char *const[]){"\nHunks that no schedule executed:\n  book3s_hv_uvmem.c:",
					     " unsigned long kvmppc_h_svm_page_in\n", NULL});
#endif
	program_free(&r);
}

static void test_a_tree_is_compared_with_another(void **state)
{
	need_tree(state);
	struct program_result r = program_run(CHECK "-q --tree " FOLDER "keeps-1 --baseline " FOLDER "plain" REFUSED);
	expect(&r, 1, "\n  " KEPT "\n");
	mail_of(&r);
	program_free(&r);
}

static void test_a_tree_is_compared_with_a_revision(void **state)
{
	need_tree(state);
	const char *repository = kernel_scratch("repository");
	char command[2000];
	snprintf(command, sizeof(command),
		"cd '%s' && cp -r ../plain/* . && git init -q && git add -A && "
		"git -c user.name=test -c user.email=test@localhost commit -qm plain && cp -r ../keeps-1/* .",
		repository);
	assert_int_equal(system(command), 0);
	struct program_result r = program_run(CHECK "-q --tree %s --baseline HEAD" REFUSED, repository);
	expect(&r, 1, "\n  " KEPT "\n");
	program_free(&r);
	r = program_run(CHECK "-q --tree %s --baseline HEAD~7" REFUSED, repository);
	expect(&r, 3, "no revision of that name");
	program_free(&r);
}

static void test_what_is_known_is_not_new(void **state)
{
	need_tree(state);
	const char *folder = kernel_scratch("listed");
	kernel_put(folder, "known",
		KEPT "\ndeadlock on g0.uvmem_lock\n"
		     "I14-lock-order: uvmem_lock is held while mmap_lock is taken\n");
	struct program_result r = program_run(
		CHECK "-q --known %s/known --tree " FOLDER "plain --patch " FOLDER "keep-1.patch" REFUSED, folder);
	expect(&r, 0, "\n  deadlock on g0.uvmem_lock (known)\n");
	program_free(&r);
}

static void test_a_patch_that_does_not_apply_is_bad_input(void **state)
{
	need_tree(state);
	struct program_result r = program_run(CHECK "--tree " FOLDER "plain --patch " FOLDER "back-1.patch" REFUSED);
	expect(&r, 3, "back-1.patch does not apply to Linux 6.1");
	program_free(&r);
	r = program_run(CHECK "--bisect --tree " FOLDER "plain --patch " FOLDER "back-1.patch" REFUSED);
	expect(&r, 125, "does not apply");
	program_free(&r);
}

static void test_a_patch_with_an_unknown_interface_is_no_verdict(void **state)
{
	need_tree(state);
	assert_int_equal(
		system("cd " FOLDER
		       " && sed 's/^+.*goto out;/+\t\tpage_is_made_of_cheese(0);/' keep-1.patch >cheese.patch"),
		0);
	struct program_result r = program_run(CHECK "--tree " FOLDER "plain --patch " FOLDER "cheese.patch" REFUSED);
	expect(&r, 125, "not modelled: page_is_made_of_cheese, used at arch/powerpc/kvm/book3s_hv_uvmem.c:");
	assert_non_null(strstr(r.out, "after patch 1 of 1"));
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_patch_brings_is_new),
		cmocka_unit_test(test_what_a_patch_takes_away_is_not_found_any_more),
		cmocka_unit_test(test_a_hunk_that_nothing_executed_is_listed),
		cmocka_unit_test(test_a_tree_is_compared_with_another),
		cmocka_unit_test(test_a_tree_is_compared_with_a_revision),
		cmocka_unit_test(test_what_is_known_is_not_new),
		cmocka_unit_test(test_a_patch_that_does_not_apply_is_bad_input),
		cmocka_unit_test(test_a_patch_with_an_unknown_interface_is_no_verdict),
	};
	return cmocka_run_group_tests(tests, make_patches, NULL);
}
