/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_registers.c - I17: only arguments and results cross.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void arguments(struct feed *f, bool bad)
{
	feed_event(f, 20, UV, TRACE_REGS, 0, ABI_H_SVM_PAGE_IN, bad ? 0xf : 0x7);
}

static void results(struct feed *f, bool bad)
{
	feed_event(f, 20, UV, TRACE_REGS, 1, ABI_H_SVM_PAGE_IN, bad ? 0x1 : 0x0);
}

#define STORIES(X) \
	X(arguments, I17) \
	X(results, I17)

FEED_MAIN(STORIES)
