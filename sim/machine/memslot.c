/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memslot.c - looking slots up.
 *
 * A table has a few slots, at most PEF_SLOTS_MAX, and a lookup costs what the
 * price list says, not what it takes here; so a plain walk does.
 *
 * Locking: the table is immutable once published. Errors: none. Blocking: never.
 */
#include "pefsim/machine.h"

const struct memslot *memslots_find_gfn(const struct memslots *slots, gfn_t gfn)
{
	for (uint32_t i = 0; i < slots->count; i++) {
		const struct memslot *slot = &slots->slots[i];
		if (gfn.n >= slot->base.n && gfn.n - slot->base.n < slot->pages)
			return slot;
	}
	return NULL;
}

const struct memslot *memslots_find_id(const struct memslots *slots, uint32_t id)
{
	for (uint32_t i = 0; i < slots->count; i++)
		if (slots->slots[i].id == id)
			return &slots->slots[i];
	return NULL;
}
