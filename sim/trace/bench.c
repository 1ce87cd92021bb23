/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench.c - what one record costs.
 *
 * The median of many short batches, so that a batch that was interrupted does
 * not count. The ring is filled once before and cut between batches, so its
 * memory is there; records go to 512 KiB, about what a run leaves in the cache.
 *
 * Locking: none. Errors: none. Blocking: a fraction of a second.
 */
#include <stdlib.h>
#include <time.h>

#include "pefsim/bench.h"
#include "pefsim/trace.h"

#define BENCH_RECORDS (1u << 14)
#define BENCH_BATCHES 501u

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static double bench_batch(struct trace_ring *ring)
{
	double start;

	trace_ring_cut(ring, 0);
	start = now_ns();
	for (uint64_t i = 0; i < BENCH_RECORDS; i++)
		trace_put(ring, i, 1, TRACE_TEST, 0, i, 0);
	return (now_ns() - start) / BENCH_RECORDS;
}

int trace_bench(FILE *out)
{
	double batches[BENCH_BATCHES];
	struct trace_ring ring;

	trace_ring_init(&ring, BENCH_RECORDS);
	bench_batch(&ring);
	for (unsigned i = 0; i < BENCH_BATCHES; i++)
		batches[i] = bench_batch(&ring);
	trace_ring_free(&ring);
	qsort(batches, BENCH_BATCHES, sizeof(batches[0]), compare);
	fprintf(out, "%-33s %8.2f ns   median of %u\n", "trace record", batches[BENCH_BATCHES / 2], BENCH_BATCHES);
	return 0;
}
