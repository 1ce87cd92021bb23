/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary.h - what a finished run did and what it cost, in one page.
 *
 * Cycles come from the books, everything else from the merged trace: a run
 * without a trace has only its cycles.
 *
 * Locking: none; the run has ended. Errors: PEF_NOMEM. Blocking: on the stream
 * of the printing functions.
 */
#ifndef PEFSIM_SUMMARY_H
#define PEFSIM_SUMMARY_H

#include <stdio.h>

#include "pefsim/engine.h"

/* One kind of call. */
struct summary_call {
	uint32_t number;
	uint64_t count; /* calls made */
	uint64_t returned; /* of these, ended */
	cycles_t cycles; /* between call and return, of those that ended */
};

/* One lock that somebody waited for. */
struct summary_lock {
	obj_t lock;
	uint64_t waits;
	uint64_t unfinished; /* of these, not over when the run ended */
	cycles_t cycles; /* of those that ended */
};

/* Pages that changed sides, by changes of the ultravisor's GFN state. */
struct summary_pages {
	uint64_t boot; /* copied in while their VM became secure; their state stays SECURE */
	uint64_t in; /* decrypted from what a page-out made */
	uint64_t out; /* SECURE -> PAGEDOUT */
	uint64_t shared; /* a share was committed */
	uint64_t unshared; /* an unshare was committed */
};

struct run_summary {
	cycles_t cycles; /* the last clock of any hardware thread */
	uint64_t events; /* records written */
	uint64_t hash; /* trace_hash */
	struct engine_book *threads; /* a row a hardware thread; owned */
	unsigned thread_count;
	cycles_t by_cause[CAUSE_COUNT]; /* summed over hardware threads */
	cycles_t booked; /* sum of by_cause */
	struct summary_call *calls; /* by number; owned */
	unsigned call_count;
	struct summary_lock *locks; /* longest wait first; owned */
	unsigned lock_count;
	struct summary_pages pages;
};

/**
 * summary_collect - look through a finished run
 * @out: set on PEF_OK; to be freed with summary_free()
 */
enum pef_err summary_collect(const struct engine *engine, struct run_summary *out);
void summary_free(struct run_summary *summary);
/** summary_print - as text, at most 100 columns */
void summary_print(const struct run_summary *summary, FILE *out);
/** summary_print_json - as one JSON line of type "summary" */
void summary_print_json(const struct run_summary *summary, FILE *out);

/** cycles_to_us - microseconds at 3.8 GHz; cycles_to_timebase - ticks of the 512 MHz timebase */
static inline double cycles_to_us(cycles_t cycles)
{
	return (double)cycles / 3800.0;
}
static inline uint64_t cycles_to_timebase(cycles_t cycles)
{
	return cycles / 475 * 64 + cycles % 475 * 64 / 475;
}

#endif
