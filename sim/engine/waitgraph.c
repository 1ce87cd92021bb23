/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waitgraph.c - who waits for whom, and whether they wait in a circle.
 *
 * A blocked context names those who must act before it can go on: the owner of
 * a lock, the readers a grace period waits for, the callee of its call. It
 * needs all of them, so any way that leads back to it is a deadlock. A circle
 * is closed by the last of its contexts that blocks, and stays: so it can be
 * looked for when a context blocks, or when all is over, and the key is the
 * same. THREADS looks at once only inside a domain, since the others may be
 * ahead; what is left is found at the end, among the contexts in the order in
 * which they blocked.
 *
 * After a deadlock only contexts that can never go on are told: those in the
 * circle and those that wait for them. Others that happened to wait at that key
 * may have gone on meanwhile in a domain that was ahead.
 *
 * Locking: during a run a context's own domain only, unless one host thread
 * runs all. Errors: none. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_private.h"
#include "waitgraph.h"

#define WAITGRAPH_HOLDERS_MAX 256u

bool waitgraph_is_waiting(const struct context *ctx)
{
	return ctx->state == CONTEXT_BLOCKED && ctx->waiting;
}

unsigned waitgraph_holders(
	const struct engine *engine, const struct context *ctx, bool across, struct context **out, unsigned max)
{
	if (ctx->answer) {
		struct context *server = across ? call_server_of(engine, ctx) : NULL;
		if (server && max)
			out[0] = server;
		return server && max ? 1 : 0;
	}
	return ctx->wait.holders ? ctx->wait.holders(ctx->wait.object, ctx, out, max) : 0;
}

/*E:220
 * Whoever blocks looks whether it waits for itself. A circle is closed by the last context that blocks
 * in it, so looking just then finds every deadlock at its first moment, though others still run. With
 * a thread a domain one may only look at one's own side: circles over the border are found when the
 * run has ended, at the same key.
 :*/
bool waitgraph_circle(struct engine *engine, struct context *ctx)
{
	struct context *holders[WAITGRAPH_HOLDERS_MAX];
	bool across = engine->config.exec == ENGINE_FIBERS, found = false;
	/* A callee has not begun when its caller blocks, so a call closes no circle. */
	if (ctx->answer || !ctx->wait.holders)
		return false;
	ctx->wait_events = ctx->domain->events;
	if (!atomic_load(&ctx->domain->wait_floor))
		atomic_store(&ctx->domain->wait_floor, ctx->wait_since + 1);
	/* Breadth first; a context in the list is marked, and unmarked when all is done. */
	struct context *last = ctx;
	ctx->walk = 1;
	for (struct context *at = ctx; at && !found; at = at->walk_next) {
		unsigned count = waitgraph_holders(engine, at, across, holders, WAITGRAPH_HOLDERS_MAX);
		for (unsigned i = 0; i < count; i++) {
			found |= holders[i] == ctx;
			if (holders[i]->walk || !waitgraph_is_waiting(holders[i]))
				continue;
			holders[i]->walk = 1;
			last->walk_next = holders[i];
			last = holders[i];
		}
	}
	for (struct context *at = ctx, *next; at; at = next) {
		next = at->walk_next;
		at->walk_next = NULL;
		at->walk = 0;
	}
	return found;
}

/* ---- the end of a run ----------------------------------------------------------- */

static int key_compare(const struct engine_key *a, const struct engine_key *b)
{
	if (a->cycle != b->cycle)
		return a->cycle < b->cycle ? -1 : 1;
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

static int node_compare(const void *a, const void *b)
{
	const struct waitgraph_node *left = a, *right = b;
	int order = key_compare(&left->ctx->wait_key, &right->ctx->wait_key);
	if (order)
		return order;
	return left->ctx->id < right->ctx->id ? -1 : left->ctx->id > right->ctx->id;
}

static unsigned waitgraph_count(const struct engine *engine, struct waitgraph_node *nodes)
{
	unsigned count = 0;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		for (uint32_t id = 1; id <= d->context_count; id++) {
			struct context *ctx = domain_context(d, id);
			if (!waitgraph_is_waiting(ctx))
				continue;
			if (nodes)
				nodes[count] = (struct waitgraph_node){.ctx = ctx};
			count++;
		}
	}
	return count;
}

