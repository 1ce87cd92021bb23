/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esm_images.c - trees and blobs that the guests of a scenario hand to UV_ESM.
 *
 * All are made before the run: one for each guest that may boot secure, one for
 * each uv_esm with files of its own. A run only stores their pages.
 *
 * Locking: none; constant during a run. Errors: a message with the statement's
 * place. Blocking: while files are read and compiled.
 */
#include "esm_images.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "world.h"

/* What a guest hands over; paths as the scenario has them. */
struct esm_image {
	unsigned guest;
	const char *fdt, *blob;
	struct guest_image image;
};

struct esm_images {
	struct image_store *store;
	struct esm_image *all;
	unsigned count;
};

static bool images_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

const struct guest_image *esm_images_find(
	const struct esm_images *images, unsigned guest, const char *fdt, const char *blob)
{
	for (unsigned i = 0; i < images->count; i++) {
		const struct esm_image *at = &images->all[i];
		if (at->guest == guest && images_same(at->fdt, fdt) && images_same(at->blob, blob))
			return &at->image;
	}
	return NULL;
}

const struct image_store *esm_images_store(const struct esm_images *images)
{
	return images->store;
}

/* A file that is not there is told by whoever opens it. */
static const char *images_path(const struct scenario *s, const char *name, char *out, size_t size)
{
	if (!name)
		return NULL;
	if (!paths_resolve(name, s->path, out, size))
		snprintf(out, size, "%s", name);
	return out;
}

/* The memory that the tree tells of: what is there at boot, or what a script makes when that is nothing. */
static unsigned images_memory(const struct guest_spec *guest, struct guest_range *out)
{
	unsigned count = 0, present = 0;

	for (unsigned i = 0; i < guest->slot_count; i++)
		present += guest->slots[i].present;
	for (unsigned i = 0; i < guest->slot_count; i++) {
		const struct slot_spec *slot = &guest->slots[i];
		if (slot->present || !present)
			out[count++] = (struct guest_range){slot->gpa, slot->pages << PEF_PAGE_SHIFT};
	}
	return count;
}

static enum pef_err images_make(
	struct esm_images *images, const struct scenario *s, struct esm_image *at, char *message, size_t size)
{
	const struct guest_spec *guest = &s->guests[at->guest];
	char fdt[PATH_MAX], blob[PATH_MAX];
	struct guest_range *memory = calloc(guest->slot_count + 1, sizeof(*memory));

	if (!memory) {
		snprintf(message, size, "no memory for a guest's image");
		return PEF_NOMEM;
	}
	const unsigned count = images_memory(guest, memory);
	const struct guest_tree_spec spec = {.guest = at->guest,
		.vcpus = guest->vcpus,
		.memory = memory,
		.memory_count = count,
		.fdt = images_path(s, at->fdt, fdt, sizeof(fdt)),
		.blob = images_path(s, at->blob, blob, sizeof(blob))};
	enum pef_err err = guest_image_make(images->store, &spec, &at->image, message, size);
	free(memory);
	return err;
}

static enum pef_err images_add(
	struct esm_images *images, const struct scenario *s, const struct esm_image *wanted, char *message, size_t size)
{
	if (!s->guests[wanted->guest].slot_count || esm_images_find(images, wanted->guest, wanted->fdt, wanted->blob))
		return PEF_OK;
	struct esm_image *grown = realloc(images->all, (images->count + 1) * sizeof(*grown));
	if (!grown) {
		snprintf(message, size, "no memory for a guest's image");
		return PEF_NOMEM;
	}
	images->all = grown;
	grown[images->count] = *wanted;
	return images_make(images, s, &grown[images->count++], message, size);
}

static enum pef_err images_of_thread(
	struct esm_images *images, const struct scenario *s, const struct thread *t, char *message, size_t size)
{
	char why[400];

	for (unsigned i = 0; i < t->count; i++) {
		const struct statement *st = &t->statements[i];
		const struct esm_image wanted = {.guest = t->guest, .fdt = st->fdt, .blob = st->blob};
		if (st->kind != OP_UV_ESM)
			continue;
		enum pef_err err = images_add(images, s, &wanted, why, sizeof(why));
		if (err) {
			snprintf(message, size, "%s:%u:%u: error: %s", s->path, st->line, st->column, why);
			return err;
		}
	}
	return PEF_OK;
}

enum pef_err esm_images_load(const struct scenario *s, struct esm_images **out, char *message, size_t size)
{
	struct esm_images *images = calloc(1, sizeof(*images));
	enum pef_err err = PEF_OK;

	*out = images;
	if (!images) {
		snprintf(message, size, "no memory for guests' images");
		return PEF_NOMEM;
	}
	images->store = image_store_create();
	for (unsigned i = 0; i < s->guest_count && !err; i++) {
		const struct esm_image wanted = {.guest = i};
		if (s->guests[i].boot == BOOT_SECURE)
			err = images_add(images, s, &wanted, message, size);
	}
	for (unsigned i = 0; i < s->thread_count && !err; i++) {
		if (s->threads[i].kind == THREAD_GUEST)
			err = images_of_thread(images, s, &s->threads[i], message, size);
	}
	return err;
}

void esm_images_free(struct esm_images *images)
{
	if (!images)
		return;
	for (unsigned i = 0; i < images->count; i++)
		guest_image_free(&images->all[i].image);
	image_store_destroy(images->store);
	free(images->all);
	free(images);
}
