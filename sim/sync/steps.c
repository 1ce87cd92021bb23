/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steps.c - the ways in which locks were taken in a run.
 *
 * The graph of lock classes (sim/detect) is made after a run, of every way in
 * which a context took a lock while it held others. A context does the same again
 * and again, so almost always there is nothing new: each held lock keeps a hash
 * of itself and of all that its context held before, and one look at a table of
 * hashes says whether this lock on this stack is known, as lockdep does with its
 * chain keys. Only a new one is written down, with its call chain.
 *
 * Also written down is what comes before what in every schedule, so that two ways
 * which can never meet are no danger.
 *
 * Locking: none; all of it belongs to the running domain. Errors: none.
 * Blocking: never.
 */
#include "sync_private.h"

#define STEPS_MAX 4096u
#define STEPS_TABLE_MIN 256u

static uint64_t step_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* Pages come by the thousand and are told apart by nothing else: which of them it was is left out ... */
static uint64_t step_word(obj_t name, enum lock_mode mode, unsigned subclass, bool tried)
{
	obj_t of = obj_type(name) == OBJ_PAGE_LOCK ? obj_make(OBJ_PAGE_LOCK, OBJ_NO_GUEST, OBJ_NO_INDEX) : name;
	return of.w ^ (uint64_t)(1 + (mode | subclass << 4 | (unsigned)tried << 8)) << 21;
}

uint64_t step_stack(const struct sim_held *held, const struct sim_held *older)
{
	return step_mix(older ? older->stack : 0, step_word(held->name, held->mode, held->subclass, held->tried));
}

/* ... but not whether it comes before one that is held. */
static uint64_t step_descends(obj_t name, const struct sim_held *held)
{
	if (obj_type(name) != OBJ_PAGE_LOCK)
		return 0;
	while (held && (obj_type(held->name) != OBJ_PAGE_LOCK || obj_index(held->name) < obj_index(name)))
		held = held->older;
	return held != NULL;
}

/* The place of a hash in the table: its own, or a free one. */
static uint32_t step_find(const struct sync_domain *s, uint64_t hash)
{
	uint64_t at = hash;
	while (s->seen[at & (s->cap - 1)] && s->seen[at & (s->cap - 1)] != hash)
		at++;
	return (uint32_t)at & (s->cap - 1);
}

/* The old table stays behind in the arena. */
static void step_grow(struct domain *d, struct sync_domain *s)
{
	struct sync_domain old = *s;
	s->cap = old.cap ? old.cap * 2 : STEPS_TABLE_MIN;
	s->seen = domain_arena_alloc(d, s->cap * sizeof(*s->seen));
	s->by = domain_arena_alloc(d, s->cap * sizeof(struct sync_step *));
	for (uint32_t i = 0; i < old.cap; i++) {
		if (!old.seen[i])
			continue;
		uint32_t place = step_find(s, old.seen[i]);
		s->seen[place] = old.seen[i];
		s->by[place] = old.by[i];
	}
}

static struct sync_step *step_make(struct domain *d, struct sync_domain *s)
{
	struct context *self = context_self();
	struct sync_step *step = domain_arena_alloc(d, sizeof(*step));
	step->cycle = domain_now(d);
	step->position = domain_trace(d)->count;
	step->ctx = context_id(self);
	step->line = context_line(self);
	if (s->last_step)
		s->last_step->next = step;
	else
		s->first_step = step;
	s->last_step = step;
	return step;
}

/* The step of that hash when it is new, to be filled in; else NULL. Either way it was done now. */
static struct sync_step *step_new(struct domain *d, struct sync_domain *s, uint64_t hash)
{
	hash |= 1; /* 0 is a free place */
	if (s->used * 2 >= s->cap)
		step_grow(d, s);
	uint32_t place = step_find(s, hash);
	bool known = s->seen[place];
	if (!known && s->used >= STEPS_MAX)
		return NULL;
	if (!known) {
		s->seen[place] = hash;
		s->by[place] = step_make(d, s);
		s->used++;
	}
	s->by[place]->last_cycle = domain_now(d);
	s->by[place]->last_position = domain_trace(d)->count;
	return known ? NULL : s->by[place];
}

