/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outcome.h - what a run came to, in words that all designs share.
 *
 * Two runs have one outcome when they ended alike, each statement came to the
 * same and read the same, and both sides hold the same of each page of a
 * memslot. Cycles, addresses, findings and the order of things are no part of
 * it, so the sets of outcomes of two designs can be compared.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: reads the run's trace once.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "session.h"
#include "twice.h"

/* One outcome, and the first run that came to it. */
struct outcome {
	char *text; /* lines, the subject of each at its beginning */
	uint64_t runs; /* that came to it */
	uint64_t seed;
	struct schedule schedule;
};

/* All that some runs of one design came to, in the order in which they were met. */
struct outcome_set {
	struct outcome *list;
	unsigned count;
	uint64_t runs;
	uint64_t limited; /* of these, ended by a limit: their outcome is not known and not in the list */
};

/** outcome_text - of the session's last run; to be freed with free(); NULL: no memory */
char *outcome_text(struct session *s);
/**
 * outcome_add - count the session's last run
 * @d: the director of the run; NULL: nobody directed it
 */
enum pef_err outcome_add(struct outcome_set *set, struct session *s, const struct director *d);
/** outcome_find - the outcome of that text; NULL: no run came to it */
struct outcome *outcome_find(const struct outcome_set *set, const char *text);
void outcome_free(struct outcome_set *set);

#endif
