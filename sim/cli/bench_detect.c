/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_detect.c - pefsim bench detect: what it costs to watch a run.
 *
 * The same scenario in two worlds of one process, with all checks and with none
 * beside the heap's; hooks and points are on in both. Each is taken back to the
 * end of its boot before every run, as an exploration does it, and they take
 * turns. How many accesses a run makes is counted in a third world, in which
 * none is let go by the hooks' short way. What a run costs in a build without
 * hooks is measured by the same command of that build (PEF_NO_HOOKS): compare
 * the lines "a run, all checks" and "a run, no checks" of the two.
 *
 * Locking: none. Errors: exit codes. Blocking: a second or two.
 */
#include <stdlib.h>
#include <time.h>

#include "pefsim/bench.h"
#include "pefsim/finding.h"
#include "pefsim/heap.h"

#include "bench_detect.h"
#include "session.h"

#define BENCH_DETECT_RUNS 401

struct bench_world {
	struct world *world;
	double took[BENCH_DETECT_RUNS];
};

static double bench_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int bench_by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* At the end of its boot, with a snapshot of that; false when the host or the build cannot. */
static bool bench_open(struct session *s, uint32_t checks_off, struct bench_world *b)
{
	struct run_plan plan = session_plan(s);
	struct engine_config config = session_config(s, &plan);
	struct engine_result result;

	config.points = true;
	config.checks_off = checks_off;
	if (session_build(s, &config, &b->world))
		return false;
	return engine_run_to_mark(b->world->engine, &result) && engine_snapshot(b->world->engine) == PEF_OK;
}

static void bench_once(struct bench_world *b, unsigned i)
{
	struct engine_result result;
	double begin;

	engine_restore(b->world->engine);
	begin = bench_now_us();
	engine_run(b->world->engine, &result);
	b->took[i] = bench_now_us() - begin;
}

static double bench_median(struct bench_world *b)
{
	qsort(b->took, BENCH_DETECT_RUNS, sizeof(b->took[0]), bench_by_value);
	return b->took[BENCH_DETECT_RUNS / 2];
}

/* Accesses of a run that the hooks look at, those to the running stack left out. */
static uint64_t bench_accesses(struct session *s)
{
	struct finding_access none = {.address = 1};
	struct bench_world b = {0};
	uint64_t count = 0;

	if (bench_open(s, 0, &b)) {
		race_watch(b.world->engine, &none, 1);
		bench_once(&b, 0);
		count = race_watch_count(b.world->engine);
	}
	world_destroy(b.world);
	return count;
}

static void bench_print(FILE *out, double all, double none, uint64_t accesses)
{
	fprintf(out, "a run, no checks                  %8.2f us   median of %d\n", none, BENCH_DETECT_RUNS);
	fprintf(out, "a run, all checks                 %8.2f us   median of %d\n", all, BENCH_DETECT_RUNS);
	fprintf(out, "all checks / no checks            %8.2f x\n", all / none);
	if (!accesses)
		return;
	fprintf(out, "accesses of a run                 %8llu\n", (unsigned long long)accesses);
	fprintf(out, "all checks, an access             %8.2f ns   target: at most 4\n",
		(all - none) * 1e3 / (double)accesses);
}

int bench_detect(FILE *out, const char *path)
{
	struct options options = {
		.verb = VERB_RUN, .exec = ENGINE_FIBERS, .seed = 1, .quiet = true, .steps_max = STEPS_DEFAULT};
	struct bench_world *b = calloc(2, sizeof(*b));
	struct session s;
	int code = PEF_EXIT_INPUT;

	if (b && !session_open(&s, &options, path)) {
		uint64_t accesses = bench_accesses(&s);

		if (bench_open(&s, 0, &b[0]) && bench_open(&s, UINT32_MAX, &b[1])) {
			for (unsigned i = 0; i < BENCH_DETECT_RUNS; i++) {
				bench_once(&b[0], i);
				bench_once(&b[1], i);
			}
			bench_print(out, bench_median(&b[0]), bench_median(&b[1]), accesses);
			code = PEF_EXIT_OK;
		}
		world_destroy(b[0].world);
		world_destroy(b[1].world);
	}
	session_close(&s);
	free(b);
	return code;
}
