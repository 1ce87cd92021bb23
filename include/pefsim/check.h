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
	X(I1, "I1-revoked", "no guest has a normal frame mapped that the host has freed or taken back (always)") \
	X(I2, "I2-secure-frame", "a secure frame is mapped for one GFN of one VM at most (always)") \
	X(I3, "I3-mapping", "an entry of the guest's page table fits the GFN's state (at return of UV_PAGE_*, at quiescence)") \
	X(I4, "I4-transient", "no GFN is in a transient state (at return of the call that put it there, at quiescence)") \
	X(I5, "I5-agreement", "the design's mark agrees with the ultravisor's state (at quiescence)") \
	X(I6, "I6-pairs", "mark and state are a pair that the protocol passes through (at every change of either)") \
	X(I7, "I7-confidentiality", "the host has and sees no plaintext of a secure page (always)") \
	X(I8, "I8-zeroing", "a page is zero when a share or an unshare of it is committed (at the commit)") \
	X(I9, "I9-freshness", "only what the last page-out of the GFN made is taken in again (at page-in)") \
	X(I10, "I10-nonce", "a pair of key and IV encrypts once (always)") \
	X(I11, "I11-device-pages", "device pages are taken once, and in use are as many as are marked (always, at quiescence)") \
	X(I12, "I12-migration", "a migration is done or undone (at return of H_SVM_PAGE_IN and H_SVM_PAGE_OUT)") \
	X(I13, "I13-uv-locks", "the ultravisor enters the hypervisor without a lock, and keeps its own lock order (always)") \
	X(I14, "I14-lock-order", "locks of both sides are taken in one order, but for SRCU read sections (always)") \
	X(I15, "I15-cookies", "a reflection's cookie comes back once (always, at quiescence)") \
	X(I17, "I17-registers", "only a hypercall's arguments and results cross the border (always)") \
	X(I18, "I18-digests", "a page that was hashed is unchanged when its VM becomes secure (at the commit)") \
	X(I19, "I19-progress", "a vCPU whose faults are answered with success gets on (bounded: 64 faults on one page)") \
	X(I20, "I20-release", "of a slot or VM that is gone nothing is left, and no other slot is touched (at return)") \
	X(I21, "I21-early-access", "no guest reaches a secure page before its VM is secure (always)") \
	X(HOST_TABLE, "host-table", "the host page table agrees with the design's mark (at quiescence)") \
	X(CONTENT, "content", "a page holds, and a reader sees, what belongs there (always, at quiescence)") \
	X(GHOST, "ghost", "a model's tables agree with the events it sent (at quiescence)") \
	X(TRANSITION, "transition", "a GFN state changes only as the protocol allows (always)")
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
};

struct checker;
/**
 * checker_create - a checker that has seen nothing yet
 * @config: says which guests there are; kept by pointer. Domains of NULL: hv 0,
 *          uv 1, guests 2, ...
 * @marks:  the marks the design can express, a bit 1 << enum hv_mark each; 0: all
 */
struct checker *checker_create(const struct world_config *config, unsigned marks);
void checker_destroy(struct checker *c);
/**
 * checker_copy - another that has seen the same; each goes on by itself
 * @config: as that of @c says, but of the world that the copy will judge; kept by pointer
 */
struct checker *checker_copy(const struct checker *c, const struct world_config *config);
/** checker_feed - the next event; true when it broke an invariant, and @out is filled */
bool checker_feed(struct checker *c, const struct trace_event *event, struct finding *out);
/* What the events so far say of a page. */
struct checker_page {
	enum gfn_state state;
	enum hv_mark mark;
	enum host_pte pte;
	enum trace_svm mode; /* of its VM */
	bool slot_known, slot_gone; /* a memslot has or had it; deleted, or on its way */
	uint32_t slot;
	bool pool_told;
	uint64_t pool_free; /* device pages */
};
/** checker_allows - whether the protocol has this change of a GFN state; what a slot or VM that goes does is none */
bool checker_allows(enum gfn_state from, enum gfn_state to);
/** checker_look_up - the page as it is after the events fed so far */
void checker_look_up(struct checker *c, uint64_t page, struct checker_page *out);
/** checker_finish - quiescence: the first broken invariant, if any, in @out */
bool checker_finish(struct checker *c, const struct checker_views *views, struct finding *out);

/**
 * livelock_find - of a run that met a limit: everybody goes round in a circle, or one operation goes on alone
 * @out: filled when true is returned: FINDING_LIVELOCK or FINDING_NO_RETURN
 */
bool livelock_find(const struct engine *engine, struct finding *out);

#endif
