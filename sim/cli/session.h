/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h - one scenario run from file to verdict.
 *
 * Open reads scenario, platform and prices. Run derives the cycles of holds
 * that have none (a first run with fibers), makes the timed run in the executor
 * that was asked for, feeds the checkers, and, when a stale pointer was used,
 * runs once more to see who had stored it.
 *
 * A command that makes many runs of one scenario opens it once and calls
 * session_run_once() with a plan for each.
 *
 * Locking: none; one session runs at a time a process, as Ctrl-C ends the
 * running one. Errors: messages on stderr. Blocking: a run takes as long as it takes.
 */
#ifndef SESSION_H
#define SESSION_H

#include "pefsim/finding.h"
#include "pefsim/lockgraph.h"
#include "pefsim/platform.h"
#include "pefsim/scenario.h"

#include "pefsim/strategy.h"

#include "options.h"
#include "world.h"

/* How a run differs from the next of the same scenario. */
struct run_plan {
	enum engine_exec exec;
	uint64_t seed;
	struct hold *holds; /* the caller's; results are filled in */
	unsigned hold_count;
	const struct run_choice *choices; /* the caller's */
	unsigned choice_count;
	bool derive; /* find the cycles that holds lack in this very run; fibers only */
	bool points; /* record every point passed */
	bool silent; /* show no signs of life */
	cycles_t cycles_max; /* 0: the options' limit */
};

struct session_start;

struct session {
	const struct options *options;
	struct scenario *scenario;
	struct platform platform;
	struct price_list prices;
	char machine_path[512], prices_path[512];
	struct hold *holds; /* the scenario's and the command line's */
	unsigned hold_count;
	struct lockgraph *locks; /* of all runs */
	struct world *world; /* of the last run */
	struct run_plan plan; /* of the last run */
	struct engine_result result;
	struct session_start *start; /* where runs of session_direct() begin; NULL: at the beginning */
	bool unchecked; /* the beginning of its trace was overwritten: no invariant was judged */
	char *text; /* the scenario file, for reports */
	char command[1024]; /* one line that reproduces the run */
	char holds_text[2048]; /* the schedule, a hold a line */
	char variant[512]; /* what session_variant() returned */
	char line_text[404]; /* what session_line() returned last */
};

/** session_open - read everything; PEF_OK, or an error after messages on stderr */
enum pef_err session_open(struct session *s, const struct options *options, const char *path);
/**
 * session_open_text - the same of a text in memory, as a replay file has it
 * @path: of the file it came from: paths in it begin there, and messages name it
 */
enum pef_err session_open_text(
	struct session *s, const struct options *options, const char *text, size_t len, const char *path);
/** session_run - run it; findings are then those of s->world->engine */
enum pef_err session_run(struct session *s);
/**
 * session_run_once - one run and its checkers; the world of the run before is gone
 * Who stored a stale pointer is not looked for: session_explain() does that.
 */
enum pef_err session_run_once(struct session *s, const struct run_plan *plan);
/**
 * session_boot - build the world once and run it to where there is something to decide
 * @plan: seed, holds of the user's and whether to derive them
 * @alone: nothing ever is: all runs are the same
 * From then on session_direct() makes runs of it, and session_run_once() an end of that.
 */
enum pef_err session_boot(struct session *s, const struct run_plan *plan, bool *alone);
/** session_direct - one run from there, which a strategy directs, and its checkers; s->plan has the user's holds */
enum pef_err session_direct(struct session *s, struct strategy *strategy);
/** session_check - the checkers look at the last run; a broken invariant becomes a finding */
void session_check(struct session *s);
/** session_find_leaks - after a run in which everybody came to his end */
void session_find_leaks(struct session *s);
/** session_drive - run the world, which Ctrl-C may end; @silent: show no signs of life */
void session_drive(struct world *world, struct engine_result *result, bool silent);
/** session_build - a world of the session's; errors are told */
enum pef_err session_build(struct session *s, const struct engine_config *config, struct world **out);
/** session_config - of the engine, for a run */
struct engine_config session_config(const struct session *s, const struct run_plan *plan);
/** session_forget - the world and its start are gone */
void session_forget(struct session *s);
/**
 * session_explain - run it again to see what a report wants to tell and the run did not keep: who had stored
 * a stale pointer, the call chains of what broke an invariant, the earlier of two racing accesses
 */
void session_explain(struct session *s, const struct run_plan *plan);
/** session_derive - find the cycles of holds that have none, by a run with fibers */
enum pef_err session_derive(struct session *s, struct run_plan *plan);
/** session_plan - the run that the options ask for, with all holds */
struct run_plan session_plan(const struct session *s);
/**
 * session_catch_interrupts - from now on Ctrl-C ends the run under way, and is remembered
 * session_interrupted - whether it came, or the time was up
 * session_set_timeout - end the run under way after so long; 0: never
 * session_timed_out - whether that happened
 */
void session_catch_interrupts(void);
bool session_interrupted(void);
void session_set_timeout(unsigned seconds);
bool session_timed_out(void);
void session_close(struct session *s);
/** session_exit - the exit code of a finished run */
int session_exit(const struct session *s);
/** session_variant - the design with its switches, and what else is not as usual: "v9-rmap fix-inval-order, mm-era 5.18" */
const char *session_variant(struct session *s);
/** session_report - what finding_print() needs */
struct report_context session_report(struct session *s);
/**
 * session_state - lines of what both sides have of a finding's page when it was found; @session: a struct session
 * session_expected - the line of "expect" that speaks of a finding (valid until the next call)
 */
void session_state(void *session, const struct finding *f, FILE *out);
const char *session_expected(void *session, const struct finding *f, unsigned *line);
/** session_statement - a statement as it runs, without parameters (valid until the next call) */
const char *session_statement(struct session *s, unsigned thread, unsigned statement);
/** session_line - text of a line of the scenario, trimmed; NULL when there is none (valid until the next call) */
const char *session_line(void *session, unsigned line);

#endif
