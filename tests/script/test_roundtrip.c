/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_roundtrip.c - what is printed reads back as the same scenario.
 *
 * For every shipped scenario and for a thousand drawn by lot: reading the
 * expanded text gives the same scenario, expanding twice changes nothing, and
 * formatting changes the spacing once and the meaning never.
 *
 * Locking: none. Errors: failed assertions. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/generate.h"
#include "util_corpus.h"
#include "util_script.h"

#define GENERATED 1000u

static struct scenario *read_any(const char *text, size_t len, const char *path)
{
	struct scenario *s = NULL;
	enum pef_err err = scenario_read_text(text, len, path, NULL, &s, NULL);

	if (err != PEF_OK) {
		scenario_read_text(text, len, path, NULL, &s, stderr);
		fail_msg("%s does not read", path);
	}
	return s;
}

static void check_print(const struct scenario *first)
{
	char *once = print_text(first), *twice;
	struct scenario *second = read_any(once, strlen(once), first->path);

	assert_same(first, second);
	twice = print_text(second);
	assert_string_equal(once, twice);
	scenario_free(second);
	free(once);
	free(twice);
}

static void check_format(const char *text, size_t len, const struct scenario *first, const char *path)
{
	char *once = format_text(text, len), *twice;
	struct scenario *second;

	assert_non_null(once);
	twice = format_text(once, strlen(once));
	assert_non_null(twice);
	assert_string_equal(once, twice);
	/* Read under the same path, as used files are found beside it. */
	second = read_any(once, strlen(once), path);
	assert_same(first, second);
	scenario_free(second);
	free(once);
	free(twice);
}

static void check_text(const char *text, size_t len, const char *path)
{
	struct scenario *s = read_any(text, len, path);

	check_print(s);
	check_format(text, len, s, path);
	scenario_free(s);
}

static void test_shipped_scenarios_come_back(void **state)
{
	struct corpus corpus;

	(void)state;
	corpus_load(&corpus);
	for (unsigned i = 0; i < corpus.count; i++)
		check_text(corpus.texts[i].text, corpus.texts[i].len, corpus.texts[i].path);
	corpus_free(&corpus);
}

static void test_generated_scenarios_come_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GENERATED; i++) {
		struct generate_options options = {.seed = i, .wild = i % 2, .flat = i % 3 == 0};
		char *text = generate_scenario(&options);
		check_text(text, strlen(text), "generated");
		free(text);
	}
}

/* What neither the shipped nor the drawn scenarios have; two guests have a vcpu0 here. */
static void test_every_section_comes_back(void **state)
{
	static const char text[] =
		"pefscn 1\nscenario t\n  title \"a  \xc3\xa4\"\n  about \"b\"\n  tags x y\n  since v1\n  requires uv\n"
		"param n = 2 in 1..3\nparam d = v9-rmap in v9-rmap uvmem-lock\nplatform\n  hv $d\n  machine \"../a "
		"b.dtb\"\n"
		"  prices p.dts lo\n  secmem 1M\n  pool 7 pages\n  slot-delete zero-fill\nguest g0\n"
		"  slot 3 gpa 0x10000 pages 9 shared 1..$n\n  vcpus 3\n  lpid 77\n  boot secure\nguest g1\n  boot "
		"manual\n"
		"thread vcpu0 guest g0\n  in: uv_share_page 3:1 count $n -> U_BUSY|0\n  touch 3:0\n  read 3:0 = "
		"4\n"
		"  read 3:0 != 4\n  write 3:1\n  uv_esm -> any\n  uv_unshare_all_pages\n  choose 2\n  yield\n  delay "
		"7\n"
		"  barrier b 2\n  signal e\n  off\nthread q host g0\n  after vcpu0.in\n  wait e\n"
		"  slot_create 4 gpa 4G pages 2 -> EEXIST|SIGBUS\n  slot_delete 4\n  munmap 3:1 count 2\n"
		"  madvise 3:1 dontneed\n  mmu_invalidate 3:0\n  hva_write 3:0 = 1\n  close_vm\n"
		"thread u uv on vcpu2 g0\n  h_svm_page_in 3:1 shared -> H_P2\n  h_svm_page_in 3:2\n  barrier b 2\n"
		"thread vcpu0 guest g1\n  x: yield\nthread x host g1\n  y: after vcpu0.x\n"
		"schedule\n  hold g0.vcpu0/hv at release uvmem_lock #2 until g0.q passes free rmap[1] cycles 9\n"
		"  hold g0.q at acquire mmap_lock until g0.vcpu0 passes vcpu0.in\n"
		"  hold g0.q at acquire mmap_lock #2 until nobody passes release mmap_lock\n"
		"fault\n  at g0.vcpu0.in return U_P2 times 1..$n\nexplore\n  strategy pct 3\n"
		"expect\n  never deadlock if n = 2\n  never content if n = 3\n  finally state 3:$n = shared\n";

	(void)state;
	check_text(text, strlen(text), "every");
}

static void test_the_same_seed_draws_the_same(void **state)
{
	struct generate_options options = {.seed = 77}, other = {.seed = 78};
	char *a = generate_scenario(&options), *b = generate_scenario(&options), *c = generate_scenario(&other);

	(void)state;
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	free(a);
	free(b);
	free(c);
}

/* The identity follows what happens, not how it is written. */
static void test_id_follows_the_meaning(void **state)
{
	static const char head[] = "pefscn 1\nscenario t\nplatform\n  hv v9-rmap\nguest g0\n  slot 0 gpa 0 pages 4\n"
				   "thread vcpu0 guest g0\n";
	static const char *const same[] = {"  touch 0:1\n  touch 0:2\n", "  for p in 1..2\n    touch 0:$p\n  end\n",
		"  # a comment\n\n  touch   0:0x1\n  touch 0:1+1\n"};
	char first[17] = "", text[400];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%s%s", head, same[i]);
		struct scenario *s = read_any(text, strlen(text), "x");
		if (i)
			assert_string_equal(first, s->id);
		memcpy(first, s->id, sizeof(first));
		scenario_free(s);
	}
	snprintf(text, sizeof(text), "%s  touch 0:2\n  touch 0:1\n", head);
	struct scenario *s = read_any(text, strlen(text), "x");
	assert_string_not_equal(first, s->id);
	assert_int_equal(strlen(s->id), 16);
	scenario_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_scenarios_come_back),
		cmocka_unit_test(test_generated_scenarios_come_back),
		cmocka_unit_test(test_every_section_comes_back),
		cmocka_unit_test(test_the_same_seed_draws_the_same),
		cmocka_unit_test(test_id_follows_the_meaning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
