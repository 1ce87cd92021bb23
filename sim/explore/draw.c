/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * draw.c - holds drawn at random from the points of a run.
 *
 * How far the until point lies behind the held one is drawn log-uniformly:
 * most races need somebody to be late by a few steps, some by a whole call.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <string.h>

#include "pefsim/explore.h"

#define DRAW_TRIES 16u

/* splitmix64 */
uint64_t explore_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t explore_hash(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

const char *finding_signature(const struct finding *f, char *buf, size_t size)
{
	char object[48] = "";

	if (obj_type(f->subject) != OBJ_NONE)
		obj_print(obj_make(obj_type(f->subject), OBJ_NO_GUEST, OBJ_NO_INDEX), object, sizeof(object));
	snprintf(buf, size, "%s%s%s", f->title, object[0] ? " of " : "", object);
	return buf;
}

/* A callee works on its caller's hardware thread: "g0.vcpu0/hv" on that of "g0.vcpu0". */
static bool same_thread(const struct point_list *list, const struct point_seen *a, const struct point_seen *b)
{
	const char *x = list->names[a->context], *y = list->names[b->context];
	size_t len = strcspn(x, "/");

	return a->context == b->context || (len == strcspn(y, "/") && memcmp(x, y, len) == 0);
}

/* A label's record does not tell its text, so no hold can name it. */
static bool can_hold(const struct point_seen *p)
{
	return p->kind != POINT_LABEL;
}

static void draw_name(const struct point_list *list, const struct point_seen *p, struct point_name *out)
{
	*out = (struct point_name){.kind = p->kind, .object = p->object, .nth = p->nth};
	memcpy(out->context, list->names[p->context], sizeof(out->context));
}

/* The first point from @from on that another hardware thread passed; NULL when none is left. */
static const struct point_seen *draw_until(const struct point_list *list, const struct point_seen *at, size_t from)
{
	for (size_t i = from; i < list->count; i++)
		if (can_hold(&list->points[i]) && !same_thread(list, at, &list->points[i]))
			return &list->points[i];
	return NULL;
}

static bool draw_one(const struct point_list *list, uint64_t *random, struct hold *out)
{
	for (unsigned i = 0; i < DRAW_TRIES; i++) {
		size_t index = list->script + explore_random(random) % (list->count - list->script);
		const struct point_seen *at = &list->points[index], *until;
		unsigned bits = 0;

		while (list->count - index > (size_t)1 << (bits + 1) && bits < 60)
			bits++;
		size_t reach = (size_t)1 << explore_random(random) % (bits + 1);
		until = draw_until(list, at, index + 1 + explore_random(random) % reach);
		if (!until || !can_hold(at))
			continue;
		*out = (struct hold){0};
		draw_name(list, at, &out->at);
		draw_name(list, until, &out->until);
		return true;
	}
	return false;
}

/*
 * A schedule is drawn as a person would write it: somebody is held at a point he is known to pass,
 * until somebody else has passed one that came later. One hold in half of the schedules, two in a
 * quarter, three in the rest: the races of this protocol need few.
 */
unsigned holds_draw(const struct point_list *list, uint64_t *random, struct hold *out)
{
	uint64_t bits = explore_random(random);
	unsigned want = bits & 1 ? 1 : bits & 2 ? 2 : EXPLORE_HOLDS_MAX;
	unsigned count = 0;

	if (list->script >= list->count)
		return 0;
	for (unsigned i = 0; i < want; i++)
		count += draw_one(list, random, &out[count]);
	return count;
}
