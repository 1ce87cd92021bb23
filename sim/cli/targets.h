/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets.h - the scenario files that arguments mean: files as they stand,
 * folders with all *.pef below them, in the order of their names.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads folders.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include "pefsim/types.h"

struct targets {
	char **paths;
	unsigned count, room;
};

/** targets_read - all files of some arguments; PEF_NOFILE when one cannot be read */
enum pef_err targets_read(struct targets *t, char *const *args, int count);
void targets_free(struct targets *t);

#endif
