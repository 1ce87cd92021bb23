/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy.c - a second checker that has seen what the first one has.
 *
 * Many runs begin with the same boot; it is judged once, and each run goes on
 * with a copy. Whatever struct checker points to is copied here: a new pointer
 * in ghost.h is a new line here.
 *
 * Locking: none. Errors: lack of memory stops the process. Blocking: never.
 */
#include <string.h>

#include "ghost.h"

static void *copy_of(const void *from, size_t count, size_t size)
{
	if (!from)
		return NULL;
	void *to = ghost_grow(NULL, count ? count : 1, size);
	memcpy(to, from, count * size);
	return to;
}

static void copy_set(struct ghost_set *set)
{
	set->words = copy_of(set->words, 2 * (size_t)set->room, sizeof(*set->words));
}

static void copy_guest(struct ghost_guest *g)
{
	g->slots = copy_of(g->slots, g->slot_room, sizeof(*g->slots));
	copy_set(&g->published);
	copy_set(&g->nonces);
	copy_set(&g->cookies);
}

static void copy_domain(struct ghost_domain *d)
{
	d->contexts = copy_of(d->contexts, d->room, sizeof(*d->contexts));
	for (uint32_t i = 0; i < d->room; i++)
		d->contexts[i].locks = copy_of(d->contexts[i].locks, GHOST_LOCKS_MAX, sizeof(*d->contexts[i].locks));
}

/* How much room the other values have is not kept: as much as there can ever be is enough. */
static void copy_page(struct ghost_page *p)
{
	if (p->more) {
		struct ghost_value *more = ghost_grow(NULL, GHOST_VALUES_MAX, sizeof(*more));
		memcpy(more, p->more, (p->value_count ? p->value_count - 1u : 0u) * sizeof(*more));
		p->more = more;
	}
	p->rare = copy_of(p->rare, 1, sizeof(*p->rare));
}

struct checker *checker_copy(const struct checker *from, const struct world_config *config)
{
	struct checker *c = copy_of(from, 1, sizeof(*c));

	c->config = config;
	for (unsigned i = 0; i < PEF_GUESTS_MAX; i++)
		copy_guest(&c->guests[i]);
	for (unsigned i = 0; i < PEF_DOMAINS_MAX; i++)
		copy_domain(&c->domains[i]);
	c->pages = copy_of(c->pages, c->page_room, sizeof(*c->pages));
	for (uint32_t i = 0; i < c->page_count; i++)
		copy_page(&c->pages[i]);
	c->index = copy_of(c->index, c->index_room, sizeof(*c->index));
	c->frames = copy_of(c->frames, c->frame_room, sizeof(*c->frames));
	c->secure = copy_of(c->secure, c->secure_room, sizeof(*c->secure));
	c->transient = copy_of(c->transient, c->transient_room, sizeof(*c->transient));
	copy_set(&c->devices);
	return c;
}
