/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_kernel.c - `pefsim kernel`: the real kernel file as a design. See kernel.h.
 *
 * build compiles a tree's files; check does that, with patches on top if there are
 * any, and then is `pefsim check` with the design that came of it.
 *
 * Locking: none. Errors: exit codes; 125 when nothing can be said. Blocking: a
 * build takes seconds, a check as long as its runs.
 */
#include <string.h>

#include "kernel.h"

#define KERNEL_SECONDS 150u
#define KERNEL_STEPS 50000u

/* The tree, or a copy of its files with the patches on top. */
static int kernel_tree_wanted(const struct options *o, struct kernel_tree *tree)
{
	if (!o->tree) {
		fprintf(stderr, "pefsim kernel: --tree DIR is missing\nhelp: pefsim kernel --help\n");
		return PEF_EXIT_USAGE;
	}
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
	const char *name = o->name ? o->name : tree.release;
	code = kernel_build(&tree, cache, name, object, &made);
	kernel_tree_drop(&tree);
	if (code)
		return code;
	if (!kernel_load(object, name))
		return PEF_EXIT_BUG;
	snprintf(design, PEF_NAME_MAX, KERNEL_PREFIX "%.40s", name);
	fprintf(out, "%s Linux %s as design %s\n", made ? "built" : "found", tree.release, design);
	return PEF_EXIT_OK;
}

/*
 * Many scenarios within minutes, unless the user wants it otherwise: each check has its share of the time, and a
 * run that goes round in a circle is ended long before the usual limit.
 */
static void kernel_limits(struct options *check)
{
	if (!check->runs_given && !check->budget_seconds && !check->timeout_seconds)
		check->within_seconds = KERNEL_SECONDS;
	if (check->steps_max == STEPS_DEFAULT)
		check->steps_max = KERNEL_STEPS;
}

static int kernel_cmd_check(const struct options *options)
{
	char design[PEF_NAME_MAX];
	struct options check = *options;

	if (options->arg_count < 2) {
		fprintf(stderr, "pefsim kernel check: no scenario or folder given\nhelp: pefsim kernel --help\n");
		return PEF_EXIT_USAGE;
	}
	int code = kernel_made(options, design, options->json ? stderr : stdout);
	if (code)
		return code;
	check.verb = VERB_CHECK;
	kernel_limits(&check);
	check.design = design;
	check.args++;
	check.arg_count--;
	return cmd_check(&check);
}

int cmd_kernel(const struct options *options)
{
	const char *word = options->arg_count > 0 ? options->args[0] : "";
	char design[PEF_NAME_MAX];

	if (!strcmp(word, "build") && options->arg_count == 1)
		return kernel_made(options, design, stdout);
	if (!strcmp(word, "check"))
		return kernel_cmd_check(options);
	fprintf(stderr, "pefsim kernel: say what to do: build or check\nhelp: pefsim kernel --help\n");
	return PEF_EXIT_USAGE;
}
