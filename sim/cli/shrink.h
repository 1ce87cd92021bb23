/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shrink.h - the shortest scenario and schedule that still show a finding.
 *
 * Candidates are made by dropping and simplifying parts of the expanded text,
 * and holds; each is read, run in memory, and kept when the run shows a finding
 * of the same signature. Which candidates there are depends on the text alone,
 * so the same record shrinks to the same scenario everywhere.
 *
 * Locking: none. Errors: a candidate that is no scenario is no candidate; else
 * messages on stderr. Blocking: as many runs as are allowed.
 */
#ifndef SHRINK_H
#define SHRINK_H

#include "session.h"

/* A scenario as lines, and the schedule it is run under. */
struct shrink_case {
	char **lines; /* without their newlines */
	unsigned line_count;
	struct hold *holds; /* without cycles */
	unsigned hold_count;
	struct run_choice *choices; /* beside what the seed says */
	unsigned choice_count;
	uint64_t seed;
};

struct shrink {
	const struct options *options;
	const char *path; /* of the scenario's file: paths in the text begin there */
	const char *signature;
	struct shrink_case best;
	uint64_t tried, tries_max, seconds_max; /* 0 seconds: any */
	cycles_t cycles_max; /* of a candidate's run; 0: the options' limit */
	uint64_t until; /* of the host's clock; set by shrink_run() */
	unsigned *passed; /* see shrink_holds.c: of the best case's run */
};

/**
 * shrink_open - from the expanded text of a scenario and its schedule
 * @text: copied
 * @plan: holds, choices and seed; copied
 * @options, @path, @signature: the caller's, must outlive the shrinking
 */
enum pef_err shrink_open(struct shrink *sh, const struct options *options, const char *path, const char *text,
	const struct run_plan *plan, const char *signature);
void shrink_close(struct shrink *sh);
/** shrink_holds - drop holds only, the scenario stays; false when the case does not show the finding */
bool shrink_holds(struct shrink *sh);
/** shrink_run - drop and simplify whatever can be; false when the case does not show the finding */
bool shrink_run(struct shrink *sh);
/**
 * shrink_write - the scenario in canonical form, with its schedule; to be freed
 * @comment: a line to stand on top; NULL: none
 */
char *shrink_write(const struct shrink *sh, const char *comment);
/** shrink_describe - "1 hold, 2 threads, 5 statements"; returns @buf */
const char *shrink_describe(const struct shrink *sh, char *buf, size_t size);

/* ---- between its files ------------------------------------------------------------------- */

/** shrink_is_over - whether nothing more may be tried */
bool shrink_is_over(const struct shrink *sh);
/**
 * shrink_try - keep a candidate as the best if it shows the finding
 * @c: its contents belong to the shrinker from then on, whatever is returned
 */
bool shrink_try(struct shrink *sh, struct shrink_case *c);
/** shrink_copy - the best case, without the lines whose byte in @drop is set (NULL: with all) */
struct shrink_case shrink_copy(const struct shrink *sh, const bool *drop);
void shrink_case_free(struct shrink_case *c);
/** shrink_text - the lines as one text, to be freed; with holds as a section "schedule" */
char *shrink_text(const struct shrink_case *c, bool holds);
/**
 * shrink_parts - the parts of @count, in ever smaller runs of neighbours: for each, @drop has them set
 * @each: tries without them; true when they are gone, and the rest is numbered anew
 * Returns whether any went.
 */
bool shrink_parts(unsigned count, bool (*each)(void *arg, const bool *drop, unsigned count), void *arg);

/** shrink_count - after a run of the best case: how often each of its holds' points was passed by each statement */
void shrink_count(struct shrink *sh, const struct session *s);
/** shrink_renumber - the holds of a candidate that lacks some lines of the best case */
void shrink_renumber(const struct shrink *sh, const bool *drop, struct shrink_case *c);
/**
 * shrink_follow_boot - after a run of a candidate that did not show the finding: a guest with fewer slots passes
 * fewer points as it boots
 * Returns whether a hold of the candidate means another point now.
 */
bool shrink_follow_boot(const struct shrink *sh, const struct session *s, struct shrink_case *c);

/* The passes; each returns whether it made the case smaller. */
bool shrink_pass_holds(struct shrink *sh);
bool shrink_pass_sections(struct shrink *sh);
bool shrink_pass_lines(struct shrink *sh);
bool shrink_pass_names(struct shrink *sh);
bool shrink_pass_choices(struct shrink *sh);
bool shrink_pass_pages(struct shrink *sh);
bool shrink_pass_numbers(struct shrink *sh);

#endif
