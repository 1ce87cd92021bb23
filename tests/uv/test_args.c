/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_args.c - every call refuses every wrong caller and argument, with the
 * documented code, and the leftmost wrong argument decides.
 */
#include <stdio.h>

#include "util_world.h"

#define PAGE PEF_PAGE_SIZE
#define L WORLD_LPID
#define RA_SECURE (UINT64_C(1) << 48)
#define END (WORLD_PAGES * PAGE)
#define RADIX (UINT64_C(1) << 63)
#define ROOT (RADIX | UINT64_C(0x20000000000000ad) | PAGE)
#define GUEST MSR_S
#define HV MSR_HV

static const struct row {
	unsigned msr;
	uint32_t number;
	int64_t code;
	uint64_t arg[5];
} rows[] = {
	/* who may call */
	{GUEST, ABI_UV_PAGE_IN, ABI_U_PERMISSION, {L, PAGE, PAGE, 0, 16}},
	{0, ABI_UV_PAGE_OUT, ABI_U_PERMISSION, {L, PAGE, PAGE, 0, 16}},
	{HV | MSR_PR, ABI_UV_PAGE_INVAL, ABI_U_PERMISSION, {L, PAGE, 16}},
	{GUEST, ABI_UV_REGISTER_MEM_SLOT, ABI_U_PERMISSION, {L, END, PAGE, 0, 4}},
	{GUEST, ABI_UV_UNREGISTER_MEM_SLOT, ABI_U_PERMISSION, {L, 3}},
	{GUEST, ABI_UV_SVM_TERMINATE, ABI_U_PERMISSION, {L}},
	{GUEST, ABI_UV_RETURN, ABI_U_INVALID, {0}},
	{HV, ABI_UV_RETURN, ABI_U_INVALID, {0}},
	{HV, ABI_UV_SHARE_PAGE, ABI_U_PERMISSION, {4, 1}},
	{0, ABI_UV_SHARE_PAGE, ABI_U_PERMISSION, {4, 1}},
	{GUEST | MSR_PR, ABI_UV_SHARE_PAGE, ABI_U_PERMISSION, {4, 1}},
	{0, ABI_UV_UNSHARE_PAGE, ABI_U_PERMISSION, {4, 1}},
	{HV, ABI_UV_UNSHARE_ALL_PAGES, ABI_U_PERMISSION, {0}},
	{HV, ABI_UV_ESM, ABI_U_PERMISSION, {PAGE, PAGE + 8}},
	{MSR_PR, ABI_UV_ESM, ABI_U_PERMISSION, {PAGE, PAGE + 8}},
	/* what is not there */
	{HV, 0xF1FC, ABI_U_FUNCTION, {0}},
	{GUEST, 0xF1FC, ABI_U_FUNCTION, {0}},
	{GUEST, 0x1234, ABI_U_FUNCTION, {0}},
	{HV, ABI_H_SVM_PAGE_IN, ABI_U_PERMISSION, {0}},
	/* UV_ESM */
	{0, ABI_UV_ESM, ABI_U_PARAMETER, {0, PAGE}},
	{0, ABI_UV_ESM, ABI_U_PARAMETER, {0, 0}},
	{0, ABI_UV_ESM, ABI_U_P2, {0x1000, 0}},
	{0, ABI_UV_ESM, ABI_U_P2, {0x1000, PAGE + 4}},
	{0, ABI_UV_ESM, ABI_U_P2, {0x1000, 0x1000}},
	{0, ABI_UV_ESM, ABI_U_PARAMETER, {0x1004, PAGE}},
	/* UV_WRITE_PATE */
	{GUEST, ABI_UV_WRITE_PATE, ABI_U_PERMISSION, {L + 1, 0, 0}},
	{0, ABI_UV_WRITE_PATE, ABI_U_PERMISSION, {L + 1, 0, 0}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_PARAMETER, {4096, 1, 1}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_PARAMETER, {UINT64_C(1) << 32 | L, 0, 0}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_P2, {L + 1, 1, 1}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_P2, {L + 1, ROOT & ~RADIX, 0}}, /* a hash table */
	{HV, ABI_UV_WRITE_PATE, ABI_U_P2, {L + 1, ROOT | RA_SECURE, 0}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_P2, {L + 1, ROOT | UINT64_C(1) << 60, 0}}, /* reserved */
	{HV, ABI_UV_WRITE_PATE, ABI_U_P2, {L + 1, ROOT + 0x100, 0}}, /* not aligned to its size */
	{HV, ABI_UV_WRITE_PATE, ABI_U_P2, {L + 1, RADIX | WORLD_FRAMES *PAGE | 13, 0}}, /* no such memory */
	{HV, ABI_UV_WRITE_PATE, ABI_U_P2, {L + 1, RADIX | 13, 0}}, /* no root */
	{HV, ABI_UV_WRITE_PATE, ABI_U_P3, {L + 1, ROOT, 1}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_P3, {L + 1, ROOT, RADIX | 25}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_P3, {L + 1, ROOT, RADIX | 0x1000 | 4}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_P3, {L + 1, 0, RADIX | 0x20}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_PERMISSION, {L, ROOT, RADIX | 0x10000 | 4}}, /* a secure VM's */
	{HV, ABI_UV_WRITE_PATE, ABI_U_PERMISSION, {L, 0, 0}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_SUCCESS, {L + 1, ROOT, RADIX | 0x10000 | 4}},
	{HV, ABI_UV_WRITE_PATE, ABI_U_SUCCESS, {L + 1, 0, 0}},
	/* UV_REGISTER_MEM_SLOT */
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_PARAMETER, {L + 1, END, PAGE, 0, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_PARAMETER, {L | UINT64_C(1) << 32, END, PAGE, 0, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P2, {L, END + 8, PAGE, 0, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P2, {L, END - PAGE, PAGE, 0, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P3, {L, END, 0, 0, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P3, {L, END, PAGE + 1, 0, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P3, {L, UINT64_MAX - PAGE + 1, 2 * PAGE, 0, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P4, {L, END, PAGE, 1, 4}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P5, {L, END, PAGE, 0, PEF_SLOTS_MAX}},
	{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_P5, {L, END, PAGE, 0, 3}},
	/* UV_UNREGISTER_MEM_SLOT */
	{HV, ABI_UV_UNREGISTER_MEM_SLOT, ABI_U_PARAMETER, {L + 1, 3}},
	{HV, ABI_UV_UNREGISTER_MEM_SLOT, ABI_U_P2, {L, 9}},
	{HV, ABI_UV_UNREGISTER_MEM_SLOT, ABI_U_P2, {L, PEF_SLOTS_MAX}},
	/* UV_PAGE_IN, one wrong argument after the other */
	{HV, ABI_UV_PAGE_IN, ABI_U_PARAMETER, {L + 1, 1, 1, 8, 12}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P2, {L, 1, 1, 8, 12}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P2, {L, RA_SECURE, PAGE, 0, 16}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P2, {L, WORLD_FRAMES *PAGE, PAGE, 0, 16}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P3, {L, PAGE, 1, 8, 12}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P3, {L, PAGE, END, 8, 12}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P4, {L, PAGE, PAGE, 8, 12}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P4, {L, PAGE, PAGE, 3, 16}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P5, {L, PAGE, PAGE, 0, 12}},
	{HV, ABI_UV_PAGE_IN, ABI_U_P2, {L, PAGE, PAGE, 0, 16}}, /* secure already */
	/* UV_PAGE_OUT */
	{HV, ABI_UV_PAGE_OUT, ABI_U_PARAMETER, {L + 1, 1, 1, 2, 12}},
	{HV, ABI_UV_PAGE_OUT, ABI_U_P2, {L, 1, 1, 2, 12}},
	{HV, ABI_UV_PAGE_OUT, ABI_U_P2, {L, RA_SECURE, PAGE, 0, 16}},
	{HV, ABI_UV_PAGE_OUT, ABI_U_P3, {L, PAGE, END, 2, 12}},
	{HV, ABI_UV_PAGE_OUT, ABI_U_P4, {L, PAGE, PAGE, 2, 12}},
	{HV, ABI_UV_PAGE_OUT, ABI_U_P5, {L, PAGE, PAGE, 0, 0}},
	/* UV_PAGE_INVAL */
	{HV, ABI_UV_PAGE_INVAL, ABI_U_PARAMETER, {L + 1, 1, 12}},
	{HV, ABI_UV_PAGE_INVAL, ABI_U_P2, {L, PAGE + 1, 12}},
	{HV, ABI_UV_PAGE_INVAL, ABI_U_P2, {L, END, 16}},
	{HV, ABI_UV_PAGE_INVAL, ABI_U_P3, {L, PAGE, PAGE}}, /* v9 passed a size here */
	{HV, ABI_UV_PAGE_INVAL, ABI_U_P2, {L, PAGE, 16}}, /* a secure page */
	/* UV_SVM_TERMINATE */
	{HV, ABI_UV_SVM_TERMINATE, ABI_U_PARAMETER, {L + 1}},
	/* shares */
	{GUEST, ABI_UV_SHARE_PAGE, ABI_U_PARAMETER, {WORLD_PAGES, 0}},
	{GUEST, ABI_UV_SHARE_PAGE, ABI_U_PARAMETER, {UINT64_MAX, 1}},
	{GUEST, ABI_UV_SHARE_PAGE, ABI_U_P2, {4, 0}},
	{GUEST, ABI_UV_SHARE_PAGE, ABI_U_P2, {4, WORLD_PAGES}},
	{GUEST, ABI_UV_SHARE_PAGE, ABI_U_P2, {4, UINT64_MAX}},
	{GUEST, ABI_UV_UNSHARE_PAGE, ABI_U_PARAMETER, {WORLD_PAGES, 1}},
	{GUEST, ABI_UV_UNSHARE_PAGE, ABI_U_P2, {4, 0}},
	{GUEST, ABI_UV_UNSHARE_PAGE, ABI_U_P2, {4, WORLD_PAGES}},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int64_t row_call(struct world *w, const struct row *row)
{
	struct call c = {.number = row->number, .arg_count = 5};
	for (unsigned i = 0; i < 5; i++)
		c.arg[i] = row->arg[i];
	c.arg[CALL_STATE] = call_state_pack((struct call_state){0, 0, row->msr});
	call_make(w->config.uv, &c, STEP_UCALL, 0);
	return c.ret[0];
}

static void try_all(struct world *w)
{
	char what[64];

	world_secure(w);
	for (unsigned i = 0; i < ROWS; i++) {
		const char *name = abi_call_name(rows[i].number);
		snprintf(what, sizeof(what), "row %u, %s", i, name ? name : "unknown call");
		world_check(w, __FILE__, __LINE__, what, row_call(w, &rows[i]), rows[i].code);
	}
	CHECK(w, w->asked_count, 4); /* none of them went on to the hypervisor */
}

static void test_args_wrong_ones_get_the_documented_code(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = try_all;
	world_run(&w);
	world_end(&w);
}

/*
 * The document's table: how many arguments of a call can be wrong, and what it
 * answers to anything else. UV_RETURN's registers are results, not arguments.
 */
static const struct {
	uint32_t number;
	unsigned args;
	bool permission;
} documented[] = {
	{ABI_UV_WRITE_PATE, 3, true},
	{ABI_UV_ESM, 2, false}, /* U_PERMISSION, U_NO_KEY, U_RETRY: test_image.c, test_esm.c */
	{ABI_UV_RETURN, 0, false},
	{ABI_UV_REGISTER_MEM_SLOT, 5, true},
	{ABI_UV_UNREGISTER_MEM_SLOT, 2, true},
	{ABI_UV_PAGE_IN, 5, false},
	{ABI_UV_PAGE_OUT, 5, false},
	{ABI_UV_PAGE_INVAL, 3, false},
	{ABI_UV_SVM_TERMINATE, 1, true},
	{ABI_UV_SHARE_PAGE, 2, false},
	{ABI_UV_UNSHARE_PAGE, 2, false},
	{ABI_UV_UNSHARE_ALL_PAGES, 0, false},
};
#define DOCUMENTED (sizeof(documented) / sizeof(documented[0]))

static bool row_is_there(uint32_t number, int64_t code)
{
	for (unsigned i = 0; i < ROWS; i++) {
		if (rows[i].number == number && rows[i].code == code)
			return true;
	}
	return false;
}

static void test_args_of_every_documented_call_are_tried(void **state)
{
	static const int64_t codes[] = {ABI_U_PARAMETER, ABI_U_P2, ABI_U_P3, ABI_U_P4, ABI_U_P5};
	unsigned calls = 0;

	(void)state;
#define X(name, number, args, about) calls++;
	PEF_UCALLS(X)
#undef X
	assert_int_equal(calls, DOCUMENTED);
	for (unsigned i = 0; i < DOCUMENTED; i++) {
		for (unsigned arg = 0; arg < documented[i].args; arg++) {
			if (!row_is_there(documented[i].number, codes[arg]))
				fail_msg("%s: argument %u is never wrong", abi_call_name(documented[i].number), arg);
		}
		if (documented[i].permission && !row_is_there(documented[i].number, ABI_U_PERMISSION))
			fail_msg("%s: nobody is refused", abi_call_name(documented[i].number));
	}
}

static void try_normal(struct world *w)
{
	static const struct row not_secure[] = {
		{GUEST, ABI_UV_SHARE_PAGE, ABI_U_INVALID, {4, 1}},
		{GUEST, ABI_UV_UNSHARE_PAGE, ABI_U_INVALID, {4, 1}},
		{GUEST, ABI_UV_UNSHARE_ALL_PAGES, ABI_U_INVALID, {0}},
		{HV, ABI_UV_SVM_TERMINATE, ABI_U_INVALID, {L}},
		{HV, ABI_UV_PAGE_IN, ABI_U_PARAMETER, {L, PAGE, PAGE, 0, 16}},
		{HV, ABI_UV_REGISTER_MEM_SLOT, ABI_U_PARAMETER, {L, 0, PAGE, 0, 4}},
	};
	for (unsigned i = 0; i < sizeof(not_secure) / sizeof(not_secure[0]); i++)
		CHECK(w, row_call(w, &not_secure[i]), not_secure[i].code);
}

static void test_args_of_a_vm_that_is_not_secure(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w);
	w.guest = try_normal;
	world_run(&w);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_args_of_every_documented_call_are_tried),
		cmocka_unit_test(test_args_wrong_ones_get_the_documented_code),
		cmocka_unit_test(test_args_of_a_vm_that_is_not_secure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
