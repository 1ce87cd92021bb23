/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_detectors_matrix.c - the lock detectors test themselves: every kind of lock
 * times every misuse, inside every other kind, in the manner of the kernel's
 * locking self-test.
 *
 * What a cell must show is said by a rule over the properties of the kinds
 * (MATRIX_KINDS), never by a run. With --print the table is printed as it stands in
 * docs/detectors.md, which is compared with it here.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util_matrix.h"

typedef const struct kind_rules kr;

#define O PLACE_O
#define A PLACE_A
#define B PLACE_B
#define C PLACE_C
#define TAKE(x) \
	{ \
		MX_TAKE, x \
	}
#define GIVE(x) \
	{ \
		MX_GIVE, x \
	}
#define TRY(x) \
	{ \
		MX_TRY, x \
	}
#define UNTRY(x) \
	{ \
		MX_UNTRY, x \
	}
#define RIVAL(x) \
	{ \
		MX_RIVAL, x \
	}
#define OP(x) \
	{ \
		MX_##x, O \
	}
#define AT(x, p) \
	{ \
		MX_##x, p \
	}

/* ---- rules: i is the inner kind, o the outer one ------------------------------------------ */

/* The first lock that is waited for as a sleeper under one that spins ends the program. */
static bool sleeps(kr *i, kr *o)
{
	return o->spins && i->sleeps;
}
static bool is_page(kr *i)
{
	return i == &matrix_kinds[KIND_PAGE];
}
static bool is_srcu(kr *i)
{
	return i == &matrix_kinds[KIND_SRCU];
}

static enum matrix_verdict rule_fine(kr *i, kr *o)
{
	return sleeps(i, o) ? VERDICT_SLEEP : VERDICT_FINE;
}
/* Who excludes all others excludes itself. Readers of a semaphore may wait for a writer in between. */
static enum matrix_verdict rule_twice(kr *i, kr *o)
{
	return sleeps(i, o)  ? VERDICT_SLEEP
	       : i->excludes ? VERDICT_DEADLOCK
	       : i->shares   ? VERDICT_POSSIBLE
			     : VERDICT_FINE;
}
static enum matrix_verdict rule_twice_rival_later(kr *i, kr *o)
{
	return sleeps(i, o)  ? VERDICT_SLEEP
	       : i->excludes ? VERDICT_DEADLOCK
	       : i->shares   ? VERDICT_PREDICTED
			     : VERDICT_FINE;
}
static enum matrix_verdict rule_twice_rival_between(kr *i, kr *o)
{
	return sleeps(i, o) ? VERDICT_SLEEP : i->excludes || i->shares ? VERDICT_DEADLOCK : VERDICT_FINE;
}
static enum matrix_verdict rule_try_twice(kr *i, kr *o)
{
	return is_srcu(i) ? VERDICT_NO_CELL : rule_fine(i, o);
}
static enum matrix_verdict rule_misuse(kr *i, kr *o)
{
	(void)i;
	(void)o;
	return VERDICT_MISUSE;
}
static enum matrix_verdict rule_misuse_after(kr *i, kr *o)
{
	return sleeps(i, o) ? VERDICT_SLEEP : VERDICT_MISUSE;
}
static enum matrix_verdict rule_by_other(kr *i, kr *o)
{
	return sleeps(i, o) ? VERDICT_SLEEP : i->owned ? VERDICT_MISUSE : VERDICT_FINE;
}
static enum matrix_verdict rule_left(kr *i, kr *o)
{
	return sleeps(i, o) ? VERDICT_SLEEP : i->accounted ? VERDICT_LEFT : VERDICT_FINE;
}
/* Two locks in both orders. Pages have one class and an order of numbers; readers need a writer in between. */
static enum matrix_verdict rule_both_orders(kr *i, kr *o)
{
	return sleeps(i, o)              ? VERDICT_SLEEP
	       : is_page(i) || i->shares ? VERDICT_POSSIBLE
	       : i->waits                ? VERDICT_PREDICTED
					 : VERDICT_FINE;
}
static enum matrix_verdict rule_both_orders_met(kr *i, kr *o)
{
	return sleeps(i, o)  ? VERDICT_SLEEP
	       : i->excludes ? VERDICT_DEADLOCK
	       : i->shares   ? VERDICT_POSSIBLE
			     : VERDICT_FINE;
}
/* The outer lock is held by both: if it excludes, they never meet. Pages keep to their numbers all the same. */
static enum matrix_verdict rule_gated(kr *i, kr *o)
{
	return is_page(i) || !o->excludes ? rule_both_orders(i, o) : rule_fine(i, o);
}
/* What always comes after does not meet either. */
static enum matrix_verdict rule_ordered(kr *i, kr *o)
{
	return is_page(i) ? rule_both_orders(i, o) : rule_fine(i, o);
}
static enum matrix_verdict rule_one_context(kr *i, kr *o)
{
	return sleeps(i, o) ? VERDICT_SLEEP : i->waits ? VERDICT_POSSIBLE : VERDICT_FINE;
}
static enum matrix_verdict rule_other_of_class(kr *i, kr *o)
{
	return rule_one_context(i, o);
}
static enum matrix_verdict rule_no_class(kr *i, kr *o)
{
	return is_srcu(i) ? VERDICT_NO_CELL : rule_fine(i, o);
}
/* A page's lock is a bit, zero when it is free: it needs no initialisation that could be seen. */
static enum matrix_verdict rule_raw(kr *i, kr *o)
{
	(void)o;
	return is_page(i) ? VERDICT_NO_CELL : VERDICT_MISUSE;
}
/* Inner inside outer here, outer inside inner there. An SRCU reader never waits, but it may be waited for. */
static enum matrix_verdict rule_inverted(kr *i, kr *o)
{
	bool reader = is_srcu(i) || is_srcu(o);

