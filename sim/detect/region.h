/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * region.h - how this room divides the address space a domain lends it.
 *
 * Everything the room knows of a domain lies in that domain's heap region: the
 * header, the interned chains, and extents that hold the objects with their
 * shadow and their records. So a snapshot that restores the region restores all
 * of it at once, and two domains share nothing.
 *
 *   header | chains | extent 0 | extent 1 | ...
 *   extent: shadow 1/16 | records of objects 7/16 | data 1/2
 *
 * Each extent is twice as big as the one before, the first 64 KiB: what is used
 * lies close together, so a restore looks at few pages, and big heaps take few
 * extents. Extent k begins 64 KiB << k behind an origin, so the highest bit of
 * an address's distance from it names the extent, and the next bit says whether
 * it is data.
 *
 * The shadow has one signed byte for 8 bytes of data: 8 all are live, 1..7 only
 * the first so many (the end of an object), 0 red zone or never allocated,
 * SHADOW_FREED. So "offset + size <= shadow" accepts every good access that
 * lies in one granule, with one comparison.
 *
 * Locking: a region belongs to its domain. Errors: none here. Blocking: never.
 */
#ifndef PEFSIM_DETECT_REGION_H
#define PEFSIM_DETECT_REGION_H

#include "pefsim/finding.h"
#include "pefsim/heap.h"

#define SHADOW_SHIFT 3u
#define SHADOW_GRANULE 8u
#define SHADOW_FREED ((int8_t)-1)
#define HEAP_ALIGN 16u
#define HEAP_RED_ZONE 16u
#define CHAIN_HEADS 1024u
#define CHAIN_POOL_SIZE ((size_t)256 << 10)
#define EXTENT_MIN ((uintptr_t)64 << 10)
#define EXTENTS_MAX 24u
#define LEAN_LISTS 65u

struct lean_chunk;

struct heap {
	uintptr_t origin; /* EXTENT_MIN below the first extent; 0: not laid out yet */
	uintptr_t span; /* bytes of all extents there may be */
	uint32_t extent; /* that objects are taken from */
	uint32_t extent_max;
	struct heap_extent {
		size_t used; /* bytes of data handed out, red zones included */
		uint32_t count; /* of objects; their addresses only grow */
	} extents[EXTENTS_MAX];
	uint32_t live, live_of[OBJ_TYPE_COUNT];
	uint64_t bytes_of[OBJ_TYPE_COUNT]; /* of live objects */
	/* instead of extents, without detectors (lean.c) */
	bool lean;
	uintptr_t lean_base, lean_top, lean_end;
	uint8_t *lean_heads; /* by chunk: whether it has a head */
	uint64_t lean_used; /* bytes of it in use, heads of chunks included */
	struct lean_chunk *lean_big; /* freed ones */
	struct lean_chunk *lean_lists[LEAN_LISTS]; /* with room, by size / 16 */
	/* chains: records of [next, count, frames] in a pool of words, numbered by their word */
	uint32_t chain_heads[CHAIN_HEADS];
	uintptr_t *chain_words;
	uint32_t chain_used, chain_max;
	/* watched words */
	unsigned watch_count;
	uintptr_t watch[HOOKS_WATCH_MAX];
	struct hooks_store stores[HOOKS_WATCH_MAX];
	/* watched records of the trace: positions, rising, and whose key each is */
	uint64_t record_at[HOOKS_RECORDS_MAX];
	unsigned record_index[HOOKS_RECORDS_MAX], record_count;
	struct hooks_store records[HOOKS_RECORDS_MAX]; /* by key */
};

static inline uintptr_t extent_size(uint32_t k)
{
	return EXTENT_MIN << k;
}
static inline uintptr_t extent_data(const struct heap *h, uint32_t k)
{
	return h->origin + extent_size(k) + extent_size(k) / 2;
}
static inline struct heap_object *extent_objects(const struct heap *h, uint32_t k)
{
	return (struct heap_object *)(h->origin + extent_size(k) + extent_size(k) / 16);
}
static inline uint32_t extent_objects_max(uint32_t k)
{
	return (uint32_t)(extent_size(k) / 16 * 7 / sizeof(struct heap_object));
}
/** extent_of - the extent of a distance from the origin, at least EXTENT_MIN */
static inline uint32_t extent_of(uintptr_t distance)
{
	return (uint32_t)(63 - __builtin_clzll(distance) - __builtin_ctzll(EXTENT_MIN));
}
/** shadow_of - where the shadow of an address is; NULL when the address is no data */
static inline int8_t *shadow_of(uintptr_t origin, uintptr_t span, uintptr_t address)
{
	uintptr_t distance = address - origin, size, within;

	if (distance - EXTENT_MIN >= span)
		return NULL;
	size = (uintptr_t)1 << (63 - __builtin_clzll(distance));
	within = distance ^ size;
	if (within < size / 2)
		return NULL;
	return (int8_t *)(origin + size + ((within - size / 2) >> SHADOW_SHIFT));
}

/** region_heap - the heap of a domain, laid out on first use */
struct heap *region_heap(const struct domain *d);
/** region_arenas - the addresses of all domains of the running engine, and some more behind them */
void region_arenas(uintptr_t *lo, uintptr_t *size);
/** region_die - a misuse of this room that is a bug of a model: message, abort */
_Noreturn void region_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** heap_object_below - the last allocation that begins at or below an address, in its extent; NULL */
struct heap_object *heap_object_below(const struct heap *heap, uintptr_t address);
/** heap_object_near - the allocation an address lies in or beside; NULL when there is none */
const struct heap_object *heap_object_near(const struct heap *heap, uintptr_t address);

/*
 * What is wrong with an access, as a finding (access.c). @chain is of the
 * access; does not return when a context runs and the access is wrong.
 */
void access_check_slow(struct heap *heap, uintptr_t address, size_t size, bool write);
/* Addresses below it are a NULL pointer, or a member of what it should point to. */
#define ACCESS_NULL_PAGE UINT64_C(4096)
/** access_check_foreign - an address outside the region: a finding when another domain owns it, or nobody can */
void access_check_foreign(uintptr_t address, size_t size, bool write);
/** access_note_actor - who runs now, where, and when */
void access_note_actor(struct hooks_store *s);
/** access_store_seen - a watched word may have been stored to */
void access_store_seen(struct heap *heap, uintptr_t address, size_t size);

/** stale_search - name the words that still point into a freed object, and watch them; @address was accessed */
void stale_search(struct finding *f, struct domain *d, const struct heap_object *freed, uintptr_t address);
/** stale_last_holder - the object freed last that still has a pointer to another's beginning; NULL: there is none */
const struct heap_object *stale_last_holder(const struct domain *d, const struct heap_object *lost);

#endif
