/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race_life.c - where the race detector's memory comes from, and what a
 * snapshot means to it.
 *
 * Cells and segments are reserved as address space and take memory where they
 * are used. A domain whose code has no hooks never asks for them.
 *
 * Numbers of segments only rise, also over runs that are put back; records of
 * segments are used again. When the numbers end, all cells that are not of before
 * the snapshot are cleared and numbers begin again behind those.
 *
 * Locking: as race.h says. Errors: no memory of the host stops the process with
 * a message. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "race.h"
#include "region.h"

/* Numbers of segments: shifted by one they fit a word of a cell. */
#define RACE_NUMBERS_MAX (UINT32_C(1) << 31)
/* So many records of runs put back are let lie before their memory is given back. */
#define RACE_DROP_MIN (UINT32_C(1) << 16)
#define RACE_PAGE ((uintptr_t)4096)

_Thread_local struct race_view race_view;

struct race *race_of(const struct domain *d)
{
	return *domain_slot(engine_domain(domain_engine(d), domain_index(d)), DOMAIN_SLOT_RACE);
}

void order_add_domain(struct domain *d)
{
	struct race *r;

	if (!engine_checks(domain_engine(d), ENGINE_CHECK_RACES))
		return;
	r = calloc(1, sizeof(*r));
	if (!r)
		region_die("no memory of the host");
	r->next = r->kept = r->run = r->dropped = r->run_number = 1;
	r->numbers_max = RACE_NUMBERS_MAX / 2;
	r->node_count = r->nodes_kept = 1;
	domain_range(d, &r->base, &r->size);
	if (engine_checks(domain_engine(d), ENGINE_CHECK_ATOMICITY))
		r->atoms = atoms_create();
	*domain_slot(d, DOMAIN_SLOT_RACE) = r;
}

static size_t race_cells_size(const struct race *r)
{
	return r->size / RACE_BYTES * sizeof(struct race_cell);
}

void order_drop_domain(struct domain *d)
{
	struct race *r = race_of(d);

	race_view = (struct race_view){0};
	if (!r)
		return;
	if (r->cells) {
		munmap(r->cells, race_cells_size(r));
		munmap(r->segments, RACE_NUMBERS_MAX * sizeof(*r->segments));
	}
	atoms_destroy(r->atoms);
	free(r->watches);
	free(r->nodes);
	free(r->saved);
	free(r->holes);
	free(r);
}

static void *race_reserve(size_t size)
{
	void *got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (got == MAP_FAILED)
		region_die("no address space for the race detector");
	madvise(got, size, MADV_NOHUGEPAGE);
	madvise(got, size, MADV_DONTDUMP);
	return got;
}

static void race_open(struct race *r)
{
	r->cells = race_reserve(race_cells_size(r));
	r->segments = race_reserve(RACE_NUMBERS_MAX * sizeof(*r->segments));
	r->nodes = calloc(256, sizeof(*r->nodes));
	if (!r->nodes)
		region_die("no memory of the host");
	r->node_room = 256;
}

/* The running context's segment, a new one when it has released something since the last. */
static uint32_t race_number(struct race *r)
{
	struct order_ctx *self = order_self();

	if (self->segment < r->run) {
		if (r->next == RACE_NUMBERS_MAX)
			region_die("a run has more than 2^31 releases of locks: run it with --detectors off");
		self->segment = r->next++;
		r->segments[self->segment] = (struct race_segment){self->id, self->own.at[self->id]};
	}
	r->self = self;
	return self->segment;
}

/* What the hooks look at while code of this domain runs. Who waits for an access, or for another look, wants to see all. */
static void race_show(struct race *r)
{
	bool watched = r->atoms || r->watch_count || region_heap(engine_tls.domain)->watch_count;

	if (!r->cells)
		race_open(r);
	region_arenas(&race_view.arenas, &race_view.arenas_size);
	if (watched)
		race_view.arenas_size = UINTPTR_MAX;
	race_view.base = r->base;
	race_view.size = watched ? 0 : r->size;
	race_view.cells = r->cells;
	race_view.race = r;
}

struct race *race_enter(void)
{
	struct race *r = engine_tls.hardware ? NULL : race_of(engine_tls.domain);

	if (!r)
		return NULL;
	if (race_view.race != r)
		race_show(r);
	engine_tls.seen = race_number(r) << 1;
	return r;
}

/* ---- snapshots ---------------------------------------------------------------------------- */

bool race_is_kept(const struct race *r, uint32_t number)
{
	for (uint32_t i = 0; i < r->hole_count; i++)
		if (number >= r->holes[i].from && number < r->holes[i].to)
			return false;
	return number < r->kept;
}

void order_snapshot(struct domain *d)
{
	struct race *r = race_of(d);

	if (!r)
		return;
	if (r->run != r->kept) {
		if (r->hole_count == r->hole_room)
			r->holes = race_grow(r->holes, &r->hole_room, sizeof(*r->holes));
		r->holes[r->hole_count++] = (struct race_hole){r->kept, r->run};
	}
	r->run = r->kept = r->dropped = r->next;
	r->nodes_kept = r->node_count;
	r->saved_count = 0;
	r->run_number++;
}

/* Records of runs put back: nobody asks for them. */
static void race_drop(struct race *r)
{
	uintptr_t from = (uintptr_t)&r->segments[r->dropped], to = (uintptr_t)&r->segments[r->next] & ~(RACE_PAGE - 1);

	from = (from + RACE_PAGE - 1) & ~(RACE_PAGE - 1);
	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
	r->dropped = r->next;
}

static void race_sweep_page(const struct race *r, struct race_cell *cells)
{
	for (size_t i = 0; i < RACE_PAGE / sizeof(*cells); i++)
		if (!race_is_kept(r, race_newest(&cells[i])))
			cells[i] = (struct race_cell){0};
}

/* The numbers have come to their end: clear what is of runs put back, and use theirs again. */
static void race_sweep(struct race *r)
{
	static _Thread_local unsigned char there[1u << 16];
	size_t step = sizeof(there) * RACE_PAGE, size = race_cells_size(r);
	char *cells = (char *)r->cells;

	for (size_t at = 0; at < size; at += step) {
		size_t length = size - at < step ? size - at : step;

		if (mincore(cells + at, length, there) != 0)
			memset(there, 1, sizeof(there));
		for (size_t i = 0; i < length / RACE_PAGE; i++)
			if (there[i] & 1)
				race_sweep_page(r, (struct race_cell *)(void *)(cells + at + i * RACE_PAGE));
	}
	r->next = r->dropped = r->kept;
}

void order_restore(struct domain *d)
{
	struct race *r = race_of(d);

	if (!r)
		return;
	for (uint32_t i = r->saved_count; i > 0; i--)
		*r->saved[i - 1].cell = r->saved[i - 1].was;
	r->saved_count = 0;
	r->node_count = r->nodes_kept;
	if (r->next - r->dropped >= RACE_DROP_MIN)
		race_drop(r);
	if (r->next >= r->numbers_max)
		race_sweep(r);
	r->run = r->next;
	r->run_number++;
	atoms_forget(r->atoms);
	race_view.race = NULL;
}
