/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.c - words and records that a second run is asked about.
 *
 * A run with a stale pointer is run again, the same to the last cycle, with the
 * words watched that held it; one with a broken invariant with the records of
 * the trace that show it. Each belongs to one domain, whose region's header
 * keeps the watch, so watching costs other domains nothing.
 *
 * Locking: set before the run, read after it. Errors: addresses outside every
 * region are ignored: nothing can be stored there. Blocking: never.
 */
#include <string.h>

#include "race.h"
#include "region.h"

void hooks_watch(struct engine *engine, const uintptr_t *addresses, unsigned count)
{
	race_view.race = NULL; /* what the hooks let go is decided anew */
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

/* ---- records ---------------------------------------------------------------------- */

static void watch_on_record(uint64_t position)
{
	struct heap *h = region_heap(domain_self());

	for (unsigned i = 0; i < h->record_count; i++) {
		if (h->record_at[i] == position)
			access_note_actor(&h->records[h->record_index[i]]);
	}
}

/* By insertion: there are a few. */
static void watch_add_record(struct heap *h, uint64_t position, unsigned index)
{
	unsigned at = h->record_count++;

	for (; at > 0 && h->record_at[at - 1] > position; at--) {
		h->record_at[at] = h->record_at[at - 1];
		h->record_index[at] = h->record_index[at - 1];
	}
	h->record_at[at] = position;
	h->record_index[at] = index;
}

void hooks_watch_records(struct engine *engine, const struct engine_key *keys, unsigned count)
{
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		struct domain *d = engine_domain(engine, i);
		struct heap *h = region_heap(d);

		h->record_count = 0;
		memset(h->records, 0, sizeof(h->records));
		for (unsigned k = 0; k < count && k < HOOKS_RECORDS_MAX; k++)
			if (keys[k].domain == i)
				watch_add_record(h, keys[k].position, k);
		trace_ring_watch(domain_trace(d), h->record_at, h->record_count, watch_on_record);
	}
}

bool hooks_record(const struct engine *engine, unsigned index, struct hooks_store *out)
{
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		const struct heap *h = region_heap(engine_domain(engine, i));

		if (index < HOOKS_RECORDS_MAX && h->records[index].seen) {
			*out = h->records[index];
			return true;
		}
	}
	return false;
}