	if (!o->name || o == &matrix_kinds[KIND_NONE])
		return VERDICT_NO_CELL;
	if (sleeps(i, o) || sleeps(o, i))
		return VERDICT_SLEEP;
	if (is_page(i) && is_page(o))
		return VERDICT_POSSIBLE;
	if (reader)
		return is_srcu(i) && is_srcu(o) ? VERDICT_FINE : VERDICT_POSSIBLE;
	return i->shares || o->shares ? VERDICT_POSSIBLE : VERDICT_PREDICTED;
}
/* The same, and what excludes the inner one's holders is waited for with the outer one held. */
static enum matrix_verdict rule_inverted_rival(kr *i, kr *o)
{
	if (o == &matrix_kinds[KIND_NONE])
		return VERDICT_NO_CELL;
	if (o->spins && (i->sleeps || is_srcu(i)))
		return VERDICT_SLEEP;
	if (sleeps(o, i))
		return VERDICT_SLEEP;
	if (is_srcu(o) || o->shares)
		return VERDICT_POSSIBLE;
	return is_page(i) && is_page(o) ? VERDICT_POSSIBLE : VERDICT_PREDICTED;
}
/* Completions and wait queues. They know no owner, and whoever sleeps on them sleeps. */
static bool has_outer(kr *o)
{
	return o != &matrix_kinds[KIND_NONE];
}
static enum matrix_verdict rule_wait(kr *i, kr *o)
{
	(void)i;
	return o->spins ? VERDICT_SLEEP : VERDICT_FINE;
}
static enum matrix_verdict rule_wait_for_ever(kr *i, kr *o)
{
	(void)i;
	return o->spins ? VERDICT_SLEEP : VERDICT_STUCK;
}
static enum matrix_verdict rule_wait_needs_outer(kr *i, kr *o)
{
	(void)i;
	return o->spins ? VERDICT_SLEEP : o->excludes ? VERDICT_STUCK : VERDICT_FINE;
}
static enum matrix_verdict rule_done_under_outer(kr *i, kr *o)
{
	(void)i;
	return !has_outer(o) ? VERDICT_NO_CELL
	       : o->spins    ? VERDICT_SLEEP
	       : o->excludes ? VERDICT_PREDICTED
	       : o->shares   ? VERDICT_POSSIBLE
			     : VERDICT_FINE;
}
static enum matrix_verdict rule_lost(kr *i, kr *o)
{
	(void)i;
	return o->spins ? VERDICT_SLEEP : VERDICT_LOST;
}
/* A reader inside what its readers wait for is no deadlock by itself, be that a lock or a wait queue. */
static enum matrix_verdict rule_kept(kr *i, kr *o)
{
	return is_srcu(o) ? VERDICT_POSSIBLE : rule_done_under_outer(i, o);
}
static enum matrix_verdict rule_kept_met(kr *i, kr *o)
{
	(void)i;
	return !has_outer(o) ? VERDICT_NO_CELL
	       : o->spins    ? VERDICT_SLEEP
	       : o->excludes ? VERDICT_DEADLOCK
			     : VERDICT_POSSIBLE;
}

/* ---- programs ---------------------------------------------------------------------------- */

