/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swap.c - the swap area. See swap.h.
 *
 * Hidden from the access hooks: the kernel has locks and atomics here that no
 * path of the protocol depends on.
 *
 * Locking, Errors, Blocking: see swap.h.
 */
#include "hv.h"

#define SWAP_SLOTS 1024u

HV_UNSEEN void swap_init(struct domain *d, struct swap_area *swap)
{
	swap->slots = domain_arena_alloc(d, SWAP_SLOTS * sizeof(*swap->slots));
	swap->limit = SWAP_SLOTS;
}

HV_UNSEEN uint32_t swap_out(struct swap_area *swap, token_t token)
{
	for (uint32_t i = 0; i < swap->limit; i++) {
		if (swap->slots[i].users > 0)
			continue;
		swap->slots[i] = (struct swap_slot){.token = token, .users = 1};
		return i;
	}
	return SWAP_FULL;
}

HV_UNSEEN token_t swap_read(const struct swap_area *swap, uint32_t slot)
{
	return swap->slots[slot].token;
}

HV_UNSEEN uint32_t swap_users(const struct swap_area *swap, uint32_t slot)
{
	return swap->slots[slot].users;
}

HV_UNSEEN void swap_get(struct swap_area *swap, uint32_t slot)
{
	swap->slots[slot].users++;
}

HV_UNSEEN void swap_put(struct swap_area *swap, uint32_t slot)
{
	swap->slots[slot].users--;
}
