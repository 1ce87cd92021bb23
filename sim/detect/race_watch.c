/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race_watch.c - the second look: who did the earlier access, and how.
 *
 * A run is the same each time it is made, so the earlier access of a race comes
 * again in the same context, between the same two of its releases, at the same
 * place. While it is waited for no access is let go by the hooks' short way.
 *
 * What the two held tells which order is missing: a lock that both held does
 * not order them when both held it for reading; a lock that only one held orders
 * nothing.
 *
 * Locking: set before the run, read after it. Errors: no memory of the host: it
 * is not watched. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "race.h"
#include "region.h"

struct race_watch {
	struct finding_access access;
	struct race_seen seen;
};

void race_watch(struct engine *engine, const struct finding_access *accesses, unsigned count)
{
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		struct race *r = race_of(engine_domain(engine, i));

		if (!r)
			continue;
		free(r->watches);
		r->watch_count = 0;
		r->looked = 0;
		r->watches = calloc(RACE_WATCH_MAX, sizeof(*r->watches));
		if (!r->watches)
			continue;
		race_view.race = NULL;
		r->watch_count = count < RACE_WATCH_MAX ? count : RACE_WATCH_MAX;
		for (unsigned k = 0; k < r->watch_count; k++)
			r->watches[k].access = accesses[k];
	}
}

void race_watched(const struct engine *engine, unsigned index, struct race_seen *out)
{
	*out = (struct race_seen){0};
	for (unsigned i = 0; i < engine_domain_count(engine) && !out->seen; i++) {
		const struct race *r = race_of(engine_domain(engine, i));

		if (r && index < r->watch_count)
			*out = r->watches[index].seen;
	}
}

uint64_t race_watch_count(const struct engine *engine)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		const struct race *r = race_of(engine_domain(engine, i));

		count += r ? r->looked : 0;
	}
	return count;
}

static void race_look_held(struct race_seen *seen)
{
	struct sync_held held[RACE_HELD_MAX];
	struct context *ctx = context_self();

	seen->held_count = ctx ? sync_held_list(ctx, held, RACE_HELD_MAX) : 0;
	for (unsigned i = 0; i < seen->held_count; i++) {
		seen->held[i] = held[i].name;
		seen->held_shared[i] = held[i].mode == LOCK_SHARED || held[i].mode == LOCK_SRCU_READ;
	}
}

void race_look(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc)
{
	struct domain *d = domain_self();

	for (unsigned i = 0; i < r->watch_count; i++) {
		const struct finding_access *a = &r->watches[i].access;
		struct race_seen *seen = &r->watches[i].seen;
		struct context *ctx = context_self();

		if (seen->seen || a->domain != domain_index(d) || a->pc != pc || a->ctx != r->self->id ||
			a->clock != r->self->own.at[r->self->id] || a->write != ((how & ACCESS_WRITE) != 0) ||
			a->address - address >= size)
			continue;
		*seen = (struct race_seen){.seen = true, .domain = domain_index(d), .cycle = *engine_tls.now};
		seen->line = ctx ? context_line(ctx) : 0;
		seen->frame_count = chain_frames(d, chain_capture(), seen->frames, CHAIN_FRAMES_MAX);
		snprintf(seen->context, sizeof(seen->context), "%s", history_actor());
		race_look_held(seen);
	}
}

/* ---- what is said of it ------------------------------------------------------------------ */

static bool held_is_shared(const struct sync_held *held)
{
	return held->mode == LOCK_SHARED || held->mode == LOCK_SRCU_READ;
}

static const struct sync_held *held_by_now(const struct finding *f, obj_t name)
{
	for (unsigned i = 0; i < f->held_count; i++)
		if (f->held[i].name.w == name.w)
			return &f->held[i];
	return NULL;
}

static bool held_before(const struct race_seen *seen, obj_t name)
{
	for (unsigned i = 0; i < seen->held_count; i++)
		if (seen->held[i].w == name.w)
			return true;
	return false;
}

static void earlier_add_locks(struct finding *f, const struct race_seen *seen)
{
	char name[48];

	if (!seen->held_count)
		finding_add_line(f, "no lock held by %s then", seen->context);
	for (unsigned i = 0; i < seen->held_count; i++)
		finding_add_line(f, "held by %s then: %s%s", seen->context,
			obj_print_full(seen->held[i], name, sizeof(name)), seen->held_shared[i] ? " {read}" : "");
}

/* The order that is missing, in the words of each lock that one of the two held. */
static void earlier_add_missing(struct finding *f, const struct race_seen *seen)
{
	const char *now = f->blocks[0].context;
	char name[48];

	for (unsigned i = 0; i < seen->held_count; i++) {
		const struct sync_held *held = held_by_now(f, seen->held[i]);

		obj_print_full(seen->held[i], name, sizeof(name));
		if (!held)
			finding_add_line(f, "not ordered by: %s (not held by %s)", name, now);
		else if (seen->held_shared[i] && held_is_shared(held))
			finding_add_line(f, "not ordered by: %s (both hold it for reading)", name);
	}
	for (unsigned i = 0; i < f->held_count; i++) {
		if (held_before(seen, f->held[i].name))
			continue;
		obj_print_full(f->held[i].name, name, sizeof(name));
		finding_add_line(f, "not ordered by: %s (not held by %s then)", name, seen->context);
	}
	if (!seen->held_count && !f->held_count)
		finding_add_line(f, "not ordered by: any lock (neither holds one)");
}

void finding_add_earlier(struct engine *engine, struct finding *f, const struct race_seen *seen)
{
	struct finding_block *b = &f->blocks[1];
	size_t len = strcspn(b->heading, ",");

	if (!seen->seen || f->block_count < 2 || seen->domain >= engine_domain_count(engine))
		return;
	b->chain = chain_intern(engine_domain(engine, seen->domain), seen->frames, seen->frame_count);
	b->script_line = seen->line;
	snprintf(b->heading + len, sizeof(b->heading) - len, " at cycle %llu:", (unsigned long long)seen->cycle);
	earlier_add_locks(f, seen);
	earlier_add_missing(f, seen);
}
