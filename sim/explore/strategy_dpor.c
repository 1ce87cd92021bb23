/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_dpor.c - one schedule of every class, by partial order reduction.
 *
 * Abdulla, Aronis, Jonsson, Sagonas: "Optimal dynamic partial order reduction",
 * POPL 2014, the algorithm with source sets and sleep sets. Schedules that
 * differ only in the order of steps that commute are one class; a run is looked
 * at for races, pairs of dependent steps that nothing else orders, and for each
 * the other order is run unless a schedule that was planned covers it. Sleep
 * sets keep what was tried beside a step from being tried again behind it. A run
 * in which all that could go on is asleep belongs to a class that was seen; it is
 * told as redundant, and made to its end.
 *
 * A step begins at a point and ends at the next. What it does is told by both
 * (depend.c): a lock is taken behind the one, and was given back before the
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

#define DPOR_STEPS_MAX 8192u
#define DPOR_PROBES 8u /* of a budget, so many parts are probes */

static void dpor_close(struct strategy *s)
{
	dpor_tree_free(&((struct dpor *)s)->tree);
	free(((struct dpor *)s)->frames);
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

/* ---- who commutes with whom --------------------------------------------------------- */

static bool dpor_steps_depend(const struct dpor_step *a, const struct dpor_step *b)
{
	return effects_depend(&a->begin, &b->begin) || effects_depend(&a->begin, &b->end) ||
	       effects_depend(&a->end, &b->begin) || effects_depend(&a->end, &b->end);
}

/* ---- the next schedule --------------------------------------------------------------- */

/* Back to the last moment at which another was planned; p->count 0: there is none. */
static void dpor_go_back(struct dpor *p)
{
	while (p->count) {
		struct dpor_frame *f = &p->frames[p->count - 1];
		f->done |= 1u << f->chosen;
		f->asleep |= 1u << f->chosen;
		f->sleeping[f->chosen] = f->step;
		uint32_t left = f->backtrack & ~f->done & ~f->asleep;
		if (left) {
			f->chosen = (uint32_t)__builtin_ctz(left);
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
	const struct dpor_frame *before = p->count > 1 ? f - 1 : NULL;

	f->asleep = 0;
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

static uint32_t dpor_begin_step(struct dpor *p, uint32_t line)
{
	bool given = p->count < p->prefix;
	struct dpor_frame *f = given ? &p->frames[p->count++] : dpor_add(p);

	if (p->probing) {
		*f = (struct dpor_frame){.enabled = line, .chosen = dpor_by_chance(p, line)};
	} else if (!given) {
		*f = (struct dpor_frame){.enabled = line};
		dpor_sleep(p, f);
		if (!(line & ~f->asleep)) {
			p->count--;
			p->blind = true;
			p->redundant++;
			return (uint32_t)__builtin_ctz(line);
		}
		f->chosen = dpor_usual(p, line & ~f->asleep);
		f->backtrack = 1u << f->chosen;
	}
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

static bool dpor_before(const struct dpor *p, uint32_t i, const uint32_t *clock)
{
	return clock[p->frames[i].chosen] > i;
}

/* Of the steps behind @i that do not come after it, and @j: who takes one that comes after none of them. */
static uint32_t dpor_initials(const struct dpor *p, uint32_t i, uint32_t j)
{
	uint32_t initials = 0, seen = 0;

	for (uint32_t k = i + 1; k <= j; k++) {
		const struct dpor_frame *f = &p->frames[k];
		bool first = !(seen >> f->chosen & 1);
		if (k != j && dpor_before(p, i, f->clock))
			continue;
		seen |= 1u << f->chosen;
		for (uint32_t m = i + 1; first && m < k; m++)
			first = !(!dpor_before(p, i, p->frames[m].clock) && dpor_before(p, m, f->clock));
		initials |= first ? 1u << f->chosen : 0;
	}
	return initials;
}

/* The other order of @i and @j is planned, unless it is already. */
static void dpor_reverse(struct dpor *p, uint32_t i, uint32_t j)
{
	struct dpor_frame *f = &p->frames[i];
	uint32_t initials = dpor_initials(p, i, j) & f->enabled;

	if (initials & (f->backtrack | f->asleep))
		return;
	f->backtrack |= initials ? initials & -initials : f->enabled;
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
			dpor_reverse(p, i, j);
	}
}

/*
 * A run that was stopped has steps that nobody took: what they would have done is not known, so whoever
 * stands before one is tried at every moment since.
 */
static void dpor_stopped(struct dpor *p)
{
	for (uint32_t i = 0; i < p->count; i++) {
		struct dpor_frame *f = &p->frames[i];
		for (uint32_t a = 0; a < DPOR_ACTORS; a++)
			if ((f->enabled & ~f->asleep) >> a & 1 && director_state(p->s.d, a) == DIRECTOR_HELD)
				f->backtrack |= 1u << a;
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
	const char *why = p->too_many   ? "more than 32 contexts act"
			  : p->too_long ? "a run has more than 8192 steps"
			  : p->timed    ? "calls between sides depend on time"
			  : p->chose    ? "choices are not tried"
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
