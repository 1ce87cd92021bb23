/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ghost.h - what the events say of every guest page.
 *
 * Beside the states of both sides a page has a list of values: the contents it
 * may rightly have, each with the span of time in which a reader may see it.
 * An access is told when it has finished, but it took effect at some moment
 * since its context's event before, so every access has a span, too. A read is
 * good when one of the values was there at some moment of the read's span; two
 * writes whose spans overlap leave both values possible.
 *
 * Locking: none. Errors: the host's lack of memory stops the process with a
 * message. Blocking: never.
 */
#ifndef PEFSIM_CHECK_GHOST_H
#define PEFSIM_CHECK_GHOST_H

#include "pefsim/check.h"

#define GHOST_VALUES_MAX 12u

struct ghost_value {
	token_t token;
	cycles_t from; /* may be seen since */
	cycles_t set; /* is surely there since: what wrote it has finished */
	cycles_t to; /* may be seen until; PEF_NEVER */
};

/* A read that only a write still under way can explain. */
struct ghost_doubt {
	bool open;
	token_t token;
	cycles_t from, to;
	uint64_t op_serial; /* every operation that may explain it has begun before this one */
	struct trace_event event;
	uint64_t position;
	unsigned line;
};

#define GHOST_NOBODY UINT32_MAX

/* Who changed something last, and when. Context 0: a handler. */
struct ghost_stamp {
	cycles_t at; /* 0: nobody yet */
	uint32_t domain : 8, ctx : 24;
	uint32_t position; /* of the record in its domain's trace */
};

/* What few pages ever need; made when it is. */
struct ghost_rare {
	struct ghost_doubt doubt;
	token_t copied_out, cipher; /* of the last encryption; of the last page-out */
	token_t copied_in; /* what the last page-in was given */
	uint64_t nonce, nonce_out; /* (key, IV) of the last encryption; of the last page-out */
	token_t digest; /* what was hashed */
	bool hashed;
	bool leaving; /* out on the device when the deletion of its slot began */
	bool exported; /* and paged out since */
};

struct ghost_page {
	uint64_t page; /* trace_page() */
	enum gfn_state state;
	enum hv_mark mark;
	enum host_pte pte;
	enum trace_map map; /* the ultravisor's page table */
	uint32_t frame; /* mapped; its number space is that of @map */
	uint32_t transient_at; /* 1 + position in the list of pages in transient states, 0: in none */
	cycles_t state_since; /* of the last change of @state */
	cycles_t transient_since; /* when the transient states began */
	struct ghost_stamp map_by, state_by, mark_by, pte_by; /* who changed what last */
	token_t host_told; /* what its normal frame was last said to hold */
	cycles_t host_zero_at; /* when it was last said to be zero */
	token_t uv_told; /* what its secure frame was last said to hold */
	uint64_t fault_root; /* whose fault on it was answered last */
	uint32_t touched; /* events of others since */
	uint8_t value_count;
	bool copied; /* paged in while the VM became secure */
	bool torn; /* the last copy was torn */
	bool wild; /* anything may be read: its content is nobody's promise */
	struct ghost_value first; /* of its values; the others are in @more */
	struct ghost_value *more; /* room for a power of two */
	struct ghost_rare *rare; /* NULL: not needed yet */
};
_Static_assert(sizeof(struct ghost_page) <= 200, "there is one for every page that a run touches");

/* A page in a transient state, and who began with it. */
struct ghost_transient {
	uint32_t position; /* of the page */
	uint32_t domain, ctx;
};

/* A memslot. Once invalid it is going, until it is created anew. */
struct ghost_slot {
	uint32_t id;
	bool going, registered;
	gfn_t base;
	uint64_t pages;
};

/* A set of numbers, sparse. */
struct ghost_set {
	uint64_t *words; /* pairs: number >> 6, plus 1; bits */
	uint32_t room, used;
};

