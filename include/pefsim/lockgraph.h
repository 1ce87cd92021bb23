/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockgraph.h - the graph of lock classes over all runs of a check.
 *
 * A class is a type of lock and a subclass; guest and index do not count. An edge
 * leads from a class that a context holds to one that it takes and waits for, each
 * with its mode and with the contexts, call chains and statements that showed it.
 * A trylock adds no edge into what it takes. Where a graph has a circle there may
 * be a deadlock in a schedule that nobody has run:
 *
 *   observed   it happened: that is a finding of kind deadlock
 *   predicted  different contexts, the same locks, no lock that keeps them apart,
 *              and nothing that puts one before the other in every schedule
 *   possible   classes only: one context did both, or the locks were different ones
 *
 * What a common lock or an order of start and end keeps apart is not told. SRCU
 * readers never wait: a read section inside a lock that other readers wait for is
 * possible, and predicted only when somebody waits for readers with that lock held.
 *
 * Locking: none; libc memory of the caller's thread. Errors: PEF_NOMEM.
 * Blocking: never.
 */
#ifndef PEFSIM_LOCKGRAPH_H
#define PEFSIM_LOCKGRAPH_H

#include <stdio.h>

#include "pefsim/finding.h"
#include "pefsim/points.h"

struct lockgraph;

/** lockgraph_create - an empty graph; NULL when there is no memory */
struct lockgraph *lockgraph_create(void);
void lockgraph_free(struct lockgraph *graph);
/**
 * lockgraph_add_run - after a run: what its contexts did becomes part of the graph
 * @end: how the run ended. Of one that was cut short it is not known which steps were
 *       done again before the cut, so more of them count as kept apart.
 * What this run alone shows to be wrong is added to the findings of @engine, of kind
 * FINDING_LOCK_ORDER and noted: the run had gone on.
 */
enum pef_err lockgraph_add_run(struct lockgraph *graph, struct engine *engine, enum engine_end end);
/**
 * lockgraph_add_across - after the last run: circles that no single run showed
 * They are added to the findings of @engine, the last run's. Returns how many.
 */
unsigned lockgraph_add_across(struct lockgraph *graph, struct engine *engine);
/*
 * Several processes that began with one graph each add runs of their own.
 * lockgraph_skip - in a copy: its runs come so many later
 * lockgraph_send - write all that it knows
 * lockgraph_join - what a copy sent, @len bytes; PEF_BUG when they are not that
 */
void lockgraph_skip(struct lockgraph *graph, uint64_t runs);
void lockgraph_send(const struct lockgraph *graph, FILE *out);
enum pef_err lockgraph_join(struct lockgraph *graph, const void *bytes, size_t len);
/**
 * lockgraph_steer - a schedule that may turn a prediction into a deadlock
 * @title: of the finding
 * @out:   room for LOCKGRAPH_HOLDS_MAX holds without cycles: each context is kept
 *         back, with its first lock, until the next has its own
 * Returns how many holds; 0 when the finding is not predicted or the run that showed
 * it recorded no points.
 */
#define LOCKGRAPH_HOLDS_MAX 7u
unsigned lockgraph_steer(const struct lockgraph *graph, const char *title, struct hold *out);

#endif
