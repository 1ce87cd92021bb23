/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * access.c - the slow paths of an access: is it wrong, and what to say then.
 *
 * The hooks accept what lies within one live granule at once. Everything else
 * comes here: ranges, the ends of objects, and what is really wrong: freed
 * memory, a red zone, another side's memory. Whoever looks for a stale pointer
 * wants to know where it is kept, so a use after free is told with the words
 * of live objects that still point into the freed one.
 *
 * Locking: as heap.c. Errors: findings. Blocking: a finding does not return in
 * a context.
 */
#include <string.h>

#include "history.h"
#include "region.h"

static void access_add_block(struct finding *f, const char *what, bool write)
{
	finding_add_block(f, "%s of %s by %s at cycle %llu:", write ? "write" : "read", what, history_actor(),
		(unsigned long long)*engine_tls.now);
}

static void access_report_freed(const struct heap_object *o, uintptr_t address, size_t size, bool write)
{
	char name[40];
	struct finding f;

	finding_begin(&f, FINDING_USE_AFTER_FREE);
	history_set_object(&f, o);
	access_add_block(&f, obj_print(o->name, name, sizeof(name)), write);
	history_add_object(&f, o);
	finding_add_line(&f, "%zu bytes at offset %zu of %zu", size, (size_t)(address - o->start), o->size);
	stale_search(&f, domain_self(), o, address);
	finding_report(&f);
}

static void access_report_outside(
	const struct heap_object *o, uintptr_t address, uintptr_t bad, size_t size, bool write)
{
	char name[40], beside[64];
	struct finding f;

	finding_begin(&f, FINDING_OUT_OF_BOUNDS);
	if (!o) {
		access_add_block(&f, "heap memory never handed out", write);
		finding_report(&f);
		return;
	}
	history_set_object(&f, o);
	obj_print(o->name, name, sizeof(name));
	snprintf(beside, sizeof(beside), "memory %s %s", bad < o->start ? "before" : "behind", name);
	access_add_block(&f, beside, write);
	history_add_object(&f, o);
	finding_add_line(
		&f, "%zu bytes at offset %lld of %zu", size, (long long)address - (long long)o->start, o->size);
	finding_report(&f);
}

/*D:130
 * Something is odd. It may be the last bytes of an object; it may be freed memory, a red zone, or the
 * memory of another side. Only here is it worth asking which object an address belongs to.
 :*/
void access_check_slow(struct heap *h, uintptr_t address, size_t size, bool write)
{
	uintptr_t at = address, end = address + size;

	while (at < end) {
		uintptr_t granule = at & ~(uintptr_t)(SHADOW_GRANULE - 1);
		uintptr_t stop = granule + SHADOW_GRANULE < end ? granule + SHADOW_GRANULE : end;
		const int8_t *shadow = shadow_of(h->origin, h->span, granule);
		int8_t live = shadow ? *shadow : 0;

		if ((int64_t)(stop - granule) > live) {
			uintptr_t bad = live > 0 && granule + (uintptr_t)live > at ? granule + (uintptr_t)live : at;
			const struct heap_object *o = heap_object_near(h, bad);

			if (live == SHADOW_FREED && o)
				access_report_freed(o, address, size, write);
			else
				access_report_outside(o, address, bad, size, write);
			return;
		}
		at = stop;
	}
}

/* The first page of memory is never mapped: a NULL pointer, or a member of what it should point to. */
static void access_report_null(uintptr_t address, size_t size, bool write)
{
	struct finding f;

	finding_begin(&f, FINDING_MODEL);
	snprintf(f.title, sizeof(f.title), "NULL pointer dereference in ");
	access_add_block(&f, "address 0", write);
	finding_add_line(
		&f, "%zu bytes at offset %llu of an object that is not there", size, (unsigned long long)address);
	finding_report(&f);
}

void access_check_foreign(uintptr_t address, size_t size, bool write)
{
	if (address < ACCESS_NULL_PAGE) {
		access_report_null(address, size, write);
		return;
	}
	struct domain *self = domain_self();
	const struct engine *engine = domain_engine(self);

	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		const struct domain *other = engine_domain(engine, i);
		struct heap_object object;
		char name[40], what[PEF_NAME_MAX + 40];
		struct finding f;

		if (other == self || !domain_owns(other, (const void *)address))
			continue;
		finding_begin(&f, FINDING_DOMAIN_BREACH);
		if (heap_find(other, (const void *)address, &object)) {
			history_set_object(&f, &object);
			obj_print(object.name, name, sizeof(name));
		} else {
			snprintf(name, sizeof(name), "memory");
		}
		snprintf(what, sizeof(what), "%s of side %s", name, domain_name(other));
		access_add_block(&f, what, write);
		finding_add_line(&f, "%zu bytes; side %s may only send messages to side %s", size, domain_name(self),
			domain_name(other));
		finding_report(&f);
		return;
	}
}

void access_note_actor(struct hooks_store *s)
{
	const struct context *ctx = context_self();

	s->seen = true;
	s->domain = domain_index(domain_self());
	s->cycle = *engine_tls.now;
	s->line = ctx ? context_line(ctx) : 0;
	s->frame_count = chain_frames(domain_self(), chain_capture(), s->frames, CHAIN_FRAMES_MAX);
	snprintf(s->context, sizeof(s->context), "%s", history_actor());
}

/*D:160
 * And who put the pointer there? The run is made again, the same to the last cycle, and now stores to
 * those words are watched. The last one is the line of the report that says "pointer stored by".
 :*/
void access_store_seen(struct heap *h, uintptr_t address, size_t size)
{
	for (unsigned i = 0; i < h->watch_count; i++) {
		if (h->watch[i] + sizeof(uintptr_t) > address && address + size > h->watch[i])
			access_note_actor(&h->stores[i]);
	}
}
