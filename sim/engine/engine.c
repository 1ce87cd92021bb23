/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.c - the life of an engine, and how a run ends.
 *
 * A run ends because nothing is left, at a limit, or because a domain stopped.
 * Several domains of the THREADS executor may stop in one run; the least key
 * wins and everything at or after it is forgotten, so that both executors give
 * the same trace, books and count of steps.
 *
 * Locking: an engine is driven by one host thread; engine_interrupt() may be
 * called from anywhere. Errors: as engine.h says. Blocking: engine_run.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_private.h"

void engine_bug(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("pefsim: engine: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

struct engine *engine_create(const struct engine_config *config)
{
	struct engine *engine = calloc(1, sizeof *engine);
	if (!engine)
		return NULL;
	engine->config = *config;
	/* A run ends long before the last cycle, so that no delay that begins in time reaches beyond it. */
	engine->cycles_cap = ENGINE_CYCLES_LIMIT / 2;
	if (config->cycles_max && config->cycles_max < engine->cycles_cap)
		engine->cycles_cap = config->cycles_max;
	if (!engine->config.trace_max)
		engine->config.trace_max = UINT64_C(1) << 24;
	for (unsigned i = 0; i < PEF_DOMAINS_MAX; i++)
		for (unsigned j = 0; j < PEF_DOMAINS_MAX; j++)
			engine->latency[i][j] = 1;
	if (!arena_reserve(engine)) {
		free(engine);
		return NULL;
	}
	return engine;
}

void engine_destroy(struct engine *engine)
{
	if (!engine)
		return;
	snapshot_drop(engine);
	direct_destroy(engine->director);
	for (unsigned i = 0; i < engine->domain_count; i++) {
		context_drop_all(engine->domains[i]);
		order_drop_domain(engine->domains[i]);
		trace_ring_free(&engine->rings[i]);
		free(engine->undo[i].items);
	}
	arena_release(engine);
	free(engine->waiters);
	free(engine);
}

struct domain *engine_add_domain(
	struct engine *engine, const char *name, const struct domain_ops *ops, void *model, size_t arena)
{
	unsigned index = engine->domain_count;
	if (index == PEF_DOMAINS_MAX)
		engine_bug("more than %u domains", PEF_DOMAINS_MAX);
	struct domain *d = arena_add_domain(engine, index);
	if (!d || arena > d->part_hi[PART_STACKS] - d->part_lo[PART_DENSE])
		engine_bug("no address space for domain %s", name);
	engine->domains[index] = d;
	engine->domain_count++;
	snprintf(d->name, sizeof d->name, "%s", name);
	d->reflects = !strcmp(name, "uv");
	d->engine = engine;
	d->index = index;
	d->ops = ops;
	d->model = model;
	d->ring = &engine->rings[index];
	d->events_max = engine->config.steps_max ? engine->config.steps_max : UINT64_MAX;
	trace_ring_init(d->ring, engine->config.trace_max);
	if (engine->config.trace_max == 1)
		d->ring->off = true;
	queue_init(&d->queue, d);
	order_add_domain(d);
	return d;
}

void engine_set_latency(struct engine *engine, struct domain *from, struct domain *to, cycles_t cycles)
{
	if (!cycles)
		engine_bug("the edge from %s to %s has no latency", from->name, to->name);
	engine->latency[from->index][to->index] = cycles;
}

void engine_interrupt(struct engine *engine)
{
	atomic_store(&engine->interrupted, true);
	atomic_store(&engine->attention, true);
}

static bool key_less(const struct engine_key *a, const struct engine_key *b)
{
	return a->cycle != b->cycle ? a->cycle < b->cycle : a->domain < b->domain;
}

/* The least key at which a domain stopped; NULL when none did. */
static const struct domain *run_halted(const struct engine *engine)
{
	const struct domain *least = NULL;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		if (d->halted && (!least || key_less(&d->halt_key, &least->halt_key)))
			least = d;
	}
	return least;
}

/* The key before which every domain has run everything. */
static struct engine_key run_pending(const struct engine *engine)
{
	struct engine_key key = {PEF_NEVER, 0, 0};
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		if (d->queue.head_time < key.cycle)
			key = (struct engine_key){d->queue.head_time, i, d->ring->count};
	}
	return key;
}

static struct engine_key run_last(const struct engine *engine)
{
	struct engine_key key = {0, 0, 0};
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		if (d->now >= key.cycle)
			key = (struct engine_key){d->now, i, d->ring->count};
	}
	return key;
}

static bool run_has_waiters(const struct engine *engine)
{
	for (unsigned i = 0; i < engine->domain_count; i++)
		for (uint32_t id = 1; id <= engine->domains[i]->context_count; id++)
			if (domain_context(engine->domains[i], id)->waiting)
				return true;
	return false;
}