/* @held and what is older, the oldest first; of many the newest. Returns how many. */
static unsigned step_held(struct sync_held *out, const struct sim_held *held)
{
	unsigned depth = 0;
	for (const struct sim_held *at = held; at && depth < SYNC_STEP_HELD_MAX; at = at->older)
		depth++;
	for (unsigned i = depth; i; held = held->older)
		out[--i] = held_tell(held);
	return depth;
}

/*L:200
 * This is asked each time a lock is taken, so it must cost next to nothing when the answer is no: one
 * multiplication and one look at a table.
 :*/
void step_note(obj_t name, enum lock_mode mode, unsigned subclass)
{
	struct domain *d = domain_self();
	struct sync_domain *s = sync_domain(d);
	if (!s->watched)
		return;
	struct context *self = context_self();
	const struct sim_held *held = *context_slot(self, CONTEXT_SLOT_SYNC);
	uint64_t hash = step_mix(held ? held->stack : 0, step_word(name, mode, subclass, false));
	hash = step_mix(hash, context_id(self) ^ step_descends(name, held) << 32);
	struct sync_step *step = step_new(d, s, hash);
	if (!step)
		return;
	step->name = name;
	step->mode = mode;
	step->subclass = (uint8_t)subclass;
	step->chain = chain_capture();
	step->held_count = step_held(step->held, held);
}

/*
 * Whoever waits for @name waits for what this context holds now: written down as if
 * it took each of its locks while it keeps the waiters waiting.
 */
void step_signal(obj_t name)
{
	struct context *self = context_self();
	struct domain *d = domain_self();
	struct sync_domain *s = sync_domain(d);
	if (!self || !s->watched)
		return;
	for (const struct sim_held *held = *context_slot(self, CONTEXT_SLOT_SYNC); held; held = held->older) {
		uint64_t hash = step_mix(step_mix(held->stack, name.w), ~(uint64_t)context_id(self));
		/* Reading SRCU, and what is tried, never made anybody wait. */
		bool waits = held->mode == LOCK_EXCLUSIVE || held->mode == LOCK_SHARED;
		struct sync_step *step = waits && !held->tried ? step_new(d, s, hash) : NULL;
		if (!step)
			continue;
		step->name = held->name;
		step->mode = held->mode;
		step->subclass = held->subclass;
		step->chain = held->chain;
		step->held_count = held->older ? step_held(step->held, held->older) : 0;
		if (step->held_count < SYNC_STEP_HELD_MAX)
			step->held[step->held_count++] = (struct sync_held){
				.name = name, .mode = LOCK_EVENT, .since = domain_now(d), .chain = chain_capture()};
	}
}

const struct sync_step *sync_steps(struct domain *d)
{
	return sync_domain(d)->first_step;
}

/* ---- what comes before what -------------------------------------------------------- */

static void link_note(obj_t object, bool receives)
{
	struct domain *d = domain_self();
	struct sync_domain *s = sync_domain(d);
	struct context *self = context_self();
	if (!s->watched || !self)
		return;
	struct sync_link *link = domain_arena_alloc(d, sizeof(*link));
	*link = (struct sync_link){.cycle = domain_now(d),
		.position = domain_trace(d)->count,
		.ctx = context_id(self),
		.object = object,
		.receives = receives};
	if (s->last_link)
		s->last_link->next = link;
	else
		s->first_link = link;
	s->last_link = link;
}

void sync_hand_on(obj_t object)
{
	link_note(object, false);
}

void sync_go_on_by(obj_t object)
{
	link_note(object, true);
}

const struct sync_link *sync_links(struct domain *d)
{
	return sync_domain(d)->first_link;
}
