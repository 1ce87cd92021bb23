/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search.h - one scenario with fixed parameters, run many times: the timed run,
 * then a budget of runs from where its scripts begin, directed by a strategy.
 *
 * The same scenario, seed and budget make the same runs, whatever the host;
 * only a budget of seconds, or Ctrl-C, ends them elsewhere.
 *
 * Locking: none. Errors: messages on stderr. Blocking: until the budget is spent.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <time.h>

#include "pefsim/coverage.h"
#include "pefsim/explore.h"
#include "pefsim/strategy.h"

#include "judge.h"
#include "twice.h"

#define SEARCH_RUNS_DEFAULT 200u
#define SEARCH_FINDINGS_MAX 64u

/* A finding, and the first run that showed it. */
struct observation {
	char signature[256];
	char kind[48]; /* "use-after-free", or the invariant's name */
	enum finding_severity severity;
	uint64_t runs; /* that showed it */
	uint64_t last; /* of these, by their count so far */
	uint64_t first; /* number of the first of them; 0 is the timed run */
	uint64_t seed;
	struct hold *holds; /* of the first, those that were reached; with cycles */
	unsigned hold_count;
	struct run_choice *choices; /* of the first, beside what its seed says */
	unsigned choice_count;
	enum strategy_id strategy; /* that made it */
	bool directed; /* false: the timed run showed it */
	bool expected; /* a line says that it happens */
	unsigned line; /* that line */
	bool fails; /* it makes the check fail */
	bool steered; /* a prediction, and a schedule made it come true */
	bool listed; /* only possible: told in one line, without a replay file */
	char record[600]; /* path of its replay file; "" when none was written */
};

struct search {
	struct session *session;
	struct judge judge;
	struct observation seen[SEARCH_FINDINGS_MAX];
	unsigned seen_count;
	uint64_t unkept; /* runs whose finding found no room */
	uint64_t budget_runs, budget_seconds; /* beside the timed run; 0 seconds: no limit */
	bool stop_first; /* a failure ends the search */
	bool out_of_time, interrupted;
	struct coverage coverage; /* of all runs; empty unless the options ask for it */
	struct twice twice; /* runs that are made a second time */
	bool in_one; /* set by the caller: no other process makes a part of it */
	FILE *log; /* set by the caller: a line a run, from each part; NULL: none */
	struct strategy_swept swept; /* of several parts: what all have run */
	unsigned parts; /* processes that made it; 0: none beside this one */
	uint64_t before; /* runs of the parts before this one, as their budgets say */
	/* its own */
	struct timespec begin; /* of the directed runs */
	struct hold *own; /* the user's, as they were before any run gave them cycles */
	struct strategy *strategy;
	bool exhausted; /* the strategy had no schedule left */
	bool alone; /* nothing is ever to be decided */
	bool fail_unexpected;
};

/**
 * search_open - prepare; the budget is the options' or the scenario's
 * @session: opened; stays the caller's
 * PEF_PARSE after a message when there is nothing to search, or not in the way that was asked for.
 */
enum pef_err search_open(struct search *search, struct session *session);
/** search_run - run it all; @each is called after every run and ends the search by returning false; may be NULL */
enum pef_err search_run(struct search *search, bool (*each)(void *arg, const struct search *search), void *arg);
void search_close(struct search *search);
/** search_seen - find a finding by its signature, or make room for one; NULL: there is none */
struct observation *search_seen(struct search *search, const char *signature);
/** search_loop - directed runs until the budget is spent, or something ends them; @each: as of search_run() */
enum pef_err search_loop(struct search *search, bool (*each)(void *arg, const struct search *search), void *arg);
/** search_strategy - for the search's budget and part of it */
struct strategy *search_strategy(const struct search *search, unsigned part);
/** search_is_decided - whether what "stop first" waits for has happened */
bool search_is_decided(const struct search *search);
/** search_verdict - what all lines and findings come to */
enum judgement search_verdict(const struct search *search);
/** search_claim - what can be said of all schedules: "complete up to 2 preemptions"; "" for nothing. Returns @buf. */
const char *search_claim(const struct search *search, char *buf, size_t size);
/** search_plan - the run that first showed a finding; the holds stay the observation's */
struct run_plan search_plan(const struct search *search, const struct observation *seen);

#endif
