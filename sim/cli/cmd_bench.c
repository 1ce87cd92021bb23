/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_bench.c - pefsim bench: medians and ratios, never a verdict of a test.
 *
 * Locking: none. Errors: exit codes. Blocking: some seconds.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pefsim/bench.h"

#include "bench_detect.h"
#include "bench_explore.h"
#include "bench_kernel.h"
#include "paths.h"
#include "scale.h"
#include "session.h"

#define BENCH_RUNS 41

static double bench_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Milliseconds of engine_run() alone; 0 when the scenario does not run. */
static double bench_run_once(const struct options *options, const char *path)
{
	struct session s;
	double took = 0;
	if (!session_open(&s, options, path)) {
		double begin = bench_now();
		if (!session_run(&s))
			took = bench_now() - begin;
	}
	session_close(&s);
	return took;
}

/* The executors take turns, so that a change of the machine's speed meets both. */
static int bench_executors(FILE *out)
{
	struct options fibers = {
		.verb = VERB_RUN, .exec = ENGINE_FIBERS, .seed = 1, .quiet = true, .steps_max = STEPS_DEFAULT};
	struct options threads = fibers;
	char path[512];
	double f[BENCH_RUNS], t[BENCH_RUNS];

	threads.exec = ENGINE_THREADS;
	if (!paths_shipped(PATHS_DEMONSTRATION, path, sizeof(path))) {
		fprintf(stderr, "pefsim bench: the demonstration scenario is not found\n");
		return PEF_EXIT_INPUT;
	}
	for (unsigned i = 0; i < BENCH_RUNS; i++) {
		f[i] = bench_run_once(&fibers, path);
		t[i] = bench_run_once(&threads, path);
	}
	qsort(f, BENCH_RUNS, sizeof(f[0]), bench_compare);
	qsort(t, BENCH_RUNS, sizeof(t[0]), bench_compare);
	fprintf(out, "demonstration, fibers             %8.3f ms   median of %d\n", f[BENCH_RUNS / 2], BENCH_RUNS);
	fprintf(out, "demonstration, threads            %8.3f ms   median of %d\n", t[BENCH_RUNS / 2], BENCH_RUNS);
	fprintf(out, "threads / fibers                  %8.2f x    target: at most 15\n",
		t[BENCH_RUNS / 2] / f[BENCH_RUNS / 2]);
	return PEF_EXIT_OK;
}

static int bench_engine_all(FILE *out)
{
	int code = engine_bench(out);
	if (!code)
		code = trace_bench(out);
	return code ? code : bench_executors(out);
}

static int bench_detect_shipped(FILE *out)
{
	char path[512];

	if (paths_shipped(PATHS_DEMONSTRATION, path, sizeof(path)))
		return bench_detect(out, path);
	fprintf(stderr, "pefsim bench: the demonstration scenario is not found\n");
	return PEF_EXIT_INPUT;
}

int cmd_bench(const struct options *options)
{
	if (options->arg_count == 1 && !strcmp(options->args[0], "engine"))
		return bench_engine_all(stdout);
	if (options->arg_count >= 1 && !strcmp(options->args[0], "scale"))
		return bench_scale(stdout, options->args + 1, options->arg_count - 1);
	if (options->arg_count == 1 && !strcmp(options->args[0], "explore"))
		return bench_explore(stdout);
	if (options->arg_count == 1 && !strcmp(options->args[0], "detect"))
		return bench_detect_shipped(stdout);
	if (options->arg_count == 1 && !strcmp(options->args[0], "kernel"))
		return bench_kernel(stdout, options);
	fprintf(stderr, "pefsim bench: say what to measure: detect, engine, explore, kernel, scale\nhelp: pefsim bench "
			"--help\n");
	return PEF_EXIT_USAGE;
}
