/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_series.h - a patch or a series, step by step: what was found before, what after.
 *
 * A step is a tree that is built, a design of its own, and what a check of it came
 * to. The first is the baseline, each other one what a patch makes of the tree
 * before it.
 *
 * Locking: none. Errors: exit codes after messages. Blocking: builds and checks.
 */
#ifndef CLI_KERNEL_SERIES_H
#define CLI_KERNEL_SERIES_H

#include "pefsim/lines.h"

#include "check_text.h"
#include "kernel.h"

/* A hunk, in the file as it is after its step. */
struct kernel_hunk {
	char file[64]; /* below the tree */
	char where[72]; /* the function, as diff tells it; "" */
	unsigned line; /* the first that was changed */
	unsigned *lines; /* all that were added, or that follow what was removed */
	unsigned line_count;
	bool has_code, executed;
};

struct kernel_step {
	struct kernel_tree tree;
	const char *patch; /* NULL: the first, or the tree beside a baseline */
	char design[PEF_NAME_MAX];
	const void *inside; /* an address in its object */
	struct kernel_hunk *hunks; /* against the step before */
	unsigned hunk_count;
	struct lines *lines; /* what of them was executed; NULL: cannot be known */
	struct options options; /* of its check */
	struct check_list list;
};

struct kernel_series {
	const struct options *given;
	struct kernel_step *steps;
	unsigned count;
};

/** kernel_series_open - all trees, built; to be closed whatever is returned. An exit code. */
int kernel_series_open(const struct options *given, struct kernel_series *out);
void kernel_series_close(struct kernel_series *series);

/** kernel_hunks - find the hunks between a step's tree and the one before; false: no memory */
bool kernel_hunks(struct kernel_step *step, const struct kernel_tree *before);
/** kernel_hunks_watch - from now on it is noted which of them are executed */
void kernel_hunks_watch(struct kernel_step *step);
/** kernel_hunks_ask - which were */
void kernel_hunks_ask(struct kernel_step *step);

/* What became of a finding between two steps. */
enum kernel_change { CHANGE_NEW, CHANGE_GONE, CHANGE_SAME };

/* A finding of one scenario, on both sides. */
struct kernel_diff {
	enum kernel_change change;
	const struct result *before, *after; /* the scenario's; NULL: not checked there */
	const struct result_finding *was, *is; /* NULL: not found there */
	const char *signature;
	bool known, replayed; /* found on the other side by a replay, not by the search */
};

/**
 * kernel_diffs - all findings of two steps, by what became of them, signature and scenario
 * @count: how many; the array is the caller's. NULL: no memory.
 */
struct kernel_diff *kernel_diffs(const struct kernel_step *before, const struct kernel_step *after, unsigned *count);
/**
 * kernel_broken - the next expectation that failed after and not before, beside those about findings
 * @at: counts; 0 at first. @of: the scenario it is of
 * Returns NULL when there is none left.
 */
const struct result_line *kernel_broken(
	const struct kernel_step *before, const struct kernel_step *after, unsigned *at, const struct result **of);
/** kernel_shows - whether a recorded run, made as nearly as possible with another design, shows its finding there */
bool kernel_shows(const char *record, const struct options *given, const char *design);

/** kernel_step_print - what changed, in 72 columns, ready to be pasted into a mail */
void kernel_step_print(
	const struct kernel_series *series, unsigned step, const struct kernel_diff *diffs, unsigned count, FILE *out);

/** kernel_compare - `kernel check` of patches or against a baseline. An exit code. */
int kernel_compare(const struct options *options);

#endif
