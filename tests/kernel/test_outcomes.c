/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_outcomes.c - all schedules of uvmem-lock and of the real file, up to a
 * number of delays, come to the same; of a file that is edited they do not.
 *
 * Locking: none. Errors: cmocka's. Blocking: compiles and runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/common/program.h"
#include "util_kernel.h"

#define SAME "the same outcomes, each search complete up to "
#define OTHER "DIFFERENT outcomes, each search complete up to "

static void assert_says(const struct program_result *r, int code, const char *text)
{
	if (r->code != code || !strstr(r->out, text))
		fail_msg("exit %d, not %d, or not found: %s\nin:\n%s", r->code, code, text, r->out);
}

static void build(const char *tree, const char *more)
{
	struct program_result r = program_run("kernel build --cache " KERNEL_TEST_CACHE " --tree %s %s", tree, more);
	assert_says(&r, 0, " as design linux:");
	program_free(&r);
}

static void compare(const char *design, const char *path, int code, const char *says)
{
	struct program_result r = program_run("outcomes %s --designs uvmem-lock,%s --cache " KERNEL_TEST_CACHE
					      " --out " PEF_BUILD_DIR "/kernel/outcomes",
		path, design);
	assert_says(&r, code, says);
	program_free(&r);
}

static void test_both_versions_come_to_what_uvmem_lock_comes_to(void **state)
{
	(void)state;
	static const char *const versions[] = {"6.1", "6.12"};
	static const char *const paths[] = {"scenarios/seed/two-host-readers.pef",
		"scenarios/seed/page-out-against-reader.pef", "scenarios/kernel/page-in-fails.pef",
		"scenarios/protocol/10-destroy.pef"};

	for (unsigned i = 0; i < 2; i++) {
		const char *tree = kernel_tree(versions[i]);
		char design[32], name[32];
		if (!tree)
			skip();
		snprintf(name, sizeof(name), "--name %s", versions[i]);
		snprintf(design, sizeof(design), "linux:%s", versions[i]);
		build(tree, name);
		for (unsigned k = 0; k < sizeof(paths) / sizeof(paths[0]); k++)
			compare(design, paths[k], 0, SAME);
	}
}

/* H_SVM_PAGE_IN answers otherwise where no device page is to be had. */
static void test_an_edited_file_comes_to_something_else(void **state)
{
	(void)state;
	static const char uvmem[] = "arch/powerpc/kvm/book3s_hv_uvmem.c", migrate[] = "mm/migrate_device.c";
	const char *tree = kernel_tree("6.1");
	if (!tree)
		skip();
	const char *folder = kernel_scratch("outcomes-edited");
	kernel_copy(tree, folder, uvmem, "\n\tret = H_PARAMETER;\n", "\n\tret = H_STATE;\n");
	kernel_copy(tree, folder, migrate, NULL, NULL);
	build(folder, "--kernel-version 6.1 --name outcomes-edited");
	compare("linux:outcomes-edited", "scenarios/kernel/page-in-fails.pef", 1, OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_versions_come_to_what_uvmem_lock_comes_to),
		cmocka_unit_test(test_an_edited_file_comes_to_something_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
