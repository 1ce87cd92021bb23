/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h - protocol invariants over the event stream.
 *
 * A checker keeps a ghost state for every guest page: the design's mark, the
 * host page table, the ultravisor's state, and which content belongs there. It
 * is fed the merged trace; models do not mark their own work. At quiescence
 * the ghost is also compared with what the models' own tables say.
 *
 * Locking: none. Errors: a violation is a finding. Blocking: never.
 */
#ifndef PEFSIM_CHECK_H
#define PEFSIM_CHECK_H

#include "pefsim/finding.h"
#include "pefsim/model.h"

/* X(NAME, "printed", "one sentence") */
/* clang-format off */
#define PEF_INVARIANTS(X) \
	X(I3, "I3-mapping", "an entry of the guest's page table fits the GFN's state (at quiescence)") \
	X(I4, "I4-transient", "no GFN is in a transient state (at quiescence)") \
	X(I5, "I5-agreement", "the design's mark agrees with the ultravisor's state (at quiescence)") \
	X(I11, "I11-device-pages", "device pages in use are as many as pages marked secure (at quiescence)") \
	X(HOST_TABLE, "host-table", "the host page table agrees with the design's mark (at quiescence)") \
	X(CONTENT, "content", "a page holds, and a reader sees, what belongs there") \
	X(GHOST, "ghost", "a model's tables agree with the events it sent (at quiescence)") \
	X(TRANSITION, "transition", "a GFN state changes only as the protocol allows")
/* clang-format on */
enum invariant {
#define X(name, text, about) INVARIANT_##name,
	PEF_INVARIANTS(X)
#undef X
		INVARIANT_COUNT
};
const char *invariant_name(enum invariant i);

/*
 * What the models' own tables say, for the comparison at quiescence. Functions,
 * so that a checker can be fed by hand; @arg is handed to each.
 */
struct checker_views {
	void *arg;
	void (*hv_page)(void *arg, unsigned guest, gfn_t gfn, struct hv_page_view *out);
	void (*uv_page)(void *arg, unsigned guest, gfn_t gfn, struct uv_page_view *out);
	uint32_t (*pool_used)(void *arg); /* device pages in use */
	uint32_t (*pool_marked)(void *arg); /* pages marked UVMEM */
	unsigned marks; /* the marks the design can express, a bit 1 << enum hv_mark each; 0: all */
};

struct checker;
/** checker_create - @config says which guests there are; kept by pointer. Domains of NULL: hv 0, uv 1, guests 2, ... */
struct checker *checker_create(const struct world_config *config);
void checker_destroy(struct checker *c);
/** checker_feed - the next event; true when it broke an invariant, and @out is filled */
bool checker_feed(struct checker *c, const struct trace_event *event, struct finding *out);
/** checker_finish - quiescence: the first broken invariant, if any, in @out */
bool checker_finish(struct checker *c, const struct checker_views *views, struct finding *out);

#endif
