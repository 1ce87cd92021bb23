/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_tree.c - the device tree and the ESM blob of a guest. See guest_tree.h.
 *
 * Locking: none. Errors: a message. Blocking: while dtc runs, before a run.
 */
#include "pefsim/guest_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/dt.h"
#include "pefsim/esm.h"

#define TREE_BLOB_AT UINT64_C(0x1000) /* of the first page */
#define TREE_HALF (PEF_PAGE_SIZE / 2) /* where the tree begins when there is one page */
#define TREE_BLOB_ROOM (TREE_HALF - TREE_BLOB_AT)
#define TREE_CPUS_MAX 64u
#define TREE_BOOTARGS "console=hvc0"

static enum pef_err tree_error(enum pef_err err, char *message, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static enum pef_err tree_error(enum pef_err err, char *message, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(message, size, format, args);
	va_end(args);
	return err;
}

/* ---- what is made ------------------------------------------------------------------- */

static void tree_put_memory(struct dt_writer *w, const struct guest_tree_spec *spec)
{
	uint64_t reg[2 * PEF_SLOTS_MAX];
	unsigned count = spec->memory_count < PEF_SLOTS_MAX ? spec->memory_count : PEF_SLOTS_MAX;

	for (unsigned i = 0; i < count; i++) {
		reg[2 * i] = spec->memory[i].base;
		reg[2 * i + 1] = spec->memory[i].size;
	}
	dt_begin_node(w, "memory@0");
	dt_put_string(w, "device_type", "memory");
	dt_put_numbers(w, "reg", reg, 2 * count);
	dt_end_node(w);
}

static void tree_put_cpus(struct dt_writer *w, unsigned vcpus)
{
	char name[24];

	dt_begin_node(w, "cpus");
	dt_put_cell(w, "#address-cells", 1);
	dt_put_cell(w, "#size-cells", 0);
	for (unsigned i = 0; i < vcpus && i < TREE_CPUS_MAX; i++) {
		snprintf(name, sizeof(name), "cpu@%x", i);
		dt_begin_node(w, name);
		dt_put_string(w, "device_type", "cpu");
		dt_put_cell(w, "reg", i);
		dt_put_cell(w, "ibm,ppc-interrupt-server#s", i);
		dt_end_node(w);
	}
	dt_end_node(w);
}

size_t guest_tree_write(const struct guest_tree_spec *spec, uint64_t blob, uint64_t blob_len, void *out, size_t room)
{
	const uint64_t blob_end = blob + blob_len;
	struct dt_writer w;

	dt_begin(&w, out, room);
	dt_put_string(&w, "compatible", "pefsim,guest");
	dt_put_cell(&w, "#address-cells", 2);
	dt_put_cell(&w, "#size-cells", 2);
	tree_put_memory(&w, spec);
	tree_put_cpus(&w, spec->vcpus);
	dt_begin_node(&w, "chosen");
	dt_put_string(&w, "bootargs", TREE_BOOTARGS);
	dt_put_numbers(&w, "linux,esm-blob-start", &blob, 1);
	dt_put_numbers(&w, "linux,esm-blob-end", &blob_end, 1);
	dt_end_node(&w);
	return dt_finish(&w, 0);
}

/* Of a tree that may be none: then its arguments are not vouched for. */
static void tree_put_bootargs_digest(struct dt_writer *w, const void *fdt, size_t fdt_len)
{
	char message[160];
	const char *bootargs = "";
	struct dt dt;

	if (dt_open(&dt, fdt, fdt_len, message, sizeof(message)) != PEF_OK)
		return;
	dt_node_t chosen = dt_find(&dt, "/chosen");
	if (!dt_exists(chosen) || !dt_has(&dt, chosen, "bootargs") || dt_string(&dt, chosen, "bootargs", &bootargs)) {
		uint64_t digest = esm_digest_bytes(ESM_DIGEST_BEGIN, bootargs, strlen(bootargs));
		dt_put_numbers(w, "bootargs", &digest, 1);
	}
	dt_close(&dt);
}

size_t guest_blob_write(const void *fdt, size_t fdt_len, void *out, size_t room)
{
	const uint64_t key = ESM_KEY_ID;
	/* What the ultravisor will read is what the header claims, which may be less than the file. */
	size_t claimed = dt_claimed_size(fdt, fdt_len);
	uint64_t digest = esm_digest_bytes(ESM_DIGEST_BEGIN, fdt, claimed && claimed < fdt_len ? claimed : fdt_len);
	struct dt_writer w;

	dt_begin(&w, out, room);
	dt_put_string(&w, "compatible", "pefsim,esm-blob");
	dt_begin_node(&w, "lockboxes");
	dt_begin_node(&w, "lockbox-1");
	dt_put_numbers(&w, ESM_LOCKBOX_KEY, &key, 1);
	dt_end_node(&w);
	dt_end_node(&w);
	dt_begin_node(&w, "digest");
	dt_put_numbers(&w, "fdt", &digest, 1);
	tree_put_bootargs_digest(&w, fdt, fdt_len);
	dt_end_node(&w);
	return dt_finish(&w, 0);
}

/* ---- laid out ------------------------------------------------------------------------ */

/* Bytes of a tree or blob, owned. */
struct tree_bytes {
	void *bytes;
	size_t len;
};

struct tree_layout {
	const struct guest_tree_spec *spec;
	struct tree_bytes blob, fdt;
	char *message;
	size_t size;
};

static enum pef_err tree_load(struct tree_layout *l, const char *path, struct tree_bytes *out)
{
	return path ? dts_load_bytes(path, &out->bytes, &out->len, l->message, l->size) : PEF_OK;
}

static enum pef_err tree_make(struct tree_layout *l)
{
	const uint64_t blob = l->spec->memory[0].base + TREE_BLOB_AT;
	const size_t room = PEF_PAGE_SIZE;

	if (!l->fdt.bytes) {
		uint64_t len = l->blob.bytes ? l->blob.len : TREE_BLOB_ROOM;
		l->fdt.bytes = malloc(room);
		if (l->fdt.bytes)
			l->fdt.len = guest_tree_write(l->spec, blob, len, l->fdt.bytes, room);
	}
	if (!l->blob.bytes && l->fdt.bytes) {
		l->blob.bytes = malloc(room);
		if (l->blob.bytes)
			l->blob.len = guest_blob_write(l->fdt.bytes, l->fdt.len, l->blob.bytes, room);
	}
	if (!l->fdt.bytes || !l->blob.bytes)
		return tree_error(PEF_NOMEM, l->message, l->size, "no memory for a guest's device tree");
	return PEF_OK;
}

/* Where the tree begins, counted from the first page, and how much there is of both. */
static enum pef_err tree_place(struct tree_layout *l, uint64_t *fdt_at, uint64_t *end)
{
	uint64_t have = l->spec->memory[0].size;

	bool one_page = have < 2 * PEF_PAGE_SIZE;
	uint64_t blob_end = TREE_BLOB_AT + l->blob.len;
	*fdt_at = one_page ? TREE_HALF : (blob_end + PEF_PAGE_SIZE - 1) & ~(PEF_PAGE_SIZE - 1);
	*end = *fdt_at + l->fdt.len;
	if (blob_end <= *fdt_at && *end <= have)
		return PEF_OK;
	return tree_error(PEF_LIMIT, l->message, l->size,
		"the ESM blob (%zu bytes) and the device tree (%zu bytes) do not fit in the guest's first slot",
		l->blob.len, l->fdt.len);
}

static enum pef_err tree_pages(struct tree_layout *l, struct image_store *store, struct guest_image *out)
{
	uint64_t fdt_at, end, base = l->spec->memory[0].base;
	enum pef_err err = tree_place(l, &fdt_at, &end);

	if (err)
		return err;
	unsigned count = (unsigned)((end + PEF_PAGE_SIZE - 1) / PEF_PAGE_SIZE);
	uint8_t *bytes = calloc(count, PEF_PAGE_SIZE);
	token_t *pages = calloc(count, sizeof(*pages));
	if (!bytes || !pages) {
		free(bytes);
		free(pages);
		return tree_error(PEF_NOMEM, l->message, l->size, "no memory for a guest's image");
	}
	memcpy(bytes + TREE_BLOB_AT, l->blob.bytes, l->blob.len);
	memcpy(bytes + fdt_at, l->fdt.bytes, l->fdt.len);
	for (unsigned i = 0; i < count; i++)
		pages[i] = image_store_add(store, l->spec->guest, bytes + i * PEF_PAGE_SIZE, PEF_PAGE_SIZE);
	free(bytes);
	*out = (struct guest_image){.blob = base + TREE_BLOB_AT,
		.fdt = base + fdt_at,
		.first = gfn_of_gpa(base),
		.page_count = count,
		.pages = pages};
	return PEF_OK;
}

enum pef_err guest_image_make(struct image_store *store, const struct guest_tree_spec *spec, struct guest_image *out,
	char *message, size_t size)
{
	struct tree_layout l = {.spec = spec, .message = message, .size = size};
	enum pef_err err = tree_load(&l, spec->blob, &l.blob);

	*out = (struct guest_image){0};
	if (!err)
		err = tree_load(&l, spec->fdt, &l.fdt);
	if (!err)
		err = tree_make(&l);
	if (!err)
		err = tree_pages(&l, store, out);
	free(l.blob.bytes);
	free(l.fdt.bytes);
	return err;
}

void guest_image_free(struct guest_image *image)
{
	free(image->pages);
	*image = (struct guest_image){0};
}
