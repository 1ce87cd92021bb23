/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_files.h - a folder of a test's own, and files in it.
 *
 * Locking: none. Errors: abort. Blocking: never.
 */
#ifndef UTIL_FILES_H
#define UTIL_FILES_H

#include <stddef.h>

/** files_folder - the folder's path; made at the first call, removed when the test ends */
const char *files_folder(void);
/** files_write - a file in it; returns its path, valid until the next call */
const char *files_write(const char *name, const char *text);
/** files_read - the whole of a file; to be freed. NULL when there is none. */
char *files_read(const char *path);
/** files_find - path of the first file of the folder whose name begins so; "" when there is none */
const char *files_find(const char *prefix);

#endif
