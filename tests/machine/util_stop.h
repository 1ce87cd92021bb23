/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_stop.h - whether an assertion fires.
 *
 * Locking: none. Errors: none. Blocking: waits for a child process.
 */
#ifndef TESTS_MACHINE_UTIL_STOP_H
#define TESTS_MACHINE_UTIL_STOP_H

#include <stdbool.h>

/** stops - whether @fn, run in a child process, ends it by a failed assertion */
bool stops(void (*fn)(void));

#endif
