/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fibers.c - the executor on one host thread.
 *
 * The domain whose next event has the least (time, number) runs until another
 * domain's next event would come first; then whoever runs, a context or the
 * loop below, goes on in that one. All events run in the order of the merged
 * trace, so a run that stops has nothing to take back.
 *
 * Locking: none. Errors: none. Blocking: for the length of the run.
 */
#include "engine_private.h"

static uint64_t fibers_key(const struct domain *d)
{
	return d->queue.head_time == PEF_NEVER ? UINT64_MAX : d->queue.head_time << 5 | d->index;
}

_Static_assert(PEF_DOMAINS_MAX <= 32, "a domain's number fits five bits");

/*E:150
 * The first executor is one host thread and always runs the least key there is. Between two domains
 * whose clocks are far apart it need not look up: the next event of any other domain is the bound.
 :*/
struct domain *fibers_next(struct engine *engine)
{
	const struct domain *self = engine_tls.domain;
	uint64_t first = UINT64_MAX, second = UINT64_MAX;
	engine->next[self->index] = fibers_key(self);
	for (unsigned i = 0; i < engine->domain_count; i++) {
		uint64_t key = engine->next[i], more = key < first ? first : key;
		first = key < first ? key : first;
		second = more < second ? more : second;
	}
	if (first >> 5 > engine->cycles_cap)
		return NULL;
	struct domain *d = engine->domains[first & 31];
	cycles_t cap = (second >> 5) + ((first & 31) < (second & 31));
	d->horizon = cap > engine->cycles_cap ? engine->cycles_cap + 1 : cap;
	schedule_change(d);
	return d;
}

/* Who stood at the mark goes on in its event, up to where another domain comes next. */
static void fibers_go_on(struct engine *engine)
{
	struct context *ctx = engine->marked;
	struct domain *d = ctx->domain;
	uint64_t first = UINT64_MAX;
	for (unsigned i = 0; i < engine->domain_count; i++)
		if (i != d->index && engine->next[i] < first)
			first = engine->next[i];
	cycles_t cap = (first >> 5) + (d->index < (first & 31));
	d->horizon = cap > engine->cycles_cap ? engine->cycles_cap + 1 : cap;
	engine->marked = NULL;
	schedule_change(d);
	schedule_go_on(ctx);
}

static bool fibers_is_over(const struct engine *engine)
{
	return engine_tls.domain->halted || engine->marked ||
	       atomic_load_explicit(&engine->interrupted, memory_order_relaxed);
}

void fibers_run(struct engine *engine)
{
	struct fiber host;
	if (!engine->domain_count)
		return;
	fiber_adopt(&host);
	for (unsigned i = 0; i < engine->domain_count; i++) {
		engine->domains[i]->scheduler = &host;
		engine->next[i] = fibers_key(engine->domains[i]);
	}
	schedule_enter(engine->domains[0]);
	if (engine->marked)
		fibers_go_on(engine);
	while (!fibers_is_over(engine)) {
		struct domain *d = fibers_next(engine);
		if (d)
			schedule_run(d);
		else if (!hold_idle(engine) && !direct_idle(engine))
			break;
	}
	schedule_leave();
	fiber_leave(&host);
}
