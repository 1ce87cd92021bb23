/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench.c - what a switch, an event and a parked context cost on this host.
 *
 * Each figure is the median of several repetitions, printed with the target it
 * is held against. Contexts are spread over two domains, and the trace is on, as
 * in a real run; its rings are small and wrap, so that what is measured is not
 * how fast the host hands out fresh memory, but is the hash over old records.
 *
 * Locking: none. Errors: see bench.h; a missed target is printed and is none.
 * Blocking: a few seconds.
 */
#include "pefsim/bench.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "engine_private.h"

#define REPEAT 7u
#define SWITCHES 200000u
#define EVENTS 100000u
#define TRACE_RECORDS (1u << 14) /* of each domain; older ones are folded into the hash */
#define PARKED 10000u

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median_of(double *all)
{
	qsort(all, REPEAT, sizeof *all, double_compare);
	return all[REPEAT / 2];
}

static double median(double (*measure)(unsigned), unsigned arg)
{
	double all[REPEAT];
	for (unsigned i = 0; i < REPEAT; i++)
		all[i] = measure(arg);
	return median_of(all);
}

/* ---- switch ------------------------------------------------------------------ */

static struct fiber bench_host, bench_fiber;

static void switch_back(void *arg)
{
	(void)arg;
	fiber_entered(&bench_fiber);
	for (;;)
		fiber_switch(&bench_fiber, &bench_host);
}

static double measure_switch(unsigned count)
{
	size_t size = 64 << 10;
	char *stack = malloc(size);
	if (!stack)
		return 0;
	fiber_adopt(&bench_host);
	uintptr_t lo = ((uintptr_t)stack + 63) & ~(uintptr_t)63;
	fiber_make(&bench_fiber, lo, lo + size - 64, 0, switch_back, NULL);
	double start = now_ns();
	for (unsigned i = 0; i < count; i++)
		fiber_switch(&bench_host, &bench_fiber);
	double took = now_ns() - start;
	fiber_drop(&bench_fiber);
	fiber_leave(&bench_host);
	free(stack);
	return took / (2.0 * count);
}

/* ---- events ------------------------------------------------------------------- */

/*
 * An event is a context resumed at its time, or a message delivered; each writes
 * a record. TIMERS: contexts that only spend cycles. MESSAGES: handlers that
 * send on what they get, as many under way as there were contexts. BOTH:
 * contexts that send a message every eighth time.
 */
enum bench_load { LOAD_BOTH, LOAD_TIMERS, LOAD_MESSAGES };
static const char *const load_names[] = {"events", "timers alone", "messages alone"};

struct bench_side {
	enum bench_load load;
	struct domain *other;
};

static void bench_send(const struct bench_side *side, uint64_t random)
{
	message_send(side->other, 1, &random, 1, 1 + (random >> 40 & 1023));
}

static void bench_message(struct domain *d, unsigned type, const uint64_t *words, unsigned count)
{
	const struct bench_side *side = domain_model(d);
	(void)count;
	trace_emit(TRACE_TEST, type, words[0], 0);
	if (side->load == LOAD_MESSAGES)
		bench_send(side, words[0] * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407));
}

static const struct domain_ops bench_ops = {.on_message = bench_message};

static void bench_actor(void *arg)
{
	const struct bench_side *side = arg;
	struct context *self = context_self();
	if (side->load == LOAD_MESSAGES) {
		bench_send(side, context_random(self));
		return;
	}
	for (;;) {
		uint64_t random = context_random(self);
		trace_emit(TRACE_TEST, 0, random, 0);
		if (side->load == LOAD_BOTH && (random & 7) == 0)
			bench_send(side, random);
		context_advance(1 + (random >> 20 & 1023), CAUSE_COMPUTE);
	}
}

/* Nanoseconds an event while the engine runs until @cap. */
static double measure_slice(struct engine *engine, cycles_t cap, uint64_t *steps)
{
	struct engine_result r;
	engine->cycles_cap = cap;
	double start = now_ns();
	engine_run(engine, &r);
	double took = now_ns() - start, events = (double)(r.steps - *steps);
	*steps = r.steps;
	return events > 0 ? took / events : 0;
}

