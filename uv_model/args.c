/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * args.c - what the arguments of ultracalls may be, each question once.
 *
 * The document gives no order of checks; this profile asks from left to right,
 * then looks at states. The place of an argument gives the code of its refusal.
 *
 * Locking: svm->lock for a look at the slots. Errors: codes. Blocking: yields.
 */
#include "ucall.h"

/* Bit 15 in the numbering of the architecture marks a secure address. */
#define RA_SECURE (UINT64_C(1) << 48)
#define ESM_IMAGE_MAX (UINT64_C(1) << 20) /* pages: 64 GiB of image is no image */

static bool arg_is_aligned(uint64_t address)
{
	return (address & (PEF_PAGE_SIZE - 1)) == 0;
}

static bool arg_check_lpid(struct ucall *u, unsigned i)
{
	if (u->arg[i] <= UINT32_MAX)
		u->svm = svm_get_lpid(u->uv, (uint32_t)u->arg[i]);
	return u->svm != NULL;
}

static bool arg_check_vm(struct ucall *u, unsigned i)
{
	const struct world_config *config = &u->uv->config;

	arg_check_lpid(u, i);
	for (unsigned g = 0; g < config->guest_count; g++) {
		if (config->guests[g].lpid == u->arg[i])
			return true;
	}
	return false;
}

static bool arg_check_ra(struct ucall *u, unsigned i)
{
	uint64_t ra = u->arg[i];
	return arg_is_aligned(ra) && !(ra & RA_SECURE) && ra >> PEF_PAGE_SHIFT < u->uv->config.normal_frames;
}

static bool arg_check_gpa(struct ucall *u, unsigned i)
{
	return arg_is_aligned(u->arg[i]) && slot_has(u->svm, gfn_of_gpa(u->arg[i]));
}

static bool arg_check_gfn(struct ucall *u, unsigned i)
{
	return slot_has(u->svm, (gfn_t){u->arg[i]});
}

static bool arg_check_count(struct ucall *u, unsigned i)
{
	return u->arg[i] != 0 && slot_has_range(u->svm, (gfn_t){u->arg[i - 1]}, u->arg[i]);
}

static bool arg_check_start(struct ucall *u, unsigned i)
{
	return arg_is_aligned(u->arg[i]);
}

static bool arg_check_size(struct ucall *u, unsigned i)
{
	uint64_t last = u->arg[i] - 1;
	return u->arg[i] != 0 && arg_is_aligned(u->arg[i]) && last <= UINT64_MAX - u->arg[i - 1];
}

static bool arg_check_slot(struct ucall *u, unsigned i)
{
	return u->arg[i] < PEF_SLOTS_MAX;
}

static bool arg_check_order(struct ucall *u, unsigned i)
{
	return u->arg[i] == ABI_PAGE_ORDER;
}

static bool arg_check_zero(struct ucall *u, unsigned i)
{
	return u->arg[i] == 0;
}

static bool arg_check_in_flags(struct ucall *u, unsigned i)
{
	const uint64_t cache = PAGE_IN_CACHE_INHIBITED | PAGE_IN_CACHE_ENABLED;
	return !(u->arg[i] & ~(cache | PAGE_IN_WRITE_PROTECTION)) && (u->arg[i] & cache) != cache;
}

static bool arg_check_out_flags(struct ucall *u, unsigned i)
{
	return !(u->arg[i] & ~(uint64_t)PAGE_OUT_SNAPSHOT);
}

static bool arg_check_blob(struct ucall *u, unsigned i)
{
	return u->arg[i] != 0;
}

static bool arg_check_fdt(struct ucall *u, unsigned i)
{
	uint64_t fdt = u->arg[i], blob = u->arg[i - 1];
	uint64_t first = gfn_of_gpa(blob).n;

	if (fdt == 0 || (fdt & 7) || fdt == blob || gfn_of_gpa(fdt).n < first)
		return false;
	return gfn_of_gpa(fdt).n - first < esm_image_pages(u);
}

static bool arg_check_image(struct ucall *u, unsigned i)
{
	return u->arg[i] <= ESM_IMAGE_MAX;
}

static bool (*const arg_checks[ARG_KIND_COUNT])(struct ucall *u, unsigned i) = {
	[ARG_LPID] = arg_check_lpid,
	[ARG_VM] = arg_check_vm,
	[ARG_RA] = arg_check_ra,
	[ARG_GPA] = arg_check_gpa,
	[ARG_GFN] = arg_check_gfn,
	[ARG_COUNT] = arg_check_count,
	[ARG_START] = arg_check_start,
	[ARG_SIZE] = arg_check_size,
	[ARG_SLOT] = arg_check_slot,
	[ARG_ORDER] = arg_check_order,
	[ARG_ZERO] = arg_check_zero,
	[ARG_IN_FLAGS] = arg_check_in_flags,
	[ARG_OUT_FLAGS] = arg_check_out_flags,
	[ARG_BLOB] = arg_check_blob,
	[ARG_FDT] = arg_check_fdt,
	[ARG_IMAGE] = arg_check_image,
};

/*U:110
 * Arguments are looked at from left to right, and the place of the first wrong one gives the code. The
 * document gives no order, but an order is needed, or two right programs would see different codes.
 :*/
int64_t args_check(struct ucall *u, const uint8_t kinds[UCALL_ARGS])
{
	static const int64_t codes[UCALL_ARGS] = {ABI_U_PARAMETER, ABI_U_P2, ABI_U_P3, ABI_U_P4, ABI_U_P5};

	cost_charge(STEP_UV_CHECK);
	for (unsigned i = 0; i < UCALL_ARGS && kinds[i] != ARG_NONE; i++) {
		if (!arg_checks[kinds[i]](u, i))
			return codes[i];
	}
	return ABI_U_SUCCESS;
}
