/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_kernel.c - the real book3s_hv_uvmem.c as a design: built, run, compared
 * with uvmem-lock, and what is said of trees that cannot be.
 *
 * Locking: none. Errors: cmocka's. Blocking: compiles and runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/program.h"
#include "util_kernel.h"

#define UVMEM "arch/powerpc/kvm/book3s_hv_uvmem.c"
#define MIGRATE "mm/migrate_device.c"

static void expect(const struct program_result *r, int code, const char *says)
{
	if (r->code != code || (says && !strstr(r->out, says)))
		fail_msg("exit %d, not %d, or without '%s':\n%s", r->code, code, says ? says : "", r->out);
}

static void build(const char *tree, const char *name)
{
	struct program_result r =
		program_run("kernel build --cache " KERNEL_TEST_CACHE " --tree %s --name %s", tree, name);
	expect(&r, 0, " as design linux:");
	program_free(&r);
}

/* The tree of a version, built under the version's name. */
static const char *built(const char *version)
{
	const char *tree = kernel_tree(version);
	if (!tree)
		skip();
	build(tree, version);
	return tree;
}

/* ---- builds ------------------------------------------------------------------------- */

static void test_what_was_built_is_found_again(void **state)
{
	(void)state;
	const char *tree = built("6.1");
	struct program_result r = program_run("kernel build --cache " KERNEL_TEST_CACHE " --tree %s", tree);
	expect(&r, 0, "found Linux 6.1");
	program_free(&r);
}

static void test_a_tree_without_the_file_is_refused(void **state)
{
	(void)state;
	struct program_result r =
		program_run("kernel build --cache " KERNEL_TEST_CACHE " --tree %s", kernel_scratch("empty"));
	expect(&r, 3, "has no " UVMEM);
	program_free(&r);
}

static void test_a_version_that_cannot_be_told_is_no_verdict(void **state)
{
	(void)state;
	const char *folder = kernel_scratch("versionless");
	kernel_put(folder, UVMEM, "int nothing;\n");
	struct program_result r = program_run("kernel build --cache " KERNEL_TEST_CACHE " --tree %s", folder);
	expect(&r, 125, "cannot be told");
	program_free(&r);
}

static void test_an_interface_that_is_not_known_is_no_verdict(void **state)
{
	(void)state;
	const char *tree = kernel_tree("6.1");
	if (!tree)
		skip();
	const char *folder = kernel_scratch("unknown");
	kernel_copy(tree, folder, UVMEM, "return !!kvmppc_uvmem_bitmap;", "return page_is_made_of_cheese(0);");
	kernel_copy(tree, folder, MIGRATE, NULL, NULL);
	struct program_result r =
		program_run("kernel build --kernel-version 6.1 --cache " KERNEL_TEST_CACHE " --tree %s", folder);
	expect(&r, 125, "not modelled: page_is_made_of_cheese, used at " UVMEM ":");
	program_free(&r);
}

static void test_a_file_that_does_not_compile_is_bad_input(void **state)
{
	(void)state;
	const char *tree = kernel_tree("6.1");
	if (!tree)
		skip();
	const char *folder = kernel_scratch("broken");
	kernel_copy(tree, folder, UVMEM, "return !!kvmppc_uvmem_bitmap;", "return !!kvmppc_uvmem_bitmap");
	kernel_copy(tree, folder, MIGRATE, NULL, NULL);
	struct program_result r =
		program_run("kernel build --kernel-version 6.1 --cache " KERNEL_TEST_CACHE " --tree %s", folder);
	expect(&r, 3, "does not compile");
	program_free(&r);
}

static void test_a_design_that_was_not_built_is_an_error(void **state)
{
	(void)state;
	struct program_result r =
		program_run("run --cache " KERNEL_TEST_CACHE " scenarios/seed/first-page-in.pef --design linux:2.4");
	expect(&r, 3, "no kernel was built as 'linux:2.4'");
	program_free(&r);
}

/* Our own driver that does nothing, in the forms of each version that changed one. */
static void test_the_headers_know_each_version(void **state)
{
	static const struct {
		unsigned era;
		const char *version;
	} eras[] = {{0x0505, "5.5"}, {0x0506, "5.6"}, {0x0508, "5.8"}, {0x0509, "5.9"}, {0x050a, "5.10"},
		{0x050e, "5.14"}, {0x0511, "5.17"}, {0x0512, "5.18"}, {0x0601, "6.1"}, {0x0605, "6.5"},
		{0x060c, "6.12"}, {0x060d, "6.13"}, {0x0612, "6.18"}, {0x0613, "6.19"}};

	(void)state;
	for (size_t i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
		const char *folder = kernel_scratch("probe");
		char define[128];
		snprintf(define, sizeof(define), "#define ERA 0x%04x\n#include <linux/of.h>", eras[i].era);
		kernel_copy(
			PEF_SOURCE_DIR "/tests/kernel", folder, "probe.c", "#include <asm/kvm_book3s_uvmem.h>", define);
		kernel_move(folder, "probe.c", UVMEM);
		struct program_result r = program_run("kernel build --cache " KERNEL_TEST_CACHE
						      " --kernel-version %s --name probe-%s --tree %s",
			eras[i].version, eras[i].version, folder);
		expect(&r, 0, eras[i].version);
		program_free(&r);
	}
}

