/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_deletion.c - what a deletion policy promises of pages on the device.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void slot(struct feed *f, cycles_t cycle, enum trace_slot what)
{
	feed_event(f, cycle, HV, TRACE_SLOT, what, 0, trace_span((gfn_t){4}, 4));
}

static void holds(struct feed *f, cycles_t cycle, token_t token)
{
	feed_event(f, cycle, HV, TRACE_CONTENT, TRACE_SIDE_HOST, FEED_PAGE, token);
}

/* A page is out on the device, and its slot is going. */
static void begin(struct feed *f, enum slot_delete policy)
{
	f->config.slot_delete = policy;
	feed_secure(f);
	feed_mark(f, 21, HV_MARK_NONE, HV_MARK_UVMEM);
	feed_pte(f, 22, HOST_PTE_NONE, HOST_PTE_DEVICE);
	slot(f, 30, TRACE_SLOT_INVALID);
}

static void comes_back(struct feed *f, token_t token)
{
	feed_event(f, 40, UV, TRACE_COPY, 0, FEED_PAGE, CIPHER(7));
	feed_state(f, 41, GFN_SECURE, GFN_PAGEDOUT);
	feed_pte(f, 45, HOST_PTE_DEVICE, HOST_PTE_NORMAL);
	holds(f, 45, token);
}

static void left_on_the_device(struct feed *f, bool bad)
{
	begin(f, SLOT_DELETE_BRING_BACK);
	if (!bad)
		comes_back(f, CIPHER(7));
	slot(f, 50, TRACE_SLOT_DELETE);
}

static void back_with_its_content(struct feed *f, bool bad)
{
	begin(f, SLOT_DELETE_BRING_BACK);
	comes_back(f, bad ? CIPHER(6) : CIPHER(7));
	slot(f, 50, TRACE_SLOT_DELETE);
}

/* What the process stores once the page is back is not lost. */
static void stored_since(struct feed *f, bool bad)
{
	begin(f, SLOT_DELETE_BRING_BACK);
	comes_back(f, CIPHER(7));
	holds(f, 46, bad ? TOKEN_ZERO : HOST_PLAIN(3));
	slot(f, 50, TRACE_SLOT_DELETE);
}

/* Who unmaps the memory does not want it back; the deletion may not do it. */
static void unmapped(struct feed *f, bool bad)
{
	begin(f, SLOT_DELETE_BRING_BACK);
	feed_context(
		f, 45, HV, bad ? 1 : 2, TRACE_HOST_PTE, 0, FEED_PAGE, trace_change(HOST_PTE_DEVICE, HOST_PTE_NONE));
	slot(f, 50, TRACE_SLOT_DELETE);
}

static void filled_with_zero(struct feed *f, bool bad)
{
	begin(f, SLOT_DELETE_ZERO_FILL);
	feed_pte(f, 45, HOST_PTE_DEVICE, HOST_PTE_NORMAL);
	holds(f, 45, bad ? CIPHER(6) : TOKEN_ZERO);
	slot(f, 50, TRACE_SLOT_DELETE);
}

/* The design's own way promises no content, and to forget promises nothing. */
static void own_way(struct feed *f, bool bad)
{
	begin(f, bad ? SLOT_DELETE_ZERO_FILL : SLOT_DELETE_DESIGN);
	feed_pte(f, 45, HOST_PTE_DEVICE, HOST_PTE_NORMAL);
	holds(f, 45, HOST_PLAIN(6));
	slot(f, 50, TRACE_SLOT_DELETE);
}

static void forgotten(struct feed *f, bool bad)
{
	begin(f, bad ? SLOT_DELETE_BRING_BACK : SLOT_DELETE_FORGET);
	slot(f, 50, TRACE_SLOT_DELETE);
}

/* A slot that is moved or changed is none that goes. */
static void only_deletions(struct feed *f, bool bad)
{
	begin(f, SLOT_DELETE_BRING_BACK);
	slot(f, 50, bad ? TRACE_SLOT_DELETE : TRACE_SLOT_FLAGS);
}

#define STORIES(X) \
	X(left_on_the_device, CONTENT) \
	X(back_with_its_content, CONTENT) \
	X(stored_since, CONTENT) \
	X(unmapped, CONTENT) \
	X(filled_with_zero, CONTENT) \
	X(own_way, CONTENT) \
	X(forgotten, CONTENT) \
	X(only_deletions, CONTENT)

FEED_MAIN(STORIES)
