/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map.c - the sparse map from a guest's pages to their entries.
 *
 * A guest may have a terabyte and touch a handful of pages, and eviction wants
 * them in order. So each stripe has a tree ordered by page number, kept even by
 * a heap order over a hash of that number (a treap): no balance is stored, and
 * its shape depends on nothing but which pages are in it. A tree a stripe keeps
 * every link under the lock that guards its pages.
 *
 * Locking: the stripe's lock, but for map_find() from a bus handler, which runs
 * between two instructions of any context. Errors: NULL. Blocking: map_touch and
 * map_remove pass a point of the heap, with the tree whole.
 */
#include "uv.h"

/* The heap order: splitmix64's mixing of the page number. */
static uint64_t map_rank(gfn_t gfn)
{
	uint64_t x = gfn.n + UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

struct gfn_entry *map_find(const struct svm *svm, gfn_t gfn)
{
	struct gfn_entry *entry = svm->stripes[gfn.n % UV_STRIPES].root;
	while (entry && entry->gfn.n != gfn.n)
		entry = gfn.n < entry->gfn.n ? entry->left : entry->right;
	return entry;
}

/* Cut a tree in two: pages below @gfn, and the others. */
static void map_split(struct gfn_entry *tree, gfn_t gfn, struct gfn_entry **below, struct gfn_entry **above)
{
	while (tree) {
		if (tree->gfn.n < gfn.n) {
			*below = tree;
			below = &tree->right;
			tree = tree->right;
		} else {
			*above = tree;
			above = &tree->left;
			tree = tree->left;
		}
	}
	*below = NULL;
	*above = NULL;
}

static struct gfn_entry *map_join(struct gfn_entry *below, struct gfn_entry *above)
{
	struct gfn_entry *root = NULL, **link = &root;
	while (below && above) {
		if (map_rank(below->gfn) > map_rank(above->gfn)) {
			*link = below;
			link = &below->right;
			below = below->right;
		} else {
			*link = above;
			link = &above->left;
			above = above->left;
		}
	}
	*link = below ? below : above;
	return root;
}

struct gfn_entry *map_touch(struct svm *svm, gfn_t gfn)
{
	struct gfn_entry *entry = map_find(svm, gfn);
	if (entry)
		return entry;
	const obj_t name = obj_make(OBJ_GUEST_PAGE, svm->guest, (uint32_t)gfn.n);
	cost_charge(STEP_ALLOC);
	if (inject_fails(INJECT_ALLOC, name))
		return NULL;
	entry = heap_alloc(sizeof(*entry), name);
	entry->gfn = gfn;
	entry->frame = SFN_NONE;
	entry->host = HFN_NONE;
	entry->state = GFN_SECURE;
	entry->pte = PTE_NONE;

	struct gfn_entry **link = &map_stripe(svm, gfn)->root;
	while (*link && map_rank((*link)->gfn) > map_rank(gfn))
		link = gfn.n < (*link)->gfn.n ? &(*link)->left : &(*link)->right;
	map_split(*link, gfn, &entry->left, &entry->right);
	*link = entry;
	return entry;
}

void map_remove(struct svm *svm, struct gfn_entry *entry)
{
	struct gfn_entry **link = &map_stripe(svm, entry->gfn)->root;
	while (*link != entry)
		link = entry->gfn.n < (*link)->gfn.n ? &(*link)->left : &(*link)->right;
	*link = map_join(entry->left, entry->right);
	heap_free(entry);
}

struct gfn_entry *map_next(const struct svm *svm, unsigned stripe, gfn_t from)
{
	struct gfn_entry *entry = svm->stripes[stripe].root, *best = NULL;
	while (entry) {
		if (entry->gfn.n >= from.n) {
			best = entry;
			entry = entry->left;
		} else {
			entry = entry->right;
		}
	}
	return best;
}
