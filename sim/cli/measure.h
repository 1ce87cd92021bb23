/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure.h - what a run says of its design: the columns of 'pefsim compare'.
 *
 * All of it comes from the run's books and its trace; docs/command-line.md
 * defines each column.
 *
 * Locking: none; after a run. Errors: PEF_NOMEM. Blocking: never.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "session.h"

/* Deletions of memslots, and what became of the pages that were out on the device then. */
struct measured_deletes {
	uint64_t count; /* that came to their end */
	cycles_t cycles; /* of all of them, from the statement's begin to its end */
	uint64_t out; /* pages out on the device when they began */
	uint64_t back, zeroed, lost; /* of these, when they ended */
};

struct measured {
	char verdict[64]; /* "no finding", a kind of finding, or "limit" */
	uint64_t page_ins, page_outs; /* calls that returned */
	cycles_t page_in, page_out; /* their mean lengths; 0 without any */
	double lock_share; /* of the cycles in which a hardware thread had something to do */
	unsigned bytes_per_page;
	struct measured_deletes deletes;
};

/** measure_run - measure the last run of a session */
enum pef_err measure_run(const struct session *s, struct measured *out);
/** measure_deletes - that part alone */
enum pef_err measure_deletes(const struct session *s, struct measured_deletes *out);

#endif
