/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_freshness.c - I9: only the last page-out comes in again. (Planted: page_in_decrypt() without its comparison.)
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void out(struct feed *f, cycles_t cycle, uint64_t number)
{
	feed_event(f, cycle, UV, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT, FEED_PAGE, number);
	feed_event(f, cycle, UV, TRACE_COPY, 0, FEED_PAGE, CIPHER(number));
	feed_state(f, cycle + 1, GFN_SECURE, GFN_PAGEDOUT);
}

static void in(struct feed *f, cycles_t cycle, uint64_t number)
{
	feed_event(f, cycle, UV, TRACE_COPY, 0, FEED_PAGE, CIPHER(number));
	feed_state(f, cycle + 1, GFN_PAGEDOUT, GFN_SECURE);
}

static void replay(struct feed *f, bool bad)
{
	feed_secure(f);
	out(f, 30, 1);
	in(f, 40, 1);
	out(f, 50, 2);
	in(f, 60, bad ? 1 : 2);
}

/* A snapshot makes ciphertext as well, but the page stays. */
static void snapshot(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_event(f, 25, UV, TRACE_COPY, 0, FEED_PAGE, CIPHER(1));
	out(f, 30, 2);
	in(f, 40, bad ? 1 : 2);
}

static void refused_and_tried_again(struct feed *f, bool bad)
{
	feed_secure(f);
	out(f, 30, 1);
	feed_event(f, 40, UV, TRACE_COPY, 0, FEED_PAGE, CIPHER(9));
	if (bad)
		feed_state(f, 41, GFN_PAGEDOUT, GFN_SECURE);
	else
		in(f, 45, 1);
}

/* Only a page-in takes something in: a VM that is released forgets its pages. */
static void released(struct feed *f, bool bad)
{
	feed_start(f, 1, UV, 1, HV, 1);
	feed_secure(f);
	out(f, 30, 1);
	feed_event(f, 40, HV, TRACE_CALL, UV, bad ? ABI_UV_PAGE_IN : ABI_UV_PAGE_INVAL, FEED_PAGE);
	feed_state(f, 41, GFN_PAGEDOUT, GFN_SECURE);
}

static void opened_with_the_wrong_key(struct feed *f, bool bad)
{
	feed_secure(f);
	out(f, 30, 1);
	feed_event(f, 40, UV, TRACE_CRYPTO, TRACE_CRYPTO_DECRYPT, FEED_PAGE, bad ? 7 : 1);
}

#define STORIES(X) \
	X(replay, I9) \
	X(snapshot, I9) \
	X(refused_and_tried_again, I9) \
	X(released, I9) \
	X(opened_with_the_wrong_key, I9)

FEED_MAIN(STORIES)
