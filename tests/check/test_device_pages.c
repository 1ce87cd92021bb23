/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_device_pages.c - I11 at every step.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void taken_once(struct feed *f, bool bad)
{
	feed_event(f, 20, HV, TRACE_POOL, 1, 3, 7);
	if (!bad)
		feed_event(f, 30, HV, TRACE_POOL, 0, 3, 8);
	feed_event(f, 40, HV, TRACE_POOL, 1, 3, 7);
}

static void given_back_once(struct feed *f, bool bad)
{
	feed_event(f, 20, HV, TRACE_POOL, 1, 3, 7);
	feed_event(f, 30, HV, TRACE_POOL, 0, bad ? 4 : 3, 8);
}

#define STORIES(X) \
	X(taken_once, I11) \
	X(given_back_once, I11)

FEED_MAIN(STORIES)
