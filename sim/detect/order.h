/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * order.h - vector clocks, for the race detector of this room.
 *
 * Locking: a clock belongs to its domain. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_DETECT_ORDER_H
#define PEFSIM_DETECT_ORDER_H

#include "pefsim/order.h"

/* What one context knows; context 0 stands for the handlers of a domain. In the domain's arena. */
struct order_ctx {
	uint32_t id;
	uint32_t segment; /* race.c: its stretch between two releases; 0: none yet */
	struct order_clock own; /* by contexts of its domain; own.at[id] is its own clock */
	struct order_known others; /* of other domains: carried, not looked at */
};

/** order_self - of the running context or handler */
struct order_ctx *order_self(void);
/** order_knows - whether what context @id had done before its clock passed @clock is in @self's past */
static inline bool order_knows(const struct order_ctx *self, uint32_t id, uint32_t clock)
{
	return id < self->own.len && self->own.at[id] >= clock;
}

#endif
