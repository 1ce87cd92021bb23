/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_revoked.c - I1: frames that the host has taken back. (Real: inval-of-shared.pef with v9-rmap.)
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void freed_while_mapped(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	if (!bad) {
		feed_map(f, 40, TRACE_MAP_NONE, UINT32_MAX);
		feed_state(f, 41, GFN_SHARED, GFN_SHARED_INV);
	}
	feed_frame(f, 50, false, 9);
}

static void mapped_after_free(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_frame(f, 25, true, 9);
	if (bad)
		feed_frame(f, 26, false, 9);
	feed_map(f, 30, TRACE_MAP_SHARED, 9);
}

/* An invalidation that is refused promises nothing; one that is acknowledged does. */
static void acknowledged(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	feed_call(f, 40, HV, UV, ABI_UV_PAGE_INVAL);
	feed_return(f, 45, UV, HV, ABI_UV_PAGE_INVAL, bad ? ABI_U_SUCCESS : ABI_U_P3);
}

/* The mapping may be new: of a page-in after the invalidation. */
static void mapped_anew(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	feed_call(f, 40, HV, UV, ABI_UV_PAGE_INVAL);
	if (!bad) {
		feed_map(f, 41, TRACE_MAP_NONE, UINT32_MAX);
		feed_map(f, 43, TRACE_MAP_SHARED, 9);
	}
	feed_return(f, 45, UV, HV, ABI_UV_PAGE_INVAL, ABI_U_SUCCESS);
}

/* As in the published firmware: while the hypervisor unshares, and not after. */
static void until_the_call_returns(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	feed_state(f, 40, GFN_SHARED, GFN_HV_UNSHARING);
	feed_call(f, 41, UV, HV, ABI_H_SVM_PAGE_IN);
	feed_frame(f, 45, false, 9);
	if (!bad)
		feed_map(f, 47, TRACE_MAP_NONE, UINT32_MAX);
	feed_return(f, 50, HV, UV, ABI_H_SVM_PAGE_IN, ABI_H_SUCCESS);
}

/* A frame that is taken is in use, not freed, and one that is not mapped may be freed. */
static void frames_come_and_go(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	feed_frame(f, 50, !bad, 9);
	feed_frame(f, 51, true, 8);
	feed_frame(f, 52, false, 8);
}

#define STORIES(X) \
	X(freed_while_mapped, I1) \
	X(mapped_after_free, I1) \
	X(acknowledged, I1) \
	X(mapped_anew, I1) \
	X(until_the_call_returns, I1) \
	X(frames_come_and_go, I1)

FEED_MAIN(STORIES)
