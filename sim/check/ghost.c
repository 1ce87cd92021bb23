/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ghost.c - the table of ghost pages, and the values a page may have.
 *
 * Pages are kept in order of appearance, which is the same in every run of a
 * schedule, so that "the first broken invariant" is one and the same; a hash
 * table of positions finds them.
 *
 * Locking: none. Errors: lack of memory stops the process. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ghost.h"

void *ghost_grow(void *old, size_t count, size_t size)
{
	void *grown = reallocarray(old, count, size);

	if (!grown) {
		fputs("pefsim: the host has no memory left for the checker\n", stderr);
		abort();
	}
	return grown;
}

static uint32_t ghost_slot(const struct checker *c, uint64_t page)
{
	uint64_t hash = page * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t at = (uint32_t)(hash >> 32) & (c->index_room - 1);

	while (c->index[at] && c->pages[c->index[at] - 1].page != page)
		at = (at + 1) & (c->index_room - 1);
	return at;
}

static void ghost_index_grow(struct checker *c)
{
	c->index_room = c->index_room ? 2 * c->index_room : 256;
	c->index = ghost_grow(c->index, c->index_room, sizeof(*c->index));
	memset(c->index, 0, c->index_room * sizeof(*c->index));
	for (uint32_t i = 0; i < c->page_count; i++)
		c->index[ghost_slot(c, c->pages[i].page)] = i + 1;
}

struct ghost_page *ghost_page_at(struct checker *c, uint64_t page)
{
	struct ghost_page *p;
	uint32_t at;

	if (2 * (c->page_count + 1) > c->index_room)
		ghost_index_grow(c);
	at = ghost_slot(c, page);
	if (c->index[at])
		return &c->pages[c->index[at] - 1];
	if (c->page_count == c->page_room) {
		c->page_room = c->page_room ? 2 * c->page_room : 64;
		c->pages = ghost_grow(c->pages, c->page_room, sizeof(*c->pages));
	}
	c->index[at] = c->page_count + 1;
	p = &c->pages[c->page_count++];
	*p = (struct ghost_page){.page = page, .frame = GHOST_NOBODY};
	ghost_start(p);
	return p;
}

struct ghost_rare *ghost_rare(struct ghost_page *p)
{
	if (!p->rare) {
		p->rare = ghost_grow(NULL, 1, sizeof(*p->rare));
		*p->rare = (struct ghost_rare){0};
	}
	return p->rare;
}

const struct ghost_rare *ghost_rare_of(const struct ghost_page *p)
{
	static const struct ghost_rare none;

	return p->rare ? p->rare : &none;
}

void ghost_page_free(struct ghost_page *p)
{
	free(p->more);
	free(p->rare);
}

struct ghost_context *ghost_context_at(struct checker *c, const struct trace_event *event)
{
	struct ghost_domain *d = &c->domains[event->domain];
	uint32_t id = event->rec.ctx;

	if (!id)
		return NULL;
	if (id >= d->room) {
		uint32_t room = 2 * (id + 8);

		d->contexts = ghost_grow(d->contexts, room, sizeof(*d->contexts));
		memset(d->contexts + d->room, 0, (room - d->room) * sizeof(*d->contexts));
		d->room = room;
	}
	return &d->contexts[id];
}

struct ghost_stamp ghost_stamp_now(const struct checker *c)
{
	const struct trace_event *e = &c->event;

	return (struct ghost_stamp){
		.at = e->rec.cycle,
		.domain = e->domain & 0xffu,
		.ctx = e->rec.ctx & 0xffffffu,
		.position = (uint32_t)c->domains[e->domain].position,
	};
}

struct ghost_guest *ghost_guest_of(struct checker *c, uint64_t page)
{
	return &c->guests[trace_page_guest(page) % PEF_GUESTS_MAX];
}

bool ghost_is_shared(const struct ghost_page *p)
{
	return p->state != GFN_SECURE && p->state != GFN_PAGEDOUT && p->state != GFN_PSEUDO &&
	       p->state != GFN_PSEUDO_INV;
}

/* ---- values -------------------------------------------------------------------------- */

static struct ghost_value *ghost_value_at(struct ghost_page *p, unsigned i)
{
	return i ? &p->more[i - 1] : &p->first;
}

const struct ghost_value *ghost_value(const struct ghost_page *p, unsigned i)
{
	return i ? &p->more[i - 1] : &p->first;
}

void ghost_start(struct ghost_page *p)
{
	p->value_count = 1;
	p->first = (struct ghost_value){.token = TOKEN_ZERO, .to = PEF_NEVER};
}

/* The oldest makes room for the newest. */
static void ghost_value_drop(struct ghost_page *p)
{
	p->value_count--;
	p->first = p->more[0];
	memmove(p->more, p->more + 1, (p->value_count - 1u) * sizeof(*p->more));
}

static void ghost_value_add(struct ghost_page *p, token_t token, cycles_t from, cycles_t set)
{
	unsigned others;

	if (p->value_count == GHOST_VALUES_MAX)
		ghost_value_drop(p);
	others = p->value_count - 1u;
	/* Room is a power of two; at each of them it is had anew. */
	if (!p->more || (others && (others & (others - 1u)) == 0))
		p->more = ghost_grow(p->more, others ? 2u * others : 1u, sizeof(*p->more));
	p->value_count++;
	*ghost_value_at(p, others + 1u) = (struct ghost_value){token, from, set, PEF_NEVER};
}

void ghost_put(struct ghost_page *p, token_t token, cycles_t from, cycles_t at)
{
	for (unsigned i = 0; i < p->value_count; i++) {
		struct ghost_value *v = ghost_value_at(p, i);

		/* Surely there before this write began, so surely gone after it. */
		if (v->to == PEF_NEVER && v->set <= from)
			v->to = at;
	}
	ghost_value_add(p, token, from, at);
	p->wild = false;
}

void ghost_may(struct ghost_page *p, token_t token, cycles_t from)
{
	ghost_value_add(p, token, from, from);
}

bool ghost_can_read(const struct ghost_page *p, token_t token, cycles_t from, cycles_t to)
{
	for (unsigned i = 0; i < p->value_count; i++) {
		const struct ghost_value *v = ghost_value(p, i);

		if (v->token == token && v->from <= to && v->to >= from)
			return true;
	}
	return p->wild;
}

token_t ghost_expected(const struct ghost_page *p)
{
	return ghost_value(p, p->value_count - 1u)->token;
}
