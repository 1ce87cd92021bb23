/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explore.h - schedules nobody wrote down: the points a run passed, and holds
 * drawn from them at random.
 *
 * A hold can only be placed where somebody has been, so drawing begins with
 * the points of a run that was made with engine_config.points. What is drawn
 * depends on the list and the random state alone.
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
 * both executors agree, so what is drawn from them is the same everywhere.
 :*/
struct point_list {
	char (*names)[PEF_NAME_MAX]; /* of contexts, each once */
	uint32_t name_count;
	struct point_seen *points;
	size_t count;
	size_t script; /* points before the first statement of any script */
	const char (*events)[PEF_NAME_MAX]; /* "THREAD.LABEL", by event; borrowed; NULL: labels are not drawn */
	uint32_t event_count;
};

/**
 * point_list_collect - gather the points of a finished run
 * @out: set on PEF_OK; to be freed with point_list_free()
 */
enum pef_err point_list_collect(const struct engine *engine, struct point_list *out);
void point_list_free(struct point_list *list);

#define EXPLORE_HOLDS_MAX 3u
/**
 * holds_draw - one to EXPLORE_HOLDS_MAX holds between points of a list
 * @random: state of the generator; the same state draws the same holds
 * @out:    room for EXPLORE_HOLDS_MAX; cycles are 0, to be derived
 * A context is held at a point until a context of another hardware thread has
 * passed what it passed later; near points are drawn more often than far ones.
 * Returns how many were drawn; 0 when no two hardware threads passed points.
 */
unsigned holds_draw(const struct point_list *list, uint64_t *random, struct hold *out);
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
