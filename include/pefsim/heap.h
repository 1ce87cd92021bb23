/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap.h - the simulated heap of a domain, and call chains.
 *
 * Freed memory is never used again within a run, so every stale pointer can be
 * told. Model code is compiled with the compiler's ThreadSanitizer pass and
 * linked with entry points of ours: each of its loads and stores is looked up
 * here. A use of freed memory stops the run with a finding that says where the
 * object was used, freed and, by a search for words that still point into it
 * and a second run that watches those words, stored.
 *
 * With detectors off (engine_config) there is no lookup, freed memory is used
 * again, an object costs its size and a word, and chains are number 0.
 *
 * Locking: a heap belongs to its domain. Errors: exhaustion stops the process
 * with a message. Blocking: heap_alloc and heap_free pass points and so may
 * yield when held; they charge nothing (the model charges STEP_ALLOC itself).
 */
#ifndef PEFSIM_HEAP_H
#define PEFSIM_HEAP_H

#include <string.h>

#include "pefsim/engine.h"

/*
 * In a file built with the access hooks, memcpy and its like are ours: gcc 12
 * and clang 14 count on an interceptor and do not instrument them. Calls by name
 * are renamed here, or the compiler might expand them in place; those a compiler
 * makes of a struct's assignment are renamed in the assembly.
 */
#if defined(__SANITIZE_THREAD__)
#define PEF_HOOKED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PEF_HOOKED 1
#endif
#endif
#if defined(PEF_HOOKS) && defined(PEF_HOOKED)
__asm__(".set memcpy, __tsan_memcpy");
__asm__(".set memmove, __tsan_memmove");
__asm__(".set memset, __tsan_memset");
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);
#define memcpy __tsan_memcpy
#define memmove __tsan_memmove
#define memset __tsan_memset
#endif

/**
 * heap_alloc - zeroed memory in the running domain's heap
 * @size: bytes, at least 1
 * @name: what reports and points call it
 * Returns memory aligned to 16 bytes; owned by the caller until heap_free().
 */
void *heap_alloc(size_t size, obj_t name);
/**
 * heap_alloc_raw - the same, but not zeroed, as kmalloc() in Linux
 * Each byte reads as 0xa5 until it is written, and the first read of one is a
 * finding of kind FINDING_UNINIT_READ.
 */
void *heap_alloc_raw(size_t size, obj_t name);
/** heap_free - give it back; NULL is fine. A double or invalid free is a finding. */
void heap_free(void *ptr);

/* One allocation, live or freed; for reports and checks. */
struct heap_object {
	uintptr_t start;
	size_t size;
	obj_t name;
	bool freed;
	uint32_t alloc_chain, free_chain; /* chain.c */
	cycles_t alloc_cycle, free_cycle;
	uint32_t alloc_ctx, free_ctx;
	uint32_t alloc_line, free_line; /* script lines */
};
/** heap_find - the allocation an address lies in; false when none */
bool heap_find(const struct domain *d, const void *address, struct heap_object *out);
/** heap_live - live allocations of a domain with that type; OBJ_NONE counts all */
unsigned heap_live(const struct domain *d, enum obj_type type);

/**
 * heap_usage - bytes of live objects of a type, as asked for; OBJ_NONE: of all
 * heap_footprint - what the heap takes for live objects and for what it cannot
 * use again, with all that is kept beside them
 */
uint64_t heap_usage(const struct domain *d, enum obj_type type);
uint64_t heap_footprint(const struct domain *d);

/*
 * Call chains. chain_capture() walks frame pointers of the running fiber and
 * returns the number of an interned list of return addresses of this domain;
 * chain_print() gives them names and places (from the program's debug
 * information) only when a report is written.
 */
#define CHAIN_FRAMES_MAX 16u
uint32_t chain_capture(void);
unsigned chain_frames(const struct domain *d, uint32_t chain, uintptr_t *out, unsigned max);
/** chain_intern - the number of a list of return addresses, innermost first; 0 for an empty one */
uint32_t chain_intern(struct domain *d, const uintptr_t *frames, unsigned count);
struct chain_place {
	char function[64];
	char file[96]; /* relative to the source tree */
	unsigned line; /* 0: unknown */
};
/** chain_places - a chain's places, innermost first, inlined functions included; engine frames left out */
unsigned chain_places(const struct domain *d, uint32_t chain, struct chain_place *out, unsigned max);

/*
 * The second look at a run with a stale pointer: the same scenario is run again
 * with the words watched that pointed into the freed object, and the last store
 * to each says who put the pointer there. Set after engine_snapshot() or
 * engine_restore(), before engine_run(); a restore forgets it.
 */
#define HOOKS_WATCH_MAX 4u
struct hooks_store {
	bool seen; /* false: nobody stored there while watched */
	uint32_t domain;
	cycles_t cycle;
	unsigned line; /* of the script, 0: none */
	unsigned frame_count;
	uintptr_t frames[CHAIN_FRAMES_MAX]; /* not interned, so that chains keep their numbers */
	char context[PEF_NAME_MAX];
};
/** hooks_watch - watch the 8-byte words at @addresses, at most HOOKS_WATCH_MAX; 0 ends watching */
void hooks_watch(struct engine *engine, const uintptr_t *addresses, unsigned count);
/**
 * hooks_watch_records - note who writes the records at these places of the trace, with his call chain
 * @keys: at most HOOKS_RECORDS_MAX; domain and position count
 * hooks_record - who wrote the record at @keys[@index]; false when it was not written
 * Each engine remembers one set of keys. The trace must be on.
 */
#define HOOKS_RECORDS_MAX 8u
void hooks_watch_records(struct engine *engine, const struct engine_key *keys, unsigned count);
bool hooks_record(const struct engine *engine, unsigned index, struct hooks_store *out);
/** hooks_watch_last - the last store to the @index-th watched word; false when there was none */
bool hooks_watch_last(const struct engine *engine, unsigned index, struct hooks_store *out);

/*
 * The second look at a run with a data race. Of the earlier access the first run
 * keeps only where it was done; the second knows it again by its context, that
 * context's clock and the place, and remembers the rest. Used as hooks_watch().
 */
#define RACE_WATCH_MAX 16u
#define RACE_HELD_MAX 8u
struct race_seen {
	bool seen; /* false: it did not come */
	uint32_t domain;
	cycles_t cycle;
	unsigned line; /* of the script, 0: none */
	unsigned frame_count;
	uintptr_t frames[CHAIN_FRAMES_MAX];
	char context[PEF_NAME_MAX];
	obj_t held[RACE_HELD_MAX]; /* locks it held, oldest first */
	bool held_shared[RACE_HELD_MAX];
	unsigned held_count;
};
struct finding_access;
/** race_watch - wait for @count accesses, at most RACE_WATCH_MAX; addresses of @engine's domains */
void race_watch(struct engine *engine, const struct finding_access *accesses, unsigned count);
/** race_watch_count - accesses looked at since race_watch(), in all domains; none is let go unseen meanwhile */
uint64_t race_watch_count(const struct engine *engine);
/** race_watched - what the second run saw of the @index-th */
void race_watched(const struct engine *engine, unsigned index, struct race_seen *out);

#endif
