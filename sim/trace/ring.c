/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring.c - the records of one domain: growth, wrapping, hash.
 *
 * Most runs fit: the ring starts small, doubles, and keeps everything. A run
 * longer than the limit goes on in bounded memory: half of the ring, the older
 * half, is folded into a running hash at once and its room used again, so that
 * the slow path is rare and the last records (at least half a ring) are always
 * there for a report. The hash goes over the records in order, so folding early
 * or late gives the same number; it reads the fields, not the bytes, and so is
 * the same on a host of either byte order.
 *
 * Locking: none; a ring belongs to its domain.
 * Errors: when the host has no memory to double, the ring wraps early; without
 *         memory for the first records the process stops with a message.
 * Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hash.h"
#include "pefsim/trace.h"

#define RING_FIRST_RECORDS 256u
#define RING_DEFAULT_MAX (UINT64_C(1) << 24)

_Static_assert(sizeof(struct trace_rec) == 32, "a record is 32 bytes");

static inline uint64_t hash_record(uint64_t hash, const struct trace_rec *r)
{
	uint64_t who = r->ctx | ((uint64_t)r->kind << 32) | ((uint64_t)r->aux << 48);

	hash = hash_mix(hash ^ r->cycle, who ^ HASH_KEY_A);
	return hash_mix(hash ^ r->a ^ HASH_KEY_B, r->b ^ HASH_KEY_C);
}

static uint64_t hash_range(const struct trace_ring *ring, uint64_t hash, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		hash = hash_record(hash, &ring->recs[i & (ring->cap - 1)]);
	return hash;
}

void trace_ring_init(struct trace_ring *ring, uint64_t records_max)
{
	uint64_t max = 2;

	if (records_max == 0)
		records_max = RING_DEFAULT_MAX;
	while (max < records_max && max < UINT64_C(1) << 40)
		max *= 2;
	*ring = (struct trace_ring){.max = max, .folded = HASH_SEED, .off = records_max == 1};
}

void trace_ring_free(struct trace_ring *ring)
{
	free(ring->recs);
	*ring = (struct trace_ring){.max = ring->max, .folded = HASH_SEED, .off = ring->off};
}

/* Room by doubling; false when the ring is as large as it gets. */
static bool ring_double(struct trace_ring *ring)
{
	uint64_t cap = ring->cap != 0 ? ring->cap * 2 : RING_FIRST_RECORDS;
	struct trace_rec *recs;

	if (cap > ring->max)
		cap = ring->max;
	if (cap == ring->cap)
		return false;
	recs = realloc(ring->recs, cap * sizeof(*recs));
	if (recs == NULL && ring->cap == 0) {
		fprintf(stderr, "pefsim: the host has no memory left for a trace\n");
		abort();
	}
	if (recs == NULL) {
		ring->max = ring->cap;
		return false;
	}
	/* Nothing was folded so far, so every record stands at its position. */
	ring->recs = recs;
	ring->cap = cap;
	return true;
}

/*T:110
 * A short run keeps everything. A long one goes on in bounded memory: the older half is folded into a
 * hash and overwritten, so the hash of the whole is always known and the end is always there to look
 * at.
 :*/
static void ring_make_room(struct trace_ring *ring)
{
	uint64_t half;

	if (ring->folded_count == 0 && ring_double(ring))
		return;
	half = ring->folded_count + ring->cap / 2;
	ring->folded = hash_range(ring, ring->folded, ring->folded_count, half);
	ring->folded_count = half;
}

static void ring_set_stop(struct trace_ring *ring)
{
	ring->stop_at = ring->folded_count + ring->cap;
	if (ring->watched_count && ring->watched[0] < ring->stop_at)
		ring->stop_at = ring->watched[0];
}

void trace_ring_watch(struct trace_ring *ring, const uint64_t *positions, unsigned count, void (*fn)(uint64_t position))
{
	ring->watched = positions;
	ring->watched_count = count;
	ring->on_watched = fn;
	ring_set_stop(ring);
}

void trace_ring_grow(struct trace_ring *ring)
{
	while (ring->watched_count && ring->watched[0] <= ring->count) {
		ring->on_watched(ring->count);
		ring->watched++;
		ring->watched_count--;
	}
	if (ring->count - ring->folded_count >= ring->cap)
		ring_make_room(ring);
	ring_set_stop(ring);
}

void trace_ring_mark(struct trace_ring *ring)
{
	ring->mark_count = ring->count;
	ring->mark_hash = hash_range(ring, ring->folded, ring->folded_count, ring->count);
}

void trace_ring_cut(struct trace_ring *ring, uint64_t count)
{
	if (count >= ring->count)
		return;
	ring->count = count;
	if (count < ring->mark_count)
		ring->mark_count = 0;
	if (count >= ring->folded_count)
		return;
	/* What stood before @count is overwritten; only its hash may be known. */
	ring->folded = count == 0                  ? HASH_SEED
		       : count == ring->mark_count ? ring->mark_hash
						   : hash_mix(HASH_SEED, count);
	ring->folded_count = count;
	ring_set_stop(ring);
}

uint64_t trace_ring_hash(const struct trace_ring *ring)
{
	uint64_t hash = hash_range(ring, ring->folded, ring->folded_count, ring->count);

	return hash_mix(hash ^ HASH_KEY_A, ring->count ^ HASH_KEY_B);
}
