/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_tree.h - what a guest has in memory when it asks for UV_ESM: its device
 * tree and its ESM blob, made for it or read from files.
 *
 * Files are read and pages made before the run; the guest stores their tokens
 * and calls. A .dts goes through dtc; a .dtb is taken as it is, tree or not, so
 * that a scenario can hand over anything.
 *
 * Locking: none; constant once made. Errors: PEF_NOFILE, PEF_PARSE, PEF_LIMIT,
 * PEF_NOMEM with a message. Blocking: never during a run.
 */
#ifndef PEFSIM_GUEST_TREE_H
#define PEFSIM_GUEST_TREE_H

#include "pefsim/image.h"

/* A range of guest memory, in bytes. */
struct guest_range {
	uint64_t base, size;
};

struct guest_tree_spec {
	unsigned guest; /* the origin of the pages' tokens */
	unsigned vcpus;
	const struct guest_range *memory; /* the image lies in the first, from its first page on */
	unsigned memory_count;
	const char *fdt, *blob; /* files; NULL: made for the guest */
};

struct guest_image {
	uint64_t blob, fdt; /* guest addresses, what UV_ESM is called with */
	gfn_t first; /* the pages, one after the other */
	unsigned page_count;
	token_t *pages; /* owned */
};

/**
 * guest_image_make - tree and blob of a guest, laid out in pages
 * @store:   keeps the pages' bytes
 * @message: on error, what is wrong; @size bytes
 *
 * The blob begins 4 KiB into the first page, the tree on the page behind it; in
 * a guest of one page the tree has the second half of that. A tree that is made
 * has the memory given, a CPU a vCPU (64 at most) and boot arguments; a blob that
 * is made vouches for the tree and its boot arguments.
 */
enum pef_err guest_image_make(struct image_store *store, const struct guest_tree_spec *spec, struct guest_image *out,
	char *message, size_t size);
void guest_image_free(struct guest_image *image);

/** guest_tree_write - the tree that is made, for a blob of @blob_len bytes at @blob; its bytes, 0: no room */
size_t guest_tree_write(const struct guest_tree_spec *spec, uint64_t blob, uint64_t blob_len, void *out, size_t room);
/** guest_blob_write - the blob that is made for a tree; its bytes, 0: no room */
size_t guest_blob_write(const void *fdt, size_t fdt_len, void *out, size_t room);

#endif
