/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_access.c - wrong accesses are found, their nearest good twins are not.
 *
 * Locking: none. Errors: failed tests. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sim_victim.h"
#include "util_lab.h"

struct pair {
	const char *name;
	void (*bad)(void *), (*good)(void *);
	enum finding_kind kind;
	bool needs_hooks;
};

static const struct pair pairs[] = {
	{"read of freed memory", victim_read_freed, victim_read_live, FINDING_USE_AFTER_FREE, true},
	{"write of freed memory", victim_write_freed, victim_write_live, FINDING_USE_AFTER_FREE, true},
	{"copy of a freed struct", victim_copy_freed, victim_copy_live, FINDING_USE_AFTER_FREE, true},
	{"memset of freed memory", victim_memset_freed, victim_memset_live, FINDING_USE_AFTER_FREE, true},
	{"memmove beyond the end", victim_memmove_over, victim_memmove_within, FINDING_OUT_OF_BOUNDS, true},
	{"atomic of freed memory", victim_atomic_freed, victim_stack, FINDING_USE_AFTER_FREE, true},
	{"write behind an object", victim_red_zone, victim_last_word, FINDING_OUT_OF_BOUNDS, true},
	{"read before an object", victim_below, victim_last_word, FINDING_OUT_OF_BOUNDS, true},
	{"byte behind an odd object", victim_tail_byte_bad, victim_tail_byte_good, FINDING_OUT_OF_BOUNDS, true},
	{"read through NULL", victim_read_null, victim_read_live, FINDING_MODEL, true},
	{"double free", victim_free_twice, victim_free_two, FINDING_DOUBLE_FREE, false},
	{"free of a middle", victim_free_middle, victim_free_null, FINDING_INVALID_FREE, false},
};

static void try_pairs(enum engine_exec exec)
{
	struct lab lab;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct pair *p = &pairs[i];

		if (p->needs_hooks && !hooks_built())
			continue;
		lab_try(&lab, exec, p->bad, NULL);
		if (lab.count != 1 || lab.findings[0].kind != p->kind)
			fail_msg("%s: %u findings, %s", p->name, lab.count, lab.count ? lab.findings[0].title : "");
		assert_int_equal(lab.result.end, ENGINE_STOPPED);
		lab_close(&lab);
		lab_try(&lab, exec, p->good, NULL);
		if (lab.count)
			fail_msg("twin of %s: %s", p->name, lab.findings[0].title);
		assert_int_equal(lab.result.end, ENGINE_FINISHED);
		lab_close(&lab);
	}
}

static void test_access_pairs_in_fibers(void **state)
{
	(void)state;
	try_pairs(ENGINE_FIBERS);
}

static void test_access_pairs_in_threads(void **state)
{
	(void)state;
	try_pairs(ENGINE_THREADS);
}

static uint64_t *other_object;

static void make_other(void *arg)
{
	(void)arg;
	other_object = heap_alloc(8, obj_make(OBJ_CRYPTO, 0, 0));
}

static void test_access_of_another_domain_is_a_breach(void **state)
{
	struct lab lab;

	(void)state;
	if (!hooks_built())
		skip();
	lab_open(&lab, ENGINE_FIBERS);
	lab_spawn(&lab, 1, make_other, NULL);
	lab_spawn(&lab, 0, victim_foreign, &other_object);
	lab_run(&lab);
	assert_int_equal(lab.count, 1);
	assert_int_equal(lab.findings[0].kind, FINDING_DOMAIN_BREACH);
	assert_non_null(strstr(lab.findings[0].blocks[0].heading, "crypto_meta[0] of side d1"));
	lab_close(&lab);
	/* The twin: the owner looks at it itself. That only time orders the two is a race's matter. */
	lab_open_as(&lab,
		&(struct engine_config){.exec = ENGINE_FIBERS, .seed = 1, .checks_off = 1u << ENGINE_CHECK_RACES});
	lab_spawn(&lab, 1, make_other, NULL);
	lab_spawn(&lab, 1, victim_foreign, &other_object);
	lab_run(&lab);
	assert_int_equal(lab.count, 0);
	lab_close(&lab);
}

static void test_atomics_do_their_work(void **state)
{
	struct lab lab;
	int ok = 0;

	(void)state;
	lab_try(&lab, ENGINE_FIBERS, victim_atomics, &ok);
	assert_int_equal(ok, 1);
	assert_int_equal(lab.count, 0);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_pairs_in_fibers),
		cmocka_unit_test(test_access_pairs_in_threads),
		cmocka_unit_test(test_access_of_another_domain_is_a_breach),
		cmocka_unit_test(test_atomics_do_their_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
