/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.c - bytes of guest pages. See image.h.
 *
 * Locking: none. Errors: the process stops when the host has no memory, as for
 * an arena. Blocking: never.
 */
#include "pefsim/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of tokens from here on name pages of the store; scripts' values are far below. */
#define IMAGE_VALUE (UINT64_C(0xf) << 44)

struct image_store {
	uint8_t **pages; /* one allocation each: they stay where they are as the store grows */
	size_t count, room;
};

static void *image_memory(void *p)
{
	if (p)
		return p;
	fprintf(stderr, "pefsim: no memory for guest images\n");
	abort();
}

struct image_store *image_store_create(void)
{
	return image_memory(calloc(1, sizeof(struct image_store)));
}

void image_store_destroy(struct image_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++)
		free(store->pages[i]);
	free(store->pages);
	free(store);
}

static void image_store_grow(struct image_store *store)
{
	store->room = store->room ? 2 * store->room : 8;
	store->pages = image_memory(realloc(store->pages, store->room * sizeof(*store->pages)));
}

token_t image_store_add(struct image_store *store, unsigned guest, const void *bytes, size_t size)
{
	static const uint8_t zero[PEF_PAGE_SIZE];
	if (size == 0 || !memcmp(bytes, zero, size))
		return TOKEN_ZERO;
	if (store->count == store->room)
		image_store_grow(store);
	store->pages[store->count] = image_memory(calloc(1, PEF_PAGE_SIZE));
	memcpy(store->pages[store->count], bytes, size);
	return token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(guest), IMAGE_VALUE + store->count++);
}

const uint8_t *image_store_bytes(const struct image_store *store, token_t token)
{
	if (!store || token_kind(token) != TOKEN_PLAIN || token_value(token) < IMAGE_VALUE)
		return NULL;
	uint64_t index = token_value(token) - IMAGE_VALUE;
	return index < store->count ? store->pages[index] : NULL;
}
