/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets.h - the scenario files that arguments mean: files as they stand,
 * folders with all *.pef below them, in the order of their names.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads folders.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include <sys/stat.h>

#include "pefsim/types.h"

struct targets {
	char **paths;
	unsigned count, room;
	struct stat skip; /* the folder to leave out */
};

/**
 * targets_read - all files of some arguments; PEF_NOFILE when one cannot be read
 * @skip: a folder that is left out where it lies inside another, as what was written there is no
 * scenario of the user's; NULL: none
 */
enum pef_err targets_read(struct targets *t, char *const *args, int count, const char *skip);
void targets_free(struct targets *t);

#endif
