/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_summary.c - calls, lock waits, pages and cycles, counted.
 *
 * Locking: none. Errors: assertions. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/abi.h"
#include "pefsim/summary.h"
#include "pefsim/sync.h"
#include "util_json.h"
#include "util_run.h"

static const struct summary_call *call_of(const struct run_summary *s, uint32_t number)
{
	for (unsigned i = 0; i < s->call_count; i++)
		if (s->calls[i].number == number)
			return &s->calls[i];
	fail_msg("no call 0x%x", number);
	return NULL;
}

static void expect_call(
	const struct run_summary *s, uint32_t number, uint64_t count, uint64_t returned, cycles_t cycles)
{
	const struct summary_call *call = call_of(s, number);

	assert_int_equal(call->count, count);
	assert_int_equal(call->returned, returned);
	assert_int_equal(call->cycles, cycles);
}

static void test_summary_of_the_demonstration(void **state)
{
	struct run run;
	struct run_summary s;

	(void)state;
	run_open(&run, 1, 0);
	run_demonstration(&run);
	assert_int_equal(summary_collect(run.engine, &s), PEF_OK);
	assert_int_equal(s.call_count, 7);
	/* Records are 10 cycles apart. */
	expect_call(&s, ABI_H_PAGE_FAULT, 1, 1, 260);
	expect_call(&s, ABI_H_SVM_PAGE_IN, 1, 1, 230);
	expect_call(&s, ABI_UV_PAGE_IN, 1, 1, 90);
	expect_call(&s, ABI_H_SVM_PAGE_OUT, 1, 1, 230);
	expect_call(&s, ABI_UV_PAGE_OUT, 1, 1, 30);
	expect_call(&s, ABI_UV_ESM, 1, 0, 0);
	assert_int_equal(s.pages.in, 1);
	assert_int_equal(s.pages.out, 1);
	assert_int_equal(s.lock_count, 2);
	assert_int_equal(s.locks[0].lock.w, obj_make(OBJ_UVMEM_LOCK, 0, OBJ_NO_INDEX).w);
	assert_int_equal(s.locks[0].waits, 1);
	assert_int_equal(s.locks[0].cycles, 130);
	assert_int_equal(s.locks[1].lock.w, obj_make(OBJ_KVM_SRCU, 0, OBJ_NO_INDEX).w);
	assert_int_equal(s.locks[1].cycles, 10);
	assert_int_equal(s.hash, trace_hash(run.engine));
	assert_int_equal(s.cycles, run.now - 10);
	summary_free(&s);
	run_close(&run);
}

/* A call that is handed on: one return to the first caller ends both. */
static void test_summary_ends_transferred_calls_together(void **state)
{
	struct run run;
	struct run_summary s;

	(void)state;
	run_open(&run, 1, 0);
	run_put(&run, RUN_G0, run.vcpu0, TRACE_CALL, RUN_UV, ABI_UV_ESM, 0); /* 100 */
	run_put(&run, RUN_G0, run.vcpu1, TRACE_CALL, RUN_UV, ABI_UV_ESM, 0); /* 110: another thread's stays open */
	run_put(&run, RUN_UV, run.uv0, TRACE_CALL, RUN_HV, ABI_H_SVM_INIT_ABORT, 0); /* 120 */
	run_put(&run, RUN_HV, run.hv0, TRACE_RETURN, RUN_G0, ABI_H_SVM_INIT_ABORT, 0); /* 130 */
	assert_int_equal(summary_collect(run.engine, &s), PEF_OK);
	expect_call(&s, ABI_UV_ESM, 2, 1, 30);
	expect_call(&s, ABI_H_SVM_INIT_ABORT, 1, 1, 10);
	summary_free(&s);
	run_close(&run);
}

static void put_change(struct run *run, enum gfn_state from, enum gfn_state to)
{
	run_put(run, RUN_UV, run->uv0, TRACE_UV_STATE, 0, trace_page(0, (gfn_t){1}), trace_change(from, to));
}

