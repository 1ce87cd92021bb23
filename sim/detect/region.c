/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * region.c - lay out a domain's heap region.
 *
 * The parts are fixed fractions of whatever the engine lends: a quarter is
 * data; the table has room for the worst case of smallest objects; the rest is
 * for chains. Fractions, so that a test's small arena and the usual one of many
 * gigabytes need no settings.
 *
 * Locking: a region belongs to its domain. Errors: a region too small to be of
 * use stops the process with a message. Blocking: never.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "region.h"

#define REGION_PAGE 4096u
#define REGION_MIN (UINT64_C(1) << 20)
/* The least an object takes: itself and one red zone. */
#define OBJECT_FOOTPRINT (HEAP_ALIGN + HEAP_RED_ZONE)

void region_die(const char *format, ...)
{
	va_list args;

	fputs("pefsim: bug in simulated code: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

static uintptr_t region_page_up(uintptr_t address)
{
	return (address + REGION_PAGE - 1) & ~(uintptr_t)(REGION_PAGE - 1);
}

static void region_lay_out(struct heap *h, uintptr_t base, size_t size)
{
	uintptr_t at = region_page_up(base + sizeof(*h));

	if (size < REGION_MIN)
		region_die("the heap region has only %zu bytes", size);
	h->base = base;
	h->size = size;
	h->data_size = (size / 4) & ~(size_t)(REGION_PAGE - 1);
	h->object_max = (uint32_t)(h->data_size / OBJECT_FOOTPRINT);
	h->chain_words = (uintptr_t *)at;
	h->chain_max = (uint32_t)(size / 32 / sizeof(uintptr_t));
	h->chain_used = 1; /* number 0 means no chain */
	at = region_page_up(at + h->chain_max * sizeof(uintptr_t));
	h->shadow = (int8_t *)at;
	at = region_page_up(at + h->data_size / SHADOW_GRANULE);
	h->objects = (struct heap_object *)at;
	at = region_page_up(at + h->object_max * sizeof(*h->objects));
	h->data = at;
	if (at + h->data_size > base + size)
		region_die("the heap region of %zu bytes cannot be divided", size);
}

struct heap *region_heap(const struct domain *d)
{
	size_t size;
	struct heap *h = domain_heap_region(d, &size);

	if (!h->base)
		region_lay_out(h, (uintptr_t)h, size);
	return h;
}
