/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_dpor.c - one schedule of every class, by partial order reduction.
 *
 * Abdulla, Aronis, Jonsson, Sagonas: "Optimal dynamic partial order reduction",
 * POPL 2014, the algorithm with wakeup trees and sleep sets. Schedules that
 * differ only in the order of steps that commute are one class; a run is looked
 * at for races, pairs of dependent steps that nothing else orders, and for each
 * the other order is planned (dpor_plan.c) unless what was run or planned covers
 * it. Sleep sets keep what was tried beside a step from being tried again behind
 * it. So no class is run twice. A run in which all that could go on is asleep
 * would be one; it is told as redundant, and made to its end. That happens where
 * time decides, too, and after a run that was stopped, as what it would have done
 * is not known.
 *
 * A step begins at a point and ends at the next. What it does is told by both
 * (conflict.h): a lock is taken behind the one, and was given back before the
 * other. A thread that begins, or is woken, comes after the step that made it so.
 *
 * It is exact where time decides nothing: threads of one side, which meet at
 * locks. Calls between sides take cycles, and who comes first may depend on
 * them; then nothing is claimed.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpor.h"

#define DPOR_PROBES 8u /* of a budget, so many parts are probes */

static void dpor_close(struct strategy *s)
{
	dpor_tree_free(&((struct dpor *)s)->tree);
	free(((struct dpor *)s)->frames);
	free(((struct dpor *)s)->plans);
}

static struct dpor_frame *dpor_add(struct dpor *p)
{
	if (p->count == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->frames = reallocarray(p->frames, p->room, sizeof(*p->frames));
		if (!p->frames)
			abort();
	}
	return &p->frames[p->count++];
}

/* ---- the next schedule --------------------------------------------------------------- */

/* Back to the last moment at which another was planned; p->count 0: there is none. */
static void dpor_go_back(struct dpor *p)
{
	while (p->count) {
		struct dpor_frame *f = &p->frames[p->count - 1];
		f->asleep |= 1u << f->chosen;
		f->sleeping[f->chosen] = f->step;
		if (f->plan) {
			f->chosen = dpor_plan_take(p, f);
			return;
		}
		p->count--;
	}
}

/* The last part of a budget that is known goes to random walks, which tell how large the tree is. */
static bool dpor_probes(const struct dpor *p)
{
	uint64_t probes = p->s.o.measure ? p->s.o.runs / DPOR_PROBES : 0;

	return probes && p->s.number >= p->s.o.runs - probes;
}

static bool dpor_next(struct strategy *s)
{
	struct dpor *p = (struct dpor *)s;

	dpor_plan_drop(p, p->rest);
	p->rest = 0;
	if (s->number && !p->over && !p->probing) {
		dpor_go_back(p);
		p->over = !p->count;
	}
	p->probing = dpor_probes(p);
	p->prefix = p->probing ? 0 : p->count;
	p->fresh = p->prefix ? p->prefix - 1 : 0;
	p->count = 0;
	p->blind = false;
	p->line = 0;
	memset(p->woken, 0, sizeof(p->woken));
	return !p->over;
}

/* ---- a run ------------------------------------------------------------------------------ */

/* The step that was picked last is over: it ended at the point its actor stands at, if that is a new one. */
static void dpor_end_step(struct dpor *p)
{
	struct dpor_frame *f = &p->frames[p->count - 1];
	size_t count;
	const struct director_step *steps = director_steps(p->s.d, &count);

	f->step.end.kind = POINT_KIND_COUNT;
	for (size_t i = p->begun; i < count; i++) {
		if (steps[i].actor != f->chosen)
			continue;
		f->step.end = effect_done(&steps[i]);
		break;
	}
}

/* Whoever can go on now and could not before can by the step that is over. */
static void dpor_note_woken(struct dpor *p, uint32_t line)
{
	uint32_t fresh = line & ~p->line & ~(p->count ? 1u << p->frames[p->count - 1].chosen : 0u);

	for (uint32_t bits = fresh; bits; bits &= bits - 1)
		p->woken[__builtin_ctz(bits)] = p->count;
	p->line = line;
}

