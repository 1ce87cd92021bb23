/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_kernel.c - `pefsim kernel`: the real kernel file as a design. See kernel.h.
 *
 * build compiles a tree's files, with patches on top if there are any; check does
 * that for a tree and then is `pefsim check` with the design that came of it, or, of
 * patches and beside a baseline, a comparison (kernel_series.h).
 *
 * Locking: none. Errors: exit codes; 125 when nothing can be said. Blocking: a
 * build takes seconds, a check as long as its runs.
 */
#include <string.h>

#include "kernel_series.h"

#define KERNEL_SECONDS 150u
#define KERNEL_STEPS 50000u

static int kernel_no_tree(void)
{
	fprintf(stderr, "pefsim kernel: --tree DIR is missing\nhelp: pefsim kernel --help\n");
	return PEF_EXIT_USAGE;
}

/* The tree, or a copy of its files with the patches on top. */
static int kernel_tree_wanted(const struct options *o, struct kernel_tree *tree)
{
	if (!o->tree)
		return kernel_no_tree();
	int code = kernel_tree_read(o->tree, o->kernel_version, tree);
	return code || !o->patch_count ? code : kernel_patch(tree, o->patches, o->patch_count);
}

int kernel_made(const struct options *o, char *design, FILE *out)
{
	char cache[PATH_MAX], object[PATH_MAX];
	struct kernel_tree tree;
	bool made;

	int code = kernel_tree_wanted(o, &tree);
	if (code)
		return code;
	if (!kernel_cache(NULL, cache, sizeof(cache)))
		return PEF_EXIT_INPUT;
	char patched[64];
	snprintf(patched, sizeof(patched), "%s%s", tree.release, o->patch_count ? "-patched" : "");
	const char *name = o->name ? o->name : patched;
	code = kernel_build(&tree, cache, name, object, &made);
	kernel_tree_drop(&tree);
	if (code)
		return code;
	const void *inside;
	if (!kernel_load(object, name, &inside))
		return PEF_EXIT_BUG;
	snprintf(design, PEF_NAME_MAX, KERNEL_PREFIX "%.40s", name);
	fprintf(out, "%s Linux %s as design %s\n", made ? "built" : "found", tree.release, design);
	return PEF_EXIT_OK;
}

/*
 * Many scenarios within minutes, unless the user wants it otherwise: each check has its share of the time, and a
 * run that goes round in a circle is ended long before the usual limit.
 */
static void kernel_limits(struct options *check, unsigned steps)
{
	if (!check->runs_given && !check->budget_seconds && !check->timeout_seconds)
		check->within_seconds = KERNEL_SECONDS / steps;
	if (check->steps_max == STEPS_DEFAULT)
		check->steps_max = KERNEL_STEPS;
}

static int kernel_check_tree(const struct options *options)
{
	char design[PEF_NAME_MAX];
	struct options check = *options;

	int code = kernel_made(options, design, options->json ? stderr : stdout);
	if (code)
		return code;
	check.verb = VERB_CHECK;
	check.design = design;
	return cmd_check(&check);
}

static int kernel_check(const struct options *options)
{
	struct options check = *options;

	if (options->arg_count < 2) {
		fprintf(stderr, "pefsim kernel check: no scenario or folder given\nhelp: pefsim kernel --help\n");
		return PEF_EXIT_USAGE;
	}
	if (!options->tree)
		return kernel_no_tree();
	check.args++;
	check.arg_count--;
	if (!options->patch_count && !options->baseline) {
		kernel_limits(&check, 1);
		return kernel_check_tree(&check);
	}
	if (options->json) {
		fprintf(stderr, "pefsim kernel check: a comparison is text, --json does not go with it\n");
		return PEF_EXIT_USAGE;
	}
	kernel_limits(&check, 1 + (options->patch_count ? options->patch_count : 1));
	return kernel_compare(&check);
}

int cmd_kernel(const struct options *options)
{
	const char *word = options->arg_count > 0 ? options->args[0] : "";
	char design[PEF_NAME_MAX];

	if (!strcmp(word, "build") && options->arg_count == 1)
		return kernel_made(options, design, stdout);
	if (!strcmp(word, "check"))
		return options->bisect ? bisect_fold(kernel_check(options)) : kernel_check(options);
	fprintf(stderr, "pefsim kernel: say what to do: build or check\nhelp: pefsim kernel --help\n");
	return PEF_EXIT_USAGE;
}
