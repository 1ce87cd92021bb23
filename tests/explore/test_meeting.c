/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_meeting.c - generated meetings read without a mistake, and all operations take part.
 *
 * Locking: none. Errors: cmocka's. Blocking: a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/generate.h"
#include "pefsim/scenario.h"

static void assert_reads(const char *text, const char *name)
{
	struct scenario *s = NULL;

	assert_non_null(text);
	assert_int_equal(scenario_read_text(text, strlen(text), "generated.pef", NULL, &s, stderr), PEF_OK);
	assert_true(s->thread_count >= 3);
	if (name)
		assert_string_equal(s->name, name);
	scenario_free(s);
}

static void test_the_suite_reads(void **state)
{
	char name[48];

	(void)state;
	for (unsigned page = 0; page < MEETING_STATE_COUNT; page++)
		for (unsigned set = 0; set < MEETING_SETS; set++) {
			char *text = meeting_scenario((enum meeting_state)page, set, name);
			assert_reads(text, name);
			free(text);
		}
}

/* What is left out is left out for a reason that meeting.c gives; all else is met. */
static void test_every_operation_takes_part(void **state)
{
	static const char *const words[] = {"touch", "read", "write", "uv_share_page", "uv_unshare_page",
		"uv_unshare_all_pages", "hva_read", "hva_write", "slot_create", "slot_delete", "slot_move",
		"slot_flags", "munmap", "mremap", "madvise", "pin", "ksm_merge", "replace", "swap_out", "fork",
		"mmu_invalidate", "svm_off", "exit", "close_vm", "h_svm_page_in", "h_svm_page_out", "uv_evict"};
	static const char *const left_out[] = {
		"unpin", "child_read", "terminate", "h_svm_init_abort", "hcall", "ucall", "signal"};
	char name[48], word[40];
	char *text = meeting_scenario(MEETING_SECURE, 6, name); /* guest, host, uv */

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(word, sizeof(word), "    %s ", words[i]);
		assert_non_null(strstr(text, word));
	}
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		snprintf(word, sizeof(word), "    %s ", left_out[i]);
		assert_null(strstr(text, word));
	}
	free(text);
}

static void test_what_is_drawn_reads(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		char *text = meeting_draw(seed), *again = meeting_draw(seed), *other = meeting_draw(seed + 1);
		assert_reads(text, NULL);
		assert_string_equal(text, again);
		assert_string_not_equal(text, other);
		free(text);
		free(again);
		free(other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_suite_reads),
		cmocka_unit_test(test_every_operation_takes_part),
		cmocka_unit_test(test_what_is_drawn_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
