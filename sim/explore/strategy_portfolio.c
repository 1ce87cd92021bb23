/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_portfolio.c - no strategy wins everywhere, so all of them have a turn.
 *
 * The sweep comes first, for a quarter of the schedules there will be or until
 * it has made all of its own; it finds what is easy, and says what it did not
 * leave out. Then all take turns, the sweep among them, in an order that the
 * seed decides.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include "strategy_private.h"

#define PORTFOLIO_SWEEP_RUNS 1000u /* when the budget is not known */
#define PORTFOLIO_MEMBERS (STRATEGY_HOLDS - STRATEGY_SWEEP + 1u)

struct portfolio {
	struct strategy s;
	struct strategy *members[PORTFOLIO_MEMBERS]; /* the sweep is the first */
	unsigned turn;
	bool swept; /* the sweep has no schedule left */
};

static bool portfolio_open(struct strategy *s)
{
	struct portfolio *p = (struct portfolio *)s;
	bool ok = true;

	for (unsigned i = 0; i < PORTFOLIO_MEMBERS; i++) {
		p->members[i] = strategy_open((enum strategy_id)(STRATEGY_SWEEP + i), &s->o);
		ok = ok && p->members[i];
	}
	return ok;
}

static void portfolio_close(struct strategy *s)
{
	struct portfolio *p = (struct portfolio *)s;

	for (unsigned i = 0; i < PORTFOLIO_MEMBERS; i++)
		strategy_close(p->members[i]);
}

struct strategy *portfolio_member(const struct strategy *s)
{
	const struct portfolio *p = (const struct portfolio *)s;

	return p->members[p->turn];
}

/* A world that is built anew has a director of its own, and who planned with the last one plans with this. */
void portfolio_share(struct strategy *s)
{
	struct portfolio *p = (struct portfolio *)s;

	for (unsigned i = 0; i < PORTFOLIO_MEMBERS; i++)
		if (p->members[i]->d)
			p->members[i]->d = p->members[p->turn]->d;
}

struct strategy *portfolio_sweep(const struct strategy *s)
{
	return ((const struct portfolio *)s)->members[0];
}

static bool portfolio_next(struct strategy *s)
{
	struct portfolio *p = (struct portfolio *)s;
	uint64_t first = s->o.runs ? s->o.runs / 4 : PORTFOLIO_SWEEP_RUNS;

	p->turn = s->number < first ? 0 : (unsigned)((s->number + s->o.seed) % PORTFOLIO_MEMBERS);
	if (p->turn == 0 && p->swept)
		p->turn = 1 + (unsigned)((s->number + s->o.seed) % (PORTFOLIO_MEMBERS - 1));
	if (strategy_next(p->members[p->turn]))
		return true;
	p->swept = true;
	p->turn = 1 + (unsigned)((s->number + s->o.seed) % (PORTFOLIO_MEMBERS - 1));
	return strategy_next(p->members[p->turn]);
}

static void portfolio_done(struct strategy *s)
{
	strategy_done(portfolio_member(s));
}

static const char *portfolio_claim(const struct strategy *s, char *buf, size_t size)
{
	return strategy_claim(portfolio_sweep(s), buf, size);
}

const struct strategy_kind strategy_portfolio = {.id = STRATEGY_PORTFOLIO,
	.size = sizeof(struct portfolio),
	.open = portfolio_open,
	.close = portfolio_close,
	.next = portfolio_next,
	.done = portfolio_done,
	.claim = portfolio_claim};
