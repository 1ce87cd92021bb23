/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_content.c - contents and state changes, each broken rule with its twin.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util_feed.h"

static void read_back(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_write(f, 40, G0, PLAIN(2));
	feed_read(f, 50, G0, bad ? PLAIN(1) : PLAIN(2));
}

static void read_back_after_page_out(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_state(f, 40, GFN_SECURE, GFN_PAGEDOUT);
	feed_event(f, 50, UV, TRACE_COPY, 0, FEED_PAGE, CIPHER(7));
	feed_state(f, 51, GFN_PAGEDOUT, GFN_SECURE);
	feed_read(f, 60, G0, bad ? CIPHER(7) : PLAIN(1));
}

static void zero_after_share(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_state(f, 40, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, 41, GFN_HV_SHARING, GFN_HV_SHARED);
	feed_state(f, 45, GFN_HV_SHARED, GFN_SHARED);
	feed_read(f, 60, G0, bad ? PLAIN(1) : TOKEN_ZERO);
}

static void zero_after_unshare(struct feed *f, bool bad)
{
	zero_after_share(f, false);
	feed_write(f, 70, HV, HOST_PLAIN(3));
	feed_read(f, 75, G0, HOST_PLAIN(3));
	feed_state(f, 80, GFN_SHARED, GFN_HV_UNSHARING);
	feed_state(f, 81, GFN_HV_UNSHARING, GFN_HV_UNSHARED);
	feed_state(f, 85, GFN_HV_UNSHARED, GFN_SECURE);
	feed_read(f, 90, G0, bad ? HOST_PLAIN(3) : TOKEN_ZERO);
}

static void zero_when_not_paged_in(struct feed *f, bool bad)
{
	feed_write(f, 5, G0, PLAIN(1));
	feed_secure(f);
	feed_read(f, 30, G0, bad ? PLAIN(1) : TOKEN_ZERO);
}

