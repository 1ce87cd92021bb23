/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * merge.c - the domains' streams as one, by (cycle, domain, position).
 *
 * Each stream is in order already, so the next event is the least of the heads.
 * There are at most PEF_DOMAINS_MAX heads; looking at all of them is cheaper
 * than a heap's branches. When a ring has wrapped, its older records are gone,
 * and a merged stream that showed the others' would tell half a story: reading
 * begins where every ring still has all.
 *
 * Locking: none; the run has ended.
 * Errors: without memory for the reader the process stops with a message.
 * Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hash.h"
#include "pefsim/engine.h"

struct merge_head {
	const struct trace_ring *ring;
	uint64_t next; /* position of the next record */
};

struct trace_merge {
	unsigned count;
	struct merge_head heads[PEF_DOMAINS_MAX];
};

static const struct trace_rec *head_record(const struct merge_head *head)
{
	return head->next < head->ring->count ? &head->ring->recs[head->next & (head->ring->cap - 1)] : NULL;
}

/* Where reading begins: the latest of the first kept records of rings that wrapped. */
static void merge_find_start(const struct trace_merge *merge, uint64_t *cycle, unsigned *domain)
{
	*cycle = 0;
	*domain = 0;
	for (unsigned i = 0; i < merge->count; i++) {
		const struct trace_rec *first = head_record(&merge->heads[i]);

		if (merge->heads[i].ring->folded_count == 0 || first == NULL || first->cycle < *cycle)
			continue;
		*cycle = first->cycle;
		*domain = i;
	}
}

struct trace_merge *trace_merge_open(const struct engine *engine)
{
	struct trace_merge *merge = calloc(1, sizeof(*merge));
	uint64_t cycle;
	unsigned domain;

	if (merge == NULL) {
		fprintf(stderr, "pefsim: the host has no memory left to read a trace\n");
		abort();
	}
	merge->count = engine_domain_count(engine);
	for (unsigned i = 0; i < merge->count; i++) {
		struct trace_ring *ring = domain_trace(engine_domain(engine, i));

		merge->heads[i] = (struct merge_head){ring, ring->folded_count};
	}
	merge_find_start(merge, &cycle, &domain);
	for (unsigned i = 0; i < merge->count; i++) {
		const struct trace_rec *r;

		while ((r = head_record(&merge->heads[i])) != NULL &&
			(r->cycle < cycle || (r->cycle == cycle && i < domain)))
			merge->heads[i].next++;
	}
	return merge;
}

struct trace_merge *trace_merge_open_at(const struct engine *engine, const uint64_t skip[PEF_DOMAINS_MAX])
{
	struct trace_merge *merge = trace_merge_open(engine);

	for (unsigned i = 0; i < merge->count; i++)
		if (merge->heads[i].next < skip[i])
			merge->heads[i].next = skip[i];
	return merge;
}

/*T:120
 * Each domain has written its own stream, on its own host thread perhaps. The order between them is
 * not when they were written but (cycle, domain, position); so merging gives one story, the same one
 * every time.
 :*/
bool trace_merge_next(struct trace_merge *merge, struct trace_event *out)
{
	const struct trace_rec *least = NULL;

	for (unsigned i = 0; i < merge->count; i++) {
		const struct trace_rec *r = head_record(&merge->heads[i]);

		if (r == NULL || (least != NULL && r->cycle >= least->cycle))
			continue;
		least = r;
		out->domain = i;
	}
	if (least == NULL)
		return false;
	out->rec = *least;
	merge->heads[out->domain].next++;
	return true;
}

void trace_merge_close(struct trace_merge *merge)
{
	free(merge);
}

uint64_t trace_hash(const struct engine *engine)
{
	unsigned count = engine_domain_count(engine);
	uint64_t hash = HASH_SEED ^ count;

	for (unsigned i = 0; i < count; i++) {
		const struct trace_ring *ring = domain_trace(engine_domain(engine, i));

		hash = hash_mix(hash ^ trace_ring_hash(ring), ring->count ^ HASH_KEY_A);
	}
	return hash;
}
