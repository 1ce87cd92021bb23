/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace.h - the event stream: one 32-byte record an event.
 *
 * Each domain writes its own stream, in the order of its keys; after the run
 * the streams are merged by (cycle, domain, position). The ladder, the summary,
 * the hash, JSON and the checkers are consumers of the merged stream; a model
 * never formats text. Records hold no addresses and no host time, so the same
 * run gives the same bytes anywhere.
 *
 * Locking: none; a stream belongs to its domain. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_TRACE_H
#define PEFSIM_TRACE_H

#include "pefsim/objects.h"
#include "pefsim/types.h"

/*
 * X(NAME, "printed", "what aux, a and b hold")
 * page = trace_page(guest index, gfn); change = trace_change(old, new).
 * New rows go at the end.
 */
/* clang-format off */
#define PEF_TRACE_KINDS(X) \
	X(CTX_START, "start", "a context begins; aux: its parent's domain, a: its parent's id") \
	X(CTX_END, "end", "a context has ended") \
	X(OP_BEGIN, "op", "a statement of the script begins; aux: thread index, a: statement index, b: line") \
	X(OP_END, "done", "it ended; aux: thread index, a: statement index, b: result (int64)") \
	X(CALL, "call", "a call is sent; aux: domain called, a: call number | arg count << 32, b: first page-like argument") \
	X(RETURN, "return", "the callee returns; aux: domain it returns to, a: call number | caller's context << 32, b: result (int64)") \
	X(LOCK_WAIT, "wait", "waits for a lock; aux: enum lock_mode, a: object") \
	X(LOCK_ACQUIRE, "acquire", "has a lock; aux: enum lock_mode, a: object, b: 1 when it was tried and would not have been waited for") \
	X(LOCK_RELEASE, "release", "gave a lock back; aux: enum lock_mode, a: object") \
	X(ALLOC, "alloc", "simulated heap; a: object, b: bytes") \
	X(FREE, "free", "simulated heap; a: object, b: bytes") \
	X(REF, "ref", "a reference count changed; aux: new count, a: object, b: +1 or -1 (int64)") \
	X(UV_STATE, "uv", "GFN state; a: page, b: change of enum gfn_state") \
	X(HV_MARK, "mark", "the design's mark; aux: 0 (dfn in b's upper half is not kept), a: page, b: change of enum hv_mark") \
	X(HOST_PTE, "pte", "host page table; a: page, b: change of enum host_pte") \
	X(CONTENT, "content", "a page of the guest now reads as; aux: enum trace_side, a: page, b: token") \
	X(ACCESS, "access", "a load or store finished; aux: 1 for a store, a: page, b: token") \
	X(SLOT, "slot", "memslot; aux: enum trace_slot, a: guest << 32 | slot id, b: trace_span(first page, pages)") \
	X(SVM, "svm", "a VM changes mode; aux: enum trace_svm, a: guest index") \
	X(SIGNAL, "signal", "an event of the script is signalled; a: event index") \
	X(AWAITED, "woken", "a wait of the script is over; a: event index") \
	X(POINT, "point", "a point was passed (-v); aux: enum point_kind, a: object, b: occurrence") \
	X(HELD, "held", "a hold begins; aux: enum point_kind, a: object, b: cycles it will take") \
	X(FINDING, "finding", "a finding; aux: enum finding_kind, a: its number in the domain") \
	X(POOL, "pool", "device-page pool; aux: 1 take, 0 give; a: dfn, b: free pages left") \
	X(COPY, "copy", "a page was copied across the border; aux: 1 torn, a: page, b: token") \
	X(TEST, "test", "for tests; whatever they like") \
	X(UV_MAP, "map", "the ultravisor's page table of a guest; aux: enum trace_map, a: page, b: frame number, UINT32_MAX none; NONE once the tlbie is complete") \
	X(FRAME, "frame", "a normal frame; aux: 1 taken, 0 given back; a: hfn, b: its owner's page, or FRAME_HOST") \
	X(CRYPTO, "crypto", "aux: enum trace_crypto, a: page, b: number of the (key, IV), a guest's own count; a refusal: of the one that is wanted") \
	X(COOKIE, "cookie", "of a reflection; aux: enum trace_cookie, a: guest index, b: cookie") \
	X(REGS, "regs", "registers of a reflected call that cross; aux: enum trace_regs, a: call number, b: bit i: r(4 + i)") \
	X(DIGEST, "digest", "a page was hashed for UV_ESM; a: page, b: token") \
	X(INJECT, "inject", "something goes wrong on purpose; aux: enum inject_site, a: call number or object, b: enum inject_action") \
	X(MOVE, "move", "what was behind one page is behind another now (mremap, a slot that moves); a: from, b: to")
/* clang-format on */
enum trace_kind {
#define X(name, text, about) TRACE_##name,
	PEF_TRACE_KINDS(X)
#undef X
		TRACE_KIND_COUNT
};

enum trace_side { TRACE_SIDE_HOST, TRACE_SIDE_UV };
enum trace_slot {
	TRACE_SLOT_CREATE,
	TRACE_SLOT_INVALID,
	TRACE_SLOT_DELETE,
	TRACE_SLOT_REGISTER,
	TRACE_SLOT_UNREGISTER,
	TRACE_SLOT_MOVE,
	TRACE_SLOT_FLAGS
};
enum trace_map { TRACE_MAP_NONE, TRACE_MAP_SECURE, TRACE_MAP_SHARED };
enum trace_crypto { TRACE_CRYPTO_ENCRYPT, TRACE_CRYPTO_DECRYPT, TRACE_CRYPTO_REJECT };
enum trace_cookie { TRACE_COOKIE_GIVEN, TRACE_COOKIE_REDEEMED, TRACE_COOKIE_DROPPED };
enum trace_regs { TRACE_REGS_TO_HV, TRACE_REGS_TO_GUEST };
enum trace_svm { TRACE_SVM_NORMAL, TRACE_SVM_START, TRACE_SVM_SECURE, TRACE_SVM_ABORT, TRACE_SVM_TERMINATED };

