/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_report.c - chains name the right places, and a report says what it must.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim_victim.h"
#include "util_lab.h"

#ifdef PEF_HOOKS

/* Line of the first line of the victims' source that holds @text. */
static unsigned source_line(const char *text)
{
	char line[256];
	unsigned number = 0;
	FILE *f = fopen(PEF_SOURCE_DIR "/tests/detect/sim_victim.c", "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		number++;
		if (strstr(line, text)) {
			fclose(f);
			return number;
		}
	}
	fail_msg("no line with %s", text);
	return 0;
}

static void assert_place(const struct lab *lab, unsigned block, unsigned index, const char *function, unsigned line)
{
	const struct finding_block *b = &lab->findings[0].blocks[block];
	struct chain_place places[8];

	assert_true(chain_places(lab->d[b->domain], b->chain, places, 8) > index);
	assert_string_equal(places[index].function, function);
	assert_string_equal(places[index].file, "tests/detect/sim_victim.c");
	if (line)
		assert_int_equal(places[index].line, line);
}

static void try_places(enum engine_exec exec)
{
	struct lab lab;
	const struct finding *f;

	lab_try(&lab, exec, victim_read_freed, NULL);
	assert_int_equal(lab.count, 1);
	f = &lab.findings[0];
	assert_string_equal(f->title, "use-after-free in victim_look / victim_drop");
	assert_string_equal(f->object, "object rmap[1] of guest g0, 64 bytes");
	assert_int_equal(f->block_count, 3);
	assert_place(&lab, 0, 0, "victim_look", source_line("return *p;"));
	assert_place(&lab, 0, 1, "victim_read_freed", source_line("victim_look(p + 2);"));
	assert_place(&lab, 1, 0, "victim_drop", source_line("heap_free(p);"));
	assert_place(&lab, 1, 1, "victim_read_freed", 0);
	assert_place(&lab, 2, 0, "victim_make", source_line("return heap_alloc(words"));
	assert_int_equal(f->blocks[0].script_line, 8);
	assert_int_equal(f->blocks[1].script_line, 7);
	assert_string_equal(f->blocks[0].heading, "read of rmap[1] by d0.main at cycle 21:");
	assert_string_equal(f->blocks[1].heading, "freed by d0.main at cycle 11:");
	lab_close(&lab);
}

static void test_chain_names_functions_and_lines(void **state)
{
	(void)state;
	try_places(ENGINE_FIBERS);
	try_places(ENGINE_THREADS);
}

static void test_watch_tells_who_stored(void **state)
{
	struct lab first, second;
	struct hooks_store store;
	struct finding f;
	uintptr_t there;
	size_t size;

	(void)state;
	lab_try(&first, ENGINE_FIBERS, victim_stale, NULL);
	assert_int_equal(first.count, 1);
	f = first.findings[0];
	assert_int_equal(f.watch_count, 1);
	assert_non_null(strstr(f.lines[1], "1 word still points into it: pvt[0] +8"));

	lab_open(&second, ENGINE_FIBERS);
	lab_spawn(&second, 0, victim_stale, NULL);
	there = f.watch[0] - (uintptr_t)domain_heap_region(first.d[0], &size) +
		(uintptr_t)domain_heap_region(second.d[0], &size);
	hooks_watch(second.engine, &there, 1);
	lab_run(&second);
	assert_true(hooks_watch_last(second.engine, 0, &store));
	assert_int_equal(store.cycle, 6);
	assert_int_equal(store.line, 3);
	assert_string_equal(store.context, "d0.main");
	lab_close(&second);

	finding_add_store(first.engine, &f, &store);
	assert_int_equal(f.block_count, 4);
	first.findings = &f;
	assert_place(&first, 3, 0, "victim_keep", source_line("h->pointer = p;"));
	lab_close(&first);
}

static const char *statement(void *arg, unsigned line)
{
	(void)arg;
	return line == 8 ? "hva_read 1:0" : line == 7 ? "slot_delete 1" : NULL;
}

