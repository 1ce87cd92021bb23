/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_kernel.c - `pefsim kernel`: the real kernel file as a design. See kernel.h.
 *
 * Locking: none. Errors: exit codes; 125 when nothing can be said. Blocking: a
 * build takes seconds.
 */
#include <string.h>

#include "kernel.h"

static int kernel_usage(void)
{
	fprintf(stderr, "pefsim kernel: say what to do: build\nhelp: pefsim kernel --help\n");
	return PEF_EXIT_USAGE;
}

static int kernel_cmd_build(const struct options *o)
{
	char cache[PATH_MAX], object[PATH_MAX];
	struct kernel_tree tree;
	bool made;

	if (!o->tree) {
		fprintf(stderr, "pefsim kernel build: --tree DIR is missing\nhelp: pefsim kernel --help\n");
		return PEF_EXIT_USAGE;
	}
	int code = kernel_tree_read(o->tree, o->kernel_version, &tree);
	if (code)
		return code;
	if (!kernel_cache(NULL, cache, sizeof(cache)))
		return PEF_EXIT_INPUT;
	code = kernel_build(&tree, cache, o->name, object, &made);
	if (code)
		return code;
	const char *name = o->name ? o->name : tree.release;
	if (!kernel_load(object, name))
		return PEF_EXIT_BUG;
	printf("%s Linux %s as design " KERNEL_PREFIX "%s\n", made ? "built" : "found", tree.release, name);
	return PEF_EXIT_OK;
}

int cmd_kernel(const struct options *options)
{
	if (options->arg_count == 1 && !strcmp(options->args[0], "build"))
		return kernel_cmd_build(options);
	return kernel_usage();
}
