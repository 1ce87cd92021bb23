/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockgraph_tell.c - what is wrong with the graph, as findings.
 *
 * Three things are told: circles of classes; two locks of one class, or two read
 * sections of one semaphore, inside each other; and SRCU read sections inside locks
 * that other readers wait for, which can do harm only together with somebody who
 * waits for readers. Each once a run, by its title.
 *
 * For a predicted circle a schedule is made at the same time, while the trace with
 * its points is there: each context is held with its first lock until the next has
 * got its own.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#include "lockgraph.h"

#include <stdlib.h>
#include <string.h>

struct telling {
	struct lockgraph *g;
	struct engine *engine;
	enum pef_err err;
	unsigned told;
};

/* ---- once each --------------------------------------------------------------------------- */

static bool tell_is_known(const struct lockgraph *g, const char *title)
{
	for (unsigned i = 0; i < g->told_count; i++)
		if (!strcmp(g->told[i], title))
			return true;
	return false;
}

static void tell_remember(struct telling *t, const char *title)
{
	struct lockgraph *g = t->g;

	if (tell_is_known(g, title))
		return;
	if (g->told_count == g->told_room) {
		unsigned room = g->told_room ? g->told_room * 2 : 16;
		char(*told)[160] = realloc(g->told, room * sizeof(*told));

		if (!told) {
			t->err = PEF_NOMEM;
			return;
		}
		g->told = told;
		g->told_room = room;
	}
	snprintf(g->told[g->told_count++], sizeof(g->told[0]), "%s", title);
}

/* A title that the run has already: circles through other witnesses of the same classes. */
static bool tell_is_there(const struct telling *t, const char *title)
{
	const struct finding *list;
	unsigned count = engine_findings(t->engine, &list);

	for (unsigned i = 0; i < count; i++)
		if (!strcmp(list[i].title, title))
			return true;
	return false;
}

static void tell_add(struct telling *t, struct finding *f)
{
	const struct engine_key *end = engine_end_key(t->engine);

	if (t->g->across ? tell_is_known(t->g, f->title) : tell_is_there(t, f->title))
		return;
	tell_remember(t, f->title);
	f->noted = true;
	if (end)
		f->key = *end;
	engine_add_finding(t->engine, f);
	t->told++;
}

/* ---- steering ---------------------------------------------------------------------------- */

/*
 * How often a context had passed a point when it did a step for the last time; 0:
 * points were not recorded. The first time is often at the beginning, where nobody
 * else runs.
 */
static uint32_t steer_nth(struct engine *engine, const struct graph_step *s, enum point_kind kind, obj_t object)
{
	const struct trace_ring *ring = domain_trace(engine_domain(engine, s->domain));
	uint32_t nth = 0;

	for (uint64_t i = ring->folded_count; !ring->off && i < ring->count && i < s->last.position; i++) {
		const struct trace_rec *r = &ring->recs[i & (ring->cap - 1)];

		if (r->kind == TRACE_POINT && r->aux == kind && r->a == object.w &&
			!strcmp(engine_context_name(engine, s->domain, r->ctx), s->ctx))
			nth = (uint32_t)r->b;
	}
	return nth;
}

static void steer_name(
	struct point_name *out, struct engine *engine, const struct graph_step *s, enum point_kind kind, obj_t object)
{
	*out = (struct point_name){.kind = kind, .object = object};
	memcpy(out->context, s->ctx, sizeof(out->context));
	out->nth = steer_nth(engine, s, kind, object);
}

/* The point at which a context has the lock that its edge begins with. */
static void steer_has(struct point_name *out, struct engine *engine, const struct graph_edge *e)
{
	if (e->held->lock.mode == LOCK_EVENT)
		steer_name(out, engine, e->step, POINT_ACQUIRE, e->step->name);
	else
		steer_name(out, engine, e->step, POINT_ACQUIRED, e->held->lock.name);
}

/* The last point that @name's context passed before it came to @name; false when there is none that can be held at. */
static bool steer_before(
	struct point_name *out, struct engine *engine, const struct graph_step *s, const struct point_name *name)
{
	const struct trace_ring *ring = domain_trace(engine_domain(engine, s->domain));
	bool found = false;

	*out = *name;
	for (uint64_t i = ring->folded_count; !ring->off && i < ring->count; i++) {
		const struct trace_rec *r = &ring->recs[i & (ring->cap - 1)];

		if (r->kind != TRACE_POINT || strcmp(engine_context_name(engine, s->domain, r->ctx), s->ctx) != 0)
			continue;
		if (r->aux == name->kind && r->a == name->object.w && r->b == name->nth)
			return found;
		if (r->aux == POINT_LABEL || r->aux == POINT_WOKEN)
			continue;
		out->kind = (enum point_kind)r->aux;
		out->object = (obj_t){r->a};
		out->nth = (uint32_t)r->b;
		found = true;
	}
	return false;
}

/*
 * The writer comes to the lock when a reader has it, and the second reader goes on
 * when the writer has come. The writer is held a point earlier, not where the reader
 * looks for it: it must be in the queue by the time the reader is there. Returns how
 * many holds more.
 */
static unsigned steer_writer(struct hold *holds, struct engine *engine, const struct graph_cycle *c)
{
	const struct graph_step *w = c->writer;
	struct hold *own = &holds[c->count];
	struct point_name comes;

	steer_name(&comes, engine, w, POINT_ACQUIRE, w->name);
	*own = (struct hold){.until = holds[(c->writer_at + 1) % c->count].at};
	holds[c->writer_at].until = comes;
	return steer_before(&own->at, engine, w, &comes) ? 1 : 0;
}