/* The first slice is not counted: in it rings, stacks and pools come into being. */
static double measure_events(unsigned contexts, enum bench_load load)
{
	struct engine_config config = {.seed = 1, .trace_max = TRACE_RECORDS};
	struct bench_side sides[2];
	struct domain *d[2];
	double all[REPEAT];
	struct engine *engine = engine_create(&config);
	if (!engine)
		return 0;
	for (unsigned i = 0; i < 2; i++)
		d[i] = engine_add_domain(engine, i ? "uv" : "hv", &bench_ops, &sides[i], 0);
	for (unsigned i = 0; i < 2; i++)
		sides[i] = (struct bench_side){load, d[1 - i]};
	for (unsigned i = 0; i < contexts; i++)
		context_spawn(d[i & 1], "c", "c", bench_actor, &sides[i & 1], i % 1000);
	cycles_t slice = EVENTS * UINT64_C(512) / contexts, cap = 2000 + slice;
	uint64_t steps = 0;
	measure_slice(engine, cap, &steps);
	for (unsigned i = 0; i < REPEAT; i++)
		all[i] = measure_slice(engine, cap += slice, &steps);
	engine_destroy(engine);
	return median_of(all);
}

/* ---- queue ------------------------------------------------------------------------ */

/* The least of @pending events is taken and put back for later. */
static double measure_queue(unsigned pending)
{
	struct engine *engine = engine_create(&(struct engine_config){.trace_max = 1});
	struct event *events = calloc(pending, sizeof *events);
	double took = 0;
	if (engine && events) {
		struct queue *q = &engine_add_domain(engine, "hv", &bench_ops, NULL, 0)->queue;
		uint64_t random = 1;
		for (unsigned i = 0; i < pending; i++) {
			events[i] = (struct event){.time = i * 37 % 1000, .order = i + 1};
			queue_push(q, &events[i]);
		}
		double start = now_ns();
		for (unsigned i = 0; i < EVENTS; i++) {
			struct event *e = queue_pop(q);
			random = random * UINT64_C(6364136223846793005) + 1;
			e->time += 1 + (random >> 33 & 1023);
			queue_push(q, e);
		}
		took = (now_ns() - start) / EVENTS;
	}
	free(events);
	engine_destroy(engine);
	return took;
}

/* ---- a parked context ------------------------------------------------------------- */

static double resident_kib(void)
{
	unsigned long size, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f)
		return 0;
	if (fscanf(f, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void bench_park(void *arg)
{
	(void)arg;
	context_advance(1, CAUSE_COMPUTE);
	context_block(CAUSE_IDLE, NULL);
}

static double measure_parked(unsigned contexts)
{
	struct engine_config config = {.trace_max = 1};
	struct engine *engine = engine_create(&config);
	if (!engine)
		return 0;
	struct domain *d = engine_add_domain(engine, "hv", &bench_ops, NULL, 0);
	double before = resident_kib();
	for (unsigned i = 0; i < contexts; i++)
		context_spawn(d, "c", "c", bench_park, NULL, 0);
	struct engine_result r;
	engine_run(engine, &r);
	double after = resident_kib();
	engine_destroy(engine);
	return (after - before) / contexts;
}

/* ---- all ---------------------------------------------------------------------------- */

static void tell(FILE *out, const char *what, double value, const char *unit, double target)
{
	bool ok = value > 0 && value < target;
	fprintf(out, "engine: %-40s %8.1f %s (target: below %.0f)%s\n", what, value, unit, target,
		ok ? "" : "  MISSED");
}

int engine_bench(FILE *out)
{
	static const unsigned sizes[] = {2, 10, 100, 1000, 10000};
	char what[64];
	tell(out, "fiber switch", median(measure_switch, SWITCHES), "ns", 10);
	fprintf(out, "engine: events are traced; rings of %u records are warm and wrap\n", TRACE_RECORDS);
	for (enum bench_load load = LOAD_BOTH; load <= LOAD_MESSAGES; load++)
		for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			snprintf(what, sizeof what, "%s, %u %s", load_names[load], sizes[i],
				load == LOAD_MESSAGES ? "under way" : "contexts");
			tell(out, what, measure_events(sizes[i], load), "ns", 60);
		}
	for (unsigned pending = 2; pending <= 8192; pending *= 8)
		fprintf(out, "engine: queue, %4u pending: %38.1f ns\n", pending, median(measure_queue, pending));
	tell(out, "resident memory of a parked context", measure_parked(PARKED), "KiB", 6);
	return 0;
}
