/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads.c - the executor with a host thread for each domain.
 *
 * Each thread publishes when its next event is, looks how far the others let it
 * run, and runs that far; when that is nowhere it sleeps. All threads share one
 * CPU: the protocol is call and wait, so two of them rarely have work at once,
 * and handing over on one CPU is many times cheaper than waking another. The
 * worth of this executor is that the mailboxes are really used and that
 * ThreadSanitizer can see whether domains share anything. It is not faster.
 *
 * Locking: what crosses threads is in horizon.c and mailbox.c. Errors: false
 * when the host gives no thread or memory. Blocking: for the length of the run.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "engine_private.h"
#include "horizon.h"
#include "mailbox.h"

#define UNDO_KEEP 4096u /* entries before it is worth looking what can go */

struct threads {
	struct horizon horizon;
	struct engine_breach breach;
	cpu_set_t cpu;
	struct mailbox *boxes[PEF_DOMAINS_MAX];
	uint64_t arrivals[PEF_DOMAINS_MAX]; /* only counted for a planted breach */
};

static void domain_drain(struct threads *t, struct domain *d)
{
	struct message *m;
	while ((m = mailbox_pop(t->boxes[d->index]))) {
		if (t->breach.mailbox_order)
			m->event.order = ORDER_CONTEXT >> 1 | ++t->arrivals[d->index];
		queue_push(&d->queue, &m->event);
	}
}

/*E:180
 * The order of these lines is the proof. The message is pushed, then the receiver's word is lowered on
 * its behalf, and only later will the sender raise its own. So at no moment does anybody see words
 * that deny a message on its way. And who sends lowers its own horizon, as an answer may come back
 * sooner than anything else.
 :*/
void threads_send(struct domain *from, struct domain *to, struct message *m)
{
	struct threads *t = from->engine->threads;
	cycles_t arrival = m->event.time;
	if (arrival >= ENGINE_CYCLES_LIMIT)
		engine_bug("a message to domain %s lies beyond the engine's last cycle", to->name);
	mailbox_push(t->boxes[to->index], m); /* @m is the receiver's from here */
	horizon_lower(&t->horizon, to->index, arrival);
	cycles_t cap = arrival + t->horizon.distance[to->index][from->index];
	if (from->horizon > cap && !t->breach.no_own_send_cap)
		from->horizon = cap;
}

void threads_halted(struct domain *d)
{
	struct threads *t = d->engine->threads;
	horizon_stop_at(&t->horizon, d->halt_key.cycle, d->index);
	atomic_store(&d->engine->attention, true);
}

bool threads_past_stop(const struct domain *d, cycles_t time)
{
	return horizon_stopped(&d->engine->threads->horizon, time, d->index);
}

/* When the domain's next event is, as far as this run is concerned. */
static cycles_t domain_next(struct threads *t, const struct domain *d)
{
	cycles_t time = d->queue.head_time;
	if (d->halted || time > d->engine->cycles_cap || atomic_load(&d->engine->interrupted))
		return HORIZON_NEVER;
	return horizon_stopped(&t->horizon, time, d->index) ? HORIZON_NEVER : time;
}

static void domain_publish(struct threads *t, struct domain *d)
{
	uint64_t seen;
	do {
		seen = horizon_load(&t->horizon, d->index);
		domain_drain(t, d);
	} while (!horizon_raise(&t->horizon, d->index, seen, domain_next(t, d)));
	horizon_wake(&t->horizon, d->index);
}

/* What lies before every word and before every stop will not be cut. */
static void domain_forget(struct threads *t, struct domain *d, cycles_t least)
{
	const struct undo_log *log = &d->engine->undo[d->index];
	if (log->tail - log->head < UNDO_KEEP)
		return;
	uint64_t stop = atomic_load(&t->horizon.bound) >> 5;
	cycles_t waits = waitgraph_floor(d), keep = least < stop ? least : stop;
	undo_prune(d, keep < waits ? keep : waits);
}

/*E:160
 * The second executor gives each domain a host thread, the shape in which people think of hypervisor
 * and ultravisor. Each round publishes when the domain's next event is, asks how far the others let it
 * run, and runs that far.
 :*/
static void *domain_thread(void *arg)
{
	struct domain *d = arg;
	struct threads *t = d->engine->threads;
	struct fiber host;
	fiber_adopt(&host);
	d->scheduler = &host;
	schedule_enter(d);
	while (!atomic_load(&t->horizon.done)) {
		domain_publish(t, d);
		struct horizon_view view = horizon_collect(&t->horizon, d->index);
		domain_drain(t, d); /* what came before the look */
		domain_forget(t, d, view.least);
		d->horizon = view.horizon + t->breach.run_at_horizon;
		if (d->horizon > d->engine->cycles_cap + 1)
			d->horizon = d->engine->cycles_cap + 1;
		if (domain_next(t, d) < d->horizon)
			schedule_run(d);
		else if (view.over)
			horizon_finish(&t->horizon);
		else
			horizon_sleep(&t->horizon, d->index);
	}
	schedule_leave();
	fiber_leave(&host);
	return NULL;
}

static bool threads_start(struct engine *engine, struct threads *t, pthread_t *ids, unsigned *started)
{
	pthread_attr_t attr;
	bool ok = !pthread_attr_init(&attr);
	if (!ok)
		return false;
	pthread_attr_setaffinity_np(&attr, sizeof t->cpu, &t->cpu);
	for (*started = 0; ok && *started < engine->domain_count; *started += ok)
		ok = !pthread_create(&ids[*started], &attr, domain_thread, engine->domains[*started]);
	pthread_attr_destroy(&attr);
	return ok;
}

static void look_yields(struct horizon *h, unsigned j)
{
	(void)h, (void)j;
	sched_yield();
}

static struct threads *threads_create(struct engine *engine)
{
	struct threads *t = aligned_alloc(64, (sizeof(struct threads) + 63) & ~(size_t)63);
	if (!t)
		return NULL;
	*t = (struct threads){.breach = engine->config.breach};
	horizon_init(&t->horizon, engine->domain_count, engine->latency);
	t->horizon.single_collect = t->breach.single_collect;
	t->horizon.looked = t->breach.yield_in_collect ? look_yields : NULL;
	int cpu = sched_getcpu();
	CPU_ZERO(&t->cpu);
	CPU_SET(cpu < 0 ? 0u : (unsigned)cpu, &t->cpu);
	bool ok = true;
	/* All words begin at 0: nobody runs past what a thread still to start will do. */
	for (unsigned i = 0; i < engine->domain_count; i++) {
		t->boxes[i] = mailbox_create();
		ok = ok && t->boxes[i];
	}
	engine->threads = t;
	return ok ? t : NULL;
}

static void threads_destroy(struct engine *engine)
{
	struct threads *t = engine->threads;
	engine->threads = NULL;
	if (!t)
		return;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		if (!t->boxes[i])
			continue;
		domain_drain(t, engine->domains[i]); /* a halted domain may have left some */
		mailbox_destroy(t->boxes[i]);
	}
	free(t);
}

bool threads_run(struct engine *engine)
{
	pthread_t ids[PEF_DOMAINS_MAX];
	unsigned started = 0;
	struct threads *t = threads_create(engine);
	bool ok = t && threads_start(engine, t, ids, &started);
	if (t && !ok)
		horizon_finish(&t->horizon);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	threads_destroy(engine);
	return ok;
}
