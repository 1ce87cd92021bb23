/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_record.c - replay files: written, read back, damaged.
 *
 * Locking: none. Errors: cmocka's. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/explore.h"
#include "pefsim/record.h"

static struct record_point points[] = {
	{"g0.vcpu0", POINT_ACQUIRE, {0}},
	{"g0.vcpu0/hv", POINT_FREE, {0}},
	{"g0.qemu0", POINT_LABEL, {0}},
};
static uint32_t steps[] = {0, 1, 1, 1, 2, 0, 0};

static char *write_text(const struct record *r, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	assert_non_null(out);
	assert_true(record_write(r, out));
	fclose(out);
	return text;
}

/* A record with something of everything. */
static char *sample(size_t *len)
{
	static char text[] = "pefscn 1\nscenario s\n\n  hold | x\nend\n";
	static struct hold hold;
	char message[200];
	unsigned column;

	points[0].object = obj_make(OBJ_UVMEM_LOCK, 0, OBJ_NO_INDEX);
	points[1].object = obj_make(OBJ_RMAP, 0, 1);
	points[2].object = (obj_t){UINT64_C(0xffff000100000007)}; /* no name leads back to it */
	assert_int_equal(hold_parse("g0.vcpu0/hv at free rmap[1] #2 until g0.qemu0 passes call UV_PAGE_IN cycles 17",
				 &hold, message, sizeof(message), &column),
		PEF_OK);
	struct record r = {.version = "0.1.0",
		.model = 0x1234,
		.scenario = "0123456789abcdef",
		.origin = "a folder/s.pef",
		.variant = "v9-rmap",
		.seed = 42,
		.prices = 0xabcdef,
		.price = PRICE_HI,
		.machine = "m.dts",
		.steps_max = 1000,
		.signature = "use-after-free in a / b of rmap",
		.trace = UINT64_C(0xfedcba9876543210),
		.holds = &hold,
		.hold_count = 1,
		.text = text,
		.text_len = strlen(text),
		.steps = {points, 3, steps, 7}};
	return write_text(&r, len);
}

static void test_what_is_written_is_read_back(void **state)
{
	(void)state;
	size_t len, len2, at;
	char *text = sample(&len);
	struct record r;

	assert_int_equal(record_read_text(text, len, "x.pefrec", &r, stderr), PEF_OK);
	assert_string_equal(r.origin, "a folder/s.pef");
	assert_int_equal(strlen(r.text), r.text_len);
	assert_int_equal(r.price, PRICE_HI);
	assert_int_equal(r.hold_count, 1);
	assert_int_equal(r.holds[0].cycles, 17);
	assert_int_equal(r.steps.count, 7);
	assert_int_equal(r.steps.points[2].object.w, points[2].object.w);
	const struct record_steps same = {points, 3, steps, 7};
	assert_false(record_steps_differ(&r.steps, &same, &at));
	char *again = write_text(&r, &len2);
	assert_int_equal(len, len2);
	assert_memory_equal(text, again, len);
	record_free(&r);
	free(text);
	free(again);
}

static void test_steps_are_compared_by_what_they_are(void **state)
{
	(void)state;
	struct record_point other[] = {points[2], points[0], points[1]};
	uint32_t renumbered[] = {1, 2, 2, 2, 0, 1, 1}, changed[] = {1, 2, 2, 0, 0, 1, 1};
	const struct record_steps a = {points, 3, steps, 7};
	struct record_steps b = {other, 3, renumbered, 7};
	size_t at;
	char text[160];

	assert_false(record_steps_differ(&a, &b, &at));
	b.steps = changed;
	assert_true(record_steps_differ(&a, &b, &at));
	assert_int_equal(at, 3);
	assert_string_equal(record_step_print(&a, at, text, sizeof(text)), "g0.vcpu0/hv free g0.rmap[1]");
	b = (struct record_steps){other, 3, renumbered, 5};
	assert_true(record_steps_differ(&a, &b, &at));
	assert_int_equal(at, 5);
	assert_string_equal(record_step_print(&b, at, text, sizeof(text)), "the end of the run");
}

/* Each damage is told with its line; @says is what the message must hold. */
static void assert_refused(const char *text, size_t len, const char *says)
{
	char *messages = NULL;
	size_t size;
	FILE *out = open_memstream(&messages, &size);
	struct record r;

	assert_non_null(out);
	assert_int_equal(record_read_text(text, len, "x.pefrec", &r, out), PEF_PARSE);
	fclose(out);
	record_free(&r);
	if (!strstr(messages, says))
		print_error("not found: %s\nin: %s\n", says, messages);
	assert_non_null(strstr(messages, says));
	free(messages);
}

static void test_damage_is_told_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
		{"pefrec 1", "pefrec 2", "x.pefrec:1: error: no replay file"},
		{"model 00", "model zz", "x.pefrec:3: error: a number"},
		{"seed 42", "sead 42", "x.pefrec:7: error: a line 'seed"},
		{" hi\n", " up\n", "x.pefrec:8: error: lo, typ or hi"},
		{" until ", " untli ", "x.pefrec:13: error:"},
		{"points 3", "points 4", "a kind of point is expected"},
		{"points 3", "points 99999999999", "too short"},
		{"hv free ", "hv fere ", "a kind of point"},
		{"steps 7", "steps 9", "'end' is no step"},
		{"steps 7", "steps 6", "more steps"},
		{" 1*3 ", " 9*3 ", "there is no point 9"},
		{" 1*3 ", " 1*x ", "is no step"},
		{"\nend\n", "\nend\nmore\n", "behind the end"},
	};
	size_t len;
	char *text = sample(&len), damaged[4096];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *place = strstr(text, cases[i].from);
		for (char *next = place; next && cases[i].from[0] == '\n'; next = strstr(next + 1, cases[i].from))
			place = next;
		assert_non_null(place);
		int n = snprintf(damaged, sizeof(damaged), "%.*s%s%s", (int)(place - text), text, cases[i].to,
			place + strlen(cases[i].from));
		assert_refused(damaged, (size_t)n, cases[i].says);
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_refused(text, cut, "error:");
	free(text);
}

/* Bytes changed, doubled, dropped: whatever comes, it is read or refused. */
static void test_no_bytes_crash_the_reader(void **state)
{
	(void)state;
	size_t len;
	char *text = sample(&len), *copy = malloc(2 * len);
	uint64_t random = 3;
	unsigned good = 0;

	assert_non_null(copy);
	for (unsigned i = 0; i < 20000; i++) {
		size_t size = len;
		struct record r;
		memcpy(copy, text, len);
		for (uint64_t k = 1 + explore_random(&random) % 4; k; k--) {
			uint64_t z = explore_random(&random);
			size_t at = (size_t)(z >> 32) % size;
			if (z % 3 == 0) {
				copy[at] = (char)(z >> 8);
			} else if (z % 3 == 1 && size < 2 * len - 1) {
				memmove(copy + at + 1, copy + at, size - at);
				copy[at] = "0123456789 *@|\n\0fx"[(z >> 8) % 18];
				size++;
			} else {
				memmove(copy + at, copy + at + 1, size - at - 1);
				size--;
			}
		}
		good += record_read_text(copy, size, "x.pefrec", &r, NULL) == PEF_OK;
		record_free(&r);
	}
	assert_true(good > 0 && good < 20000);
	free(copy);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read_back),
		cmocka_unit_test(test_steps_are_compared_by_what_they_are),
		cmocka_unit_test(test_damage_is_told_with_its_line),
		cmocka_unit_test(test_no_bytes_crash_the_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
