/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * atomicity.c - what was read under a lock, and is relied upon in a later section
 * of that lock, though somebody else has changed it in between.
 *
 * No access races with another in such code, so the race detector is silent; but
 * "look, give the lock back, take it again, act on what was seen" is wrong more
 * often than not. For each word that a context read under a lock it is remembered
 * in which sections. A write of another context under one of these locks makes
 * the reading stale; a write by the reader in a later section of that lock, within
 * the same operation and without another look at the word, is told. Whether it
 * relies on the old reading only its author knows: the finding is a possible one.
 *
 *   reader         lock L, read x, unlock L                      lock L, write x
 *   somebody else                            lock L, write x
 *
 * An operation is a statement of the script or a call that is served: what code
 * has read is in its variables, and these are gone when it returns. Sections of
 * SRCU are none here: they keep nobody from writing. To see each look again no
 * access is let go by the hooks' short way, so all of this is for who asks.
 *
 * Entries lie outside the arenas and are forgotten when a snapshot is put back:
 * the statements of which they were are not those of the next run.
 *
 * Locking: as race.h says. Errors: no memory of the host stops the process.
 * Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "race.h"
#include "region.h"

#define ATOM_BUCKETS 16384u
#define ATOM_LOCKS 4u
#define ATOM_BYTES_MAX 64u /* of one access: who copies more decides nothing by it */

/* What one context has read of one granule. */
struct atom {
	uintptr_t granule;
	uint64_t work; /* the operation in which it did */
	uint32_t ctx;
	uint32_t next; /* in its bucket; 0: the last */
	uint8_t mask;
	uintptr_t pc;
	struct reuse_mark read, changed;
	struct sync_held held[ATOM_LOCKS]; /* sections of it */
	unsigned held_count;
	unsigned stale; /* locks under which another has written since, a bit each of @held */
};

struct atoms {
	struct atom *items; /* from 1 */
	uint32_t count, room;
	uint32_t buckets[ATOM_BUCKETS];
};

struct atoms *atoms_create(void)
{
	struct atoms *atoms = calloc(1, sizeof(*atoms));

	if (!atoms)
		region_die("no memory of the host");
	atoms->count = 1;
	return atoms;
}

void atoms_destroy(struct atoms *atoms)
{
	if (atoms)
		free(atoms->items);
	free(atoms);
}

void atoms_forget(struct atoms *atoms)
{
	if (!atoms || atoms->count == 1)
		return;
	atoms->count = 1;
	memset(atoms->buckets, 0, sizeof(atoms->buckets));
}

