/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_nonce.c - I10: a key and IV encrypt once.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void used_again(struct feed *f, bool bad)
{
	feed_secure(f);
	for (uint64_t n = 1; n < 2000; n++)
		feed_event(f, 20 + n, UV, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT, FEED_PAGE, n * 3);
	feed_event(f, 3000, UV, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT, FEED_PAGE, bad ? 333 : 334);
}

static void of_another_vm(struct feed *f, bool bad)
{
	feed_event(f, 20, UV, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT, trace_page(1, (gfn_t){5}), 1);
	feed_event(f, 30, UV, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT, trace_page(bad, (gfn_t){6}), 1);
}

#define STORIES(X) \
	X(used_again, I10) \
	X(of_another_vm, I10)

FEED_MAIN(STORIES)