struct misuse {
	const char *name, *about;
	enum matrix_verdict (*rule)(kr *inner, kr *outer);
	bool kindless; /* the inner kind does not matter */
	bool mixed; /* the outer kind stands at place B, too; there is no lock around it all */
	struct matrix_program program;
};

/* clang-format off */
static const struct misuse misuses[] = {
	{"take, give", "the twin of all that follow", rule_fine, false, false,
	 {{{TAKE(O), TAKE(A), GIVE(A), GIVE(O)}}, {1}}},
	{"give in another order", "A, B taken, A, B given back", rule_fine, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(A), GIVE(B), GIVE(O)}}, {1}}},
	{"outer given first", "the inner lock is given back last", rule_fine, false, false,
	 {{{TAKE(O), TAKE(A), GIVE(O), GIVE(A)}}, {1}}},
	{"AA", "taken twice by one context", rule_twice, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(A), GIVE(A), GIVE(A), GIVE(O)}}, {1}}},
	{"AA, rival later", "and another context excludes its holders afterwards", rule_twice_rival_later, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(A), GIVE(A), GIVE(A), GIVE(O)}, {RIVAL(A)}}, {1, 50}}},
	{"AA, rival between", "or just between the two", rule_twice_rival_between, false, false,
	 {{{TAKE(O), TAKE(A), OP(WORK), TAKE(A), GIVE(A), GIVE(A), GIVE(O)}, {RIVAL(A)}}, {1, 3}}},
	{"A, try A", "the second time is only tried", rule_try_twice, false, false,
	 {{{TAKE(O), TAKE(A), TRY(A), UNTRY(A), GIVE(A), GIVE(O)}, {RIVAL(A)}}, {1, 50}}},
	{"given twice", "", rule_misuse_after, false, false,
	 {{{TAKE(O), TAKE(A), GIVE(A), GIVE(A), GIVE(O)}}, {1}}},
	{"given, not taken", "", rule_misuse, false, false,
	 {{{TAKE(O), GIVE(A), GIVE(O)}}, {1}}},
	{"given by another", "", rule_by_other, false, false,
	 {{{TAKE(O), TAKE(A), GIVE(O), OP(WORK)}, {GIVE(A)}}, {1, 3}}},
	{"left at the end", "its context ends", rule_left, false, false,
	 {{{TAKE(O), TAKE(A), GIVE(O)}}, {1}}},
	{"left at a return", "a call returns", rule_left, false, false,
	 {{{OP(CALL)}, {{MX_END, O}}, {TAKE(O), TAKE(A), GIVE(O)}}, {1}}},
	{"freed while held", "its memory is given back", rule_misuse_after, false, false,
	 {{{TAKE(O), TAKE(A), AT(FREE, A)}}, {1}}},
	{"never initialised", "", rule_raw, false, false,
	 {{{TAKE(O), AT(RAW, A)}}, {1}}},
	{"another of its class", "two locks of one class", rule_other_of_class, false, false,
	 {{{TAKE(O), TAKE(A), AT(OTHER, A), AT(OTHER_GIVE, A), GIVE(A), GIVE(O)}}, {1}}},
	{"another, with a subclass", "and it is said that this is meant", rule_no_class, false, false,
	 {{{TAKE(O), TAKE(A), AT(NEST, A), AT(OTHER_GIVE, A), GIVE(A), GIVE(O)}}, {1}}},
	{"AB, AB", "two contexts, one order", rule_fine, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O)}, {TAKE(A), TAKE(B), GIVE(B), GIVE(A)}}, {1, 50}}},
	{"AB, BA", "two contexts, two orders, at different times", rule_both_orders, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O)}, {TAKE(B), TAKE(A), GIVE(A), GIVE(B)}}, {1, 50}}},
	{"AB, BA met", "at the same time", rule_both_orders_met, false, false,
	 {{{TAKE(O), TAKE(A), OP(WORK), TAKE(B), GIVE(B), GIVE(A), GIVE(O)},
	   {TAKE(B), OP(WORK), TAKE(A), GIVE(A), GIVE(B)}}, {1, 2}}},
	{"AB, BA gated", "both under the outer lock", rule_gated, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O)},
	   {TAKE(O), TAKE(B), TAKE(A), GIVE(A), GIVE(B), GIVE(O)}}, {1, 50}}},
	{"AB, BA joined", "the second waits until the first has ended it", rule_ordered, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O), OP(COMPLETE)},
	   {OP(WAIT), TAKE(B), TAKE(A), GIVE(A), GIVE(B)}}, {1, 2}}},
	{"AB, BA spawned", "the first begins the second afterwards", rule_ordered, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O), OP(SPAWN)},
	   {TAKE(B), TAKE(A), GIVE(A), GIVE(B)}}, {1}}},
	{"AB and BA in one", "one context does both", rule_one_context, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), TAKE(B), TAKE(A), GIVE(A), GIVE(B), GIVE(O)}}, {1}}},
	{"AB, B try A", "the second order is only tried", rule_no_class, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O)}, {TAKE(B), TRY(A), UNTRY(A), GIVE(B)}}, {1, 50}}},
	{"AB, BC, CA", "three contexts, a circle", rule_both_orders, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O)}, {TAKE(B), TAKE(C), GIVE(C), GIVE(B)},
	   {TAKE(C), TAKE(A), GIVE(A), GIVE(C)}}, {1, 50, 100}}},
	{"AB, BC, AC", "three contexts, no circle", rule_fine, false, false,
	 {{{TAKE(O), TAKE(A), TAKE(B), GIVE(B), GIVE(A), GIVE(O)}, {TAKE(B), TAKE(C), GIVE(C), GIVE(B)},
	   {TAKE(A), TAKE(C), GIVE(C), GIVE(A)}}, {1, 50, 100}}},
	{"inside and around", "inner inside outer, and outer inside inner", rule_inverted, false, true,
	 {{{TAKE(B), TAKE(A), GIVE(A), GIVE(B)}, {TAKE(A), TAKE(B), GIVE(B), GIVE(A)}}, {1, 50}}},
	{"rival inside, around", "its holders are excluded inside outer", rule_inverted_rival, false, true,
	 {{{TAKE(B), RIVAL(A), GIVE(B)}, {TAKE(A), TAKE(B), GIVE(B), GIVE(A)}}, {1, 50}}},
	{"wait, completed", "a completion", rule_wait, true, false,
	 {{{TAKE(O), OP(WAIT), GIVE(O)}, {OP(COMPLETE)}}, {1, 50}}},
	{"wait, never completed", "", rule_wait_for_ever, true, false,
	 {{{TAKE(O), OP(WAIT), GIVE(O)}}, {1}}},
	{"wait, completer needs outer", "it comes to it later", rule_wait_needs_outer, true, false,
	 {{{TAKE(O), OP(WAIT), GIVE(O)}, {TAKE(O), GIVE(O), OP(COMPLETE)}}, {1, 50}}},
	{"wait, completed under outer", "before it was waited for", rule_done_under_outer, true, false,
	 {{{TAKE(O), OP(WAIT), GIVE(O)}, {TAKE(O), OP(COMPLETE), GIVE(O)}}, {50, 1}}},
	{"sleep, woken", "a wait queue", rule_wait, true, false,
	 {{{TAKE(O), OP(SLEEP), GIVE(O)}, {OP(WAKE)}}, {1, 50}}},
	{"sleep, woken before", "", rule_lost, true, false,
	 {{{TAKE(O), OP(SLEEP), GIVE(O)}, {OP(WAKE)}}, {50, 1}}},
	{"sleep, keeper needs outer", "who is waited for waits for the sleeper", rule_kept_met, true, false,
	 {{{OP(KEEP), OP(WORK), TAKE(O), GIVE(O), OP(LET_GO), OP(WAKE)}, {TAKE(O), OP(SLEEP), GIVE(O)}}, {1, 2}}},
	{"may sleep, keeper needs outer", "the same, at another time", rule_kept, true, false,
	 {{{OP(KEEP), TAKE(O), GIVE(O), OP(LET_GO)}, {TAKE(O), OP(MAY_SLEEP), GIVE(O)}}, {1, 50}}},
};
/* clang-format on */
#define MISUSES (sizeof(misuses) / sizeof(misuses[0]))

