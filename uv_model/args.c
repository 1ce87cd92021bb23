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

/* Fields of a partition table entry of a radix guest (Power ISA 3.0B, Book III, 5.7.6). */
#define PATE_RADIX (UINT64_C(1) << 63) /* HR of dw0, GR of dw1 */
#define PATE0_ROOT UINT64_C(0x0fffffffffffff00)
#define PATE0_ROOT_BITS UINT64_C(0x1f) /* the root has 8 << this many bytes */
#define PATE0_SIZE UINT64_C(0x60000000000000e0)
#define PATE1_TABLE UINT64_C(0x0ffffffffffff000)
#define PATE1_TABLE_BITS UINT64_C(0x1f) /* the table has 4096 << this many bytes */

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
	return u->arg[i] != 0 && !(u->arg[i] & 7);
}

static bool arg_check_fdt(struct ucall *u, unsigned i)
{
	return arg_check_blob(u, i) && u->arg[i] != u->arg[i - 1];
}

static bool arg_check_partition(struct ucall *u, unsigned i)
{
	return u->arg[i] < UV_PARTITIONS;
}

/* Only radix: the hypervisor refuses secure guests a hash table, and normal ones here have none. */
static bool arg_check_pate0(struct ucall *u, unsigned i)
{
	uint64_t dw0 = u->arg[i], root = dw0 & PATE0_ROOT;
	uint64_t bits = dw0 & PATE0_ROOT_BITS;

	if (dw0 == 0)
		return true;
	if (dw0 & ~(PATE_RADIX | PATE0_SIZE | PATE0_ROOT | PATE0_ROOT_BITS) || !(dw0 & PATE_RADIX) || bits < 5)
		return false;
	return root && !(root & ((UINT64_C(8) << bits) - 1)) && !(root & RA_SECURE) &&
	       root >> PEF_PAGE_SHIFT < u->uv->config.normal_frames;
}

static bool arg_check_pate1(struct ucall *u, unsigned i)
{
	uint64_t dw1 = u->arg[i], bits = dw1 & PATE1_TABLE_BITS;

	if (dw1 == 0)
		return true;
	if (dw1 & ~(PATE_RADIX | PATE1_TABLE | PATE1_TABLE_BITS) || !(dw1 & PATE_RADIX) || bits > 24)
		return false;
	return !(dw1 & PATE1_TABLE & ((UINT64_C(4096) << bits) - 1));
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
	[ARG_PARTITION] = arg_check_partition,
	[ARG_PATE0] = arg_check_pate0,
	[ARG_PATE1] = arg_check_pate1,
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
