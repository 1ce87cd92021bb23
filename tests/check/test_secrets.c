/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_secrets.c - I7: plaintext in frames of the host. (Planted: page_encrypt() without encryption.)
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void ciphertext_only(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_event(f, 40, HV, TRACE_CONTENT, TRACE_SIDE_HOST, FEED_PAGE, bad ? PLAIN(1) : CIPHER(7));
}

static void what_was_shared(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	feed_write(f, 50, G0, PLAIN(1));
	feed_state(f, 60, GFN_SHARED, GFN_SHARED_INV);
	feed_event(f, 70, HV, TRACE_CONTENT, TRACE_SIDE_HOST, FEED_PAGE, bad ? PLAIN(2) : PLAIN(1));
}

/* What was plain before the VM was secure is no secret. */
static void from_before(struct feed *f, bool bad)
{
	if (!bad)
		feed_write(f, 5, G0, PLAIN(1));
	feed_secure(f);
	feed_event(f, 40, HV, TRACE_CONTENT, TRACE_SIDE_HOST, FEED_PAGE, PLAIN(1));
}

/* Of a page that is shared the host may know all that is stored there, before the guest tells of its store. */
static void stored_while_shared(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	if (bad)
		feed_state(f, 60, GFN_SHARED, GFN_SHARED_INV);
	feed_event(f, 70, HV, TRACE_CONTENT, TRACE_SIDE_HOST, FEED_PAGE, PLAIN(1));
}

/* The process may move shared memory to where another page's is. */
static void moved(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_share(f, 30);
	feed_write(f, 50, G0, PLAIN(1));
	feed_event(f, 70, HV, TRACE_CONTENT, TRACE_SIDE_HOST, trace_page(0, (gfn_t){6}), bad ? PLAIN(2) : PLAIN(1));
}

/* A frame that comes back with what it held may hold anything but another guest's secret. */
static void of_another_guest(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_event(f, 30, G0, TRACE_ACCESS, 1, FEED_PAGE, PLAIN(1));
	feed_event(f, 40, HV, TRACE_CONTENT, TRACE_SIDE_HOST, trace_page(1, (gfn_t){5}), bad ? PLAIN(1) : CIPHER(1));
}

/* What was in a normal frame when it was brought in has been seen already. */
static void brought_in(struct feed *f, bool bad)
{
	feed_event(f, 10, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	if (!bad)
		feed_event(f, 15, UV, TRACE_COPY, 0, FEED_PAGE, PLAIN(1));
	feed_event(f, 20, UV, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
	feed_event(f, 40, HV, TRACE_CONTENT, TRACE_SIDE_HOST, trace_page(0, (gfn_t){6}), PLAIN(1));
}

#define STORIES(X) \
	X(ciphertext_only, I7) \
	X(what_was_shared, I7) \
	X(from_before, I7) \
	X(stored_while_shared, I7) \
	X(moved, I7) \
	X(of_another_guest, I7) \
	X(brought_in, I7)

FEED_MAIN(STORIES)
