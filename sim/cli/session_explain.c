/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session_explain.c - what a report wants to tell and the run did not keep, from a second run. See session.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: runs take their time.
 */
#include "pefsim/heap.h"

#include "session.h"

/* An address of one engine as the same place of another. */
static uintptr_t session_translate(const struct engine *from, const struct engine *to, uintptr_t address)
{
	size_t size;
	for (unsigned i = 0; i < engine_domain_count(from); i++) {
		struct domain *d = engine_domain(from, i);
		if (domain_owns(d, (const void *)address))
			return address - (uintptr_t)domain_heap_region(d, &size) +
			       (uintptr_t)domain_heap_region(engine_domain(to, i), &size);
	}
	return 0;
}

/* The same run, not begun yet; NULL after a message. */
static struct world *session_second(struct session *s, const struct run_plan *plan)
{
	struct run_plan second = *plan;
	struct world *again;

	second.exec = ENGINE_FIBERS;
	second.derive = false;
	struct engine_config config = session_config(s, &second);
	if (session_build(s, &config, &again))
		return NULL;
	engine_set_choices(again->engine, plan->choices, plan->choice_count);
	return again;
}

/*D:170
 * The second run lies in another engine and so at other addresses, but at the same distance from the
 * beginning of its heap. Nothing in the simulation depends on addresses, or this would not work, and
 * neither would anything else.
 :*/
static void session_watch_words(const struct session *s, struct engine *again, const struct finding *f)
{
	uintptr_t watch[HOOKS_WATCH_MAX];

	for (unsigned i = 0; i < f->watch_count; i++)
		watch[i] = session_translate(s->world->engine, again, f->watch[i]);
	hooks_watch(again, watch, f->watch_count);
}

static void session_tell_store(const struct session *s, const struct engine *again, struct finding *f)
{
	for (unsigned i = 0; i < f->watch_count; i++) {
		struct hooks_store store;
		if (hooks_watch_last(again, i, &store)) {
			finding_add_store(s->world->engine, f, &store);
			break;
		}
	}
}

/* Blocks that were made from the trace, which keeps no call chains. */
static unsigned session_watch_records(struct engine *again, const struct finding *f)
{
	struct engine_key keys[FINDING_BLOCKS_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < f->block_count; i++)
		if (f->blocks[i].of_record)
			keys[count++] =
				(struct engine_key){.domain = f->blocks[i].domain, .position = f->blocks[i].position};
	if (again)
		hooks_watch_records(again, keys, count);
	return count;
}

static void session_tell_records(const struct session *s, const struct engine *again, struct finding *f)
{
	unsigned index = 0;

	for (unsigned i = 0; i < f->block_count; i++) {
		struct hooks_store record;
		if (f->blocks[i].of_record && hooks_record(again, index++, &record))
			finding_fill_record(s->world->engine, &f->blocks[i], &record);
	}
}

/* A stale pointer was used, or the trace shows something wrong: watch the words and records. */
static void session_look_again(struct session *s, const struct run_plan *plan, struct finding *f)
{
	bool wanted = f->watch_count || session_watch_records(NULL, f);
	struct world *again = wanted ? session_second(s, plan) : NULL;

	if (!again)
		return;
	session_watch_words(s, again->engine, f);
	session_watch_records(again->engine, f);
	session_drive(again, &(struct engine_result){0}, plan->silent);
	session_tell_records(s, again->engine, f);
	session_tell_store(s, again->engine, f);
	world_destroy(again);
}

/* Races: run again and look for the earlier accesses, of which only the places are known. */
static void session_find_earlier(
	struct session *s, const struct run_plan *plan, struct finding *findings, unsigned count)
{
	struct finding_access accesses[RACE_WATCH_MAX];
	struct finding *of[RACE_WATCH_MAX];
	unsigned races = 0;

	for (unsigned i = 0; i < count && races < RACE_WATCH_MAX; i++)
		if (findings[i].earlier.address)
			of[races++] = &findings[i];
	struct world *again = races ? session_second(s, plan) : NULL;
	if (!again)
		return;
	for (unsigned i = 0; i < races; i++) {
		accesses[i] = of[i]->earlier;
		accesses[i].address = session_translate(s->world->engine, again->engine, accesses[i].address);
	}
	race_watch(again->engine, accesses, races);
	session_drive(again, &(struct engine_result){0}, plan->silent);
	for (unsigned i = 0; i < races; i++) {
		struct race_seen seen;
		race_watched(again->engine, i, &seen);
		finding_add_earlier(s->world->engine, of[i], &seen);
	}
	world_destroy(again);
}

void session_explain(struct session *s, const struct run_plan *plan)
{
	const struct finding *findings;
	unsigned count = engine_findings(s->world->engine, &findings);

	for (unsigned i = 0; i < count; i++)
		session_look_again(s, plan, (struct finding *)(uintptr_t)&findings[i]);
	session_find_earlier(s, plan, (struct finding *)(uintptr_t)findings, count);
}
