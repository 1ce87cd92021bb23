/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message.c - what passes between domains, and where its memory comes from.
 *
 * A message lies in the arena of the domain that sent it. Who received it sends
 * the memory home over a list of its own, which the owner empties when its pool
 * is dry; so no domain's pool grows because traffic goes one way.
 *
 * Locking: pools belong to their domain; the way home is one atomic a domain.
 * Errors: misuse stops the process with a message. Blocking: never.
 */
#include <string.h>

#include "engine_private.h"

struct message *message_take(struct domain *d)
{
	struct message *m = d->message_pool;
	if (!m)
		m = atomic_exchange_explicit(&d->engine->returned[d->index], NULL, memory_order_acquire);
	if (!m)
		m = arena_alloc(d, sizeof *m, 64);
	d->message_pool = m->next;
	m->next = NULL;
	m->home = d->index;
	return m;
}

void message_give(struct domain *d, struct message *m)
{
	if (m->home == d->index || d->engine->config.exec == ENGINE_FIBERS) {
		struct domain *home = d->engine->domains[m->home];
		m->next = home->message_pool;
		home->message_pool = m;
		return;
	}
	_Atomic(struct message *) *returned = &d->engine->returned[m->home];
	struct message *head = atomic_load_explicit(returned, memory_order_relaxed);
	do
		m->next = head;
	while (!atomic_compare_exchange_weak_explicit(returned, &head, m, memory_order_release, memory_order_relaxed));
}

/*E:140
 * Domains share nothing; what one wants of another is a message. Its arrival time is the sender's
 * clock and a latency, never less than what the edge promises, and its rank among messages of the same
 * time comes from who sent it and how many before. Neither has anything to do with the order in which
 * a host thread found it in a mailbox.
 :*/
void message_post(struct domain *from, struct domain *to, struct message *m, cycles_t latency)
{
	cycles_t least = from == to ? 1 : from->engine->latency[from->index][to->index];
	if (latency < least || latency > ENGINE_CYCLES_LIMIT)
		engine_bug("a message from %s to %s takes %llu cycles, but the edge has a latency of %llu", from->name,
			to->name, (unsigned long long)latency, (unsigned long long)least);
	m->from = from->index;
	m->to = to->index;
	m->event.time = from->now + latency;
	order_pack(&m->known);
	m->event.order = ((uint64_t)from->index << ORDER_SOURCE_SHIFT) | ++from->send_seq;
	if (from != to && from->engine->config.exec == ENGINE_THREADS)
		threads_send(from, to, m);
	else
		schedule_push(to, &m->event);
}

/* The words are copied: the message lies in the sender's memory, which this side's code must not read. */
static void message_hand_over(struct domain *d, struct message *m)
{
	uint64_t words[MESSAGE_WORDS];
	unsigned type = m->type, count = m->count;

	if (!d->ops->on_message)
		engine_bug("domain %s takes no messages", d->name);
	memcpy(words, m->words, sizeof(words));
	order_unpack(&m->known, NULL);
	message_give(d, m);
	d->ops->on_message(d, type, words, count);
}

static struct context *message_dispatch(struct domain *d, struct message *m)
{
	switch ((enum message_kind)m->kind) {
	case MESSAGE_PLAIN:
		message_hand_over(d, m);
		break;
	case MESSAGE_CALL:
		return call_arrive(d, m);
	case MESSAGE_REPLY:
		return call_answered(d, m);
	case MESSAGE_BUS:
		bus_arrive(d, m);
		break;
	case MESSAGE_BUS_REPLY:
		return bus_answered(d, m);
	}
	return NULL;
}

/* A handler runs on whatever stack the loop is on: this frame is the end of its call chains. */
struct context *message_run(struct domain *d, struct message *m)
{
	d->handler_top = (uintptr_t)__builtin_frame_address(0);
	struct context *next = message_dispatch(d, m);
	d->handler_top = 0;
	return next;
}

void message_send(struct domain *to, unsigned type, const uint64_t *words, unsigned count, cycles_t latency)
{
	struct domain *d = engine_tls.domain;
	if (!d)
		engine_bug("message_send outside a run");
	if (count > MESSAGE_WORDS)
		engine_bug("a message of %u words; %u fit", count, MESSAGE_WORDS);
	struct message *m = message_take(d);
	m->kind = MESSAGE_PLAIN;
	m->type = type;
	m->count = (uint16_t)count;
	for (unsigned i = 0; i < count; i++)
		m->words[i] = words[i];
	message_post(d, to, m, latency);
}
