/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * era.c - the table of eras. See era.h.
 *
 * Until 5.17 the pool keeps a reference on each page, so that the last user's
 * takes the count from 2 to 1. Commit 27674ef6c73f did away with it, but leaves
 * a count of 1 to be handed out. The fault_page series of 6.1 starts at 0 and
 * lets the faulting thread hold the page; commit 1afaeb8293c9 lets only one
 * thread at a time go on.
 *
 * Locking, Errors, Blocking: see era.h.
 */
#include "era.h"

static const struct era_rules era_table[ERA_COUNT] = {
	[ERA_V5_5] = {.free_count = 1, .base = 1, .fault = FAULT_HOLDS_NOTHING},
	[ERA_V5_18] = {.free_count = 1, .base = 0, .fault = FAULT_HOLDS_NOTHING},
	[ERA_V6_1] = {.free_count = 0, .base = 0, .fault = FAULT_HOLDS_REFERENCE},
	[ERA_V6_15] = {.free_count = 0, .base = 0, .fault = FAULT_HOLDS_LOCK},
};

const struct era_rules *era_rules_of(enum mm_era era)
{
	return &era_table[era < ERA_COUNT ? era : ERA_DEFAULT];
}
