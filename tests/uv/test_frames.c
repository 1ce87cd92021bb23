/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_frames.c - secure memory runs out: eviction, and its end.
 */
#include "util_world.h"

static void run(struct world *w, world_fn *guest, uint32_t frames)
{
	world_begin(w);
	w->guest = guest;
	w->secure_frames = frames;
	world_run(w);
}

static void touch_eight(struct world *w)
{
	world_secure(w);
	for (uint64_t gfn = 4; gfn < 12; gfn++)
		CHECK(w, world_store(w, gfn, 0x40 + gfn), 0);
	for (uint64_t gfn = 4; gfn < 12; gfn++)
		CHECK(w, world_load(w, gfn), world_value(0x40 + gfn));
	CHECK(w, world_load(w, 0), w->image.pages[0]);
}

static void test_frames_that_run_out_push_pages_to_the_host(void **state)
{
	struct world w;
	(void)state;
	run(&w, touch_eight, 4);
	CHECK(&w, world_asked_count(&w, ABI_H_SVM_PAGE_OUT) > 8, true);
	CHECK(&w, w.uv->frames.used, 4);
	/* in order of pages, round and round, though 4 is back when 9 goes */
	static const uint64_t order[] = {0, 1, 4, 5, 6, 7, 8, 9};
	unsigned nth = 0;
	for (unsigned i = 0; i < w.asked_count && nth < sizeof(order) / sizeof(order[0]); i++) {
		if (w.asked[i].number == ABI_H_SVM_PAGE_OUT)
			CHECK(&w, w.asked[i].gfn, order[nth++]);
	}
	world_end(&w);
	run(&w, touch_eight, 10); /* the twin: just enough */
	CHECK(&w, world_asked_count(&w, ABI_H_SVM_PAGE_OUT), 0);
	world_end(&w);
}

static void shares_stay(struct world *w)
{
	world_secure(w);
	CHECK(w, world_ucall(w, ABI_UV_SHARE_PAGE, 4, 1), ABI_U_SUCCESS);
	for (uint64_t gfn = 8; gfn < 12; gfn++)
		CHECK(w, world_store(w, gfn, gfn), 0);
}

static void test_frames_of_shared_pages_are_not_evicted(void **state)
{
	struct world w;
	(void)state;
	run(&w, shares_stay, 3);
	for (unsigned i = 0; i < w.asked_count; i++)
		CHECK(&w, w.asked[i].number == ABI_H_SVM_PAGE_OUT && w.asked[i].gfn == 4, false);
	CHECK(&w, world_state(&w, 4), GFN_SHARED);
	world_end(&w);
}

static void no_way_out(struct world *w)
{
	world_secure(w);
	w->fail = ABI_H_SVM_PAGE_OUT;
	CHECK(w, world_store(w, 4, 44), ABI_U_RETRY);
	w->fail = 0;
	CHECK(w, world_store(w, 5, 55), ABI_U_RETRY); /* the VM has ended */
}

static void test_frames_that_cannot_be_had_end_the_vm(void **state)
{
	struct world w;
	(void)state;
	run(&w, no_way_out, 2);
	world_end(&w);
}

static void hv_in_when_full(struct world *w)
{
	CHECK(w, world_page_in(w, 4), ABI_U_BUSY);
	CHECK(w, world_page_out(w, 5), ABI_U_SUCCESS);
	CHECK(w, world_page_in(w, 4), ABI_U_SUCCESS);
}

static void hv_out_4(struct world *w)
{
	CHECK(w, world_page_out(w, 4), ABI_U_SUCCESS);
}

static void in_when_full(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_out_4);
	CHECK(w, world_store(w, 5, 55), 0);
	world_from_hv(w, hv_in_when_full);
	CHECK(w, world_load(w, 4), world_value(44));
}

static void test_frames_none_free_makes_page_in_busy(void **state)
{
	struct world w;
	(void)state;
	run(&w, in_when_full, 3);
	world_end(&w);
}

static void outside(struct world *w)
{
	token_t token = 0;
	world_secure(w);
	CHECK(w, vcpu_access(w->machine, 0, (gfn_t){WORLD_PAGES}, false, &token), ABI_U_PARAMETER);
	CHECK(w, world_store(w, 4, 44), 0); /* the VM goes on */
}

static void test_frames_there_are_none_outside_the_slots(void **state)
{
	struct world w;
	(void)state;
	run(&w, outside, 8);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_that_run_out_push_pages_to_the_host),
		cmocka_unit_test(test_frames_of_shared_pages_are_not_evicted),
		cmocka_unit_test(test_frames_that_cannot_be_had_end_the_vm),
		cmocka_unit_test(test_frames_none_free_makes_page_in_busy),
		cmocka_unit_test(test_frames_there_are_none_outside_the_slots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
