/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_json.c - every event as one JSON object, whatever it holds.
 *
 * Locking: none. Errors: assertions; a golden file under golden/. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/ladder.h"
#include "util_json.h"
#include "util_run.h"

static char *json_lines(const struct run *run, const struct ladder_options *options)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	trace_print_json(run->engine, options, out);
	fclose(out);
	return text;
}

/* Every line is an object; returns how many there are. Cuts @text in lines. */
static unsigned expect_objects(char *text)
{
	unsigned count = 0;

	for (char *line = text, *end; *line != '\0'; line = end + 1, count++) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		if (!json_is_object(line))
			fail_msg("no JSON: %s", line);
	}
	return count;
}

static void test_json_recogniser_knows_json(void **state)
{
	static const char *const good[] = {"{}", "{\"a\":1}", "{\"a\":[1,-2.5,\"\\u00e9\\n\"],\"b\":{\"c\":true}}"};
	static const char *const bad[] = {"", "[]", "{", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":01}", "{\"a\":1,}",
		"{\"a\":\"\\x\"}", "{\"a\":\"\t\"}", "{\"a\":[1 2]}", "{a:1}", "{\"a\":1 \"b\":2}",
		"{\"a\":\"\\u12\"}"};

	(void)state;
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(json_is_object(good[i]));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (json_is_object(bad[i]))
			fail_msg("taken for JSON: %s", bad[i]);
}

static void test_json_of_the_demonstration(void **state)
{
	struct ladder_options options = {.statement = run_statement, .event_name = run_event_name};
	struct run run;
	char *text;

	(void)state;
	run_open(&run, 1, 0);
	run_demonstration(&run);
	text = json_lines(&run, &options);
	run_close(&run);
	run_compare("events.jsonl", text);
	assert_non_null(strstr(text, "\"kind\":\"uv\",\"page\":{\"guest\":0,\"gfn\":256},"
				     "\"from\":\"SECURE\",\"to\":\"PAGEDOUT\"}"));
	expect_objects(text);
	free(text);
}

static void test_json_has_every_event_of_any_run(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct run run;
		char *text;

		run_open(&run, 1 + (unsigned)(seed % 3), 0);
		run_noise(&run, 300, seed);
		text = json_lines(&run, NULL);
		assert_int_equal(expect_objects(text), 300);
		free(text);
		run_close(&run);
	}
}

/* Bare words are for tests; a kind of the protocol names its fields. */
static void test_json_names_the_fields_of_every_kind(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < TRACE_KIND_COUNT; kind++) {
		struct run run;
		char *text;

		run_open(&run, 1, 0);
		run_put(&run, RUN_HV, run.qemu, (enum trace_kind)kind, 0, 0, 0);
		text = json_lines(&run, NULL);
		if ((strstr(text, "\"aux\":") != NULL) != (kind == TRACE_TEST))
			fail_msg("no fields: %s", trace_kind_name((enum trace_kind)kind));
		free(text);
		run_close(&run);
	}
}

static const char *wild_statement(void *arg, unsigned thread, uint64_t statement)
{
	(void)arg;
	(void)thread;
	(void)statement;
	return "say \"\\\b\n\x7f\xff";
}

static void test_json_escapes_what_scripts_say(void **state)
{
	struct ladder_options options = {.statement = wild_statement};
	struct run run;
	char *text;

	(void)state;
	run_open(&run, 1, 0);
	run_put(&run, RUN_G0, run.vcpu0, TRACE_OP_BEGIN, 0, 0, 1);
	text = json_lines(&run, &options);
	assert_non_null(strstr(text, "\"text\":\"say \\\"\\\\\\u0008\\u000a\\u007f\\u00ff\""));
	assert_int_equal(expect_objects(text), 1);
	free(text);
	run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_recogniser_knows_json),
		cmocka_unit_test(test_json_of_the_demonstration),
		cmocka_unit_test(test_json_has_every_event_of_any_run),
		cmocka_unit_test(test_json_names_the_fields_of_every_kind),
		cmocka_unit_test(test_json_escapes_what_scripts_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
