/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_cookies.c - I15: each reflection is answered once.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void cookie(struct feed *f, cycles_t cycle, enum trace_cookie what, uint64_t number)
{
	feed_event(f, cycle, UV, TRACE_COOKIE, what, 0, number);
}

static void redeemed_once(struct feed *f, bool bad)
{
	cookie(f, 20, TRACE_COOKIE_GIVEN, 0x4711);
	cookie(f, 30, TRACE_COOKIE_REDEEMED, 0x4711);
	if (!bad)
		cookie(f, 35, TRACE_COOKIE_GIVEN, 0x4711);
	cookie(f, 40, TRACE_COOKIE_REDEEMED, 0x4711);
}

static void given_once(struct feed *f, bool bad)
{
	cookie(f, 20, TRACE_COOKIE_GIVEN, 0x4711);
	cookie(f, 30, TRACE_COOKIE_GIVEN, bad ? 0x4711 : 0x4712);
}

static void none_is_left(struct feed *f, bool bad)
{
	cookie(f, 20, TRACE_COOKIE_GIVEN, 0x4711);
	if (!bad)
		cookie(f, 30, TRACE_COOKIE_DROPPED, 0x4711);
	feed_finish(f);
}

#define STORIES(X) \
	X(redeemed_once, I15) \
	X(given_once, I15) \
	X(none_is_left, I15)

FEED_MAIN(STORIES)
