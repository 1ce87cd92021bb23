/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_random.c - small worlds made from a seed.
 *
 * Contexts advance, call, access the bus, send messages, wait and wake, and
 * each reads and changes a word of its domain's state that goes into the trace;
 * so any change in the order of events changes the trace from there on.
 *
 * Locking: none. Errors: none. Blocking: random_run runs an engine.
 */
#include "util_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct random_world random_small = {.domains = 3, .contexts = 3, .actions = 30, .latency_max = 60};
const struct random_world random_ties = {.domains = 4, .contexts = 3, .actions = 30, .latency_max = 40, .ties = true};
const struct random_world random_wide = {.domains = 5, .contexts = 12, .actions = 12, .latency_max = 900};

#define SLEEPERS_MAX 64u

/* State of one domain; lies in its arena. */
struct side {
	uint64_t word;
	cycles_t latency[PEF_DOMAINS_MAX];
	const struct random_world *world;
	struct context *sleepers[SLEEPERS_MAX];
	unsigned sleeper_count;
	uint64_t stop_at; /* engine_stop() when word's low bits say so; 0: never */
	bool stuck;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 29)) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ (x >> 32);
}

static void side_touch(struct domain *d, uint64_t what)
{
	struct side *s = domain_model(d);
	s->word = mix(s->word * 31 + what);
	trace_emit(TRACE_TEST, (unsigned)(what & 0xff), s->word, domain_now(d));
	if (s->stop_at && s->word % s->stop_at == 0)
		engine_stop(domain_engine(d));
}

static cycles_t side_cycles(const struct side *s, uint64_t random, cycles_t least)
{
	cycles_t cycles = least + random % 50;
	return s->world->ties ? (cycles + 7) & ~(cycles_t)7 : cycles;
}

static void side_wake_one(struct domain *d)
{
	struct side *s = domain_model(d);
	if (s->sleeper_count)
		context_wake(s->sleepers[--s->sleeper_count], side_cycles(s, s->word, 1));
}

static void on_message(struct domain *d, unsigned type, const uint64_t *words, unsigned count)
{
	struct side *s = domain_model(d);
	side_touch(d, type + words[count - 1]);
	side_wake_one(d);
	if (!words[0])
		return;
	unsigned to = (unsigned)(s->word % engine_domain_count(domain_engine(d)));
	uint64_t less[2] = {words[0] - 1, s->word & 0xffff};
	message_send(engine_domain(domain_engine(d), to), type, less, 2, side_cycles(s, s->word >> 16, s->latency[to]));
}

static void on_bus(struct domain *d, const struct call *c)
{
	struct side *s = domain_model(d);
	side_touch(d, c->arg[0]);
	if (c->number == 1 && c->from_ctx) {
		unsigned to = (domain_index(d) + 1) % engine_domain_count(domain_engine(d));
		struct call asked = {.number = 0, .arg = {s->word & 0xff}, .arg_count = 1};
		bus_forward(engine_domain(domain_engine(d), to), c, &asked, STEP_BUS);
		return;
	}
	struct call answer = *c;
	answer.ret[0] = (int64_t)s->word;
	bus_reply(&answer, STEP_BUS);
}

static void on_bus_done(struct domain *d, struct call *original, const struct call *answer)
{
	side_touch(d, (uint64_t)answer->ret[0]);
	original->ret[0] = answer->ret[0];
	bus_reply(original, STEP_BUS);
}

static struct domain *side_other(struct domain *d, uint64_t random)
{
	unsigned count = engine_domain_count(domain_engine(d));
	return engine_domain(domain_engine(d), (domain_index(d) + 1 + (unsigned)(random % (count - 1))) % count);
}

static void side_call(struct domain *d, uint64_t random, uint64_t depth)
{
	struct call c = {.number = (uint32_t)(random & 7),
		.arg = {depth, random >> 8},
		.arg_count = 2,
		.return_step = STEP_URFID};
	call_make(side_other(d, random), &c, STEP_UCALL, random & 0xfff);
	side_touch(d, (uint64_t)c.ret[0]);
}

static void on_call(struct domain *d, struct call *c)
{
	struct side *s = domain_model(d);
	side_touch(d, c->arg[1]);
	context_advance(side_cycles(s, s->word, 1), CAUSE_COMPUTE);
	if (c->arg[0] && s->word % 3 == 0)
		side_call(d, s->word >> 3, c->arg[0] - 1);
	side_wake_one(d);
	c->ret[0] = (int64_t)s->word;
	if (c->arg[0] && s->word % 5 == 0) {
		struct call next = {.number = 3, .arg = {0, s->word}, .arg_count = 2, .return_step = STEP_HRFID};
		call_transfer(side_other(d, s->word >> 5), &next, c, STEP_REFLECT, 0);
	}
}

static const struct domain_ops side_ops = {on_call, on_bus, on_bus_done, on_message};

