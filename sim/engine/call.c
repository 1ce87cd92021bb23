/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call.c - calls and bus accesses: a message there, a message back.
 *
 * The price of the way in is booked to the caller, that of the way back to the
 * callee, each when it is sent; the caller's wait is lent time, which the
 * callee books. An answer resumes its context at once, as part of the same
 * event. A bus access needs no context on the other side and books its whole
 * wait to its own cause.
 *
 * Locking: none; everything is the running domain's. Errors: misuse stops the
 * process with a message. Blocking: call_make, call_transfer and bus_access
 * yield.
 */
#include <stdio.h>
#include <string.h>

#include "engine_private.h"
#include "pefsim/points.h"
#include "pefsim/sync.h"

static struct context *call_running(const char *what)
{
	struct context *ctx = context_self();
	if (!ctx)
		engine_bug("%s outside a context", what);
	return ctx;
}

static obj_t call_object(const struct call *c)
{
	return obj_make(OBJ_CALL, OBJ_NO_GUEST, c->number);
}

/*
 * Who serves a call is another domain's business. While a run is under way
 * nobody is named, so that both executors see the same wait graph.
 */
struct context *call_server_of(const struct engine *engine, const struct context *ctx)
{
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		for (uint32_t id = 1; id <= d->context_count; id++) {
			struct context *s = domain_context(d, id);
			if (s->serving && !s->transferred && s->call.from_domain == ctx->domain->index &&
				s->call.from_ctx == ctx->id)
				return s;
		}
	}
	return NULL;
}

static unsigned call_holders(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct engine *engine = waiter->domain->engine;
	(void)object;
	if (engine->running || !max)
		return 0;
	*out = call_server_of(engine, waiter);
	return *out != NULL;
}

/* Park the caller until the answer is in @c. */
static void call_wait(struct context *ctx, struct call *c, enum cost_cause cause)
{
	const struct wait_on on = {.what = call_object(c), .object = ctx, .holders = call_holders};
	ctx->answer = c;
	context_block(cause, &on);
	ctx->answer = NULL;
}

/* The part of the caller's name that the callee's begins with. */
static uint32_t caller_name_len(const struct context *ctx)
{
	size_t len = strlen(ctx->name);
	if (ctx->server && ctx->domain->reflects) {
		const char *slash = strrchr(ctx->name, '/');
		if (slash)
			len = (size_t)(slash - ctx->name);
	}
	return (uint32_t)len;
}

static void call_send(struct context *ctx, struct domain *to, const struct call *c, enum cost_step step, uint64_t page)
{
	struct domain *d = ctx->domain;
	cycles_t price = engine_price(d, step);
	struct message *m = message_take(d);
	m->kind = MESSAGE_CALL;
	m->call = *c;
	m->caller = (struct caller){ctx->name, ctx->hw, caller_name_len(ctx), ctx->line, d->index, ctx->id};
	trace_emit(TRACE_CALL, to->index, c->number | ((uint64_t)c->arg_count << 32), page);
	message_post(d, to, m, price);
	book_add(d, ctx->book, cost_step_cause(step), price);
}

static void call_sign(struct context *ctx, struct call *c)
{
	c->from_domain = ctx->domain->index;
	c->from_ctx = ctx->id;
	c->serial = ++ctx->serial;
	if (!c->ret_count)
		c->ret_count = 1;
	if (c->arg_count > CALL_ARGS || c->ret_count > CALL_RETS)
		engine_bug("call %x of %s has %u arguments and %u results", c->number, ctx->name, c->arg_count,
			c->ret_count);
}

/*E:190
 * A call is a message there and a message back, and the caller's hardware thread is lent to the callee
 * meanwhile. The way in is booked by the caller, the work and the way back by the callee, so that
 * every cycle of a hardware thread is in exactly one book.
 :*/
void call_make(struct domain *to, struct call *c, enum cost_step step, uint64_t page)
{
	struct context *ctx = call_running("call_make");
	point_pass(POINT_CALL, call_object(c));
	call_sign(ctx, c);
	call_send(ctx, to, c, step, page);
	call_wait(ctx, c, (enum cost_cause)CAUSE_LENT);
	point_pass(POINT_RETURN, call_object(c));
}

void call_transfer(struct domain *to, struct call *c, const struct call *mine, enum cost_step step, uint64_t page)
{
	struct context *ctx = call_running("call_transfer");
	if (!ctx->serving || mine != &ctx->call || ctx->transferred)
		engine_bug("%s hands on a call that it does not serve", ctx->name);
	point_pass(POINT_CALL, call_object(c));
	c->from_domain = mine->from_domain;
	c->from_ctx = mine->from_ctx;
	c->serial = mine->serial;
	c->ret_count = mine->ret_count;
	call_send(ctx, to, c, step, page);
	ctx->transferred = true;
}

struct context *call_arrive(struct domain *d, struct message *m)
{
	struct context *ctx = server_find(d, &m->caller);
	order_unpack(&m->known, ctx);
	ctx->serve = m;
	ctx->serving = true;
	return ctx;
}

