/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h - one scenario run from file to verdict.
 *
 * Open reads scenario, platform and prices. Run derives the cycles of holds
 * that have none (a first run with fibers), makes the timed run in the executor
 * that was asked for, feeds the checkers, and, when a stale pointer was used,
 * runs once more to see who had stored it.
 *
 * Locking: none; one session at a time a process, as Ctrl-C ends the running
 * one. Errors: messages on stderr. Blocking: a run takes as long as it takes.
 */
#ifndef SESSION_H
#define SESSION_H

#include "pefsim/finding.h"
#include "pefsim/platform.h"
#include "pefsim/scenario.h"

#include "options.h"
#include "world.h"

struct session {
	const struct options *options;
	struct scenario *scenario;
	struct platform platform;
	struct price_list prices;
	char machine_path[512], prices_path[512];
	struct hold *holds; /* the scenario's and the command line's */
	unsigned hold_count;
	struct world *world; /* of the timed run */
	struct engine_result result;
	char *text; /* the scenario file, for reports */
	char command[1024]; /* one line that reproduces the run */
	char holds_text[2048]; /* the schedule, a hold a line */
	char line_text[404]; /* what session_line() returned last */
};

/** session_open - read everything; PEF_OK, or an error after messages on stderr */
enum pef_err session_open(struct session *s, const struct options *options, const char *path);
/** session_run - run it; findings are then those of s->world->engine */
enum pef_err session_run(struct session *s);
void session_close(struct session *s);
/** session_exit - the exit code of a finished run */
int session_exit(const struct session *s);
/** session_report - what finding_print() needs */
struct report_context session_report(struct session *s);
/** session_statement - a statement as it runs, without parameters (valid until the next call) */
const char *session_statement(struct session *s, unsigned thread, unsigned statement);
/** session_line - text of a line of the scenario, trimmed; NULL when there is none (valid until the next call) */
const char *session_line(void *session, unsigned line);

#endif
