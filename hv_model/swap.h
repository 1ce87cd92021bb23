/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swap.h - where page replacement puts content that has to leave memory.
 *
 * A slot keeps one page's content token, and counts the page-table entries that
 * name it (the kernel's swap map). There is no swap cache: a page is in memory
 * or out, and one that could not leave was never out.
 *
 * Locking: none; the kernel's are not part of the protocol. Errors: a full area
 * is a value. Blocking: never.
 */
#ifndef HV_MODEL_SWAP_H
#define HV_MODEL_SWAP_H

#include "pefsim/machine.h"

struct swap_slot {
	token_t token;
	uint32_t users; /* entries that name it; 0: free */
};
struct swap_area {
	struct swap_slot *slots;
	uint32_t limit;
};
#define SWAP_FULL UINT32_MAX

void swap_init(struct domain *d, struct swap_area *swap);
/** swap_out - keep content, for one entry; the slot's number, SWAP_FULL when there is no room */
uint32_t swap_out(struct swap_area *swap, token_t token);
token_t swap_read(const struct swap_area *swap, uint32_t slot);
/** swap_users - entries that name a slot; swap_get, swap_put - one more, one less */
uint32_t swap_users(const struct swap_area *swap, uint32_t slot);
void swap_get(struct swap_area *swap, uint32_t slot);
void swap_put(struct swap_area *swap, uint32_t slot);

#endif
