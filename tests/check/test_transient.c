/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_transient.c - I4 at the return of a share or unshare.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void left_by_a_share(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_call(f, 30, G0, UV, ABI_UV_SHARE_PAGE);
	feed_state(f, 31, GFN_SECURE, GFN_HV_SHARING);
	if (!bad)
		feed_state(f, 32, GFN_HV_SHARING, GFN_SECURE);
	feed_return(f, 35, UV, G0, ABI_UV_SHARE_PAGE, ABI_U_P2);
}

/* Another vCPU's share is its own affair. */
static void of_another_call(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_context(f, 31, UV, bad ? 1 : 2, TRACE_UV_STATE, 0, FEED_PAGE, trace_change(GFN_SECURE, GFN_HV_SHARING));
	feed_return(f, 35, UV, G0, ABI_UV_UNSHARE_ALL_PAGES, ABI_U_SUCCESS);
}

#define STORIES(X) \
	X(left_by_a_share, I4) \
	X(of_another_call, I4)

FEED_MAIN(STORIES)
