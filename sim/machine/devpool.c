/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devpool.c - the bitmap of device-private pages, lowest free first.
 *
 * Linux looks for the first zero bit from the start each time
 * (book3s_hv_uvmem.c, kvmppc_uvmem_get_page), and which number comes out is
 * part of what a schedule shows; so the order is kept, and the search is not.
 * Above the bits stand levels of summaries: a bit there says that 64 bits below
 * are all taken. Four levels lead to the first free page of 16 million in four
 * steps.
 *
 * Bits beyond the pool's end are never taken, so the last word of a level is
 * never full and the search ends beyond the end exactly when the pool is full.
 *
 * Locking: the model's (bitmap_lock). Errors: a full pool is a value; giving
 * back what is not taken is a bug of pefsim and stops it. Blocking: never.
 */
#include "pefsim/machine.h"

#include <assert.h>

static uint64_t devpool_words(uint64_t bits)
{
	/* One word more than needed at least: there is always a free bit to find. */
	return bits / 64 + 1;
}

void devpool_init(struct domain *d, struct devpool *pool, uint32_t pages)
{
	*pool = (struct devpool){.pages = pages};
	uint64_t bits = pages;
	do {
		assert(pool->level_count < DEVPOOL_LEVELS_MAX);
		bits = devpool_words(bits);
		pool->level[pool->level_count++] = domain_arena_alloc(d, bits * sizeof(uint64_t));
	} while (bits > 1);
}

/* The lowest free page, or a number beyond the end. */
static uint64_t devpool_lowest(const struct devpool *pool)
{
	uint64_t at = 0;
	for (unsigned i = pool->level_count; i-- > 0;) {
		uint64_t word = pool->level[i][at];
		assert(word != UINT64_MAX);
		at = at * 64 + (unsigned)__builtin_ctzll(~word);
	}
	return at;
}

dfn_t devpool_take(struct devpool *pool)
{
	uint64_t page = devpool_lowest(pool);
	if (page >= pool->pages)
		return DFN_NONE;
	uint64_t at = page;
	for (unsigned i = 0; i < pool->level_count; i++, at /= 64) {
		uint64_t *word = &pool->level[i][at / 64];
		*word |= UINT64_C(1) << (at % 64);
		if (*word != UINT64_MAX)
			break;
	}
	pool->used++;
	if (page >= pool->touched)
		pool->touched = (uint32_t)page + 1;
	return (dfn_t){(uint32_t)page};
}

void devpool_give(struct devpool *pool, dfn_t dfn)
{
	assert(devpool_is_used(pool, dfn));
	uint64_t at = dfn.n;
	for (unsigned i = 0; i < pool->level_count; i++, at /= 64)
		pool->level[i][at / 64] &= ~(UINT64_C(1) << (at % 64));
	pool->used--;
}

uint64_t devpool_bytes(const struct devpool *pool)
{
	uint64_t bytes = 0, bits = pool->touched;
	for (unsigned i = 0; i < pool->level_count && bits; i++) {
		bits = (bits + 63) / 64;
		bytes += bits * sizeof(uint64_t);
	}
	return bytes;
}

bool devpool_is_used(const struct devpool *pool, dfn_t dfn)
{
	return dfn.n < pool->pages && (pool->level[0][dfn.n / 64] >> (dfn.n % 64) & 1);
}
