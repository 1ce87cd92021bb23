/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scale.h - what a guest of many pages costs the simulator.
 *
 * Two runs of one guest with one memslot, without trace and detectors. ABORT:
 * the process writes some pages, the guest begins to become secure
 * (H_SVM_INIT_START), those pages are paged in, and then the switch fails
 * (H_SVM_INIT_ABORT), so that all of them come back. BOOT: the guest becomes
 * secure, with the sweep of H_SVM_INIT_DONE over all its pages.
 *
 * Locking: one run at a time in a process. Errors: false after a message on
 * stderr. Blocking: a terabyte takes minutes.
 */
#ifndef SCALE_H
#define SCALE_H

#include "pefsim/model.h"

enum scale_kind { SCALE_ABORT, SCALE_BOOT };

struct scale_plan {
	enum scale_kind kind;
	uint64_t pages; /* of the guest */
	uint64_t touch, stride; /* ABORT: so many pages behind the image, every so many-th */
	enum design_id design;
};

/* Bytes in use at some moment. */
struct scale_state {
	/* of the simulator's own state */
	struct model_memory hv, uv;
	uint64_t heap; /* what the simulated heaps cost beyond what was asked of them */
	/* of the design, as it asked for them */
	uint64_t arrays, private_data;
};

struct scale_result {
	uint64_t touched; /* pages of the guest that anything happened to */
	/* host CPU time in nanoseconds */
	double start, page_in, end; /* INIT_START; all page-ins; INIT_ABORT or INIT_DONE */
	double whole; /* from the first event to the last */
	struct scale_state secure; /* the pages are in: before the abort, or after the boot */
	struct scale_state after; /* ABORT: after it */
};

/** scale_run - make one run; the machine must have memory for it (paths: shipped files) */
bool scale_run(const struct scale_plan *plan, struct scale_result *out);
/** scale_own_bytes - all parts of the simulator's own state */
uint64_t scale_own_bytes(const struct scale_state *s);

/** bench_scale - pefsim bench scale: each run in a process of its own; @sizes words like 16G, none: all */
int bench_scale(FILE *out, char **sizes, int count);

#endif
