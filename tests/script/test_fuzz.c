/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuzz.c - mutated scenarios are read or refused, never anything else.
 *
 * Bytes are flipped, dropped and put in, words and lines are swapped, dropped
 * and doubled, in the shipped scenarios and in some drawn by lot. A mutant that
 * still reads must also come back from its print; one that is formatted must
 * format again. tests/common/fuzz.h says how many mutants.
 *
 * Locking: none. Errors: failed assertions, or the sanitizer's. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/generate.h"
#include "tests/common/fuzz.h"
#include "util_corpus.h"
#include "util_script.h"

#define DRAWN 40u
#define MUTANT_MAX 60000u

struct mutation {
	char text[MUTANT_MAX];
	size_t len;
};

/* ---- mutations ------------------------------------------------------------------- */

static void cut(struct mutation *m, size_t at, size_t n)
{
	memmove(m->text + at, m->text + at + n, m->len - at - n);
	m->len -= n;
}

static void put(struct mutation *m, size_t at, const char *text, size_t n)
{
	if (m->len + n > MUTANT_MAX)
		return;
	memmove(m->text + at + n, m->text + at, m->len - at);
	memcpy(m->text + at, text, n);
	m->len += n;
}

static bool separates(char byte, bool lines)
{
	return byte == '\n' || (!lines && (byte == ' ' || byte == '\t'));
}

/* The word or line around a random byte. */
static void piece(const struct mutation *m, uint64_t *rng, bool lines, size_t *at, size_t *n)
{
	size_t from = generate_below(rng, (unsigned)m->len), to = from;

	while (from > 0 && !separates(m->text[from - 1], lines))
		from--;
	while (to < m->len && !separates(m->text[to], lines))
		to++;
	*at = from;
	*n = to - from;
}

static void swap_pieces(struct mutation *m, uint64_t *rng, bool lines)
{
	char kept[1024];
	size_t a, n, b, k;

	piece(m, rng, lines, &a, &n);
	piece(m, rng, lines, &b, &k);
	if (n > sizeof(kept) || k > sizeof(kept) || (a <= b && b < a + n) || (b <= a && a < b + k))
		return;
	memcpy(kept, m->text + a, n);
	/* The later place first, so that the earlier one does not move. */
	if (a < b) {
		char other[1024];
		memcpy(other, m->text + b, k);
		cut(m, b, k);
		put(m, b, kept, n);
		cut(m, a, n);
		put(m, a, other, k);
	}
}

static void mutate(struct mutation *m, uint64_t *rng)
{
	static const char *const words[] = {"$", "->", "|", "..", "=", "99999999999999999999", "-1", "0x", "$p", ":",
		"\"", "#", "(", "for", "end", "repeat", "hold", "use /dev/zero", "\nuse .\n", "\n", "1G", "any", "if",
		"\xff", "\xc3\xa4", "count", "((((((((((", "$pages*$pages", "\nparam x = 1 in 1..9\n", "vcpu0.in",
		"fdt", "blob", "/dev/null", "none", "own", "fix-inval-order", "6.15", "gfn", "ra", "lpid", "order",
		"to 0:1", "with", "mergeable", "dirty-log", "absent", "shared 0..1", "choose 3", "ucall UV_PAGE_IN",
		"hcall H_CEDE", "\nfault\n any alloc rmap fail\n", "maybe", "kill", "repeat", "times 2..3", "terminate",
		"svm disabled"};
	size_t at, n;
	char byte;

	if (m->len == 0)
		return;
	at = generate_below(rng, (unsigned)m->len);
	switch (generate_below(rng, 9)) {
	case 0:
		m->text[at] = (char)(m->text[at] ^ (1 << generate_below(rng, 8)));
		break;
	case 1:
		cut(m, at, 1);
		break;
	case 2:
		byte = (char)generate_next(rng);
		put(m, at, &byte, 1);
		break;
	case 3:
	case 4:
		n = generate_below(rng, sizeof(words) / sizeof(words[0]));
		put(m, at, words[n], strlen(words[n]));
		break;
	case 5:
		swap_pieces(m, rng, true);
		break;
	case 6:
		swap_pieces(m, rng, false);
		break;
	case 7:
		piece(m, rng, generate_below(rng, 2), &at, &n);
		cut(m, at, n);
		break;
	case 8:
		piece(m, rng, generate_below(rng, 2), &at, &n);
		if (n < 1024) {
			char copy[1024];
			memcpy(copy, m->text + at, n);
			put(m, at, copy, n);
		}
		break;
	}
}