/* ---- cells ------------------------------------------------------------------------------- */

struct cell {
	const struct misuse *misuse;
	enum matrix_kind inner, outer;
	enum matrix_verdict expected;
};

static struct cell cell_of(const struct misuse *m, unsigned inner, unsigned outer)
{
	return (struct cell){m, (enum matrix_kind)inner, (enum matrix_kind)outer,
		m->rule(&matrix_kinds[inner], &matrix_kinds[outer])};
}

static enum matrix_verdict cell_run(const struct cell *c, enum engine_exec exec)
{
	enum matrix_kind around = c->misuse->mixed ? KIND_NONE : c->outer;
	enum matrix_kind second = c->misuse->mixed ? c->outer : c->inner;

	return matrix_run(&c->misuse->program, exec, around, c->inner, second);
}

static void cell_check(const struct cell *c, enum engine_exec exec, unsigned *wrong)
{
	enum matrix_verdict seen = cell_run(c, exec);

	if (seen == c->expected)
		return;
	(*wrong)++;
	print_message("%s: %s inside %s: '%s', but by its rule '%s'\n", c->misuse->name, matrix_kinds[c->inner].name,
		matrix_kinds[c->outer].name, matrix_verdict_name(seen), matrix_verdict_name(c->expected));
}

/* Every cell there is; returns how many. */
static unsigned each_cell(void (*check)(const struct cell *, enum engine_exec, unsigned *), enum engine_exec exec,
	unsigned step, unsigned *wrong)
{
	unsigned count = 0;

	for (unsigned m = 0; m < MISUSES; m++) {
		for (unsigned inner = 0; inner < (misuses[m].kindless ? 1u : (unsigned)KIND_COUNT); inner++) {
			for (unsigned outer = 0; outer <= KIND_COUNT; outer++) {
				struct cell c = cell_of(&misuses[m], inner, outer);

				if (c.expected != VERDICT_NO_CELL && count++ % step == 0)
					check(&c, exec, wrong);
			}
		}
	}
	return count;
}

