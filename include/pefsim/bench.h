/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench.h - what the simulator's own basic steps cost on this host.
 *
 * Each function measures one room and prints a line a step, in nanoseconds of
 * host time. Nothing simulated depends on it.
 *
 * Locking: none. Errors: the number of measurements that failed, 0 for none.
 * Blocking: a second at most.
 */
#ifndef PEFSIM_BENCH_H
#define PEFSIM_BENCH_H

#include <stdio.h>

/** trace_bench - one trace record */
int trace_bench(FILE *out);
/** engine_bench - fiber switch, event, queue, resident memory of a parked context */
int engine_bench(FILE *out);

#endif
