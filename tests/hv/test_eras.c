/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_eras.c - how a Linux of some time counts references on device pages, and
 * what follows from it when two threads touch one page.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

#include <string.h>

#include "pefsim/trace.h"

#define ERA_LAB(era_) \
	{ \
		.design = DESIGN_UVMEM_LOCK, .secure_frames = 8, .old_era = true, .era = (era_) \
	}

/* The counts of device page 0 in the order of their changes, a digit each. */
static const char *era_counts(const struct lab *lab, char *buf, size_t size)
{
	struct trace_merge *merge = trace_merge_open(lab->engine);
	struct trace_event e;
	size_t len = 0;

	while (trace_merge_next(merge, &e))
		if (e.rec.kind == TRACE_REF && len + 1 < size)
			buf[len++] = (char)('0' + e.rec.aux);
	buf[len] = '\0';
	trace_merge_close(merge);
	return buf;
}

/* A page goes out, and is unmapped. */
static void test_counts_of_a_life_follow_the_era(void **state)
{
	(void)state;
	static const char *const counts[ERA_COUNT] = {
		/* taken, mapped, given back by the migration; unmapped: page_free; ready for the next */
		[ERA_V5_5] = "2321",
		[ERA_V5_18] = "2101",
		[ERA_V6_1] = "1210",
		[ERA_V6_15] = "1210",
	};
	for (unsigned era = 0; era < ERA_COUNT; era++) {
		struct lab lab = ERA_LAB((enum mm_era)era);
		char got[16];
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_host(&lab, HV_MUNMAP, GFN(1), 1);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(view->used, 0);
		assert_string_equal(era_counts(&lab, got, sizeof(got)), counts[era]);
		lab_close(&lab);
	}
}

static void test_one_toucher_brings_the_page_back_in_every_era(void **state)
{
	(void)state;
	for (unsigned era = 0; era < ERA_COUNT; era++) {
		struct lab lab = ERA_LAB((enum mm_era)era);
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *read = lab_host(&lab, HV_READ, GFN(1), 1);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_hcall(&lab, ABI_H_SVM_PAGE_OUT, GFN(1), 0);
		struct lab_step *view = lab_view(&lab, GFN(1));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(read->request.token, LAB_CIPHER(1));
		assert_int_equal(view->view.mark, HV_MARK_MEM);
		assert_int_equal(view->used, 0);
		lab_close(&lab);
	}
}

/* What two threads come to that touch one page, the second so many cycles later. */
struct era_touch {
	unsigned crashes; /* findings */
	unsigned sigbus;
	unsigned good;
};

/* As the real ultravisor, the lab's gives the content once. */
static struct era_touch era_two_touch(enum design_id design, enum mm_era era)
{
	struct era_touch out = {0};
	for (unsigned late = 0; late < 1000; late += 5) {
		struct lab lab = ERA_LAB(era);
		lab.design = design;
		lab.fail_number = ABI_UV_PAGE_OUT;
		lab.fail_after = 1;
		lab.fail_code = ABI_U_PARAMETER;
		lab_slot(&lab, 0, GFN(0), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		struct lab_step *first = lab_host(&lab, HV_READ, GFN(1), 1);
		struct lab_step *second = lab_host(&lab, HV_READ, GFN(1), 1);
		second->at = first->at + late;
		lab_run(&lab);
		const struct finding *f = lab_finding(&lab);
		if (f)
			out.crashes += f->kind == FINDING_USE_AFTER_FREE && strstr(f->object, "pvt[0]");
		else if (first->result == HOST_SIGBUS || second->result == HOST_SIGBUS)
			out.sigbus++;
		else if (first->request.token == LAB_CIPHER(1) && second->request.token == LAB_CIPHER(1))
			out.good++;
		lab_close(&lab);
	}
	return out;
}

/* CVE-2022-3523: the page is freed while the second handler waits for the mutex. */
static void test_before_6_1_the_page_is_freed_under_the_handler(void **state)
{
	(void)state;
#if PEF_HOOKS
	for (unsigned era = 0; era < ERA_COUNT; era++) {
		bool old = era < ERA_V6_1;
		assert_int_equal(era_two_touch(DESIGN_V9_RMAP, (enum mm_era)era).crashes > 0, old);
	}
#endif
}

/* With a reference for each the second thread spoils the first one's count; with the lock it comes again. */
static void test_only_the_page_lock_lets_both_have_the_page(void **state)
{
	(void)state;
	struct era_touch references = era_two_touch(DESIGN_UVMEM_LOCK, ERA_V6_1);
	struct era_touch locked = era_two_touch(DESIGN_UVMEM_LOCK, ERA_V6_15);
	assert_true(references.good > 0);
	assert_true(references.sigbus > 0);
	assert_int_equal(locked.sigbus, 0);
	assert_int_equal(locked.good, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_of_a_life_follow_the_era),
		cmocka_unit_test(test_one_toucher_brings_the_page_back_in_every_era),
		cmocka_unit_test(test_before_6_1_the_page_is_freed_under_the_handler),
		cmocka_unit_test(test_only_the_page_lock_lets_both_have_the_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
