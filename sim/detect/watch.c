/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.c - words whose stores are remembered.
 *
 * A run with a stale pointer is run again, the same to the last cycle, with the
 * words watched that held it. Each word lies in one domain's region, whose
 * header keeps the watch, so watching costs other domains nothing.
 *
 * Locking: set before the run, read after it. Errors: addresses outside every
 * region are ignored: nothing can be stored there. Blocking: never.
 */
#include <string.h>

#include "region.h"

void hooks_watch(struct engine *engine, const uintptr_t *addresses, unsigned count)
{
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		struct heap *h = region_heap(engine_domain(engine, i));

		h->watch_count = count < HOOKS_WATCH_MAX ? count : HOOKS_WATCH_MAX;
		memcpy(h->watch, addresses, h->watch_count * sizeof(*addresses));
		memset(h->stores, 0, sizeof(h->stores));
	}
}

bool hooks_watch_last(const struct engine *engine, unsigned index, struct hooks_store *out)
{
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		const struct heap *h = region_heap(engine_domain(engine, i));

		if (index < h->watch_count && h->stores[index].seen) {
			*out = h->stores[index];
			return true;
		}
	}
	return false;
}
