/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena.c - a range of addresses for each domain.
 *
 * An engine takes one slot of the address space, each of its domains a fixed
 * part of that, at the same addresses in every process: a report that has to
 * compare addresses of two runs can, and a snapshot is a copy of ranges. All of
 * it is reserved at once and touched lazily. The base suits the shadow memory
 * of the sanitizers: AddressSanitizer keeps everything below 0x10007fff8000,
 * ThreadSanitizer leaves programs the first 512 GiB.
 *
 * A domain's range: small state, packed | contexts, one stride each | state of
 * 64 KiB and more, page-aligned, sparse | simulated heap | stacks.
 *
 * Locking: slots are taken with an atomic; a range belongs to its domain.
 * Errors: a range that is used up stops the process with a message. Blocking:
 * never.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "engine_private.h"

#ifdef PEF_TSAN
#define ARENA_BASE UINT64_C(0x1000000000)
#define ARENA_SPAN (UINT64_C(4) << 30)
#define ARENA_SLOTS 3u
#else
#define ARENA_BASE UINT64_C(0x200000000000)
#define ARENA_SPAN (UINT64_C(64) << 30)
#define ARENA_SLOTS 31u
#endif
#define ARENA_ENGINE (32 * ARENA_SPAN)
#define ARENA_SPARSE_MIN (UINT64_C(64) << 10)

/* Ends of the parts, in 64ths of the span. */
static const unsigned part_end[PART_COUNT] = {
	[PART_DENSE] = 8, [PART_CONTEXTS] = 9, [PART_SPARSE] = 16, [PART_HEAP] = 48, [PART_STACKS] = 64};

static _Atomic uint32_t arena_slots_used;

bool arena_reserve(struct engine *engine)
{
	for (unsigned slot = 0; slot < ARENA_SLOTS; slot++) {
		uint32_t bit = UINT32_C(1) << slot;
		if (atomic_fetch_or(&arena_slots_used, bit) & bit)
			continue;
		engine->slot = slot;
		return true;
	}
	return false;
}

static uintptr_t arena_base(const struct engine *engine, unsigned index)
{
	return ARENA_BASE + engine->slot * ARENA_ENGINE + index * ARENA_SPAN;
}

void arena_release(struct engine *engine)
{
	for (unsigned i = 0; i < engine->domain_count; i++)
		munmap((void *)arena_base(engine, i), ARENA_SPAN);
	atomic_fetch_and(&arena_slots_used, ~(UINT32_C(1) << engine->slot));
}

struct domain *arena_add_domain(struct engine *engine, unsigned index)
{
	uintptr_t base = arena_base(engine, index);
	void *got = mmap((void *)base, ARENA_SPAN, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (got == MAP_FAILED)
		return NULL;
	if ((uintptr_t)got != base) { /* a kernel that takes the address for a wish */
		munmap(got, ARENA_SPAN);
		return NULL;
	}
	/* A huge page under each stack would be 2 MiB a context. */
	madvise(got, ARENA_SPAN, MADV_NOHUGEPAGE);
	madvise(got, ARENA_SPAN, MADV_DONTDUMP);
	struct domain *d = got;
	uintptr_t lo = base;
	for (unsigned part = 0; part < PART_COUNT; part++) {
		d->part_lo[part] = lo;
		lo = d->part_hi[part] = base + ARENA_SPAN / 64 * part_end[part];
	}
	d->dense_top = (base + sizeof *d + 63) & ~(uintptr_t)63;
	d->sparse_top = d->part_lo[PART_SPARSE];
	d->heap_mark = d->part_lo[PART_HEAP];
	return d;
}

static void *arena_bump(const struct domain *d, uintptr_t *top, enum domain_part part, size_t size, size_t align)
{
	uintptr_t at = (*top + align - 1) & ~(uintptr_t)(align - 1);
	if (size > d->part_hi[part] - at)
		engine_bug("the arena of domain %s is full: %zu bytes asked for", d->name, size);
	*top = at + size;
	return (void *)at;
}

void *arena_alloc(struct domain *d, size_t size, size_t align)
{
	if (size >= ARENA_SPARSE_MIN)
		return arena_bump(d, &d->sparse_top, PART_SPARSE, size, 4096);
	return arena_bump(d, &d->dense_top, PART_DENSE, size, align);
}

/* Stacks are numbered from the bottom; those of ended contexts are used first. */
uintptr_t arena_stack_take(struct domain *d)
{
	struct context *ended = d->stack_free;
	if (ended) {
		d->stack_free = ended->twin;
		return ended->fiber.lo;
	}
	uintptr_t lo = d->part_lo[PART_STACKS] + d->stack_count * ENGINE_STACK_SIZE;
	if (lo + ENGINE_STACK_SIZE > d->part_hi[PART_STACKS])
		engine_bug("domain %s has too many contexts at once", d->name);
	d->stack_count++;
	mprotect((void *)lo, ENGINE_GUARD_SIZE, PROT_NONE);
	return lo + ENGINE_GUARD_SIZE;
}

void arena_stack_give(struct domain *d, struct context *ended)
{
	ended->twin = d->stack_free;
	d->stack_free = ended;
}

void *domain_arena_alloc(struct domain *d, size_t size)
{
	return arena_alloc(d, size ? size : 1, 16);
}

const void *domain_state(const struct domain *d, size_t *size)
{
	*size = d->dense_top - d->part_lo[PART_DENSE];
	return (const void *)d->part_lo[PART_DENSE];
}

void domain_keep_range(struct domain *d, void *start, size_t size)
{
	d->kept_lo = (uintptr_t)start;
	d->kept_size = size;
}

bool domain_owns(const struct domain *d, const void *address)
{
	uintptr_t a = (uintptr_t)address;
	if (a - d->kept_lo < d->kept_size)
		return true;
	return a >= d->part_lo[PART_DENSE] && a < d->part_hi[PART_STACKS];
}

void domain_range(const struct domain *d, uintptr_t *lo, size_t *size)
{
	*lo = d->part_lo[PART_DENSE];
	*size = d->part_hi[PART_HEAP] - *lo;
}

void *domain_heap_region(const struct domain *d, size_t *size)
{
	*size = d->part_hi[PART_HEAP] - d->part_lo[PART_HEAP];
	return (void *)d->part_lo[PART_HEAP];
}

void domain_heap_touch(struct domain *d, const void *end)
{
	if ((uintptr_t)end > d->heap_mark)
		d->heap_mark = (uintptr_t)end;
}