struct ghost_guest {
	enum trace_svm mode;
	cycles_t mode_since;
	struct ghost_slot *slots; /* in order of appearance */
	uint32_t slot_count, slot_room;
	uint32_t stripes; /* locks of the ultravisor's GFN states that are held, a bit each */
	bool switching_off; /* mmu_setup_lock is held: KVM_PPC_SVM_OFF is at work */
	struct ghost_set published; /* what it wrote where the host may read it: no secret, however old */
	struct ghost_set nonces; /* (key, IV) used */
	struct ghost_set cookies; /* given, not redeemed */
	uint32_t cookie_count;
	unsigned shares; /* UV_SHARE_PAGE, UV_UNSHARE_PAGE and UV_UNSHARE_ALL_PAGES under way */
	cycles_t shares_since; /* when the first of those began */
};

/* A call under way, as its caller's. */
struct ghost_call {
	bool open;
	uint32_t to; /* domain */
	uint32_t number;
	uint64_t page;
	cycles_t since;
};

struct ghost_lock {
	obj_t name;
	enum lock_mode mode;
	bool tried; /* it was never waited for */
};
#define GHOST_LOCKS_MAX 24u

/* How often a vCPU came back to the same page. */
struct ghost_refault {
	uint64_t page;
	uint32_t touched; /* the page's count of events when it did so last */
	unsigned times;
};

struct ghost_context {
	cycles_t last; /* its event before */
	unsigned line; /* statement it is at */
	uint64_t op_serial; /* of its operation under way, 0: none */
	uint32_t parent_domain, parent; /* who made it, or called it first; 0: nobody */
	struct ghost_call call;
	struct ghost_lock *locks; /* GHOST_LOCKS_MAX, from the first one on */
	unsigned lock_count;
	bool released; /* pages between the two, for a slot that goes */
	gfn_t released_lo, released_hi;
	struct ghost_refault refault;
	uint64_t taken_out; /* page whose normal frame it took out of the host's page table last */
	bool has_taken_out;
};

/* A normal frame. */
struct ghost_frame {
	bool told; /* the hypervisor has spoken of it */
	bool taken;
	uint64_t owner; /* page */
	uint32_t mappers; /* pages that the ultravisor maps to it */
};

struct ghost_domain {
	struct ghost_context *contexts; /* by id */
	uint32_t room;
	uint64_t position; /* events seen */
};

struct checker {
	const struct world_config *config;
	uint32_t hv, uv; /* domain indices */
	uint32_t guest_domain[PEF_GUESTS_MAX];
	struct ghost_guest guests[PEF_GUESTS_MAX];
	struct ghost_domain domains[PEF_DOMAINS_MAX];
	struct ghost_page *pages; /* in order of appearance */
	uint32_t page_count, page_room;
	uint32_t *index; /* hash table of positions + 1 */
	uint32_t index_room; /* a power of two */
	uint64_t op_serial; /* of the last operation begun */
	unsigned op_open; /* operations under way */
	unsigned doubts; /* pages with an open doubt */
	uint64_t rule_kinds; /* kinds of events that any rule looks at */
	unsigned marks; /* the design can express, a bit each; 0: all */
	struct ghost_frame *frames; /* by number */
	uint32_t frame_room;
	uint64_t *secure; /* by number: page + 1 that the frame is mapped for */
	uint32_t secure_room;
	struct ghost_transient *transient; /* pages in transient states */
	uint32_t transient_count, transient_room;
	struct ghost_set devices; /* device pages in use */
	bool pool_told;
	uint64_t pool_free; /* device pages, as told last */
	bool maps_told; /* the ultravisor tells of its page tables */
	cycles_t held_until; /* by then the schedule has let everybody go */
	unsigned releases; /* calls under way that make the ultravisor forget pages */
	struct trace_event event; /* being looked at, or the last one */
};

