/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map.c - the sparse map from a guest's pages to their entries.
 *
 * A guest may have a terabyte and touch a handful of pages, and eviction wants
 * them in order: a radix tree of small nodes, that grows at its root. Each
 * stripe has one of its own, so every word is under the lock that guards its
 * page.
 *
 * Nearly all pages of a running guest are alike: SECURE, mapped, with a frame
 * and nothing else to know. In a run without detectors such a page has no entry:
 * its word is the frame's number. Whoever looks for the page gets an entry, and
 * when the stripe is given back and the page is still like that, the entry goes
 * to the next one. With detectors each entry is an object of the simulated heap,
 * so that a stale pointer is told. Events are the same in both.
 *
 * Locking: the stripe's lock, but for map_find() from a bus handler, which runs
 * between two instructions of any context. Errors: NULL. Blocking: map_touch and
 * map_remove pass a point of the heap, with the tree whole.
 */
#include "pefsim/points.h"
#include "uv.h"

#define NODE_BITS 4u
#define NODE_SIZE (1u << NODE_BITS)
#define WORD_FRAME UINT64_C(1) /* frame << 1 | 1; else an entry's address, or 0 */
#define LIST_END ((struct gfn_entry *)1) /* so that an entry in a list is told by its link */

struct map_node {
	union {
		struct map_node *child[NODE_SIZE];
		uint64_t word[NODE_SIZE];
	};
};

/* ---- the tree ---------------------------------------------------------------------- */

/* All VMs take from the same pool, one after the other: by the allocator's lock, which is held for no time. */
static struct map_node *node_take(struct map_pool *pool)
{
	order_acquire_at(pool);
	struct map_node *node = pool->nodes;
	pool->node_count++;
	if (node) {
		pool->nodes = node->child[0];
		node->child[0] = NULL;
	} else {
		node = domain_arena_alloc(pool->domain, sizeof(*node));
	}
	order_release_at(pool);
	return node;
}

/* A node whose words are all 0 again. */
static void node_give(struct map_pool *pool, struct map_node *node)
{
	order_acquire_at(pool);
	*node = (struct map_node){.child = {pool->nodes}};
	pool->nodes = node;
	pool->node_count--;
	order_release_at(pool);
}

static bool tree_covers(const struct gfn_stripe *stripe, uint64_t index)
{
	unsigned bits = stripe->height * NODE_BITS;
	return stripe->root && (bits >= 64 || index >> bits == 0);
}

static void tree_grow(struct map_pool *pool, struct gfn_stripe *stripe)
{
	struct map_node *root = node_take(pool);
	root->child[0] = stripe->root;
	stripe->root = root;
	stripe->height++;
}

/* The word of an index; NULL when there is none and none is to be made. */
static uint64_t *tree_at(struct map_pool *pool, struct gfn_stripe *stripe, uint64_t index, bool make)
{
	while (!tree_covers(stripe, index)) {
		if (!make)
			return NULL;
		tree_grow(pool, stripe);
	}
	struct map_node *node = stripe->root;
	for (unsigned level = stripe->height - 1; level > 0; level--) {
		struct map_node **child = &node->child[index >> (level * NODE_BITS) & (NODE_SIZE - 1)];
		if (!*child && !make)
			return NULL;
		if (!*child)
			*child = node_take(pool);
		node = *child;
	}
	return &node->word[index & (NODE_SIZE - 1)];
}

/* How many levels above the words the walk to an index ends at nothing; -1: at a word that is set. */
static int tree_hole(const struct gfn_stripe *stripe, uint64_t index)
{
	const struct map_node *node = stripe->root;
	for (unsigned level = stripe->height - 1;; level--) {
		unsigned at = index >> (level * NODE_BITS) & (NODE_SIZE - 1);
		if (level == 0)
			return node->word[at] ? -1 : 0;
		node = node->child[at];
		if (!node)
			return (int)level;
	}
}

/* The first index from @index on whose word is set. */
static bool tree_next(const struct gfn_stripe *stripe, uint64_t *index)
{
	while (tree_covers(stripe, *index)) {
		int level = tree_hole(stripe, *index);
		if (level < 0)
			return true;
		unsigned bits = (unsigned)level * NODE_BITS;
		*index = ((*index >> bits) + 1) << bits;
	}
	return false;
}

static void tree_free(struct map_pool *pool, struct map_node *node, unsigned height)
{
	for (unsigned i = 0; node && height > 1 && i < NODE_SIZE; i++)
		tree_free(pool, node->child[i], height - 1);
	if (node)
		node_give(pool, node);
}

void map_destroy(struct svm *svm)
{
	for (unsigned i = 0; i < UV_STRIPES; i++) {
		tree_free(svm->pool, svm->stripes[i].root, svm->stripes[i].height);
		svm->stripes[i].root = NULL;
		svm->stripes[i].height = 0;
	}
}

/* ---- entries ------------------------------------------------------------------------- */

static uint64_t map_index(gfn_t gfn)
{
	return gfn.n / UV_STRIPES;
}

static void entry_init(struct gfn_entry *entry, gfn_t gfn)
{
	entry->gfn = gfn;
	entry->frame = SFN_NONE;
	entry->host = HFN_NONE;
	entry->state = GFN_SECURE;
	entry->pte = PTE_NONE;
}

/* A page that a frame's number says all of. */
static void entry_init_plain(struct gfn_entry *entry, gfn_t gfn, sfn_t frame)
{
	memset(entry, 0, sizeof(*entry));
	entry_init(entry, gfn);
	entry->frame = frame;
	entry->pte = PTE_SECURE;
}

