/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.c - the entry points that compilers call for loads and stores.
 *
 * gcc (12) and clang (14) with -fsanitize=thread put a call before each access
 * of model code; linking without libtsan makes these functions the ones that
 * are called. Most accesses are to a stack or to live memory of one's own heap,
 * and are let go after a handful of instructions; the rest goes to access.c.
 * Atomic operations arrive as calls that have to do the work as well; one
 * domain's code never runs twice at the same host time, so sequentially
 * consistent builtins are all that is needed.
 *
 * The list of entry points is what the compilers emit: gcc 12 gcc/sanitizer.def
 * and clang 14 llvm/lib/Transforms/Instrumentation/ThreadSanitizer.cpp. Function
 * entry and exit are switched off by compiler flags; they are here for code
 * built without these.
 *
 * Locking: as heap.c. Errors: findings. Blocking: a finding does not return in
 * a context.
 */
#include <string.h>

#include "hooks.h"
#include "region.h"

#ifdef PEF_HOOKS

/* An address this close above the stack pointer is on the running stack. */
#define HOOKS_STACK_NEAR ((uintptr_t)8 << 10)

/*
 * Of the domain that ran last on this host thread. Where a region lies and how it
 * is divided follow from its domain's address alone, so this stays true even when
 * the domain of another engine comes to stand at the same place.
 */
struct hooks_cache {
	const struct domain *domain;
	struct heap *heap;
	uintptr_t origin, span;
	uintptr_t arenas, arenas_size;
};
static _Thread_local struct hooks_cache hooks_cache;

static void __attribute__((noinline)) hooks_refresh(void)
{
	struct heap *h = region_heap(engine_tls.domain);

	hooks_cache = (struct hooks_cache){
		engine_tls.domain,
		h,
		h->origin,
		h->span,
		0,
		0,
	};
	region_arenas(&hooks_cache.arenas, &hooks_cache.arenas_size);
}

/* The price list, the trace: nobody's. Not the lowest addresses: what is found there is a NULL pointer. */
static inline __attribute__((always_inline)) bool hooks_nobodys(uintptr_t address, uintptr_t arenas, uintptr_t size)
{
	return address - arenas >= size && address >= ACCESS_NULL_PAGE;
}

/* Outside one's own heap: stacks and one's own state, or another side's memory. */
static void __attribute__((noinline)) hooks_outside(uintptr_t address, size_t size, bool write)
{
	const struct hooks_cache *c = &hooks_cache;

	if (address - c->origin - EXTENT_MIN < c->span)
		access_check_slow(region_heap(c->domain), address, size, write);
	else if (!domain_owns(c->domain, (const void *)address))
		access_check_foreign(address, size, write);
}

/* Whether the heap takes an access for one of live memory, or has told it. */
static inline __attribute__((always_inline)) void hooks_live(uintptr_t address, size_t size, bool write)
{
	const struct hooks_cache *c = &hooks_cache;
	const int8_t *shadow;

	if (c->domain != engine_tls.domain)
		hooks_refresh();
	if (c->heap->lean)
		return;
	if (hooks_nobodys(address, c->arenas, c->arenas_size))
		return;
	shadow = shadow_of(c->origin, c->span, address);
	if (!shadow)
		hooks_outside(address, size, write);
	else if ((int64_t)((address & (SHADOW_GRANULE - 1)) + size) > *shadow)
		access_check_slow(region_heap(c->domain), address, size, write);
	if (write && __builtin_expect(c->heap->watch_count, 0))
		access_store_seen(c->heap, address, size);
}

static void __attribute__((noinline)) hooks_slow(uintptr_t address, size_t size, unsigned how, uintptr_t pc)
{
	struct race *r;

	hooks_live(address, size, how & ACCESS_WRITE);
	r = engine_tls.seen ? race_view.race : race_enter();
	if (!r)
		return;
	r->looked++;
	if (address - r->base < r->size)
		race_access(r, address, size, how, pc);
}

/* Whether the running segment has done at least that to the same bytes already. */
static inline __attribute__((always_inline)) bool hooks_seen(uintptr_t address, size_t size, unsigned how)
{
	uintptr_t distance = address - race_view.base;
	uint32_t mark = how & ACCESS_MARKED ? RACE_MARKED : 0, seen = engine_tls.seen | mark;
	const struct race_cell *c;
	unsigned mask;

	if (size > RACE_BYTES || distance >= race_view.size)
		return false;
	mask = ((1u << size) - 1) << (address & (RACE_BYTES - 1));
	c = &race_view.cells[distance >> RACE_SHIFT];
	if ((c->write | mark) == seen && !(mask & ~(unsigned)c->write_mask))
		return true;
	return !(how & ACCESS_WRITE) && (c->read | mark) == seen && !(mask & ~(unsigned)c->read_mask);
}

