/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chain.c - call chains: walked by frame pointers, kept once each.
 *
 * Every program file is built with frame pointers and without sibling calls,
 * so a chain is a short walk within the fiber's own stack: cheap enough for
 * every allocation and every lock. Equal chains get one number. What a number
 * means in functions and lines is asked only when a report is written
 * (symbolise.c). A number never reaches a trace or a decision, so it does not
 * matter that addresses differ between builds.
 *
 * Locking: a domain's chains belong to it. Errors: when the pool is full,
 * chains are number 0 (none). Blocking: never.
 */
#include <string.h>

#include "region.h"

/* Outside a run the stack is the host thread's, whose bounds are not known: a
 * frame farther away than this is taken for the end. */
#define CHAIN_GAP_MAX ((uintptr_t)64 << 10)

/* Two words before the frames: next << 32 | count, and the hash. */
#define CHAIN_HEAD_WORDS 2u

/*D:140
 * A report without call chains is no report. They are walked by frame pointers, within one small
 * stack, at every allocation, free and lock; equal ones are kept once. What they mean in functions and
 * lines is asked only when something is printed.
 :*/
/* Frames are read as plain words, whatever AddressSanitizer has put between locals. */
static __attribute__((no_sanitize("address"))) unsigned chain_walk(uintptr_t *out, unsigned max)
{
	uintptr_t lo, hi, fp = (uintptr_t)__builtin_frame_address(0);
	unsigned count = 0;

	if (!context_stack(&lo, &hi)) {
		lo = fp;
		hi = fp + CHAIN_GAP_MAX;
	}
	while (count < max && fp >= lo && fp <= hi - 2 * sizeof(uintptr_t) && fp % sizeof(uintptr_t) == 0) {
		const uintptr_t *frame = (const uintptr_t *)fp;

		if (!frame[1])
			break;
		out[count++] = frame[1];
		if (frame[0] <= fp)
			break;
		fp = frame[0];
	}
	return count;
}

static uint64_t chain_hash(const uintptr_t *frames, unsigned count)
{
	uint64_t hash = count;

	for (unsigned i = 0; i < count; i++)
		hash = (hash ^ frames[i]) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
	return hash ^ (hash >> 32);
}

uint32_t chain_intern(struct domain *d, const uintptr_t *frames, unsigned count)
{
	struct heap *h = region_heap(d);
	uint64_t hash;
	uint32_t *head, at;

	if (count == 0 || h->lean)
		return 0;
	hash = chain_hash(frames, count);
	head = &h->chain_heads[hash % CHAIN_HEADS];
	for (at = *head; at; at = (uint32_t)(h->chain_words[at] >> 32)) {
		const uintptr_t *record = &h->chain_words[at];

		if (record[1] == hash && (uint32_t)record[0] == count &&
			memcmp(record + CHAIN_HEAD_WORDS, frames, count * sizeof(*frames)) == 0)
			return at;
	}
	if (h->chain_max - h->chain_used < CHAIN_HEAD_WORDS + count)
		return 0;
	at = h->chain_used;
	h->chain_used += CHAIN_HEAD_WORDS + count;
	h->chain_words[at] = ((uintptr_t)*head << 32) | count;
	h->chain_words[at + 1] = hash;
	memcpy(&h->chain_words[at + CHAIN_HEAD_WORDS], frames, count * sizeof(*frames));
	*head = at;
	return at;
}

uint32_t chain_capture(void)
{
	struct domain *d = domain_self();
	uintptr_t frames[CHAIN_FRAMES_MAX];

	return d && !region_heap(d)->lean ? chain_intern(d, frames, chain_walk(frames, CHAIN_FRAMES_MAX)) : 0;
}

unsigned chain_frames(const struct domain *d, uint32_t chain, uintptr_t *out, unsigned max)
{
	const struct heap *h = region_heap(d);
	unsigned count;

	if (chain == 0 || chain + CHAIN_HEAD_WORDS > h->chain_used)
		return 0;
	count = (uint32_t)h->chain_words[chain];
	if (count > max)
		count = max;
	memcpy(out, &h->chain_words[chain + CHAIN_HEAD_WORDS], count * sizeof(*out));
	return count;
}
