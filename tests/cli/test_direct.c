/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_direct.c - a directed run from the snapshot is a run of the scenario.
 *
 * Every strategy directs runs of real scenarios; holds and choices that come
 * out, given to a run that is built from scratch, make the same trace, in both
 * executors. A search asks that of a sample of its own runs.
 *
 * Locking: none. Errors: failed assertions. Blocking: runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/cli/search.h"
#include "sim/cli/session.h"

#if defined(PEF_ASAN) || defined(PEF_TSAN)
#define SCHEDULES 2u
#else
#define SCHEDULES 12u
#endif
#define HOLDS_MAX 20000u

/* A fault may happen in the boot, and threads choose. */
static const char chances[] =
	"pefscn 1\nscenario chances\nplatform\n  hv uvmem-lock\nguest g0\n  slot 0 gpa 0x0 pages 4\n  boot secure\n"
	"thread vcpu0 guest g0\n  choose 2\n  touch 0:1\n  uv_share_page 0:2 -> any\n  signal go\n  touch 0:3\n"
	"thread qemu0 host g0\n  wait go\n  choose 2\n  hva_read 0:1 -> any\n  delay 500\n  hva_read 0:3 -> any\n"
	"fault\n  maybe page-busy fail\n";

static const char *const paths[] = {
	"seed/two-host-readers", "seed/unmap-against-share", "seed/page-out-against-reader", NULL};

struct taken {
	struct hold *holds;
	unsigned hold_count;
	struct run_choice choices[64];
	unsigned choice_count;
	uint64_t hash;
	struct engine_result result;
};

static struct options test_options(void)
{
	return (struct options){.verb = VERB_CHECK, .exec = ENGINE_FIBERS, .steps_max = STEPS_DEFAULT};
}

static void take(const struct session *s, const struct strategy *strategy, struct taken *out)
{
	const struct director *d = strategy_director(strategy);
	const struct run_choice *choices = director_choices(d, &out->choice_count);
	out->hold_count = 0;
	for (unsigned i = 0; i < s->plan.hold_count; i++)
		if (s->plan.holds[i].reached)
			out->holds[out->hold_count++] = s->plan.holds[i];
	assert_true(out->hold_count + director_hold_count(d) <= HOLDS_MAX && out->choice_count <= 64);
	out->hold_count += director_holds(d, out->holds + out->hold_count, HOLDS_MAX);
	if (out->choice_count)
		memcpy(out->choices, choices, out->choice_count * sizeof(*choices));
	out->hash = trace_hash(s->world->engine);
	out->result = s->result;
}

static void open_session(struct session *s, const struct options *options, const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), PEF_SOURCE_DIR "/scenarios/%s.pef", name ? name : "chances");
	if (name)
		assert_int_equal(session_open(s, options, path), PEF_OK);
	else
		assert_int_equal(session_open_text(s, options, chances, strlen(chances), path), PEF_OK);
}

static void same_from_scratch(const char *path, const struct taken *a, enum engine_exec exec)
{
	struct options options = test_options();
	struct session s;
	const struct run_plan plan = {.exec = exec,
		.holds = a->holds,
		.hold_count = a->hold_count,
		.choices = a->choices,
		.choice_count = a->choice_count,
		.silent = true};
	open_session(&s, &options, path);
	assert_int_equal(session_run_once(&s, &plan), PEF_OK);
	assert_int_equal(s.result.end, a->result.end);
	assert_int_equal(s.result.key.cycle, a->result.key.cycle);
	assert_int_equal(s.result.steps, a->result.steps);
	assert_int_equal(trace_hash(s.world->engine), a->hash);
	session_close(&s);
}

static unsigned directed_runs(const char *path, enum strategy_id id, struct taken *schedule, unsigned *choices)
{
	struct options options = test_options();
	struct strategy_options so = {.seed = 5, .preemptions = 2};
	struct strategy *strategy = strategy_open(id, &so);
	struct session s;
	bool alone;
	unsigned holds = 0;
	open_session(&s, &options, path);
	struct run_plan plan = session_plan(&s);
	plan.silent = true;
	assert_int_equal(session_boot(&s, &plan, &alone), PEF_OK);
	assert_false(alone);
	for (unsigned i = 0; i < SCHEDULES && strategy_next(strategy); i++) {
		assert_int_equal(session_direct(&s, strategy), PEF_OK);
		strategy_done(strategy);
		if (i % 3)
			continue;
		take(&s, strategy, schedule);
		holds += schedule->hold_count;
		*choices += schedule->choice_count;
		same_from_scratch(path, schedule, ENGINE_FIBERS);
		same_from_scratch(path, schedule, ENGINE_THREADS);
	}
	session_close(&s);
	strategy_close(strategy);
	return holds;
}

static void test_directed_runs_are_runs_of_the_scenario(void **state)
{
	struct taken schedule = {.holds = calloc(HOLDS_MAX, sizeof(struct hold))};
	unsigned holds[STRATEGY_COUNT] = {0}, choices = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		for (unsigned id = 0; id < STRATEGY_COUNT; id++)
			holds[id] += directed_runs(paths[i], (enum strategy_id)id, &schedule, &choices);
	assert_true(choices > STRATEGY_COUNT);
	for (unsigned id = 0; id < STRATEGY_COUNT; id++)
		if (!holds[id])
			fail_msg("no hold of %s", strategy_name((enum strategy_id)id));
	free(schedule.holds);
}

/* ---- runs that are made twice ---------------------------------------------------------- */

/* What is no part of the scenario, its seed or the schedule is changed under the search when it has made 12 runs. */
static bool spoil(void *arg, const struct search *search)
{
	struct session *s = arg;
	struct price *price = &s->prices.steps[STEP_HCALL];

	if (search->judge.runs == 12)
		price->lo = price->typ = price->hi = price->typ + 1;
	return true;
}

/* What the search came to; what it said on stderr goes to @said. */
static enum pef_err search_of_chances(bool spoiled, unsigned *twice, char *said, size_t size)
{
	struct search *search = calloc(1, sizeof(*search));
	struct options options = test_options();
	struct session s;
	FILE *err = tmpfile();
	int kept = dup(STDERR_FILENO);

	options.runs_given = true;
	options.runs = 20;
	options.seed = 3;
	open_session(&s, &options, NULL);
	assert_int_equal(search_open(search, &s), PEF_OK);
	dup2(fileno(err), STDERR_FILENO);
	enum pef_err result = search_run(search, spoiled ? spoil : NULL, &s);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(err);
	said[fread(said, 1, size - 1, err)] = '\0';
	fclose(err);
	*twice = search->twice.checked;
	search_close(search);
	session_close(&s);
	free(search);
	return result;
}

static void test_runs_are_made_twice(void **state)
{
	char said[1024];
	unsigned twice;
	(void)state;

	assert_int_equal(search_of_chances(false, &twice, said, sizeof(said)), PEF_OK);
	assert_string_equal(said, "");
	assert_int_equal(twice, 2);
	assert_int_equal(search_of_chances(true, &twice, said, sizeof(said)), PEF_BUG);
	assert_non_null(strstr(said, "internal error: run 1 of the search was made twice and is not the same"));
	assert_int_equal(twice, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_directed_runs_are_runs_of_the_scenario),
		cmocka_unit_test(test_runs_are_made_twice)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
