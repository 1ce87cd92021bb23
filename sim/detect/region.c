/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * region.c - lay out a domain's heap region.
 *
 * Chains get a fixed part, small enough that it does not matter and big enough
 * for the code there is; the rest of what the engine lends is extents, as many
 * as fit. Without detectors there are neither: see lean.c.
 *
 * Locking: a region belongs to its domain. Errors: a region too small to be of
 * use stops the process with a message. Blocking: never.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "region.h"

#define REGION_PAGE 4096u

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

/* In the place of the extents, which stay empty. */
static void region_lay_out_lean(struct heap *h, size_t size)
{
	h->lean = true;
	h->lean_heads = (uint8_t *)(h->origin + EXTENT_MIN);
	h->lean_base = ((uintptr_t)h->lean_heads + size / EXTENT_MIN + EXTENT_MIN - 1) & ~(EXTENT_MIN - 1);
	h->lean_top = h->lean_base;
	h->lean_end = ((uintptr_t)h + size) & ~(EXTENT_MIN - 1);
}

static void region_lay_out(struct domain *d, struct heap *h, size_t size)
{
	uintptr_t start = (uintptr_t)h, chains = region_page_up(start + sizeof(*h));
	uintptr_t extents = chains + CHAIN_POOL_SIZE;

	h->chain_words = (uintptr_t *)chains;
	h->chain_max = CHAIN_POOL_SIZE / sizeof(uintptr_t);
	h->chain_used = 1; /* number 0 means no chain */
	h->origin = extents - EXTENT_MIN;
	while (h->extent_max < EXTENTS_MAX && h->origin + 2 * extent_size(h->extent_max) <= start + size)
		h->extent_max++;
	if (h->extent_max == 0)
		region_die("the heap region has only %zu bytes", size);
	h->span = extent_size(h->extent_max) - EXTENT_MIN;
	domain_heap_touch(d, (void *)extents);
}

struct heap *region_heap(const struct domain *d)
{
	size_t size;
	struct heap *h = domain_heap_region(d, &size);

	if (h->origin)
		return h;
	region_lay_out(engine_domain(domain_engine(d), domain_index(d)), h, size);
	if (engine_detectors_off(domain_engine(d)))
		region_lay_out_lean(h, size);
	return h;
}

/* Domains lie one behind the other; stacks, which domain_range() leaves out, take less than the rest. */
void region_arenas(uintptr_t *lo, uintptr_t *size)
{
	const struct engine *engine = domain_engine(engine_tls.domain);
	uintptr_t last;
	size_t range;

	domain_range(engine_domain(engine, 0), lo, &range);
	domain_range(engine_domain(engine, engine_domain_count(engine) - 1), &last, &range);
	*size = last - *lo + 2 * range;
}
