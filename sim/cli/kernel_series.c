/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_series.c - the trees of a series, each built as a design. See kernel_series.h.
 *
 * A patch that cannot be applied or compiled is told before anything is run.
 *
 * Locking: none. Errors: messages. Blocking: runs git and a compiler.
 */
#include "kernel_series.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* A folder, or else a revision of the tree's repository. */
static int series_baseline(const struct options *o, struct kernel_tree *tree)
{
	char folder[PATH_MAX];

	if (!o->baseline)
		return kernel_tree_read(o->tree, o->kernel_version, tree);
	if (is_folder(o->baseline))
		return kernel_tree_read(o->baseline, o->kernel_version, tree);
	int code = kernel_revision(o->tree, o->baseline, folder, sizeof(folder));
	if (code)
		return code;
	code = kernel_tree_read(folder, o->kernel_version, tree);
	snprintf(tree->path, sizeof(tree->path), "%s", folder);
	tree->patched = true;
	if (code)
		kernel_tree_drop(tree);
	return code;
}

/* The tree after step @i: the one before with a patch on top. Beside a baseline, the first patch is for the tree. */
static int series_tree(struct kernel_series *s, unsigned i)
{
	const struct options *o = s->given;
	struct kernel_step *step = &s->steps[i];
	int code = 0;

	if (i == 0)
		return series_baseline(o, &step->tree);
	step->patch = o->patch_count ? o->patches[i - 1] : NULL;
	if (i == 1 && o->baseline)
		code = kernel_tree_read(o->tree, o->kernel_version, &step->tree);
	else
		step->tree = s->steps[i - 1].tree;
	return code || !step->patch ? code : kernel_patch(&step->tree, &step->patch, 1);
}

/* Each step has a name of its own, so that several are designs at a time. */
static void series_name(const struct kernel_series *s, unsigned i, char *name, size_t size)
{
	const struct kernel_tree *tree = &s->steps[i].tree;
	const char *of = s->given->name ? s->given->name : tree->release;

	if (i)
		snprintf(name, size, "patched-%u-%.20s", i, of);
	else
		snprintf(name, size, "before-%.20s", of);
}

static int series_build(struct kernel_series *s, unsigned i)
{
	struct kernel_step *step = &s->steps[i];
	char cache[PATH_MAX], object[PATH_MAX], name[PEF_NAME_MAX - 8];
	bool made;

	step->tree.each_line = true;
	if (!kernel_cache(NULL, cache, sizeof(cache)))
		return PEF_EXIT_INPUT;
	series_name(s, i, name, sizeof(name));
	int code = kernel_build(&step->tree, cache, name, object, &made);
	if (code && step->patch)
		fprintf(stderr, "pefsim: that was after patch %u of %u, %s\n", i, s->count - 1, step->patch);
	if (code)
		return code;
	snprintf(step->design, sizeof(step->design), KERNEL_PREFIX "%s", name);
	return kernel_load(object, name, &step->inside) ? PEF_EXIT_OK : PEF_EXIT_BUG;
}

static int series_step(struct kernel_series *s, unsigned i)
{
	int code = series_tree(s, i);

	if (code) {
		s->count = i; /* there is no tree of it to drop */
		return code;
	}
	code = series_build(s, i);
	if (!code && i && !kernel_hunks(&s->steps[i], &s->steps[i - 1].tree))
		code = PEF_EXIT_BUG;
	return code;
}

int kernel_series_open(const struct options *given, struct kernel_series *out)
{
	unsigned steps = 1 + (given->patch_count ? given->patch_count : 1);
	int code = PEF_EXIT_OK;

	*out = (struct kernel_series){given, calloc(steps, sizeof(*out->steps)), steps};
	if (!out->steps)
		return PEF_EXIT_BUG;
	for (unsigned i = 0; !code && i < steps; i++)
		code = series_step(out, i);
	/* Debug information is read once, of all that is loaded then. */
	for (unsigned i = 1; !code && i < steps; i++)
		kernel_hunks_watch(&out->steps[i]);
	return code;
}

static void step_free(struct kernel_step *step)
{
	lines_close(step->lines);
	for (unsigned i = 0; i < step->hunk_count; i++)
		free(step->hunks[i].lines);
	free(step->hunks);
	check_list_free(&step->list);
	kernel_tree_drop(&step->tree);
}

void kernel_series_close(struct kernel_series *series)
{
	for (unsigned i = 0; series->steps && i < series->count; i++)
		step_free(&series->steps[i]);
	free(series->steps);
}
