/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_digests.c - I18: what was hashed does not change.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void hashed(struct feed *f, bool bad)
{
	feed_event(f, 10, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	feed_event(f, 12, UV, TRACE_CONTENT, TRACE_SIDE_UV, FEED_PAGE, PLAIN(1));
	feed_event(f, 14, UV, TRACE_DIGEST, 0, FEED_PAGE, PLAIN(1));
	if (bad)
		feed_event(f, 16, UV, TRACE_CONTENT, TRACE_SIDE_UV, FEED_PAGE, PLAIN(2));
	feed_event(f, 20, UV, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
}

/* Hashed for a switch that failed: that is over. */
static void another_switch(struct feed *f, bool bad)
{
	hashed(f, false);
	feed_event(f, 30, UV, TRACE_SVM, TRACE_SVM_TERMINATED, 0, 0);
	feed_event(f, 35, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	feed_event(f, 36, UV, TRACE_CONTENT, TRACE_SIDE_UV, FEED_PAGE, PLAIN(2));
	if (bad)
		feed_event(f, 37, UV, TRACE_DIGEST, 0, FEED_PAGE, PLAIN(1));
	feed_event(f, 40, UV, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
}

#define STORIES(X) \
	X(hashed, I18) \
	X(another_switch, I18)

FEED_MAIN(STORIES)
