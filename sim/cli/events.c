/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events.c - signal, wait, barrier and after, across domains. See events.h.
 *
 * Locking: a copy belongs to its domain. Errors: none. Blocking: events_wait
 * yields.
 */
#include "events.h"

#include "pefsim/points.h"
#include "pefsim/sync.h"

struct script_events {
	unsigned count;
	struct script_event {
		uint64_t raised;
		struct sim_waitqueue queue;
		struct order_known known; /* what those knew who raised it */
	} * events;
};

#define EVENTS_MESSAGE 1u

static struct script_events *events_of(struct domain *domain)
{
	return *domain_slot(domain, DOMAIN_SLOT_SCRIPT);
}

void events_attach(struct domain *domain, unsigned count)
{
	struct script_events *s = domain_arena_alloc(domain, sizeof(*s));
	s->count = count;
	s->events = domain_arena_alloc(domain, sizeof(*s->events) * (count ? count : 1));
	for (unsigned i = 0; i < count; i++)
		sim_waitqueue_init(&s->events[i].queue, obj_make(OBJ_EVENT, OBJ_NO_GUEST, i));
	*domain_slot(domain, DOMAIN_SLOT_SCRIPT) = s;
}

static void event_arrive(struct domain *domain, uint32_t event)
{
	struct script_event *e = &events_of(domain)->events[event];
	e->raised++;
	order_signal(&e->known);
	sim_waitqueue_wake_all(&e->queue);
}

void events_on_message(struct domain *domain, unsigned type, const uint64_t *words, unsigned count)
{
	if (type == EVENTS_MESSAGE && count == 1)
		event_arrive(domain, (uint32_t)words[0]);
}

void events_raise(uint32_t event)
{
	struct domain *self = domain_self();
	struct engine *engine = domain_engine(self);
	const struct price_list *prices = domain_prices(self);
	cycles_t latency = prices ? price_of(prices, STEP_SIGNAL) : 1;
	uint64_t word = event;

	trace_emit(TRACE_SIGNAL, 0, event, 0);
	sync_hand_on(obj_make(OBJ_EVENT, OBJ_NO_GUEST, event));
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		struct domain *other = engine_domain(engine, i);
		if (other != self)
			message_send(other, EVENTS_MESSAGE, &word, 1, latency);
	}
	event_arrive(self, event);
	point_pass(POINT_WAKE, obj_make(OBJ_EVENT, OBJ_NO_GUEST, event));
}

void events_wait(uint32_t event, uint64_t times)
{
	struct script_event *e = &events_of(domain_self())->events[event];
	bool waited = e->raised < times;

	while (e->raised < times)
		sim_waitqueue_sleep(&e->queue, CAUSE_IDLE);
	sync_go_on_by(obj_make(OBJ_EVENT, OBJ_NO_GUEST, event));
	if (waited)
		trace_emit(TRACE_AWAITED, 0, event, 0);
	order_await(&e->known);
}

uint64_t events_count(uint32_t event)
{
	return events_of(domain_self())->events[event].raised;
}
