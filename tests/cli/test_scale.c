/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_scale.c - what a page costs, counted and not measured; and that a run
 * without detectors is the same run.
 *
 * Bytes are those the simulator has in use, so the figures are the same on any
 * host. Time and resident memory are for pefsim bench scale.
 *
 * Locking: none. Errors: cmocka's. Blocking: a few runs of a guest of 1 GiB.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/cli/scale.h"
#include "sim/cli/session.h"

#define GIB_PAGES (UINT64_C(1) << 14)
#define BYTES_PER_PAGE 64u
#define IMAGE_PAGES 8u /* room for the image, which the switch pages in by itself */

/* ThreadSanitizer leaves an arena too little address space for a machine of 2 TiB. */
static void need_space(void)
{
#ifdef PEF_TSAN
	skip();
#endif
}

static struct scale_result measure(enum scale_kind kind, uint64_t pages, uint64_t touch)
{
	const struct scale_plan plan = {
		.kind = kind, .pages = pages, .touch = touch, .stride = 1, .design = DESIGN_UVMEM_LOCK};
	struct scale_result result;
	need_space();
	assert_true(scale_run(&plan, &result));
	return result;
}

/* Every page of it written by the process, paged in, and back again. */
static void test_scale_touched_pages_cost_at_most_64_bytes(void **state)
{
	(void)state;
	struct scale_result r = measure(SCALE_ABORT, GIB_PAGES, GIB_PAGES - IMAGE_PAGES);
	assert_in_range(r.secure.uv.frames / sizeof(struct frame), GIB_PAGES - IMAGE_PAGES + 1, GIB_PAGES);
	assert_int_equal(r.secure.private_data,
		r.secure.uv.frames / sizeof(struct frame) * hv_bytes_per_device_page(DESIGN_UVMEM_LOCK));
	assert_true(scale_own_bytes(&r.secure) > 40 * GIB_PAGES);
	assert_true(scale_own_bytes(&r.secure) <= BYTES_PER_PAGE * GIB_PAGES);
	/* The pages are the process's again, and nothing is left at the ultravisor. */
	assert_int_equal(r.after.uv.frames, 0);
	assert_int_equal(r.after.uv.entries, 0);
	assert_int_equal(r.after.private_data, 0);
	assert_true(scale_own_bytes(&r.after) <= BYTES_PER_PAGE * GIB_PAGES);
}

static void test_scale_boot_costs_at_most_64_bytes_a_page(void **state)
{
	(void)state;
	struct scale_result r = measure(SCALE_BOOT, GIB_PAGES, 0);
	assert_true(scale_own_bytes(&r.secure) > 24 * GIB_PAGES);
	assert_true(scale_own_bytes(&r.secure) <= BYTES_PER_PAGE * GIB_PAGES);
	assert_in_range(r.secure.arrays, hv_bytes_per_page(DESIGN_UVMEM_LOCK) * GIB_PAGES,
		hv_bytes_per_page(DESIGN_UVMEM_LOCK) * GIB_PAGES + 64);
}

/* The same pages in a guest of 1 GiB and in one of 16 GiB: only the tables' upper levels may differ. */
static void test_scale_untouched_pages_cost_nothing(void **state)
{
	(void)state;
	struct scale_result small = measure(SCALE_ABORT, GIB_PAGES, 1000);
	struct scale_result large = measure(SCALE_ABORT, 16 * GIB_PAGES, 1000);
	assert_int_equal(scale_own_bytes(&large.secure), scale_own_bytes(&small.secure));
}

/* ---- detectors off ------------------------------------------------------------------- */

static uint64_t hash_of(const char *path, enum engine_exec exec, bool off)
{
	struct options options = {.verb = VERB_RUN,
		.exec = exec,
		.seed = 1,
		.quiet = true,
		.steps_max = STEPS_DEFAULT,
		.detectors_off = off};
	struct session s;

	assert_int_equal(session_open(&s, &options, path), PEF_OK);
	assert_int_equal(session_run(&s), PEF_OK);
	uint64_t hash = trace_hash(s.world->engine);
	session_close(&s);
	return hash;
}

static void test_scale_a_run_without_detectors_is_the_same_run(void **state)
{
	(void)state;
	/* None in which a detector has something to say: that is a record of the trace, too. */
	static const char *const paths[] = {
		PEF_SOURCE_DIR "/scenarios/seed/boot-share-pageout.pef",
		PEF_SOURCE_DIR "/scenarios/seed/evict.pef",
		PEF_SOURCE_DIR "/scenarios/seed/unmap-secure.pef",
		PEF_SOURCE_DIR "/scenarios/seed/two-host-readers.pef",
		PEF_SOURCE_DIR "/scenarios/seed/delete-with-pages-out.pef",
	};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		uint64_t hash = hash_of(paths[i], ENGINE_FIBERS, false);
		assert_int_equal(hash_of(paths[i], ENGINE_FIBERS, true), hash);
		assert_int_equal(hash_of(paths[i], ENGINE_THREADS, true), hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale_touched_pages_cost_at_most_64_bytes),
		cmocka_unit_test(test_scale_boot_costs_at_most_64_bytes_a_page),
		cmocka_unit_test(test_scale_untouched_pages_cost_nothing),
		cmocka_unit_test(test_scale_a_run_without_detectors_is_the_same_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