/*D:100
 * Models are plain C. The compiler's ThreadSanitizer pass puts a call before each of their loads and
 * stores, and since the program is not linked with that sanitizer's library, the calls come here.
 * Most are about the running stack, or do again what the same stretch of code has done to the same
 * bytes, and are let go after a look at one word; without the race detector, at one byte.
 :*/
static inline __attribute__((always_inline)) void hooks_access(
	const volatile void *pointer, size_t size, unsigned how, uintptr_t pc)
{
	uintptr_t address = (uintptr_t)pointer;

	/* The running stack: locals whose address was taken. */
	if (address - (uintptr_t)__builtin_frame_address(0) < HOOKS_STACK_NEAR)
		return;
	if (__builtin_expect(engine_tls.seen != 0, 1)) {
		if (hooks_seen(address, size, how) || hooks_nobodys(address, race_view.arenas, race_view.arenas_size))
			return;
	} else if (!engine_tls.races) {
		if (engine_tls.domain)
			hooks_live(address, size, how & ACCESS_WRITE);
		return;
	}
	hooks_slow(address, size, how, pc);
}

void hooks_check(const volatile void *pointer, size_t size, unsigned how, uintptr_t pc)
{
	hooks_access(pointer, size, how, pc);
}

#define HOOKS_PC ((uintptr_t)__builtin_return_address(0))

/* X(size) for the accesses that have an entry point of their own. */
#define HOOKS_SIZES(X) X(1) X(2) X(4) X(8) X(16)
#define HOOKS_SIZES_UNALIGNED(X) X(2) X(4) X(8) X(16)

#define HOOKS_DEFINE(name, size, how) \
	void name(void *pointer); \
	void name(void *pointer) \
	{ \
		hooks_access(pointer, size, how, HOOKS_PC); \
	}

#define X(size) \
	HOOKS_DEFINE(__tsan_read##size, size, 0) \
	HOOKS_DEFINE(__tsan_write##size, size, ACCESS_WRITE) \
	HOOKS_DEFINE(__tsan_volatile_read##size, size, ACCESS_MARKED) \
	HOOKS_DEFINE(__tsan_volatile_write##size, size, ACCESS_WRITE | ACCESS_MARKED) \
	/* clang: one call for a read and a write of the same word */ \
	HOOKS_DEFINE(__tsan_read_write##size, size, ACCESS_WRITE)
HOOKS_SIZES(X)
#undef X

#define X(size) \
	HOOKS_DEFINE(__tsan_unaligned_read##size, size, 0) \
	HOOKS_DEFINE(__tsan_unaligned_write##size, size, ACCESS_WRITE) \
	HOOKS_DEFINE(__tsan_unaligned_volatile_read##size, size, ACCESS_MARKED) \
	HOOKS_DEFINE(__tsan_unaligned_volatile_write##size, size, ACCESS_WRITE | ACCESS_MARKED) \
	HOOKS_DEFINE(__tsan_unaligned_read_write##size, size, ACCESS_WRITE)
HOOKS_SIZES_UNALIGNED(X)
#undef X

/* clang marks volatile accesses of 1 byte this way, too. */
HOOKS_DEFINE(__tsan_unaligned_volatile_read1, 1, ACCESS_MARKED)
HOOKS_DEFINE(__tsan_unaligned_volatile_write1, 1, ACCESS_WRITE | ACCESS_MARKED)
HOOKS_DEFINE(__tsan_vptr_read, sizeof(void *), 0)

void __tsan_vptr_update(void *pointer, void *value);
void __tsan_vptr_update(void *pointer, void *value)
{
	(void)value;
	hooks_access(pointer, sizeof(void *), ACCESS_WRITE, HOOKS_PC);
}

void __tsan_read_range(void *pointer, unsigned long size);
void __tsan_read_range(void *pointer, unsigned long size)
{
	if (size)
		hooks_access(pointer, size, 0, HOOKS_PC);
}

void __tsan_write_range(void *pointer, unsigned long size);
void __tsan_write_range(void *pointer, unsigned long size)
{
	if (size)
		hooks_access(pointer, size, ACCESS_WRITE, HOOKS_PC);
}

void __tsan_init(void);
void __tsan_init(void) {}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void *unused);
void __tsan_func_exit(void *unused)
{
	(void)unused;
}

void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size)
{
	if (size) {
		hooks_access(from, size, 0, HOOKS_PC);
		hooks_access(to, size, ACCESS_WRITE, HOOKS_PC);
	}
	return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size)
{
	if (size) {
		hooks_access(from, size, 0, HOOKS_PC);
		hooks_access(to, size, ACCESS_WRITE, HOOKS_PC);
	}
	return memmove(to, from, size);
}

void *__tsan_memset(void *to, int byte, size_t size);
void *__tsan_memset(void *to, int byte, size_t size)
{
	if (size)
		hooks_access(to, size, ACCESS_WRITE, HOOKS_PC);
	return memset(to, byte, size);
}

#endif
