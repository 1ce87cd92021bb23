/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * set.c - a set of numbers: 64 neighbours a word, words in a hash table.
 *
 * Numbers given out one after the other cost less than a byte each.
 *
 * Locking: none. Errors: lack of memory stops the process. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "ghost.h"

static uint64_t *set_slot(const struct ghost_set *set, uint64_t key)
{
	uint32_t at = (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (set->room - 1);

	while (set->words[2 * at] && set->words[2 * at] != key)
		at = (at + 1) & (set->room - 1);
	return &set->words[2 * at];
}

static void set_grow(struct ghost_set *set)
{
	struct ghost_set old = *set;

	set->room = old.room ? 2 * old.room : 8;
	set->words = ghost_grow(NULL, 2 * (size_t)set->room, sizeof(*set->words));
	memset(set->words, 0, 2 * (size_t)set->room * sizeof(*set->words));
	for (uint32_t i = 0; i < old.room; i++) {
		if (old.words[2 * i])
			memcpy(set_slot(set, old.words[2 * i]), &old.words[2 * i], 2 * sizeof(*set->words));
	}
	free(old.words);
}

bool ghost_set_has(const struct ghost_set *set, uint64_t number)
{
	return set->room && (set_slot(set, (number >> 6) + 1)[1] >> (number & 63) & 1);
}

bool ghost_set_add(struct ghost_set *set, uint64_t number)
{
	uint64_t *slot;

	if (ghost_set_has(set, number))
		return false;
	if (2 * (set->used + 1) > set->room)
		set_grow(set);
	slot = set_slot(set, (number >> 6) + 1);
	set->used += slot[0] == 0;
	slot[0] = (number >> 6) + 1;
	slot[1] |= UINT64_C(1) << (number & 63);
	return true;
}

bool ghost_set_drop(struct ghost_set *set, uint64_t number)
{
	if (!ghost_set_has(set, number))
		return false;
	set_slot(set, (number >> 6) + 1)[1] &= ~(UINT64_C(1) << (number & 63));
	return true;
}

void ghost_set_clear(struct ghost_set *set)
{
	free(set->words);
	*set = (struct ghost_set){0};
}
