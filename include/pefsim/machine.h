/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h - parts that a side of the machine is made of: frames, memslots,
 * the device-page pool. Types only; every instance belongs to one domain and
 * lives in its arena. Normal frames, memslots and the device-page pool are the
 * hypervisor's, secure frames the ultravisor's.
 *
 * Locking: the model that owns an instance says which simulated lock guards it.
 * Errors: exhaustion is a value, never a message. Blocking: never.
 */
#ifndef PEFSIM_MACHINE_H
#define PEFSIM_MACHINE_H

#include "pefsim/engine.h"

/* ---- frames ----------------------------------------------------------------- */

/* A 64 KiB frame. Frames are reused on purpose, last freed first; the
 * generation counts the uses, so a stale number can be told. */
struct frame {
	token_t token; /* content */
	uint64_t owner; /* trace_page of the guest page it stands for, or FRAME_HOST; or FRAME_FREE and the next free */
};
_Static_assert(sizeof(struct frame) == 16, "a frame that was ever used costs 16 bytes");
#define FRAME_FREE (UINT64_C(1) << 63)
#define FRAME_HOST (UINT64_C(1) << 62)

static inline bool frame_is_free(const struct frame *f)
{
	return (f->owner & FRAME_FREE) != 0;
}
/** frame_has_page - whether it stands for a guest page, which is its owner then */
static inline bool frame_has_page(const struct frame *f)
{
	return (f->owner & (FRAME_FREE | FRAME_HOST)) == 0;
}

struct frame_pool {
	struct frame *frames; /* of all frames; memory is used only for those ever taken */
	uint32_t limit; /* frames there are */
	uint32_t fresh; /* frames never taken so far start here */
	uint32_t free_head; /* index + 1 */
	uint32_t used;
};

/**
 * frame_pool_init - a pool of @limit frames in the domain's arena
 * Address space for all is reserved, memory only used for those ever taken.
 */
void frame_pool_init(struct domain *d, struct frame_pool *pool, uint32_t limit);
/** frame_take - a frame for @owner, with the content it had last; UINT32_MAX when all are in use */
uint32_t frame_take(struct frame_pool *pool, uint64_t owner);
/** frame_give - back to the pool; its content stays, as in memory */
void frame_give(struct frame_pool *pool, uint32_t index);
/** frame_at - the frame of an index that was taken at some time; NULL for any other */
struct frame *frame_at(struct frame_pool *pool, uint32_t index);

/* ---- memslots ----------------------------------------------------------------- */

struct memslot {
	uint32_t id;
	uint32_t flags;
	gfn_t base;
	uint64_t pages;
	uint64_t hva; /* in pages of the process's address space */
	bool invalid; /* KVM_MEMSLOT_INVALID: being deleted */
	void *arch; /* the design's: rmap array, or NULL; kvm->slots_arch_lock */
	uint64_t userspace_addr; /* the same address in bytes, as the kernel has it */
};

/* An immutable table once published; slots sorted by id. */
struct memslots {
	uint64_t generation;
	uint32_t count;
	struct memslot slots[]; /* copies, as in the kernel's two sets */
};

/** memslots_find_gfn - the valid or invalid slot that holds @gfn; NULL */
const struct memslot *memslots_find_gfn(const struct memslots *slots, gfn_t gfn);
const struct memslot *memslots_find_id(const struct memslots *slots, uint32_t id);

/*
 * Observers outside the simulation (progress display, live checks) read a copy
 * that is published with liburcu. Models never read it.
 */
struct memslot_publisher;
struct memslot_publisher *memslot_publisher_create(void);
void memslot_publisher_destroy(struct memslot_publisher *p);
/** memslot_publish - copy @slots and make the copy the one observers see */
void memslot_publish(struct memslot_publisher *p, const struct memslots *slots);
/**
 * memslot_observe - run @fn on the published table, from any host thread
 * @fn: must not keep the pointer; called with NULL before the first publication
 */
void memslot_observe(struct memslot_publisher *p, void (*fn)(const struct memslots *slots, void *arg), void *arg);

/* ---- device pages ------------------------------------------------------------- */

/*
 * Bitmap of device-private pages, lowest free first, as kvmppc_uvmem_bitmap.
 * level[0] has a bit for each page; a bit of a level above says that the word
 * of 64 bits below it is all ones.
 */
#define DEVPOOL_LEVELS_MAX 6u
struct devpool {
	uint64_t *level[DEVPOOL_LEVELS_MAX];
	unsigned level_count;
	uint32_t pages;
	uint32_t used;
	uint32_t touched; /* pages ever taken lie below */
};
/** devpool_bytes - of the words of the bitmap that have been used */
uint64_t devpool_bytes(const struct devpool *pool);
void devpool_init(struct domain *d, struct devpool *pool, uint32_t pages);
/** devpool_take - lowest free device page; DFN_NONE when there is none */
dfn_t devpool_take(struct devpool *pool);
void devpool_give(struct devpool *pool, dfn_t dfn);
bool devpool_is_used(const struct devpool *pool, dfn_t dfn);

#endif
