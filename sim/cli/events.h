/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events.h - signal, wait, barrier and after, across domains.
 *
 * An event is a counter, and every domain keeps a copy of all counters: a
 * signal raises the copy of its own domain at once and reaches the others by
 * message. So waiting reads only the waiter's own domain, and both executors
 * see the same order.
 *
 * Locking: a copy belongs to its domain. Errors: none. Blocking: events_wait
 * yields.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include "pefsim/engine.h"

/** events_attach - give @domain its copy of @count events, all at zero */
void events_attach(struct domain *domain, unsigned count);
/** events_on_message - domain_ops.on_message of every domain of a world */
void events_on_message(struct domain *domain, unsigned type, const uint64_t *words, unsigned count);
/** events_raise - add one to @event, here and, after STEP_SIGNAL, everywhere. Yields. */
void events_raise(uint32_t event);
/** events_wait - until @event has been raised @times times, as known here. Yields. */
void events_wait(uint32_t event, uint64_t times);
/** events_count - how often @event has been raised, as known here */
uint64_t events_count(uint32_t event);

#endif
