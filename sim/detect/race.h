/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race.h - what is remembered of accesses, and how two of them are held against
 * each other.
 *
 * Every 8 bytes of a domain's arena and heap have a cell: the last write and the
 * last read, each with the bytes it touched, and a list of the other accesses
 * that still matter. An access is known by its segment: a number for a stretch
 * of one context between two releases. The lowest bit says that it was marked
 * (volatile or atomic).
 *
 * Cells lie outside the domain's range, so that a snapshot has nothing to copy:
 * numbers of segments only rise, so a cell whose newest number is of a run that
 * was put back is empty, and what a cell held before the snapshot is logged when
 * it is first changed.
 *
 * Locking: all of it belongs to its domain. Errors: no memory of the host stops
 * the process. Blocking: never.
 */
#ifndef PEFSIM_DETECT_RACE_H
#define PEFSIM_DETECT_RACE_H

#include "order.h"
#include "pefsim/finding.h"

#define RACE_SHIFT 3u
#define RACE_BYTES 8u
#define RACE_MARKED 1u

/* How an access is done. */
#define ACCESS_WRITE 1u
#define ACCESS_MARKED 2u

struct race_cell {
	uint32_t write, read; /* segments, RACE_MARKED */
	uint8_t write_mask, read_mask; /* bytes they touched; 0: none */
	uint8_t unwritten; /* bytes that nobody has written since they were allocated */
	uint8_t spare;
	uint32_t more; /* other accesses: index of a node, 0: none */
	uintptr_t write_pc, read_pc; /* return addresses of the hooks */
};
_Static_assert(sizeof(struct race_cell) == 32, "four bytes for one");

/* An access that is neither the last write nor the last read. */
struct race_node {
	uint32_t segment;
	uint32_t next;
	uint8_t mask;
	bool write;
	uintptr_t pc;
};

/* A context's stretch between two releases. */
struct race_segment {
	uint32_t ctx, clock;
};

/* A cell as it was before the snapshot. */
struct race_saved {
	struct race_cell *cell;
	struct race_cell was;
};

struct race_hole {
	uint32_t from, to;
};

/* Two places that were told in this run; lower address first. */
struct race_pair {
	uintptr_t a, b;
	uint32_t run;
};
#define RACE_PAIRS 512u

/* Of one domain. Not in its arena: see above. */
struct race {
	uintptr_t base, size; /* addresses that have cells */
	struct race_cell *cells; /* NULL: none yet */
	struct race_segment *segments; /* by number */
	struct order_ctx *self; /* whose access it is; true while engine_tls.seen is set */
	uint32_t next; /* number of a segment */
	uint32_t numbers_max;
	uint32_t kept; /* numbers before it are of before the snapshot */
	uint32_t run; /* numbers from it on are of this run; those between are of runs put back */
	uint32_t dropped; /* records between @kept and it take no memory any more */
	struct race_hole *holes; /* numbers before @kept that are of runs put back */
	uint32_t hole_count, hole_room;
	struct race_node *nodes;
	uint32_t node_count, node_room, nodes_kept;
	struct race_saved *saved;
	uint32_t saved_count, saved_room;
	struct race_pair pairs[RACE_PAIRS];
	uint32_t pair_count, pair_run, run_number;
	struct atoms *atoms; /* atomicity.c; NULL: it is not looked for */
	/* the second look */
	struct race_watch *watches;
	unsigned watch_count;
	uint64_t looked; /* accesses seen meanwhile */
};

/* What the hooks need at each access; of the domain that ran last on this host thread. */
struct race_view {
	uintptr_t base, size;
	struct race_cell *cells;
	struct race *race;
	uintptr_t arenas, arenas_size; /* where the domains of the engine lie: nothing else is looked at */
};
extern _Thread_local struct race_view race_view;

/** race_newest - number of the last access that changed a cell */
static inline uint32_t race_newest(const struct race_cell *c)
{
	return (c->write > c->read ? c->write : c->read) >> 1;
}
/** race_is_kept - whether a number is of before the snapshot */
bool race_is_kept(const struct race *r, uint32_t number);
/** race_grow - double the room of an array of the host's; stops the process when there is none */
void *race_grow(void *items, uint32_t *room, size_t size);

/** race_of - of a domain; NULL when races are not looked for */
struct race *race_of(const struct domain *d);
/** race_enter - find out what the running context is: engine_tls.seen and race_view; NULL: nothing is watched */
struct race *race_enter(void);
/** race_access - an access of the running context that was found to be of live memory */
void race_access(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc);
/** race_alloc - new memory; @raw: nobody has written it */
void race_alloc(uintptr_t start, size_t size, bool raw, uintptr_t pc);
/** race_free - it is given back: a write to all of it; later accesses are not looked at here */
void race_free(uintptr_t start, size_t size, uintptr_t pc);

/* An earlier access that is in the way of one now. */
struct race_meeting {
	uintptr_t granule;
	uint32_t segment; /* of the earlier one */
	uint8_t mask; /* bytes that both touched */
	uint8_t earlier_mask;
	bool earlier_write;
	uintptr_t earlier_pc;
	/* now */
	uintptr_t address, pc;
	size_t size;
	unsigned how;
};
/** race_was_told - whether a pair of places was told in this run; if not, it is from now on */
bool race_was_told(struct race *r, uintptr_t a, uintptr_t b);
/** race_name - "rmap[1] +16", or "memory" where nothing has a name; fills the finding's object */
void race_name(struct finding *f, uintptr_t address, char *out, size_t size);
/** race_mask - of the granule of @address: the bytes from there to @end, which is in it or its end */
static inline uint8_t race_mask(uintptr_t address, uintptr_t end)
{
	unsigned first = address & (RACE_BYTES - 1), count = (unsigned)(end - address);

	return (uint8_t)(((1u << count) - 1) << first);
}
/** race_tell - note the pair, unless it was told in this run */
void race_tell(struct race *r, const struct race_meeting *m);
/** race_tell_unwritten - note the read of bytes that nobody wrote */
void race_tell_unwritten(struct race *r, uintptr_t address, size_t size, uint8_t bytes, uintptr_t pc);
/** race_look - the second look: remember an access that is waited for */
void race_look(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc);

/** atoms_create - what is remembered of reads under locks; atoms_forget - when a snapshot is put back */
struct atoms *atoms_create(void);
void atoms_destroy(struct atoms *atoms);
void atoms_forget(struct atoms *atoms);
/** atomicity_access - is it a write that relies on an old reading? */
void atomicity_access(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc);

#endif
