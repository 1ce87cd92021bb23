/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * era.h - how a Linux of some time counts references on device-private pages.
 *
 * One row an era; the code asks for a property, never for an era.
 *
 * Locking: none; constant. Errors: none. Blocking: never.
 */
#ifndef HV_MODEL_ERA_H
#define HV_MODEL_ERA_H

#include "pefsim/variants.h"

/* What do_swap_page() holds on a device page while the design's handler runs. */
enum fault_hold {
	FAULT_HOLDS_NOTHING, /* so the page can be freed under the handler (CVE-2022-3523) */
	FAULT_HOLDS_REFERENCE, /* each faulting thread has one of its own */
	FAULT_HOLDS_LOCK, /* and the page lock; a thread that cannot have it comes again */
};

struct era_rules {
	uint8_t free_count; /* references a page has in the pool */
	uint8_t base; /* references that a page in use has beside those of its users: page_free runs at this count */
	enum fault_hold fault;
};

/** era_rules_of - the row of an era */
const struct era_rules *era_rules_of(enum mm_era era);

#endif
