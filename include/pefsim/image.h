/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.h - bytes of guest pages.
 *
 * A page's content is a token (types.h). Only what UV_ESM parses, the guest's
 * device tree and the ESM blob, is ever read as bytes: those are kept here
 * before the run, a page each, and the guest stores the page's token like any
 * other content. A token that was not made here has no bytes.
 *
 * Locking: constant during a run. Errors: said at each function. Blocking: never.
 */
#ifndef PEFSIM_IMAGE_H
#define PEFSIM_IMAGE_H

#include "pefsim/types.h"

struct image_store;
struct image_store *image_store_create(void);
void image_store_destroy(struct image_store *store);
/**
 * image_store_add - keep one page of bytes
 * @guest: whose content it is (the token's origin)
 * @bytes: copied; @size at most PEF_PAGE_SIZE, the rest of the page is zero
 * Returns the page's token; TOKEN_ZERO when all bytes are zero. The n-th page
 * added has the same token in every run.
 */
token_t image_store_add(struct image_store *store, unsigned guest, const void *bytes, size_t size);
/** image_store_bytes - PEF_PAGE_SIZE bytes of a page, owned by the store; NULL when the token has none */
const uint8_t *image_store_bytes(const struct image_store *store, token_t token);

#endif
