/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_explore.c - how many schedules a second; pefsim bench explore.
 *
 * Strategies take turns batch by batch, so that a change of the machine's speed
 * meets all of them; told are medians. What a reset costs is measured beside a
 * batch, by putting the same pages back without a run in between.
 *
 * Locking: none. Errors: exit codes. Blocking: some seconds.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pefsim/finding.h"
#include "pefsim/litmus.h"
#include "pefsim/strategy.h"

#include "bench_explore.h"
#include "paths.h"
#include "session.h"
#include "workers.h"

#define BATCHES 15u
#define LITMUS_RUNS 4000u /* a batch */
#define WORLD_RUNS 150u

static double bench_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int bench_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double bench_median(double *values)
{
	qsort(values, BATCHES, sizeof(values[0]), bench_order);
	return values[BATCHES / 2];
}

static void bench_line(FILE *out, const char *what, double rate, double target)
{
	fprintf(out, "%-34s %10.0f a second", what, rate);
	if (target > 0)
		fprintf(out, "   target: at least %.0f%s", target, rate < target ? ", MISSED" : "");
	fprintf(out, "\n");
}

/* ---- the litmus program ------------------------------------------------------------ */

struct bench_litmus {
	struct engine *engine;
	struct strategy *strategies[STRATEGY_COUNT];
	double rates[STRATEGY_COUNT][BATCHES], resets[BATCHES], whole[BATCHES];
	uint64_t steps, runs, findings;
};

static struct strategy *bench_strategy(enum strategy_id id)
{
	const struct strategy_options options = {.seed = 1, .preemptions = STRATEGY_PREEMPTIONS_MAX};
	return strategy_open(id, &options);
}

/* A strategy that has no schedule left begins again: so DPOR counts all classes of a search again and again. */
static bool bench_next(struct bench_litmus *b, enum strategy_id id)
{
	if (strategy_next(b->strategies[id]))
		return true;
	strategy_close(b->strategies[id]);
	b->strategies[id] = bench_strategy(id);
	return b->strategies[id] && strategy_next(b->strategies[id]);
}

static double bench_litmus_batch(struct bench_litmus *b, enum strategy_id id)
{
	const struct finding *findings;
	struct engine_result result;
	double begin = bench_seconds();

	for (unsigned i = 0; i < LITMUS_RUNS && bench_next(b, id); i++) {
		engine_restore(b->engine);
		strategy_direct(b->strategies[id], b->engine);
		engine_run(b->engine, &result);
		strategy_done(b->strategies[id]);
		b->findings += engine_findings(b->engine, &findings);
		b->steps += result.steps;
		b->runs++;
	}
	return LITMUS_RUNS / (bench_seconds() - begin);
}

static double bench_resets(struct engine *engine, unsigned count)
{
	double begin = bench_seconds();

	for (unsigned i = 0; i < count; i++)
		engine_restore(engine);
	return count / (bench_seconds() - begin);
}

static bool bench_litmus_open(struct bench_litmus *b)
{
	const struct engine_config config = {.exec = ENGINE_FIBERS, .trace_max = 1u << 12};
	bool ok = true;

	b->engine = litmus_create(LITMUS_THREE_ACTORS, &config);
	ok = b->engine && engine_direct(b->engine, NULL, NULL) && engine_snapshot(b->engine) == PEF_OK;
	for (unsigned id = 0; id < STRATEGY_COUNT; id++)
		ok = (b->strategies[id] = bench_strategy((enum strategy_id)id)) && ok;
	return ok;
}

static void bench_litmus_close(struct bench_litmus *b)
{
	for (unsigned id = 0; id < STRATEGY_COUNT; id++)
		strategy_close(b->strategies[id]);
	engine_destroy(b->engine);
}

static void bench_litmus_tell(struct bench_litmus *b, FILE *out)
{
	char what[64];

	fprintf(out, "three-actors: %.1f events a schedule\n", (double)b->steps / (double)b->runs);
	for (unsigned id = 0; id < STRATEGY_COUNT; id++) {
		snprintf(what, sizeof(what), "three-actors, %s%s", strategy_name((enum strategy_id)id),
			id == STRATEGY_DPOR ? " (classes)" : "");
		bench_line(out, what, bench_median(b->rates[id]), id == STRATEGY_DPOR ? 100000 : 500000);
	}
	double share = bench_median(b->whole) / bench_median(b->resets);
	fprintf(out, "%-34s %10.3f of a schedule   target: less than 0.2%s\n", "three-actors, reset", share,
		share < 0.2 ? "" : ", MISSED");
}

static int bench_three_actors(FILE *out)
{
	struct bench_litmus *b = calloc(1, sizeof(*b));
	bool ok = b && bench_litmus_open(b);

	for (unsigned i = 0; ok && i < BATCHES; i++) {
		for (unsigned id = 0; id < STRATEGY_COUNT; id++)
			b->rates[id][i] = bench_litmus_batch(b, (enum strategy_id)id);
		b->whole[i] = b->rates[STRATEGY_WALK][i];
		b->resets[i] = bench_resets(b->engine, LITMUS_RUNS);
	}
	if (ok)
		bench_litmus_tell(b, out);
	else
		fprintf(stderr, "pefsim bench: this build cannot put a run back\n");
	if (b)
		bench_litmus_close(b);
	free(b);
	return ok ? PEF_EXIT_OK : PEF_EXIT_NOTHING;
}

/* ---- a scenario ------------------------------------------------------------------------ */

