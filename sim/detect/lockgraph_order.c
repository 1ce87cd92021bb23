/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockgraph_order.c - what comes before what in every schedule.
 *
 * Locks order contexts by chance, and the next schedule may do it the other way
 * round. A context that is spawned, a completion that is waited for and an event of
 * the script order them always. So a step that lies before such a link cannot meet
 * one that lies behind it, and the two make no deadlock.
 *
 * Asked only when a circle was found: the links, of which there are few, are then
 * walked from the first step to the second, with a mark on every thread and object
 * that has heard of the first.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#include "lockgraph.h"

#include <stdlib.h>

#define ORDER_MARKS_MAX 256u

/* A callee works for its caller: "g0.vcpu0/hv" is of the thread "g0.vcpu0". */
uint64_t graph_thread(const char *context)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *context && *context != '/'; context++)
		hash = (hash ^ (unsigned char)*context) * UINT64_C(0x100000001b3);
	return hash;
}

int graph_compare(const struct engine_key *a, const struct engine_key *b)
{
	if (a->cycle != b->cycle)
		return a->cycle < b->cycle ? -1 : 1;
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

static int link_compare(const void *left, const void *right)
{
	return graph_compare(&((const struct graph_link *)left)->key, &((const struct graph_link *)right)->key);
}

static unsigned links_count(struct engine *engine)
{
	unsigned count = 0;

	for (unsigned i = 0; i < engine_domain_count(engine); i++)
		for (const struct sync_link *l = sync_links(engine_domain(engine, i)); l; l = l->next)
			count++;
	return count;
}

enum pef_err graph_collect_links(struct lockgraph *g, struct engine *engine)
{
	struct graph_link *links = realloc(g->links, (links_count(engine) + 1) * sizeof(*links));

	if (!links)
		return PEF_NOMEM;
	g->links = links;
	g->link_count = 0;
	for (unsigned i = 0; i < engine_domain_count(engine); i++)
		for (const struct sync_link *l = sync_links(engine_domain(engine, i)); l; l = l->next)
			links[g->link_count++] = (struct graph_link){.key = {l->cycle, i, l->position},
				.thread = graph_thread(engine_context_name(engine, i, l->ctx)),
				.object = l->object,
				.receives = l->receives};
	qsort(links, g->link_count, sizeof(*links), link_compare);
	return PEF_OK;
}

/* Who and what has heard of a step. */
struct marks {
	uint64_t words[ORDER_MARKS_MAX];
	unsigned count;
};

static bool marks_have(const struct marks *m, uint64_t word)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->words[i] == word)
			return true;
	return false;
}

static void marks_add(struct marks *m, uint64_t word)
{
	if (m->count < ORDER_MARKS_MAX && !marks_have(m, word))
		m->words[m->count++] = word;
}

bool graph_is_before(const struct lockgraph *g, const struct graph_step *a, const struct graph_step *b)
{
	struct marks threads = {.count = 0}, objects = {.count = 0};

	/* Of steps of different runs nothing is known. The last of one must lie before the first of the other. */
	if (g->across || graph_compare(&a->last, &b->key) >= 0)
		return false;
	marks_add(&threads, a->thread);
	for (unsigned i = 0; i < g->link_count && graph_compare(&g->links[i].key, &b->key) <= 0; i++) {
		const struct graph_link *l = &g->links[i];

		if (graph_compare(&l->key, &a->last) < 0)
			continue;
		if (l->receives && marks_have(&objects, l->object.w))
			marks_add(&threads, l->thread);
		if (!l->receives && marks_have(&threads, l->thread))
			marks_add(&objects, l->object.w);
	}
	return marks_have(&threads, b->thread);
}