/** ghost_page_at - the page, made on first sight; the pointer is good until the next call */
struct ghost_page *ghost_page_at(struct checker *c, uint64_t page);
/** ghost_rare - what is rare about it, made on first use; ghost_rare_of - the same to look at, all zero when there is none */
struct ghost_rare *ghost_rare(struct ghost_page *p);
const struct ghost_rare *ghost_rare_of(const struct ghost_page *p);
void ghost_page_free(struct ghost_page *p);
/** ghost_context_at - the context of an event; NULL for a handler's */
struct ghost_context *ghost_context_at(struct checker *c, const struct trace_event *event);
struct ghost_guest *ghost_guest_of(struct checker *c, uint64_t page);
/** ghost_grow - @old with room for @count things; stops the process when there is no memory */
void *ghost_grow(void *old, size_t count, size_t size);
/** ghost_stamp_now - the event being looked at */
struct ghost_stamp ghost_stamp_now(const struct checker *c);

/* Sets of numbers (set.c). */
bool ghost_set_has(const struct ghost_set *set, uint64_t number);
/** ghost_set_add - false when it was there; ghost_set_drop - false when it was not */
bool ghost_set_add(struct ghost_set *set, uint64_t number);
bool ghost_set_drop(struct ghost_set *set, uint64_t number);
void ghost_set_clear(struct ghost_set *set);

/* Calls (calls.c). */
void calls_update(struct checker *c);
/** calls_close - after the rules have looked at a return */
void calls_close(struct checker *c);
/** calls_root - whose call this all is for in the end: a vCPU's or host thread's context, by domain << 32 | id */
uint64_t calls_root(struct checker *c, const struct trace_event *event);
struct ghost_context *calls_root_context(struct checker *c, const struct trace_event *event);
/** calls_line - line of the script whose operation this is for; 0: none is known */
unsigned calls_line(struct checker *c, const struct trace_event *event);
/** calls_served - the call that the context of the event serves; NULL when it is not known */
const struct ghost_call *calls_served(struct checker *c, const struct trace_event *event);
/** calls_returned - of a TRACE_RETURN: the call it answers; NULL when it is not known */
const struct ghost_call *calls_returned(struct checker *c, const struct trace_event *event);

/* What is where: frames, memslots, locks, pages in transient states (place.c). */
void place_update(struct checker *c);
struct ghost_frame *place_frame(struct checker *c, uint32_t hfn);
/** place_slot_of - the memslot of a page; NULL when there is none, or none is told of */
const struct ghost_slot *place_slot_of(struct checker *c, uint64_t page);
/** place_stripe_held - somebody in the ultravisor is at work on the page */
bool place_stripe_held(struct checker *c, uint64_t page);
/** place_secure - page + 1 that a secure frame is mapped for */
uint64_t *place_secure(struct checker *c, uint32_t sfn);

/* Values. Spans are in cycles, both ends included. */
/** ghost_value - the page's value number @i, the oldest first; below value_count */
const struct ghost_value *ghost_value(const struct ghost_page *p, unsigned i);
/** ghost_start - from its beginning the page has held zero, and nothing else */
void ghost_start(struct ghost_page *p);
/** ghost_put - a write that began at @from and has finished at @at */
void ghost_put(struct ghost_page *p, token_t token, cycles_t from, cycles_t at);
/** ghost_may - @token may be read from @from on, beside what was there */
void ghost_may(struct ghost_page *p, token_t token, cycles_t from);
bool ghost_can_read(const struct ghost_page *p, token_t token, cycles_t from, cycles_t to);
/** ghost_expected - a value the page has now, for a message */
token_t ghost_expected(const struct ghost_page *p);

/** ghost_is_shared - the hypervisor may see the page: shared, or on the way to or from it */
bool ghost_is_shared(const struct ghost_page *p);

/* Rules: true when the event broke one, and @out is filled. */
bool transition_check(
	struct checker *c, struct ghost_page *p, enum gfn_state from, enum gfn_state to, struct finding *out);
