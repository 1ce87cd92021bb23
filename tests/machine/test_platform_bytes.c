/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_platform_bytes.c - any bytes are safe: blobs cut at every byte, blobs
 * with some bytes changed, blobs at odd addresses, noise.
 *
 * Each blob stands in memory of exactly its size, so that the sanitizer builds
 * see the first byte read beyond it. What must hold in every build: an answer,
 * and a message whenever the answer is no.
 *
 * Locking: none. Errors: none. Blocking: runs dtc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/platform.h"
#include "tests/common/fuzz.h"
#include "tests/machine/util_tree.h"

#define MUTANTS 20000u

static const char *const trees[] = {
	"scenarios/platforms/power9-1socket-pef.dts",
	"scenarios/platforms/power9-2socket-pef.dts",
	"scenarios/platforms/power9-deprecated-ranges.dts",
	"scenarios/platforms/power9-no-pef.dts",
	"tests/machine/trees/emulated-1socket.dts",
	"tests/machine/trees/emulated-2socket.dts",
};
#define TREE_COUNT (sizeof(trees) / sizeof(trees[0]))

static struct platform platform;

/* Deterministic: a failing mutant is found again. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Parses; a refusal has a message, and a message is text. */
static enum pef_err parse_bytes(const void *bytes, size_t len)
{
	char message[512] = "";
	enum pef_err err = platform_parse(bytes, len, &platform, message, sizeof(message));
	if (err == PEF_OK) {
		assert_in_range(platform.thread_count, 1, PLATFORM_THREADS_MAX);
		assert_in_range(platform.memory_count, 1, PLATFORM_RANGES_MAX);
		return err;
	}
	assert_true(err == PEF_PARSE || err == PEF_PLATFORM);
	assert_true(strlen(message) > 0);
	for (const char *c = message; *c; c++)
		assert_true(*c >= ' ' && *c <= '~');
	return err;
}

static void test_platform_refuses_every_truncation(void **state)
{
	(void)state;
	for (unsigned t = 0; t < TREE_COUNT; t++) {
		size_t len;
		void *blob = tree_load(trees[t], &len);
		for (size_t cut = 0; cut < len; cut++) {
			void *part = malloc(cut ? cut : 1);
			memcpy(part, blob, cut);
			assert_int_equal(parse_bytes(part, cut), PEF_PARSE);
			free(part);
		}
		assert_int_equal(parse_bytes(blob, len), PEF_OK);
		free(blob);
	}
}

/* As truncation, but the header agrees that the blob ends here: the damage is inside. */
static void test_platform_survives_shrunken_header(void **state)
{
	(void)state;
	size_t len;
	unsigned char *blob = tree_load(trees[0], &len);
	for (size_t cut = 40; cut < len; cut++) {
		unsigned char *part = malloc(cut);
		memcpy(part, blob, cut);
		part[6] = (unsigned char)(cut >> 8);
		part[7] = (unsigned char)cut;
		assert_int_equal(parse_bytes(part, cut), PEF_PARSE);
		free(part);
	}
	free(blob);
}

static void test_platform_survives_mutants(void **state)
{
	uint64_t random = fuzz_seed(88172645463325252u);
	unsigned refused = 0, accepted = 0, count = fuzz_count(MUTANTS) / TREE_COUNT;
	(void)state;
	for (unsigned t = 0; t < TREE_COUNT; t++) {
		size_t len;
		unsigned char *blob = tree_load(trees[t], &len);
		unsigned char *mutant = malloc(len);
		for (unsigned i = 0; i < count; i++) {
			memcpy(mutant, blob, len);
			for (uint64_t n = 1 + next_random(&random) % 4; n > 0; n--)
				mutant[next_random(&random) % len] = (unsigned char)next_random(&random);
			if (parse_bytes(mutant, len) == PEF_OK)
				accepted++;
			else
				refused++;
		}
		free(mutant);
		free(blob);
	}
	/* Both happen: the mutants reach beyond the header, and they do damage. */
	assert_true(refused > TREE_COUNT * count / 10);
	assert_true(accepted > TREE_COUNT * count / 10);
}

/* Each property value replaced by extreme cells: the structure stays whole. */
static void test_platform_survives_extreme_cells(void **state)
{
	static const uint32_t cells[] = {0, 1, 3, 0x7fffffff, 0x80000000, 0xffffffff};
	(void)state;
	size_t len;
	unsigned char *blob = tree_load(trees[1], &len);
	unsigned char *mutant = malloc(len);
	for (size_t at = 0; at + 4 <= len; at += 4)
		for (unsigned i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
			memcpy(mutant, blob, len);
			for (unsigned b = 0; b < 4; b++)
				mutant[at + b] = (unsigned char)(cells[i] >> (24 - 8 * b));
			parse_bytes(mutant, len);
		}
	free(mutant);
	free(blob);
}

static void test_platform_reads_blob_at_odd_address(void **state)
{
	(void)state;
	size_t len;
	void *blob = tree_load(trees[0], &len);
	for (size_t odd = 1; odd < 8; odd++) {
		char *memory = malloc(len + odd);
		memcpy(memory + odd, blob, len);
		assert_int_equal(parse_bytes(memory + odd, len), PEF_OK);
		free(memory);
	}
	free(blob);
}

static void test_platform_refuses_noise(void **state)
{
	uint64_t random = 42;
	unsigned char noise[512];
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		size_t len = next_random(&random) % sizeof(noise);
		for (size_t b = 0; b < len; b++)
			noise[b] = (unsigned char)next_random(&random);
		assert_int_equal(parse_bytes(noise, len), PEF_PARSE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_platform_refuses_every_truncation),
		cmocka_unit_test(test_platform_survives_shrunken_header),
		cmocka_unit_test(test_platform_survives_mutants),
		cmocka_unit_test(test_platform_survives_extreme_cells),
		cmocka_unit_test(test_platform_reads_blob_at_odd_address),
		cmocka_unit_test(test_platform_refuses_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
