/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockgraph.c - what all runs of a check showed of how locks are taken.
 *
 * A run writes down each way in which a context took a lock (sync_steps()). After
 * the run they come here, out of its arena, and the same way in another run is the
 * same step. Chains are kept as addresses of the program, so that a witness can be
 * told long after its engine is gone.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#include "lockgraph.h"

#include <stdlib.h>
#include <string.h>

#define GRAPH_TABLE_MIN 1024u

struct lockgraph *lockgraph_create(void)
{
	return calloc(1, sizeof(struct lockgraph));
}

void lockgraph_free(struct lockgraph *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < g->count; i++)
		free(g->steps[i]);
	free(g->steps);
	free(g->table);
	free(g->now);
	free(g->links);
	free(g->told);
	free(g->steerings);
	free(g);
}

/* ---- keeping ------------------------------------------------------------------------- */

static uint64_t graph_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 31;
}

/* Which page it was does not matter: the same way of taking page locks is one step. */
static uint64_t graph_lock_hash(uint64_t hash, obj_t name, enum lock_mode mode, unsigned subclass, bool tried)
{
	uint64_t word = graph_is_page(name) ? obj_make(OBJ_PAGE_LOCK, OBJ_NO_GUEST, OBJ_NO_INDEX).w : name.w;

	return graph_mix(graph_mix(hash, word), mode | subclass << 4 | (unsigned)tried << 8);
}

static uint64_t graph_hash(const struct sync_step *s, const char *ctx, uint32_t domain)
{
	uint64_t hash = graph_mix(domain + 1, s->mode);

	for (; *ctx; ctx++)
		hash = graph_mix(hash, (unsigned char)*ctx);
	for (unsigned i = 0; i < s->held_count; i++) {
		const struct sync_held *held = &s->held[i];

		hash = graph_lock_hash(hash, held->name, held->mode, held->subclass, held->tried);
		/* Of two pages it matters which has the lower number. */
		if (graph_is_page(s->name) && graph_is_page(held->name))
			hash = graph_mix(hash, obj_index(held->name) < obj_index(s->name));
	}
	return graph_lock_hash(hash, s->name, s->mode, s->subclass, false);
}

/* The number of a class; GRAPH_CLASSES_MAX when there are too many. */
static unsigned graph_class(struct lockgraph *g, obj_t name, unsigned subclass)
{
	uint8_t *number = &g->classes[obj_type(name)][subclass % LOCK_SUBCLASSES];

	if (!*number && g->class_count < GRAPH_CLASSES_MAX) {
		g->class_name[g->class_count] = name;
		g->class_subclass[g->class_count] = (uint8_t)subclass;
		*number = (uint8_t)++g->class_count;
	}
	return *number ? *number - 1u : GRAPH_CLASSES_MAX;
}

static void graph_keep_place(struct domain *d, uint32_t chain, struct graph_place *out)
{
	out->count = chain_frames(d, chain, out->frames, CHAIN_FRAMES_MAX);
}

static void graph_fill(struct lockgraph *g, struct domain *d, const struct sync_step *s, struct graph_step *out)
{
	out->thread = graph_thread(out->ctx);
	out->domain = domain_index(d);
	out->line = s->line;
	out->name = s->name;
	out->mode = s->mode;
	out->subclass = s->subclass;
	out->class = graph_class(g, s->name, s->subclass);
	graph_keep_place(d, s->chain, &out->place);
	out->held_count = s->held_count;
	for (unsigned i = 0; i < s->held_count; i++) {
		out->held[i].lock = s->held[i];
		out->held[i].class = graph_class(g, s->held[i].name, s->held[i].subclass);
		graph_keep_place(d, s->held[i].chain, &out->held[i].place);
	}
}

static uint32_t *graph_find_hash(const struct lockgraph *g, uint64_t hash)
{
	uint64_t at = hash;

	for (;; at++) {
		uint32_t *place = &g->table[at & (g->table_size - 1)];

		if (!*place || g->steps[*place - 1]->hash == hash)
			return place;
	}
}

static bool graph_make_room(struct lockgraph *g)
{
	uint32_t size = g->table_size ? g->table_size * 2 : GRAPH_TABLE_MIN;

	if (g->table_size && g->count * 2 < g->table_size)
		return true;
	struct graph_step **steps = realloc(g->steps, size * sizeof(*steps));
	if (steps)
		g->steps = steps;
	struct graph_step **now = realloc(g->now, size * sizeof(*now));
	if (now)
		g->now = now;
	uint32_t *table = calloc(size, sizeof(*table));
	if (!steps || !now || !table) {
		free(table);
		return false;
	}
	free(g->table);
	g->table = table;
	g->table_size = size;
	for (unsigned i = 0; i < g->count; i++)
		*graph_find_hash(g, g->steps[i]->hash) = i + 1;
	return true;
}

/* The step with that hash; @fresh: it is new, and has nothing else yet. NULL without memory. */
static struct graph_step *graph_step_of(struct lockgraph *g, uint64_t hash, bool *fresh)
{
	if (!graph_make_room(g))
		return NULL;
	uint32_t *place = graph_find_hash(g, hash);
	*fresh = !*place;
	if (*place)
		return g->steps[*place - 1];
	struct graph_step *step = calloc(1, sizeof(*step));
	if (!step)
		return NULL;
	step->hash = hash;
	g->steps[g->count] = step;
	*place = ++g->count;
	return step;
}

