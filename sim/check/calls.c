/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls.c - who calls whom, and what a context serves.
 *
 * A context has one call under way at most. A return names its caller's context,
 * so the call it answers is known. Which call an ultravisor's context serves
 * follows from who called it first: there a caller always finds the same callee.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "ghost.h"

static struct ghost_context *calls_context(struct checker *c, uint32_t domain, uint32_t id)
{
	struct trace_event of = {.rec = {.ctx = id}, .domain = domain};

	return domain < PEF_DOMAINS_MAX ? ghost_context_at(c, &of) : NULL;
}

void calls_update(struct checker *c)
{
	const struct trace_rec *r = &c->event.rec;
	struct ghost_context *ctx = ghost_context_at(c, &c->event);

	if (!ctx)
		return;
	if (r->kind == TRACE_CTX_START) {
		ctx->parent_domain = r->aux;
		ctx->parent = (uint32_t)r->a;
	} else if (r->kind == TRACE_CALL) {
		ctx->call = (struct ghost_call){true, r->aux, (uint32_t)r->a, r->b, r->cycle};
	}
}

static struct ghost_context *calls_answered(struct checker *c, const struct trace_event *event)
{
	return calls_context(c, event->rec.aux, (uint32_t)(event->rec.a >> 32));
}

const struct ghost_call *calls_returned(struct checker *c, const struct trace_event *event)
{
	const struct ghost_context *caller = calls_answered(c, event);
	bool fits = caller && caller->call.open && caller->call.number == (uint32_t)event->rec.a;

	return fits ? &caller->call : NULL;
}

void calls_close(struct checker *c)
{
	struct ghost_context *caller;

	if (c->event.rec.kind != TRACE_RETURN)
		return;
	/* Also when the answer is that of a call it was handed on to. */
	caller = calls_answered(c, &c->event);
	if (caller)
		caller->call.open = false;
}

const struct ghost_call *calls_served(struct checker *c, const struct trace_event *event)
{
	const struct ghost_context *ctx = ghost_context_at(c, event), *caller;

	if (!ctx || !ctx->parent || ctx->parent_domain == event->domain)
		return NULL;
	caller = calls_context(c, ctx->parent_domain, ctx->parent);
	return caller && caller->call.open && caller->call.to == event->domain ? &caller->call : NULL;
}

uint64_t calls_root(struct checker *c, const struct trace_event *event)
{
	uint32_t domain = event->domain, id = event->rec.ctx;

	for (;;) {
		const struct ghost_context *ctx = calls_context(c, domain, id);

		if (!ctx || !ctx->parent || ctx->parent_domain == domain)
			return (uint64_t)domain << 32 | id;
		domain = ctx->parent_domain;
		id = ctx->parent;
	}
}

struct ghost_context *calls_root_context(struct checker *c, const struct trace_event *event)
{
	uint64_t root = calls_root(c, event);

	return calls_context(c, (uint32_t)(root >> 32), (uint32_t)root);
}

unsigned calls_line(struct checker *c, const struct trace_event *event)
{
	const struct ghost_context *ctx = ghost_context_at(c, event), *root = calls_root_context(c, event);

	return ctx && ctx->line ? ctx->line : root ? root->line : 0;
}
