/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reuse.h - what is used again on purpose: frames and device pages.
 *
 * Memory of the simulated heap never means two objects, so a stale pointer is
 * told by its address. A frame's number, or a device page's, does mean another
 * page after a while; so each of them has a generation that counts its uses, and
 * beside it who took it, who gave it back, and for which page of which guest.
 * Whoever keeps a number keeps the generation with it, where a real kernel has
 * no room for one: in bits of the simulator's own tables.
 *
 * A pool costs address space only until a number of it is used; without
 * detectors there is none (NULL), and all of this does nothing.
 *
 * Locking: a pool belongs to its domain. Errors: a stale number is noted, and
 * the run goes on. Blocking: never.
 */
#ifndef PEFSIM_REUSE_H
#define PEFSIM_REUSE_H

#include "pefsim/engine.h"

/* In the place of a gfn when only the guest is known. */
#define REUSE_NO_GFN ((gfn_t){UINT64_C(0xffffffffffff)})

struct reuse;
struct finding;

/* When something was taken or given back, and by whom. */
struct reuse_mark {
	uint32_t chain, ctx, line; /* line of the script, 0: none */
	cycles_t cycle;
};
struct reuse_use {
	uint32_t generation; /* uses so far, this one included */
	bool taken;
	uint64_t page; /* trace_page() of whose it is or was last; PEF_NEVER: nobody's in particular */
	struct reuse_mark took, gave, held; /* held: the last reference was taken */
	struct {
		uint64_t page;
		struct reuse_mark took, gave;
	} before; /* the use before this one */
};

/**
 * reuse_create - a pool of @count numbers, in the domain's arena; NULL without detectors
 * @type: what reports call one of them
 */
struct reuse *reuse_create(struct domain *d, enum obj_type type, uint32_t count);
/** reuse_take - @number is somebody's from now on; reuse_give - it is nobody's. @page: as in struct reuse_use */
void reuse_take(struct reuse *pool, uint32_t number, uint64_t page);
void reuse_give(struct reuse *pool, uint32_t number);
/** reuse_hold - one more reference on it is taken */
void reuse_hold(struct reuse *pool, uint32_t number);
/** reuse_own - it stands for another page now, the use goes on */
void reuse_own(struct reuse *pool, uint32_t number, uint64_t page);
/** reuse_generation - of the use under way, or of the last; 0: never used */
uint32_t reuse_generation(const struct reuse *pool, uint32_t number);
/** reuse_last - the use under way, or the last; all zero when there was none */
void reuse_last(const struct reuse *pool, uint32_t number, struct reuse_use *out);
/**
 * reuse_check - somebody uses @number as what it was in use @generation: tells a stale one (FINDING_STALE_FRAME)
 * @generation: as reuse_generation() said when the number was written down; 0: it is not known, nothing is told
 * @page: trace_page() of the page it was written down for
 * @kept: where it stands, as "the guest's page table"; the report's first line has it, so no numbers
 * The run goes on, as hardware does: what comes of the access may be worse, and is told by others.
 */
void reuse_check(const struct reuse *pool, uint32_t number, uint32_t generation, uint64_t page, const char *kept);
/** reuse_check_page - the same by the page that the number is used for: where generations have no room */
void reuse_check_page(const struct reuse *pool, uint32_t number, uint64_t page, const char *kept);
/**
 * reuse_each - what is taken now, in all pools of a domain, by pool and number
 * @fn: @name is the thing as an object, of the guest that @use is for
 */
void reuse_each(struct domain *d, void (*fn)(void *arg, obj_t name, const struct reuse_use *use), void *arg);

#endif