/*T:100
 * All that a run tells is a stream of these: 32 bytes, no text, no address, no host time. Ladder,
 * summary, JSON, hash and checkers are readers of that one stream.
 :*/
struct trace_rec {
	uint64_t cycle;
	uint32_t ctx; /* id of the context, local to the domain; 0: the domain itself */
	uint16_t kind; /* enum trace_kind */
	uint16_t aux;
	uint64_t a;
	uint64_t b;
};

static inline uint64_t trace_page(unsigned guest, gfn_t gfn)
{
	return ((uint64_t)guest << 48) | gfn.n;
}
static inline unsigned trace_page_guest(uint64_t page)
{
	return (unsigned)(page >> 48);
}
static inline gfn_t trace_page_gfn(uint64_t page)
{
	return (gfn_t){page & UINT64_C(0xffffffffffff)};
}
static inline uint64_t trace_change(unsigned from, unsigned to)
{
	return ((uint64_t)from << 32) | to;
}
/* A range of pages in one word: its first page below 2^32, and how many, told as 2^32 - 1 when there are more. */
static inline uint64_t trace_span(gfn_t base, uint64_t pages)
{
	return (base.n << 32) | (pages < UINT32_MAX ? pages : UINT32_MAX);
}
static inline gfn_t trace_span_base(uint64_t span)
{
	return (gfn_t){span >> 32};
}
static inline uint64_t trace_span_pages(uint64_t span)
{
	return span & UINT32_MAX;
}

/*
 * One domain's records. A ring: it doubles until @max records, then the oldest
 * are folded into @folded and overwritten, so a hash of everything can still be
 * told. Owned by the domain; memory is libc's (the simulator's own, never a
 * model's).
 */
struct trace_ring {
	struct trace_rec *recs;
	uint64_t count; /* records ever written; recs[i & (cap - 1)] */
	uint64_t cap; /* a power of two, 0 before the first record */
	uint64_t max; /* cap never exceeds this; a power of two */
	uint64_t folded; /* hash of the records that were overwritten */
	uint64_t folded_count;
	uint64_t mark_count; /* position and hash remembered by trace_ring_mark */
	uint64_t mark_hash;
	bool off; /* nothing is recorded (exploration without a trace) */
	/* count at which trace_put() has more to do than to write: room is used up, or somebody waits for the record */
	uint64_t stop_at;
	const uint64_t *watched; /* positions, rising; trace_ring_watch() */
	unsigned watched_count;
	void (*on_watched)(uint64_t position);
};

/**
 * trace_ring_init - an empty ring
 * @records_max: records kept at most, rounded up to a power of two; 0: 1 << 24;
 *               1: the ring is off
 */
void trace_ring_init(struct trace_ring *ring, uint64_t records_max);
/** trace_ring_free - free the records; the ring is empty then, and can be used again */
void trace_ring_free(struct trace_ring *ring);
/**
 * trace_ring_watch - call @fn before the records at these positions are written
 * @positions: rising, kept by pointer; none of them written yet
 */
void trace_ring_watch(
	struct trace_ring *ring, const uint64_t *positions, unsigned count, void (*fn)(uint64_t position));
/** trace_ring_grow - the slow path of trace_put: tell who watches; double, or fold and wrap */
void trace_ring_grow(struct trace_ring *ring);
/** trace_ring_mark - remember the position and hash of now, so a later cut to here keeps the hash */
void trace_ring_mark(struct trace_ring *ring);
/**
 * trace_ring_cut - forget the records from position @count on
 *
 * The hash stays right when @count is 0, marked, or not yet overwritten; after
 * a cut to any other position it stands for the position alone.
 */
void trace_ring_cut(struct trace_ring *ring, uint64_t count);
/** trace_ring_hash - 64-bit hash over every record ever written, in order */
uint64_t trace_ring_hash(const struct trace_ring *ring);

static inline void trace_put(struct trace_ring *ring, uint64_t cycle, uint32_t ctx, enum trace_kind kind, unsigned aux,
	uint64_t a, uint64_t b)
{
	if (ring->off)
		return;
	if (ring->count >= ring->stop_at)
		trace_ring_grow(ring);
	ring->recs[ring->count++ & (ring->cap - 1)] =
		(struct trace_rec){cycle, ctx, (uint16_t)kind, (uint16_t)aux, a, b};
}

/* trace_emit(), which models call, needs the running context and so stands in engine.h. */

/* One record of the merged stream. */
struct trace_event {
	struct trace_rec rec;
	uint32_t domain;
};

struct engine;
struct trace_merge;
/**
 * trace_merge_open - read the merged stream of a finished run
 * @engine: the run; must outlive the reader
 * Returns a reader to be closed with trace_merge_close(). Its first event is
 * the oldest that is still kept in every ring.
 */
struct trace_merge *trace_merge_open(const struct engine *engine);
/** trace_merge_open_at - the same, without the first @skip[i] records of domain i */
struct trace_merge *trace_merge_open_at(const struct engine *engine, const uint64_t skip[PEF_DOMAINS_MAX]);
/** trace_merge_next - the next event; false at the end */
bool trace_merge_next(struct trace_merge *merge, struct trace_event *out);
void trace_merge_close(struct trace_merge *merge);
/** trace_hash - hash of the whole trace of a finished run, all domains */
uint64_t trace_hash(const struct engine *engine);

const char *trace_kind_name(enum trace_kind kind);

#endif
