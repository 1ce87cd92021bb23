/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy.c - the table of strategies, and what they have in common.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>
#include <string.h>

#include "strategy_private.h"

static const struct strategy_kind *const strategy_kinds[STRATEGY_COUNT] = {
	[STRATEGY_PORTFOLIO] = &strategy_portfolio,
	[STRATEGY_SWEEP] = &strategy_sweep,
	[STRATEGY_WALK] = &strategy_walk,
	[STRATEGY_PCT] = &strategy_pct,
	[STRATEGY_POS] = &strategy_pos,
	[STRATEGY_SURW] = &strategy_surw,
	[STRATEGY_STARVE] = &strategy_starve,
	[STRATEGY_HOLDS] = &strategy_holds,
	[STRATEGY_RFF] = &strategy_rff,
	[STRATEGY_BOUND] = &strategy_bound,
	[STRATEGY_DPOR] = &strategy_dpor,
};

static const char *const strategy_words[STRATEGY_COUNT] = {
#define X(name, word, paper, about) [STRATEGY_##name] = word,
	PEF_STRATEGIES(X)
#undef X
};

const char *strategy_name(enum strategy_id id)
{
	return strategy_words[id];
}

bool strategy_claims(enum strategy_id id)
{
	return strategy_kinds[id]->claim != NULL;
}

bool strategy_parse(const char *text, enum strategy_id *out)
{
	for (unsigned i = 0; i < STRATEGY_COUNT; i++) {
		if (strcmp(text, strategy_words[i]) != 0)
			continue;
		*out = (enum strategy_id)i;
		return true;
	}
	return false;
}

struct strategy *strategy_open(enum strategy_id id, const struct strategy_options *options)
{
	const struct strategy_kind *kind = strategy_kinds[id];
	struct strategy *s = calloc(1, kind->size);

	if (!s)
		return NULL;
	s->kind = kind;
	s->o = *options;
	s->random = options->seed * UINT64_C(0x9e3779b97f4a7c15) + id;
	s->number = UINT64_MAX;
	if (kind->open && !kind->open(s)) {
		strategy_close(s);
		return NULL;
	}
	return s;
}

void strategy_close(struct strategy *s)
{
	if (!s)
		return;
	if (s->kind->close)
		s->kind->close(s);
	free(s->line);
	free(s);
}

bool strategy_next(struct strategy *s)
{
	s->number++;
	return s->kind->next(s);
}

void strategy_direct(struct strategy *s, struct engine *engine)
{
	const struct director_ops *ops = s->kind->pick ? &serial_ops : &natural_ops;

	if (s->kind == &strategy_portfolio) {
		strategy_direct(portfolio_member(s), engine);
		portfolio_share(s);
		return;
	}
	serial_begin(s);
	s->d = engine_direct(engine, ops, s);
}

void strategy_done(struct strategy *s)
{
	size_t count = 0;

	if (s->d)
		director_steps(s->d, &count);
	if (s->d && count - director_first(s->d) > s->steps_seen)
		s->steps_seen = count - director_first(s->d);
	if (s->kind->done)
		s->kind->done(s);
}

enum strategy_id strategy_whose(const struct strategy *s)
{
	return s->kind == &strategy_portfolio ? strategy_whose(portfolio_member(s)) : s->kind->id;
}

struct director *strategy_director(const struct strategy *s)
{
	return s->kind == &strategy_portfolio ? portfolio_member(s)->d : s->d;
}

const char *strategy_claim(const struct strategy *s, char *buf, size_t size)
{
	buf[0] = '\0';
	return s->kind->claim ? s->kind->claim(s, buf, size) : buf;
}

struct strategy_swept strategy_swept(const struct strategy *s)
{
	const struct strategy *sweep = s->kind == &strategy_portfolio ? portfolio_sweep(s) : s;

	return sweep->kind == &strategy_sweep || sweep->kind == &strategy_bound ? sweep_swept(sweep)
										: (struct strategy_swept){0};
}

uint64_t strategy_log(struct strategy *s, uint64_t most)
{
	unsigned bits = 0;

	while (most >> (bits + 1))
		bits++;
	uint64_t top = UINT64_C(1) << strategy_below(s, bits + 1), got = top + strategy_below(s, top);
	return got > most ? most : got;
}