/* ---- runs ------------------------------------------------------------------------------ */

static struct program_result run(const char *path, const char *design, const char *more)
{
	return program_run("run --cache " KERNEL_TEST_CACHE " %s --design %s %s", path, design, more);
}

static void hashes_agree(const char *path, const char *design)
{
	struct program_result threads = run(path, design, "--hash --exec threads");
	struct program_result fibers = run(path, design, "--hash --exec fibers");
	if (threads.code > 1 || threads.code != fibers.code || strcmp(threads.out, fibers.out) != 0)
		fail_msg("%s: threads %d %sfibers %d %s", path, threads.code, threads.out, fibers.code, fibers.out);
	program_free(&threads);
	program_free(&fibers);
}

static void test_a_null_pointer_of_the_kernel_is_a_finding(void **state)
{
	(void)state;
	built("6.1");
	struct program_result r = run("scenarios/seed/unmap-against-share.pef", "linux:6.1", "-q");
#if defined(PEF_HOOKS)
	expect(&r, 1, "NULL pointer dereference in kvmppc_share_page");
	assert_non_null(strstr(r.out, " " UVMEM ":"));
#endif
	program_free(&r);
}

/* ---- the same as uvmem-lock -------------------------------------------------------------- */

struct line {
	char *text;
	unsigned at; /* position in the trace */
};

/* A field of a record with its name, up to the end that @stop names; "" when it is not there. */
static int field(const char *record, const char *name, const char *stop, char *out, size_t size)
{
	const char *at = strstr(record, name);
	return snprintf(
		out, size, "%.*s", at ? (int)strcspn(at + strlen(name), stop) + (int)strlen(name) : 0, at ? at : "");
}

/* Of each page: calls, marks, entries, states; of each context: what came back. */
static bool line_of(char *record, char *out, size_t size)
{
	static const char *const kinds[] = {"\"call\"", "\"return\"", "\"mark\"", "\"pte\"", "\"uv\""};
	char kind[40], page[64], context[80];
	bool wanted = false;

	field(record, "\"kind\":", ",}", kind, sizeof(kind));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		wanted = wanted || (kind[0] && !strcmp(kind + strlen("\"kind\":"), kinds[i]));
	if (!wanted)
		return false;
	field(record, "\"page\":", "}", page, sizeof(page));
	field(record, "\"context\":", ",", context, sizeof(context));
	char *rest = strstr(record, "\"kind\":");
	snprintf(out, size, "%s %s", page[0] ? page : context, rest);
	return true;
}