static bool bench_world_batches(struct session *s, unsigned runs, double *rates, double *resets)
{
	struct strategy *strategy = bench_strategy(STRATEGY_PORTFOLIO);
	bool ok = strategy != NULL;

	for (unsigned i = 0; ok && i < BATCHES; i++) {
		double begin = bench_seconds();
		for (unsigned k = 0; ok && k < runs; k++) {
			ok = strategy_next(strategy) && session_direct(s, strategy) == PEF_OK;
			strategy_done(strategy);
		}
		rates[i] = runs / (bench_seconds() - begin);
		resets[i] = bench_resets(s->world->engine, runs);
	}
	strategy_close(strategy);
	return ok;
}

/* ---- several processes ------------------------------------------------------------------ */

struct bench_jobs {
	struct session *s;
	unsigned runs;
	double seconds; /* of all processes' CPU time */
	bool bad;
};

/* The part of a search that a process makes, without what it would find. */
static void bench_job(void *arg, unsigned task, FILE *out)
{
	const struct bench_jobs *jobs = arg;
	struct strategy *strategy = bench_strategy(STRATEGY_PORTFOLIO);
	bool ok = strategy != NULL;

	(void)task;
	for (unsigned i = 0; ok && i < jobs->runs; i++) {
		ok = strategy_next(strategy) && session_direct(jobs->s, strategy) == PEF_OK;
		strategy_done(strategy);
	}
	double seconds = ok ? bench_seconds() : 0;
	fwrite(&seconds, sizeof(seconds), 1, out);
}

static void bench_job_done(void *arg, unsigned task, enum worker_end end, const void *bytes, size_t len)
{
	struct bench_jobs *jobs = arg;
	double seconds = 0;

	(void)task;
	if (end == WORKER_DONE && len == sizeof(seconds))
		memcpy(&seconds, bytes, sizeof(seconds));
	jobs->bad |= seconds <= 0;
	jobs->seconds += seconds;
}

static void bench_job_tick(void *arg, unsigned done, const struct worker_note *notes, unsigned running)
{
	(void)arg;
	(void)done;
	(void)notes;
	(void)running;
}

static bool bench_job_stopped(void *arg)
{
	(void)arg;
	return false;
}

/* Two such parts, so many at a time: the CPU seconds they took. */
static double bench_two_parts(struct session *s, unsigned runs, unsigned at_a_time)
{
	struct bench_jobs jobs = {.s = s, .runs = runs};
	const struct worker_plan plan = {.tasks = 2,
		.jobs = at_a_time,
		.arg = &jobs,
		.work = bench_job,
		.done = bench_job_done,
		.tick = bench_job_tick,
		.stopped = bench_job_stopped};

	return workers_run(&plan) || jobs.bad ? 0 : jobs.seconds;
}

static bool bench_world_jobs(FILE *out, struct session *s, const struct bench_world *w)
{
	char what[2 * PEF_NAME_MAX];
	double shares[BATCHES];

	for (unsigned i = 0; i < BATCHES; i++) {
		double one = bench_two_parts(s, w->runs, 1), two = bench_two_parts(s, w->runs, 2);
		if (one <= 0 || two <= 0)
			return false;
		shares[i] = one / two;
	}
	double share = bench_median(shares);
	snprintf(what, sizeof(what), "%s, two jobs", w->name);
	fprintf(out, "%-34s %10.3f of one job's schedules a CPU second   target: at least 0.9%s\n", what, share,
		share < 0.9 ? ", MISSED" : "");
	return true;
}

static void bench_world_tell(FILE *out, const struct bench_world *w, double *rates, double *resets)
{
	char what[2 * PEF_NAME_MAX];
	double rate = bench_median(rates), share = rate / bench_median(resets);

	snprintf(what, sizeof(what), "%s, portfolio", w->name);
	bench_line(out, what, rate, w->target);
	snprintf(what, sizeof(what), "%s, reset", w->name);
	fprintf(out, "%-34s %10.3f of a schedule   target: less than 0.2%s\n", what, share,
		share < 0.2 ? "" : ", MISSED");
}

int bench_world(FILE *out, const struct bench_world *w)
{
	struct options options = {.verb = VERB_CHECK,
		.exec = ENGINE_FIBERS,
		.quiet = true,
		.steps_max = STEPS_DEFAULT,
		.design = w->design};
	struct session s;
	char path[512];
	bool alone = true;
	double rates[BATCHES], resets[BATCHES];

	if (!paths_shipped(w->scenario, path, sizeof(path)) || session_open(&s, &options, path)) {
		fprintf(stderr, "pefsim bench: %s is not found\n", w->scenario);
		return PEF_EXIT_INPUT;
	}
	struct run_plan plan = session_plan(&s);
	plan.silent = true;
	bool ok =
		session_boot(&s, &plan, &alone) == PEF_OK && !alone && bench_world_batches(&s, w->runs, rates, resets);
	if (ok)
		bench_world_tell(out, w, rates, resets);
	ok = ok && bench_world_jobs(out, &s, w);
	session_close(&s);
	return ok ? PEF_EXIT_OK : PEF_EXIT_BUG;
}

int bench_explore(FILE *out)
{
	int code = bench_three_actors(out);

	const struct bench_world world = {.name = "stale-rmap",
		.scenario = "scenarios/seed/stale-rmap.pef",
		.design = "uvmem-lock",
		.runs = WORLD_RUNS,
		.target = 20000};

	return code ? code : bench_world(out, &world);
}
