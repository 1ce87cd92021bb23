/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variants.h - the ways in which one file is run: designs, and values of the
 * parameters that its expectations tell apart.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads files.
 */
#ifndef VARIANTS_H
#define VARIANTS_H

#include "options.h"

#define VARIANTS_MAX 256u

/* One way: the options to open the file with. */
struct variant {
	struct options options;
	char label[128]; /* "v9-rmap", "uvmem-lock, mutant=on" */
	char design[PEF_NAME_MAX]; /* what options.design points to */
	char (*values)[PEF_NAME_MAX]; /* what options.params points to */
	unsigned value_count;
};
struct variant_list {
	struct variant *variants;
	unsigned count;
};

/**
 * variants_read - all ways to run a file under these options
 * Designs are those of --designs or --design; else those the file's parameters
 * lead to. A parameter that an "if" of an expectation names takes every value
 * of its set (of a range: the values named), unless -p sets it.
 */
enum pef_err variants_read(const char *path, const struct options *options, struct variant_list *out);
void variants_free(struct variant_list *list);
/** list_each - the words of "a,b,c" in turn; false at the end. @at is where it is, the list at first. */
bool list_each(const char **at, char *word, size_t size);

#endif
