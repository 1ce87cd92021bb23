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

#include "pefsim/finding.h"

#include "sync_private.h"

struct context *sync_self(obj_t name)
{
	struct context *self = context_self();
	if (self)
		return self;
	char text[64];
	fprintf(stderr, "pefsim: a lock operation on %s outside of any context\n",
		obj_print_full(name, text, sizeof(text)));
	abort();
}

void sync_misuse(obj_t name, const char *rule, const struct context *holder)
{
	struct context *self = context_self();
	char text[64];
	struct finding f;
	finding_begin(&f, FINDING_LOCK_MISUSE);
	obj_print_full(name, text, sizeof(text));
	snprintf(f.title, sizeof(f.title), "lock-misuse on %s: %s", text, rule);
	snprintf(f.object, sizeof(f.object), "lock %s", text);
	finding_add_block(
		&f, "%s by %s at cycle %llu:", rule, context_name(self), (unsigned long long)domain_now(domain_self()));
	if (holder)
		finding_add_line(&f, "%s is held by %s", text, context_name(holder));
	finding_report(&f);
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
