/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_image.c - what UV_ESM makes of a device tree and an ESM blob.
 *
 * One good pair, and one change of it at a time. Each refusal is asked for twice:
 * as the guest made it, which is answered before the hypervisor hears of it; and
 * as the hypervisor changes it afterwards, which ends in an abort.
 */
#include <string.h>

#include "pefsim/dt.h"
#include "pefsim/esm.h"
#include "util_world.h"

#define PAGE PEF_PAGE_SIZE
#define KERNEL UINT64_C(8) /* first page of the kernel; two pages */
#define INITRD UINT64_C(12)
#define RTAS UINT64_C(20) /* one page; 21 is the ultravisor's buffer */

/* What is wrong with a tree or a blob; one at a time. */
enum wrong {
	GOOD,
	TREE_NOT_ONE,
	TREE_OLD, /* libfdt 1.6.1 does not check those from end to end */
	TREE_NO_MEMORY,
	TREE_CELLS,
	TREE_BOOT_CPU,
	TREE_BOOTARGS,
	TREE_BLOB_ELSEWHERE,
	TREE_INITRD_OUTSIDE,
	TREE_INITRD_BACKWARDS,
	TREE_RTAS_OVER_INITRD,
	BLOB_NOT_ONE,
	BLOB_NO_LOCKBOX,
	BLOB_OTHER_KEY,
	BLOB_NO_DIGEST,
	BLOB_RANGE_SHAPE,
	BLOB_RANGE_OUTSIDE,
	BLOB_KERNEL_DIGEST,
	BLOB_INITRD_DIGEST,
	BLOB_RTAS_DIGEST,
	BLOB_FDT_DIGEST,
	WRONG_COUNT
};

static const int64_t codes[WRONG_COUNT] = {
	[TREE_NOT_ONE] = ABI_U_P2,
	[TREE_OLD] = ABI_U_P2,
	[TREE_NO_MEMORY] = ABI_U_P2,
	[TREE_CELLS] = ABI_U_P2,
	[TREE_BOOT_CPU] = ABI_U_P2,
	[TREE_BOOTARGS] = ABI_U_PERMISSION,
	[TREE_BLOB_ELSEWHERE] = ABI_U_PARAMETER,
	[TREE_INITRD_OUTSIDE] = ABI_U_P2,
	[TREE_INITRD_BACKWARDS] = ABI_U_P2,
	[TREE_RTAS_OVER_INITRD] = ABI_U_P2,
	[BLOB_NOT_ONE] = ABI_U_PARAMETER,
	[BLOB_NO_LOCKBOX] = ABI_U_NO_KEY,
	[BLOB_OTHER_KEY] = ABI_U_NO_KEY,
	[BLOB_NO_DIGEST] = ABI_U_PARAMETER,
	[BLOB_RANGE_SHAPE] = ABI_U_PARAMETER,
	[BLOB_RANGE_OUTSIDE] = ABI_U_PARAMETER,
	[BLOB_KERNEL_DIGEST] = ABI_U_PERMISSION,
	[BLOB_INITRD_DIGEST] = ABI_U_PERMISSION,
	[BLOB_RTAS_DIGEST] = ABI_U_PERMISSION,
	[BLOB_FDT_DIGEST] = ABI_U_PERMISSION,
};

/* ---- a pair ------------------------------------------------------------------------ */

static uint8_t tree[4096], blob[4096];
static size_t tree_len, blob_len;

static void write_tree(enum wrong wrong)
{
	const uint64_t reg[2] = {0, WORLD_PAGES * PAGE};
	const uint64_t initrd = (wrong == TREE_INITRD_OUTSIDE ? WORLD_PAGES : INITRD) * PAGE;
	const uint64_t initrd_end = wrong == TREE_INITRD_BACKWARDS ? initrd : initrd + PAGE;
	const uint64_t at = wrong == TREE_BLOB_ELSEWHERE ? 3 * PAGE : 0x1000, end = at + 0x1000;
	const uint64_t rtas = (wrong == TREE_RTAS_OVER_INITRD ? INITRD - 1 : RTAS) * PAGE;
	struct dt_writer w;

	dt_begin(&w, tree, sizeof(tree));
	dt_put_cell(&w, "#address-cells", wrong == TREE_CELLS ? 3 : 2);
	dt_put_cell(&w, "#size-cells", 2);
	dt_begin_node(&w, wrong == TREE_NO_MEMORY ? "memory@1" : "memory@0");
	dt_put_numbers(&w, "reg", reg, 2);
	dt_end_node(&w);
	dt_begin_node(&w, "chosen");
	dt_put_string(&w, "bootargs", wrong == TREE_BOOTARGS ? "init=/bin/sh" : "quiet");
	dt_put_numbers(&w, "linux,initrd-start", &initrd, 1);
	dt_put_numbers(&w, "linux,initrd-end", &initrd_end, 1);
	dt_put_numbers(&w, "linux,esm-blob-start", &at, 1);
	dt_put_numbers(&w, "linux,esm-blob-end", &end, 1);
	dt_end_node(&w);
	dt_begin_node(&w, "rtas");
	dt_put_cell(&w, "linux,rtas-base", (uint32_t)rtas);
	dt_put_cell(&w, "rtas-size", 0x8000);
	dt_end_node(&w);
	tree_len = dt_finish(&w, wrong == TREE_BOOT_CPU ? 2 : 0);
	assert_true(tree_len > 0);
	if (wrong == TREE_NOT_ONE)
		tree[0] ^= 1;
	if (wrong == TREE_OLD)
		tree[23] = 16;
}

