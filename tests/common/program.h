/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * program.h - run the built pefsim as a user would.
 *
 * Locking: none. Errors: a program that cannot be started fails the test.
 * Blocking: until the program ends.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>

struct program_result {
	int code; /* exit code, or 128 + signal */
	char *out; /* stdout and stderr together; free with program_free() */
	size_t len;
};

/** program_run - run "pefsim ARGS" by the shell in the source folder */
struct program_result program_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
void program_free(struct program_result *result);

#endif
