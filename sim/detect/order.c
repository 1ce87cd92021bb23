/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * order.c - vector clocks: who knows how much of whose past.
 *
 * A release leaves the running context's knowledge behind and moves its own
 * clock on, so that what it does next is not covered by what it left. A lock's
 * acquisition takes over a whole vector, unless its last releaser is known to
 * that time already: then everything it left is known, too, since whoever
 * released it had acquired it before.
 *
 * Handlers have no context. They are the context 0 of their domain, one after
 * the other; but each begins with knowing only what its message brought, or
 * the bus would order everything that passes over it.
 *
 * Vectors lie in arenas, so that a snapshot covers them. They grow by doubling;
 * what is outgrown is left behind.
 *
 * Locking: as order.h says. Errors: none. Blocking: never.
 */
#include <string.h>

#include "order.h"
#include "race.h"

#define ORDER_ROUND 8u

struct order_part {
	struct order_part *next;
	uint32_t domain;
	struct order_clock clock;
};

/* Words of memory that hand on knowledge without being a lock: a table by address. */
struct order_word {
	struct order_word *next;
	uintptr_t address;
	struct order_sync sync;
};

struct order_domain {
	struct order_ctx handler;
	struct order_word **words;
	uint32_t word_count, word_buckets;
};

/* ---- vectors ----------------------------------------------------------------------- */

static void clock_reserve(struct domain *d, struct order_clock *c, uint32_t len)
{
	uint32_t cap = c->cap ? c->cap : ORDER_ROUND, *at;

	if (len <= c->cap)
		return;
	while (cap < len)
		cap *= 2;
	at = domain_arena_alloc(d, cap * sizeof(*at));
	if (c->len)
		memcpy(at, c->at, c->len * sizeof(*at));
	c->at = at;
	c->cap = cap;
}

static void clock_join(struct domain *d, struct order_clock *to, const uint32_t *from, uint32_t len)
{
	clock_reserve(d, to, len);
	for (; to->len < len; to->len++)
		to->at[to->len] = 0;
	for (uint32_t i = 0; i < len; i++)
		to->at[i] = to->at[i] > from[i] ? to->at[i] : from[i];
}

static void clock_copy(struct domain *d, struct order_clock *to, const struct order_clock *from)
{
	clock_reserve(d, to, from->len);
	memcpy(to->at, from->at, from->len * sizeof(*to->at));
	to->len = from->len;
}

static struct order_clock *known_clock(struct domain *d, struct order_known *known, uint32_t domain)
{
	struct order_part *part = known->parts;

	while (part && part->domain != domain)
		part = part->next;
	if (!part) {
		part = domain_arena_alloc(d, sizeof(*part));
		part->domain = domain;
		part->next = known->parts;
		known->parts = part;
	}
	return &part->clock;
}

/* ---- contexts ------------------------------------------------------------------------ */

static struct order_domain *order_domain(struct domain *d)
{
	void **slot = domain_slot(d, DOMAIN_SLOT_ORDER);

	if (!*slot)
		*slot = domain_arena_alloc(d, sizeof(struct order_domain));
	return *slot;
}

static void order_begin(struct domain *d, struct order_ctx *o, uint32_t id)
{
	o->id = id;
	clock_reserve(d, &o->own, id + 1);
	memset(o->own.at, 0, (id + 1) * sizeof(*o->own.at));
	o->own.len = id + 1;
	o->own.at[id] = 1;
}

static struct order_ctx *order_of(struct domain *d, const struct context *ctx)
{
	struct order_ctx *o;
	void **slot;

	if (!ctx) {
		o = &order_domain(d)->handler;
		if (!o->own.len)
			order_begin(d, o, 0);
		return o;
	}
	slot = context_slot(ctx, CONTEXT_SLOT_ORDER);
	if (!*slot) {
		*slot = domain_arena_alloc(d, sizeof(struct order_ctx));
		order_begin(d, *slot, context_id(ctx));
	}
	return *slot;
}

struct order_ctx *order_self(void)
{
	return order_of(engine_tls.domain, context_self());
}

/* What comes next is not covered by what was left behind. */
static void order_step(struct order_ctx *self)
{
	self->own.at[self->id]++;
	self->segment = 0;
	engine_tls.seen = 0;
}

/*D:210
 * Two accesses race when neither is in the other's past, and the past is what locks, messages and the
 * like hand on. Each context counts its releases, and knows of each other context how many of its
 * releases it has learned of, directly or through others.
 :*/
void order_acquire_slow(const struct order_sync *sync)
{
	struct order_ctx *self;

	if (!sync->known.len)
		return;
	self = order_self();
	if (sync->clock && order_knows(self, sync->ctx, sync->clock))
		return;
	clock_join(engine_tls.domain, &self->own, sync->known.at, sync->known.len);
}

void order_release_slow(struct order_sync *sync)
{
	struct order_ctx *self = order_self();

	clock_copy(engine_tls.domain, &sync->known, &self->own);
	sync->ctx = self->id;
	sync->clock = self->own.at[self->id];
	order_step(self);
}

void order_release_shared_slow(struct order_sync *sync)
{
	struct order_ctx *self = order_self();

	clock_join(engine_tls.domain, &sync->known, self->own.at, self->own.len);
	sync->clock = 0;
	order_step(self);
}

