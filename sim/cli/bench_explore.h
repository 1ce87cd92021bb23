/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_explore.h - pefsim bench explore.
 *
 * Locking: none. Errors: exit codes. Blocking: some seconds.
 */
#ifndef BENCH_EXPLORE_H
#define BENCH_EXPLORE_H

#include <stdio.h>

/** bench_explore - schedules a second on a litmus program and on a scenario; an exit code */
int bench_explore(FILE *out);

#endif
