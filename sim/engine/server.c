/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * server.c - contexts that serve calls, found by name.
 *
 * A callee is named after its caller: "g0.vcpu0" calling uv is served by
 * "g0.vcpu0/uv". What the ultravisor calls replaces its own part of the name
 * ("g0.vcpu0/uv" calling hv gives "g0.vcpu0/hv"): it reflects a trap of the
 * thread below. A name that already serves a call gets "+2" behind it, and so
 * on. Servers are made when first needed, by the domain called, and kept.
 *
 * Locking: a table belongs to its domain. Errors: a name that is too long stops
 * the process with a message. Blocking: never.
 */
#include <stdio.h>
#include <string.h>

#include "engine_private.h"

static uint32_t name_hash(const char *name)
{
	uint32_t h = 2166136261u;
	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return h ^ (h >> 15);
}

static struct context *server_create(struct domain *d, const char *name, const struct caller *caller)
{
	struct context *ctx = context_create(d, name, caller->hw, d->now);
	ctx->server = true;
	ctx->parent = caller->ctx;
	ctx->parent_domain = caller->domain;
	ctx->state = CONTEXT_BLOCKED;
	return ctx;
}

static void name_add(char *name, size_t *len, const char *text, size_t text_len)
{
	if (*len + text_len >= PEF_NAME_MAX)
		engine_bug("the name of a callee is too long: %.*s%.*s", (int)*len, name, (int)text_len, text);
	memcpy(name + *len, text, text_len);
	*len += text_len;
	name[*len] = 0;
}

/* The first of the name that serves nobody, or a new one. */
static struct context *server_pick(struct domain *d, struct context *first, const struct caller *caller)
{
	unsigned number = 1;
	struct context *ctx = first, *last = NULL;
	for (; ctx && ctx->serving; ctx = ctx->twin, number++)
		last = ctx;
	if (ctx)
		return ctx;
	char name[PEF_NAME_MAX], suffix[16];
	size_t len = strlen(first->name);
	memcpy(name, first->name, len + 1);
	snprintf(suffix, sizeof suffix, "+%u", number);
	name_add(name, &len, suffix, strlen(suffix));
	last->twin = server_create(d, name, caller);
	return last->twin;
}

struct context *server_find(struct domain *d, const struct caller *caller)
{
	char name[PEF_NAME_MAX] = "";
	size_t len = 0;
	name_add(name, &len, caller->name, caller->name_len);
	name_add(name, &len, "/", 1);
	name_add(name, &len, d->name, strlen(d->name));
	struct context **bucket = &d->servers[name_hash(name) % SERVER_BUCKETS];
	struct context *first = *bucket;
	while (first && strcmp(first->name, name))
		first = first->server_next;
	if (!first) {
		first = server_create(d, name, caller);
		first->server_next = *bucket;
		*bucket = first;
		return first;
	}
	struct context *ctx = server_pick(d, first, caller);
	if (strcmp(ctx->hw, caller->hw)) {
		ctx->book = book_find(d, caller->hw);
		ctx->hw = d->books[ctx->book].hw;
	}
	return ctx;
}
