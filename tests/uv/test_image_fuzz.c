/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_image_fuzz.c - any bytes as device tree or ESM blob end in a code.
 *
 * Good trees and blobs are mutated and handed to a whole UV_ESM, half of them as
 * the guest wrote them, half put in place by the hypervisor after the first look.
 * Each must end with a documented code, and everything must be as it was: no
 * frame, no memory of the ultravisor taken, no page of the host changed. How
 * many mutants: tests/common/fuzz.h.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/generate.h"
#include "tests/common/fuzz.h"
#include "util_world.h"

#define BATCH 512u /* mutants in one world: to make one is slow under a sanitizer */

static struct {
	struct guest_image images[BATCH];
	token_t good[2];
	unsigned now;
	unsigned ended[2]; /* refused, accepted */
} fuzz;

/* ---- mutants ------------------------------------------------------------------------- */

static void put_word(uint8_t *at, uint32_t word)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(word >> (24 - 8 * i));
}

static void mutate_once(uint8_t *bytes, size_t len, uint64_t *rng)
{
	static const uint32_t words[] = {0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0x10000,
		0x100000, 0x100001, 0xd00dfeed, 0x40, 0x28};
	size_t at = generate_below(rng, (unsigned)len), n;

	switch (generate_below(rng, 6)) {
	case 0:
		bytes[at] = (uint8_t)(bytes[at] ^ (1u << generate_below(rng, 8)));
		break;
	case 1:
		bytes[at] = (uint8_t)generate_next(rng);
		break;
	case 2: /* a word of the header */
		put_word(bytes + 4 * generate_below(rng, 10), words[generate_below(rng, 16)]);
		break;
	case 3: /* any word */
		put_word(bytes + (at & ~(size_t)3), words[generate_below(rng, 16)]);
		break;
	case 4: /* a piece over another */
		n = generate_below(rng, 40);
		at = at + n > len ? len - n : at;
		memmove(bytes + at, bytes + generate_below(rng, (unsigned)(len - n)), n);
		break;
	default: /* an end */
		memset(bytes + at, generate_below(rng, 2) ? 0xff : 0, generate_below(rng, (unsigned)(len - at)));
		break;
	}
}

static void make_mutant(struct world *w, unsigned index, uint64_t *rng)
{
	static uint8_t tree[4096], blob[4096];
	const struct guest_range memory = {0, WORLD_PAGES * PEF_PAGE_SIZE};
	const struct guest_tree_spec spec = {.vcpus = 2, .memory = &memory, .memory_count = 1};
	size_t tree_len = guest_tree_write(&spec, 0x1000, 0x7000, tree, sizeof(tree));
	size_t blob_len = guest_blob_write(tree, tree_len, blob, sizeof(blob));
	bool of_tree = generate_below(rng, 2), vouched = generate_below(rng, 2);

	for (unsigned i = generate_below(rng, 6); i > 0; i--)
		mutate_once(of_tree ? tree : blob, of_tree ? tree_len : blob_len, rng);
	if (of_tree && vouched) /* else the digest tells it */
		blob_len = guest_blob_write(tree, tree_len, blob, sizeof(blob));
	fuzz.images[index] = world_image(w, tree, tree_len, blob, blob_len);
}

/* ---- a world of them ------------------------------------------------------------------- */

static void put_mutant(struct world *w)
{
	memcpy(w->frames, fuzz.images[fuzz.now].pages, sizeof(fuzz.good));
}

static void hv_ends(struct world *w)
{
	uint64_t lpid = WORLD_LPID;
	CHECK(w, world_hv_ucall(w, ABI_UV_SVM_TERMINATE, &lpid, 1), ABI_U_SUCCESS);
	memset(w->on_device, 0, sizeof(w->on_device));
}

static void uv_is_empty(struct world *w)
{
	CHECK(w, heap_live(w->config.uv, OBJ_NONE), 0);
	CHECK(w, w->uv->frames.used, 0);
}

static bool code_is_documented(int64_t code)
{
	static const int64_t codes[] = {
		ABI_U_SUCCESS, ABI_U_PARAMETER, ABI_U_P2, ABI_U_PERMISSION, ABI_U_NO_KEY, ABI_U_RETRY, ABI_U_INVALID};
	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

static void try_mutant(struct world *w, bool later)
{
	memcpy(w->frames, fuzz.good, sizeof(fuzz.good));
	w->during = later ? put_mutant : NULL;
	if (!later)
		put_mutant(w);
	int64_t code = world_esm(w);
	CHECK(w, code_is_documented(code), true);
	fuzz.ended[code == ABI_U_SUCCESS]++;
	if (code == ABI_U_SUCCESS) {
		world_from_hv(w, hv_ends);
		w->machine->secure = false;
	} else {
		CHECK(w, memcmp(w->frames, fuzz.images[fuzz.now].pages, sizeof(fuzz.good)), 0);
	}
	for (uint64_t i = 2; i < WORLD_FRAMES; i++)
		CHECK(w, w->frames[i], world_plain(i));
	world_from_uv(w, uv_is_empty);
}

static void try_all(struct world *w)
{
	for (fuzz.now = 0; fuzz.now < BATCH; fuzz.now++)
		try_mutant(w, fuzz.now % 2);
}

static void run_batch(uint64_t *rng)
{
	struct world w;

	world_begin(&w);
	memcpy(fuzz.good, w.image.pages, sizeof(fuzz.good));
	guest_image_free(&w.image);
	for (unsigned i = 0; i < BATCH; i++)
		make_mutant(&w, i, rng);
	w.image = fuzz.images[0];
	w.guest = try_all;
	world_run(&w);
	w.image.pages = NULL;
	world_end(&w);
	for (unsigned i = 0; i < BATCH; i++)
		guest_image_free(&fuzz.images[i]);
}

static void test_mutants_end_with_a_code_and_leave_nothing(void **state)
{
	unsigned count = fuzz_count(BATCH);
	uint64_t rng = fuzz_seed(0x7065);

	(void)state;
	for (unsigned i = 0; i < count; i += BATCH)
		run_batch(&rng);
	/* Or nothing was tried. */
	print_message("%u refused, %u accepted\n", fuzz.ended[false], fuzz.ended[true]);
	assert_true(fuzz.ended[false] > fuzz.ended[true] / 4);
	assert_true(fuzz.ended[true] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutants_end_with_a_code_and_leave_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
