/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_horizon.c - a look at the words that never were there together is not believed.
 *
 * A message crosses the look: domain 0 is idle when its word is read; then 1
 * sends to it and goes idle itself, and only then is 1's word read. Each word
 * was true when it was read, and together they say that nobody has an event.
 *
 * Locking: none. Errors: cmocka's. Blocking: no.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/horizon.h"

#define LATENCY 10u

static unsigned looks;

/* Domain 1 handles its event at 100: it sends to 0 and has nothing more to do. */
static void message_crosses(struct horizon *h, unsigned j)
{
	if (j != 0 || looks++)
		return;
	horizon_lower(h, 0, 100 + LATENCY);
	assert_true(horizon_raise(h, 1, horizon_load(h, 1), HORIZON_NEVER));
}

static struct horizon_view look(bool single, void (*looked)(struct horizon *h, unsigned j))
{
	cycles_t latency[PEF_DOMAINS_MAX][PEF_DOMAINS_MAX] = {{0}};
	static const cycles_t next[] = {HORIZON_NEVER, 100, HORIZON_NEVER};
	struct horizon h;
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 3; j++)
			latency[i][j] = i == j ? 0 : LATENCY;
	horizon_init(&h, 3, latency);
	for (unsigned i = 0; i < 3; i++)
		assert_true(horizon_raise(&h, i, horizon_load(&h, i), next[i]));
	h.single_collect = single;
	h.looked = looked;
	looks = 0;
	return horizon_collect(&h, 2);
}

static void test_horizon_of_words_at_rest(void **state)
{
	(void)state;
	struct horizon_view view = look(false, NULL);
	assert_false(view.over);
	assert_int_equal(view.least, 100);
	assert_int_equal(view.horizon, 100 + LATENCY);
}

static void test_horizon_look_is_repeated_when_a_message_crosses(void **state)
{
	(void)state;
	struct horizon_view view = look(false, message_crosses);
	assert_false(view.over);
	assert_int_equal(view.least, 100 + LATENCY);
	assert_int_equal(view.horizon, 100 + 2 * LATENCY);
}

/* The breach: one look says that the run is over while a message is on its way. */
static void test_horizon_breach_single_collect_is_seen(void **state)
{
	(void)state;
	struct horizon_view view = look(true, message_crosses);
	assert_true(view.over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_horizon_of_words_at_rest),
		cmocka_unit_test(test_horizon_look_is_repeated_when_a_message_crosses),
		cmocka_unit_test(test_horizon_breach_single_collect_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
