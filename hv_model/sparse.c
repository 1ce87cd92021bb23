/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sparse.c - a table from page numbers to words.
 *
 * A radix tree that grows at its root, as the kernel's: a guest of 16 MiB has
 * one node, and a page at 64 TiB costs a handful. Nodes stay for good. The walk
 * itself is hidden from the access hooks, because what a kernel has here is a
 * hardware-walked table whose upper levels are read without locks; the words
 * are accessed by the callers, and seen.
 *
 * Locking: the caller's, for the words. Errors: none. Blocking: never.
 */
#include "hv.h"

/*
 * Sixteen entries a node: a guest that is used as a whole pays little more than
 * its words, one that is touched here and there not a big node for each page.
 */
#define NODE_BITS 4u
#define NODE_SIZE (1u << NODE_BITS)

struct node {
	union {
		struct node *child[NODE_SIZE];
		uint64_t word[NODE_SIZE];
	};
};

HV_UNSEEN static struct node *sparse_node(struct sparse *table)
{
	table->bytes += sizeof(struct node);
	return domain_arena_alloc(table->domain, sizeof(struct node));
}

HV_UNSEEN static bool sparse_covers(const struct sparse *table, uint64_t index)
{
	unsigned bits = table->height * NODE_BITS;
	return bits >= 64 || index >> bits == 0;
}

HV_UNSEEN static void sparse_grow(struct sparse *table)
{
	struct node *root = sparse_node(table);
	if (table->height > 0)
		root->child[0] = table->root;
	table->root = root;
	table->height++;
}

HV_UNSEEN uint64_t *hv_sparse_at(struct sparse *table, uint64_t index, bool make)
{
	while (table->height == 0 || !sparse_covers(table, index)) {
		if (!make)
			return NULL;
		sparse_grow(table);
	}
	struct node *node = table->root;
	for (unsigned level = table->height - 1; level > 0; level--) {
		struct node **child = &node->child[index >> (level * NODE_BITS) & (NODE_SIZE - 1)];
		if (!*child) {
			if (!make)
				return NULL;
			*child = sparse_node(table);
		}
		node = *child;
	}
	return &node->word[index & (NODE_SIZE - 1)];
}

/* The first word from @index on below a node whose words stand for 1 << (level * NODE_BITS) indices each. */
HV_UNSEEN static bool sparse_next_below(const struct node *node, unsigned level, uint64_t *index)
{
	uint64_t step = UINT64_C(1) << (level * NODE_BITS);

	for (uint64_t i = *index >> (level * NODE_BITS) & (NODE_SIZE - 1); i < NODE_SIZE; i++) {
		/* On to the first index of the next child, wherever the search below this one ends. */
		uint64_t next = (*index & ~(step - 1)) + step;
		if (level == 0 ? node->word[i] != 0
			       : node->child[i] && sparse_next_below(node->child[i], level - 1, index))
			return true;
		*index = next;
	}
	return false;
}

HV_UNSEEN bool hv_sparse_next(const struct sparse *table, uint64_t *index)
{
	if (table->height == 0 || !sparse_covers(table, *index))
		return false;
	return sparse_next_below(table->root, table->height - 1, index);
}
