/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waitreport.c - a deadlock or a stuck run, told as waiters and as a finding.
 *
 * The title names the locks, in the order of their names and not of their
 * waiters, so that the same deadlock met in another schedule is the same
 * finding. The blocks say where each context of the circle waits, the lines who
 * waits for what and who has it.
 *
 * Locking: none; no run is under way. Errors: no memory stops the process.
 * Blocking: never.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/finding.h"

#include "waitgraph.h"

#define WAITREPORT_HOLDERS_MAX 256u

static struct waitgraph_node *node_of(const struct waitgraph *graph, const struct context *ctx)
{
	for (unsigned i = 0; i < graph->count; i++)
		if (graph->nodes[i].ctx == ctx)
			return &graph->nodes[i];
	return NULL;
}

/*
 * Who keeps the node from going on: of several the first that is doomed itself,
 * since that one is the same however far the other domains had come.
 */
static const struct context *node_holder(const struct waitgraph *graph, const struct waitgraph_node *node)
{
	struct context *holders[WAITREPORT_HOLDERS_MAX];
	for (unsigned i = 0; node->in_circle && i < graph->count; i++)
		if (graph->nodes[i].in_circle && &graph->nodes[graph->nodes[i].waiter] == node)
			return graph->nodes[i].ctx;
	unsigned count = waitgraph_holders(graph->engine, node->ctx, true, holders, WAITREPORT_HOLDERS_MAX);
	for (unsigned i = 0; i < count; i++) {
		const struct waitgraph_node *other = node_of(graph, holders[i]);
		if (other && other->doomed)
			return holders[i];
	}
	return count && !graph->circle ? holders[0] : NULL;
}

static bool node_waits_for_doomed(const struct waitgraph *graph, const struct waitgraph_node *node)
{
	const struct context *holder = node_holder(graph, node);
	const struct waitgraph_node *other = holder ? node_of(graph, holder) : NULL;
	return other && other->doomed;
}

/* Marks the circle, then all who wait for it and blocked before it was closed. */
static void graph_doom(struct waitgraph *graph)
{
	unsigned at = graph->closing;
	do {
		graph->nodes[at].in_circle = graph->nodes[at].doomed = true;
		at = graph->nodes[at].waiter;
	} while (at != graph->closing);
	for (bool again = true; again;) {
		again = false;
		for (unsigned i = 0; i < graph->closing; i++) {
			if (graph->nodes[i].doomed || !node_waits_for_doomed(graph, &graph->nodes[i]))
				continue;
			graph->nodes[i].doomed = again = true;
		}
	}
}

static void report_add(struct engine *engine, const struct waitgraph *graph, const struct waitgraph_node *node)
{
	const struct context *ctx = node->ctx, *holder = node_holder(graph, node);
	struct engine_waiter *waiter = &engine->waiters[engine->waiter_count++];
	*waiter = (struct engine_waiter){
		.what = ctx->wait.what, .in_circle = node->in_circle, .since = ctx->wait_since, .line = ctx->line};
	snprintf(waiter->name, sizeof(waiter->name), "%s", ctx->name);
	snprintf(waiter->holder, sizeof(waiter->holder), "%s", holder ? holder->name : "");
}

/* Waiters in the order they are told: the circle from the one that closed it, then the others as they blocked. */
static unsigned graph_order(const struct waitgraph *graph, const struct waitgraph_node **out)
{
	unsigned count = 0;
	const struct waitgraph_node *at = &graph->nodes[graph->closing];
	while (graph->circle && (!count || at != out[0])) {
		out[count++] = at;
		at = node_of(graph, node_holder(graph, at));
	}
	for (unsigned i = 0; i < graph->count; i++)
		if (!graph->circle || (graph->nodes[i].doomed && !graph->nodes[i].in_circle))
			out[count++] = &graph->nodes[i];
	return count;
}

/* ---- the finding ------------------------------------------------------------------- */

static int object_compare(const void *a, const void *b)
{
	const obj_t *left = a, *right = b;
	return left->w < right->w ? -1 : left->w > right->w;
}

/* "deadlock on g0.mmap_lock and g0.uvmem_lock"; calls are not what one has to look at. */
static void finding_title(
	struct finding *f, const char *word, const struct waitgraph_node *const *order, unsigned count)
{
	obj_t objects[4];
	unsigned used = 0;
	for (unsigned i = 0; i < count && used < 4; i++) {
		obj_t what = order[i]->ctx->wait.what;
		bool known = obj_type(what) == OBJ_CALL;
		for (unsigned k = 0; k < used; k++)
			known |= objects[k].w == what.w;
		if (!known)
			objects[used++] = what;
	}
	qsort(objects, used, sizeof(objects[0]), object_compare);
	size_t len = (size_t)snprintf(f->title, sizeof(f->title), "%s on %s", word, used ? "" : "a call");
	for (unsigned i = 0; i < used && len < sizeof(f->title); i++) {
		char name[48];
		len += (size_t)snprintf(f->title + len, sizeof(f->title) - len, "%s%s",
			i == 0          ? ""
			: i + 1 == used ? " and "
					: ", ",
			obj_print_full(objects[i], name, sizeof(name)));
	}
}

