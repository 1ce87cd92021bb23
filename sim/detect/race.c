/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race.c - FastTrack: is an access in the past of the one that meets it?
 *
 * As in Flanagan and Freund's FastTrack (PLDI 2009), an access is remembered as
 * a point on its context's clock, and whether it is in the running context's
 * past is one comparison. Unlike it, nothing is dropped that could still race:
 * an earlier access is forgotten, byte by byte, only when a later one is after it
 * and clashes with all it clashes with. So the verdict is exact: of every access
 * of the run it is known whether an earlier one races with it.
 *
 *            clashes with              so it covers
 *   write    everything                everything
 *   marked write   plain ones          marked ones
 *   read     writes                    reads
 *   marked read    plain writes        marked reads
 *
 * Locking: as race.h says. Errors: no memory of the host stops the process.
 * Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "race.h"

/* An access as the functions below hand it on. */
struct race_now {
	struct race *race;
	uint32_t segment; /* with its mark */
	unsigned how;
	uintptr_t granule, address, pc;
	size_t size;
	uint8_t mask;
};

static bool race_clash(bool write, bool marked, bool other_write, bool other_marked)
{
	return (write || other_write) && !(marked && other_marked);
}

/* Whether a later access that meets (@other_...) always meets (@...), too. */
static bool race_covers(bool write, bool marked, bool other_write, bool other_marked)
{
	return (write || !other_write) && (!marked || other_marked);
}

/* Bytes of an earlier access that are still of interest after this one; *@need: those of this one to be kept. */
static uint8_t race_meet(
	const struct race_now *now, uint32_t segment, uint8_t mask, bool write, uintptr_t pc, uint8_t *need)
{
	uint8_t both = mask & now->mask;
	bool marked = segment & RACE_MARKED, now_write = now->how & ACCESS_WRITE, now_marked = now->how & ACCESS_MARKED;
	const struct race_segment *s;

	if (!both)
		return mask;
	s = &now->race->segments[segment >> 1];
	if (order_knows(now->race->self, s->ctx, s->clock)) {
		if (race_covers(now_write, now_marked, write, marked))
			return mask & (uint8_t)~both;
		if (segment >> 1 == now->segment >> 1 && race_covers(write, marked, now_write, now_marked))
			*need &= (uint8_t)~both;
		return mask;
	}
	if (race_clash(now_write, now_marked, write, marked))
		race_tell(now->race, &(struct race_meeting){.granule = now->granule,
					     .segment = segment,
					     .mask = both,
					     .earlier_mask = mask,
					     .earlier_write = write,
					     .earlier_pc = pc,
					     .address = now->address,
					     .pc = now->pc,
					     .size = now->size,
					     .how = now->how});
	return mask;
}

/* ---- the list behind a cell ------------------------------------------------------------ */

void *race_grow(void *items, uint32_t *room, size_t size)
{
	*room = *room ? 2 * *room : 256;
	items = realloc(items, *room * size);
	if (!items)
		abort();
	return items;
}

static uint32_t node_new(struct race *r, const struct race_node *node)
{
	if (r->node_count == r->node_room)
		r->nodes = race_grow(r->nodes, &r->node_room, sizeof(*r->nodes));
	r->nodes[r->node_count] = *node;
	return r->node_count++;
}

/* An access moves out of a cell's slot: into a node that holds nothing any more, or a new one. */
static void cell_push(struct race *r, struct race_cell *c, const struct race_node *node)
{
	for (uint32_t i = c->more; i; i = r->nodes[i].next) {
		struct race_node *at = &r->nodes[i];

		if (!at->mask || (at->segment == node->segment && at->write == node->write && at->pc == node->pc)) {
			uint8_t mask = at->mask | node->mask;
			uint32_t next = at->next;

			*at = *node;
			at->mask = mask;
			at->next = next;
			return;
		}
	}
	struct race_node copy = *node;
	copy.next = c->more;
	c->more = node_new(r, &copy);
}

