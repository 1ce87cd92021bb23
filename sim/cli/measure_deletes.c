/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure_deletes.c - what a memslot's deletion does with pages on the device.
 *
 * A ghost of each page is kept from the trace: its entry in the host page table
 * and what the frame there holds. When a slot_delete begins, the pages of its
 * slot with a device entry are noted; when it ends, each of them is looked at.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#include <stdlib.h>

#include "measure.h"

struct ghost {
	uint64_t page; /* 1 + trace_page(); 0: free */
	token_t token; /* what the normal frame holds */
	enum host_pte pte;
	uint32_t deletion; /* 1 + number of the deletion that found it out; 0: none */
	bool exported; /* the ultravisor gave its content out since */
};
struct deletion {
	uint64_t low, high; /* pages, as trace_page() */
	uint32_t thread;
	cycles_t begin;
};
struct measurer {
	const struct session *session;
	struct measured_deletes *out;
	struct ghost *ghosts;
	size_t size, used; /* size is a power of two */
	struct deletion *deletions;
	uint32_t deletion_count, deletion_room;
};

static struct ghost *ghost_slot(struct ghost *ghosts, size_t size, uint64_t page)
{
	uint64_t at = (page + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	while (ghosts[at & (size - 1)].page && ghosts[at & (size - 1)].page != page + 1)
		at++;
	return &ghosts[at & (size - 1)];
}

static bool ghosts_grow(struct measurer *m)
{
	size_t size = m->size ? 2 * m->size : 256;
	struct ghost *larger = calloc(size, sizeof(*larger));

	for (size_t i = 0; larger && i < m->size; i++)
		if (m->ghosts[i].page)
			*ghost_slot(larger, size, m->ghosts[i].page - 1) = m->ghosts[i];
	if (!larger)
		return false;
	free(m->ghosts);
	m->ghosts = larger;
	m->size = size;
	return true;
}

/* The ghost of a page, made when it is new; NULL when the host has no memory. */
static struct ghost *ghost_at(struct measurer *m, uint64_t page)
{
	if (2 * m->used >= m->size && !ghosts_grow(m))
		return NULL;
	struct ghost *g = ghost_slot(m->ghosts, m->size, page);
	m->used += g->page == 0;
	g->page = page + 1;
	return g;
}

static const struct statement *delete_of(const struct measurer *m, const struct trace_rec *r)
{
	const struct scenario *s = m->session->scenario;

	if (r->aux >= s->thread_count || r->a >= s->threads[r->aux].count)
		return NULL;
	const struct statement *st = &s->threads[r->aux].statements[r->a];
	return st->kind == OP_SLOT_DELETE ? st : NULL;
}

static bool delete_begins(struct measurer *m, const struct trace_rec *r, const struct statement *st)
{
	const struct scenario *s = m->session->scenario;
	unsigned guest = s->threads[r->aux].guest;
	struct deletion d = {.thread = r->aux, .begin = r->cycle};

	if (m->deletion_count == m->deletion_room) {
		uint32_t room = m->deletion_room ? 2 * m->deletion_room : 16;
		struct deletion *larger = realloc(m->deletions, room * sizeof(*larger));
		if (!larger)
			return false;
		m->deletions = larger;
		m->deletion_room = room;
	}
	for (unsigned i = 0; i < s->guests[guest].slot_count; i++) {
		const struct slot_spec *slot = &s->guests[guest].slots[i];
		if (slot->id != st->slot)
			continue;
		d.low = trace_page(guest, gfn_of_gpa(slot->gpa));
		d.high = d.low + slot->pages;
	}
	m->deletions[m->deletion_count++] = d;
	for (size_t i = 0; i < m->size; i++) {
		struct ghost *g = &m->ghosts[i];
		if (g->page && g->page - 1 >= d.low && g->page - 1 < d.high && g->pte == HOST_PTE_DEVICE) {
			g->deletion = m->deletion_count;
			g->exported = false;
		}
	}
	return true;
}

/* Who looks there next: finds what the guest had (as ciphertext), a page of zeros, or neither. */
static void delete_judge(struct measured_deletes *out, const struct ghost *g)
{
	out->out++;
	if (g->exported && g->pte == HOST_PTE_NORMAL)
		out->back++;
	else if (g->pte == HOST_PTE_NONE || (g->pte == HOST_PTE_NORMAL && g->token == TOKEN_ZERO))
		out->zeroed++;
	else
		out->lost++;
}

static void delete_ends(struct measurer *m, const struct trace_rec *r)
{
	uint32_t number = m->deletion_count;

	while (number && m->deletions[number - 1].thread != r->aux)
		number--;
	if (!number)
		return;
	m->out->count++;
	m->out->cycles += r->cycle - m->deletions[number - 1].begin;
	for (size_t i = 0; i < m->size; i++) {
		if (!m->ghosts[i].page || m->ghosts[i].deletion != number)
			continue;
		delete_judge(m->out, &m->ghosts[i]);
		m->ghosts[i].deletion = 0;
	}
}

static bool measure_page(struct measurer *m, const struct trace_rec *r)
{
	struct ghost *g = ghost_at(m, r->a);

	if (!g)
		return false;
	if (r->kind == TRACE_HOST_PTE)
		g->pte = (enum host_pte)(uint32_t)r->b;
	else if (r->kind == TRACE_CONTENT && r->aux == TRACE_SIDE_HOST)
		g->token = r->b;
	else if (r->kind == TRACE_UV_STATE && (enum gfn_state)(uint32_t)r->b == GFN_PAGEDOUT)
		g->exported = true;
	return true;
}

static bool measure_event(struct measurer *m, const struct trace_rec *r)
{
	const struct statement *st;

	switch (r->kind) {
	case TRACE_HOST_PTE:
	case TRACE_CONTENT:
	case TRACE_UV_STATE:
		return measure_page(m, r);
	case TRACE_OP_BEGIN:
		st = delete_of(m, r);
		return !st || delete_begins(m, r, st);
	case TRACE_OP_END:
		if (delete_of(m, r))
			delete_ends(m, r);
		return true;
	default:
		return true;
	}
}

enum pef_err measure_deletes(const struct session *s, struct measured_deletes *out)
{
	struct measurer m = {.session = s, .out = out};
	struct trace_merge *merge = trace_merge_open(s->world->engine);
	struct trace_event event;
	bool ok = true;

	*out = (struct measured_deletes){0};
	while (ok && trace_merge_next(merge, &event))
		ok = measure_event(&m, &event.rec);
	trace_merge_close(merge);
	free(m.ghosts);
	free(m.deletions);
	return ok ? PEF_OK : PEF_NOMEM;
}
