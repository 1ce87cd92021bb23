/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known.h - findings that somebody has looked at: they do not fail a check.
 *
 * A text file, a finding a line: its signature as "check" prints it, and, when
 * it is known of one scenario only, " @ SCENARIO" behind it. Lines that begin
 * with "#" and empty ones are skipped. A finding that is listed and not seen
 * any more is told, so that the list does not outlive what it excuses.
 *
 * Locking: none. Errors: messages with file:line on stderr. Blocking: reads a file.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include "pefsim/types.h"

struct known_entry {
	char signature[256];
	char scenario[PEF_NAME_MAX]; /* "": of any */
	unsigned line;
	bool seen; /* by some check */
	bool asked; /* a check that could have seen it has come to its end */
};
struct known {
	const char *path;
	struct known_entry *entries;
	unsigned count;
};

/** known_read - @out is to be freed with known_free() whatever is returned */
enum pef_err known_read(const char *path, struct known *out);
void known_free(struct known *known);
/** known_has - whether a finding of a scenario is known, there or anywhere */
bool known_has(const struct known *known, const char *scenario, const char *signature);
/** known_saw - a check of this scenario has shown that finding: every entry that means it was seen */
void known_saw(struct known *known, const char *scenario, const char *signature);
/** known_asked - a check of this scenario has come to its end */
void known_asked(struct known *known, const char *scenario);
/** known_is_gone - whether it could have been seen, and was not */
bool known_is_gone(const struct known_entry *entry);

#endif