static uint64_t sum(uint64_t first, uint64_t count, bool spoil)
{
	uint64_t digest = ESM_DIGEST_BEGIN;
	for (uint64_t i = 0; i < count; i++)
		digest = esm_digest_page(digest, world_plain(first + i));
	return digest + spoil;
}

static void write_digests(struct dt_writer *w, enum wrong wrong)
{
	const uint64_t base = wrong == BLOB_RANGE_OUTSIDE ? UINT64_MAX - PAGE : KERNEL * PAGE;
	const uint64_t range[3] = {base, 2 * PAGE, 0};
	const uint64_t kernel = sum(KERNEL, 2, wrong == BLOB_KERNEL_DIGEST);
	const uint64_t initrd = sum(INITRD, 1, wrong == BLOB_INITRD_DIGEST);
	const uint64_t rtas = sum(RTAS, 1, wrong == BLOB_RTAS_DIGEST);
	const uint64_t args = esm_digest_bytes(ESM_DIGEST_BEGIN, "quiet", 5);
	const uint64_t fdt = esm_digest_bytes(ESM_DIGEST_BEGIN, tree, tree_len) + (wrong == BLOB_FDT_DIGEST);

	dt_put_numbers(w, "kernel-range", range, wrong == BLOB_RANGE_SHAPE ? 3 : 2);
	dt_put_numbers(w, "kernel", &kernel, 1);
	dt_put_numbers(w, "bootargs", &args, 1);
	if (wrong > BLOB_NOT_ONE) /* it would tell every change of the tree */
		dt_put_numbers(w, "fdt", &fdt, 1);
	dt_put_numbers(w, "initrd", &initrd, 1);
	dt_put_numbers(w, "rtas", &rtas, 1);
}

static void write_blob(enum wrong wrong)
{
	const uint64_t key = ESM_KEY_ID ^ (wrong == BLOB_OTHER_KEY);
	struct dt_writer w;

	dt_begin(&w, blob, sizeof(blob));
	dt_begin_node(&w, "lockboxes");
	dt_begin_node(&w, wrong == BLOB_NO_LOCKBOX ? "lockbox-2" : "lockbox-1");
	dt_put_numbers(&w, "key-id", &key, 1);
	dt_end_node(&w);
	dt_end_node(&w);
	if (wrong != BLOB_NO_DIGEST) {
		dt_begin_node(&w, "digest");
		write_digests(&w, wrong);
		dt_end_node(&w);
	}
	blob_len = dt_finish(&w, 0);
	assert_true(blob_len > 0);
	if (wrong == BLOB_NOT_ONE)
		blob[0] ^= 1;
}

static void begin(struct world *w, enum wrong wrong)
{
	world_begin(w);
	write_tree(wrong);
	write_blob(wrong);
	w->image = world_image(w, tree, tree_len, blob, blob_len);
}

static void check_untouched(struct world *w)
{
	for (uint64_t i = 2; i < WORLD_FRAMES; i++)
		CHECK(w, w->frames[i], world_plain(i));
	CHECK(w, w->uv->frames.used, 0);
	CHECK(w, heap_live(w->config.uv, OBJ_NONE), 0);
	CHECK(w, uv_is_secure(w->uv, 0), false);
}

/* ---- tests -------------------------------------------------------------------------- */

static int64_t result;

static void ask(struct world *w)
{
	result = world_esm(w);
}

static void test_image_that_is_wrong_gets_its_code(void **state)
{
	(void)state;
	for (unsigned i = GOOD; i < WRONG_COUNT; i++) {
		struct world w;
		begin(&w, (enum wrong)i);
		w.guest = ask;
		world_run(&w);
		world_check(&w, __FILE__, (int)i, "UV_ESM", result, codes[i]);
		CHECK(&w, w.asked_count > 0, i == GOOD);
		if (i != GOOD)
			check_untouched(&w);
		world_end(&w);
	}
}

