/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * region.h - how this room divides the address space a domain lends it.
 *
 * Everything the room knows of a domain lies in that domain's heap region: the
 * header, the interned chains, the shadow, the table of objects and the objects
 * themselves. So a snapshot that restores the region restores all of it at
 * once, and two domains share nothing. Memory is only used where touched.
 *
 *   header | chains | shadow | objects' table | data
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

struct heap {
	uintptr_t base, size; /* of the whole region */
	/* data */
	uintptr_t data;
	size_t data_size;
	size_t used; /* bytes of data handed out, red zones included */
	int8_t *shadow;
	struct heap_object *objects; /* in order of address, and so of time */
	uint32_t object_count, object_max;
	uint32_t live, live_of[OBJ_TYPE_COUNT];
	/* chains: records of [next, count, frames] in a pool of words, numbered by their word */
	uint32_t chain_heads[CHAIN_HEADS];
	uintptr_t *chain_words;
	uint32_t chain_used, chain_max;
	/* watched words */
	unsigned watch_count;
	uintptr_t watch[HOOKS_WATCH_MAX];
	struct hooks_store stores[HOOKS_WATCH_MAX];
};

/** region_heap - the heap of a domain, laid out on first use */
struct heap *region_heap(const struct domain *d);
/** region_die - a misuse of this room that is a bug of a model: message, abort */
_Noreturn void region_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** heap_object_near - the allocation an address lies in or beside; NULL when there is none */
const struct heap_object *heap_object_near(const struct heap *heap, uintptr_t address);

/*
 * What is wrong with an access, as a finding (access.c). @chain is of the
 * access; does not return when a context runs and the access is wrong.
 */
void access_check_slow(struct heap *heap, uintptr_t address, size_t size, bool write);
/** access_check_foreign - an address outside the region: a finding when another domain owns it */
void access_check_foreign(uintptr_t address, size_t size, bool write);
/** access_store_seen - a watched word may have been stored to */
void access_store_seen(struct heap *heap, uintptr_t address, size_t size);

/** stale_search - name the words that still point into a freed object, and watch them */
void stale_search(struct finding *f, struct domain *d, const struct heap_object *object);

#endif
