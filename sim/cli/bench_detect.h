/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_detect.h - pefsim bench detect.
 *
 * Locking: none. Errors: exit codes. Blocking: a second or two.
 */
#ifndef PEFSIM_CLI_BENCH_DETECT_H
#define PEFSIM_CLI_BENCH_DETECT_H

#include <stdio.h>

/** bench_detect - what all checks cost in runs of the scenario @path; an exit code */
int bench_detect(FILE *out, const char *path);

#endif
