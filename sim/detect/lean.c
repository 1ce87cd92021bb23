/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lean.c - the simulated heap of a run without detectors.
 *
 * A machine of a terabyte has millions of small objects. Where nobody asks who
 * used what, an object costs its size, rounded up to 16 bytes, and one word for
 * its name; and memory that was freed is used again, the last first. Small
 * objects of one size share chunks of 64 KiB, a bigger one has chunks of its
 * own. Names say which places are taken, so that a wrong free is told here, too.
 *
 *   chunk: header | name of each place | places
 *
 * Locking: a heap belongs to its domain. Errors: NULL when the region is used
 * up; a wrong free is a value. Blocking: never.
 */
#include "lean.h"

#define LEAN_CHUNK ((uintptr_t)64 << 10)
#define LEAN_BIG_HEAD 64u

/*
 * The name of a place: the object's, and in its four upper bits how many bytes
 * less than the place has were asked for. Types of objects are small numbers.
 */
#define LEAN_SLACK_SHIFT 60u
#define LEAN_NOBODY UINT64_MAX
_Static_assert(OBJ_TYPE_COUNT < 0xfff, "a type leaves room for the slack");

struct lean_chunk {
	struct lean_chunk *next; /* with room, of the same size; big: the next unused one */
	uint64_t size; /* of a place, or of the one big object */
	uint32_t places; /* 0: one big object */
	uint32_t fresh; /* places never taken so far start here */
	uint32_t free_head; /* index + 1 of the place freed last */
	uint32_t chunks; /* big: how many it takes */
	uint64_t names[];
};

static char *lean_places(struct lean_chunk *c)
{
	uintptr_t after = (uintptr_t)&c->names[c->places];
	return (char *)((after + HEAP_ALIGN - 1) & ~(uintptr_t)(HEAP_ALIGN - 1));
}

static bool lean_has_room(const struct lean_chunk *c)
{
	return c->free_head || c->fresh < c->places;
}

static struct lean_chunk *lean_chunks_new(struct heap *h, uint64_t chunks)
{
	uintptr_t at = h->lean_top;
	if (chunks * LEAN_CHUNK > h->lean_end - at)
		return NULL;
	h->lean_heads[(at - h->lean_base) / LEAN_CHUNK] = 1;
	h->lean_top += chunks * LEAN_CHUNK;
	return (struct lean_chunk *)at;
}

/* ---- small objects ---------------------------------------------------------------- */

static struct lean_chunk *lean_small_new(struct heap *h, size_t size)
{
	struct lean_chunk *c = lean_chunks_new(h, 1);
	if (!c)
		return NULL;
	domain_heap_touch(domain_self(), (const char *)c + LEAN_CHUNK);
	c->size = size;
	c->places = (uint32_t)((LEAN_CHUNK - sizeof(*c) - HEAP_ALIGN) / (size + sizeof(c->names[0])));
	h->lean_used += sizeof(*c);
	return c;
}

static uint32_t lean_pick(struct heap *h, struct lean_chunk *c)
{
	uint32_t index = c->free_head ? c->free_head - 1 : c->fresh++;
	uint32_t *place = (uint32_t *)(lean_places(c) + index * c->size);
	if (c->free_head)
		c->free_head = *place;
	h->lean_used += c->size + sizeof(c->names[0]);
	return index;
}

static void *lean_small(struct heap *h, size_t size, obj_t name)
{
	size_t whole = (size + HEAP_ALIGN - 1) & ~(size_t)(HEAP_ALIGN - 1);
	struct lean_chunk **list = &h->lean_lists[whole / HEAP_ALIGN];
	if (!*list && !(*list = lean_small_new(h, whole)))
		return NULL;
	struct lean_chunk *c = *list;
	uint32_t index = lean_pick(h, c);
	c->names[index] = name.w | (uint64_t)(whole - size) << LEAN_SLACK_SHIFT;
	if (!lean_has_room(c))
		*list = c->next;
	return memset(lean_places(c) + index * whole, 0, whole);
}

/* ---- big objects -------------------------------------------------------------------- */

/* A free one of exactly that many chunks, or new ones, which are zero. */
static void *lean_big(struct heap *h, size_t size, obj_t name)
{
	uint64_t chunks = (size + LEAN_BIG_HEAD + LEAN_CHUNK - 1) / LEAN_CHUNK;
	struct lean_chunk **link = &h->lean_big;
	while (*link && (*link)->chunks != chunks)
		link = &(*link)->next;
	struct lean_chunk *c = *link;
	char *start;
	if (c) {
		*link = c->next;
		start = memset((char *)c + LEAN_BIG_HEAD, 0, size);
	} else {
		c = lean_chunks_new(h, chunks);
		if (!c)
			return NULL;
		start = (char *)c + LEAN_BIG_HEAD;
		domain_heap_touch(domain_self(), start + size);
		c->chunks = (uint32_t)chunks;
	}
	h->lean_used += LEAN_BIG_HEAD + size;
	c->size = size;
	c->names[0] = name.w;
	return start;
}

void *lean_take(struct heap *h, size_t size, obj_t name)
{
	return size < HEAP_ALIGN * LEAN_LISTS - HEAP_ALIGN ? lean_small(h, size, name) : lean_big(h, size, name);
}

/* ---- back ----------------------------------------------------------------------------- */

static enum lean_result lean_give_small(
	struct heap *h, struct lean_chunk *c, uintptr_t within, size_t *size, obj_t *name)
{
	uint64_t index = within / c->size;
	if (within % c->size || index >= c->fresh)
		return LEAN_NO_OBJECT;
	if (c->names[index] == LEAN_NOBODY)
		return LEAN_FREE_TWICE;
	*size = c->size - (size_t)(c->names[index] >> LEAN_SLACK_SHIFT);
	*name = (obj_t){c->names[index] & ((UINT64_C(1) << LEAN_SLACK_SHIFT) - 1)};
	c->names[index] = LEAN_NOBODY;
	h->lean_used -= c->size + sizeof(c->names[0]);
	if (!lean_has_room(c)) {
		c->next = h->lean_lists[c->size / HEAP_ALIGN];
		h->lean_lists[c->size / HEAP_ALIGN] = c;
	}
	*(uint32_t *)(lean_places(c) + within) = c->free_head;
	c->free_head = (uint32_t)index + 1;
	return LEAN_FREED;
}

static enum lean_result lean_give_big(struct heap *h, struct lean_chunk *c, size_t *size, obj_t *name)
{
	if (c->names[0] == LEAN_NOBODY)
		return LEAN_FREE_TWICE;
	*size = c->size;
	*name = (obj_t){c->names[0]};
	c->names[0] = LEAN_NOBODY;
	h->lean_used -= LEAN_BIG_HEAD + c->size;
	c->next = h->lean_big;
	h->lean_big = c;
	return LEAN_FREED;
}

enum lean_result lean_give(struct heap *h, void *ptr, size_t *size, obj_t *name)
{
	uintptr_t at = (uintptr_t)ptr;
	struct lean_chunk *c = (struct lean_chunk *)(at & ~(LEAN_CHUNK - 1));
	if (at - h->lean_base >= h->lean_top - h->lean_base || !h->lean_heads[(at - h->lean_base) / LEAN_CHUNK])
		return LEAN_NO_OBJECT;
	if (c->places)
		return at < (uintptr_t)lean_places(c)
			       ? LEAN_NO_OBJECT
			       : lean_give_small(h, c, at - (uintptr_t)lean_places(c), size, name);
	return at == (uintptr_t)c + LEAN_BIG_HEAD ? lean_give_big(h, c, size, name) : LEAN_NO_OBJECT;
}
