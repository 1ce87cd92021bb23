/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_share.c - shares and unshares: zero on return, and nothing when refused.
 */
#include "util_world.h"

static int64_t share(struct world *w, uint64_t gfn, uint64_t count)
{
	return world_ucall(w, ABI_UV_SHARE_PAGE, gfn, count);
}

static int64_t unshare(struct world *w, uint64_t gfn, uint64_t count)
{
	return world_ucall(w, ABI_UV_UNSHARE_PAGE, gfn, count);
}

static void run(struct world *w, world_fn *guest)
{
	world_begin(w);
	w->guest = guest;
	world_run(w);
}

static void share_three(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0); /* 5 stays untouched */
	CHECK(w, world_store(w, 6, 66), 0);
	CHECK(w, share(w, 4, 3), ABI_U_SUCCESS);
	for (uint64_t gfn = 4; gfn < 7; gfn++)
		CHECK(w, world_load(w, gfn), TOKEN_ZERO);
	CHECK(w, world_store(w, 5, 55), 0);
	CHECK(w, w->frames[5], world_value(55));
}

static void test_share_zeroes_and_maps_the_hosts_frames(void **state)
{
	struct world w;
	(void)state;
	run(&w, share_three);
	CHECK(&w, w.frames[4], TOKEN_ZERO);
	CHECK(&w, world_state(&w, 4), GFN_SHARED);
	CHECK(&w, world_view(&w, 4).shared_frame.n, 4);
	CHECK(&w, w.uv->frames.used, 2); /* the image only: shared pages need none */
	CHECK(&w, w.frames[7], world_plain(7));
	world_end(&w);
}

static void hv_inval_4(struct world *w)
{
	CHECK(w, world_inval(w, 4), ABI_U_SUCCESS);
}

static void share_again(struct world *w)
{
	world_secure(w);
	CHECK(w, share(w, 4, 1), ABI_U_SUCCESS);
	CHECK(w, world_store(w, 4, 44), 0);
	CHECK(w, share(w, 4, 1), ABI_U_SUCCESS);
	CHECK(w, world_load(w, 4), TOKEN_ZERO);
	CHECK(w, world_store(w, 4, 45), 0);
	world_from_hv(w, hv_inval_4);
	CHECK(w, share(w, 4, 1), ABI_U_SUCCESS);
	CHECK(w, world_load(w, 4), TOKEN_ZERO);
}

static void test_share_of_a_shared_page_zeroes_it_too(void **state)
{
	struct world w;
	(void)state;
	run(&w, share_again);
	CHECK(&w, world_state(&w, 4), GFN_SHARED);
	world_end(&w);
}

static void hv_out_4(struct world *w)
{
	CHECK(w, world_page_out(w, 4), ABI_U_SUCCESS);
}

static void share_paged_out(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_out_4);
	CHECK(w, share(w, 4, 1), ABI_U_SUCCESS);
	CHECK(w, world_load(w, 4), TOKEN_ZERO);
}

static void test_share_of_a_paged_out_page_brings_it_in_first(void **state)
{
	struct world w;
	(void)state;
	run(&w, share_paged_out);
	CHECK(&w, world_asked_count(&w, ABI_H_SVM_PAGE_IN), 4);
	CHECK(&w, heap_live(w.config.uv, OBJ_CRYPTO), 0);
	world_end(&w);
}

static void share_refused(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	CHECK(w, share(w, 3, 1), ABI_U_SUCCESS);
	CHECK(w, world_store(w, 3, 33), 0);
	w->fail = ABI_H_SVM_PAGE_IN;
	w->fail_after = world_asked_count(w, ABI_H_SVM_PAGE_IN) + 2; /* the image, 3, then 4 and 5 go well */
	w->fail_times = 1;
	CHECK(w, share(w, 3, 5), ABI_U_P2);
	CHECK(w, world_load(w, 3), world_value(33));
	CHECK(w, world_load(w, 4), world_value(44));
	CHECK(w, world_load(w, 5), TOKEN_ZERO);
}

static void test_share_refused_leaves_every_page_as_it_was(void **state)
{
	struct world w;
	(void)state;
	run(&w, share_refused);
	CHECK(&w, world_state(&w, 3), GFN_SHARED);
	for (uint64_t gfn = 4; gfn < 8; gfn++)
		CHECK(&w, world_state(&w, gfn), GFN_SECURE);
	CHECK(&w, w.on_device[4] && w.on_device[5], true); /* the host was told */
	world_end(&w);
}

/* While page 5 is asked for, page 4 loses its frame; it must not be committed. */
static void inval_second_time(struct world *w)
{
	CHECK(w, world_inval(w, 4), ABI_U_SUCCESS);
}

static void inval_next_time(struct world *w)
{
	w->during = inval_second_time;
}

static void share_with_late_inval(struct world *w)
{
	world_secure(w);
	w->during = inval_next_time;
	CHECK(w, share(w, 4, 2), ABI_U_SUCCESS);
	CHECK(w, world_asked_count(w, ABI_H_SVM_PAGE_IN), 5); /* image 2, shares 2, page 4 again */
	CHECK(w, world_load(w, 4), TOKEN_ZERO);
}

static void test_share_asks_again_for_a_frame_taken_back(void **state)
{
	struct world w;
	(void)state;
	run(&w, share_with_late_inval);
	CHECK(&w, world_state(&w, 4), GFN_SHARED);
	world_end(&w);
}

static void share_idle(struct world *w)
{
	world_secure(w);
	w->idle = ABI_H_SVM_PAGE_IN;
	CHECK(w, share(w, 4, 1), ABI_U_P2);
}

