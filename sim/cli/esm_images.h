/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esm_images.h - trees and blobs that the guests of a scenario hand to UV_ESM.
 *
 * Locking: none; constant during a run. Errors: a message. Blocking: before a
 * run, while files are read and compiled.
 */
#ifndef ESM_IMAGES_H
#define ESM_IMAGES_H

#include "pefsim/guest_tree.h"
#include "pefsim/scenario.h"

struct esm_images;
/**
 * esm_images_load - everything the scenario's guests may hand over
 * @scenario: must outlive the images
 * @out:      to be freed with esm_images_free(), also after an error
 * Returns PEF_OK, or PEF_NOFILE, PEF_PARSE, PEF_LIMIT, PEF_NOMEM with a message.
 */
enum pef_err esm_images_load(const struct scenario *scenario, struct esm_images **out, char *message, size_t size);
void esm_images_free(struct esm_images *images);
/** esm_images_store - the bytes of all pages */
const struct image_store *esm_images_store(const struct esm_images *images);
/** esm_images_find - of a guest, with these files (NULL: made for it); NULL when none was asked for */
const struct guest_image *esm_images_find(
	const struct esm_images *images, unsigned guest, const char *fdt, const char *blob);

#endif
