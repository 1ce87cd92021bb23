/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.c - one scenario run, checked and judged. See session.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: a run takes its time.
 */
#include "session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pefsim/check.h"
#include "pefsim/heap.h"
#include "pefsim/points.h"

#include "progress.h"

/* The run that Ctrl-C ends; only this signal handler reads it. */
static struct engine *volatile session_running;
static volatile sig_atomic_t session_was_interrupted, session_time_is_up;

static void session_on_signal(int number)
{
	if (number == SIGALRM)
		session_time_is_up = 1;
	else
		session_was_interrupted = 1;
	if (session_running)
		engine_interrupt(session_running);
}

void session_catch_interrupts(void)
{
	struct sigaction action = {.sa_handler = session_on_signal};
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
}

bool session_interrupted(void)
{
	return session_was_interrupted || session_time_is_up;
}

void session_set_timeout(unsigned seconds)
{
	struct sigaction action = {.sa_handler = session_on_signal};
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
}

bool session_timed_out(void)
{
	return session_time_is_up != 0;
}

struct run_plan session_plan(const struct session *s)
{
	const struct options *o = s->options;
	return (struct run_plan){
		.exec = o->exec, .seed = o->seed, .holds = s->holds, .hold_count = s->hold_count, .points = o->verbose};
}

/* Who expects such a finding, or none, has asked. */
static bool session_expects_atomicity(const struct scenario *s)
{
	for (unsigned i = 0; i < s->expect_count; i++)
		if (s->expects[i].applies && s->expects[i].subject == EXPECT_FINDING &&
			s->expects[i].kind == FINDING_ATOMICITY)
			return true;
	return false;
}

struct engine_config session_config(const struct session *s, const struct run_plan *plan)
{
	const struct options *o = s->options;
	return (struct engine_config){
		.exec = plan->exec,
		.seed = plan->seed,
		.steps_max = o->steps_max,
		.cycles_max = plan->cycles_max ? plan->cycles_max : o->cycles_max,
		.trace_max = o->records_max,
		.prices = &s->prices,
		.points = plan->points,
		.holds = plan->holds,
		.hold_count = plan->hold_count,
		.derive_holds = plan->derive,
		.detectors_off = o->detectors_off,
		.atomicity = o->atomicity || session_expects_atomicity(s->scenario),
	};
}

enum pef_err session_build(struct session *s, const struct engine_config *config, struct world **out)
{
	char message[512] = "";
	enum pef_err err = world_create(s->scenario, &s->platform, config, out, message, sizeof(message));
	/* What has a place in the file says so itself. */
	bool placed = !strncmp(message, s->scenario->path, strlen(s->scenario->path));
	if (err && placed)
		fprintf(stderr, "%s\n", message);
	else if (err)
		fprintf(stderr, "pefsim: %s: %s\n", s->scenario->path, message);
	return err;
}

/* While a run is under way Ctrl-C ends it; before and after, it does what it did. */
void session_drive(struct world *world, struct engine_result *result, bool silent)
{
	struct sigaction action = {.sa_handler = session_on_signal}, before;
	sigemptyset(&action.sa_mask);
	session_running = world->engine;
	sigaction(SIGINT, &action, &before);
	struct progress *progress = silent ? NULL : progress_begin(world->scenario->name, world->config.publisher);
	engine_run(world->engine, result);
	progress_end(progress);
	sigaction(SIGINT, &before, NULL);
	session_running = NULL;
}

/* Holds that do not say their cycles get them from a first run with fibers. */
enum pef_err session_derive(struct session *s, struct run_plan *plan)
{
	bool missing = false;
	for (unsigned i = 0; i < plan->hold_count; i++)
		missing |= plan->holds[i].cycles == 0;
	if (!missing)
		return PEF_OK;

	struct run_plan first = *plan;
	struct engine_result result;
	struct world *world;
	first.exec = ENGINE_FIBERS;
	first.derive = true;
	first.points = false;
	struct engine_config config = session_config(s, &first);
	enum pef_err err = session_build(s, &config, &world);
	if (err)
		return err;
	engine_set_choices(world->engine, plan->choices, plan->choice_count);
	session_drive(world, &result, plan->silent);
	world_destroy(world);
	return PEF_OK;
}

static void session_write_holds(struct session *s, const struct run_plan *plan)
{
	size_t used = 0;
	s->holds_text[0] = '\0';
	for (unsigned i = 0; i < plan->hold_count && used < sizeof(s->holds_text) - 1; i++) {
		char text[400];
		hold_print(&plan->holds[i], text, sizeof(text));
		used += (size_t)snprintf(s->holds_text + used, sizeof(s->holds_text) - used, "%s\n", text);
	}
}

enum pef_err session_run_once(struct session *s, const struct run_plan *plan)
{
	struct engine_config config = session_config(s, plan);

	session_forget(s);
	enum pef_err err = session_build(s, &config, &s->world);
	if (err)
		return err;
	engine_set_choices(s->world->engine, plan->choices, plan->choice_count);
	session_drive(s->world, &s->result, plan->silent);
	s->plan = *plan;
	session_write_holds(s, plan);
	session_check(s);
	return PEF_OK;
}

/*S:210
 * A whole run. If a hold does not say how long it is, a first run with fibers finds out; the run that
 * counts then only spends cycles at points, and is the same in either executor. Afterwards the
 * checkers read the trace, and after a use of freed memory the run is made once more with the stale
 * words watched: a deterministic simulator can always look twice.
 :*/
enum pef_err session_run(struct session *s)
{
	struct run_plan plan = session_plan(s);
	enum pef_err err = session_derive(s, &plan);
	if (!err)
		err = session_run_once(s, &plan);
	if (!err)
		session_explain(s, &plan);
	return err;
}

int session_exit(const struct session *s)
{
	const struct finding *findings;
	unsigned count = engine_findings(s->world->engine, &findings);

	for (unsigned i = 0; i < count; i++)
		if (s->options->fail_possible || findings[i].severity != SEVERITY_POSSIBLE)
			return PEF_EXIT_FINDING;
	switch (s->result.end) {
	case ENGINE_FINISHED:
		return s->unchecked ? PEF_EXIT_INCONCLUSIVE : PEF_EXIT_OK;
	case ENGINE_DEADLOCK:
	case ENGINE_STUCK:
	case ENGINE_STOPPED:
		return PEF_EXIT_FINDING;
	case ENGINE_STEP_LIMIT:
	case ENGINE_CYCLE_LIMIT:
		return PEF_EXIT_INCONCLUSIVE;
	case ENGINE_INTERRUPTED:
		return PEF_EXIT_INTERRUPTED;
	}
	return PEF_EXIT_BUG;
}
