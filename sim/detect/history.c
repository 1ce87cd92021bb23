/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.c - an object's life, told in a finding.
 *
 * The order is that of the reader's question: who touched it (the caller's
 * block), who had freed it, who had made it.
 *
 * Locking: as finding.h; works in the running domain, unless one is named.
 * Errors: none. Blocking: never.
 */
#include "history.h"

const char *history_actor(void)
{
	struct context *ctx = context_self();
	struct domain *d = domain_self();

	return ctx ? context_name(ctx) : d ? domain_name(d) : "pefsim";
}

void history_set_object(struct finding *f, const struct heap_object *o)
{
	char name[40];
	unsigned guest = obj_guest(o->name);

	f->subject = o->name;
	obj_print(o->name, name, sizeof(name));
	if (guest == OBJ_NO_GUEST)
		snprintf(f->object, sizeof(f->object), "object %s, %zu bytes", name, o->size);
	else
		snprintf(f->object, sizeof(f->object), "object %s of guest g%u, %zu bytes", name, guest, o->size);
}

void history_add_past(struct finding *f, const struct domain *d, const char *what, const struct reuse_mark *when)
{
	const char *name =
		when->ctx ? engine_context_name(domain_engine(d), domain_index(d), when->ctx) : domain_name(d);
	struct finding_block *b;

	if (f->block_count == FINDING_BLOCKS_MAX)
		return;
	b = &f->blocks[f->block_count++];
	*b = (struct finding_block){.domain = domain_index(d), .chain = when->chain, .script_line = when->line};
	snprintf(b->context, sizeof(b->context), "%s", name);
	snprintf(
		b->heading, sizeof(b->heading), "%s by %s at cycle %llu:", what, name, (unsigned long long)when->cycle);
}

struct reuse_mark history_allocated(const struct heap_object *o)
{
	return (struct reuse_mark){o->alloc_chain, o->alloc_ctx, o->alloc_line, o->alloc_cycle};
}

struct reuse_mark history_freed(const struct heap_object *o)
{
	return (struct reuse_mark){o->free_chain, o->free_ctx, o->free_line, o->free_cycle};
}

void history_add_object(struct finding *f, const struct heap_object *o)
{
	const struct reuse_mark allocated = history_allocated(o), freed = history_freed(o);

	if (o->freed)
		history_add_past(f, domain_self(), "freed", &freed);
	history_add_past(f, domain_self(), "allocated", &allocated);
}
