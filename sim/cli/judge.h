/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge.h - a scenario's expectations against its runs.
 *
 * Each line answers yes, no or nothing to each run; what the answers come to is
 * asked at the end. A state or a counter is looked at when everything has come
 * to its end, so a run that was stopped says nothing of it.
 *
 * Locking: none; after a run. Errors: none. Blocking: never.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "known.h"
#include "session.h"

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_NONE, ANSWER_COUNT };

/* One line of "expect". */
struct tally {
	uint64_t answers[ANSWER_COUNT];
};

struct judge {
	const struct scenario *scenario;
	struct tally *tallies; /* a row an expectation */
	uint64_t runs;
	uint64_t limited; /* of these, ended by a limit */
	bool possible_counts; /* findings that are only possible count as well */
	const struct known *known; /* no violation either; NULL: none. Set by the caller. */
};

enum judgement { JUDGED_HOLDS, JUDGED_BROKEN, JUDGED_OPEN };

/** judge_open - no run yet; false when the host has no memory */
bool judge_open(struct judge *j, const struct scenario *scenario, bool possible_counts);
void judge_close(struct judge *j);
/** judge_knows - whether a finding is a known one of this scenario */
bool judge_knows(const struct judge *j, const struct finding *f);
/** judge_run - count the last run of a session */
void judge_run(struct judge *j, struct session *s);
/** judge_line - what the answers to one line come to */
enum judgement judge_line(const struct judge *j, unsigned line);
const char *judge_mode(enum expect_mode mode);
/** judge_why - why a line is broken or open, for people; "" when it holds. Returns @buf. */
const char *judge_why(const struct judge *j, unsigned line, char *buf, size_t size);
/**
 * judge_expects - whether some line says that such a finding happens
 * @line: that line, when true is returned
 */
bool judge_expects(const struct scenario *scenario, const struct finding *f, unsigned *line);
/**
 * judge_tolerates - whether a finding that no line speaks of is let pass
 * It is when some line names a kind of finding, expected or not: then the file
 * has said what it is about, and other faults of a faithful design are its own.
 */
bool judge_tolerates(const struct scenario *scenario);
/** judge_line_of - the line that speaks of such a finding: that says it happens, else that it never does; NULL: none */
const struct expectation *judge_line_of(const struct scenario *scenario, const struct finding *f);
/** judge_forbids - whether some line says that such a finding never happens, and none that it does */
/** judge_counts - what is only possible counts when a line names its locks */
bool judge_counts(const struct scenario *s, const struct finding *f);
bool judge_forbids(const struct scenario *scenario, const struct finding *f);

#endif