static void kept_when_paged_in(struct feed *f, bool bad)
{
	feed_write(f, 5, G0, PLAIN(1));
	feed_event(f, 10, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	feed_event(f, 15, UV, TRACE_COPY, 0, FEED_PAGE, PLAIN(1));
	feed_event(f, 20, UV, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
	feed_read(f, 30, G0, bad ? TOKEN_ZERO : PLAIN(1));
}

static void host_sees_ciphertext_only(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_state(f, 40, GFN_SECURE, GFN_PAGEDOUT);
	feed_read(f, 50, HV, TOKEN_ZERO);
	feed_read(f, 60, HV, bad ? PLAIN(1) : CIPHER(7));
}

static void host_may_see_what_is_shared(struct feed *f, bool bad)
{
	zero_after_share(f, false);
	feed_write(f, 70, G0, PLAIN(4));
	feed_read(f, 80, HV, bad ? PLAIN(1) : PLAIN(4));
}

/* Until the share is committed the host has a fresh frame, and must not see the secure one's content. */
static void host_sees_a_fresh_frame_before_the_commit(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_state(f, 40, GFN_SECURE, GFN_HV_SHARING);
	feed_read(f, 50, HV, bad ? PLAIN(1) : TOKEN_ZERO);
}

/* What was written while the page was shared stays in the host's frame when the slot has gone. */
static void host_may_see_what_was_shared(struct feed *f, bool bad)
{
	zero_after_share(f, false);
	feed_write(f, 70, G0, PLAIN(4));
	feed_event(f, 75, HV, TRACE_CALL, UV, ABI_UV_UNREGISTER_MEM_SLOT, 0);
	feed_state(f, 80, GFN_SHARED, GFN_SECURE);
	feed_event(f, 85, UV, TRACE_RETURN, HV, ABI_UV_UNREGISTER_MEM_SLOT, 0);
	feed_write(f, 90, G0, PLAIN(5));
	feed_read(f, 95, HV, bad ? PLAIN(5) : PLAIN(4));
}

static void host_cannot_change_a_secure_page(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_state(f, 40, GFN_SECURE, GFN_PAGEDOUT);
	feed_write(f, 50, HV, HOST_PLAIN(2));
	feed_state(f, 60, GFN_PAGEDOUT, GFN_SECURE);
	feed_read(f, 70, G0, bad ? HOST_PLAIN(2) : PLAIN(1));
}

static void torn_copy_is_not_installed(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_state(f, 40, GFN_SECURE, GFN_PAGEDOUT);
	feed_event(f, 50, UV, TRACE_COPY, 1, FEED_PAGE, token_make(TOKEN_TORN, TOKEN_ORIGIN_HOST, 1));
	if (!bad)
		feed_event(f, 55, UV, TRACE_COPY, 0, FEED_PAGE, CIPHER(7));
	feed_state(f, 60, GFN_PAGEDOUT, GFN_SECURE);
}

/* A torn copy that nothing else tells of. */
static void torn_content_is_told(struct feed *f, bool bad)
{
	token_t torn = token_make(TOKEN_TORN, TOKEN_ORIGIN_HOST, 1);

	feed_secure(f);
	feed_event(f, 50, HV, TRACE_CONTENT, TRACE_SIDE_HOST, FEED_PAGE, torn);
	feed_event(f, 51, UV, TRACE_CONTENT, TRACE_SIDE_UV, FEED_PAGE, bad ? torn : TOKEN_ZERO);
}

/* A state that does not exist is told, not looked up. */
static void states_exist(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_state(f, 40, GFN_SECURE, bad ? GFN_STATE_COUNT : GFN_PAGEDOUT);
}

/* A step within a share commits nothing: what was there may be there still. */
static void half_a_share_zeroes_nothing(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_state(f, 40, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, 41, GFN_HV_SHARING, GFN_HV_SHARED);
	feed_read(f, 50, G0, bad ? TOKEN_ZERO : PLAIN(1));
}

/* While a VM changes its mode, and in a read that spans the change, either of two memories may be seen. */
static void between_two_modes(struct feed *f, bool bad)
{
	feed_write(f, 5, G0, PLAIN(1));
	feed_event(f, 10, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	feed_read(f, 15, G0, bad ? PLAIN(1) : PLAIN(2));
	feed_event(f, 19, G0, TRACE_TEST, 0, 0, 0);
	feed_event(f, 20, UV, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
	feed_event(f, 22, G0, TRACE_ACCESS, 0, FEED_PAGE, PLAIN(1));
	feed_read(f, 30, G0, bad ? PLAIN(1) : TOKEN_ZERO);
}

/* A store that has landed but is told later explains a read; nothing explains another. */
static void a_write_under_way_explains_a_read(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_context(f, 30, G0, 2, TRACE_OP_BEGIN, 1, 0, 7);
	feed_context(f, 31, G0, 1, TRACE_OP_BEGIN, 0, 0, 8);
	feed_context(f, 40, G0, 1, TRACE_ACCESS, 0, FEED_PAGE, bad ? PLAIN(2) : PLAIN(1));
	feed_context(f, 41, G0, 1, TRACE_OP_END, 0, 0, 0);
	assert_false(f->broken);
	feed_context(f, 50, G0, 2, TRACE_ACCESS, 1, FEED_PAGE, PLAIN(1));
	feed_context(f, 51, G0, 2, TRACE_OP_END, 1, 0, 0);
}

/* After two stores at the same time either value may be there, but not what was before. */
static void overlapping_writes_leave_both(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_context(f, 30, G0, 1, TRACE_TEST, 0, 0, 0);
	feed_context(f, 31, G0, 2, TRACE_TEST, 0, 0, 0);
	feed_context(f, 40, G0, 1, TRACE_ACCESS, 1, FEED_PAGE, PLAIN(1));
	feed_context(f, 41, G0, 2, TRACE_ACCESS, 1, FEED_PAGE, PLAIN(2));
	feed_context(f, 60, G0, 2, TRACE_TEST, 0, 0, 0);
	feed_context(f, 61, G0, 2, TRACE_ACCESS, 0, FEED_PAGE, PLAIN(1));
	feed_context(f, 65, G0, 2, TRACE_ACCESS, 0, FEED_PAGE, bad ? TOKEN_ZERO : PLAIN(2));
}

static void authoritative_side_holds_it(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 30, G0, PLAIN(1));
	feed_mark(f, 31, HV_MARK_NONE, HV_MARK_UVMEM);
	feed_pte(f, 32, HOST_PTE_NONE, HOST_PTE_DEVICE);
	f->hv.mark = HV_MARK_UVMEM;
	f->hv.pte = HOST_PTE_DEVICE;
	f->uv.known = f->uv.mapped = f->uv.touched = true;
	f->uv.token = bad ? TOKEN_ZERO : PLAIN(1);
	feed_finish(f);
}

static void only_allowed_changes(struct feed *f, bool bad)
{
	zero_after_share(f, false);
	feed_state(f, 70, GFN_SHARED, GFN_SHARED_INV);
	feed_state(f, 80, GFN_SHARED_INV, bad ? GFN_PAGEDOUT : GFN_SHARED);
}

static void a_stale_frame_is_not_mapped(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_state(f, 40, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, 41, GFN_HV_SHARING, GFN_HV_SHARED);
	feed_state(f, 42, GFN_HV_SHARED, GFN_HV_SHARED_INV);
	feed_state(f, 43, GFN_HV_SHARED_INV, bad ? GFN_SHARED : GFN_SHARED_INV);
}

static void changes_must_join_up(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_state(f, 40, GFN_SECURE, GFN_PAGEDOUT);
	feed_state(f, 50, bad ? GFN_SHARED : GFN_PAGEDOUT, GFN_SECURE);
}

static void release_needs_a_call(struct feed *f, bool bad)
{
	zero_after_share(f, false);
	if (!bad)
		feed_event(f, 70, HV, TRACE_CALL, UV, ABI_UV_UNREGISTER_MEM_SLOT, 0);
	feed_state(f, 80, GFN_SHARED, GFN_SECURE);
}

/* The document: a page that is shared already is zeroed by a share. Nobody else may zero it. */
static void shared_twice_is_zeroed(struct feed *f, bool bad)
{
	zero_after_share(f, false);
	feed_write(f, 70, HV, HOST_PLAIN(3));
	feed_event(f, 80, bad ? HV : G0, TRACE_CALL, UV, ABI_UV_SHARE_PAGE, FEED_PAGE);
	feed_event(f, 85, UV, TRACE_CONTENT, TRACE_SIDE_UV, FEED_PAGE, TOKEN_ZERO);
	feed_event(f, 86, UV, TRACE_RETURN, G0, ABI_UV_SHARE_PAGE, 0);
	feed_read(f, 90, G0, TOKEN_ZERO);
}

/* A refused unshare gives back what was there, and nothing else. */
static void undone_unshare_keeps(struct feed *f, bool bad)
{
	zero_after_share(f, false);
	feed_write(f, 70, HV, HOST_PLAIN(3));
	feed_event(f, 80, G0, TRACE_CALL, UV, ABI_UV_UNSHARE_PAGE, FEED_PAGE);
	feed_state(f, 81, GFN_SHARED, GFN_HV_UNSHARING);
	feed_state(f, 82, GFN_HV_UNSHARING, GFN_HV_UNSHARED);
	feed_state(f, 83, GFN_HV_UNSHARED, GFN_SECURE);
	feed_state(f, 84, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, 85, GFN_HV_SHARING, GFN_HV_SHARED);
	feed_state(f, 86, GFN_HV_SHARED, GFN_SHARED);
	feed_event(f, 87, UV, TRACE_CONTENT, TRACE_SIDE_UV, FEED_PAGE, bad ? PLAIN(9) : HOST_PLAIN(3));
	feed_event(f, 88, UV, TRACE_RETURN, G0, ABI_UV_UNSHARE_PAGE, 0);
	feed_read(f, 95, G0, bad ? PLAIN(9) : HOST_PLAIN(3));
}

static void pte_of(struct feed *f, cycles_t cycle, unsigned gfn, enum host_pte from, enum host_pte to)
{
	feed_event(f, cycle, HV, TRACE_HOST_PTE, 0, trace_page(0, (gfn_t){gfn}), trace_change(from, to));
}

/* Memory that mremap moves keeps its content; other memory there is zero. */
static void moved_memory(struct feed *f, bool bad)
{
	feed_event(f, 5, G0, TRACE_ACCESS, 1, trace_page(0, (gfn_t){6}), PLAIN(1));
	pte_of(f, 10, 6, HOST_PTE_NORMAL, HOST_PTE_NONE);
	if (bad)
		feed_event(f, 15, HV, TRACE_OP_BEGIN, 0, 0, 3);
	pte_of(f, 20, 5, HOST_PTE_NONE, HOST_PTE_NORMAL);
	feed_event(f, 25, HV, TRACE_OP_END, 0, 0, 0);
	feed_read(f, 30, G0, PLAIN(1));
}

/* A slot that moves takes its memory along; what stays behind is not there any more. */
static void a_slot_moves(struct feed *f, bool bad)
{
	feed_event(f, 5, G0, TRACE_ACCESS, 1, trace_page(0, (gfn_t){6}), PLAIN(1));
	feed_write(f, 8, G0, PLAIN(2));
	feed_event(f, 10, HV, TRACE_SLOT, TRACE_SLOT_MOVE, 1, trace_span((gfn_t){5}, 1));
	feed_event(f, 11, HV, TRACE_MOVE, 0, trace_page(0, (gfn_t){6}), FEED_PAGE);
	pte_of(f, 12, 6, HOST_PTE_NORMAL, HOST_PTE_NONE);
	feed_read(f, 30, G0, bad ? PLAIN(2) : PLAIN(1));
}

/* Swapping out and in changes nothing. */
static void swapped_memory(struct feed *f, bool bad)
{
	feed_write(f, 5, G0, PLAIN(1));
	feed_pte(f, 10, HOST_PTE_NORMAL, HOST_PTE_SWAP);
	feed_pte(f, 20, HOST_PTE_SWAP, HOST_PTE_NORMAL);
	feed_read(f, 30, G0, bad ? TOKEN_ZERO : PLAIN(1));
}

static void switch_mode(struct feed *f, cycles_t cycle, enum trace_svm mode)
{
	feed_event(f, cycle, UV, TRACE_SVM, mode, 0, 0);
}

/* A switch that fails gives every page back as it was, also one that was brought in. */
static void aborted_switch(struct feed *f, bool bad)
{
	feed_write(f, 5, G0, PLAIN(1));
	switch_mode(f, 10, TRACE_SVM_START);
	feed_event(f, 12, UV, TRACE_COPY, 0, FEED_PAGE, PLAIN(1));
	switch_mode(f, 20, TRACE_SVM_ABORT);
	switch_mode(f, 30, TRACE_SVM_TERMINATED);
	feed_read(f, 40, G0, bad ? CIPHER(1) : PLAIN(1));
}

/* A reset loses what was secure; then it is a normal VM, whose memory keeps what is stored. */
static void normal_again(struct feed *f, bool bad)
{
	feed_secure(f);
	feed_write(f, 25, G0, PLAIN(1));
	switch_mode(f, 30, TRACE_SVM_TERMINATED);
	feed_read(f, 40, G0, TOKEN_ZERO);
	feed_write(f, 50, G0, PLAIN(2));
	feed_read(f, 60, HV, PLAIN(2));
	feed_read(f, 70, G0, bad ? TOKEN_ZERO : PLAIN(2));
}

/* Of a slot that goes the pages may read zero, of the others not. */
static void a_slot_goes(struct feed *f, bool bad)
{
	feed_write(f, 5, G0, PLAIN(1));
	feed_event(f, 10, HV, TRACE_SLOT, TRACE_SLOT_DELETE, 1, trace_span((gfn_t){bad ? 8 : 4}, 4));
	feed_read(f, 30, G0, TOKEN_ZERO);
}

#define CONTENT_STORIES(X) \
	X(moved_memory, CONTENT) \
	X(a_slot_moves, CONTENT) \
	X(aborted_switch, CONTENT) \
	X(normal_again, CONTENT) \
	X(swapped_memory, CONTENT) \
	X(a_slot_goes, CONTENT) \
	X(shared_twice_is_zeroed, CONTENT) \
	X(undone_unshare_keeps, CONTENT) \
	X(read_back, CONTENT) \
	X(read_back_after_page_out, CONTENT) \
	X(zero_after_share, CONTENT) \
	X(zero_after_unshare, CONTENT) \
	X(zero_when_not_paged_in, CONTENT) \
	X(kept_when_paged_in, CONTENT) \
	X(host_sees_ciphertext_only, I7) \
	X(host_may_see_what_is_shared, CONTENT) \
	X(host_sees_a_fresh_frame_before_the_commit, I7) \
	X(host_may_see_what_was_shared, I7) \
	X(host_cannot_change_a_secure_page, CONTENT) \
	X(torn_copy_is_not_installed, CONTENT) \
	X(torn_content_is_told, CONTENT) \
	X(states_exist, TRANSITION) \
	X(half_a_share_zeroes_nothing, CONTENT) \
	X(between_two_modes, CONTENT) \
	X(a_write_under_way_explains_a_read, CONTENT) \
	X(overlapping_writes_leave_both, CONTENT) \
	X(authoritative_side_holds_it, CONTENT) \
	X(only_allowed_changes, TRANSITION) \
	X(a_stale_frame_is_not_mapped, TRANSITION) \
	X(changes_must_join_up, TRANSITION) \
	X(release_needs_a_call, TRANSITION)

FEED_MAIN(CONTENT_STORIES)