static void test_summary_counts_pages_at_the_commit(void **state)
{
	struct run run;
	struct run_summary s;

	(void)state;
	run_open(&run, 1, 0);
	put_change(&run, GFN_SECURE, GFN_HV_SHARING);
	put_change(&run, GFN_HV_SHARING, GFN_HV_SHARED);
	put_change(&run, GFN_HV_SHARED, GFN_SHARED); /* shared */
	put_change(&run, GFN_SHARED, GFN_SHARED_INV);
	put_change(&run, GFN_SHARED_INV, GFN_SHARED); /* only mapped again */
	put_change(&run, GFN_SHARED, GFN_HV_UNSHARING);
	put_change(&run, GFN_HV_UNSHARING, GFN_HV_UNSHARED);
	put_change(&run, GFN_HV_UNSHARED, GFN_SECURE); /* unshared */
	put_change(&run, GFN_SECURE, GFN_PAGEDOUT); /* out */
	put_change(&run, GFN_PAGEDOUT, GFN_SECURE); /* in */
	run_put(&run, RUN_UV, run.uv0, TRACE_CRYPTO, TRACE_CRYPTO_DECRYPT, trace_page(0, (gfn_t){1}), 1);
	put_change(&run, GFN_SECURE, GFN_PAGEDOUT); /* out */
	put_change(&run, GFN_PAGEDOUT, GFN_SECURE); /* its slot went: neither in nor unshared */
	put_change(&run, GFN_SHARED, GFN_SECURE);
	run_put(&run, RUN_UV, run.uv0, TRACE_COPY, 0, trace_page(0, (gfn_t){1}), 0);
	run_put(&run, RUN_UV, run.uv0, TRACE_SVM, TRACE_SVM_START, 0, 0);
	run_put(&run, RUN_UV, run.uv0, TRACE_COPY, 0, trace_page(0, (gfn_t){1}), 0); /* boot */
	run_put(&run, RUN_UV, run.uv0, TRACE_COPY, 0, trace_page(1, (gfn_t){1}), 0);
	run_put(&run, RUN_UV, run.uv0, TRACE_SVM, TRACE_SVM_SECURE, 0, 0);
	run_put(&run, RUN_UV, run.uv0, TRACE_COPY, 0, trace_page(0, (gfn_t){1}), 0);
	assert_int_equal(summary_collect(run.engine, &s), PEF_OK);
	assert_int_equal(s.pages.boot, 1);
	assert_int_equal(s.pages.in, 1);
	assert_int_equal(s.pages.out, 2);
	assert_int_equal(s.pages.shared, 1);
	assert_int_equal(s.pages.unshared, 1);
	summary_free(&s);
	run_close(&run);
}

static void test_summary_counts_waits_that_never_end(void **state)
{
	uint64_t lock = obj_make(OBJ_UVMEM_LOCK, 0, OBJ_NO_INDEX).w;
	struct run run;
	struct run_summary s;

	(void)state;
	run_open(&run, 1, 0);
	run_put(&run, RUN_HV, run.hv0, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, lock, 0);
	run_put(&run, RUN_HV, run.hv1, TRACE_LOCK_WAIT, LOCK_EXCLUSIVE, lock, 0);
	run_put(&run, RUN_HV, run.qemu, TRACE_LOCK_WAIT, LOCK_EVENT, obj_make(OBJ_EVENT, 0, 0).w, 0);
	assert_int_equal(summary_collect(run.engine, &s), PEF_OK);
	assert_int_equal(s.lock_count, 1);
	assert_int_equal(s.locks[0].waits, 1);
	assert_int_equal(s.locks[0].unfinished, 1);
	summary_free(&s);
	run_close(&run);
}

static void test_summary_knows_both_clocks(void **state)
{
	(void)state;
	assert_true(cycles_to_us(3800) > 0.999 && cycles_to_us(3800) < 1.001);
	/* 512 MHz over 3.8 GHz is 64 over 475. */
	assert_int_equal(cycles_to_timebase(475), 64);
	assert_int_equal(cycles_to_timebase(474), 63);
	assert_int_equal(cycles_to_timebase(UINT64_C(3800000000)), 512000000);
	assert_int_equal(cycles_to_timebase(UINT64_C(475) << 54), UINT64_C(64) << 54);
}

static void expect_prints(struct run *run)
{
	struct run_summary s;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(summary_collect(run->engine, &s), PEF_OK);
	summary_print(&s, out);
	fclose(out);
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 100);
	free(text);
	out = open_memstream(&text, &size);
	summary_print_json(&s, out);
	fclose(out);
	assert_int_equal(text[size - 1], '\n');
	text[size - 1] = '\0';
	if (!json_is_object(text))
		fail_msg("no JSON: %s", text);
	free(text);
	summary_free(&s);
}

static void test_summary_prints_any_run(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct run run;

		run_open(&run, 1 + (unsigned)(seed % 3), 0);
		run_noise(&run, 500, seed);
		expect_prints(&run);
		run_close(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_summary_of_the_demonstration),
		cmocka_unit_test(test_summary_ends_transferred_calls_together),
		cmocka_unit_test(test_summary_counts_pages_at_the_commit),
		cmocka_unit_test(test_summary_counts_waits_that_never_end),
		cmocka_unit_test(test_summary_knows_both_clocks),
		cmocka_unit_test(test_summary_prints_any_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