static void tell_steering(struct telling *t, const struct graph_cycle *c, const char *title)
{
	struct lockgraph *g = t->g;
	struct graph_steering s = {.count = 0};

	for (unsigned i = 0; i < g->steering_count; i++)
		if (!strcmp(g->steerings[i].title, title))
			return;
	snprintf(s.title, sizeof(s.title), "%s", title);
	for (unsigned i = 0; i < c->count; i++) {
		steer_has(&s.holds[i].at, t->engine, &c->edges[i]);
		steer_has(&s.holds[i].until, t->engine, &c->edges[(i + 1) % c->count]);
	}
	s.count = c->count;
	if (c->writer)
		s.count += steer_writer(s.holds, t->engine, c);
	for (unsigned i = 0; i < s.count; i++)
		if (!s.holds[i].at.nth || !s.holds[i].until.nth)
			return;
	if (g->steering_count == g->steering_room) {
		unsigned room = g->steering_room ? g->steering_room * 2 : 8;
		struct graph_steering *steerings = realloc(g->steerings, room * sizeof(*steerings));

		if (!steerings) {
			t->err = PEF_NOMEM;
			return;
		}
		g->steerings = steerings;
		g->steering_room = room;
	}
	g->steerings[g->steering_count++] = s;
}

unsigned lockgraph_steer(const struct lockgraph *g, const char *title, struct hold *out)
{
	for (unsigned i = 0; i < g->steering_count; i++) {
		if (strcmp(g->steerings[i].title, title) != 0)
			continue;
		memcpy(out, g->steerings[i].holds, g->steerings[i].count * sizeof(*out));
		return g->steerings[i].count;
	}
	return 0;
}

/* ---- circles ------------------------------------------------------------------------------- */

static void tell_cycle(void *arg, const struct graph_cycle *cycle)
{
	struct telling *t = arg;
	struct finding f;

	graph_describe(t->g, t->engine, cycle, &f);
	if (cycle->grade == GRADE_PREDICTED)
		tell_steering(t, cycle, f.title);
	tell_add(t, &f);
}

/* ---- one inside another -------------------------------------------------------------------- */

/* Pages are locked in the order of their numbers, as Linux locks folios in the order of their addresses. */
static bool nests_by_order(obj_t outer, obj_t inner)
{
	return graph_is_page(outer) && obj_index(outer) < obj_index(inner);
}

/* Whether a lock inside one of its class is worth a word; a real self-deadlock has been observed by then. */
static bool nests_wrongly(const struct graph_step *s, const struct graph_held *h)
{
	bool writer;

	if (s->class != h->class || !graph_conflict(s->mode, h->lock.mode, &writer))
		return false;
	return s->name.w == h->lock.name.w ? writer : !nests_by_order(h->lock.name, s->name);
}

static void tell_nesting(struct telling *t, const struct graph_step *s, const struct graph_held *h)
{
	struct graph_cycle cycle = {.edges = {{s, h}}, .count = 1};
	struct finding f;

	graph_grade_cycle(t->g, &cycle);
	if (cycle.grade < GRADE_POSSIBLE)
		return;
	graph_describe(t->g, t->engine, &cycle, &f);
	if (cycle.grade == GRADE_PREDICTED)
		tell_steering(t, &cycle, f.title);
	tell_add(t, &f);
}

/* ---- readers inside locks --------------------------------------------------------------------- */

/* Whether some reader of that class waits for such a lock. */
static bool reader_waits_for(const struct lockgraph *g, unsigned class, const struct graph_held *h)
{
	bool writer;

	for (unsigned i = 0; i < g->now_count; i++) {
		const struct graph_step *s = g->now[i];

		for (unsigned k = 0; k < s->held_count; k++)
			if (s->held[k].class == class && s->held[k].lock.mode == LOCK_SRCU_READ &&
				s->class == h->class && graph_conflict(s->mode, h->lock.mode, &writer))
				return true;
	}
	return false;
}

static const struct graph_step *reader_witness(const struct lockgraph *g, unsigned class, const struct graph_held *h)
{
	for (unsigned i = 0; i < g->now_count; i++) {
		const struct graph_step *s = g->now[i];

		for (unsigned k = 0; k < s->held_count; k++)
			if (s->held[k].class == class && s->held[k].lock.mode == LOCK_SRCU_READ && s->class == h->class)
				return s;
	}
	return NULL;
}

static void tell_reader(struct telling *t, struct graph_step *s)
{
	struct finding f;
	const struct graph_held *held[SYNC_STEP_HELD_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < s->held_count; i++)
		if (s->held[i].class != s->class && reader_waits_for(t->g, s->class, &s->held[i]))
			held[count++] = &s->held[i];
	if (!count)
		return;
	graph_describe_reader(t->g, t->engine, s, held, count, reader_witness(t->g, s->class, held[0]), &f);
	tell_add(t, &f);
}

enum pef_err graph_tell(struct lockgraph *g, struct engine *engine, unsigned *told)
{
	struct telling t = {.g = g, .engine = engine};

	graph_find(g, tell_cycle, &t);
	for (unsigned i = 0; i < g->now_count; i++) {
		struct graph_step *s = g->now[i];

		for (unsigned k = 0; k < s->held_count; k++)
			if (nests_wrongly(s, &s->held[k]))
				tell_nesting(&t, s, &s->held[k]);
		if (s->mode == LOCK_SRCU_READ)
			tell_reader(&t, s);
	}
	*told = t.told;
	return t.err;
}
