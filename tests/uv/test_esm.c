/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_esm.c - a VM becomes secure, or does not and is as it was.
 */
#include "util_world.h"

static void esm_works(struct world *w)
{
	world_secure(w);
	CHECK(w, world_load(w, 0), w->image.pages[0]);
	CHECK(w, world_load(w, 1), w->image.pages[1]);
	CHECK(w, world_load(w, 2), TOKEN_ZERO);
	CHECK(w, world_esm(w), ABI_U_SUCCESS);
}

static void test_esm_copies_the_image_and_nothing_else(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_works;
	world_run(&w);
	CHECK(&w, uv_is_secure(w.uv, 0), true);
	CHECK(&w, world_view(&w, 1).touched, true);
	CHECK(&w, world_view(&w, 3).touched, false);
	CHECK(&w, world_view(&w, 3).known, true);
	CHECK(&w, world_view(&w, WORLD_PAGES).known, false);
	CHECK(&w, w.asked_count, 4);
	CHECK(&w, w.asked[0].number, ABI_H_SVM_INIT_START);
	CHECK(&w, w.asked[1].number, ABI_H_SVM_PAGE_IN);
	CHECK(&w, w.asked[2].gfn, 1);
	CHECK(&w, w.asked[3].number, ABI_H_SVM_INIT_DONE);
	CHECK(&w, w.asked[3].msr, MSR_S);
	CHECK(&w, world_traced(&w, TRACE_SVM, TRACE_SVM_SECURE), 1);
	CHECK(&w, world_traced(&w, TRACE_SLOT, TRACE_SLOT_REGISTER), 1);
	world_end(&w);
}

static void esm_fails(struct world *w)
{
	CHECK(w, world_esm(w), ABI_H_PARAMETER);
	CHECK(w, w->machine->secure, false);
}

static void esm_refused(uint32_t hcall, unsigned after)
{
	struct world w;
	world_begin(&w);
	w.guest = esm_fails;
	w.fail = hcall;
	w.fail_after = after;
	world_run(&w);
	CHECK(&w, uv_is_secure(w.uv, 0), false);
	CHECK(&w, w.asked[w.asked_count - 1].number, ABI_H_SVM_INIT_ABORT);
	CHECK(&w, w.asked[w.asked_count - 1].cookie, 0);
	CHECK(&w, w.asked[w.asked_count - 1].msr, 0);
	CHECK(&w, world_traced(&w, TRACE_SVM, TRACE_SVM_ABORT), 1);
	CHECK(&w, world_traced(&w, TRACE_SVM, TRACE_SVM_TERMINATED), 1);
	CHECK(&w, w.uv->frames.used, 0);
	for (uint64_t i = 0; i < WORLD_FRAMES; i++)
		CHECK(&w, w.frames[i], i < 2 ? w.image.pages[i] : world_plain(i));
	CHECK(&w, heap_live(w.config.uv, OBJ_NONE), 0);
	world_end(&w);
}

static void test_esm_refused_leaves_the_vm_normal(void **state)
{
	(void)state;
	esm_refused(ABI_H_SVM_INIT_START, 0);
	esm_refused(ABI_H_SVM_PAGE_IN, 0);
	esm_refused(ABI_H_SVM_PAGE_IN, 1);
	esm_refused(ABI_H_SVM_INIT_DONE, 0);
}

static void esm_twice(struct world *w)
{
	CHECK(w, world_esm(w), ABI_H_PARAMETER);
	world_secure(w);
}

static void test_esm_works_after_an_abort(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_twice;
	w.fail = ABI_H_SVM_PAGE_IN;
	w.fail_times = 1;
	world_run(&w);
	CHECK(&w, uv_is_secure(w.uv, 0), true);
	world_end(&w);
}

static void esm_no_memory(struct world *w)
{
	CHECK(w, world_esm(w), ABI_U_RETRY);
}

static void test_esm_without_secure_memory_changes_nothing(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_no_memory;
	w.secure_frames = 0;
	world_run(&w);
	CHECK(&w, uv_is_secure(w.uv, 0), false);
	CHECK(&w, w.asked_count, 0);
	world_end(&w);
}

static void esm_in_one_frame(struct world *w)
{
	world_secure(w);
	CHECK(w, world_load(w, 0), w->image.pages[0]);
	CHECK(w, world_load(w, 1), w->image.pages[1]);
}

