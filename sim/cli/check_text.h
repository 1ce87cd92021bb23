/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_text.h - what a check prints, made from results alone: text for people,
 * and the formats that other programs read.
 *
 * Text and JSON lines are printed result by result, as they come. The other
 * formats need all of them: how many there are, what is worst.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#ifndef CHECK_TEXT_H
#define CHECK_TEXT_H

#include "result.h"

/* All that one command came to, in the order of its files. */
struct check_list {
	const struct options *options;
	struct result *results;
	unsigned count;
	unsigned verdicts[RESULT_VERDICT_COUNT]; /* how many of each */
	const struct known *known; /* NULL: no list was given */
	struct coverage coverage; /* of all of them, if the options ask for it */
};

/**
 * check_collect - make the checks of a command line and print nothing but signs of life
 * @out: what they came to; to be freed with check_list_free() whatever is returned
 * Returns the exit code of `pefsim check`.
 */
int check_collect(const struct options *options, struct check_list *out);
void check_list_free(struct check_list *list);

/** check_print - the line of one check, what does not hold, what was seen, reports of what fails */
void check_print(const struct result *r, FILE *out);
/** check_print_run - one line about the last run of a search */
void check_print_run(const struct search *search, FILE *out);
/** check_print_known - which known findings were seen, and which are gone */
void check_print_known(const struct known *known, FILE *out);
/** check_print_coverage - how much was reached, and what was not; with -v also what was */
void check_print_coverage(const struct coverage *coverage, bool all, FILE *out);
/** check_misses_coverage - whether less was reached than the options want; says so on stderr */
bool check_misses_coverage(const struct check_list *list);
/** check_print_total - how many passed, failed, are open */
void check_print_total(const struct check_list *list, FILE *out);

/** check_json - one object on one line, "type": "check"; its reports on lines of their own */
void check_json(const struct result *r, FILE *out);
void check_json_known(const struct known *known, FILE *out);
/** check_json_coverage - an object a thing */
void check_json_coverage(const struct coverage *coverage, FILE *out);
void check_json_total(const struct check_list *list, FILE *out);

/** check_ktap - KTAP version 1: a file is a test, each design's expectation a subtest */
void check_ktap(const struct check_list *list, FILE *out);
/** check_junit - JUnit XML: a file is a testsuite, each design's expectation a testcase */
void check_junit(const struct check_list *list, FILE *out);
/** check_sarif - SARIF 2.1.0, one run: what fails, is open or is known */
void check_sarif(const struct check_list *list, FILE *out);
/** check_github - workflow commands: nine annotations, the worst first, and one that counts the rest */
void check_github(const struct check_list *list, FILE *out);
/** check_github_summary - the whole table as Markdown */
void check_github_summary(const struct check_list *list, FILE *out);

/* What the formats with test cases make of a result: a case an expectation, and one for all the rest. */
struct check_case {
	char name[420]; /* "v9-rmap/never any-violation" */
	enum result_verdict verdict;
	const char *skipped; /* why it was not judged; NULL: it was */
	const char *why; /* it does not pass; "" */
	bool first_bad; /* the first case of its result that does not pass: reports go with it */
};
/** check_case_count - how many cases; @check_case: the case number @i of them */
unsigned check_case_count(const struct result *r);
void check_case(const struct result *r, unsigned i, struct check_case *out);
/** check_group - how many results from @first on are about the same file */
unsigned check_group(const struct check_list *list, unsigned first);

#endif
