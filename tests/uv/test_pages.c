/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_pages.c - content across the border: ciphertext, torn copies, and the
 * tlbie that waits for what was translated before.
 */
#include "util_world.h"

static void run(struct world *w, world_fn *guest)
{
	world_begin(w);
	w->guest = guest;
	world_run(w);
}

static void hv_out_4(struct world *w)
{
	CHECK(w, world_page_out(w, 4), ABI_U_SUCCESS);
}

static void out_and_in(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_out_4);
	CHECK(w, token_kind(w->frames[4]), TOKEN_CIPHER);
	CHECK(w, world_load(w, 4), world_value(44));
}

static void test_page_out_and_in_keep_the_content(void **state)
{
	struct world w;
	(void)state;
	run(&w, out_and_in);
	CHECK(&w, world_state(&w, 4), GFN_SECURE);
	CHECK(&w, world_traced(&w, TRACE_COPY, 0), 4);
	CHECK(&w, world_traced(&w, TRACE_COPY, 1), 0);
	world_end(&w);
}

static void out_only(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_out_4);
}

static void test_page_out_frees_the_secure_frame(void **state)
{
	struct world w;
	(void)state;
	run(&w, out_only);
	CHECK(&w, world_state(&w, 4), GFN_PAGEDOUT);
	CHECK(&w, world_view(&w, 4).mapped, false);
	CHECK(&w, w.uv->frames.used, 2);
	world_end(&w);
}

/* A stale copy of an earlier page-out, or any other content, is no page-in. */
static void hv_wrong_sources(struct world *w)
{
	CHECK(w, world_page_out(w, 4), ABI_U_SUCCESS);
	token_t old = w->frames[4];
	CHECK(w, world_page_in(w, 4), ABI_U_SUCCESS);
	CHECK(w, world_page_out(w, 4), ABI_U_SUCCESS);
	token_t fresh = w->frames[4];
	CHECK(w, old == fresh, false); /* (key, IV) is new each time */

	w->frames[4] = old;
	CHECK(w, world_page_in(w, 4), ABI_U_P2);
	w->frames[4] = TOKEN_ZERO;
	CHECK(w, world_page_in(w, 4), ABI_U_P2);
	CHECK(w, world_page_out(w, 4), ABI_U_P3);
	w->frames[4] = fresh;
	CHECK(w, world_page_in(w, 4), ABI_U_SUCCESS);
}

static void wrong_sources(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_wrong_sources);
	CHECK(w, world_load(w, 4), world_value(44));
}

static void test_page_in_takes_the_last_ciphertext_only(void **state)
{
	struct world w;
	(void)state;
	run(&w, wrong_sources);
	CHECK(&w, heap_live(w.config.uv, OBJ_CRYPTO), 0);
	world_end(&w);
}

static void hv_out_untouched(struct world *w)
{
	CHECK(w, world_page_out(w, 9), ABI_U_SUCCESS);
}

static void out_untouched(struct world *w)
{
	world_secure(w);
	world_from_hv(w, hv_out_untouched);
	CHECK(w, token_kind(w->frames[9]), TOKEN_CIPHER);
	CHECK(w, world_load(w, 9), TOKEN_ZERO);
}

static void test_page_out_of_an_untouched_page_is_zero_encrypted(void **state)
{
	struct world w;
	(void)state;
	run(&w, out_untouched);
	world_end(&w);
}

static void hv_snapshot(struct world *w)
{
	uint64_t args[5] = {WORLD_LPID, 5 * PEF_PAGE_SIZE, 4 * PEF_PAGE_SIZE, 1, ABI_PAGE_ORDER};
	CHECK(w, world_hv_ucall(w, ABI_UV_PAGE_OUT, args, 5), ABI_U_SUCCESS);
}

static void snapshot(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_snapshot);
	CHECK(w, token_kind(w->frames[5]), TOKEN_CIPHER);
}

static void test_page_out_of_a_snapshot_keeps_the_mapping(void **state)
{
	struct world w;
	(void)state;
	run(&w, snapshot);
	CHECK(&w, world_state(&w, 4), GFN_SECURE);
	CHECK(&w, world_view(&w, 4).mapped, true);
	world_end(&w);
}

