/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dpor_weigh.c - how large the tree is of which a search saw a part.
 *
 * Knuth ("Estimating the efficiency of backtrack programs", 1975): walk down a
 * tree at random, and one by the chance of having come to that leaf is, on
 * average, the number of leaves. Interleavings are not what is to be counted,
 * though, but classes of them; so the chance is that of the class, over all
 * orders of its steps. They are the ways through a lattice: at each place, which
 * is how far every actor has come, the walk picks any of those who can go on,
 * and in this class only who has all before it that must come before. Summing
 * up layer by layer counts all the ways at once.
 *
 * The same chance, added up over the classes that were run, is the share of the
 * tree that was seen: it needs no sample, and comes to one when all were run.
 * The sample has to tell only of those that were not.
 *
 * Locking, Errors, Blocking: see strategy.h. Without memory nothing is known.
 */
#include "dpor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYER_MAX 8192u /* places with equally many steps taken; a power of two */
#define PLACES_MAX (1u << 16) /* in all; some milliseconds */
#define STEPS_MAX 8192u

/* How far every actor has come, and the chance that a walk passes here on a way that is of the class. */
struct place {
	double chance;
	uint64_t key;
	uint16_t at[DPOR_ACTORS];
};

struct weigh {
	const struct dpor *p;
	uint32_t held;
	uint32_t nth[STEPS_MAX]; /* by step: which of its actor's it is, from 0 */
	uint32_t of[STEPS_MAX]; /* the steps of each actor, one after the other */
	uint32_t first[DPOR_ACTORS], steps[DPOR_ACTORS]; /* by actor: where in @of they begin; how many */
	struct place places[2][LAYER_MAX];
	uint32_t count[2];
	uint64_t slots[2 * LAYER_MAX]; /* of the next layer: its number, then the place */
	uint32_t layer; /* ever */
};

static bool weigh_has(const struct weigh *w, const struct place *here, uint32_t step)
{
	return w->nth[step] < here->at[w->p->frames[step].chosen];
}

/* Whether an actor could go on here; a run that was stopped has steps that nobody took. */
static bool weigh_enabled(const struct weigh *w, const struct place *here, uint32_t a)
{
	bool over = here->at[a] == w->steps[a];
	uint32_t enabler = over ? w->p->woken[a] : w->p->frames[w->of[w->first[a] + here->at[a]]].enabler;

	if (over && !(w->held >> a & 1))
		return false;
	return !enabler || weigh_has(w, here, enabler - 1);
}

/* Whether all that must come before an actor's next step has come. */
static bool weigh_in_class(const struct weigh *w, const struct place *here, uint32_t a)
{
	const uint32_t *clock = w->p->frames[w->of[w->first[a] + here->at[a]]].clock;

	for (uint32_t b = 0; b < DPOR_ACTORS; b++)
		if (b != a && clock[b] && !weigh_has(w, here, clock[b] - 1))
			return false;
	return true;
}

/* The place of that key in the next layer, made from @here if it is new; NULL: there is no room. */
static struct place *weigh_place(struct weigh *w, unsigned next, const struct place *here, uint32_t a)
{
	uint64_t state = a, key = here->key + explore_random(&state);

	for (uint64_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 40;; i++) {
		uint64_t *slot = &w->slots[i & (2 * LAYER_MAX - 1)];
		struct place *there = &w->places[next][*slot & (LAYER_MAX - 1)];
		if (*slot / LAYER_MAX == w->layer && there->key == key)
			return there;
		if (*slot / LAYER_MAX == w->layer)
			continue;
		if (w->count[next] == LAYER_MAX)
			return NULL;
		*slot = (uint64_t)w->layer * LAYER_MAX + w->count[next];
		there = &w->places[next][w->count[next]++];
		*there = *here;
		there->chance = 0;
		there->key = key;
		there->at[a]++;
		return there;
	}
}

/* What comes to this place goes on, in equal parts, to whoever could. */
static bool weigh_pass_on(struct weigh *w, unsigned next, const struct place *here)
{
	uint32_t line = 0;

	for (uint32_t a = 0; a < DPOR_ACTORS; a++)
		line += weigh_enabled(w, here, a);
	for (uint32_t a = 0; line && a < DPOR_ACTORS; a++) {
		if (here->at[a] == w->steps[a] || !weigh_enabled(w, here, a) || !weigh_in_class(w, here, a))
			continue;
		struct place *there = weigh_place(w, next, here, a);
		if (!there)
			return false;
		there->chance += here->chance / line;
	}
	return true;
}

static void weigh_begin(struct weigh *w, const struct dpor *p, uint32_t held)
{
	uint32_t used = 0;

	w->p = p;
	w->held = held;
	memset(w->steps, 0, sizeof(w->steps));
	for (uint32_t k = 0; k < p->count; k++)
		w->nth[k] = w->steps[p->frames[k].chosen]++;
	for (uint32_t a = 0; a < DPOR_ACTORS; used += w->steps[a++])
		w->first[a] = used;
	for (uint32_t k = 0; k < p->count; k++)
		w->of[w->first[p->frames[k].chosen] + w->nth[k]] = k;
	w->count[0] = 1;
	w->places[0][0] = (struct place){.chance = 1};
}