static void cell_put_write(struct race *r, struct race_cell *c, const struct race_now *now, uint8_t need)
{
	if (c->write_mask && (c->write != now->segment || c->write_pc != now->pc))
		cell_push(r, c, &(struct race_node){c->write, 0, c->write_mask, true, c->write_pc});
	else if (c->write_mask)
		need |= c->write_mask;
	c->write = now->segment;
	c->write_mask = need;
	c->write_pc = now->pc;
}

static void cell_put_read(struct race *r, struct race_cell *c, const struct race_now *now, uint8_t need)
{
	if (c->read_mask && (c->read != now->segment || c->read_pc != now->pc))
		cell_push(r, c, &(struct race_node){c->read, 0, c->read_mask, false, c->read_pc});
	else if (c->read_mask)
		need |= c->read_mask;
	c->read = now->segment;
	c->read_mask = need;
	c->read_pc = now->pc;
}

/* ---- what is left of other runs -------------------------------------------------------- */

static void cell_save(struct race *r, struct race_cell *c)
{
	uint32_t more = 0;

	if (r->saved_count == r->saved_room)
		r->saved = race_grow(r->saved, &r->saved_room, sizeof(*r->saved));
	r->saved[r->saved_count++] = (struct race_saved){c, *c};
	/* The nodes of before the snapshot stay as they are. */
	for (uint32_t i = c->more; i; i = r->nodes[i].next) {
		struct race_node copy = r->nodes[i];

		copy.next = more;
		more = node_new(r, &copy);
	}
	c->more = more;
}

/* A cell as this run knows it. */
static void cell_open(struct race *r, struct race_cell *c)
{
	uint32_t newest = race_newest(c);

	if (newest >= r->run || !newest)
		return;
	if (race_is_kept(r, newest))
		cell_save(r, c);
	else
		*c = (struct race_cell){0};
}

/* ---- an access ----------------------------------------------------------------------------- */

static void race_unwritten(const struct race_now *now, struct race_cell *c)
{
	uint8_t bytes = c->unwritten & now->mask;

	c->unwritten &= (uint8_t)~bytes;
	if (bytes && !(now->how & ACCESS_WRITE))
		race_tell_unwritten(now->race, now->address, now->size, bytes, now->pc);
}

/*D:220
 * An access meets what is remembered of the same bytes. What is in its past and clashes with nothing
 * more than it does itself is forgotten; what is not in its past, and is a write or meets one, is a
 * race.
 :*/
static void race_granule(struct race_now *now, struct race_cell *c)
{
	struct race *r = now->race;
	uint8_t need = now->mask;

	cell_open(r, c);
	if (c->write_mask)
		c->write_mask = race_meet(now, c->write, c->write_mask, true, c->write_pc, &need);
	if (c->read_mask)
		c->read_mask = race_meet(now, c->read, c->read_mask, false, c->read_pc, &need);
	for (uint32_t i = c->more; i; i = r->nodes[i].next) {
		struct race_node *at = &r->nodes[i];

		if (at->mask)
			at->mask = race_meet(now, at->segment, at->mask, at->write, at->pc, &need);
	}
	if (c->unwritten & now->mask)
		race_unwritten(now, c);
	if (!need)
		return;
	if (now->how & ACCESS_WRITE)
		cell_put_write(r, c, now, need);
	else
		cell_put_read(r, c, now, need);
}

static struct race_cell *race_cell(const struct race *r, uintptr_t address)
{
	return &r->cells[(address - r->base) >> RACE_SHIFT];
}

static struct race_now race_begin(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc)
{
	return (struct race_now){.race = r,
		.segment = engine_tls.seen | (how & ACCESS_MARKED ? RACE_MARKED : 0),
		.how = how,
		.address = address,
		.size = size,
		.pc = pc};
}

