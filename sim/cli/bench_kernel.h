/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_kernel.h - pefsim bench kernel.
 *
 * Locking: none. Errors: exit codes. Blocking: a second or two a tree.
 */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include <stdio.h>

struct options;

/** bench_kernel - schedules a second for each --tree; an exit code */
int bench_kernel(FILE *out, const struct options *options);

#endif
