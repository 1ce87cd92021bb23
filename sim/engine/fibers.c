/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fibers.c - the executor on one host thread.
 *
 * The domain whose next event has the least (time, number) runs until another
 * domain's next event would come first. All events run in the order of the
 * merged trace, so a run that stops has nothing to take back.
 *
 * Locking: none. Errors: none. Blocking: for the length of the run.
 */
#include "engine_private.h"

/*E:150
 * The first executor is one host thread and always runs the least key there is. Between two domains
 * whose clocks are far apart it need not look up: the next event of any other domain is the bound.
 :*/
/* The domain that is next, with its horizon set; NULL when nothing may run. */
static struct domain *fibers_next(struct engine *engine)
{
	struct domain *least = NULL;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		struct domain *d = engine->domains[i];
		if (!least || d->queue.head_time < least->queue.head_time)
			least = d;
	}
	if (!least || least->queue.head_time > engine->cycles_cap)
		return NULL;
	least->horizon = engine->cycles_cap + 1;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		if (d == least || d->queue.head_time == PEF_NEVER)
			continue;
		cycles_t cap = d->queue.head_time + (least->index < i);
		if (least->horizon > cap)
			least->horizon = cap;
	}
	return least;
}

void fibers_run(struct engine *engine)
{
	struct fiber host;
	fiber_adopt(&host);
	for (unsigned i = 0; i < engine->domain_count; i++)
		engine->domains[i]->scheduler = host;
	while (!atomic_load_explicit(&engine->interrupted, memory_order_relaxed)) {
		struct domain *d = fibers_next(engine);
		if (!d) {
			if (hold_idle(engine))
				continue;
			break;
		}
		schedule_enter(d);
		schedule_run(d);
		schedule_leave(d);
		if (d->halted)
			break;
	}
	fiber_leave(&host);
}