static void race_range(struct race_now *now, uintptr_t address, uintptr_t end)
{
	while (address < end) {
		uintptr_t granule = address & ~(uintptr_t)(RACE_BYTES - 1), stop = granule + RACE_BYTES;

		now->granule = granule;
		now->mask = race_mask(address, stop < end ? stop : end);
		race_granule(now, race_cell(now->race, granule));
		address = stop;
	}
}

/* Whether what a slot holds is in the running context's past, and is nothing beside @mask. */
static inline bool slot_is_past(const struct race *r, uint32_t segment, uint8_t slot_mask, uint8_t mask)
{
	const struct race_segment *s = &r->segments[segment >> 1];

	return !slot_mask || (!(slot_mask & ~mask) && order_knows(r->self, s->ctx, s->clock));
}

/*
 * The usual case, where nothing is left to compare: a plain access within one granule, of bytes that
 * only those have touched whose accesses are past. It does to the cell what race_granule() would do.
 */
static inline bool race_usual(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc)
{
	struct race_cell *c = race_cell(r, address);
	unsigned first = address & (RACE_BYTES - 1), mask = ((1u << (size & 15)) - 1) << first;
	const struct race_segment *s;

	if (size > RACE_BYTES || mask > 0xff || (how & ACCESS_MARKED) || c->more || c->unwritten ||
		race_newest(c) < r->run || !slot_is_past(r, c->read, c->read_mask, (uint8_t)mask))
		return false;
	if (how & ACCESS_WRITE) {
		if (!slot_is_past(r, c->write, c->write_mask, (uint8_t)mask))
			return false;
		c->read_mask = 0;
		c->write = engine_tls.seen;
		c->write_mask = (uint8_t)mask;
		c->write_pc = pc;
		return true;
	}
	s = &r->segments[c->write >> 1];
	if (c->write_mask && !order_knows(r->self, s->ctx, s->clock))
		return false;
	c->read = engine_tls.seen;
	c->read_mask = (uint8_t)mask;
	c->read_pc = pc;
	return true;
}

void race_access(struct race *r, uintptr_t address, size_t size, unsigned how, uintptr_t pc)
{
	struct race_now now;

	if (r->atoms)
		atomicity_access(r, address, size, how, pc);
	if (!r->watch_count && race_usual(r, address, size, how, pc))
		return;
	now = race_begin(r, address, size, how, pc);
	race_range(&now, address, address + size);
	if (r->watch_count)
		race_look(r, address, size, how, pc);
}

/* Never had before, so nothing can race with it: whatever the cells hold is of runs put back. */
void race_alloc(uintptr_t start, size_t size, bool raw, uintptr_t pc)
{
	struct race *r = engine_tls.races ? race_enter() : NULL;
	struct race_cell *c;

	if (!r)
		return;
	c = race_cell(r, start);
	for (size_t at = 0; at < size; at += RACE_BYTES, c++) {
		uint8_t mask = (uint8_t)(size - at < RACE_BYTES ? (1u << (size - at)) - 1 : 0xffu);

		*c = (struct race_cell){.write = engine_tls.seen,
			.write_mask = mask,
			.write_pc = pc,
			.unwritten = raw ? mask : (uint8_t)0};
	}
	/* The hooks would take the allocation for a write: a new segment, of the same clock. */
	if (raw)
		r->self->segment = engine_tls.seen = 0;
}

/* The hooks let go of what a cell knows, so nothing may be left in it that they could take for live. */
void race_free(uintptr_t start, size_t size, uintptr_t pc)
{
	struct race *r = engine_tls.races ? race_enter() : NULL;
	struct race_now now;

	if (!r)
		return;
	now = race_begin(r, start, size, ACCESS_WRITE, pc);
	race_range(&now, start, start + size);
	for (size_t at = 0; at < size; at += RACE_BYTES) {
		struct race_cell *c = race_cell(r, start + at);

		*c = (struct race_cell){.write = race_newest(c) << 1};
	}
	if (r->watch_count)
		race_look(r, start, size, ACCESS_WRITE, pc);
}
