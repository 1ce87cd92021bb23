/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * publish.c - memslot tables for observers, through RCU.
 *
 * The simulated table belongs to one host thread. Others may look at a copy
 * that never changes: a publication swaps the pointer and frees the old copy
 * after a grace period of liburcu. Observers come from any thread and rarely,
 * so each registers with liburcu just for its look. This is host machinery; the
 * protocol's own kvm->srcu is a simulated object and has nothing to do with it.
 *
 * An observer counts its look inside its read section, and a publisher reads
 * the count after the grace period: that is the order liburcu gives anyway, in
 * words that ThreadSanitizer, which cannot see into liburcu, understands.
 *
 * Locking: publications of one publisher come from one thread at a time.
 * Errors: no host memory stops the program. Blocking: a publication waits for
 * observers that are looking.
 */
#include "pefsim/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu.h>

struct memslot_publisher {
	struct memslots *current; /* RCU-protected; NULL before the first publication */
	uint64_t looks; /* read sections so far; atomic */
};

/* Observers may be nested, a thread registers only once. */
static _Thread_local unsigned observe_depth;

static void *publish_alloc(size_t size)
{
	void *memory = malloc(size);
	if (!memory) {
		fprintf(stderr, "pefsim: no memory for a memslot table of %zu bytes\n", size);
		abort();
	}
	return memory;
}

struct memslot_publisher *memslot_publisher_create(void)
{
	struct memslot_publisher *p = publish_alloc(sizeof(*p));
	*p = (struct memslot_publisher){0};
	return p;
}

/* Make @next current and free the one before when nobody looks at it any more. */
static void publish_swap(struct memslot_publisher *p, struct memslots *next)
{
	struct memslots *old = __atomic_exchange_n(&p->current, next, __ATOMIC_ACQ_REL);
	if (!old)
		return;
	synchronize_rcu();
	(void)__atomic_load_n(&p->looks, __ATOMIC_ACQUIRE);
	free(old);
}

void memslot_publisher_destroy(struct memslot_publisher *p)
{
	if (!p)
		return;
	publish_swap(p, NULL);
	free(p);
}

void memslot_publish(struct memslot_publisher *p, const struct memslots *slots)
{
	size_t size = sizeof(*slots) + slots->count * sizeof(slots->slots[0]);
	struct memslots *copy = publish_alloc(size);
	memcpy(copy, slots, size);
	publish_swap(p, copy);
}

void memslot_observe(struct memslot_publisher *p, void (*fn)(const struct memslots *slots, void *arg), void *arg)
{
	if (observe_depth++ == 0)
		rcu_register_thread();
	rcu_read_lock();
	fn(__atomic_load_n(&p->current, __ATOMIC_ACQUIRE), arg);
	__atomic_fetch_add(&p->looks, 1, __ATOMIC_RELEASE);
	rcu_read_unlock();
	if (--observe_depth == 0)
		rcu_unregister_thread();
}
