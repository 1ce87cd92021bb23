/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_mapping.c - I3 at the return of the page calls.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void page_out_unmaps(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_map(f, 25, TRACE_MAP_SECURE, 4);
	feed_call(f, 30, HV, UV, ABI_UV_PAGE_OUT);
	if (!bad)
		feed_map(f, 31, TRACE_MAP_NONE, UINT32_MAX);
	feed_state(f, 32, GFN_SECURE, GFN_PAGEDOUT);
	feed_return(f, 35, UV, HV, ABI_UV_PAGE_OUT, ABI_U_SUCCESS);
}

static void refused_page_out_keeps_the_mapping(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_map(f, 25, TRACE_MAP_SECURE, 4);
	feed_call(f, 30, HV, UV, ABI_UV_PAGE_OUT);
	feed_map(f, 31, TRACE_MAP_NONE, UINT32_MAX);
	if (!bad)
		feed_map(f, 32, TRACE_MAP_SECURE, 4);
	feed_return(f, 35, UV, HV, ABI_UV_PAGE_OUT, ABI_U_P2);
}

/* Somebody else's work on the page is not judged half done. */
static void not_while_the_stripe_is_held(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_map(f, 25, TRACE_MAP_SECURE, 4);
	feed_call(f, 30, HV, UV, ABI_UV_PAGE_INVAL);
	if (!bad)
		feed_context(f, 31, UV, 2, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, obj_make(OBJ_UV_GFN_LOCK, 0, 5).w, 0);
	feed_context(f, 32, UV, 2, TRACE_UV_STATE, 0, FEED_PAGE, trace_change(GFN_SECURE, GFN_PAGEDOUT));
	feed_return(f, 35, UV, HV, ABI_UV_PAGE_INVAL, ABI_U_P2);
}

/* Other calls answer for other things. */
static void of_the_page_calls_only(struct feed *f, bool bad)
{
	uint32_t number = bad ? ABI_UV_PAGE_IN : ABI_UV_SHARE_PAGE;

	feed_secure(f);
	feed_map(f, 25, TRACE_MAP_SECURE, 4);
	feed_call(f, 30, HV, UV, number);
	feed_context(f, 32, UV, 2, TRACE_UV_STATE, 0, FEED_PAGE, trace_change(GFN_SECURE, GFN_PAGEDOUT));
	feed_return(f, 35, UV, HV, number, ABI_U_P2);
}

#define STORIES(X) \
	X(page_out_unmaps, I3) \
	X(refused_page_out_keeps_the_mapping, I3) \
	X(not_while_the_stripe_is_held, I3) \
	X(of_the_page_calls_only, I3)

FEED_MAIN(STORIES)
