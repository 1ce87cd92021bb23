/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_kernel.c - pefsim bench kernel: how many schedules of the real file a second.
 *
 * Two actors of one guest at two pages, from the end of its boot, with every
 * detector, reset included, on one core. The scenario has no finding, so that
 * each schedule is run to its end. The design uvmem-lock goes beside the trees:
 * what the kernel's file and its glue cost is the ratio of the two.
 *
 * Locking: none. Errors: exit codes. Blocking: a second or two a tree.
 */
#include "bench_kernel.h"

#include "bench_explore.h"
#include "kernel.h"

#define KERNEL_RUNS 1000u
#define KERNEL_TARGET 10000

static int bench_design(FILE *out, const char *name, const char *design)
{
	const struct bench_world world = {.name = name,
		.scenario = "scenarios/kernel/share-beside-page-out.pef",
		.design = design,
		.runs = KERNEL_RUNS,
		.target = KERNEL_TARGET};

	return bench_world(out, &world);
}

static int bench_tree(FILE *out, const struct options *options, const char *path)
{
	struct options one = *options;
	char design[PEF_NAME_MAX];

	one.tree = path;
	int code = kernel_made(&one, design, stderr);
	return code ? code : bench_design(out, design, design);
}

int bench_kernel(FILE *out, const struct options *options)
{
	int code = PEF_EXIT_OK;

	if (!options->tree_count) {
		fprintf(stderr, "pefsim bench: --tree DIR is missing\nhelp: pefsim bench --help\n");
		return PEF_EXIT_USAGE;
	}
	for (unsigned i = 0; !code && i < options->tree_count; i++)
		code = bench_tree(out, options, options->trees[i]);
	return code ? code : bench_design(out, "uvmem-lock", "uvmem-lock");
}