/* How likely a random walk is to end in the class of the run; false when there are too many places to count. */
static bool weigh_run(struct weigh *w, double *chance)
{
	uint32_t places = 0;

	for (uint32_t k = 0; k < w->p->count; k++) {
		unsigned from = k & 1, next = from ^ 1;
		w->layer++;
		w->count[next] = 0;
		places += w->count[from];
		for (uint32_t i = 0; i < w->count[from]; i++)
			if (!weigh_pass_on(w, next, &w->places[from][i]))
				return false;
		if (places > PLACES_MAX)
			return false;
	}
	*chance = w->places[w->p->count & 1][0].chance;
	return w->count[w->p->count & 1] == 1 && *chance > 0;
}

/* ---- which class it was ------------------------------------------------------------- */

/* Runs of one class have the same steps, each with the same steps before it: a sum, as their order is none. Not 0. */
static uint64_t weigh_class(const struct weigh *w)
{
	uint64_t sum = 0;

	for (uint32_t k = 0; k < w->p->count; k++) {
		const struct dpor_frame *f = &w->p->frames[k];
		uint32_t key[DPOR_ACTORS + 1] = {[DPOR_ACTORS] = f->chosen};
		for (uint32_t a = 0; a < DPOR_ACTORS; a++)
			key[a] = f->clock[a] ? w->nth[f->clock[a] - 1] + 1 : 0;
		sum += explore_hash(EXPLORE_HASH, key, sizeof(key));
	}
	return sum ? sum : 1;
}

static uint64_t *class_find(uint64_t *classes, size_t room, uint64_t class)
{
	size_t i = class & (room - 1);

	while (classes[i] && classes[i] != class)
		i = (i + 1) & (room - 1);
	return &classes[i];
}

static bool class_add(struct dpor_tree *t, uint64_t count, uint64_t class)
{
	if (2 * (count + 1) > t->class_room) {
		size_t room = t->class_room ? 2 * t->class_room : 256;
		uint64_t *classes = calloc(room, sizeof(*classes));
		if (!classes)
			return false;
		for (size_t i = 0; i < t->class_room; i++)
			if (t->classes[i])
				*class_find(classes, room, t->classes[i]) = t->classes[i];
		free(t->classes);
		t->classes = classes;
		t->class_room = room;
	}
	*class_find(t->classes, t->class_room, class) = class;
	return true;
}

/* ---- what it tells ---------------------------------------------------------------------- */

static bool dpor_measure_run(struct dpor *p, uint32_t held)
{
	struct dpor_tree *t = &p->tree;
	double chance;

	if (!t->weigh)
		t->weigh = calloc(1, sizeof(*t->weigh));
	if (!t->weigh)
		return false;
	weigh_begin(t->weigh, p, held);
	if (!weigh_run(t->weigh, &chance))
		return false;
	uint64_t class = weigh_class(t->weigh);
	if (!p->probing) {
		t->seen += chance;
		return class_add(t, p->classes, class);
	}
	t->probes++;
	if (*class_find(t->classes, t->class_room, class) != class) {
		t->sum += 1 / chance;
		t->squares += 1 / chance / chance;
	}
	return true;
}

void dpor_measure(struct dpor *p, uint32_t held)
{
	p->tree.unknown = p->tree.unknown || !dpor_measure_run(p, held);
}

void dpor_tree_free(struct dpor_tree *tree)
{
	free(tree->weigh);
	free(tree->classes);
}

/* By Newton's steps, so that no library for it is needed. */
static double weigh_root(double square)
{
	double root = square > 1 ? square : 1;

	for (unsigned i = 0; i < 2000 && root * root > square * (1 + 1e-9); i++)
		root = (root + square / root) / 2;
	return root;
}

/* Three figures are enough, and more would pretend. */
static const char *weigh_number(double value, char *buf, size_t size)
{
	snprintf(buf, size, "%.3g", value);
	if (value < 1e6)
		snprintf(buf, size, "%.0f", strtod(buf, NULL));
	return buf;
}

/* The mean of all probes, and where it is in 95 of 100 cases if they are as good as normal. */
static size_t weigh_estimate(const struct dpor *p, char *buf, size_t size)
{
	const struct dpor_tree *t = &p->tree;
	double n = (double)t->probes, mean = t->sum / n, run = (double)p->classes;
	double spread = (t->squares - n * mean * mean) / (n - 1) / n;
	double reach = spread > 0 ? 1.96 * weigh_root(spread) : 0, low = mean > reach ? mean - reach : 0;
	char about[24], least[24], most[24];

	return (size_t)snprintf(buf, size, " of about %s classes (%s to %s)",
		weigh_number(run + mean, about, sizeof(about)), weigh_number(run + low, least, sizeof(least)),
		weigh_number(run + mean + reach, most, sizeof(most)));
}

void dpor_tell(const struct dpor *p, char *buf, size_t size)
{
	const struct dpor_tree *t = &p->tree;
	size_t used = (size_t)snprintf(buf, size, "%" PRIu64, p->classes);

	if (t->probes > 1 && !t->unknown)
		used += weigh_estimate(p, buf + used, size - used);
	else
		used += (size_t)snprintf(buf + used, size - used, " classes, not all");
	if (!p->s.o.measure || t->unknown)
		return;
	if (t->seen < 1e-4)
		snprintf(buf + used, size - used, ", less than 0.01 %% of the tree");
	else
		snprintf(buf + used, size - used, ", %.2g %% of the tree", 100 * t->seen);
}
