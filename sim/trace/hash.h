/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash.h - the mixing step that the hashes of records and of runs share.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEF_TRACE_HASH_H
#define PEF_TRACE_HASH_H

#include <stdint.h>

/* Odd numbers with about as many ones as zeros; their only task is to differ. */
#define HASH_SEED UINT64_C(0x9e3779b97f4a7c15)
#define HASH_KEY_A UINT64_C(0xd1342543de82ef95)
#define HASH_KEY_B UINT64_C(0xaf251af3b0f025b5)
#define HASH_KEY_C UINT64_C(0xb564ef22ec7aece5)

__extension__ typedef unsigned __int128 hash_wide;

/* Multiply to 128 bits and add the halves: every input bit reaches every output bit. */
static inline uint64_t hash_mix(uint64_t x, uint64_t y)
{
	hash_wide product = (hash_wide)x * y;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