static void dpor_sleep(const struct dpor *p, struct dpor_frame *f)
{
	const struct dpor_frame *before = p->count > 1 && !p->probing ? f - 1 : NULL;

	for (uint32_t bits = before ? before->asleep & ~(1u << before->chosen) : 0; bits; bits &= bits - 1) {
		unsigned q = (unsigned)__builtin_ctz(bits);
		if (dpor_steps_depend(&before->sleeping[q], &before->step))
			continue;
		f->asleep |= 1u << q;
		f->sleeping[q] = before->sleeping[q];
	}
}

/* The usual one first, as it makes short schedules; else the first that is not asleep. */
static uint32_t dpor_usual(const struct dpor *p, uint32_t awake)
{
	if (p->s.last < DPOR_ACTORS && (awake >> p->s.last & 1))
		return p->s.last;
	return (uint32_t)__builtin_ctz(awake);
}

static uint32_t dpor_by_chance(struct dpor *p, uint32_t line)
{
	for (uint64_t skip = strategy_below(&p->s, (uint64_t)__builtin_popcount(line)); skip; skip--)
		line &= line - 1;
	return (uint32_t)__builtin_ctz(line);
}

/* Nobody who could go on would come to anything new. */
static uint32_t dpor_give_up(struct dpor *p, struct dpor_frame *f, uint32_t line)
{
	dpor_plan_drop(p, f->plan);
	p->count--;
	p->blind = true;
	p->redundant++;
	return (uint32_t)__builtin_ctz(line);
}

/* Whom the plan names, else the usual one. Where time decides, too, a plan may not fit; then it is dropped. */
static void dpor_choose_actor(struct dpor *p, struct dpor_frame *f, uint32_t line, bool given)
{
	if (!given)
		f->chosen = f->plan ? dpor_plan_take(p, f) : dpor_usual(p, line & ~f->asleep);
	if (line >> f->chosen & 1)
		return;
	p->strayed = true;
	dpor_plan_drop(p, p->rest);
	p->rest = 0;
	f->chosen = dpor_usual(p, line & ~f->asleep);
}

static uint32_t dpor_begin_step(struct dpor *p, uint32_t line)
{
	bool given = p->count < p->prefix;
	struct dpor_frame *f = given ? &p->frames[p->count++] : dpor_add(p);

	if (!given) {
		f->enabled = line;
		f->asleep = 0;
		f->plan = p->rest;
		p->rest = 0;
		dpor_sleep(p, f);
	}
	if (!p->probing && !(line & ~f->asleep))
		return dpor_give_up(p, f, line);
	if (p->probing)
		f->chosen = dpor_by_chance(p, line);
	else
		dpor_choose_actor(p, f, line, given);
	f->enabler = p->woken[f->chosen];
	p->woken[f->chosen] = 0;
	f->step.begin = effect_to_come(director_point(p->s.d, f->chosen));
	director_steps(p->s.d, &p->begun);
	return f->chosen;
}

static uint32_t dpor_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	struct dpor *p = (struct dpor *)s;
	uint32_t line = 0;

	for (unsigned i = 0; i < count; i++) {
		p->too_many |= who[i] >= DPOR_ACTORS;
		line |= 1u << (who[i] % DPOR_ACTORS);
	}
	p->too_long |= p->count == DPOR_STEPS_MAX;
	if (p->count && !p->blind)
		dpor_end_step(p);
	p->blind |= p->too_many || p->count == DPOR_STEPS_MAX;
	if (p->blind)
		return who[0];
	dpor_note_woken(p, line);
	return dpor_begin_step(p, line);
}

/* ---- races -------------------------------------------------------------------------------- */

static void dpor_join(uint32_t *clock, const uint32_t *other)
{
	for (unsigned i = 0; i < DPOR_ACTORS; i++)
		clock[i] = clock[i] > other[i] ? clock[i] : other[i];
}

