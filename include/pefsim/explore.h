/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explore.h - what exploration knows of a run: the points it passed, by which
 * replay files are compared; and small helpers. Which schedules are run is
 * strategy.h's business.
 *
 * Locking: none; after a run. Errors: PEF_NOMEM. Blocking: never.
 */
#ifndef PEFSIM_EXPLORE_H
#define PEFSIM_EXPLORE_H

#include "pefsim/finding.h"
#include "pefsim/points.h"

/* One point that was passed. */
struct point_seen {
	cycles_t cycle;
	uint32_t context; /* which of the list's names */
	uint32_t nth;
	enum point_kind kind;
	obj_t object;
};

/*X:100
 * Exploration knows a run by the points it passed. They come from the trace, in the order in which
 * both executors agree, so two runs can be compared wherever they were made.
 :*/
struct point_list {
	char (*names)[PEF_NAME_MAX]; /* of contexts, each once */
	uint32_t name_count;
	struct point_seen *points;
	size_t count;
};

/**
 * point_list_collect - gather the points of a finished run
 * @out: set on PEF_OK; to be freed with point_list_free()
 */
enum pef_err point_list_collect(const struct engine *engine, struct point_list *out);
void point_list_free(struct point_list *list);

/** explore_random - the next number of a generator; any state is good */
uint64_t explore_random(uint64_t *state);

/**
 * finding_signature - by what equal findings are known: title, and type of object
 * Numbers of the object are left out. Returns @buf.
 */
const char *finding_signature(const struct finding *f, char *buf, size_t size);
/** explore_hash - 64-bit hash of bytes, for names of files and identities; go on from @hash, EXPLORE_HASH first */
#define EXPLORE_HASH UINT64_C(0xcbf29ce484222325)
uint64_t explore_hash(uint64_t hash, const void *bytes, size_t size);

#endif
