/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_zeroing.c - I8: zero at the commit of a share or unshare.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void begin(struct feed *f, uint32_t number)
{
	feed_start(f, 1, UV, 1, G0, 1);
	feed_secure(f);
	feed_write(f, 22, G0, PLAIN(1));
	feed_call(f, 25, G0, UV, number);
}

static void frame_holds(struct feed *f, cycles_t cycle, token_t token)
{
	feed_event(f, cycle, HV, TRACE_CONTENT, TRACE_SIDE_HOST, FEED_PAGE, token);
}

static void uv_tells(struct feed *f, cycles_t cycle, token_t token)
{
	feed_event(f, cycle, UV, TRACE_CONTENT, TRACE_SIDE_UV, FEED_PAGE, token);
}

static void frame_of_a_share(struct feed *f, bool bad)
{
	begin(f, ABI_UV_SHARE_PAGE);
	frame_holds(f, 26, HOST_PLAIN(8));
	feed_frame(f, 30, true, 9);
	feed_state(f, 31, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, 32, GFN_HV_SHARING, GFN_HV_SHARED);
	if (!bad)
		frame_holds(f, 33, TOKEN_ZERO);
	feed_state(f, 34, GFN_HV_SHARED, GFN_SHARED);
	feed_map(f, 35, TRACE_MAP_SHARED, 9);
}

/* A frame that now belongs to another page tells nothing of this one. */
static void frame_of_another_page(struct feed *f, bool bad)
{
	begin(f, ABI_UV_SHARE_PAGE);
	frame_holds(f, 26, HOST_PLAIN(8));
	feed_frame(f, 30, true, 9);
	if (!bad)
		feed_event(f, 30, HV, TRACE_FRAME, true, 9, trace_page(0, (gfn_t){6}));
	feed_state(f, 31, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, 32, GFN_HV_SHARING, GFN_HV_SHARED);
	feed_state(f, 34, GFN_HV_SHARED, GFN_SHARED);
	feed_map(f, 35, TRACE_MAP_SHARED, 9);
}

/* What the host stores between zeroing and mapping is its own. */
static void the_host_may_store(struct feed *f, bool bad)
{
	begin(f, ABI_UV_SHARE_PAGE);
	feed_frame(f, 30, true, 9);
	feed_state(f, 31, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, 32, GFN_HV_SHARING, GFN_HV_SHARED);
	if (!bad)
		frame_holds(f, 33, TOKEN_ZERO);
	frame_holds(f, 34, HOST_PLAIN(8));
	feed_state(f, 35, GFN_HV_SHARED, GFN_SHARED);
	feed_map(f, 36, TRACE_MAP_SHARED, 9);
}

static void shared_already(struct feed *f, bool bad)
{
	begin(f, ABI_UV_SHARE_PAGE);
	feed_share(f, 30);
	uv_tells(f, 40, bad ? PLAIN(1) : TOKEN_ZERO);
}

/* The commit holds page_lock; an undone unshare gives the old content back without it. */
static void frame_of_an_unshare(struct feed *f, bool bad)
{
	begin(f, ABI_UV_UNSHARE_PAGE);
	feed_share(f, 30);
	feed_state(f, 40, GFN_SHARED, GFN_HV_UNSHARING);
	feed_mark(f, 41, HV_MARK_SHARED, HV_MARK_UVMEM);
	feed_state(f, 41, GFN_HV_UNSHARING, GFN_HV_UNSHARED);
	if (bad)
		feed_event(f, 42, UV, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, obj_make(OBJ_UV_PAGE_LOCK, 0, OBJ_NO_INDEX).w,
			0);
	feed_state(f, 43, GFN_HV_UNSHARED, GFN_SECURE);
	uv_tells(f, 44, PLAIN(1));
}

#define STORIES(X) \
	X(frame_of_a_share, I8) \
	X(frame_of_another_page, I8) \
	X(the_host_may_store, I8) \
	X(shared_already, I8) \
	X(frame_of_an_unshare, I8)

FEED_MAIN(STORIES)
