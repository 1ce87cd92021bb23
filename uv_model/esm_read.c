/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esm_read.c - what UV_ESM is given: the guest's device tree and the ESM blob.
 *
 * Both come from a guest, so nothing in them is believed: a blob is copied out
 * of the guest's reach, checked from end to end, and read through dt.h, which
 * stays inside each property. Addresses must lie in the memory that the tree
 * itself names. Any bytes end in a code of the document.
 *
 * Locking: none. Errors: codes of UV_ESM. Blocking: as the source of the pages.
 */
#include "esm.h"

#include "pefsim/image.h"

static size_t esm_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Bytes of guest memory, from whatever pages they lie in. A token without bytes reads as no tree. */
static bool esm_bytes(struct esm *e, uint64_t gpa, uint8_t *to, size_t len)
{
	while (len) {
		size_t at = (size_t)(gpa & (PEF_PAGE_SIZE - 1)), n = esm_least(len, PEF_PAGE_SIZE - at);
		token_t token;

		if (!e->page(e, gfn_of_gpa(gpa), &token))
			return false;
		const uint8_t *bytes = image_store_bytes(e->u->uv->config.images, token);
		if (bytes)
			memcpy(to, bytes + at, n);
		else
			memset(to, token == TOKEN_ZERO ? 0 : 0xff, n);
		to += n;
		gpa += n;
		len -= n;
	}
	return true;
}

/* U_BUSY stands for "not a tree": who calls knows which of the two it is. */
static int64_t esm_copy(struct esm *e, struct esm_tree *t, uint64_t gpa)
{
	const obj_t name = obj_make(OBJ_ESM_TREE, e->u->vcpu.guest, OBJ_NO_INDEX);
	uint8_t head[8];

	if (gpa > UINT64_MAX - ESM_TREE_MAX)
		return ABI_U_BUSY;
	if (!esm_bytes(e, gpa, head, sizeof(head)))
		return ABI_U_RETRY;
	t->size = dt_claimed_size(head, sizeof(head));
	if (t->size < sizeof(head) || t->size > ESM_TREE_MAX)
		return ABI_U_BUSY;
	cost_charge(STEP_ALLOC);
	if (inject_fails(INJECT_ALLOC, name))
		return ABI_U_RETRY;
	t->bytes = heap_alloc(t->size, name);
	if (!esm_bytes(e, gpa, t->bytes, t->size))
		return ABI_U_RETRY;
	cost_charge(STEP_UV_CHECK);
	return dt_open(&t->dt, t->bytes, t->size, t->message, sizeof(t->message)) ? ABI_U_BUSY : ABI_U_SUCCESS;
}

static int64_t esm_copy_or(struct esm *e, struct esm_tree *t, uint64_t gpa, int64_t wrong)
{
	int64_t code = esm_copy(e, t, gpa);
	return code == ABI_U_BUSY ? wrong : code;
}

void esm_forget(struct esm *e)
{
	struct esm_tree *trees[] = {&e->blob, &e->fdt};

	for (unsigned i = 0; i < 2; i++) {
		if (!trees[i]->bytes)
			continue;
		dt_close(&trees[i]->dt);
		cost_charge(STEP_FREE);
		heap_free(trees[i]->bytes);
		trees[i]->bytes = NULL;
	}
}

/* ---- the device tree ------------------------------------------------------------- */

/* One entry of /memory@0; false when there is none of that index. */
static bool esm_memory(struct esm *e, unsigned index, struct esm_range *out)
{
	struct dt *dt = &e->fdt.dt;
	dt_node_t node = dt_find(dt, "/memory@0");
	unsigned address, size, count;
	uint64_t base, bytes;

	if (!dt_exists(node) || !dt_reg_cells(dt, DT_ROOT, &address, &size) ||
		!dt_count(dt, node, "reg", address + size, &count) || index >= count ||
		!dt_cells(dt, node, "reg", index * (address + size), address, &base) ||
		!dt_cells(dt, node, "reg", index * (address + size) + address, size, &bytes))
		return false;
	*out = (struct esm_range){base, bytes > UINT64_MAX - base ? UINT64_MAX : base + bytes};
	return true;
}

bool esm_own_buffer(const struct esm *e, gfn_t *out)
{
	if (e->rtas.start == e->rtas.end)
		return false;
	*out = (gfn_t){gfn_of_gpa(e->rtas.end - 1).n + 1};
	return true;
}