/* One frame for two pages of image: one of them is always out, encrypted. */
static void test_esm_with_little_memory_pushes_the_image_out(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_in_one_frame;
	w.secure_frames = 1;
	world_run(&w);
	CHECK(&w, world_asked_count(&w, ABI_H_SVM_PAGE_OUT) > 0, true);
	world_end(&w);
	/* The twin: the hypervisor does not take it. */
	world_begin(&w);
	w.guest = esm_fails;
	w.secure_frames = 1;
	w.fail = ABI_H_SVM_PAGE_OUT;
	world_run(&w);
	CHECK(&w, w.asked[w.asked_count - 1].number, ABI_H_SVM_INIT_ABORT);
	CHECK(&w, w.uv->frames.used, 0);
	world_end(&w);
}

/* The hypervisor brings a page in once more, with something else in it, after it was looked at. */
static void hv_again(struct world *w)
{
	const uint64_t args[5] = {WORLD_LPID, 9 * PEF_PAGE_SIZE, 0, 0, ABI_PAGE_ORDER};
	CHECK(w, world_hv_ucall(w, ABI_UV_PAGE_IN, args, 5), ABI_U_P2);
}

static void hv_next_time(struct world *w)
{
	w->during = hv_again;
}

static void test_esm_keeps_what_it_has_read(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_works;
	w.during = hv_next_time;
	world_run(&w);
	CHECK(&w, world_view(&w, 0).token, w.image.pages[0]);
	world_end(&w);
}

/* What is encrypted when the switch fails is plain again when the guest goes on. */
static void test_esm_aborted_leaves_no_page_encrypted(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_fails;
	w.secure_frames = 1;
	w.fail = ABI_H_SVM_INIT_DONE;
	world_run(&w);
	CHECK(&w, world_traced(&w, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT) > 0, true);
	CHECK(&w, w.asked[w.asked_count - 1].number, ABI_H_SVM_INIT_ABORT);
	for (uint64_t i = 0; i < WORLD_FRAMES; i++)
		CHECK(&w, w.frames[i], i < 2 ? w.image.pages[i] : world_plain(i));
	CHECK(&w, w.uv->frames.used, 0);
	CHECK(&w, heap_live(w.config.uv, OBJ_NONE), 0);
	world_end(&w);
}

static void hv_terminates(struct world *w)
{
	uint64_t lpid = WORLD_LPID;
	CHECK(w, world_hv_ucall(w, ABI_UV_SVM_TERMINATE, &lpid, 1), ABI_U_SUCCESS);
	CHECK(w, world_hv_ucall(w, ABI_UV_SVM_TERMINATE, &lpid, 1), ABI_U_INVALID);
}

static void esm_then_end(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, 5, 77), 0);
	world_from_hv(w, hv_terminates);
	CHECK(w, world_store(w, 5, 78), ABI_U_INVALID);
}

static void test_terminate_releases_everything(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = esm_then_end;
	world_run(&w);
	CHECK(&w, w.uv->frames.used, 0);
	CHECK(&w, heap_live(w.config.uv, OBJ_NONE), 0);
	CHECK(&w, world_view(&w, 5).known, false);
	CHECK(&w, world_traced(&w, TRACE_SLOT, TRACE_SLOT_UNREGISTER), 1);
	world_end(&w);
}

static void hv_terminates_quietly(struct world *w)
{
	uint64_t lpid = WORLD_LPID;
	CHECK(w, world_hv_ucall(w, ABI_UV_SVM_TERMINATE, &lpid, 1), ABI_U_SUCCESS);
}

static void share_into_the_end(struct world *w)
{
	world_secure(w);
	w->during = hv_terminates_quietly;
	CHECK(w, world_ucall(w, ABI_UV_SHARE_PAGE, 4, 3), ABI_U_INVALID);
}

static void test_terminate_under_a_share_frees_nothing_too_early(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = share_into_the_end;
	world_run(&w);
	CHECK(&w, heap_live(w.config.uv, OBJ_NONE), 0);
	CHECK(&w, w.uv->frames.used, 0);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esm_copies_the_image_and_nothing_else),
		cmocka_unit_test(test_esm_refused_leaves_the_vm_normal),
		cmocka_unit_test(test_esm_works_after_an_abort),
		cmocka_unit_test(test_esm_without_secure_memory_changes_nothing),
		cmocka_unit_test(test_esm_with_little_memory_pushes_the_image_out),
		cmocka_unit_test(test_esm_keeps_what_it_has_read),
		cmocka_unit_test(test_esm_aborted_leaves_no_page_encrypted),
		cmocka_unit_test(test_terminate_releases_everything),
		cmocka_unit_test(test_terminate_under_a_share_frees_nothing_too_early),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