static void test_every_cell_shows_what_its_rule_says(void **state)
{
	unsigned wrong = 0, count = each_cell(cell_check, ENGINE_FIBERS, 1, &wrong);

	(void)state;
	print_message("%u cells\n", count);
	assert_true(count >= 300);
	assert_int_equal(wrong, 0);
}

static void test_both_executors_tell_the_same(void **state)
{
	unsigned wrong = 0;

	(void)state;
	each_cell(cell_check, ENGINE_THREADS, 7, &wrong);
	assert_int_equal(wrong, 0);
}

/* Each verdict is expected somewhere, or a detector could have gone blind unseen. */
static void test_every_verdict_has_a_cell(void **state)
{
	bool seen[VERDICT_NO_CELL + 1] = {false};

	(void)state;
	for (unsigned m = 0; m < MISUSES; m++)
		for (unsigned inner = 0; inner < KIND_COUNT; inner++)
			for (unsigned outer = 0; outer <= KIND_COUNT; outer++)
				seen[cell_of(&misuses[m], inner, outer).expected] = true;
	for (unsigned v = 0; v < VERDICT_NO_CELL; v++)
		if (v != VERDICT_GRACE && !seen[v])
			fail_msg("nothing is expected to be '%s'", matrix_verdict_name((enum matrix_verdict)v));
}

/* ---- the table -------------------------------------------------------------------------------- */

static void table_row(FILE *out, const struct misuse *m, unsigned inner)
{
	fprintf(out, "| %s | %s |", m->name, m->kindless ? "" : matrix_kinds[inner].name);
	for (unsigned outer = 0; outer <= KIND_COUNT; outer++) {
		struct cell c = cell_of(m, inner, (outer + KIND_COUNT) % (KIND_COUNT + 1));

		fprintf(out, " %s |", matrix_verdict_name(c.expected));
	}
	fputc('\n', out);
}

static void table_print(FILE *out)
{
	fputs("| misuse | of | alone |", out);
	for (unsigned outer = 0; outer < KIND_COUNT; outer++)
		fprintf(out, " in %s |", matrix_kinds[outer].name);
	fputs("\n|---|---|---|", out);
	for (unsigned outer = 0; outer < KIND_COUNT; outer++)
		fputs("---|", out);
	fputc('\n', out);
	for (unsigned m = 0; m < MISUSES; m++)
		for (unsigned inner = 0; inner < (misuses[m].kindless ? 1u : (unsigned)KIND_COUNT); inner++)
			table_row(out, &misuses[m], inner);
}

static char *read_page(void)
{
	FILE *in = fopen(PEF_SOURCE_DIR "/docs/detectors.md", "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(in);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
	fclose(in);
	return text;
}

static void test_the_page_has_this_table(void **state)
{
	char *page = read_page(), *table = NULL;
	size_t size;
	FILE *out = open_memstream(&table, &size);

	(void)state;
	assert_non_null(out);
	table_print(out);
	fclose(out);
	if (!strstr(page, table))
		fail_msg("docs/detectors.md has another table: detect_test_detectors_matrix --print writes it");
	free(table);
	free(page);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell_shows_what_its_rule_says),
		cmocka_unit_test(test_both_executors_tell_the_same),
		cmocka_unit_test(test_every_verdict_has_a_cell),
		cmocka_unit_test(test_the_page_has_this_table),
	};

	if (argc > 1 && !strcmp(argv[1], "--print")) {
		table_print(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
