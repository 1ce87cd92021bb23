/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * draw.c - holds drawn at random from the points of a run.
 *
 * How far the until point lies behind the held one is drawn log-uniformly:
 * most races need somebody to be late by a few steps, some by a whole call.
 * Half of the points are drawn from those where a lock, an object or a
 * reference has just changed hands.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <stdio.h>
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

/* A label's record has the number of its event; a hold wants the text. */
static bool can_hold(const struct point_list *list, const struct point_seen *p)
{
	return p->kind != POINT_LABEL || obj_index(p->object) < list->event_count;
}

/* "vcpu0.paged_in" is "paged_in" to a hold: its context says whose label it is. */
static void draw_label(const struct point_list *list, const struct point_seen *p, struct point_name *out)
{
	const char *event = list->events[obj_index(p->object)], *dot = strrchr(event, '.');

	snprintf(out->label, sizeof(out->label), "%s", dot ? dot + 1 : event);
	out->object = OBJ_NULL;
}

static void draw_name(const struct point_list *list, const struct point_seen *p, struct point_name *out)
{
	*out = (struct point_name){.kind = p->kind, .object = p->object, .nth = p->nth};
	memcpy(out->context, list->names[p->context], sizeof(out->context));
	if (p->kind == POINT_LABEL)
		draw_label(list, p, out);
}

/* Whether a point is one where something has just changed hands: where races have their windows. */
static bool is_edge(const struct point_seen *p)
{
	switch (p->kind) {
	case POINT_ACQUIRED:
	case POINT_RELEASE:
	case POINT_ALLOC:
	case POINT_FREE:
	case POINT_REF:
	case POINT_WAKE:
		return true;
	case POINT_ACQUIRE:
	case POINT_WAIT:
	case POINT_SEND:
	case POINT_RECEIVE:
	case POINT_CALL:
	case POINT_ENTER:
	case POINT_LEAVE:
	case POINT_RETURN:
	case POINT_FAULT:
	case POINT_LABEL:
	case POINT_START:
	case POINT_WOKEN:
	case POINT_KIND_COUNT:
		break;
	}
	return false;
}

/* A point by chance, of a hardware thread by chance: who passes few points is held as often as who passes many. */
static const struct point_seen *draw_at(const struct point_list *list, uint64_t *random, bool edges)
{
	size_t count = list->count - list->script;
	const struct point_seen *first = &list->points[list->script], *some = first + explore_random(random) % count;
	uint32_t context = (uint32_t)(explore_random(random) % list->name_count);
	const struct point_seen like = {.context = context};

	for (unsigned i = 0; i < 64; i++, some = first + explore_random(random) % count)
		if (can_hold(list, some) && same_thread(list, some, &like) && (!edges || is_edge(some)))
			return some;
	return NULL;
}

/* The @nth later point that another hardware thread passed; fewer when there are not so many; NULL for none. */
static const struct point_seen *draw_later(
	const struct point_list *list, const struct point_seen *at, size_t nth, bool edges)
{
	const struct point_seen *end = list->points + list->count, *found = NULL;

	for (const struct point_seen *p = at + 1; p < end && nth; p++) {
		if (!can_hold(list, p) || same_thread(list, at, p) || (edges && !is_edge(p)))
			continue;
		found = p;
		nth--;
	}
	return found;
}

static bool draw_one(const struct point_list *list, uint64_t *random, struct hold *out)
{
	for (unsigned i = 0; i < DRAW_TRIES; i++) {
		uint64_t bits = explore_random(random);
		const struct point_seen *at = draw_at(list, random, bits & 1), *until;
		size_t left = at ? (size_t)(list->points + list->count - at) : 0;
		unsigned reach = 0;

		while (left >> (reach + 1))
			reach++;
		size_t most = (size_t)1 << explore_random(random) % (reach + 1);
		until = at ? draw_later(list, at, 1 + explore_random(random) % most, bits & 2) : NULL;
		if (!until)
			continue;
		*out = (struct hold){0};
		draw_name(list, at, &out->at);
		draw_name(list, until, &out->until);
		return true;
	}
	return false;
}

/*X:110
 * A schedule is drawn as a person would write it: somebody is held at a point he is known to pass,
 * until somebody else has passed one that came later. One hold in half of the schedules, two in a
 * quarter, three in the rest: the races of this protocol need few.
 :*/
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
