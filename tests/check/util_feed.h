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
};

#define FEED_PAGE (trace_page(0, (gfn_t){5}))
#define PLAIN(n) token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(0), n)
#define HOST_PLAIN(n) token_make(TOKEN_PLAIN, TOKEN_ORIGIN_HOST, n)
#define CIPHER(n) token_make(TOKEN_CIPHER, TOKEN_ORIGIN_UV, n)

void feed_open(struct feed *f);
/** feed_open_marks - with a design that can express these marks, a bit each */
void feed_open_marks(struct feed *f, unsigned marks);
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

/*
 * A story is told twice: with what is right (@bad false), and with what breaks
 * @rule. FEED_MAIN(X-macro) makes a test of each row X(story, rule).
 */
void feed_pair(void (*story)(struct feed *f, bool bad), enum invariant rule);
#define FEED_TEST(story, rule) \
	static void test_##story(void **state) \
	{ \
		(void)state; \
		feed_pair(story, INVARIANT_##rule); \
	}
#define FEED_ROW(story, rule) cmocka_unit_test(test_##story),
#define FEED_MAIN(STORIES) \
	STORIES(FEED_TEST) \
	int main(void) \
	{ \
		const struct CMUnitTest tests[] = {STORIES(FEED_ROW)}; \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	}

/** feed_start - context @ctx of a domain begins, made or first called by another */
void feed_start(struct feed *f, cycles_t cycle, enum feed_domain d, uint32_t ctx, enum feed_domain by, uint32_t parent);
/** feed_call - context 1 of @from calls @to about FEED_PAGE; feed_return - context 1 of @from answers it */
void feed_call(struct feed *f, cycles_t cycle, enum feed_domain from, enum feed_domain to, uint32_t number);
void feed_return(
	struct feed *f, cycles_t cycle, enum feed_domain from, enum feed_domain to, uint32_t number, int64_t code);
/** feed_map - the ultravisor maps FEED_PAGE */
void feed_map(struct feed *f, cycles_t cycle, enum trace_map map, uint32_t frame);
/** feed_frame - the hypervisor takes a frame for FEED_PAGE, or gives it back */
void feed_frame(struct feed *f, cycles_t cycle, bool taken, uint32_t frame);
/** feed_share - FEED_PAGE becomes SHARED by cycle @cycle + 2, its frame 9 mapped */
void feed_share(struct feed *f, cycles_t cycle);

#endif