/* Whether the tree has that much memory there. */
static bool esm_is_memory(struct esm *e, struct esm_range r)
{
	struct esm_range memory;

	for (unsigned i = 0; esm_memory(e, i, &memory); i++) {
		if (r.start >= memory.start && r.end <= memory.end)
			return true;
	}
	return false;
}

/* A range from two properties; none of the two is fine. @length: the second is a size. */
static bool esm_range(
	struct esm *e, dt_node_t node, const char *first, const char *second, bool length, struct esm_range *out)
{
	struct dt *dt = &e->fdt.dt;
	uint64_t start, end;

	if (!dt_exists(node) || (!dt_has(dt, node, first) && !dt_has(dt, node, second)))
		return true;
	if (!dt_number(dt, node, first, &start) || !dt_number(dt, node, second, &end))
		return false;
	if (length)
		end = end > UINT64_MAX - start ? UINT64_MAX : start + end;
	*out = (struct esm_range){start, end};
	return start < end && esm_is_memory(e, *out);
}

static bool esm_bootargs(struct esm *e, dt_node_t chosen)
{
	struct dt *dt = &e->fdt.dt;

	if (!dt_exists(chosen) || !dt_has(dt, chosen, "bootargs"))
		return true;
	return dt_string(dt, chosen, "bootargs", &e->bootargs);
}

static struct esm_range esm_extent(uint64_t gpa, const struct esm_tree *t)
{
	return (struct esm_range){gpa, gpa + t->size};
}

static bool esm_meet(struct esm_range a, struct esm_range b)
{
	return a.start < b.end && b.start < a.end;
}

/* RTAS and the page behind it, in whole pages: they become the ultravisor's. */
static struct esm_range esm_own(const struct esm *e)
{
	struct esm_range own = {e->rtas.start & ~(PEF_PAGE_SIZE - 1), 0};
	gfn_t buffer;

	if (!esm_own_buffer(e, &buffer))
		return (struct esm_range){0, 0};
	own.end = gpa_of_gfn(buffer) + PEF_PAGE_SIZE;
	return own;
}

static bool esm_own_is_apart(struct esm *e)
{
	struct esm_range own = esm_own(e);

	if (e->rtas.start == e->rtas.end)
		return true;
	return own.start < own.end && esm_is_memory(e, own) && !esm_meet(own, e->initrd) &&
	       !esm_meet(own, esm_extent(e->u->arg[0], &e->blob)) && !esm_meet(own, esm_extent(e->u->arg[1], &e->fdt));
}

static int64_t esm_read_fdt(struct esm *e)
{
	dt_node_t chosen = dt_find(&e->fdt.dt, "/chosen"), rtas = dt_find(&e->fdt.dt, "/rtas");
	struct esm_range blob = esm_extent(e->u->arg[0], &e->blob), named = blob;

	if (dt_boot_cpu(&e->fdt.dt) >= e->u->uv->config.guests[e->u->vcpu.guest].vcpu_count)
		return ABI_U_P2;
	if (!esm_is_memory(e, esm_extent(e->u->arg[1], &e->fdt)) || !esm_bootargs(e, chosen) ||
		!esm_range(e, chosen, "linux,initrd-start", "linux,initrd-end", false, &e->initrd) ||
		!esm_range(e, rtas, "linux,rtas-base", "rtas-size", true, &e->rtas) ||
		!esm_range(e, chosen, "linux,esm-blob-start", "linux,esm-blob-end", false, &named) ||
		!esm_own_is_apart(e))
		return ABI_U_P2;
	/* The tree may say where the blob is; then it is there. */
	bool agree = blob.start >= named.start && blob.end <= named.end && esm_is_memory(e, blob);
	return agree ? ABI_U_SUCCESS : ABI_U_PARAMETER;
}

/* ---- the blob --------------------------------------------------------------------- */

static int64_t esm_read_key(struct esm *e)
{
	dt_node_t lockbox = dt_find(&e->blob.dt, ESM_LOCKBOX);
	uint64_t key;

	if (!dt_exists(lockbox))
		return ABI_U_NO_KEY;
	if (!dt_number(&e->blob.dt, lockbox, ESM_LOCKBOX_KEY, &key))
		return ABI_U_PARAMETER;
	return key == ESM_KEY_ID ? ABI_U_SUCCESS : ABI_U_NO_KEY;
}