bool content_access(struct checker *c, struct ghost_page *p, bool write, token_t token, struct finding *out);
bool content_told(struct checker *c, struct ghost_page *p, enum trace_side side, token_t token, struct finding *out);
bool content_copied(struct checker *c, struct ghost_page *p, bool torn, token_t token, struct finding *out);
bool content_state_changed(struct checker *c, struct ghost_page *p, enum gfn_state from, struct finding *out);
void content_moved(struct checker *c, uint64_t from, uint64_t to);
void content_mode_changed(struct checker *c, unsigned guest, enum trace_svm from);
/** ghost_is_secret - plaintext of a guest that it never wrote where the host may read it */
bool ghost_is_secret(struct checker *c, token_t token);
/** ghost_publish - a guest's plaintext is no secret any more */
void ghost_publish(struct checker *c, token_t token);
/** cookies_finish - I15 at quiescence */
bool cookies_finish(struct checker *c, struct finding *out);
/** content_doubts - judge reads in doubt whose possible explanations are over; @all: judge every one */
bool content_doubts(struct checker *c, bool all, struct finding *out);

/*
 * A rule looks at the events it names, after the ghost has followed them.
 * X(name, kinds): bool rule_NAME(struct checker *c, struct finding *out)
 */
#define KIND(name) (UINT64_C(1) << TRACE_##name)
#define PROGRESS_KINDS \
	(KIND(RETURN) | KIND(ACCESS) | KIND(UV_STATE) | KIND(UV_MAP) | KIND(HV_MARK) | KIND(HOST_PTE) | KIND(HELD))
/* clang-format off */
#define CHECK_RULES(X) \
	X(revoked, KIND(FRAME) | KIND(UV_MAP) | KIND(RETURN)) \
	X(secure_frame, KIND(UV_MAP)) \
	X(mapping, KIND(RETURN)) \
	X(transient, KIND(RETURN)) \
	X(pairs, KIND(UV_STATE) | KIND(HV_MARK)) \
	X(secrets, KIND(CONTENT)) \
	X(zeroing, KIND(UV_MAP) | KIND(CONTENT)) \
	X(freshness, KIND(UV_STATE) | KIND(CRYPTO)) \
	X(nonce, KIND(CRYPTO)) \
	X(device_pages, KIND(POOL)) \
	X(migration, KIND(RETURN)) \
	X(uv_locks, KIND(CALL) | KIND(LOCK_ACQUIRE)) \
	X(lock_order, KIND(CALL) | KIND(LOCK_ACQUIRE)) \
	X(cookies, KIND(COOKIE)) \
	X(registers, KIND(REGS)) \
	X(digests, KIND(SVM) | KIND(DIGEST)) \
	X(progress, PROGRESS_KINDS) \
	X(release, KIND(UV_STATE) | KIND(UV_MAP) | KIND(SLOT) | KIND(SVM)) \
	X(deletion, KIND(SLOT)) \
	X(early_access, KIND(ACCESS))
/* clang-format on */
#define X(name, kinds) bool rule_##name(struct checker *c, struct finding *out);
CHECK_RULES(X)
#undef X

/** verdict_begin - a finding about a page (NULL: none) at the event being looked at */
void verdict_begin(struct checker *c, enum invariant rule, const struct ghost_page *p, struct finding *out,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
/** verdict_past - append who had made the page what it is, the latest first; for a finding about a page */
void verdict_past(struct checker *c, struct finding *out);
/** verdict_event - say whose event it was */
void verdict_event(struct checker *c, struct finding *out, const struct trace_event *event, uint64_t position,
	unsigned line, const char *what);
/** verdict_here - say whose event it is that is being looked at */
void verdict_here(struct checker *c, struct finding *out, const char *what);
/** verdict_token - "plaintext 5 of g0", "zero", ...; returns @buf */
const char *verdict_token(token_t token, char *buf, size_t size);

#endif
