/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_draw.c - holds drawn from a list of points.
 *
 * Locking: none. Errors: cmocka's. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/explore.h"

static char names[][PEF_NAME_MAX] = {"g0.vcpu0", "g0.vcpu0/hv", "g0.qemu0"};
#define POINTS 60u
static struct point_seen points[POINTS];
static const char events[][PEF_NAME_MAX] = {"paged_in", "vcpu0.in", "g0.qemu0.release"};

/* Three contexts on two hardware threads, in turn; the first ten points belong to the boot. */
static struct point_list list_of(unsigned threads)
{
	struct point_list list = {.names = names, .name_count = 3, .points = points, .count = POINTS, .script = 10};

	for (unsigned i = 0; i < POINTS; i++)
		points[i] = (struct point_seen){.cycle = i,
			.context = threads == 1 ? i % 2 : i % 3,
			.nth = i + 1,
			.kind = i % 7 == 6 ? POINT_LABEL
				: i % 2    ? POINT_ACQUIRE
					   : POINT_ACQUIRED,
			.object = i % 7 == 6 ? obj_make(OBJ_EVENT, OBJ_NO_GUEST, i % 3) : obj_make(OBJ_RMAP, 0, i % 4)};
	return list;
}

static size_t base_len(const char *name)
{
	return strcspn(name, "/");
}

static unsigned draw_and_read_back(const struct point_list *list)
{
	uint64_t random = 1;
	unsigned labels = 0;
	unsigned counts[EXPLORE_HOLDS_MAX + 1] = {0};

	for (unsigned i = 0; i < 2000; i++) {
		struct hold holds[EXPLORE_HOLDS_MAX], back;
		unsigned count = holds_draw(list, &random, holds);
		counts[count]++;
		for (unsigned k = 0; k < count; k++) {
			char text[400], again[400], message[200];
			unsigned column;
			const char *at = holds[k].at.context, *until = holds[k].until.context;
			/* Somebody else is waited for, who came later, and never the boot. */
			assert_false(base_len(at) == base_len(until) && !strncmp(at, until, base_len(at)));
			assert_true(holds[k].at.nth > 10);
			assert_true(holds[k].until.nth > holds[k].at.nth);
			/* A label is drawn only where its name is known. */
			labels += holds[k].at.kind == POINT_LABEL || holds[k].until.kind == POINT_LABEL;
			hold_print(&holds[k], text, sizeof(text));
			assert_int_equal(hold_parse(text, &back, message, sizeof(message), &column), PEF_OK);
			assert_string_equal(text, hold_print(&back, again, sizeof(again)));
		}
	}
	assert_true(counts[0] < 20);
	assert_true(counts[1] > 500 && counts[2] > 200 && counts[3] > 200);
	return labels;
}

static void test_drawn_holds_can_be_kept(void **state)
{
	(void)state;
	struct point_list list = list_of(2);

	assert_int_equal(draw_and_read_back(&list), 0);
	list.events = events;
	list.event_count = 3;
	assert_true(draw_and_read_back(&list) > 100);
}

static void test_a_label_is_drawn_as_a_hold_names_it(void **state)
{
	(void)state;
	struct point_list list = list_of(2);
	uint64_t random = 3;
	bool dotted = false, plain = false;

	list.events = events;
	list.event_count = 2; /* the third is of nobody */
	for (unsigned i = 0; i < 2000; i++) {
		struct hold holds[EXPLORE_HOLDS_MAX];
		unsigned count = holds_draw(&list, &random, holds);
		for (unsigned k = 0; k < count; k++) {
			if (holds[k].at.kind != POINT_LABEL) {
				assert_string_equal(holds[k].at.label, "");
				continue;
			}
			dotted |= strcmp(holds[k].at.label, "in") == 0;
			plain |= strcmp(holds[k].at.label, "paged_in") == 0;
			assert_string_not_equal(holds[k].at.label, "release");
		}
	}
	assert_true(dotted && plain);
}

static void test_the_same_state_draws_the_same(void **state)
{
	(void)state;
	struct point_list list = list_of(2);
	uint64_t a = 77, b = 77, c = 78;
	struct hold x[EXPLORE_HOLDS_MAX] = {0}, y[EXPLORE_HOLDS_MAX] = {0}, z[EXPLORE_HOLDS_MAX] = {0};
	bool differs = false;

	for (unsigned i = 0; i < 20; i++) {
		unsigned count = holds_draw(&list, &a, x);
		assert_int_equal(holds_draw(&list, &b, y), count);
		assert_memory_equal(x, y, count * sizeof(*x));
		differs |= holds_draw(&list, &c, z) != count || memcmp(x, z, count * sizeof(*x)) != 0;
	}
	assert_true(differs);
}

static void test_one_hardware_thread_has_nobody_to_wait_for(void **state)
{
	(void)state;
	struct point_list list = list_of(1);
	struct hold holds[EXPLORE_HOLDS_MAX];
	uint64_t random = 5;

	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(holds_draw(&list, &random, holds), 0);
	list.script = list.count;
	assert_int_equal(holds_draw(&list, &random, holds), 0);
}

static void test_signatures_hold_no_numbers_of_objects(void **state)
{
	(void)state;
	struct finding f = {.subject = obj_make(OBJ_RMAP, 0, 1)}, g = {.subject = obj_make(OBJ_RMAP, 2, 7)};
	char a[256], b[256];

	snprintf(f.title, sizeof(f.title), "use-after-free in x / y");
	memcpy(g.title, f.title, sizeof(g.title));
	assert_string_equal(finding_signature(&f, a, sizeof(a)), "use-after-free in x / y of rmap");
	assert_string_equal(a, finding_signature(&g, b, sizeof(b)));
	g.subject = obj_make(OBJ_PVT, 0, 1);
	assert_string_not_equal(a, finding_signature(&g, b, sizeof(b)));
	g.subject = OBJ_NULL;
	assert_string_equal(finding_signature(&g, b, sizeof(b)), "use-after-free in x / y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drawn_holds_can_be_kept),
		cmocka_unit_test(test_a_label_is_drawn_as_a_hold_names_it),
		cmocka_unit_test(test_the_same_state_draws_the_same),
		cmocka_unit_test(test_one_hardware_thread_has_nobody_to_wait_for),
		cmocka_unit_test(test_signatures_hold_no_numbers_of_objects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