static int64_t esm_read_kernel(struct esm *e)
{
	struct dt *dt = &e->blob.dt;
	dt_node_t digests = dt_find(dt, ESM_DIGESTS);
	uint64_t base, size;
	unsigned count;

	if (!dt_exists(digests))
		return ABI_U_PARAMETER;
	if (!dt_has(dt, digests, ESM_KERNEL_RANGE))
		return ABI_U_SUCCESS;
	if (!dt_count(dt, digests, ESM_KERNEL_RANGE, 4, &count) || count != 1 ||
		!dt_cells(dt, digests, ESM_KERNEL_RANGE, 0, 2, &base) ||
		!dt_cells(dt, digests, ESM_KERNEL_RANGE, 2, 2, &size) || size == 0 || size > UINT64_MAX - base)
		return ABI_U_PARAMETER;
	e->kernel = (struct esm_range){base, base + size};
	bool apart = !esm_meet(e->kernel, esm_own(e));
	return apart && esm_is_memory(e, e->kernel) ? ABI_U_SUCCESS : ABI_U_PARAMETER;
}

/* ---- digests ----------------------------------------------------------------------- */

/* Bring the pages of a range in, and sum them up. */
static bool esm_sum_pages(struct esm *e, struct esm_range r, uint64_t *sum)
{
	*sum = ESM_DIGEST_BEGIN;
	if (r.start == r.end)
		return true;
	for (gfn_t gfn = gfn_of_gpa(r.start); gfn.n <= gfn_of_gpa(r.end - 1).n; gfn.n++) {
		token_t token;

		if (!e->page(e, gfn, &token))
			return false;
		cost_charge(STEP_DIGEST_PAGE);
		*sum = esm_digest_page(*sum, token);
	}
	return true;
}

static int64_t esm_compare(struct esm *e, const char *property, uint64_t sum)
{
	struct dt *dt = &e->blob.dt;
	dt_node_t digests = dt_find(dt, ESM_DIGESTS);
	uint64_t wanted;

	if (!dt_has(dt, digests, property))
		return ABI_U_SUCCESS;
	if (!dt_number(dt, digests, property, &wanted))
		return ABI_U_PARAMETER;
	return wanted == sum ? ABI_U_SUCCESS : ABI_U_PERMISSION;
}

static bool esm_sum(struct esm *e, enum esm_digest which, uint64_t *sum)
{
	switch (which) {
	case ESM_BOOTARGS:
		*sum = esm_digest_bytes(ESM_DIGEST_BEGIN, e->bootargs, strlen(e->bootargs));
		return true;
	case ESM_FDT:
		*sum = esm_digest_bytes(ESM_DIGEST_BEGIN, e->fdt.bytes, e->fdt.size);
		return true;
	case ESM_RTAS:
		return esm_sum_pages(e, e->rtas, sum);
	case ESM_KERNEL:
		return esm_sum_pages(e, e->kernel, sum);
	case ESM_INITRD:
		return esm_sum_pages(e, e->initrd, sum);
	case ESM_DIGEST_COUNT:
		break;
	}
	return false;
}

static int64_t esm_check_digests(struct esm *e)
{
	static const char *const properties[ESM_DIGEST_COUNT] = {
#define X(name, property, about) [ESM_##name] = property,
		ESM_DIGEST_ROWS(X)
#undef X
	};
	for (unsigned i = 0; i < ESM_DIGEST_COUNT; i++) {
		uint64_t sum;

		if (!esm_sum(e, (enum esm_digest)i, &sum))
			return ABI_U_RETRY;
		int64_t code = esm_compare(e, properties[i], sum);
		if (code != ABI_U_SUCCESS)
			return code;
	}
	return ABI_U_SUCCESS;
}

/*U:240
 * What the guest hands over is a device tree and a blob that vouches for it; both are device trees,
 * and neither is believed. They are copied, checked from end to end, and only then read: where memory
 * is, where the parts of the image are, and what each must come to.
 :*/
int64_t esm_read(struct esm *e)
{
	static int64_t (*const steps[])(struct esm * e) = {
		esm_read_fdt, esm_read_key, esm_read_kernel, esm_check_digests};
	int64_t code = esm_copy_or(e, &e->blob, e->u->arg[0], ABI_U_PARAMETER);

	e->bootargs = "";
	if (code == ABI_U_SUCCESS)
		code = esm_copy_or(e, &e->fdt, e->u->arg[1], ABI_U_P2);
	for (unsigned i = 0; code == ABI_U_SUCCESS && i < sizeof(steps) / sizeof(steps[0]); i++)
		code = steps[i](e);
	return code;
}
