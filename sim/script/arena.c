/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena.c - memory of one scenario, freed as a whole.
 *
 * A scenario is made of many small arrays that all die together, so the reader
 * never frees a part; what it made on the way to a mistake dies the same way.
 *
 * Locking: none. Errors: without memory the program ends. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define CHUNK_SIZE (64u * 1024u)

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};
struct script_arena {
	struct chunk *chunks;
};

static void *host_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p) {
		fputs("pefsim: out of memory\n", stderr);
		exit(PEF_EXIT_BUG);
	}
	return p;
}

struct script_arena *script_arena_create(void)
{
	return host_alloc(sizeof(struct script_arena));
}

void script_arena_destroy(struct script_arena *a)
{
	struct chunk *next;

	if (!a)
		return;
	for (struct chunk *c = a->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

void *script_alloc(struct script_arena *a, size_t size)
{
	struct chunk *c = a->chunks;
	void *p;

	size = (size + 15u) & ~(size_t)15u;
	if (!c || c->size - c->used < size) {
		size_t bytes = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		c = host_alloc(sizeof(*c) + bytes);
		c->size = bytes;
		c->next = a->chunks;
		a->chunks = c;
	}
	p = c->bytes + c->used;
	c->used += size;
	return p;
}

char *script_copy(struct script_arena *a, const char *text, size_t len)
{
	char *copy = script_alloc(a, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *script_format(struct script_arena *a, const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return script_copy(a, text, strlen(text));
}

void *script_grow(struct script_arena *a, void *items, unsigned count, size_t size)
{
	void *grown;

	/* Room is always the next power of two, so only a full array moves. */
	if (count & (count - 1))
		return items;
	grown = script_alloc(a, size * (count ? count * 2u : 1u));
	if (count)
		memcpy(grown, items, size * count);
	return grown;
}