static enum pef_err graph_add_step(struct lockgraph *g, struct domain *d, const struct sync_step *s)
{
	const char *ctx = engine_context_name(domain_engine(d), domain_index(d), s->ctx);
	uint64_t hash = graph_hash(s, ctx, domain_index(d));

	bool fresh;

	if (g->count >= GRAPH_STEPS_MAX)
		return PEF_OK;
	struct graph_step *step = graph_step_of(g, hash, &fresh);
	if (!step)
		return PEF_NOMEM;
	if (fresh) {
		snprintf(step->ctx, sizeof(step->ctx), "%s", ctx);
		graph_fill(g, d, s, step);
	}
	if (step->run == g->run)
		return PEF_OK;
	step->run = g->run;
	step->runs[g->run / 64 % GRAPH_RUN_WORDS] |= UINT64_C(1) << g->run % 64;
	step->key = (struct engine_key){s->cycle, domain_index(d), s->position};
	step->last = step->key;
	if (!g->cut)
		step->last = (struct engine_key){s->last_cycle, domain_index(d), s->last_position};
	for (unsigned i = 0; i < step->held_count; i++)
		step->held[i].lock.since = s->held[i].since;
	g->now[g->now_count++] = step;
	return PEF_OK;
}

/* What a domain did behind the place where the run was cut never happened. */
static bool graph_is_cut(const struct engine *engine, cycles_t cycle, uint32_t domain, uint64_t position)
{
	const struct engine_key *end = engine_end_key(engine);
	const struct engine_key key = {cycle, domain, position};

	return end && graph_compare(&key, end) > 0;
}

static enum pef_err graph_add_domain(struct lockgraph *g, struct domain *d)
{
	enum pef_err err = PEF_OK;

	for (const struct sync_step *s = sync_steps(d); s && !err; s = s->next)
		if (!graph_is_cut(domain_engine(d), s->cycle, domain_index(d), s->position))
			err = graph_add_step(g, d, s);
	return err;
}

/*D:230
 * Locks are judged after a run, of everything that any run has shown: two orders of the same locks are
 * wrong also if they were never taken at the same time. What this run shows by itself is told with it,
 * so that its replay shows it again.
 :*/
enum pef_err lockgraph_add_run(struct lockgraph *g, struct engine *engine, enum engine_end end)
{
	enum pef_err err = PEF_OK;
	unsigned told;

	if (!engine_checks(engine, ENGINE_CHECK_LOCK_ORDER))
		return PEF_OK;
	g->run++;
	g->now_count = 0;
	g->across = false;
	g->cut = end != ENGINE_FINISHED && end != ENGINE_STUCK;
	for (unsigned i = 0; !err && i < engine_domain_count(engine); i++)
		err = graph_add_domain(g, engine_domain(engine, i));
	if (!err)
		err = graph_collect_links(g, engine);
	return err ? err : graph_tell(g, engine, &told);
}

unsigned lockgraph_add_across(struct lockgraph *g, struct engine *engine)
{
	unsigned told = 0;

	if (!g->count || !engine_checks(engine, ENGINE_CHECK_LOCK_ORDER))
		return 0;
	g->across = true;
	g->now_count = g->count;
	for (unsigned i = 0; i < g->count; i++)
		g->now[i] = g->steps[i];
	return graph_tell(g, engine, &told) ? 0 : told;
}

/* ---- graphs of several processes ----------------------------------------------------- */

void lockgraph_skip(struct lockgraph *g, uint64_t runs)
{
	g->run += runs;
}

void lockgraph_send(const struct lockgraph *g, FILE *out)
{
	fwrite(&g->run, sizeof(g->run), 1, out);
	for (unsigned i = 0; i < g->count; i++)
		fwrite(g->steps[i], sizeof(*g->steps[i]), 1, out);
}

/* Classes are numbered as they come, so each process has numbers of its own. */
static enum pef_err graph_join_step(struct lockgraph *g, const struct graph_step *from)
{
	bool fresh;

	if (g->count >= GRAPH_STEPS_MAX)
		return PEF_OK;
	struct graph_step *step = graph_step_of(g, from->hash, &fresh);
	if (!step)
		return PEF_NOMEM;
	if (fresh) {
		*step = *from;
		step->run = 0;
		step->class = graph_class(g, step->name, step->subclass);
		for (unsigned i = 0; i < step->held_count; i++)
			step->held[i].class = graph_class(g, step->held[i].lock.name, step->held[i].lock.subclass);
		return PEF_OK;
	}
	for (unsigned i = 0; i < GRAPH_RUN_WORDS; i++)
		step->runs[i] |= from->runs[i];
	return PEF_OK;
}

enum pef_err lockgraph_join(struct lockgraph *g, const void *bytes, size_t len)
{
	const char *at = bytes;
	enum pef_err err = PEF_OK;
	struct graph_step step;
	uint64_t run;

	if (len < sizeof(run) || (len - sizeof(run)) % sizeof(step))
		return PEF_BUG;
	memcpy(&run, at, sizeof(run));
	g->run = run > g->run ? run : g->run;
	for (at += sizeof(run); !err && at < (const char *)bytes + len; at += sizeof(step)) {
		memcpy(&step, at, sizeof(step));
		err = graph_join_step(g, &step);
	}
	return err;
}