static struct gfn_entry *entry_take(struct map_pool *pool)
{
	struct gfn_entry *entry = pool->entries;
	pool->entry_count++;
	if (!entry)
		return domain_arena_alloc(pool->domain, sizeof(*entry));
	pool->entries = entry->next == LIST_END ? NULL : entry->next;
	memset(entry, 0, sizeof(*entry));
	return entry;
}

static void entry_give(struct map_pool *pool, struct gfn_entry *entry)
{
	entry->next = pool->entries ? pool->entries : LIST_END;
	pool->entries = entry;
	pool->entry_count--;
}

/* It is looked at: when the stripe is given back, it is looked whether its page is plain. */
static struct gfn_entry *entry_wake(struct svm *svm, struct gfn_entry *entry)
{
	struct gfn_stripe *stripe = map_stripe(svm, entry->gfn);
	if (!svm->pool->lean || entry->next)
		return entry;
	entry->next = stripe->awake ? stripe->awake : LIST_END;
	return stripe->awake = entry;
}

static void entry_unlink(struct svm *svm, struct gfn_entry *entry)
{
	struct gfn_entry **link = &map_stripe(svm, entry->gfn)->awake;
	while (*link && *link != LIST_END && *link != entry)
		link = &(*link)->next;
	if (*link == entry)
		*link = entry->next;
	if (map_stripe(svm, entry->gfn)->awake == LIST_END)
		map_stripe(svm, entry->gfn)->awake = NULL;
	entry->next = NULL;
}

static bool entry_is_plain(const struct gfn_entry *entry)
{
	struct gfn_entry plain;
	if (entry->frame.n == SFN_NONE.n)
		return false;
	entry_init_plain(&plain, entry->gfn, entry->frame);
	return !memcmp(entry, &plain, sizeof(plain));
}

void map_rest(struct svm *svm, unsigned stripe)
{
	for (;;) {
		struct gfn_entry *entry = svm->stripes[stripe].awake;
		if (!entry)
			break;
		entry_unlink(svm, entry);
		if (!entry_is_plain(entry))
			continue;
		*tree_at(svm->pool, &svm->stripes[stripe], map_index(entry->gfn), false) =
			(uint64_t)entry->frame.n << 1 | WORD_FRAME;
		entry_give(svm->pool, entry);
	}
}

static struct gfn_entry *map_entry(struct svm *svm, gfn_t gfn, uint64_t *word)
{
	if (!word || !*word)
		return NULL;
	if (!(*word & WORD_FRAME))
		return entry_wake(svm, (struct gfn_entry *)(uintptr_t)*word);
	struct gfn_entry *entry = entry_take(svm->pool);
	entry_init_plain(entry, gfn, (sfn_t){(uint32_t)(*word >> 1)});
	*word = (uint64_t)(uintptr_t)entry;
	return entry_wake(svm, entry);
}

/* An entry may come into being here that says what the word said: nothing that anybody can tell. */
struct gfn_entry *map_find(const struct svm *svm, gfn_t gfn)
{
	struct svm *mine = (struct svm *)(uintptr_t)svm;
	return map_entry(mine, gfn, tree_at(mine->pool, map_stripe(mine, gfn), map_index(gfn), false));
}

static obj_t map_name(const struct svm *svm, gfn_t gfn)
{
	return obj_make(OBJ_GUEST_PAGE, svm->guest, (uint32_t)gfn.n);
}

static struct gfn_entry *map_alloc(struct svm *svm, gfn_t gfn)
{
	struct gfn_entry *entry;

	if (!svm->pool->lean)
		return heap_alloc(sizeof(*entry), map_name(svm, gfn));
	entry = entry_take(svm->pool);
	trace_emit(TRACE_ALLOC, 0, map_name(svm, gfn).w, sizeof(*entry));
	point_pass(POINT_ALLOC, map_name(svm, gfn));
	return entry;
}

static void map_free(struct svm *svm, struct gfn_entry *entry)
{
	obj_t name = map_name(svm, entry->gfn);

	if (!svm->pool->lean) {
		heap_free(entry);
		return;
	}
	entry_unlink(svm, entry);
	entry_give(svm->pool, entry);
	trace_emit(TRACE_FREE, 0, name.w, sizeof(*entry));
	point_pass(POINT_FREE, name);
}

struct gfn_entry *map_touch(struct svm *svm, gfn_t gfn)
{
	struct gfn_entry *entry = map_find(svm, gfn);
	if (entry)
		return entry;
	cost_charge(STEP_ALLOC);
	if (inject_fails(INJECT_ALLOC, map_name(svm, gfn)))
		return NULL;
	entry = map_alloc(svm, gfn);
	entry_init(entry, gfn);
	*tree_at(svm->pool, map_stripe(svm, gfn), map_index(gfn), true) = (uint64_t)(uintptr_t)entry;
	return entry_wake(svm, entry);
}

void map_remove(struct svm *svm, struct gfn_entry *entry)
{
	*tree_at(svm->pool, map_stripe(svm, entry->gfn), map_index(entry->gfn), false) = 0;
	map_free(svm, entry);
}

struct gfn_entry *map_next(struct svm *svm, unsigned stripe, gfn_t from)
{
	uint64_t index = from.n <= stripe ? 0 : (from.n - stripe + UV_STRIPES - 1) / UV_STRIPES;

	if (!tree_next(&svm->stripes[stripe], &index))
		return NULL;
	return map_find(svm, (gfn_t){index * UV_STRIPES + stripe});
}

void map_pool_init(struct map_pool *pool)
{
	pool->lean = engine_detectors_off(domain_engine(pool->domain));
}

uint64_t map_pool_bytes(const struct map_pool *pool)
{
	return pool->node_count * sizeof(struct map_node) + pool->entry_count * sizeof(struct gfn_entry);
}