static void hv_inval_4(struct world *w)
{
	CHECK(w, world_inval(w, 4), ABI_U_SUCCESS);
	CHECK(w, world_inval(w, 4), ABI_U_SUCCESS);
}

static void inval_then_touch(struct world *w)
{
	world_secure(w);
	CHECK(w, world_ucall(w, ABI_UV_SHARE_PAGE, 4, 1), ABI_U_SUCCESS);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_inval_4);
	CHECK(w, world_load(w, 4), world_value(44));
}

static void test_inval_is_undone_by_the_next_fault(void **state)
{
	struct world w;
	(void)state;
	run(&w, inval_then_touch);
	CHECK(&w, world_asked_count(&w, ABI_H_PAGE_FAULT), 1);
	CHECK(&w, world_state(&w, 4), GFN_SHARED);
	world_end(&w);
}

/* ---- torn copies ---------------------------------------------------------------------- */

static void begin_to_tear(struct world *w)
{
	w->tear = 1;
}

static void esm_of_a_torn_tree(struct world *w)
{
	CHECK(w, world_esm(w), ABI_H_PARAMETER);
}

static void test_copy_of_a_changing_frame_is_torn(void **state)
{
	struct world w;
	(void)state;
	for (unsigned torn = 0; torn < 2; torn++) {
		world_begin(&w);
		w.guest = torn ? esm_of_a_torn_tree : world_secure;
		/* Once the tree was looked at, it changes while it is copied. */
		w.during = torn ? begin_to_tear : NULL;
		world_run(&w);
		CHECK(&w, world_traced(&w, TRACE_COPY, 1), torn);
		CHECK(&w, uv_is_secure(w.uv, 0), !torn);
		world_end(&w);
	}
}

static void torn_cipher(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 4, 44), 0);
	world_from_hv(w, hv_out_4);
	w->tear = 4;
	CHECK(w, world_ucall(w, ABI_UV_SHARE_PAGE, 4, 1), ABI_U_P2);
}

static void test_copy_of_torn_ciphertext_is_refused(void **state)
{
	struct world w;
	(void)state;
	run(&w, torn_cipher);
	CHECK(&w, world_state(&w, 4), GFN_PAGEDOUT);
	CHECK(&w, w.uv->frames.used, 2);
	world_end(&w);
}

/* ---- accesses under way ------------------------------------------------------------------ */

static cycles_t landed_at, invalidated_at;

static void access_guest(struct world *w)
{
	world_secure(w);
	CHECK(w, world_ucall(w, ABI_UV_SHARE_PAGE, 4, 1), ABI_U_SUCCESS);
	w->hold_shared = true;
	CHECK(w, world_store(w, 4, 44), 0);
}

static void access_host(struct world *w)
{
	context_advance(20000, CAUSE_COMPUTE);
	CHECK(w, w->held_count, 1);
	CHECK(w, world_inval(w, 4), ABI_U_SUCCESS);
	invalidated_at = domain_now(w->config.hv);
}

static void lands_later(struct world *w)
{
	context_advance(50000, CAUSE_COMPUTE);
	landed_at = domain_now(w->config.hv);
	world_land(w);
}

static void test_inval_waits_for_accesses_under_way(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = access_guest;
	w.host = access_host;
	w.host2 = lands_later;
	world_run(&w);
	CHECK(&w, landed_at > 0 && invalidated_at > landed_at, true);
	CHECK(&w, w.frames[4], world_value(44));
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_out_and_in_keep_the_content),
		cmocka_unit_test(test_page_out_frees_the_secure_frame),
		cmocka_unit_test(test_page_in_takes_the_last_ciphertext_only),
		cmocka_unit_test(test_page_out_of_an_untouched_page_is_zero_encrypted),
		cmocka_unit_test(test_page_out_of_a_snapshot_keeps_the_mapping),
		cmocka_unit_test(test_inval_is_undone_by_the_next_fault),
		cmocka_unit_test(test_copy_of_a_changing_frame_is_torn),
		cmocka_unit_test(test_copy_of_torn_ciphertext_is_refused),
		cmocka_unit_test(test_inval_waits_for_accesses_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
