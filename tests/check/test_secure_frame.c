/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_secure_frame.c - I2: one secure frame, one page.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void mapped_twice(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_map(f, 30, TRACE_MAP_SECURE, 4);
	if (!bad)
		feed_map(f, 35, TRACE_MAP_NONE, UINT32_MAX);
	feed_event(f, 40, UV, TRACE_UV_MAP, TRACE_MAP_SECURE, trace_page(0, (gfn_t){6}), 4);
}

static void of_two_guests(struct feed *f, bool bad)
{
	feed_map(f, 30, TRACE_MAP_SECURE, 4);
	feed_event(f, 40, UV, TRACE_UV_MAP, TRACE_MAP_SECURE, trace_page(1, (gfn_t){5}), bad ? 4 : 3);
}

#define STORIES(X) \
	X(mapped_twice, I2) \
	X(of_two_guests, I2)

FEED_MAIN(STORIES)