static uint32_t *atoms_bucket(struct atoms *atoms, uintptr_t granule)
{
	return &atoms->buckets[(size_t)((granule >> RACE_SHIFT) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ATOM_BUCKETS];
}

static struct atom *atoms_find(struct atoms *atoms, uintptr_t granule, uint32_t ctx)
{
	for (uint32_t i = *atoms_bucket(atoms, granule); i; i = atoms->items[i].next)
		if (atoms->items[i].granule == granule && atoms->items[i].ctx == ctx)
			return &atoms->items[i];
	return NULL;
}

static struct atom *atoms_add(struct atoms *atoms, uintptr_t granule, uint32_t ctx)
{
	uint32_t *bucket = atoms_bucket(atoms, granule);

	if (atoms->count >= atoms->room)
		atoms->items = race_grow(atoms->items, &atoms->room, sizeof(*atoms->items));
	atoms->items[atoms->count] = (struct atom){.granule = granule, .ctx = ctx, .next = *bucket};
	*bucket = atoms->count++;
	return &atoms->items[*bucket];
}

/* ---- sections ------------------------------------------------------------------------ */

/* An access of the running context. */
struct atom_now {
	struct race *race;
	struct context *ctx;
	uintptr_t address, granule, pc;
	size_t size;
	uint8_t mask;
	bool write, marked;
	struct sync_held held[ATOM_LOCKS];
	unsigned held_count;
};

static bool section_excludes(const struct sync_held *held)
{
	return held->mode == LOCK_EXCLUSIVE;
}

/* The sections that the running context is in, without those that keep nobody away. */
static void sections_note(struct atom_now *now)
{
	struct sync_held all[FINDING_HELD_MAX];
	unsigned count = sync_held_list(now->ctx, all, FINDING_HELD_MAX);

	for (unsigned i = 0; i < count && now->held_count < ATOM_LOCKS; i++)
		if (all[i].mode == LOCK_EXCLUSIVE || all[i].mode == LOCK_SHARED)
			now->held[now->held_count++] = all[i];
}

static const struct sync_held *section_of(const struct atom_now *now, obj_t lock)
{
	for (unsigned i = 0; i < now->held_count; i++)
		if (now->held[i].name.w == lock.w)
			return &now->held[i];
	return NULL;
}

static struct reuse_mark atom_mark(const struct atom_now *now)
{
	return (struct reuse_mark){
		chain_capture(), context_id(now->ctx), context_line(now->ctx), domain_now(domain_self())};
}

/* ---- what is told ---------------------------------------------------------------------- */

static void atom_tell(
	const struct atom_now *now, const struct atom *a, const struct sync_held *was, const struct sync_held *is)
{
	char name[64], lock[48];
	struct finding f;

	if (race_was_told(now->race, a->pc, now->pc))
		return;
	finding_begin(&f, FINDING_ATOMICITY);
	f.severity = SEVERITY_POSSIBLE;
	race_name(&f, now->granule + (uintptr_t)__builtin_ctz(now->mask & a->mask), name, sizeof(name));
	obj_print_full(was->name, lock, sizeof(lock));
	finding_add_block(&f, "write of %zu bytes of %s by %s at cycle %llu:", now->size, name, history_actor(),
		(unsigned long long)*engine_tls.now);
	history_add_past(&f, domain_self(), "read", &a->read);
	history_add_past(&f, domain_self(), "changed in between", &a->changed);
	finding_add_line(&f, "read in the section of %s since cycle %llu, written in the one since cycle %llu", lock,
		(unsigned long long)was->since, (unsigned long long)is->since);
	finding_add_line(&f, "not read again by %s in between", history_actor());
	finding_note(&f);
}

/*D:240
 * Who acts in one section on what it saw in another has to look again. Of each word it is known in which
 * sections a context read it; a write by somebody else in a section of the same lock makes that reading
 * old, and a write by the reader in a third section is told.
 :*/
static void atom_judge(const struct atom_now *now, const struct atom *a)
{
	if (now->marked || a->work != context_work(now->ctx) || !(a->mask & now->mask))
		return;
	for (unsigned i = 0; i < a->held_count; i++) {
		const struct sync_held *is = section_of(now, a->held[i].name);

		if (!(a->stale >> i & 1u) || !is || !section_excludes(is) || is->since == a->held[i].since)
			continue;
		atom_tell(now, a, &a->held[i], is);
		return;
	}
}

/* ---- an access -------------------------------------------------------------------------- */

/* The running context knows what is there now. */
static void atom_refresh(const struct atom_now *now, struct atom *a)
{
	bool again = a->work == context_work(now->ctx) && !a->stale;

	a->mask = again ? a->mask | now->mask : now->mask;
	a->work = context_work(now->ctx);
	a->pc = now->pc;
	a->read = atom_mark(now);
	a->stale = 0;
	a->held_count = now->held_count;
	memcpy(a->held, now->held, now->held_count * sizeof(a->held[0]));
}

static void atom_read(const struct atom_now *now)
{
	struct atom *a = atoms_find(now->race->atoms, now->granule, context_id(now->ctx));

	if (!a && !now->held_count)
		return;
	atom_refresh(now, a ? a : atoms_add(now->race->atoms, now->granule, context_id(now->ctx)));
}

static void atom_change(const struct atom_now *now, struct atom *a)
{
	unsigned stale = 0;

	for (unsigned i = 0; i < a->held_count; i++) {
		const struct sync_held *held = section_of(now, a->held[i].name);
		stale |= held && section_excludes(held) ? 1u << i : 0;
	}
	if (!stale || !(a->mask & now->mask))
		return;
	a->stale |= stale;
	a->changed = atom_mark(now);
}

static void atom_write(const struct atom_now *now)
{
	struct atoms *atoms = now->race->atoms;

	for (uint32_t i = *atoms_bucket(atoms, now->granule); i; i = atoms->items[i].next) {
		struct atom *a = &atoms->items[i];

		if (a->granule != now->granule)
			continue;
		if (a->ctx != context_id(now->ctx)) {
			atom_change(now, a);
			continue;
		}
		atom_judge(now, a);
		atom_refresh(now, a);
	}
}

void atomicity_access(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc)
{
	struct atom_now now = {.race = r,
		.ctx = context_self(),
		.address = address,
		.size = size,
		.pc = pc,
		.write = how & ACCESS_WRITE,
		.marked = how & ACCESS_MARKED};
	uintptr_t end = address + size;

	if (!now.ctx || size > ATOM_BYTES_MAX)
		return;
	sections_note(&now);
	while (address < end) {
		uintptr_t granule = address & ~(uintptr_t)(RACE_BYTES - 1), stop = granule + RACE_BYTES;

		now.granule = granule;
		now.mask = race_mask(address, stop < end ? stop : end);
		if (now.write)
			atom_write(&now);
		else
			atom_read(&now);
		address = stop;
	}
}
