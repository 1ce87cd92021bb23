/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * context.c - threads of control and their clocks.
 *
 * A context that spends cycles and stays the least of its domain goes on
 * without a switch; that is the same event with the same key, only cheaper.
 * What a wait or an advance took is booked when it is over.
 *
 * Locking: a context belongs to its domain. Errors: misuse stops the process
 * with a message. Blocking: functions marked "yields" in engine.h.
 */
#include <stdio.h>
#include <string.h>

#include "engine_private.h"
#include "pefsim/points.h"
#include "pefsim/sync.h"

/* The finaliser of splitmix64: any two neighbours come out unrelated. */
static uint64_t random_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static struct context *context_running(const char *what)
{
	struct domain *d = engine_tls.domain;
	if (!d || !d->current)
		engine_bug("%s outside a context", what);
	return d->current;
}

struct context *context_create(struct domain *d, const char *name, const char *hw, cycles_t start)
{
	uintptr_t room = d->part_hi[PART_CONTEXTS] - d->part_lo[PART_CONTEXTS];
	if (d->context_count >= room / ENGINE_CONTEXT_STRIDE)
		engine_bug("domain %s has used up its context ids", d->name);
	uint32_t id = ++d->context_count;
	struct context *ctx = domain_context(d, id);
	memset(ctx, 0, sizeof *ctx);
	ctx->domain = d;
	ctx->id = id;
	ctx->event = (struct event){.time = start, .order = ORDER_CONTEXT | id};
	snprintf(ctx->name, sizeof ctx->name, "%s", name);
	ctx->book = book_find(d, hw);
	ctx->hw = d->books[ctx->book].hw;
	ctx->random = random_mix(d->engine->config.seed + random_mix(((uint64_t)(d->index + 1) << 32) + id));
	uintptr_t lo = arena_stack_take(d);
	/* Tops of stacks at different cache sets; still one page for a shallow stack. */
	fiber_make(
		&ctx->fiber, lo, lo + ENGINE_STACK_SIZE - ENGINE_GUARD_SIZE, (size_t)(id & 15) * 64, context_main, ctx);
	if (d->engine->director)
		direct_created(ctx);
	return ctx;
}

/* By this a context goes on after the one that spawned it. */
static obj_t context_object(const struct context *ctx)
{
	return obj_make(OBJ_CONTEXT, ctx->domain->index, ctx->id);
}

struct context *context_spawn(
	struct domain *d, const char *name, const char *hw, void (*fn)(void *), void *arg, cycles_t start)
{
	const struct domain *self = engine_tls.domain;
	if (self && self != d)
		engine_bug("context_spawn of %s in domain %s from domain %s", name, d->name, self->name);
	if (d->events && start <= d->now)
		engine_bug("context_spawn of %s at cycle %llu, but it is %llu", name, (unsigned long long)start,
			(unsigned long long)d->now);
	struct context *ctx = context_create(d, name, hw, start);
	ctx->fn = fn;
	ctx->arg = arg;
	ctx->parent = d->ctx_id;
	ctx->parent_domain = d->index;
	if (d->current) {
		ctx->line = d->current->line;
		sync_hand_on(context_object(ctx));
	}
	ctx->state = CONTEXT_READY;
	order_spawn(ctx);
	schedule_push(d, &ctx->event);
	return ctx;
}

void context_main(void *arg)
{
	struct context *ctx = arg;
	fiber_entered(&ctx->fiber);
	trace_emit(TRACE_CTX_START, ctx->parent_domain, ctx->parent, 0);
	if (ctx->server)
		server_main(ctx);
	sync_go_on_by(context_object(ctx));
	point_pass(POINT_START, obj_make(OBJ_CONTEXT, OBJ_NO_GUEST, OBJ_NO_INDEX));
	ctx->fn(ctx->arg);
	sync_leave("its context ends");
	trace_emit(TRACE_CTX_END, 0, 0, 0);
	ctx->state = CONTEXT_ENDED;
	hold_context_ended(ctx);
	schedule_end(ctx);
}

void context_drop_all(struct domain *d)
{
	for (uint32_t id = 1; id <= d->context_count; id++)
		if (domain_context(d, id)->state != CONTEXT_ENDED)
			fiber_drop(&domain_context(d, id)->fiber);
}