__attribute__((format(printf, 2, 3))) static void block_head(struct finding_block *block, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(block->heading, sizeof(block->heading), format, args);
	va_end(args);
}

static void finding_add_waiter(struct finding *f, const struct waitgraph *graph, const struct waitgraph_node *node)
{
	const struct context *ctx = node->ctx, *holder = node_holder(graph, node);
	char what[64];
	obj_print_full(ctx->wait.what, what, sizeof(what));
	if (f->block_count < FINDING_BLOCKS_MAX && (node->in_circle || !graph->circle)) {
		struct finding_block *block = &f->blocks[f->block_count++];
		*block = (struct finding_block){
			.domain = ctx->domain->index, .chain = ctx->wait.chain, .script_line = ctx->line};
		block_head(block, "%s waits for %s since cycle %" PRIu64 ":", ctx->name, what, ctx->wait_since);
		snprintf(block->context, sizeof(block->context), "%s", ctx->name);
	}
	finding_add_line(f, "%s waits for %s%s%s", ctx->name, what, holder ? ", kept by " : ", which nobody can end",
		holder ? holder->name : "");
}

/* The queue was woken before this context came to sleep on it, and nobody is left who will again. */
static bool node_missed_its_wake_up(const struct waitgraph_node *node)
{
	const struct wait_missed *missed = node->ctx->wait.missed;
	return missed && missed->any && missed->cycle <= node->ctx->wait_since;
}

/* What a run that just stops is: the first waiter that waits for nobody who waits too says it. */
static enum finding_kind graph_kind(const struct waitgraph *graph, const struct waitgraph_node *const *order,
	unsigned count, const struct waitgraph_node **root)
{
	if (graph->circle)
		return FINDING_DEADLOCK;
	for (unsigned i = 0; i < count; i++) {
		const struct context *holder = node_holder(graph, order[i]);
		*root = order[i];
		if (holder && node_of(graph, holder))
			continue;
		if (node_missed_its_wake_up(order[i]))
			return FINDING_LOST_WAKEUP;
		if (order[i]->ctx->wait.grace)
			return FINDING_GRACE_PERIOD;
	}
	*root = NULL;
	return FINDING_STUCK;
}

/* Who woke too early: one block more. */
static void finding_add_missed(struct finding *f, const struct waitgraph *graph, const struct context *ctx)
{
	const struct wait_missed *missed = ctx->wait.missed;
	const char *by = engine_context_name(graph->engine, ctx->domain->index, missed->ctx);
	if (f->block_count == FINDING_BLOCKS_MAX)
		return;
	struct finding_block *block = &f->blocks[f->block_count++];
	*block = (struct finding_block){.domain = ctx->domain->index, .chain = missed->chain};
	snprintf(block->context, sizeof(block->context), "%s", by);
	block_head(
		block, "woken by %s at cycle %" PRIu64 ", when nobody slept:", by[0] ? by : "a message", missed->cycle);
}

static void report_finding(const struct waitgraph *graph, const struct engine_result *out,
	const struct waitgraph_node *const *order, unsigned count)
{
	struct finding f;
	unsigned circle = 0;
	const struct waitgraph_node *root = NULL;
	enum finding_kind kind = graph_kind(graph, order, count, &root);
	while (circle < count && order[circle]->in_circle)
		circle++;
	finding_begin(&f, kind);
	f.key = out->key;
	if (root)
		finding_title(&f, finding_kind_name(kind), &root, 1);
	else
		finding_title(&f, finding_kind_name(kind), order, graph->circle ? circle : count);
	f.held_count = sync_held_list(order[0]->ctx, f.held, FINDING_HELD_MAX);
	if (root)
		finding_add_waiter(&f, graph, root);
	if (kind == FINDING_LOST_WAKEUP)
		finding_add_missed(&f, graph, root->ctx);
	for (unsigned i = 0; i < count; i++)
		if (order[i] != root)
			finding_add_waiter(&f, graph, order[i]);
	engine_add_finding(graph->engine, &f);
}

void waitgraph_report(struct engine *engine, struct engine_result *out)
{
	struct waitgraph graph;
	if (!waitgraph_open(engine, &graph))
		engine_bug("no memory left to tell who waits");
	engine->waiter_count = 0;
	if (!graph.count)
		return;
	const struct waitgraph_node **order = calloc(graph.count, sizeof(struct waitgraph_node *));
	free(engine->waiters);
	engine->waiters = calloc(graph.count, sizeof(*engine->waiters));
	if (!order || !engine->waiters)
		engine_bug("no memory left to tell who waits");
	if (graph.circle)
		graph_doom(&graph);
	out->end = graph.circle ? ENGINE_DEADLOCK : ENGINE_STUCK;
	unsigned count = graph_order(&graph, order);
	for (unsigned i = 0; i < count; i++)
		report_add(engine, &graph, order[i]);
	report_finding(&graph, out, order, count);
	free(order);
	waitgraph_free(&graph);
}
