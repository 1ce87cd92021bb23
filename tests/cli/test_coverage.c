/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_coverage.c - pefsim check --coverage: what a scenario reaches and its
 * twin does not, and levels that are met and missed.
 *
 * Locking: none. Errors: failed assertions. Blocking: runs of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/common/program.h"
#include "util_files.h"

/* @vcpu, @qemu: statements of two threads */
static const char *scenario(const char *name, const char *vcpu, const char *qemu)
{
	static char text[2048];
	char file[64];

	snprintf(text, sizeof(text),
		"pefscn 1\nscenario %s\nplatform\n  hv uvmem-fixed\nguest g0\n  slot 0 gpa 0x0 pages 8\n  boot secure\n"
		"thread vcpu0 guest g0\n%sthread qemu0 host g0\n%sexplore\n  budget 60 runs\nexpect\n  sometimes "
		"result\n",
		name, vcpu, qemu);
	snprintf(file, sizeof(file), "%s.pef", name);
	return files_write(file, text);
}

static struct program_result check(const char *options, const char *path)
{
	return program_run("check %s --out %s --coverage %s", path, files_folder(), options);
}

/* Whether a thing of that kind was reached, as JSON says it. */
static void assert_reached(const struct program_result *r, const char *kind, const char *what, bool reached)
{
	char line[256];

	snprintf(line, sizeof(line), "\"kind\":\"%s\",\"what\":\"%s\",\"reached\":%s}", kind, what,
		reached ? "true" : "false");
	if (!strstr(r->out, line))
		print_error("not found: %s\n%s\n", line, r->out);
	assert_non_null(strstr(r->out, line));
}

static void test_what_a_scenario_reaches(void **state)
{
	(void)state;
	struct program_result with = check("--json",
		scenario("cover", "  uv_share_page 0:2\n  uv_unshare_page 0:2 -> any\n", "  hva_read 0:3 -> any\n"));
	struct program_result without =
		check("--json", scenario("cover", "  uv_share_page 0:2\n", "  hva_read 0:3 -> any\n"));

	assert_reached(&with, "transitions", "SECURE -> HV_SHARING", true);
	assert_reached(&with, "transitions", "HV_UNSHARED -> SECURE", true);
	assert_reached(&with, "codes", "UV_UNSHARE_PAGE U_SUCCESS", true);
	assert_reached(&with, "codes", "UV_UNSHARE_PAGE U_P2", false);
	assert_reached(&without, "transitions", "SECURE -> HV_SHARING", true);
	assert_reached(&without, "transitions", "HV_UNSHARED -> SECURE", false);
	assert_reached(&without, "codes", "UV_UNSHARE_PAGE U_SUCCESS", false);
	program_free(&with);
	program_free(&without);
}

/* Where nothing orders two statements both orders are reached; a wait forbids one, and that is told. */
static void test_orders_of_two_operations(void **state)
{
	(void)state;
	struct program_result both =
		check("--json", scenario("free", "  uv_share_page 0:2\n", "  hva_read 0:2 -> any\n"));
	struct program_result one = check("--json",
		scenario("forced", "  uv_share_page 0:2\n  signal go\n", "  wait go\n  madvise 0:2 dontneed\n"));

	assert_reached(&both, "orders", "free:9 before free:11 on gfn_lock", true);
	assert_reached(&both, "orders", "free:11 before free:9 on gfn_lock", true);
	assert_reached(&one, "orders", "forced:9 before forced:13 on host-pte", true);
	assert_reached(&one, "orders", "forced:13 before forced:9 on host-pte", false);
	assert_reached(&both, "locks", "mmap_lock -> uvmem_lock", true);
	program_free(&both);
	program_free(&one);
}

static void assert_level(const char *options, int code, const char *says)
{
	const char *path = scenario("level", "  uv_share_page 0:2\n", "  hva_read 0:2 -> any\n");
	struct program_result r =
		program_run("check %s --out %s --runs 8 --no-shrink --fail-on gone %s", path, files_folder(), options);

	if (r.code != code || !strstr(r.out, says))
		print_error("%s: exit %d, not %d, or '%s' is missing\n%s\n", options, r.code, code, says, r.out);
	assert_int_equal(r.code, code);
	assert_non_null(strstr(r.out, says));
	program_free(&r);
}

static void test_a_level_is_demanded(void **state)
{
	(void)state;
	assert_level("--require-coverage transitions=5%", 5, "coverage\n");
	assert_level("--require-coverage transitions=90%", 1, "not the 90 % that are required");
	assert_level("--require-coverage codes=90%", 1, "coverage of codes is");
	assert_level("--require-coverage 90%", 1, "coverage of transitions is");
	assert_level("--require-coverage 1% --require-coverage codes=0%", 5, "coverage\n");
	assert_level("--require-coverage 101%", 2, "want a share, as 60%");
	assert_level("--require-coverage 60", 2, "want a share, as 60%");
	assert_level("--require-coverage words=60%", 2, "want a share, as 60%");
	assert_level("--require-coverage locks=60%", 2, "nobody knows how many there are");
}

/* What several processes reached is joined, in an order that depends on none of them. */
static void test_processes_are_joined(void **state)
{
	(void)state;
	struct program_result r[2];
	for (unsigned i = 0; i < 2; i++)
		r[i] = program_run(
			"check scenarios/seed/first-page-in.pef scenarios/seed/two-host-readers.pef --runs 10 "
			"-j %u -v --coverage --no-shrink --out %s 2>/dev/null",
			i + 1, files_folder());
	assert_string_equal(r[0].out, r[1].out);
	assert_non_null(strstr(r[0].out, "  not reached\n    transitions  "));
	program_free(&r[0]);
	program_free(&r[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_scenario_reaches),
		cmocka_unit_test(test_orders_of_two_operations),
		cmocka_unit_test(test_a_level_is_demanded),
		cmocka_unit_test(test_processes_are_joined),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
