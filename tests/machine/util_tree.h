/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_tree.h - device trees for tests: text with one thing changed, compiled.
 *
 * A malformed tree is a good one with the fewest words replaced, so that each
 * bad case has its good twin beside it. A replacement that finds nothing to
 * replace stops the test: a case that tests nothing is worse than none.
 *
 * Locking: none. Errors: stop the program with a message. Blocking: runs dtc.
 */
#ifndef TESTS_MACHINE_UTIL_TREE_H
#define TESTS_MACHINE_UTIL_TREE_H

#include <stddef.h>

/** tree_text - a file of the source tree, with a zero behind it; free() it */
char *tree_text(const char *path);
/** tree_replace - @text with the first @from as @to; frees @text, free() the result */
char *tree_replace(char *text, const char *from, const char *to);
/** tree_replace_all - the same for every @from */
char *tree_replace_all(char *text, const char *from, const char *to);
/** tree_write - bytes in a new temporary file of that suffix; its path, free() it; unlink() the file */
char *tree_write(const void *bytes, size_t len, const char *suffix);
/** tree_compile - the blob of a text that dtc accepts; frees @text, free() the result */
void *tree_compile(char *text, size_t *len);
/** tree_load - the blob of a source file of the source tree */
void *tree_load(const char *path, size_t *len);

#endif
