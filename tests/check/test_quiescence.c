/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_quiescence.c - agreement of the two sides, each broken rule with its twin.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

/* What both sides say of a page at the end, and what is wrong with it. */
struct row {
	enum gfn_state state;
	bool mapped, touched, normal;
	enum hv_mark mark;
	enum host_pte pte;
	enum invariant rule; /* INVARIANT_COUNT: nothing is wrong */
};

static const struct row rows[] = {
	/* good: every pair that belongs together */
	{GFN_SECURE, true, true, false, HV_MARK_UVMEM, HOST_PTE_DEVICE, INVARIANT_COUNT},
	{GFN_SECURE, false, false, false, HV_MARK_UVMEM, HOST_PTE_DEVICE, INVARIANT_COUNT},
	{GFN_PAGEDOUT, false, true, false, HV_MARK_MEM, HOST_PTE_NORMAL, INVARIANT_COUNT},
	{GFN_SHARED, true, true, true, HV_MARK_SHARED, HOST_PTE_NORMAL, INVARIANT_COUNT},
	{GFN_SHARED_INV, false, true, false, HV_MARK_SHARED, HOST_PTE_NONE, INVARIANT_COUNT},
	/* I3: the mapping */
	{GFN_SECURE, false, true, false, HV_MARK_UVMEM, HOST_PTE_DEVICE, INVARIANT_I3},
	{GFN_SECURE, true, true, true, HV_MARK_UVMEM, HOST_PTE_DEVICE, INVARIANT_I3},
	{GFN_PAGEDOUT, true, true, false, HV_MARK_MEM, HOST_PTE_NORMAL, INVARIANT_I3},
	{GFN_SHARED, false, true, false, HV_MARK_SHARED, HOST_PTE_NORMAL, INVARIANT_I3},
	{GFN_SHARED_INV, true, true, true, HV_MARK_SHARED, HOST_PTE_NORMAL, INVARIANT_I3},
	/* I4: left behind */
	{GFN_HV_SHARED, true, true, false, HV_MARK_SHARED, HOST_PTE_NORMAL, INVARIANT_I4},
	{GFN_HV_UNSHARING_INV, true, true, true, HV_MARK_UVMEM, HOST_PTE_DEVICE, INVARIANT_I4},
	/* I5: the mark */
	{GFN_SECURE, true, true, false, HV_MARK_NONE, HOST_PTE_NORMAL, INVARIANT_I5},
	{GFN_SECURE, true, true, false, HV_MARK_MEM, HOST_PTE_NORMAL, INVARIANT_I5},
	{GFN_PAGEDOUT, false, true, false, HV_MARK_UVMEM, HOST_PTE_DEVICE, INVARIANT_I5},
	{GFN_SHARED, true, true, true, HV_MARK_UVMEM, HOST_PTE_DEVICE, INVARIANT_I5},
	/* the host's page table */
	{GFN_SECURE, true, true, false, HV_MARK_UVMEM, HOST_PTE_NORMAL, INVARIANT_HOST_TABLE},
	{GFN_SECURE, true, true, false, HV_MARK_UVMEM, HOST_PTE_MIGRATION, INVARIANT_HOST_TABLE},
	{GFN_PAGEDOUT, false, true, false, HV_MARK_MEM, HOST_PTE_DEVICE, INVARIANT_HOST_TABLE},
};

/* Events that lead to a row's state by allowed steps, so that only quiescence can complain. */
static void reach_state(struct feed *f, enum gfn_state state)
{
	static const enum gfn_state to_shared[] = {GFN_HV_SHARING, GFN_HV_SHARED, GFN_SHARED};
	enum gfn_state at = GFN_SECURE;

	if (state == GFN_PAGEDOUT)
		feed_state(f, 30, at, state);
	if (state == GFN_SECURE || state == GFN_PAGEDOUT)
		return;
	for (unsigned i = 0; i < 3 && at != state; i++) {
		feed_state(f, 30 + i, at, to_shared[i]);
		at = to_shared[i];
	}
	if (state == GFN_SHARED_INV)
		feed_state(f, 40, at, state);
	if (state == GFN_HV_UNSHARING_INV) {
		feed_state(f, 40, at, GFN_HV_UNSHARING);
		feed_state(f, 41, GFN_HV_UNSHARING, state);
	}
}