/* ---- what must hold ----------------------------------------------------------------- */

static void check_read(const struct mutation *m, const char *path, FILE *null)
{
	struct scenario *s = NULL, *again = NULL;
	char *text, *twice;

	if (scenario_read_text(m->text, m->len, path, NULL, &s, null) != PEF_OK)
		return;
	text = print_text(s);
	if (scenario_read_text(text, strlen(text), path, NULL, &again, null) != PEF_OK) {
		scenario_read_text(text, strlen(text), path, NULL, &again, stderr);
		fail_msg("the print of a mutant does not read:\n%s", text);
	}
	twice = print_text(again);
	assert_string_equal(text, twice);
	assert_string_equal(s->id, again->id);
	free(twice);
	scenario_free(s);
	scenario_free(again);
	free(text);
}

static void check_format(const struct mutation *m)
{
	char *once = format_text(m->text, m->len), *twice;

	if (!once)
		return;
	twice = format_text(once, strlen(once));
	assert_non_null(twice);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
}

static void corpus_extend(struct corpus *c)
{
	c->texts = realloc(c->texts, (c->count + DRAWN) * sizeof(*c->texts));
	assert_non_null(c->texts);
	for (unsigned i = 0; i < DRAWN; i++) {
		struct generate_options options = {.seed = 1000 + i, .statements = 20};
		struct corpus_text *t = &c->texts[c->count++];
		snprintf(t->path, sizeof(t->path), "drawn");
		t->text = generate_scenario(&options);
		t->len = strlen(t->text);
	}
}

static void test_mutants_are_read_or_refused(void **state)
{
	unsigned count = fuzz_count(20000);
	uint64_t rng = fuzz_seed(4711);
	struct mutation *m = malloc(sizeof(*m));
	FILE *null = fopen("/dev/null", "w");
	struct corpus corpus;

	(void)state;
	corpus_load(&corpus);
	corpus_extend(&corpus);
	for (unsigned i = 0; i < count; i++) {
		const struct corpus_text *t = &corpus.texts[generate_below(&rng, corpus.count)];
		m->len = t->len < MUTANT_MAX ? t->len : MUTANT_MAX;
		memcpy(m->text, t->text, m->len);
		for (unsigned n = 1 + generate_below(&rng, 6); n; n--)
			mutate(m, &rng);
		/* Under its own path, as files that it names lie beside it. */
		check_read(m, t->path, null);
		check_format(m);
	}
	corpus_free(&corpus);
	fclose(null);
	free(m);
}

/* Texts made to be slow to read, and one that once was written beside its thread. */
static void test_hostile_texts_end(void **state)
{
	static const char head[] = "pefscn 1\nscenario t\nplatform\n  hv v9-rmap\nguest g0\n  slot 0 gpa 0 pages 4\n"
				   "thread q host g0\n  for i in 0..49999\n";
	static const char *const bodies[] = {"    wait e$i\n  end\n", "    signal e$i\n  end\n  after q.x\n",
		"    barrier b$i 1\n    tuoch 0:$i\n  end\n", "    after q.l$i\n  end\n", "    hva_read 0:$i\n  end\n",
		"    for k in 0..999999999\n    end\n  end\n",
		/* a line that goes wrong after its label was noted, as the thread's last */
		"  end\n  l: yield\nthread p host g0\n  after q.l after q.l\n"};
	FILE *null = fopen("/dev/null", "w");

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct scenario *s;
		char text[1000];
		snprintf(text, sizeof(text), "%s%s", head, bodies[i]);
		assert_int_equal(scenario_read_text(text, strlen(text), "x", NULL, &s, null), PEF_PARSE);
	}
	fclose(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutants_are_read_or_refused),
		cmocka_unit_test(test_hostile_texts_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
