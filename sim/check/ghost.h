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

#define GHOST_PUBLISHED_MAX 4u

struct ghost_page {
	uint64_t page; /* trace_page() */
	enum gfn_state state;
	enum hv_mark mark;
	enum host_pte pte;
	cycles_t state_since; /* of the last change of @state */
	cycles_t transient_since; /* when the transient states began */
	bool copied; /* paged in while the VM became secure */
	bool torn; /* the last copy was torn */
	bool wild; /* anything may be read: its content is nobody's promise */
	unsigned value_count;
	struct ghost_value values[GHOST_VALUES_MAX];
	struct ghost_doubt doubt;
	/* What the guest wrote where the host may read it: no secret, however old. The last few. */
	token_t published[GHOST_PUBLISHED_MAX];
	unsigned published_count;
};

struct ghost_guest {
	enum trace_svm mode;
	cycles_t mode_since;
	unsigned shares; /* UV_SHARE_PAGE, UV_UNSHARE_PAGE and UV_UNSHARE_ALL_PAGES under way */
	cycles_t shares_since; /* when the first of those began */
};

struct ghost_context {
	cycles_t last; /* its event before */
	unsigned line; /* statement it is at */
	uint64_t op_serial; /* of its operation under way, 0: none */
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
	unsigned releases; /* calls under way that make the ultravisor forget pages */
	struct trace_event event; /* being looked at, or the last one */
};

/** ghost_page_at - the page, made on first sight; the pointer is good until the next call */
struct ghost_page *ghost_page_at(struct checker *c, uint64_t page);
/** ghost_context_at - the context of an event; NULL for a handler's */
struct ghost_context *ghost_context_at(struct checker *c, const struct trace_event *event);
struct ghost_guest *ghost_guest_of(struct checker *c, uint64_t page);

/* Values. Spans are in cycles, both ends included. */
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
void content_mode_changed(struct checker *c, unsigned guest, enum trace_svm from);
/** content_doubts - judge reads in doubt whose possible explanations are over; @all: judge every one */
bool content_doubts(struct checker *c, bool all, struct finding *out);

/** verdict_begin - a finding about a page (NULL: none) at the event being looked at */
void verdict_begin(struct checker *c, enum invariant rule, const struct ghost_page *p, struct finding *out,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
/** verdict_event - say whose event it was */
void verdict_event(struct checker *c, struct finding *out, const struct trace_event *event, uint64_t position,
	unsigned line, const char *what);
/** verdict_token - "plaintext 5 of g0", "zero", ...; returns @buf */
const char *verdict_token(token_t token, char *buf, size_t size);

#endif