static void dpor_look(struct dpor *p, uint32_t j)
{
	struct dpor_frame *f = &p->frames[j];
	uint32_t clock[DPOR_ACTORS] = {0};

	for (uint32_t i = j; i-- > 0;)
		if (p->frames[i].chosen == f->chosen) {
			dpor_join(clock, p->frames[i].clock);
			break;
		}
	if (f->enabler)
		dpor_join(clock, p->frames[f->enabler - 1].clock);
	memcpy(f->clock, clock, sizeof(clock));
	f->clock[f->chosen] = j + 1;
	for (uint32_t i = j; i-- > 0;) {
		const struct dpor_frame *g = &p->frames[i];
		if (g->chosen == f->chosen || dpor_before(p, i, f->clock) || !dpor_steps_depend(&g->step, &f->step))
			continue;
		dpor_join(f->clock, g->clock);
		f->clock[f->chosen] = j + 1;
		if (j >= p->fresh && !p->probing)
			dpor_plan_race(p, i, j);
	}
}

/*
 * A run that was stopped has steps that nobody took: what they would have done is not known, so whoever
 * stands before one is tried at every moment since.
 */
static void dpor_stopped(struct dpor *p)
{
	for (uint32_t i = 0; i < p->count; i++) {
		const struct dpor_frame *f = &p->frames[i];
		for (uint32_t a = 0; a < DPOR_ACTORS; a++)
			if ((f->enabled & ~f->asleep) >> a & 1 && director_state(p->s.d, a) == DIRECTOR_HELD)
				dpor_plan_actor(p, i, a);
	}
}

/* Who stood before a step when the run ended. */
static uint32_t dpor_left(const struct dpor *p)
{
	uint32_t held = 0;

	for (uint32_t a = 0; a < DPOR_ACTORS; a++)
		held |= director_state(p->s.d, a) == DIRECTOR_HELD ? 1u << a : 0;
	return held;
}

/*X:160
 * A run is looked at when it is over. Going back from each step, a step of another thread that it depends
 * on, and that nothing between them orders, raced with it; had it come later, the run would have been
 * of another class. So that class is planned, at the moment before the earlier of the two.
 :*/
static void dpor_done(struct strategy *s)
{
	struct dpor *p = (struct dpor *)s;
	unsigned held;
	size_t count;
	const struct director_step *steps = director_steps(s->d, &count);

	if (p->count && !p->blind)
		dpor_end_step(p);
	for (uint32_t j = 0; j < p->count; j++)
		dpor_look(p, j);
	director_held(s->d, &held);
	if (held && !p->probing)
		dpor_stopped(p);
	p->classes += !p->blind && !p->probing;
	if (s->o.measure && !p->blind)
		dpor_measure(p, dpor_left(p));
	for (size_t i = director_first(s->d); i < count; i++)
		p->timed |= steps[i].kind == POINT_CALL || steps[i].kind == POINT_SEND;
}

static uint32_t dpor_choose(struct strategy *s, enum choice_kind kind, uint32_t count, uint32_t usual)
{
	(void)kind;
	(void)count;
	((struct dpor *)s)->chose = true;
	return usual;
}

static const char *dpor_claim(const struct strategy *s, char *buf, size_t size)
{
	const struct dpor *p = (const struct dpor *)s;
	const char *why = p->too_many              ? "more than 32 contexts act"
			  : p->too_long            ? "a run has more than 8192 steps"
			  : p->timed || p->strayed ? "calls between sides depend on time"
			  : p->chose               ? "choices are not tried"
						   : NULL;
	char tree[120];

	dpor_tell(p, tree, sizeof(tree));
	if (p->over && !why)
		snprintf(buf, size, "complete: %" PRIu64 "/%" PRIu64 " classes", p->classes, p->classes);
	else if (p->over)
		snprintf(buf, size, "not complete: %" PRIu64 " classes and no more, but %s", p->classes, why);
	else
		snprintf(buf, size, "not complete: %s%s%s", tree, why ? "; and " : "", why ? why : "");
	return buf;
}

double strategy_seen(const struct strategy *s)
{
	return s->kind == &strategy_dpor ? ((const struct dpor *)s)->tree.seen : 0;
}

uint64_t strategy_redundant(const struct strategy *s)
{
	return s->kind == &strategy_dpor ? ((const struct dpor *)s)->redundant : 0;
}

const struct strategy_kind strategy_dpor = {.id = STRATEGY_DPOR,
	.size = sizeof(struct dpor),
	.close = dpor_close,
	.next = dpor_next,
	.pick = dpor_pick,
	.choose = dpor_choose,
	.done = dpor_done,
	.claim = dpor_claim};
