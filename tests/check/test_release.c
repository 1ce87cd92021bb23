/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_release.c - I20: of what is gone nothing is left.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void slot(struct feed *f, cycles_t cycle, enum trace_slot what)
{
	feed_event(f, cycle, UV, TRACE_SLOT, what, 0, trace_span((gfn_t){4}, 4));
}

static void mapping_is_left(struct feed *f, bool bad)
{
	slot(f, 5, TRACE_SLOT_REGISTER);
	feed_secure(f);
	feed_map(f, 30, TRACE_MAP_SECURE, 3);
	feed_event(f, 40, HV, TRACE_CALL, UV, ABI_UV_UNREGISTER_MEM_SLOT, 0);
	if (!bad)
		feed_map(f, 45, TRACE_MAP_NONE, UINT32_MAX);
	slot(f, 50, TRACE_SLOT_UNREGISTER);
}

static void state_is_left(struct feed *f, bool bad)
{
	slot(f, 5, TRACE_SLOT_REGISTER);
	feed_secure(f);
	feed_state(f, 30, GFN_SECURE, GFN_PAGEDOUT);
	feed_event(f, 40, HV, TRACE_CALL, UV, ABI_UV_SVM_TERMINATE, 0);
	if (!bad)
		feed_state(f, 45, GFN_PAGEDOUT, GFN_SECURE);
	feed_event(f, 50, UV, TRACE_SVM, TRACE_SVM_TERMINATED, 0, 0);
}

static void another_slot_stays(struct feed *f, bool bad)
{
	uint64_t page = trace_page(0, (gfn_t){bad ? 8 : 7});

	feed_start(f, 1, UV, 1, HV, 1);
	slot(f, 5, TRACE_SLOT_REGISTER);
	feed_secure(f);
	feed_event(f, 30, UV, TRACE_UV_MAP, TRACE_MAP_SECURE, page, 3);
	feed_call(f, 40, HV, UV, ABI_UV_UNREGISTER_MEM_SLOT);
	feed_event(f, 45, UV, TRACE_UV_MAP, TRACE_MAP_NONE, page, UINT32_MAX);
	slot(f, 50, TRACE_SLOT_UNREGISTER);
}

/* Registering a slot anew is no release. */
static void only_unregistering(struct feed *f, bool bad)
{
	slot(f, 5, TRACE_SLOT_REGISTER);
	feed_secure(f);
	feed_map(f, 30, TRACE_MAP_SECURE, 3);
	slot(f, 50, bad ? TRACE_SLOT_UNREGISTER : TRACE_SLOT_FLAGS);
}

#define STORIES(X) \
	X(mapping_is_left, I20) \
	X(state_is_left, I20) \
	X(another_slot_stays, I20) \
	X(only_unregistering, I20)

FEED_MAIN(STORIES)
