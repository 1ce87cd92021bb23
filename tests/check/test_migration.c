/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_migration.c - I12: done or undone. (Real: v9-rmap, whose page-in ignores what UV_PAGE_IN answers.)
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void begin(struct feed *f, uint32_t number)
{
	feed_start(f, 1, HV, 1, UV, 1);
	feed_secure(f);
	feed_pte(f, 21, HOST_PTE_NONE, HOST_PTE_NORMAL);
	feed_state(f, 22, GFN_SECURE, GFN_PAGEDOUT);
	feed_call(f, 25, UV, HV, number);
}

static void migration_entry(struct feed *f, bool bad)
{
	begin(f, ABI_H_SVM_PAGE_IN);
	feed_pte(f, 30, HOST_PTE_NORMAL, HOST_PTE_MIGRATION);
	if (!bad)
		feed_pte(f, 31, HOST_PTE_MIGRATION, HOST_PTE_NORMAL);
	feed_return(f, 40, HV, UV, ABI_H_SVM_PAGE_IN, ABI_H_PARAMETER);
}

static void mark_and_page(struct feed *f, bool bad)
{
	begin(f, ABI_H_SVM_PAGE_IN);
	feed_pte(f, 30, HOST_PTE_NORMAL, HOST_PTE_MIGRATION);
	feed_mark(f, 31, HV_MARK_NONE, HV_MARK_UVMEM);
	feed_state(f, 32, GFN_PAGEDOUT, GFN_SECURE);
	feed_pte(f, 33, HOST_PTE_MIGRATION, bad ? HOST_PTE_NORMAL : HOST_PTE_DEVICE);
	feed_return(f, 40, HV, UV, ABI_H_SVM_PAGE_IN, ABI_H_SUCCESS);
}

static void the_ultravisor_refused(struct feed *f, bool bad)
{
	begin(f, ABI_H_SVM_PAGE_IN);
	feed_mark(f, 31, HV_MARK_NONE, HV_MARK_UVMEM);
	feed_pte(f, 33, HOST_PTE_NORMAL, HOST_PTE_DEVICE);
	if (!bad)
		feed_state(f, 34, GFN_PAGEDOUT, GFN_SECURE);
	feed_return(f, 40, HV, UV, ABI_H_SVM_PAGE_IN, ABI_H_SUCCESS);
}

/* Somebody else has taken the page on: not this call's any more. */
static void another_goes_on(struct feed *f, bool bad)
{
	begin(f, ABI_H_SVM_PAGE_IN);
	feed_mark(f, 31, HV_MARK_NONE, HV_MARK_UVMEM);
	feed_state(f, 32, GFN_PAGEDOUT, GFN_SECURE);
	feed_pte(f, 33, HOST_PTE_NORMAL, HOST_PTE_DEVICE);
	feed_context(f, 35, HV, bad ? 1 : 2, TRACE_HOST_PTE, 0, FEED_PAGE,
		trace_change(HOST_PTE_DEVICE, HOST_PTE_MIGRATION));
	feed_return(f, 40, HV, UV, ABI_H_SVM_PAGE_IN, ABI_H_SUCCESS);
}

/* What was so before the call is not its doing. */
static void not_of_this_call(struct feed *f, bool bad)
{
	begin(f, ABI_H_SVM_PAGE_OUT);
	if (!bad) {
		feed_pte(f, 23, HOST_PTE_NORMAL, HOST_PTE_MIGRATION);
		feed_call(f, 25, UV, HV, ABI_H_SVM_PAGE_OUT);
	} else {
		feed_pte(f, 30, HOST_PTE_NORMAL, HOST_PTE_MIGRATION);
	}
	feed_return(f, 40, HV, UV, ABI_H_SVM_PAGE_OUT, ABI_H_SUCCESS);
}

/* A page that goes out has its normal page and no device page any more. */
static void page_out(struct feed *f, bool bad)
{
	feed_start(f, 1, HV, 1, UV, 1);
	feed_secure(f);
	feed_mark(f, 21, HV_MARK_NONE, HV_MARK_UVMEM);
	feed_pte(f, 22, HOST_PTE_NONE, HOST_PTE_DEVICE);
	feed_call(f, 25, UV, HV, ABI_H_SVM_PAGE_OUT);
	feed_state(f, 30, GFN_SECURE, GFN_PAGEDOUT);
	feed_mark(f, 31, HV_MARK_UVMEM, HV_MARK_MEM);
	if (!bad)
		feed_pte(f, 32, HOST_PTE_DEVICE, HOST_PTE_NORMAL);
	feed_return(f, 40, HV, UV, ABI_H_SVM_PAGE_OUT, ABI_H_SUCCESS);
}

#define STORIES(X) \
	X(migration_entry, I12) \
	X(mark_and_page, I12) \
	X(the_ultravisor_refused, I12) \
	X(another_goes_on, I12) \
	X(not_of_this_call, I12) \
	X(page_out, I12)

FEED_MAIN(STORIES)
