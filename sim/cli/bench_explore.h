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

/* A scenario whose schedules are counted, from where its guests have booted. */
struct bench_world {
	const char *name; /* that the figures go by */
	const char *scenario, *design; /* a shipped file; what runs it */
	unsigned runs; /* a batch */
	double target; /* schedules a second */
};
/** bench_world - the portfolio's schedules a second, all detectors on, and the share of a reset; an exit code */
int bench_world(FILE *out, const struct bench_world *w);

#endif
