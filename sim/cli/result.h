/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * result.h - what one check came to, apart from the search that found it.
 *
 * A check runs in a process of its own; this is what comes back from it, and
 * all that the outputs (text, JSON lines, KTAP, JUnit, SARIF, GitHub) are made
 * from. Structs are sent as they lie in memory, then what they point to: both
 * ends are the same program.
 *
 * Locking: none. Errors: PEF_NOMEM; PEF_BUG for bytes that are no result.
 * Blocking: on the stream.
 */
#ifndef RESULT_H
#define RESULT_H

#include "pefsim/heap.h"

#include "search.h"

/* RESULT_ERROR: no judgement, an error of pefsim itself; RESULT_UNREAD: a file that is no scenario. */
enum result_verdict { RESULT_PASS, RESULT_FAIL, RESULT_OPEN, RESULT_ERROR, RESULT_UNREAD, RESULT_VERDICT_COUNT };

/* One line of "expect". */
struct result_line {
	unsigned line;
	bool applies; /* its "if" holds */
	char text[192]; /* "never use-after-free of rmap", without the condition */
	char condition[2 * PEF_NAME_MAX + 4]; /* "design = v9-rmap"; "" without */
	enum result_verdict verdict;
	char why[320]; /* it does not pass */
};

/* A block of a finding: who did something, by which calls. */
struct result_block {
	char heading[112];
	unsigned script_line; /* 0: none */
	unsigned frames; /* how many of the finding's frames are its own, in order */
};

struct result_finding {
	char signature[256], kind[48], record[600];
	char shrunk[700]; /* path of the shortest scenario, and what is in it; "" when none was written */
	enum finding_severity severity;
	uint64_t runs, first, seed;
	enum strategy_id strategy; /* that made the first run, if @directed */
	bool listed; /* only possible: told in one line */
	bool steered; /* predicted, and then seen */
	bool directed, expected, fails, known;
	unsigned line; /* that expects it */
	struct result_block *blocks; /* none, unless it fails or is known */
	unsigned block_count;
	struct chain_place *frames;
	unsigned frame_count;
	char *report, *json; /* the report as text, and as an object on a line; NULL unless it fails */
};

struct result {
	char scenario[PEF_NAME_MAX], path[256], title[128], label[192], id[17];
	uint64_t seed, runs, limited, unkept;
	unsigned twice; /* runs that were made a second time, and were the same */
	bool complete, out_of_time, timed_out, interrupted;
	char extent[192]; /* how much of all schedules that was; "" when nobody knows */
	enum result_verdict verdict;
	char reason[320];
	double seconds; /* of the host's time */
	struct result_line *lines;
	unsigned line_count;
	struct result_finding *findings;
	unsigned finding_count;
	struct coverage_item *reached; /* and what there is; none unless asked for */
	uint32_t reached_count;
	char *log; /* a line a run, with -v */
};

/** result_of_search - copy what a search came to; findings come without blocks and report */
enum pef_err result_of_search(const struct search *search, const char *label, struct result *out);
/**
 * result_of_error - a result that says only what went wrong
 * @label: "" when it is about the whole file
 */
void result_of_error(
	const char *path, const char *label, enum result_verdict verdict, const char *why, struct result *out);
void result_free(struct result *r);
/** result_send - write it; false when the stream failed */
bool result_send(const struct result *r, FILE *out);
/** result_receive - the same back from bytes; to be freed whatever is returned */
enum pef_err result_receive(const void *bytes, size_t len, struct result *out);
/** result_verdict_name - "pass", "fail", "inconclusive", "error", "unread" */
const char *result_verdict_name(enum result_verdict verdict);

#endif
