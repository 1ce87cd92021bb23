/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.h - the parts of pefsim fuzz.
 *
 * fuzz_draw.c makes scenarios, fuzz_one.c is what the process of one does,
 * fuzz_found.c decides what is new in what it sends back, fuzz_corpus.c keeps what
 * leads on. A scenario is explored, and a finding shrunk, in a process of its own
 * (workers.h): one that crashes or never ends costs no more than itself.
 *
 * Locking: none. Errors: messages on stderr. Blocking: as the runs.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "known.h"
#include "reach.h"
#include "watch.h"
#include "workers.h"

#define FUZZ_BATCH 8u
#define FUZZ_DESIGNS_MAX 16u
#define FUZZ_SCENARIO_RUNS 60u /* schedules of a scenario; more scenarios find more */

/* ---- what a process sends ----------------------------------------------------------- */

/* A finding of a scenario, and its replay file as text. */
struct fuzz_finding {
	char signature[256];
	uint64_t run; /* that showed it first; 0 is the timed run */
	size_t record_len; /* 0: it was known when the process began, or could not be made */
};
/* What exploring a scenario came to; numbers reached, then findings with their records, follow. */
struct fuzz_outcome {
	uint64_t runs;
	size_t reached, findings;
	bool failed; /* an error, told on stderr: nothing follows */
};
/* What became of a finding. */
struct fuzz_shrunk {
	char record[600], scenario[600]; /* files; "" when they could not be written */
	char what[96]; /* "1 hold, 2 threads, 3 statements" */
};

/**
 * fuzz_settle - the expanded text of a scenario, as it runs with these options
 * @messages: NULL: nothing is said when it is no scenario
 * Returns NULL then; to be freed.
 */
char *fuzz_settle(const char *text, const char *path, const struct options *options, FILE *messages);
/** fuzz_explore - run a settled text under @options' budget; @is_known: findings that need no record */
void fuzz_explore(const char *text, const char *path, const struct options *options,
	bool (*is_known)(void *arg, const char *signature), void *arg, FILE *out);
/**
 * fuzz_shrink - make a record small and write it to the folder of the options, with its scenario
 * @options: with no_shrink it is written as it is
 * @seconds: 0: any
 */
void fuzz_shrink(
	const char *record, size_t len, const struct options *options, uint64_t seconds, struct fuzz_shrunk *out);

/* ---- the corpus ------------------------------------------------------------------------ */

/* Scenarios that came to something new, in the order in which they did. */
struct corpus {
	const char *folder; /* NULL: it is kept in memory only */
	char **texts;
	unsigned count;
	unsigned read; /* of these, that were in the folder at first */
};

/** corpus_open - all *.pef of a folder, which is made when it is not there; PEF_NOFILE, PEF_PARSE after a message */
enum pef_err corpus_open(struct corpus *c, const char *folder, const struct options *options);
/** corpus_keep - one more; written to the folder, if there is one */
enum pef_err corpus_keep(struct corpus *c, const char *text);
void corpus_free(struct corpus *c);

/* ---- all of it --------------------------------------------------------------------------- */

/* A scenario of a batch, with one design. */
struct fuzz_task {
	unsigned number; /* of the scenario, from 1 */
	const char *text; /* as it was made */
	char *settled, name[PEF_NAME_MAX + 8];
	struct options options;
};
/* Something found, to be made small. */
struct fuzz_news {
	char label[PEF_NAME_MAX], signature[256];
	unsigned number;
	uint64_t run;
	struct options options;
	char *record; /* NULL: it could not be made */
	size_t record_len;
	bool told;
};
struct fuzz {
	struct options options;
	char design_names[FUZZ_DESIGNS_MAX][PEF_NAME_MAX];
	unsigned design_count; /* 0: the one of the options, or what the scenario says */
	struct known known;
	struct corpus corpus;
	struct reach reach;
	struct reach told; /* findings: hashes of design and signature */
	uint64_t random, runs;
	time_t until; /* 0: no time was given */
	unsigned scenarios, kept, lost, found;
	bool failed; /* no memory, or a folder cannot be written */
	char *texts[FUZZ_BATCH];
	struct fuzz_task tasks[FUZZ_BATCH * FUZZ_DESIGNS_MAX];
	unsigned text_count, task_count;
	struct fuzz_news *news; /* of this batch */
	unsigned news_count;
	struct watch watch;
};

/** fuzz_draw - the next batch: f->tasks; false when there is nothing left to run */
bool fuzz_draw(struct fuzz *f);
/** fuzz_jobs - processes at a time */
unsigned fuzz_jobs(const struct fuzz *f);
/** fuzz_left - seconds until the time is up, below 0 when it was; only where one was given */
time_t fuzz_left(const struct fuzz *f);

/* Of struct worker_plan: a scenario explored, a finding shrunk. */
void fuzz_scenario_work(void *f, unsigned task, FILE *out);
void fuzz_scenario_done(void *f, unsigned task, enum worker_end end, const void *bytes, size_t len);
void fuzz_news_work(void *f, unsigned task, FILE *out);
void fuzz_news_done(void *f, unsigned task, enum worker_end end, const void *bytes, size_t len);
/** fuzz_tell_rest - findings that nobody has shrunk, as they are */
void fuzz_tell_rest(struct fuzz *f);

#endif
