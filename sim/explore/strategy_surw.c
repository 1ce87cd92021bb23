/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_surw.c - a selectively uniform random walk.
 *
 * Zhao, Yang, Nie, Sen et al.: "Selectively uniform concurrency testing",
 * ASPLOS 2025. Of all operations only those on one object, drawn by chance,
 * count. Whose operation on it comes next is drawn in proportion to how many
 * each thread has left, which is uniform over their interleavings; in between
 * threads go on by chance, but nobody passes such an operation out of turn. How
 * many there are is counted in the run before.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>
#include <string.h>

#include "strategy_private.h"

#define SURW_OBJECTS_MAX 256u
#define SURW_THREADS_MAX 256u

struct surw {
	struct strategy s;
	uint64_t objects[SURW_OBJECTS_MAX]; /* that two threads touched, in the run before */
	unsigned object_count;
	uint64_t object; /* that counts in this run; 0: none */
	uint32_t seen[SURW_THREADS_MAX]; /* by thread: operations on it in the run before */
	uint32_t left[SURW_THREADS_MAX];
	unsigned threads; /* that there were in any run */
	uint32_t turn; /* the thread whose operation is to be next */
};

static uint32_t surw_thread(const struct strategy *s, uint32_t actor)
{
	return director_thread(s->d, actor) % SURW_THREADS_MAX;
}

/* The one who is next, in proportion to what is left; a thread that can go on when nothing is. */
static void surw_draw(struct surw *u)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < u->threads; i++)
		sum += u->left[i];
	uint64_t at = sum ? strategy_below(&u->s, sum) : 0;
	u->turn = DIRECTOR_NOBODY;
	for (unsigned i = 0; sum && i < u->threads; i++) {
		if (at < u->left[i]) {
			u->turn = i;
			return;
		}
		at -= u->left[i];
	}
}

static void surw_count(struct surw *u)
{
	size_t count;
	const struct director_step *steps = director_steps(u->s.d, &count);

	u->threads = director_actors(u->s.d) < SURW_THREADS_MAX ? director_actors(u->s.d) : SURW_THREADS_MAX;
	memset(u->seen, 0, u->threads * sizeof(u->seen[0]));
	for (size_t i = director_first(u->s.d); i < count; i++)
		u->seen[surw_thread(&u->s, steps[i].actor)] += steps[i].object.w == u->object;
}

static bool surw_next(struct strategy *s)
{
	struct surw *u = (struct surw *)s;

	u->object = u->object_count ? u->objects[strategy_below(s, u->object_count)] : 0;
	if (s->d && u->object)
		surw_count(u);
	memcpy(u->left, u->seen, u->threads * sizeof(u->left[0]));
	surw_draw(u);
	return true;
}

static bool surw_waits(const struct surw *u, uint32_t actor)
{
	return u->turn != DIRECTOR_NOBODY && director_point(u->s.d, actor)->object.w == u->object &&
	       surw_thread(&u->s, actor) != u->turn;
}

static uint32_t surw_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	struct surw *u = (struct surw *)s;
	unsigned free = 0;

	for (unsigned i = 0; i < count; i++)
		free += !surw_waits(u, who[i]);
	/* Nobody may pass: whose turn it is cannot come, as it waits for one of these. */
	uint64_t at = strategy_below(s, free ? free : count);
	unsigned i = 0;
	for (; at || (free && surw_waits(u, who[i])); i++)
		at -= !free || !surw_waits(u, who[i]);
	uint32_t best = who[i];
	if (u->object && director_point(s->d, best)->object.w == u->object) {
		u->left[surw_thread(s, best)] -= u->left[surw_thread(s, best)] > 0;
		surw_draw(u);
	}
	return best;
}

/* What a run says of an object. */
struct surw_met {
	uint64_t object;
	size_t first; /* 1 + the first step on it; 0: an empty place of the table */
	uint32_t thread; /* whose that was */
	bool shared; /* others had steps on it, too */
};

static struct surw_met *surw_meet(struct surw_met *met, size_t room, uint64_t object)
{
	size_t at = (size_t)(object * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (room - 1);

	while (met[at].first && met[at].object != object)
		at = (at + 1) & (room - 1);
	return &met[at];
}

static bool surw_knows(const struct surw *u, uint64_t object)
{
	for (unsigned i = 0; i < u->object_count; i++)
		if (u->objects[i] == object)
			return true;
	return false;
}

/* Those that two threads touched, in the order in which a run came to them. */
static void surw_learn(struct surw *u, const struct director_step *steps, size_t count)
{
	size_t room = 64;

	while (room < 2 * count)
		room *= 2;
	struct surw_met *met = calloc(room, sizeof(*met));
	for (size_t i = 0; met && i < count; i++) {
		struct surw_met *m = surw_meet(met, room, steps[i].object.w);
		uint32_t thread = director_thread(u->s.d, steps[i].actor);
		if (!m->first)
			*m = (struct surw_met){steps[i].object.w, i + 1, thread, false};
		m->shared |= m->thread != thread;
	}
	for (size_t i = 0; met && i < count && u->object_count < SURW_OBJECTS_MAX; i++) {
		const struct surw_met *m = surw_meet(met, room, steps[i].object.w);
		if (m->first == i + 1 && m->shared && !surw_knows(u, m->object))
			u->objects[u->object_count++] = m->object;
	}
	free(met);
}

/* The objects that matter are known after a run or two; looking again now and then finds late ones. */
static void surw_done(struct strategy *s)
{
	struct surw *u = (struct surw *)s;
	size_t count, first = director_first(s->d);
	const struct director_step *steps = director_steps(s->d, &count);

	if (!(s->number & (s->number - 1)))
		surw_learn(u, steps + first, count - first);
}

const struct strategy_kind strategy_surw = {
	.id = STRATEGY_SURW, .size = sizeof(struct surw), .next = surw_next, .pick = surw_pick, .done = surw_done};
