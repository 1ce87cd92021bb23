/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_progress.c - I19, bounded.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void fault(struct feed *f, cycles_t cycle)
{
	feed_call(f, cycle, G0, UV, ABI_H_PAGE_FAULT);
	feed_return(f, cycle + 5, UV, G0, ABI_H_PAGE_FAULT, 0);
}

/* Somebody does something to the page now and then, or nobody does. */
static void touched_by_others(struct feed *f, bool bad)
{
	feed_secure(f);
	for (cycles_t n = 0; n < 200; n++) {
		fault(f, 100 + 10 * n);
		if (!bad && n % 50 == 20)
			feed_context(f, 106 + 10 * n, HV, 2, TRACE_HV_MARK, 0, FEED_PAGE, 0);
	}
}

static void refused_by_the_hypervisor(struct feed *f, bool bad)
{
	feed_start(f, 1, UV, 1, G0, 1);
	feed_start(f, 2, HV, 1, UV, 1);
	feed_secure(f);
	for (cycles_t n = 0; n < 200; n++) {
		feed_call(f, 100 + 10 * n, G0, UV, ABI_H_PAGE_FAULT);
		feed_call(f, 101 + 10 * n, UV, HV, ABI_H_SVM_PAGE_IN);
		feed_return(f, 102 + 10 * n, HV, UV, ABI_H_SVM_PAGE_IN, bad ? ABI_H_SUCCESS : ABI_H_PARAMETER);
		feed_return(f, 103 + 10 * n, UV, G0, ABI_H_PAGE_FAULT, 0);
	}
}

/* A page that is being shared is waited for. */
static void waited_for(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_state(f, 50, GFN_SECURE, bad ? GFN_PAGEDOUT : GFN_HV_SHARING);
	for (cycles_t n = 0; n < 200; n++)
		fault(f, 100 + 10 * n);
}

static void gets_on(struct feed *f, bool bad)
{
	feed_secure(f);
	for (cycles_t n = 0; n < 200; n++) {
		fault(f, 100 + 10 * n);
		if (!bad)
			feed_event(f, 108 + 10 * n, G0, TRACE_ACCESS, 0, FEED_PAGE, TOKEN_ZERO);
	}
}

/* A schedule holds a host thread meanwhile, or it has done so and does not any more. */
static void waited_for_who_is_held(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_context(f, 50, HV, 2, TRACE_HELD, 0, 0, bad ? 40 : 5000);
	for (cycles_t n = 0; n < 200; n++)
		fault(f, 100 + 10 * n);
}

#define STORIES(X) \
	X(touched_by_others, I19) \
	X(refused_by_the_hypervisor, I19) \
	X(waited_for, I19) \
	X(gets_on, I19) \
	X(waited_for_who_is_held, I19)

FEED_MAIN(STORIES)
