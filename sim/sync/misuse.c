/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * misuse.c - a lock used against its rules, told as a finding.
 *
 * The title holds the rule and the lock, so that the same mistake made at
 * another time is the same finding; who did it and who holds the lock are told
 * below it. A context that waits for itself is not misuse: the graph of
 * waiters finds it, as a deadlock of one.
 *
 * Locking: none. Errors: FINDING_LOCK_MISUSE. Blocking: a report from a context
 * does not return.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync_private.h"

static void misuse_fill(struct finding *f, enum finding_kind kind, obj_t name, const char *rule)
{
	char text[64];
	finding_begin(f, kind);
	if (name.w)
		obj_print_full(name, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "a lock without a name");
	snprintf(f->title, sizeof(f->title), "%s on %s: %s", finding_kind_name(kind), text, rule);
	snprintf(f->object, sizeof(f->object), "lock %s", text);
	finding_add_block(f, "%s by %s at cycle %llu:", rule, context_name(context_self()),
		(unsigned long long)domain_now(domain_self()));
}

void sync_misuse_as(enum finding_kind kind, obj_t name, const char *rule, const struct context *holder)
{
	char text[64];
	struct finding f;
	misuse_fill(&f, kind, name, rule);
	if (holder)
		finding_add_line(
			&f, "%s is held by %s", obj_print_full(name, text, sizeof(text)), context_name(holder));
	finding_report(&f);
}

void sync_misuse(obj_t name, const char *rule, const struct context *holder)
{
	sync_misuse_as(FINDING_LOCK_MISUSE, name, rule, holder);
}

struct context *sync_self(obj_t name)
{
	struct context *self = context_self();
	char text[64];
	if (!self) {
		fprintf(stderr, "pefsim: a lock operation on %s outside of any context\n",
			obj_print_full(name, text, sizeof(text)));
		abort();
	}
	/* What no init function has written is zero. */
	if (!name.w)
		sync_misuse(name, "use of a lock that was never initialised", NULL);
	return self;
}

/*L:190
 * What may sleep asks here first. Under a spin lock that is a finding. A call to the ultravisor does
 * not ask: it stalls the CPU, and Linux makes such calls under mmu_lock.
 :*/
void sync_may_sleep(obj_t name, const char *verb)
{
	struct sim_held *held = *context_slot(sync_self(name), CONTEXT_SLOT_SYNC);
	while (held && !held->spinning)
		held = held->older;
	if (!held)
		return;
	char spin[64], rule[128];
	snprintf(rule, sizeof(rule), "%s under the spin lock %s", verb, obj_print_full(held->name, spin, sizeof(spin)));
	sync_misuse(name, rule, NULL);
}

/* ---- locks that are left behind --------------------------------------------------- */

/* Where a lock was taken that should have been given back. */
static void misuse_add_taken(struct finding *f, const struct sim_held *held)
{
	struct finding_block *b = &f->blocks[f->block_count++];
	*b = f->blocks[0];
	b->chain = held->chain;
	snprintf(b->heading, sizeof(b->heading), "taken by %s at cycle %llu:", context_name(held->ctx),
		(unsigned long long)held->since);
	snprintf(b->context, sizeof(b->context), "%s", context_name(held->ctx));
}

/*L:210
 * A call, a statement of the script and a context end without locks. A page's lock bit is the
 * exception that Linux makes: who takes it may leave it to another to give back.
 :*/
void sync_leave(const char *what)
{
	const struct sim_held *held = *context_slot(context_self(), CONTEXT_SLOT_SYNC);
	while (held && (held->mode == LOCK_EVENT || obj_type(held->name) == OBJ_PAGE_LOCK))
		held = held->older;
	if (!held)
		return;
	char rule[128];
	struct finding f;
	snprintf(rule, sizeof(rule), "%s when %s", held->mode == LOCK_SRCU_READ ? "still read" : "still held", what);
	misuse_fill(&f, FINDING_LOCK_MISUSE, held->name, rule);
	misuse_add_taken(&f, held);
	finding_note(&f);
}

void sync_free(const void *start, size_t size)
{
	const struct sim_held *held = context_self() ? sync_domain(domain_self())->all : NULL;
	while (held && (uintptr_t)held->lock - (uintptr_t)start >= size)
		held = held->after;
	if (!held)
		return;
	struct finding f;
	misuse_fill(&f, FINDING_LOCK_MISUSE, held->name, "held when its memory is freed");
	misuse_add_taken(&f, held);
	finding_report(&f);
}