void order_wake_slow(struct context *woken)
{
	struct order_ctx *self = order_self();

	clock_join(engine_tls.domain, &order_of(engine_tls.domain, woken)->own, self->own.at, self->own.len);
	order_step(self);
}

void order_spawn(struct context *child)
{
	struct order_ctx *self;

	if (!engine_tls.races)
		return;
	self = order_self();
	clock_join(engine_tls.domain, &order_of(engine_tls.domain, child)->own, self->own.at, self->own.len);
	order_step(self);
}

/* ---- words of memory ------------------------------------------------------------------- */

static size_t word_hash(uintptr_t address, uint32_t buckets)
{
	return (size_t)((address >> 1) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (buckets - 1);
}

static void words_grow(struct domain *d, struct order_domain *o)
{
	uint32_t buckets = o->word_buckets ? 4 * o->word_buckets : 64;
	struct order_word **words = domain_arena_alloc(d, buckets * sizeof(*words));

	for (uint32_t i = 0; i < o->word_buckets; i++) {
		struct order_word *next, *w = o->words[i];

		for (; w; w = next) {
			struct order_word **head = &words[word_hash(w->address, buckets)];

			next = w->next;
			w->next = *head;
			*head = w;
		}
	}
	o->words = words;
	o->word_buckets = buckets;
}

static struct order_sync *word_sync(const volatile void *address, bool make)
{
	struct domain *d = engine_tls.domain;
	struct order_domain *o = order_domain(d);
	struct order_word *w = NULL, **head;

	if (o->word_buckets)
		w = o->words[word_hash((uintptr_t)address, o->word_buckets)];
	while (w && w->address != (uintptr_t)address)
		w = w->next;
	if (w || !make)
		return w ? &w->sync : NULL;
	if (o->word_count >= o->word_buckets)
		words_grow(d, o);
	o->word_count++;
	head = &o->words[word_hash((uintptr_t)address, o->word_buckets)];
	w = domain_arena_alloc(d, sizeof(*w));
	w->address = (uintptr_t)address;
	w->next = *head;
	*head = w;
	return &w->sync;
}

void order_acquire_at_slow(const volatile void *address)
{
	const struct order_sync *sync = word_sync(address, false);

	if (sync)
		order_acquire_slow(sync);
}

void order_release_at_slow(const volatile void *address)
{
	order_release_shared_slow(word_sync(address, true));
}

void order_forget_at_slow(const volatile void *address)
{
	struct order_sync *sync = word_sync(address, false);

	if (sync)
		sync->known.len = 0;
}

/* ---- between domains --------------------------------------------------------------------- */

void order_signal_slow(struct order_known *event)
{
	struct domain *d = engine_tls.domain;
	struct order_ctx *self = order_self();

	clock_join(d, known_clock(d, event, domain_index(d)), self->own.at, self->own.len);
	for (const struct order_part *part = self->others.parts; part; part = part->next)
		clock_join(d, known_clock(d, event, part->domain), part->clock.at, part->clock.len);
	order_step(self);
}

static void order_learn(struct order_ctx *o, uint32_t domain, const uint32_t *at, uint32_t len)
{
	struct domain *d = engine_tls.domain;

	clock_join(d, domain == domain_index(d) ? &o->own : known_clock(d, &o->others, domain), at, len);
}

void order_await_slow(const struct order_known *event)
{
	struct order_ctx *self = order_self();

	for (const struct order_part *part = event->parts; part; part = part->next)
		order_learn(self, part->domain, part->clock.at, part->clock.len);
}

static void parcel_put(struct order_parcel *parcel, uint32_t domain, const struct order_clock *clock)
{
	uint32_t *at = parcel->words + parcel->used;

	at[0] = domain;
	at[1] = clock->len;
	memcpy(at + 2, clock->at, clock->len * sizeof(*at));
	parcel->used += 2 + clock->len;
}

static void parcel_reserve(struct order_parcel *parcel, uint32_t words)
{
	parcel->used = 0;
	if (words <= parcel->cap)
		return;
	parcel->cap = 2 * words;
	parcel->words = domain_arena_alloc(engine_tls.domain, parcel->cap * sizeof(*parcel->words));
}

void order_pack(struct order_parcel *parcel)
{
	struct order_ctx *self;
	uint32_t words;

	if (!engine_tls.races)
		return;
	self = order_self();
	words = 2 + self->own.len;
	for (const struct order_part *part = self->others.parts; part; part = part->next)
		words += 2 + part->clock.len;
	parcel_reserve(parcel, words);
	parcel_put(parcel, domain_index(engine_tls.domain), &self->own);
	for (const struct order_part *part = self->others.parts; part; part = part->next)
		parcel_put(parcel, part->domain, &part->clock);
	order_step(self);
}

/* The handlers' own clock goes on, what earlier ones knew of others is forgotten. */
static void order_forget(struct order_ctx *handler)
{
	handler->own.len = 1;
	for (struct order_part *part = handler->others.parts; part; part = part->next)
		part->clock.len = 0;
}

void order_unpack(const struct order_parcel *parcel, struct context *ctx)
{
	struct order_ctx *o;
	uint32_t at = 0;

	if (!engine_tls.races)
		return;
	o = order_of(engine_tls.domain, ctx);
	if (!ctx)
		order_forget(o);
	while (at < parcel->used) {
		uint32_t len = parcel->words[at + 1];

		order_learn(o, parcel->words[at], parcel->words + at + 2, len);
		at += 2 + len;
	}
}