static void test_share_without_a_frame_is_refused_in_bounded_time(void **state)
{
	struct world w;
	(void)state;
	run(&w, share_idle);
	CHECK(&w, world_state(&w, 4), GFN_SECURE);
	world_end(&w);
}

static void unshare_four(struct world *w)
{
	world_secure(w);
	CHECK(w, share(w, 4, 2), ABI_U_SUCCESS);
	CHECK(w, world_store(w, 4, 44), 0);
	CHECK(w, world_store(w, 6, 66), 0); /* secure already */
	CHECK(w, world_store(w, 7, 77), 0);
	CHECK(w, unshare(w, 4, 4), ABI_U_SUCCESS);
	for (uint64_t gfn = 4; gfn < 8; gfn++)
		CHECK(w, world_load(w, gfn), TOKEN_ZERO);
	CHECK(w, world_store(w, 4, 45), 0);
	CHECK(w, w->frames[4], world_value(44)); /* the host's frame is out of reach */
}

static void test_unshare_zeroes_what_was_secure_too(void **state)
{
	struct world w;
	(void)state;
	run(&w, unshare_four);
	for (uint64_t gfn = 4; gfn < 8; gfn++)
		CHECK(&w, world_state(&w, gfn), GFN_SECURE);
	CHECK(&w, w.uv->frames.used, 6);
	world_end(&w);
}

static void unshare_paged_out(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_out_4);
	CHECK(w, unshare(w, 4, 1), ABI_U_SUCCESS);
	CHECK(w, world_load(w, 4), TOKEN_ZERO);
}

static void test_unshare_of_a_paged_out_page_leaves_zero(void **state)
{
	struct world w;
	(void)state;
	run(&w, unshare_paged_out);
	CHECK(&w, heap_live(w.config.uv, OBJ_CRYPTO), 0);
	CHECK(&w, w.on_device[4], true); /* both sides agree where it is */
	world_end(&w);
}

static void unshare_refused(struct world *w)
{
	world_secure(w);
	CHECK(w, share(w, 4, 3), ABI_U_SUCCESS);
	for (uint64_t gfn = 4; gfn < 7; gfn++)
		CHECK(w, world_store(w, gfn, 0x40 + gfn), 0);
	w->fail = ABI_H_SVM_PAGE_IN;
	w->fail_after = world_asked_count(w, ABI_H_SVM_PAGE_IN) + 2;
	w->fail_times = 1;
	CHECK(w, unshare(w, 4, 3), ABI_U_P2);
	for (uint64_t gfn = 4; gfn < 7; gfn++)
		CHECK(w, world_load(w, gfn), world_value(0x40 + gfn));
}

static void test_unshare_refused_leaves_every_page_as_it_was(void **state)
{
	struct world w;
	(void)state;
	run(&w, unshare_refused);
	for (uint64_t gfn = 4; gfn < 7; gfn++) {
		CHECK(&w, world_state(&w, gfn), GFN_SHARED);
		CHECK(&w, w.frames[gfn], world_value(0x40 + gfn));
	}
	CHECK(&w, w.uv->frames.used, 2);
	world_end(&w);
}

static void unshare_everything(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 9, 99), 0);
	CHECK(w, share(w, 4, 2), ABI_U_SUCCESS);
	CHECK(w, share(w, 20, 1), ABI_U_SUCCESS);
	CHECK(w, world_ucall(w, ABI_UV_UNSHARE_ALL_PAGES, 0, 0), ABI_U_SUCCESS);
	CHECK(w, world_load(w, 20), TOKEN_ZERO);
	CHECK(w, world_load(w, 9), world_value(99)); /* never shared: untouched */
}

static void test_unshare_all_takes_the_shared_pages_only(void **state)
{
	struct world w;
	(void)state;
	run(&w, unshare_everything);
	CHECK(&w, world_state(&w, 4), GFN_SECURE);
	CHECK(&w, world_state(&w, 5), GFN_SECURE);
	CHECK(&w, world_state(&w, 20), GFN_SECURE);
	world_end(&w);
}

/* The mapping is gone before the host is asked to take its page. */
static void uv_look(struct world *w)
{
	CHECK(w, world_view(w, 4).mapped, false);
	CHECK(w, world_state(w, 4), GFN_HV_UNSHARING);
}

static void look_inside(struct world *w)
{
	world_from_uv(w, uv_look);
}

static void unshare_watched(struct world *w)
{
	world_secure(w);
	CHECK(w, share(w, 4, 1), ABI_U_SUCCESS);
	w->during = look_inside;
	CHECK(w, unshare(w, 4, 1), ABI_U_SUCCESS);
}

static void test_unshare_unmaps_before_the_host_frees(void **state)
{
	struct world w;
	(void)state;
	run(&w, unshare_watched);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share_zeroes_and_maps_the_hosts_frames),
		cmocka_unit_test(test_share_of_a_shared_page_zeroes_it_too),
		cmocka_unit_test(test_share_of_a_paged_out_page_brings_it_in_first),
		cmocka_unit_test(test_share_refused_leaves_every_page_as_it_was),
		cmocka_unit_test(test_share_asks_again_for_a_frame_taken_back),
		cmocka_unit_test(test_share_without_a_frame_is_refused_in_bounded_time),
		cmocka_unit_test(test_unshare_zeroes_what_was_secure_too),
		cmocka_unit_test(test_unshare_of_a_paged_out_page_leaves_zero),
		cmocka_unit_test(test_unshare_refused_leaves_every_page_as_it_was),
		cmocka_unit_test(test_unshare_all_takes_the_shared_pages_only),
		cmocka_unit_test(test_unshare_unmaps_before_the_host_frees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
