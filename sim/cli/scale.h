/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scale.h - what a guest of many pages costs the simulator.
 *
 * Two runs of one guest with one memslot, without trace and detectors. ABORT:
 * the process writes pages here and there, the guest begins to become secure
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
	uint64_t stride; /* ABORT: every so many-th page is touched */
	enum design_id design;
};

struct scale_result {
	uint64_t touched; /* pages of the guest that anything happened to */
	/* host time in nanoseconds */
	double start, page_in, end; /* INIT_START; all page-ins; INIT_ABORT or INIT_DONE */
	double whole; /* from the first event to the last */
	/* bytes of the simulator's own state, the most there ever were */
	struct model_memory hv, uv;
	uint64_t entries; /* the ultravisor's, of pages, with what belongs to them */
	uint64_t heap; /* what the simulated heaps cost beyond what was asked of them */
	/* bytes of the design's own, as it asked for them */
	uint64_t arrays, private_data;
};

/** scale_run - make one run; the machine must have memory for it (paths: shipped files) */
bool scale_run(const struct scale_plan *plan, struct scale_result *out);
/** scale_own_bytes - all parts of the simulator's own state */
uint64_t scale_own_bytes(const struct scale_result *r);

/** bench_scale - pefsim bench scale: each size in a process of its own; @sizes words like 16G, none: all */
int bench_scale(FILE *out, char **sizes, int count);

#endif
