/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waitgraph.h - the graph of waiters at the end of a run, between waitgraph.c,
 * which finds the circle, and waitreport.c, which tells of it.
 *
 * Locking: none; no run is under way. Errors: no memory. Blocking: never.
 */
#ifndef ENGINE_WAITGRAPH_H
#define ENGINE_WAITGRAPH_H

#include "engine_private.h"

struct waitgraph_node {
	struct context *ctx;
	unsigned waiter; /* in the circle: the node that waits for this one */
	bool seen;
	bool in_circle;
	bool doomed; /* can never go on: in the circle, or waiting for one that is doomed */
};

struct waitgraph {
	struct engine *engine;
	struct waitgraph_node *nodes; /* waiting contexts, in the order in which they blocked */
	unsigned *queue;
	unsigned count;
	unsigned closing; /* the node that closed the earliest circle */
	bool circle;
};

/** waitgraph_open - all waiting contexts, and the earliest circle; false: no memory */
bool waitgraph_open(struct engine *engine, struct waitgraph *graph);
void waitgraph_free(struct waitgraph *graph);
bool waitgraph_is_waiting(const struct context *ctx);
/** waitgraph_holders - who must act before @ctx can go on; @across: also the callee of a call */
unsigned waitgraph_holders(
	const struct engine *engine, const struct context *ctx, bool across, struct context **out, unsigned max);

#endif
