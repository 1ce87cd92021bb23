/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench.c - what a switch, an event and a parked context cost on this host.
 *
 * Each figure is the median of several repetitions, printed with the target it
 * is held against; the ratio of heap and wheel shows where one should give way
 * to the other. Contexts are spread over two domains that also exchange a
 * message now and then, and the trace is on, as in a real run.
 *
 * Locking: none. Errors: see bench.h; a missed target counts. Blocking: a few
 * seconds.
 */
#include "pefsim/bench.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "engine_private.h"

#define REPEAT 5u
#define SWITCHES 200000u
#define EVENTS 200000u
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

static double median(double (*measure)(unsigned), unsigned arg)
{
	double all[REPEAT];
	for (unsigned i = 0; i < REPEAT; i++)
		all[i] = measure(arg);
	qsort(all, REPEAT, sizeof *all, double_compare);
	return all[REPEAT / 2];
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

static void bench_message(struct domain *d, unsigned type, const uint64_t *words, unsigned count)
{
	(void)d;
	(void)count;
	trace_emit(TRACE_TEST, type, words[0], 0);
}

static const struct domain_ops bench_ops = {.on_message = bench_message};

static void bench_actor(void *arg)
{
	struct domain *other = arg;
	struct context *self = context_self();
	for (;;) {
		uint64_t random = context_random(self);
		trace_emit(TRACE_TEST, 0, random, 0);
		if ((random & 7) == 0)
			message_send(other, 1, &random, 1, 50 + (random >> 8 & 511));
		context_advance(1 + (random >> 20 & 1023), CAUSE_COMPUTE);
	}
}

static double measure_events(unsigned contexts)
{
	struct engine_config config = {.seed = 1, .steps_max = EVENTS, .trace_max = 1 << 14};
	struct engine *engine = engine_create(&config);
	if (!engine)
		return 0;
	struct domain *d[2];
	for (unsigned i = 0; i < 2; i++)
		d[i] = engine_add_domain(engine, i ? "uv" : "hv", &bench_ops, NULL, 0);
	for (unsigned i = 0; i < contexts; i++)
		context_spawn(d[i & 1], "c", "c", bench_actor, d[~i & 1], i % 1000);
	struct engine_result warm, r;
	engine->cycles_cap = 2000; /* every stack and queue has been touched by then */
	engine_run(engine, &warm);
	engine->cycles_cap = ENGINE_CYCLES_LIMIT;
	double start = now_ns();
	engine_run(engine, &r);
	double took = now_ns() - start;
	engine_destroy(engine);
	return r.steps > warm.steps ? took / (double)(r.steps - warm.steps) : 0;
}

/* ---- heap and wheel -------------------------------------------------------------- */

#define QUEUE_BENCH 4096u

static double measure_queue(unsigned pending, bool wheel)
{
	struct queue *q = malloc(sizeof *q);
	struct event *events = calloc(pending, sizeof *events);
	struct queue_item *heap = calloc(QUEUE_BENCH + 1, sizeof *heap);
	double took = 0;
	if (q && events && heap) {
		queue_init(q);
		q->heap = heap;
		q->heap_max = wheel ? 0 : QUEUE_BENCH;
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
	free(heap);
	free(events);
	free(q);
	return took;
}

static double measure_heap(unsigned pending)
{
	return measure_queue(pending, false);
}

static double measure_wheel(unsigned pending)
{
	return measure_queue(pending, true);
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

static int tell(FILE *out, const char *what, double value, const char *unit, double target)
{
	bool ok = value > 0 && value < target;
	fprintf(out, "engine: %-40s %8.1f %s (target: below %.0f)%s\n", what, value, unit, target,
		ok ? "" : "  MISSED");
	return !ok;
}

int engine_bench(FILE *out)
{
	static const unsigned sizes[] = {2, 10, 100, 1000, 10000};
	char what[64];
	int missed = tell(out, "fiber switch", median(measure_switch, SWITCHES), "ns", 10);
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		snprintf(what, sizeof what, "event, traced, %u contexts", sizes[i]);
		missed += tell(out, what, median(measure_events, sizes[i]), "ns", 60);
	}
	for (unsigned pending = 8; pending <= QUEUE_BENCH; pending *= 8) {
		double heap = median(measure_heap, pending), wheel = median(measure_wheel, pending);
		fprintf(out, "engine: queue of %4u: heap %.1f ns, wheel %.1f ns, ratio %.2f\n", pending, heap, wheel,
			wheel > 0 ? heap / wheel : 0);
	}
	missed += tell(out, "resident memory of a parked context", measure_parked(PARKED), "KiB", 6);
	return missed;
}
