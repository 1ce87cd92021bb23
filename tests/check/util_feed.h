/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_feed.h - a checker fed by hand, and the tables of two pretended models.
 *
 * Locking: none. Errors: a failed assertion of cmocka. Blocking: never.
 */
#ifndef TESTS_CHECK_UTIL_FEED_H
#define TESTS_CHECK_UTIL_FEED_H

#include "pefsim/check.h"

enum feed_domain { HV, UV, G0 };

struct feed {
	struct world_config config;
	struct checker *checker;
	struct finding found;
	bool broken;
	/* what the models say of every page, and of the pool */
	struct hv_page_view hv;
	struct uv_page_view uv;
	uint32_t used, marked;
	unsigned marks; /* what the design can express; 0: every mark */
};

#define FEED_PAGE (trace_page(0, (gfn_t){5}))
#define PLAIN(n) token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(0), n)
#define HOST_PLAIN(n) token_make(TOKEN_PLAIN, TOKEN_ORIGIN_HOST, n)
#define CIPHER(n) token_make(TOKEN_CIPHER, TOKEN_ORIGIN_UV, n)

void feed_open(struct feed *f);
void feed_close(struct feed *f);
/** feed_event - one event at @cycle of context 1 of a domain */
void feed_event(
	struct feed *f, cycles_t cycle, enum feed_domain d, enum trace_kind kind, unsigned aux, uint64_t a, uint64_t b);
/** feed_context - the same for another context */
void feed_context(struct feed *f, cycles_t cycle, enum feed_domain d, uint32_t ctx, enum trace_kind kind, unsigned aux,
	uint64_t a, uint64_t b);
void feed_state(struct feed *f, cycles_t cycle, enum gfn_state from, enum gfn_state to);
void feed_mark(struct feed *f, cycles_t cycle, enum hv_mark from, enum hv_mark to);
void feed_pte(struct feed *f, cycles_t cycle, enum host_pte from, enum host_pte to);
void feed_read(struct feed *f, cycles_t cycle, enum feed_domain d, token_t token);
void feed_write(struct feed *f, cycles_t cycle, enum feed_domain d, token_t token);
/** feed_secure - guest 0 becomes a secure VM between cycles 10 and 20 */
void feed_secure(struct feed *f);
/** feed_finish - quiescence */
void feed_finish(struct feed *f);
/** feed_expect - the rule that was broken, INVARIANT_COUNT for none */
void feed_expect(const struct feed *f, enum invariant rule);

#endif
