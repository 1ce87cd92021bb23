/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * follow.c - see follow.h.
 *
 * A step is recorded when somebody comes to a point; what lies behind the point
 * is done when he goes on from there. So whoever has come to a point stays until
 * all that was recorded before his hardware thread's next step has been come to.
 * Then what lies between two steps of a thread is done at the latest moment that
 * the record allows, and a thread of which all steps stand in a row is never held.
 *
 * Each context looks for its own next step only a little ahead, since the same
 * lock is taken again and again, and a match far away is none.
 *
 * Locking: one host thread. Errors: NULL without memory. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/follow.h"

#define FOLLOW_AHEAD 16u /* steps of a context that may be left out at once */

struct follow {
	const struct record_steps *steps;
	struct director *d;
	const char **names; /* of the contexts, each once, sorted */
	uint32_t name_count;
	size_t *next; /* of each step: the next of its context; count: none */
	size_t *at; /* of each context: the step that it comes to next */
	bool *done;
	size_t cursor; /* all before it are done */
	size_t taken, added;
};

static const struct record_point *follow_step(const struct follow *f, size_t at)
{
	return &f->steps->points[f->steps->steps[at]];
}

/* ---- life ------------------------------------------------------------------------ */

static int follow_names_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The number of a context; @name_count when the record has none of that name. */
static uint32_t follow_name(const struct follow *f, const char *context)
{
	const char **found = bsearch(&context, f->names, f->name_count, sizeof(*f->names), follow_names_compare);

	return found ? (uint32_t)(found - f->names) : f->name_count;
}

/* A damaged file may name as many contexts as it has points. */
static void follow_sort_names(struct follow *f)
{
	uint32_t count = f->steps->point_count;

	for (uint32_t i = 0; i < count; i++)
		f->names[i] = f->steps->points[i].context;
	qsort(f->names, count, sizeof(*f->names), follow_names_compare);
	for (uint32_t i = 0; i < count; i++)
		if (!f->name_count || strcmp(f->names[f->name_count - 1], f->names[i]) != 0)
			f->names[f->name_count++] = f->names[i];
}

/* From the last step to the first, so that what is met last is what comes next. */
static void follow_link(struct follow *f)
{
	for (uint32_t i = 0; i < f->name_count; i++)
		f->at[i] = f->steps->count;
	for (size_t i = f->steps->count; i-- > 0;) {
		size_t *at = &f->at[follow_name(f, follow_step(f, i)->context)];
		f->next[i] = *at;
		*at = i;
	}
}

void follow_begin(struct follow *f, struct director *d, size_t first)
{
	f->d = d;
	f->taken = f->added = 0;
	memset(f->done, 0, f->steps->count * sizeof(*f->done));
	follow_link(f);
	for (f->cursor = 0; f->cursor < first && f->cursor < f->steps->count; f->cursor++) {
		f->done[f->cursor] = true;
		f->at[follow_name(f, follow_step(f, f->cursor)->context)] = f->next[f->cursor];
	}
}

struct follow *follow_open(const struct record_steps *steps)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->steps = steps;
	f->names = calloc((size_t)steps->point_count + 1, sizeof(*f->names));
	f->at = calloc((size_t)steps->point_count + 1, sizeof(*f->at));
	f->next = calloc(steps->count + 1, sizeof(*f->next));
	f->done = calloc(steps->count + 1, sizeof(*f->done));
	if (!f->names || !f->at || !f->next || !f->done) {
		follow_close(f);
		return NULL;
	}
	follow_sort_names(f);
	follow_link(f);
	return f;
}

void follow_close(struct follow *f)
{
	if (!f)
		return;
	free(f->names);
	free(f->at);
	free(f->next);
	free(f->done);
	free(f);
}

size_t follow_taken(const struct follow *f, size_t *added)
{
	if (added)
		*added = f->added;
	return f->taken;
}

/* ---- whose turn it is -------------------------------------------------------------- */

/* "g0.vcpu0" and "g0.vcpu0/hv" are the same hardware thread. */
static bool follow_same_thread(const char *a, const char *b)
{
	size_t len = strcspn(a, "/");

	return strcspn(b, "/") == len && !memcmp(a, b, len);
}

static bool follow_is_of(const struct follow *f, size_t step, unsigned actor)
{
	return follow_same_thread(follow_step(f, step)->context, director_name(f->d, actor));
}

static void follow_advance(struct follow *f)
{
	while (f->cursor < f->steps->count && f->done[f->cursor])
		f->cursor++;
}

static void follow_release(struct follow *f, bool all)
{
	unsigned count;
	const uint32_t *held = director_held(f->d, &count);

	for (unsigned i = count; i-- > 0; held = director_held(f->d, &count))
		if (all || follow_is_of(f, f->cursor, held[i]))
			director_release(f->d, held[i]);
}

/* The step that a context has come to; count when it is none of its next ones. */
static size_t follow_find(const struct follow *f, uint32_t name, const struct director_step *step)
{
	size_t at = f->at[name];

	for (unsigned i = 0; i < FOLLOW_AHEAD && at < f->steps->count; i++, at = f->next[at]) {
		const struct record_point *p = follow_step(f, at);
		if (p->kind == step->kind && p->object.w == step->object.w)
			return at;
	}
	return f->steps->count;
}

/*X:125
 * A recorded run is a row of steps, and whoever is early waits until his comes. It is led by who comes
 * to what, not by cycles, so that most of it survives an edit: what is new goes on at once, and what is
 * gone is not waited for.
 :*/
static bool follow_point(void *arg, struct director *d, unsigned self)
{
	struct follow *f = arg;
	uint32_t name = follow_name(f, director_name(d, self));
	size_t count = f->steps->count, at = count;

	if (name < f->name_count)
		at = follow_find(f, name, director_point(d, self));
	if (at == count) {
		f->added++;
		return true;
	}
	f->taken++;
	for (; f->at[name] <= at; f->at[name] = f->next[f->at[name]])
		f->done[f->at[name]] = true;
	follow_advance(f);
	if (f->cursor == count || !follow_is_of(f, f->cursor, self))
		follow_release(f, f->cursor == count);
	return f->cursor == count || follow_is_of(f, f->cursor, self);
}

/* Nobody comes to the step that is due: the next one for which somebody stands ready is. */
static void follow_idle(void *arg, struct director *d)
{
	struct follow *f = arg;
	unsigned count;
	const uint32_t *held = director_held(d, &count);

	for (size_t at = f->cursor; at < f->steps->count; at++) {
		for (unsigned i = 0; !f->done[at] && i < count; i++) {
			if (!follow_is_of(f, at, held[i]))
				continue;
			f->cursor = at;
			follow_release(f, false);
			return;
		}
	}
	f->cursor = f->steps->count;
	follow_release(f, true);
}

const struct director_ops follow_ops = {.point = follow_point, .idle = follow_idle};

struct director *follow_direct(struct follow *f, struct engine *engine)
{
	f->d = engine_direct(engine, &follow_ops, f);
	return f->d;
}
