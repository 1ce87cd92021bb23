/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schedule.c - the loop that runs the events of one domain.
 *
 * Both executors call schedule_run() with a horizon; everything earlier is run
 * in the order of keys. A context that yields runs the messages that come next
 * on its own stack and goes straight to the next context, of whatever domain;
 * the loop's stack is needed only where nothing may run.
 *
 * Locking: the host thread that runs the domain. Errors: a key that does not
 * rise is a bug and stops the process. Blocking: schedule_yield yields.
 */
#include "engine_private.h"

_Thread_local struct engine_tls engine_tls;

static uint32_t no_ctx_id;
static cycles_t no_time;
static struct trace_ring no_ring = {.off = true};

void schedule_enter(struct domain *d)
{
	const struct engine_config *config = &d->engine->config;
	schedule_change(d);
	engine_tls.points = config->points || config->hold_count || d->engine->director;
#ifdef PEF_HOOKS
	engine_tls.races = engine_checks(d->engine, ENGINE_CHECK_RACES);
#endif
}

void schedule_leave(void)
{
	engine_tls = (struct engine_tls){.ring = &no_ring, .now = &no_time, .ctx_id = &no_ctx_id};
}

/*E:110
 * Keys only ever rise. The check costs two compares an event and is never switched off, for if it
 * holds in both executors and keys are made of nothing but simulated quantities, then both run the
 * same events in the same order, and the traces are equal because they cannot be anything else.
 :*/
static inline void schedule_begin(struct domain *d, cycles_t time, uint64_t order)
{
	if (__builtin_expect(time < d->now || (time == d->now && order <= d->last_order), 0))
		engine_bug("keys of domain %s do not rise: (%llu, %llx) after (%llu, %llx)", d->name,
			(unsigned long long)time, (unsigned long long)order, (unsigned long long)d->now,
			(unsigned long long)d->last_order);
	d->now = time;
	d->last_order = order;
	d->events++;
	if (d->undo_on)
		undo_push(d, UINT32_MAX, 0, 0, 0);
}

/* Rare: the run was interrupted, or another domain has stopped. */
static bool schedule_is_cut(const struct domain *d)
{
	if (atomic_load_explicit(&d->engine->interrupted, memory_order_relaxed))
		return true;
	return d->engine->threads && threads_past_stop(d, d->queue.head_time);
}

/* Whether the least pending event may run now; stops the domain at its limit. */
static inline bool schedule_may_run(struct domain *d)
{
	if (d->queue.head_time >= d->horizon)
		return false;
	if (atomic_load_explicit(&d->engine->attention, memory_order_relaxed) && schedule_is_cut(d))
		return false;
	if (__builtin_expect(d->events < d->events_max, 1))
		return true;
	schedule_halt(d, ENGINE_STEP_LIMIT, d->queue.head_time);
	return false;
}

static inline void schedule_set_current(struct domain *d, struct context *ctx)
{
	d->current = ctx;
	d->ctx_id = ctx->id;
	engine_tls.seen = 0;
	ctx->state = CONTEXT_RUNNING;
}

static inline void schedule_rest(struct domain *d)
{
	d->current = NULL;
	d->ctx_id = 0;
	engine_tls.seen = 0;
}

/* Gives back when the run needs this stack again, maybe for another domain. */
static void schedule_resume(struct domain *d, struct context *ctx)
{
	schedule_set_current(d, ctx);
	fiber_switch(d->scheduler, &ctx->fiber);
	d = engine_tls.domain;
	if (d->ended) { /* nobody stands on its stack any more */
		fiber_drop(&d->ended->fiber);
		arena_stack_give(d, d->ended);
		d->ended = NULL;
	}
}

void schedule_go_on(struct context *ctx)
{
	schedule_resume(ctx->domain, ctx);
}

/* Run the least event. Gives the context that is to go on, or NULL when a message was all. */
static inline struct context *schedule_take(struct domain *d)
{
	struct event *event = queue_pop(&d->queue);
	schedule_begin(d, event->time, event->order);
	return event->order & ORDER_CONTEXT ? (struct context *)event : message_run(d, (struct message *)event);
}

/*E:100
 * The heart of the simulator is this loop: take the event with the least key, run it, take the next.
 * An event is either a context that goes on or a message that arrives, which may let one go on. Who
 * may call it, and how far it may run, is the executors' business; the loop itself knows one domain
 * and one number, the horizon, which it must not reach.
 :*/
void schedule_run(struct domain *d)
{
	for (; schedule_may_run(d); d = engine_tls.domain) {
		struct context *ctx = schedule_take(d);
		if (ctx)
			schedule_resume(d, ctx);
	}
}

/* The running domain may run nothing more: the one that may, if it is this stack's business. */
static struct domain *schedule_move(struct domain *d)
{
	if (d->halted || d->engine->config.exec != ENGINE_FIBERS)
		return NULL;
	d = fibers_next(d->engine);
	return d && schedule_may_run(d) ? d : NULL;
}

/* Messages need no stack of their own: they run on that of a context which parks. NULL: nothing may run here. */
static struct context *schedule_next(struct domain *d)
{
	struct context *next;
	do {
		if (!schedule_may_run(d))
			d = schedule_move(d);
		if (!d)
			return NULL;
		next = schedule_take(d);
	} while (!next);
	return next;
}