static int by_text_key(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	size_t n = strcspn(x->text, " ");
	size_t m = strcspn(y->text, " ");
	int order = strncmp(x->text, y->text, n < m ? n : m);
	if (!order && n != m)
		order = n < m ? -1 : 1;
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Those lines in the order of pages and contexts; each page's in the order of time. */
static char *story(const char *path, const char *design, int *code)
{
	struct program_result r = run(path, design, "--json --exec fibers");
	struct line *lines = calloc(r.len + 1, sizeof(*lines));
	char *out = NULL, text[600];
	unsigned count = 0;
	size_t size;

	*code = r.code;
	for (char *record = strtok(r.out, "\n"); record; record = strtok(NULL, "\n"))
		if (line_of(record, text, sizeof(text)))
			lines[count] = (struct line){strdup(text), count}, count++;
	qsort(lines, count, sizeof(*lines), by_text_key);
	FILE *memory = open_memstream(&out, &size);
	for (unsigned i = 0; i < count; i++) {
		fprintf(memory, "%s\n", lines[i].text);
		free(lines[i].text);
	}
	fclose(memory);
	free(lines);
	program_free(&r);
	return out;
}

static void stories_agree(const char *path, const char *design)
{
	int ours, theirs;
	char *a = story(path, "uvmem-lock", &ours), *b = story(path, design, &theirs);
	size_t same = 0;

	assert_true(strlen(a) > 0);
	while (a[same] && a[same] == b[same])
		same++;
	while (same && a[same - 1] != '\n')
		same--;
	if (ours != theirs || strcmp(a, b) != 0)
		fail_msg("%s: uvmem-lock exit %d\n%.300s\n%s exit %d\n%.300s", path, ours, a + same, design, theirs,
			b + same);
	free(a);
	free(b);
}

static void folder_agrees(const char *folder, const char *design)
{
	char pattern[256];
	glob_t found;

	snprintf(pattern, sizeof(pattern), PEF_SOURCE_DIR "/scenarios/%s/*.pef", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		hashes_agree(found.gl_pathv[i], design);
		stories_agree(found.gl_pathv[i], design);
	}
	globfree(&found);
}

static void test_seeds_go_as_with_uvmem_lock(void **state)
{
	(void)state;
	built("6.1");
	folder_agrees("seed", "linux:6.1");
}

static void test_the_protocol_goes_as_with_uvmem_lock(void **state)
{
	(void)state;
	built("6.1");
	folder_agrees("protocol", "linux:6.1");
}

static void test_two_versions_go_alike(void **state)
{
	(void)state;
	built("6.12");
	folder_agrees("protocol", "linux:6.12");
}

/* ---- what was found (docs/findings.md) ------------------------------------------------------ */

static const struct found {
	const char *scenario, *says;
	bool hooks; /* told by the access hooks */
} found_list[] = {
	{"kernel/found/vm-closed-page-stays", "use-after-free in kvmppc_mark_gfn / kvm_destroy_vm", true},
	{"seed/unmap-against-share", "NULL pointer dereference in kvmppc_share_page", true},
	{"seed/two-host-readers", "I5-agreement: mark uvmem, but the ultravisor has PAGEDOUT", false},
	{"seed/page-out-against-reader", "I12-migration: a device page is left", false},
	{"seed/discard-paged-out", "I12-migration: a device page is left", false},
	{"seed/dirty-log", "I5-agreement: mark none, but the ultravisor has SECURE", false},
	{"seed/stale-after-delete", "result of hva_read by qemu0", false},
	{"protocol/10-destroy", "leak in kvmppc_uvmem_slot_init", false},
	{"kernel/found/start-fails-second-slot", "leak in kvmppc_uvmem_slot_init", false},
};

static void found_again(const char *design)
{
	for (size_t i = 0; i < sizeof(found_list) / sizeof(found_list[0]); i++) {
		char path[128];
		snprintf(path, sizeof(path), "scenarios/%s.pef", found_list[i].scenario);
		struct program_result r = run(path, design, "-q --exec fibers");
#if defined(PEF_HOOKS)
		expect(&r, 1, found_list[i].says);
#else
		if (!found_list[i].hooks)
			expect(&r, 1, found_list[i].says);
#endif
		program_free(&r);
	}
}

static void test_what_was_found_is_found_again(void **state)
{
	(void)state;
	built("6.1");
	found_again("linux:6.1");
	built("6.12");
	found_again("linux:6.12");
}

/* The first way out that unlocks is the one of a migration that cannot be set up. */
static void test_a_lock_that_is_kept_is_found(void **state)
{
	(void)state;
	const char *tree = built("6.1");
	const char *folder = kernel_scratch("kept");
	kernel_copy(tree, folder, UVMEM,
		"out_unlock:\n\tmutex_unlock(&kvm->arch.uvmem_lock);\nout:\n\tmmap_read_unlock",
		"\tmutex_unlock(&kvm->arch.uvmem_lock);\nout_unlock:\nout:\n\tmmap_read_unlock");
	kernel_copy(tree, folder, MIGRATE, NULL, NULL);
	struct program_result r = program_run("kernel check --kernel-version 6.1 --name kept --cache " KERNEL_TEST_CACHE
					      " --tree %s scenarios/kernel/page-in-refused.pef --runs 100 --out %s/out",
		folder, folder);
	expect(&r, 1, "uvmem_lock");
	program_free(&r);
	r = program_run("kernel check --kernel-version 6.1 --name notkept --cache " KERNEL_TEST_CACHE
			" --tree %s scenarios/kernel/page-in-refused.pef --runs 100 --out %s/out",
		tree, folder);
	expect(&r, 0, "1 passed");
	program_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_built_is_found_again),
		cmocka_unit_test(test_a_tree_without_the_file_is_refused),
		cmocka_unit_test(test_a_version_that_cannot_be_told_is_no_verdict),
		cmocka_unit_test(test_an_interface_that_is_not_known_is_no_verdict),
		cmocka_unit_test(test_a_file_that_does_not_compile_is_bad_input),
		cmocka_unit_test(test_a_design_that_was_not_built_is_an_error),
		cmocka_unit_test(test_the_headers_know_each_version),
		cmocka_unit_test(test_a_null_pointer_of_the_kernel_is_a_finding),
		cmocka_unit_test(test_seeds_go_as_with_uvmem_lock),
		cmocka_unit_test(test_the_protocol_goes_as_with_uvmem_lock),
		cmocka_unit_test(test_two_versions_go_alike),
		cmocka_unit_test(test_what_was_found_is_found_again),
		cmocka_unit_test(test_a_lock_that_is_kept_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
