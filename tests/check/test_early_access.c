/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_early_access.c - I21: nobody reaches a page of a VM that is not secure yet.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void before_the_commit(struct feed *f, bool bad)
{
	feed_event(f, 10, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	feed_map(f, 20, TRACE_MAP_SECURE, 3);
	if (!bad)
		feed_event(f, 25, UV, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
	feed_read(f, 40, G0, TOKEN_ZERO);
}

/* Another vCPU of the normal VM reaches normal memory. */
static void normal_memory(struct feed *f, bool bad)
{
	feed_event(f, 10, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	feed_map(f, 20, TRACE_MAP_SECURE, 3);
	if (!bad)
		feed_pte(f, 25, HOST_PTE_DEVICE, HOST_PTE_NORMAL);
	feed_read(f, 40, G0, TOKEN_ZERO);
}

#define STORIES(X) \
	X(before_the_commit, I21) \
	X(normal_memory, I21)

FEED_MAIN(STORIES)
