/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esm.h - UV_ESM at work: where the bytes come from, and what they say.
 *
 * Locking: none held; pages are looked at under their stripe. Errors: codes of
 * UV_ESM. Blocking: all yield.
 */
#ifndef UV_MODEL_ESM_H
#define UV_MODEL_ESM_H

#include "pefsim/dt.h"
#include "pefsim/esm.h"
#include "state.h"
#include "ucall.h"

/* Addresses from @start up to @end; none when they are equal. */
struct esm_range {
	uint64_t start, end;
};

/* A tree that was copied from the guest. */
struct esm_tree {
	uint8_t *bytes; /* owned; NULL: not read */
	size_t size;
	struct dt dt;
	char message[160];
};

struct esm {
	struct ucall *u;
	/* The content of a guest page; false when it can not be had. */
	bool (*page)(struct esm *e, gfn_t gfn, token_t *token);
	bool missed; /* a page could not be had: what follows from it means nothing */
	uint64_t looked; /* pages looked at */
	struct esm_tree blob, fdt;
	struct esm_range rtas, kernel, initrd;
	const char *bootargs; /* in the tree */
};

/**
 * esm_read - read blob and tree, and compare the digests
 * Returns U_SUCCESS, U_PARAMETER (the blob is none), U_P2 (the tree is none, or
 * names what is not there), U_NO_KEY, U_PERMISSION (a digest differs), U_RETRY
 * (a page, or memory for a copy, could not be had).
 */
int64_t esm_read(struct esm *e);
/** esm_forget - free the copies */
void esm_forget(struct esm *e);
/** esm_own_buffer - the page behind RTAS, which the ultravisor keeps for itself; false: no RTAS in the tree */
bool esm_own_buffer(const struct esm *e, gfn_t *out);

/*
 * Pages that the ultravisor shares for itself (share.c). Prepared before the
 * hypervisor is told that the switch is done, committed after it; what is undone
 * holds its content again.
 */
struct share_own {
	gfn_t first;
	uint64_t count;
	enum gfn_event commit; /* EVENT_PSEUDO_COMMIT or EVENT_IMPLICIT_COMMIT */
	uint32_t op;
};
bool share_own_prepare(struct ucall *u, struct share_own *own);
bool share_own_commit(struct ucall *u, const struct share_own *own);
void share_own_revert(struct ucall *u, const struct share_own *own);

#endif
