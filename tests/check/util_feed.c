/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_feed.c - see util_feed.h.
 *
 * Locking: none. Errors: a failed assertion of cmocka. Blocking: never.
 */
#include "util_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void feed_open(struct feed *f)
{
	feed_open_marks(f, 0);
}

void feed_open_marks(struct feed *f, unsigned marks)
{
	*f = (struct feed){.config = {.guest_count = 1}};
	f->hv = (struct hv_page_view){.in_slot = true, .device = DFN_NONE};
	f->uv = (struct uv_page_view){.shared_frame = HFN_NONE};
	f->checker = checker_create(&f->config, marks);
}

void feed_close(struct feed *f)
{
	checker_destroy(f->checker);
}

void feed_context(struct feed *f, cycles_t cycle, enum feed_domain d, uint32_t ctx, enum trace_kind kind, unsigned aux,
	uint64_t a, uint64_t b)
{
	const struct trace_event event = {.rec = {cycle, ctx, (uint16_t)kind, (uint16_t)aux, a, b}, .domain = d};

	if (!f->broken)
		f->broken = checker_feed(f->checker, &event, &f->found);
}

void feed_event(
	struct feed *f, cycles_t cycle, enum feed_domain d, enum trace_kind kind, unsigned aux, uint64_t a, uint64_t b)
{
	feed_context(f, cycle, d, 1, kind, aux, a, b);
}

void feed_state(struct feed *f, cycles_t cycle, enum gfn_state from, enum gfn_state to)
{
	feed_event(f, cycle, UV, TRACE_UV_STATE, 0, FEED_PAGE, trace_change(from, to));
}

void feed_mark(struct feed *f, cycles_t cycle, enum hv_mark from, enum hv_mark to)
{
	feed_event(f, cycle, HV, TRACE_HV_MARK, 0, FEED_PAGE, trace_change(from, to));
}

void feed_pte(struct feed *f, cycles_t cycle, enum host_pte from, enum host_pte to)
{
	feed_event(f, cycle, HV, TRACE_HOST_PTE, 0, FEED_PAGE, trace_change(from, to));
}

/* An access takes two cycles: its context is seen just before. */
static void feed_access(struct feed *f, cycles_t cycle, enum feed_domain d, bool write, token_t token)
{
	feed_event(f, cycle - 2, d, TRACE_TEST, 0, 0, 0);
	feed_event(f, cycle, d, TRACE_ACCESS, write, FEED_PAGE, token);
}

void feed_read(struct feed *f, cycles_t cycle, enum feed_domain d, token_t token)
{
	feed_access(f, cycle, d, false, token);
}

void feed_write(struct feed *f, cycles_t cycle, enum feed_domain d, token_t token)
{
	feed_access(f, cycle, d, true, token);
}

void feed_secure(struct feed *f)
{
	feed_event(f, 10, UV, TRACE_SVM, TRACE_SVM_START, 0, 0);
	feed_event(f, 20, UV, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
}

void feed_start(struct feed *f, cycles_t cycle, enum feed_domain d, uint32_t ctx, enum feed_domain by, uint32_t parent)
{
	feed_context(f, cycle, d, ctx, TRACE_CTX_START, by, parent, 0);
}

void feed_call(struct feed *f, cycles_t cycle, enum feed_domain from, enum feed_domain to, uint32_t number)
{
	feed_event(f, cycle, from, TRACE_CALL, to, number, FEED_PAGE);
}

void feed_return(
	struct feed *f, cycles_t cycle, enum feed_domain from, enum feed_domain to, uint32_t number, int64_t code)
{
	feed_event(f, cycle, from, TRACE_RETURN, to, number | UINT64_C(1) << 32, (uint64_t)code);
}

void feed_map(struct feed *f, cycles_t cycle, enum trace_map map, uint32_t frame)
{
	feed_event(f, cycle, UV, TRACE_UV_MAP, map, FEED_PAGE, frame);
}

void feed_frame(struct feed *f, cycles_t cycle, bool taken, uint32_t frame)
{
	feed_event(f, cycle, HV, TRACE_FRAME, taken, frame, FEED_PAGE);
}

void feed_share(struct feed *f, cycles_t cycle)
{
	feed_frame(f, cycle, true, 9);
	feed_pte(f, cycle, HOST_PTE_NONE, HOST_PTE_NORMAL);
	feed_state(f, cycle, GFN_SECURE, GFN_HV_SHARING);
	feed_state(f, cycle + 1, GFN_HV_SHARING, GFN_HV_SHARED);
	feed_mark(f, cycle + 1, HV_MARK_NONE, HV_MARK_SHARED);
	feed_state(f, cycle + 2, GFN_HV_SHARED, GFN_SHARED);
	feed_map(f, cycle + 2, TRACE_MAP_SHARED, 9);
}

static void view_hv(void *arg, unsigned guest, gfn_t gfn, struct hv_page_view *out)
{
	(void)guest;
	(void)gfn;
	*out = ((struct feed *)arg)->hv;
}

static void view_uv(void *arg, unsigned guest, gfn_t gfn, struct uv_page_view *out)
{
	(void)guest;
	(void)gfn;
	*out = ((struct feed *)arg)->uv;
}

static uint32_t view_used(void *arg)
{
	return ((struct feed *)arg)->used;
}

static uint32_t view_marked(void *arg)
{
	return ((struct feed *)arg)->marked;
}

void feed_finish(struct feed *f)
{
	const struct checker_views views = {f, view_hv, view_uv, view_used, view_marked};

	if (!f->broken)
		f->broken = checker_finish(f->checker, &views, &f->found);
}

void feed_pair(void (*story)(struct feed *f, bool bad), enum invariant rule)
{
	for (unsigned bad = 0; bad < 2; bad++) {
		struct feed f;

		feed_open(&f);
		story(&f, bad);
		feed_expect(&f, bad ? rule : INVARIANT_COUNT);
		feed_close(&f);
	}
}

void feed_expect(const struct feed *f, enum invariant rule)
{
	if (rule == INVARIANT_COUNT) {
		if (f->broken)
			fail_msg("unexpected: %s", f->found.title);
		return;
	}
	if (!f->broken)
		fail_msg("nothing found, expected %s", invariant_name(rule));
	assert_int_equal(f->found.kind, FINDING_INVARIANT);
	if (strncmp(f->found.title, invariant_name(rule), strlen(invariant_name(rule))) != 0)
		fail_msg("found %s, expected %s", f->found.title, invariant_name(rule));
}
