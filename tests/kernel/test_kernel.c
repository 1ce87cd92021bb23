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
#if !defined(PEF_HOOKS)
		/* The real file writes through NULL in it, and a sanitizer then ends the program. */
		if (strstr(found.gl_pathv[i], "/unmap-against-share.pef"))
			continue;
#endif
		hashes_agree(found.gl_pathv[i], design);
		/* In it one guest changes another's mark, which the trace is told of when the other leaves the file. */
		if (strstr(found.gl_pathv[i], "/device-page-of-two-guests.pef"))
			continue;
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

#define FOUND "scenarios/kernel/found"
#define KNOWN "scenarios/kernel/known.txt"

static char *file_text(const char *path)
{
	char whole[600], *text = NULL;
	size_t size = 0;

	snprintf(whole, sizeof(whole), PEF_SOURCE_DIR "/%s", path);
	FILE *in = fopen(whole, "r");
	if (!in || getdelim(&text, &size, '\0', in) < 0)
		fail_msg("%s cannot be read", path);
	fclose(in);
	return text;
}

/* The scenarios that say they were found with a version, as arguments; each has its lines in the list. */
static void found_with(const char *version, char *args, size_t size)
{
	char *known = file_text(KNOWN);
	char says[32];
	size_t used = 0;
	glob_t found;

	snprintf(says, sizeof(says), " %s.", version);
	assert_int_equal(glob(PEF_SOURCE_DIR "/" FOUND "/*.pef", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i] + strlen(PEF_SOURCE_DIR "/");
		char listed[128], *text = file_text(path);
		snprintf(listed, sizeof(listed), " @ %.*s\n", (int)strcspn(path + strlen(FOUND "/"), "."),
			path + strlen(FOUND "/"));
		if (!strstr(known, listed))
			fail_msg("%s has no line of %s", KNOWN, path);
		char *line = strstr(text, "# Found with ");
		if (!line)
			fail_msg("%s does not say which version it was found with", path);
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, says))
			used += (size_t)snprintf(args + used, size - used, " %s", path);
		free(text);
	}
	globfree(&found);
	free(known);
}

/* The lines of the list that are about one scenario: only those have to be seen there. */
static const char *known_of_found(void)
{
	static char path[512];
	char *text = file_text(KNOWN);

	snprintf(path, sizeof(path), "%s/known", kernel_scratch("found"));
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (line[0] != '#' && strstr(line, " @ "))
			fprintf(out, "%s\n", line);
	fclose(out);
	free(text);
	return path;
}

/* The timed run of each shows what the list says of it, and nothing that the list does not know. */
static void found_again(const char *design, const char *version)
{
	char args[8000];

#if !defined(PEF_HOOKS)
	skip(); /* memory errors are not told, and a sanitizer ends the program at the first */
#endif
	found_with(version, args, sizeof(args));
	assert_true(strlen(args) > 0);
	struct program_result r = program_run(
		"check --cache " KERNEL_TEST_CACHE
		" --design linux:%s --runs 0 -q --known %s --fail-on gone --out " PEF_BUILD_DIR "/kernel/found %s",
		design, known_of_found(), args);
	expect(&r, 0, " 0 failed, 0 inconclusive");
	program_free(&r);
}

static void test_what_was_found_in_6_1_is_found_again(void **state)
{
	(void)state;
	built("6.1");
	found_again("6.1", "6.1");
}

static void test_what_was_found_in_6_12_is_found_again(void **state)
{
	(void)state;
	built("6.12");
	found_again("6.12", "6.12");
}

/* Without mm/migrate_device.c our own rules for a migration are taken: they let the same happen. */
static void test_the_driver_alone_shows_the_same(void **state)
{
	(void)state;
	const char *tree = built("6.1"), *folder = kernel_scratch("driver");
	kernel_copy(tree, folder, UVMEM, NULL, NULL);
	build(folder, "driver");
	found_again("driver", "6.1");
}

/* ---- kernel check ------------------------------------------------------------------------------- */

#define CHECK "kernel check --cache " KERNEL_TEST_CACHE " --out " PEF_BUILD_DIR "/kernel/out --no-shrink --tree %s "

/* Each finding comes with a line, and what that line says shows the finding. */
static void test_a_check_prints_what_replays(void **state)
{
	(void)state;
	const char *tree = built("6.1");
	struct program_result r = program_run(CHECK "--runs 0 " FOUND "/fault-against-fault.pef", tree);
	expect(&r, 1, "          I5-agreement: mark uvmem, but the ultravisor has PAGEDOUT");
	char *line = strstr(r.out, "replay: pefsim ");
	assert_non_null(line);
	line += strlen("replay: pefsim ");
	line[strcspn(line, "\n")] = '\0';
	struct program_result again = program_run("%s --cache " KERNEL_TEST_CACHE " -q", line);
	expect(&again, 1, "I5-agreement: mark uvmem, but the ultravisor has PAGEDOUT");
	program_free(&again);
	program_free(&r);
}

static void test_what_is_known_does_not_fail(void **state)
{
	(void)state;
#if !defined(PEF_HOOKS)
	skip(); /* what is known are memory errors, too */
#endif
	const char *tree = built("6.1");
	struct program_result r = program_run(CHECK "--runs 20 --known " KNOWN " scenarios/kernel", tree);
	expect(&r, 0, " 0 failed, 0 inconclusive");
	program_free(&r);
}

#define KEPT "BUG: pefsim: lock-misuse on g0.uvmem_lock: still held when H_SVM_PAGE_IN returns"

/* Ways out of the page-in handler that have uvmem_lock to give back, in the order of the file. */
static const char *const ways_out[] = {"page-in-refused", "page-in-unmapped", "page-in-fails"};
#define WAYS_OUT (sizeof(ways_out) / sizeof(ways_out[0]))

static void keeper_is_found(const char *tree, unsigned way)
{
	const char *folder = kernel_scratch("kept");
	kernel_edit("keep-lock.sh", tree, folder, way + 1);
	struct program_result r = program_run(
		CHECK "--kernel-version 6.1 --name kept --runs 100 scenarios/kernel/%s.pef", folder, ways_out[way]);
	expect(&r, 1, KEPT);
	const char *taken = strstr(strstr(r.out, KEPT), "taken by ");
	if (!taken || !strstr(taken, "\n kvmppc_h_svm_page_in "))
		fail_msg("not said where it was taken:\n%s", r.out);
	program_free(&r);
}

static void test_a_lock_that_is_kept_is_found(void **state)
{
	(void)state;
	const char *tree = built("6.1");
	for (unsigned way = 0; way < WAYS_OUT; way++)
		keeper_is_found(tree, way);
}

static void test_a_lock_that_is_given_back_is_not(void **state)
{
	(void)state;
	const char *tree = built("6.1");
	for (unsigned way = 0; way < WAYS_OUT; way++) {
		struct program_result r = program_run(CHECK "--runs 100 scenarios/kernel/%s.pef", tree, ways_out[way]);
		expect(&r, 0, "1 passed");
		assert_null(strstr(r.out, "still held"));
		program_free(&r);
	}
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
		cmocka_unit_test(test_what_was_found_in_6_1_is_found_again),
		cmocka_unit_test(test_what_was_found_in_6_12_is_found_again),
		cmocka_unit_test(test_the_driver_alone_shows_the_same),
		cmocka_unit_test(test_a_check_prints_what_replays),
		cmocka_unit_test(test_what_is_known_does_not_fail),
		cmocka_unit_test(test_a_lock_that_is_kept_is_found),
		cmocka_unit_test(test_a_lock_that_is_given_back_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
