/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_tree.c - the tree helpers of tests/machine, built into these tests too.
 *
 * Locking: none. Errors: stop the program with a message. Blocking: runs dtc.
 */
#include "tests/machine/util_tree.c"