/* Send the answer of the call that @ctx serves. */
static void call_reply(struct context *ctx)
{
	struct domain *d = ctx->domain;
	struct domain *to = d->engine->domains[ctx->call.from_domain];
	enum cost_step step = ctx->call.return_step;
	cycles_t price = engine_price(d, step);
	struct message *m = message_take(d);
	m->kind = MESSAGE_REPLY;
	m->call = ctx->call;
	uint64_t which = ctx->call.number | (uint64_t)ctx->call.from_ctx << 32;
	trace_emit(TRACE_RETURN, to->index, which, (uint64_t)ctx->call.ret[0]);
	message_post(d, to, m, price);
	book_add(d, ctx->book, cost_step_cause(step), price);
}

/* Whatever a call took it has given back by now. */
static void call_check_locks(const struct context *ctx)
{
	char name[64], what[80];
	if (!sync_held_count(ctx))
		return;
	snprintf(what, sizeof(what), "%s returns", obj_print(call_object(&ctx->call), name, sizeof(name)));
	sync_leave(what);
}

/* One call, on the stack of the server; @ctx->serve is the request. */
static void call_serve(struct context *ctx)
{
	struct domain *d = ctx->domain;
	struct message *m = ctx->serve;
	ctx->call = m->call;
	ctx->line = m->caller.line;
	ctx->work++;
	ctx->transferred = false;
	ctx->serve = NULL;
	message_give(d, m);
	point_pass(POINT_ENTER, call_object(&ctx->call));
	if (!d->ops->on_call)
		engine_bug("domain %s takes no calls", d->name);
	d->ops->on_call(d, &ctx->call);
	call_check_locks(ctx);
	if (!ctx->transferred) {
		point_pass(POINT_LEAVE, call_object(&ctx->call));
		call_reply(ctx);
	}
	ctx->serving = false;
}

void server_main(struct context *ctx)
{
	for (;;) {
		call_serve(ctx);
		context_block((enum cost_cause)CAUSE_LENT, NULL);
	}
}

struct context *call_answered(struct domain *d, struct message *m)
{
	struct context *ctx = domain_context(d, m->call.from_ctx);
	struct call *c = ctx->answer;
	if (ctx->state != CONTEXT_BLOCKED || !c || c->serial != m->call.serial)
		engine_bug("an answer for %s, which waits for none", ctx->name);
	memcpy(c->ret, m->call.ret, m->call.ret_count * sizeof *c->ret);
	c->ret_count = m->call.ret_count;
	order_unpack(&m->known, ctx);
	message_give(d, m);
	return ctx;
}

/* ---- bus ------------------------------------------------------------------- */

static void bus_post(
	struct domain *d, struct domain *to, enum message_kind kind, const struct call *c, enum cost_step step)
{
	struct message *m = message_take(d);
	m->kind = (uint16_t)kind;
	m->call = *c;
	message_post(d, to, m, engine_price(d, step));
}

void bus_access(struct domain *to, struct call *c, enum cost_step step)
{
	struct context *ctx = call_running("bus_access");
	call_sign(ctx, c);
	bus_post(ctx->domain, to, MESSAGE_BUS, c, step);
	call_wait(ctx, c, cost_step_cause(step));
}

void bus_reply(const struct call *c, enum cost_step step)
{
	struct domain *d = engine_tls.domain;
	if (!d)
		engine_bug("bus_reply outside a run");
	bus_post(d, d->engine->domains[c->from_domain], MESSAGE_BUS_REPLY, c, step);
}

void bus_forward(struct domain *to, const struct call *original, const struct call *c, enum cost_step step)
{
	struct domain *d = engine_tls.domain;
	if (!d)
		engine_bug("bus_forward outside a run");
	struct forward *f = d->forward_pool;
	if (f)
		d->forward_pool = f->next;
	else
		f = arena_alloc(d, sizeof *f, 16);
	f->original = *original;
	f->serial = ++d->forward_seq;
	f->next = d->forwards;
	d->forwards = f;
	struct call asked = *c;
	asked.from_domain = d->index;
	asked.from_ctx = 0;
	asked.serial = f->serial;
	if (!asked.ret_count)
		asked.ret_count = 1;
	bus_post(d, to, MESSAGE_BUS, &asked, step);
}

void bus_arrive(struct domain *d, struct message *m)
{
	if (!d->ops->on_bus)
		engine_bug("domain %s is on no bus", d->name);
	/* A copy: the message lies in the sender's memory, which this side's code must not read. */
	const struct call request = m->call;
	order_unpack(&m->known, NULL);
	message_give(d, m);
	engine_tls.hardware = true;
	d->ops->on_bus(d, &request);
	engine_tls.hardware = false;
}

struct context *bus_answered(struct domain *d, struct message *m)
{
	if (m->call.from_ctx)
		return call_answered(d, m);
	struct forward **at = &d->forwards, *f;
	while (*at && (*at)->serial != m->call.serial)
		at = &(*at)->next;
	f = *at;
	if (!f || !d->ops->on_bus_done)
		engine_bug("domain %s has an answer to a bus access it did not pass on", d->name);
	*at = f->next;
	const struct call answer = m->call;
	order_unpack(&m->known, NULL);
	message_give(d, m);
	engine_tls.hardware = true;
	d->ops->on_bus_done(d, &f->original, &answer);
	engine_tls.hardware = false;
	f->next = d->forward_pool;
	d->forward_pool = f;
	return NULL;
}