static const struct report_context about = {
	.version = "0.1.0",
	.path = "/some/folder/stale \"rmap\".pef",
	.scenario = "stale",
	.design = "v9-rmap",
	.seed = 12,
	.statement = statement,
	.holds = "hold g0.vcpu0/hv at release uvmem_lock #1 until g0.qemu0 passes free rmap[1]\n",
	.reproduce = "pefsim run stale.pef",
};

static char *printed(const struct lab *lab,
	void (*print)(const struct engine *, const struct finding *, const struct report_context *, FILE *))
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	print(lab->engine, &lab->findings[0], &about, f);
	fclose(f);
	return text;
}

static void test_report_says_what_it_must(void **state)
{
	static const char *const wanted[] = {
		"BUG: pefsim: use-after-free in victim_look / victim_drop\nobject rmap[1] of guest g0, 64 bytes\n",
		"\nread of rmap[1] by d0.main at cycle 21:\n victim_look                   tests/detect/sim_victim.c:",
		"\n hva_read 1:0                  stale \"rmap\".pef:8   (d0.main)\n",
		"\nfreed by d0.main at cycle 11:\n victim_drop  ",
		"\n slot_delete 1                 stale \"rmap\".pef:7   (d0.main)\n",
		"\nallocated by d0.main at cycle 1:\n victim_make  ",
		"\nschedule: hold g0.vcpu0/hv at release uvmem_lock #1\n",
		"\n              until g0.qemu0 passes free rmap[1]\n",
		"\nReported by pefsim 0.1.0 (design v9-rmap, scenario stale, seed 12)\n",
		"\nreproduce: pefsim run stale.pef\n====",
	};
	struct lab lab;
	char *text;

	(void)state;
	lab_try(&lab, ENGINE_FIBERS, victim_read_freed, NULL);
	text = printed(&lab, finding_print);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!strstr(text, wanted[i]))
			fail_msg("no \"%s\" in\n%s", wanted[i], text);
	}
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		assert_true(strcspn(line, "\n") <= 80);
	}
	assert_null(strstr(text, "sim/engine"));
	assert_null(strstr(text, "sim/detect"));
	free(text);
	lab_close(&lab);
}

static void test_report_json_is_one_quoted_line(void **state)
{
	struct lab lab;
	char *text;

	(void)state;
	lab_try(&lab, ENGINE_FIBERS, victim_read_freed, NULL);
	text = printed(&lab, finding_print_json);
	assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
	assert_non_null(strstr(text, "{\"schema\":1,\"type\":\"finding\",\"kind\":\"use-after-free\""));
	assert_non_null(strstr(text, "\"path\":\"/some/folder/stale \\\"rmap\\\".pef\""));
	assert_non_null(strstr(text, "\"function\":\"victim_look\",\"file\":\"tests/detect/sim_victim.c\""));
	free(text);
	lab_close(&lab);
}

#endif

/* The executors tell the same, wherever the program was loaded. */
static void test_report_is_the_same_in_both_executors(void **state)
{
	struct lab fibers, threads;

	(void)state;
	lab_try(&fibers, ENGINE_FIBERS, victim_free_twice, NULL);
	lab_try(&threads, ENGINE_THREADS, victim_free_twice, NULL);
	assert_int_equal(fibers.count, 1);
	assert_int_equal(threads.count, 1);
	assert_string_equal(fibers.findings[0].title, threads.findings[0].title);
	assert_memory_equal(&fibers.findings[0].key, &threads.findings[0].key, sizeof(struct engine_key));
	lab_close(&threads);
	lab_close(&fibers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef PEF_HOOKS
		cmocka_unit_test(test_chain_names_functions_and_lines),
		cmocka_unit_test(test_watch_tells_who_stored),
		cmocka_unit_test(test_report_says_what_it_must),
		cmocka_unit_test(test_report_json_is_one_quoted_line),
#endif
		cmocka_unit_test(test_report_is_the_same_in_both_executors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