static void side_sleep(struct domain *d)
{
	struct side *s = domain_model(d);
	const struct wait_on on = {.what = obj_make(OBJ_TEST_VAR, OBJ_NO_GUEST, 1)};
	if (s->sleeper_count == SLEEPERS_MAX)
		return;
	side_wake_one(d);
	s->sleepers[s->sleeper_count++] = context_self();
	/* Only a stuck world calls it a wait when nobody comes by any more. */
	context_block(CAUSE_IDLE, s->stuck ? &on : NULL);
}

static void side_act(struct domain *d, uint64_t random)
{
	struct side *s = domain_model(d);
	struct call bus = {.number = (uint32_t)(random >> 40) & 1, .arg = {random >> 44}, .arg_count = 1};
	uint64_t words[2] = {random >> 61, random >> 50};
	struct domain *to = side_other(d, random >> 13);
	switch (random % 8) {
	case 0:
		side_call(d, random >> 8, 2);
		break;
	case 1:
		bus_access(to, &bus, STEP_BUS);
		side_touch(d, (uint64_t)bus.ret[0]);
		break;
	case 2:
	case 3:
		message_send(to, 7, words, 2, side_cycles(s, random >> 20, s->latency[domain_index(to)]));
		break;
	case 4:
		if (random % 64 < 8)
			side_sleep(d);
		break;
	default:
		cost_charge(STEP_LOCK);
	}
}

static void side_actor(void *arg)
{
	struct domain *d = arg;
	struct side *s = domain_model(d);
	for (unsigned i = 0; i < s->world->actions; i++) {
		uint64_t random = context_random(context_self());
		side_touch(d, random >> 32);
		side_act(d, random);
		context_advance(side_cycles(s, random >> 24, 1), CAUSE_COMPUTE);
	}
	side_wake_one(d);
}

static struct price_list random_prices;

struct engine *random_setup(const struct random_world *world, const struct engine_config *config, uint64_t seed)
{
	struct engine_config mine = *config;
	/* Calls and the bus cost as much as the slowest edge needs. */
	random_prices = (struct price_list){.choice = PRICE_TYP};
	for (unsigned i = 0; i < STEP_COUNT; i++)
		random_prices.steps[i] = (struct price){.lo = 1, .typ = world->latency_max, .hi = world->latency_max};
	mine.seed = seed;
	mine.prices = &random_prices;
	struct engine *engine = engine_create(&mine);
	if (!engine)
		abort();
	for (unsigned i = 0; i < world->domains; i++) {
		char name[8];
		snprintf(name, sizeof name, i == 0 ? "hv" : i == 1 ? "uv" : "g%u", i - 2);
		struct domain *d = engine_add_domain(engine, name, &side_ops, NULL, 0);
		struct side *s = domain_arena_alloc(d, sizeof *s);
		domain_set_model(d, s);
		s->world = world;
		s->stop_at = mix(seed + 99) % 100 < world->stop_percent ? 150 : 0;
		s->stuck = mix(seed + 77) % 100 < world->stuck_percent;
	}
	uint64_t r = mix(seed + 1);
	for (unsigned i = 0; i < world->domains; i++)
		for (unsigned j = 0; j < world->domains; j++) {
			struct side *s = domain_model(engine_domain(engine, i));
			r = mix(r + 17);
			s->latency[j] = 1 + r % world->latency_max;
			engine_set_latency(engine, engine_domain(engine, i), engine_domain(engine, j), s->latency[j]);
		}
	for (unsigned i = 0; i < world->domains * world->contexts; i++) {
		struct domain *d = engine_domain(engine, i % world->domains);
		char name[24];
		snprintf(name, sizeof name, "t%u.c%u", i % world->domains, i / world->domains);
		r = mix(r + 5);
		context_spawn(d, name, name, side_actor, d, world->ties ? r % 4 * 8 : r % 40);
	}
	return engine;
}

static uint64_t books_hash(const struct engine *engine)
{
	static struct engine_book rows[256];
	unsigned count = engine_books(engine, rows, 256);
	uint64_t h = count;
	for (unsigned i = 0; i < count; i++) {
		for (const char *c = rows[i].hwthread; *c; c++)
			h = mix(h + (uint8_t)*c);
		for (unsigned k = 0; k < CAUSE_COUNT; k++)
			h = mix(h * 3 + rows[i].by_cause[k]);
		h = mix(h + rows[i].end);
	}
	return h;
}

struct random_result random_finish(struct engine *engine)
{
	struct engine_result r;
	if (engine_run(engine, &r) != PEF_OK)
		abort();
	return (struct random_result){r.end, r.key, r.steps, trace_hash(engine), books_hash(engine), r.waiter_count};
}

struct random_result random_run(const struct random_world *world, struct engine_config config, uint64_t seed)
{
	struct engine *engine = random_setup(world, &config, seed);
	struct random_result result = random_finish(engine);
	engine_destroy(engine);
	return result;
}

bool random_equal(const struct random_result *a, const struct random_result *b)
{
	return a->end == b->end && a->key.cycle == b->key.cycle && a->key.domain == b->key.domain &&
	       a->key.position == b->key.position && a->steps == b->steps && a->hash == b->hash &&
	       a->books == b->books && a->waiters == b->waiters;
}