/*
 * Park the running context, with @again pending, and go on with what is next,
 * which may be the same context. All parking of contexts is done here, so that
 * the host finds the returns of the next one where it expects them.
 */
static __attribute__((noinline)) void schedule_park(struct context *ctx, struct event *again)
{
	struct domain *d = ctx->domain;
	struct queue *q = &d->queue;
	struct context *next;
	schedule_rest(d);
	ctx->event.wanted = __builtin_frame_address(0);
	if (again && queue_is_less(q, again) && (q->head_order & ORDER_CONTEXT) && schedule_may_run(d)) {
		struct event *event = queue_swap(q, again);
		schedule_begin(d, event->time, event->order);
		next = (struct context *)event;
	} else {
		if (again)
			queue_push(q, again);
		next = schedule_next(d);
	}
	if (!next) {
		fiber_switch(&ctx->fiber, ctx->domain->scheduler);
		return;
	}
	schedule_set_current(next->domain, next);
	if (next != ctx)
		fiber_switch(&ctx->fiber, &next->fiber);
}

void schedule_yield(struct context *ctx)
{
	schedule_park(ctx, NULL);
}

void schedule_end(struct context *ctx)
{
	struct domain *d = ctx->domain;
	schedule_rest(d);
	d->ended = ctx;
	fiber_switch_last(&ctx->fiber, d->scheduler);
	engine_bug("context %s went on after its end", ctx->name);
}

/*E:120
 * Spending cycles is what simulated code does all day. If the context is still the least of its domain
 * after it, nothing needs to be switched: the same event with the same key simply goes on. So steps
 * may be priced finely, and a run does not become slow by it.
 :*/
void schedule_advance(struct context *ctx, cycles_t time)
{
	struct domain *d = ctx->domain;
	ctx->event.time = time;
	if (time < d->horizon && !queue_is_less(&d->queue, &ctx->event) && d->events < d->events_max &&
		!atomic_load_explicit(&d->engine->attention, memory_order_relaxed)) {
		schedule_begin(d, time, ctx->event.order);
		return;
	}
	if (time >= ENGINE_CYCLES_LIMIT)
		engine_bug("context %s advances beyond the engine's last cycle", ctx->name);
	ctx->state = CONTEXT_READY;
	schedule_park(ctx, &ctx->event);
}

void schedule_push(struct domain *d, struct event *event)
{
	struct domain *self = engine_tls.domain;
	if (event->time >= ENGINE_CYCLES_LIMIT)
		engine_bug("an event of domain %s lies beyond the engine's last cycle", d->name);
	queue_push(&d->queue, event);
	if (self != d)
		fibers_sent(d, event->time);
	if (self && self != d) {
		cycles_t cap = event->time + (self->index < d->index);
		if (self->horizon > cap)
			self->horizon = cap;
	}
}

void schedule_halt(struct domain *d, enum engine_end end, cycles_t cycle)
{
	if (d->halted)
		return;
	d->halted = true;
	d->halt_end = end;
	d->halt_key = (struct engine_key){cycle, d->index, d->ring->count};
	d->horizon = 0;
	if (d->engine->threads)
		threads_halted(d);
}

/* The context stays in the middle of its event: what comes back to it is a switch and nothing else. */
void schedule_mark(void)
{
	struct domain *d = engine_tls.domain;
	if (!d->current || !d->engine->to_mark)
		return;
	struct context *ctx = d->current;
	d->engine->to_mark = false;
	d->engine->marked = ctx;
	d->horizon = 0; /* the loop below this stack takes nothing more */
	fiber_switch(&ctx->fiber, d->scheduler);
}

void engine_mark(void)
{
	const struct domain *d = engine_tls.domain;
	if (!d)
		engine_bug("engine_mark outside a run");
	if (d->engine->director)
		direct_marked(d->engine->director);
	if (!direct_is_scouting(d->engine))
		schedule_mark();
}

void engine_stop(struct engine *engine)
{
	struct domain *d = engine_tls.domain;
	if (!d || d->engine != engine)
		engine_bug("engine_stop outside a run");
	schedule_halt(d, ENGINE_STOPPED, d->now);
	if (!d->current)
		return;
	for (struct context *ctx = d->current;;) /* a halted domain resumes nobody */
		schedule_yield(ctx);
}

/* Forget what domains did at or after @key. */
void engine_cut(struct engine *engine, const struct engine_key *key)
{
	for (unsigned i = 0; i < engine->domain_count; i++) {
		struct domain *d = engine->domains[i];
		struct trace_ring *ring = d->ring;
		cycles_t keep = key->cycle + (i < key->domain);
		uint64_t count = ring->count;
		if (i == key->domain) {
			if (count > key->position)
				trace_ring_cut(ring, key->position);
			continue;
		}
		while (count > ring->folded_count && ring->recs[(count - 1) & (ring->cap - 1)].cycle >= keep)
			count--;
		if (count < ring->count)
			trace_ring_cut(ring, count);
		undo_cut(d, keep);
	}
}