void context_advance(cycles_t cycles, enum cost_cause cause)
{
	struct context *ctx = context_running("context_advance");
	struct domain *d = ctx->domain;
	if (!cycles || cycles > ENGINE_CYCLES_LIMIT)
		engine_bug("context %s advances by %llu cycles", ctx->name, (unsigned long long)cycles);
	schedule_advance(ctx, d->now + cycles);
	if (cause != (enum cost_cause)CAUSE_LENT)
		book_add(d, ctx->book, cause, cycles);
}

cycles_t engine_price(const struct domain *d, enum cost_step step)
{
	const struct price_list *prices = d->engine->config.prices;
	return prices ? price_of(prices, step) : 1;
}

void cost_charge_many(enum cost_step step, uint64_t count)
{
	struct context *ctx = context_running("cost_charge");
	cycles_t price = engine_price(ctx->domain, step);
	if (!count || count > ENGINE_CYCLES_LIMIT / price)
		engine_bug("context %s is charged %llu times %s", ctx->name, (unsigned long long)count,
			cost_step_name(step));
	context_advance(price * count, cost_step_cause(step));
}

void cost_charge(enum cost_step step)
{
	cost_charge_many(step, 1);
}

void context_block(enum cost_cause cause, const struct wait_on *on)
{
	struct context *ctx = context_running("context_block");
	struct domain *d = ctx->domain;
	cycles_t since = d->now;
	ctx->state = CONTEXT_BLOCKED;
	ctx->wait = on ? *on : (struct wait_on){.what = OBJ_NULL, .server = true};
	ctx->waiting = !ctx->wait.server;
	ctx->wait_since = since;
	ctx->wait_key = (struct engine_key){since, d->index, d->ring->count};
	if (ctx->waiting && waitgraph_circle(d->engine, ctx))
		schedule_halt(d, ENGINE_DEADLOCK, since);
	schedule_yield(ctx);
	ctx->waiting = false;
	/* Lent time is booked by the callee; the thread's books still end no earlier than now. */
	bool lent = cause == (enum cost_cause)CAUSE_LENT;
	book_add(d, ctx->book, lent ? CAUSE_IDLE : cause, lent ? 0 : d->now - since);
}

void context_unblock(struct context *ctx, cycles_t at)
{
	if (ctx->state != CONTEXT_BLOCKED)
		engine_bug("context %s is woken but does not wait", ctx->name);
	ctx->state = CONTEXT_READY;
	ctx->waiting = false;
	ctx->event.time = at;
	schedule_push(ctx->domain, &ctx->event);
	if (ctx->domain->engine->director)
		direct_woken(ctx);
}

void context_wake(struct context *ctx, cycles_t after)
{
	const struct domain *d = engine_tls.domain;
	if (d != ctx->domain)
		engine_bug("context %s is woken from outside its domain", ctx->name);
	if (!after || after > ENGINE_CYCLES_LIMIT)
		engine_bug("context %s is woken after %llu cycles", ctx->name, (unsigned long long)after);
	context_unblock(ctx, d->now + after);
}

bool context_is_blocked(const struct context *ctx)
{
	return ctx->state == CONTEXT_BLOCKED;
}

struct context *context_self(void)
{
	return engine_tls.domain ? engine_tls.domain->current : NULL;
}

const char *context_name(const struct context *ctx)
{
	return ctx->name;
}

uint32_t context_id(const struct context *ctx)
{
	return ctx->id;
}

const char *context_hw(const struct context *ctx)
{
	return ctx->hw;
}

void context_set_line(struct context *ctx, unsigned line)
{
	ctx->line = line;
	ctx->work++;
	hold_progress(ctx->domain->engine);
}

unsigned context_line(const struct context *ctx)
{
	return ctx->line;
}

uint64_t context_work(const struct context *ctx)
{
	return ctx->work;
}

bool context_stack(uintptr_t *lo, uintptr_t *hi)
{
	const struct context *ctx = context_self();
	if (!ctx) {
		*lo = (uintptr_t)__builtin_frame_address(0);
		*hi = engine_tls.domain ? engine_tls.domain->handler_top : 0;
		return *hi != 0;
	}
	*lo = ctx->fiber.lo;
	*hi = ctx->fiber.hi;
	return true;
}

uint64_t context_random(struct context *ctx)
{
	ctx->random += UINT64_C(0x9e3779b97f4a7c15);
	return random_mix(ctx->random);
}
