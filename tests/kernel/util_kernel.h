/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_kernel.h - kernel trees for tests: found, unpacked, copied and edited.
 *
 * Nothing of a kernel lies in this project. A tree is what PEF_KERNEL_TREE names,
 * or the few files of Debian's linux-source package, unpacked once into the build
 * folder. Without either the tests skip and say so.
 *
 * Locking: none. Errors: fail the test. Blocking: unpacking takes half a minute.
 */
#ifndef UTIL_KERNEL_H
#define UTIL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_TEST_CACHE PEF_BUILD_DIR "/kernel/cache"

/** kernel_tree - folder of a version's files ("6.1"); NULL, after saying why, when there is none */
const char *kernel_tree(const char *version);
/** kernel_scratch - an empty folder of that name for a tree of one's own, in the build folder */
const char *kernel_scratch(const char *name);
/** kernel_put - write a file below a folder, with the folders it needs */
void kernel_put(const char *folder, const char *file, const char *text);
/** kernel_move - give a file below a folder another path there */
void kernel_move(const char *folder, const char *from, const char *to);
/**
 * kernel_copy - copy a file of a tree, with one place changed
 * @from, @to: words; @from must be there. NULL: as it is.
 */
void kernel_copy(const char *tree, const char *folder, const char *file, const char *from, const char *to);
/** kernel_edit - a copy of a tree's files in @folder, edited by tests/kernel/@script; @place: which place of several */
void kernel_edit(const char *script, const char *tree, const char *folder, unsigned place);

#endif