static token_t swapped[2];

static void swap_image(struct world *w)
{
	w->frames[0] = swapped[0];
	w->frames[1] = swapped[1];
}

static void test_image_that_becomes_wrong_later_is_an_abort(void **state)
{
	(void)state;
	for (unsigned i = GOOD + 1; i < WRONG_COUNT; i++) {
		struct world w;
		begin(&w, (enum wrong)i);
		memcpy(swapped, w.frames, sizeof(swapped));
		write_tree(GOOD);
		write_blob(GOOD);
		w.image = world_image(&w, tree, tree_len, blob, blob_len);
		w.guest = ask;
		w.during = swap_image;
		world_run(&w);
		world_check(&w, __FILE__, (int)i, "UV_ESM", result, ABI_H_PARAMETER);
		CHECK(&w, w.asked[w.asked_count - 1].number, ABI_H_SVM_INIT_ABORT);
		CHECK(&w, w.frames[0] == swapped[0] && w.frames[1] == swapped[1], true);
		check_untouched(&w);
		world_end(&w);
	}
}

static void uses_rtas(struct world *w)
{
	token_t token;

	world_secure(w);
	for (uint64_t gfn = 0; gfn < WORLD_PAGES; gfn++) {
		bool named = gfn == KERNEL || gfn == KERNEL + 1 || gfn == INITRD || gfn == RTAS;
		if (gfn > 1 && gfn != RTAS + 1)
			CHECK(w, world_load(w, gfn), named ? world_plain(gfn) : TOKEN_ZERO);
	}
	CHECK(w, world_ucall(w, ABI_UV_UNSHARE_ALL_PAGES, 0, 0), ABI_U_SUCCESS);
	CHECK(w, world_ucall(w, ABI_UV_UNSHARE_PAGE, RTAS, 1), ABI_U_P2);
	CHECK(w, vcpu_access(w->machine, 0, (gfn_t){RTAS + 1}, false, &token), ABI_U_PERMISSION);
}

static void test_image_with_rtas_makes_pages_of_the_ultravisors_own(void **state)
{
	struct world w;
	(void)state;
	begin(&w, GOOD);
	w.guest = uses_rtas;
	world_run(&w);
	CHECK(&w, world_state(&w, RTAS), GFN_PSEUDO);
	CHECK(&w, world_view(&w, RTAS).mapped, true);
	CHECK(&w, world_state(&w, RTAS + 1), GFN_IMPLICIT);
	CHECK(&w, world_view(&w, RTAS + 1).mapped, false);
	CHECK(&w, w.frames[RTAS + 1], TOKEN_ZERO);
	world_end(&w);
}

static void test_image_with_rtas_is_put_back_by_an_abort(void **state)
{
	struct world w;
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		begin(&w, GOOD);
		w.guest = ask;
		w.fail = i ? ABI_H_SVM_PAGE_IN : ABI_H_SVM_INIT_DONE;
		/* the sixth page-in brings RTAS, the seventh its buffer, then both are shared */
		w.fail_after = i ? 6 + i : 0;
		w.fail_times = 1;
		world_run(&w);
		CHECK(&w, result, ABI_H_PARAMETER);
		CHECK(&w, w.asked[w.asked_count - 1].number, ABI_H_SVM_INIT_ABORT);
		check_untouched(&w);
		world_end(&w);
	}
}

/* Nobody ever wrote the ultravisor's buffer: the hypervisor has no page to give, and it is zero. */
static void test_image_may_have_pages_that_nobody_wrote(void **state)
{
	struct world w;
	(void)state;
	begin(&w, GOOD);
	w.guest = world_secure;
	w.empty_gfn = RTAS + 1;
	world_run(&w);
	CHECK(&w, world_state(&w, RTAS + 1), GFN_IMPLICIT);
	world_end(&w);
}

static void test_image_pages_are_told_as_they_are_summed(void **state)
{
	struct world w;
	(void)state;
	begin(&w, GOOD);
	w.guest = world_secure;
	world_run(&w);
	/* blob and tree twice each (header, body), four pages of image; not the buffer, which holds nothing */
	CHECK(&w, world_traced(&w, TRACE_DIGEST, 0), 4 + 4);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_that_is_wrong_gets_its_code),
		cmocka_unit_test(test_image_that_becomes_wrong_later_is_an_abort),
		cmocka_unit_test(test_image_with_rtas_makes_pages_of_the_ultravisors_own),
		cmocka_unit_test(test_image_with_rtas_is_put_back_by_an_abort),
		cmocka_unit_test(test_image_may_have_pages_that_nobody_wrote),
		cmocka_unit_test(test_image_pages_are_told_as_they_are_summed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