/* Whether the node @from, with only those before it there, waits for itself; marks the shortest circle. */
static bool waitgraph_search(struct waitgraph *graph, unsigned from)
{
	struct context *holders[WAITGRAPH_HOLDERS_MAX];
	unsigned *queue = graph->queue, head = 0, tail = 0;
	for (unsigned i = 0; i <= from; i++)
		graph->nodes[i].seen = false;
	queue[tail++] = from;
	while (head < tail) {
		unsigned at = queue[head++];
		unsigned count =
			waitgraph_holders(graph->engine, graph->nodes[at].ctx, true, holders, WAITGRAPH_HOLDERS_MAX);
		for (unsigned i = 0; i < count; i++) {
			uint64_t next = holders[i]->walk;
			if (!next || next - 1 > from || graph->nodes[next - 1].seen)
				continue;
			graph->nodes[next - 1].seen = true;
			graph->nodes[next - 1].waiter = at;
			if (next - 1 == from)
				return true;
			queue[tail++] = (unsigned)next - 1;
		}
	}
	return false;
}

bool waitgraph_open(struct engine *engine, struct waitgraph *graph)
{
	*graph = (struct waitgraph){.engine = engine, .count = waitgraph_count(engine, NULL)};
	if (!graph->count)
		return true;
	graph->nodes = calloc(graph->count, sizeof(*graph->nodes));
	graph->queue = calloc(graph->count + 1, sizeof(*graph->queue));
	if (!graph->nodes || !graph->queue) {
		waitgraph_free(graph);
		return false;
	}
	waitgraph_count(engine, graph->nodes);
	qsort(graph->nodes, graph->count, sizeof(*graph->nodes), node_compare);
	for (unsigned i = 0; i < graph->count; i++)
		graph->nodes[i].ctx->walk = i + 1;
	for (unsigned i = 0; i < graph->count && !graph->circle; i++) {
		graph->circle = waitgraph_search(graph, i);
		graph->closing = i;
	}
	for (unsigned i = 0; i < graph->count; i++)
		graph->nodes[i].ctx->walk = 0;
	return true;
}

void waitgraph_free(struct waitgraph *graph)
{
	free(graph->nodes);
	free(graph->queue);
	*graph = (struct waitgraph){0};
}

cycles_t waitgraph_floor(struct domain *d)
{
	const struct engine *engine = d->engine;
	cycles_t floor = 0;
	for (uint32_t id = 1; id <= d->context_count; id++) {
		const struct context *ctx = domain_context(d, id);
		if (waitgraph_is_waiting(ctx) && !ctx->answer && ctx->wait.holders)
			floor = floor && floor <= ctx->wait_since ? floor : ctx->wait_since + 1;
	}
	atomic_store(&d->wait_floor, floor);
	cycles_t least = PEF_NEVER;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		floor = atomic_load(&engine->domains[i]->wait_floor);
		if (floor && floor - 1 < least)
			least = floor - 1;
	}
	return least;
}

void waitgraph_cut(struct engine *engine, const struct engine_key *key)
{
	struct domain *d = engine->domains[key->domain];
	for (uint32_t id = 1; id <= d->context_count; id++) {
		const struct context *ctx = domain_context(d, id);
		if (waitgraph_is_waiting(ctx) && key_compare(&ctx->wait_key, key) == 0)
			undo_cut_events(d, ctx->wait_events);
	}
}

bool waitgraph_key(struct engine *engine, struct engine_result *out)
{
	struct waitgraph graph;
	if (!waitgraph_open(engine, &graph))
		engine_bug("no memory left to look for circles");
	bool circle = graph.circle && key_compare(&graph.nodes[graph.closing].ctx->wait_key, &out->key) <= 0;
	if (circle) {
		out->end = ENGINE_DEADLOCK;
		out->key = graph.nodes[graph.closing].ctx->wait_key;
	}
	waitgraph_free(&graph);
	return circle;
}