/* How the run ended; true when it is to be cut at that key. */
static bool run_end(struct engine *engine, struct engine_result *out)
{
	const struct domain *halted = run_halted(engine);
	struct engine_key pending = run_pending(engine);
	*out = (struct engine_result){.end = ENGINE_FINISHED, .key = run_last(engine)};
	if (halted) {
		out->end = halted->halt_end;
		out->key = halted->halt_key;
		return true;
	}
	if (atomic_load_explicit(&engine->interrupted, memory_order_relaxed)) {
		out->end = ENGINE_INTERRUPTED;
		if (pending.cycle != PEF_NEVER) {
			out->key = pending;
			return true;
		}
	} else if (pending.cycle != PEF_NEVER) {
		out->end = ENGINE_CYCLE_LIMIT;
		out->key.cycle = engine->cycles_cap;
	} else if (run_has_waiters(engine)) {
		out->end = ENGINE_STUCK;
	}
	return false;
}

static void run_finish(struct engine *engine, struct engine_result *out)
{
	bool cut = run_end(engine, out), circle = waitgraph_key(engine, out);
	if (cut || circle)
		engine_cut(engine, &out->key);
	if (circle)
		waitgraph_cut(engine, &out->key);
	if (out->end == ENGINE_STUCK || out->end == ENGINE_DEADLOCK)
		waitgraph_report(engine, out);
	out->waiters = engine->waiters;
	out->waiter_count = engine->waiter_count;
	for (unsigned i = 0; i < engine->domain_count; i++)
		out->steps += engine->domains[i]->events;
	hold_run_end(engine, out);
	direct_run_end(engine, out);
	engine->ended = true;
	engine->end_key = out->key;
}

const struct engine_key *engine_end_key(const struct engine *engine)
{
	return engine->ended ? &engine->end_key : NULL;
}

static bool run_drive(struct engine *engine)
{
	bool ok = true;
	for (unsigned i = 0; i < engine->domain_count; i++)
		engine->domains[i]->undo_on = engine->config.exec == ENGINE_THREADS;
	engine->waiter_count = 0;
	engine->running = true;
	engine->ended = false;
	hold_run_begin(engine);
	direct_run_begin(engine);
	if (engine->config.exec == ENGINE_THREADS)
		ok = threads_run(engine);
	else
		fibers_run(engine);
	engine->running = false;
	return ok;
}

enum pef_err engine_run(struct engine *engine, struct engine_result *out)
{
	bool ok = run_drive(engine);
	run_finish(engine, out);
	return ok ? PEF_OK : PEF_NOMEM;
}

bool engine_run_to_mark(struct engine *engine, struct engine_result *out)
{
	if (engine->config.exec != ENGINE_FIBERS)
		engine_bug("only FIBERS can stop at a mark");
	engine->to_mark = true;
	run_drive(engine);
	engine->to_mark = false;
	if (!engine->marked)
		run_finish(engine, out);
	return engine->marked != NULL;
}

bool engine_detectors_off(const struct engine *engine)
{
	return engine->config.detectors_off;
}

bool engine_checks(const struct engine *engine, enum engine_check check)
{
	const struct engine_config *c = &engine->config;

	return !c->detectors_off && !(c->checks_off >> check & 1u) && (check != ENGINE_CHECK_ATOMICITY || c->atomicity);
}

unsigned engine_domain_count(const struct engine *engine)
{
	return engine->domain_count;
}

struct domain *engine_domain(const struct engine *engine, unsigned index)
{
	return index < engine->domain_count ? engine->domains[index] : NULL;
}

const char *engine_context_name(const struct engine *engine, unsigned domain, uint32_t ctx)
{
	if (domain >= engine->domain_count || !ctx || ctx > engine->domains[domain]->context_count)
		return "";
	return domain_context(engine->domains[domain], ctx)->name;
}

const char *domain_name(const struct domain *d)
{
	return d->name;
}

unsigned domain_index(const struct domain *d)
{
	return d->index;
}

void *domain_model(const struct domain *d)
{
	return d->model;
}

void domain_set_model(struct domain *d, void *model)
{
	d->model = model;
}

struct engine *domain_engine(const struct domain *d)
{
	return d->engine;
}

struct trace_ring *domain_trace(struct domain *d)
{
	return d->ring;
}

const struct price_list *domain_prices(const struct domain *d)
{
	return d->engine->config.prices;
}

struct domain *domain_self(void)
{
	return engine_tls.domain;
}

cycles_t domain_now(const struct domain *d)
{
	return d->now;
}

void **domain_slot(struct domain *d, enum domain_slot_id id)
{
	return &d->slots[id];
}