static void try_marks(const struct row *r, bool secure, unsigned marks, enum invariant rule)
{
	struct feed f;

	feed_open_marks(&f, marks);
	if (secure)
		feed_secure(&f);
	reach_state(&f, r->state);
	feed_mark(&f, 50, HV_MARK_NONE, r->mark);
	feed_pte(&f, 51, HOST_PTE_NONE, r->pte);
	f.uv.known = secure;
	f.uv.state = r->state;
	f.uv.mapped = r->mapped;
	f.uv.touched = r->touched;
	f.uv.shared_frame = r->normal ? (hfn_t){9} : HFN_NONE;
	f.hv.mark = r->mark;
	f.hv.pte = r->pte;
	feed_finish(&f);
	feed_expect(&f, rule);
	feed_close(&f);
}

static void try_row(const struct row *r, bool secure, enum invariant rule)
{
	try_marks(r, secure, 0, rule);
}

/* A design whose marks are "uvmem or nothing" says nothing of a page that is out or shared. */
static void test_design_without_a_mark_keeps_none(void **state)
{
	static const struct row out = {
		GFN_PAGEDOUT, false, true, false, HV_MARK_NONE, HOST_PTE_NORMAL, INVARIANT_COUNT};
	static const struct row shared = {GFN_SHARED, true, true, true, HV_MARK_NONE, HOST_PTE_NORMAL, INVARIANT_COUNT};
	static const struct row secure = {
		GFN_SECURE, true, true, false, HV_MARK_NONE, HOST_PTE_NORMAL, INVARIANT_COUNT};
	const unsigned few = 1u << HV_MARK_NONE | 1u << HV_MARK_UVMEM;

	(void)state;
	try_marks(&out, true, few, INVARIANT_COUNT);
	try_marks(&shared, true, few, INVARIANT_COUNT);
	try_marks(&out, true, 0, INVARIANT_I5);
	try_marks(&shared, true, 0, INVARIANT_I5);
	try_marks(&secure, true, few, INVARIANT_I5);
}

static void test_quiescence_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		try_row(&rows[i], true, rows[i].rule);
}

static void test_normal_guest_need_not_agree(void **state)
{
	const struct row normal = {GFN_SECURE, false, false, false, HV_MARK_NONE, HOST_PTE_NORMAL, INVARIANT_COUNT};

	(void)state;
	try_row(&normal, false, INVARIANT_COUNT);
}

static void test_slot_gone_but_page_known_is_told(void **state)
{
	struct feed f;

	(void)state;
	for (unsigned known = 0; known < 2; known++) {
		feed_open(&f);
		feed_secure(&f);
		feed_state(&f, 30, GFN_SECURE, GFN_PAGEDOUT);
		f.hv.in_slot = false;
		f.uv.known = known;
		f.uv.state = GFN_PAGEDOUT;
		feed_finish(&f);
		feed_expect(&f, known ? INVARIANT_I5 : INVARIANT_COUNT);
		feed_close(&f);
	}
}

/* The tables of a process that has ended are gone, and nothing is compared. */
static void test_gone_process_is_not_asked(void **state)
{
	struct feed f;

	(void)state;
	for (unsigned gone = 0; gone < 2; gone++) {
		feed_open(&f);
		feed_pte(&f, 5, HOST_PTE_NONE, HOST_PTE_NORMAL);
		f.hv.gone = gone;
		feed_finish(&f);
		feed_expect(&f, gone ? INVARIANT_COUNT : INVARIANT_GHOST);
		feed_close(&f);
	}
}

static void test_pool_counts_must_match(void **state)
{
	struct feed f;

	(void)state;
	for (uint32_t used = 3; used < 6; used++) {
		feed_open(&f);
		f.used = used;
		f.marked = 4;
		feed_finish(&f);
		feed_expect(&f, used == 4 ? INVARIANT_COUNT : INVARIANT_I11);
		feed_close(&f);
	}
}

static void test_tables_must_agree_with_events(void **state)
{
	struct feed f;

	(void)state;
	for (unsigned bad = 0; bad < 2; bad++) {
		feed_open(&f);
		feed_pte(&f, 5, HOST_PTE_NONE, HOST_PTE_NORMAL);
		f.hv.pte = bad ? HOST_PTE_NONE : HOST_PTE_NORMAL;
		feed_finish(&f);
		feed_expect(&f, bad ? INVARIANT_GHOST : INVARIANT_COUNT);
		feed_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiescence_rows),
		cmocka_unit_test(test_design_without_a_mark_keeps_none),
		cmocka_unit_test(test_normal_guest_need_not_agree),
		cmocka_unit_test(test_slot_gone_but_page_known_is_told),
		cmocka_unit_test(test_gone_process_is_not_asked),
		cmocka_unit_test(test_pool_counts_must_match),
		cmocka_unit_test(test_tables_must_agree_with_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
