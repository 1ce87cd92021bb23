/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_args.c - every hypercall with every wrong argument, wrong context and
 * wrong moment, and the code each design answers: one table.
 *
 * The codes are those of the document (Documentation/powerpc/ultravisor.rst) and
 * what Linux 6.1 returns beyond it. Linux looks at the context first, then at
 * order, flags and address. The designs from before the abort was added do not
 * know that call, and have no sweep that could fail.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

/* What has happened when the call comes. */
enum moment { NOT_STARTED, STARTED, DONE };

/* The world it comes to. */
enum world { PLAIN, NO_SECURE_MEMORY, NOT_ENABLED, UV_REFUSES, NO_PVT, NO_DEVICE_PAGE };

/* Pages of the one slot, [0, 8): 1 is written, 2 is out on the device, 3 has no mapping, 4 is shared. */
#define PAGES 8u
#define NORMAL 0x10000u
#define SECURE 0x20000u
#define HOLE 0x30000u
#define SHARED 0x40000u
#define OUTSIDE (UINT64_C(99) << PEF_PAGE_SHIFT)
#define FAR UINT64_MAX
#define MANY 64u

struct row {
	const char *what;
	uint32_t call;
	enum moment moment;
	enum world world;
	unsigned msr;
	uint64_t gpa, flags, order;
	int64_t rmap, uvmem; /* codes: designs with an rmap, and uvmem-lock */
};

#define IN ABI_H_SVM_PAGE_IN
#define OUT ABI_H_SVM_PAGE_OUT
#define START ABI_H_SVM_INIT_START
#define FINISH ABI_H_SVM_INIT_DONE
#define ABORT ABI_H_SVM_INIT_ABORT
#define SAME(code) ABI_##code, ABI_##code
#define SHARE ABI_H_PAGE_IN_SHARED

/* clang-format off */
static const struct row rows[] = {
	/* the caller is not the ultravisor */
	{"page-in, not secure", IN, STARTED, PLAIN, 0, NORMAL, 0, 16, SAME(H_UNSUPPORTED)},
	{"page-out, not secure", OUT, STARTED, PLAIN, 0, SECURE, 0, 16, SAME(H_UNSUPPORTED)},
	{"start, not secure", START, NOT_STARTED, PLAIN, 0, 0, 0, 0, SAME(H_UNSUPPORTED)},
	{"done, not secure", FINISH, STARTED, PLAIN, 0, 0, 0, 0, SAME(H_UNSUPPORTED)},
	{"abort is the guest's call", ABORT, STARTED, PLAIN, 0, 0, 0, 0, ABI_H_FUNCTION, ABI_H_PARAMETER},
	{"wrong caller before wrong order", IN, STARTED, PLAIN, 0, FAR, 8, 99, SAME(H_UNSUPPORTED)},
	/* too early, too late */
	{"page-in too early", IN, NOT_STARTED, PLAIN, MSR_S, NORMAL, 0, 16, SAME(H_UNSUPPORTED)},
	{"share too early", IN, NOT_STARTED, PLAIN, MSR_S, NORMAL, SHARE, 16, SAME(H_UNSUPPORTED)},
	{"too early before wrong order", IN, NOT_STARTED, PLAIN, MSR_S, FAR, 8, 99, SAME(H_UNSUPPORTED)},
	{"page-out too early", OUT, NOT_STARTED, PLAIN, MSR_S, NORMAL, 0, 16, SAME(H_UNSUPPORTED)},
	{"done too early", FINISH, NOT_STARTED, PLAIN, MSR_S, 0, 0, 0, SAME(H_UNSUPPORTED)},
	{"abort too early", ABORT, NOT_STARTED, PLAIN, MSR_S, 0, 0, 0, ABI_H_FUNCTION, ABI_H_UNSUPPORTED},
	{"abort too late", ABORT, DONE, PLAIN, MSR_S, 0, 0, 0, ABI_H_FUNCTION, ABI_H_STATE},
	/* order */
	{"page-in, order 0", IN, STARTED, PLAIN, MSR_S, NORMAL, 0, 0, SAME(H_P3)},
	{"page-in, order 12", IN, STARTED, PLAIN, MSR_S, NORMAL, 0, 12, SAME(H_P3)},
	{"page-in, order 21", IN, STARTED, PLAIN, MSR_S, NORMAL, 0, 21, SAME(H_P3)},
	{"page-in, a size for the order", IN, STARTED, PLAIN, MSR_S, NORMAL, 0, 65536, SAME(H_P3)},
	{"share, order 17", IN, STARTED, PLAIN, MSR_S, NORMAL, SHARE, 17, SAME(H_P3)},
	{"page-out, order 15", OUT, STARTED, PLAIN, MSR_S, SECURE, 0, 15, SAME(H_P3)},
	{"page-out, order far off", OUT, STARTED, PLAIN, MSR_S, SECURE, 0, UINT64_MAX, SAME(H_P3)},
	{"order before flags and address", IN, STARTED, PLAIN, MSR_S, FAR, 8, 12, SAME(H_P3)},
	{"order before flags, out", OUT, STARTED, PLAIN, MSR_S, FAR, 8, 12, SAME(H_P3)},
	/* flags */
	{"page-in, flag 2", IN, STARTED, PLAIN, MSR_S, NORMAL, 2, 16, SAME(H_P2)},
	{"page-in, flag 2 and shared", IN, STARTED, PLAIN, MSR_S, NORMAL, 3, 16, SAME(H_P2)},
	{"page-in, high flag", IN, STARTED, PLAIN, MSR_S, NORMAL, UINT64_C(1) << 63, 16, SAME(H_P2)},
	{"page-out, flag 1", OUT, STARTED, PLAIN, MSR_S, SECURE, 1, 16, SAME(H_P2)},
	{"page-out, high flag", OUT, STARTED, PLAIN, MSR_S, SECURE, UINT64_C(1) << 63, 16, SAME(H_P2)},
	{"flags before address", IN, STARTED, PLAIN, MSR_S, FAR, 2, 16, SAME(H_P2)},
	{"flags before address, out", OUT, STARTED, PLAIN, MSR_S, FAR, 1, 16, SAME(H_P2)},
	/* address */
	{"page-in outside of slots", IN, STARTED, PLAIN, MSR_S, OUTSIDE, 0, 16, SAME(H_PARAMETER)},
	{"page-in at the last address", IN, STARTED, PLAIN, MSR_S, FAR, 0, 16, SAME(H_PARAMETER)},
	{"page-in of what is not mapped", IN, STARTED, PLAIN, MSR_S, HOLE, 0, 16, SAME(H_PARAMETER)},
	{"page-in of a secure page", IN, STARTED, PLAIN, MSR_S, SECURE, 0, 16, SAME(H_PARAMETER)},
	{"share outside of slots", IN, STARTED, PLAIN, MSR_S, OUTSIDE, SHARE, 16, SAME(H_PARAMETER)},
	{"share at the last address", IN, STARTED, PLAIN, MSR_S, FAR, SHARE, 16, SAME(H_PARAMETER)},
	{"share of what is not mapped", IN, STARTED, PLAIN, MSR_S, HOLE, SHARE, 16, SAME(H_PARAMETER)},
	{"page-out outside of slots", OUT, STARTED, PLAIN, MSR_S, OUTSIDE, 0, 16, SAME(H_PARAMETER)},
	{"page-out at the last address", OUT, STARTED, PLAIN, MSR_S, FAR, 0, 16, SAME(H_PARAMETER)},
	{"page-out of what is not mapped", OUT, STARTED, PLAIN, MSR_S, HOLE, 0, 16, SAME(H_PARAMETER)},
	/* what is fine, so that the rest can be told from a world where all fails */
	{"page-in", IN, STARTED, PLAIN, MSR_S, NORMAL, 0, 16, SAME(H_SUCCESS)},
	{"page-in inside a page", IN, STARTED, PLAIN, MSR_S, NORMAL + 1, 0, 16, SAME(H_SUCCESS)},
	{"page-in of a shared page", IN, STARTED, PLAIN, MSR_S, SHARED, 0, 16, SAME(H_SUCCESS)},
	{"share", IN, STARTED, PLAIN, MSR_S, NORMAL, SHARE, 16, SAME(H_SUCCESS)},
	{"share of a secure page", IN, STARTED, PLAIN, MSR_S, SECURE, SHARE, 16, SAME(H_SUCCESS)},
	{"share of a shared page", IN, STARTED, PLAIN, MSR_S, SHARED, SHARE, 16, SAME(H_SUCCESS)},
	{"page-out", OUT, STARTED, PLAIN, MSR_S, SECURE, 0, 16, SAME(H_SUCCESS)},
	{"page-out of a normal page", OUT, STARTED, PLAIN, MSR_S, NORMAL, 0, 16, SAME(H_SUCCESS)},
	{"start", START, NOT_STARTED, PLAIN, MSR_S, 0, 0, 0, SAME(H_SUCCESS)},
	{"done", FINISH, STARTED, PLAIN, MSR_S, 0, 0, 0, ABI_H_SUCCESS, ABI_H_STATE /* the hole */},
	{"abort", ABORT, STARTED, PLAIN, MSR_S, 0, 0, 0, ABI_H_FUNCTION, ABI_H_PARAMETER},
	{"idle", ABI_H_CEDE, STARTED, PLAIN, MSR_S, 0, 0, 0, SAME(H_SUCCESS)},
	{"idle, not secure", ABI_H_CEDE, NOT_STARTED, PLAIN, 0, 0, 0, 0, SAME(H_SUCCESS)},
	{"no such call", 0x1234, STARTED, PLAIN, MSR_S, 0, 0, 0, SAME(H_FUNCTION)},
	{"an ultracall's number", ABI_UV_PAGE_IN, STARTED, PLAIN, MSR_S, NORMAL, 0, 16, SAME(H_FUNCTION)},
	/* the world */
	{"start without secure memory", START, NOT_STARTED, NO_SECURE_MEMORY, MSR_S, 0, 0, 0, SAME(H_UNSUPPORTED)},
	{"start of a VM that may not", START, NOT_STARTED, NOT_ENABLED, MSR_S, 0, 0, 0, SAME(H_AUTHORITY)},
	{"start, a slot is refused", START, NOT_STARTED, UV_REFUSES, MSR_S, 0, 0, 0, SAME(H_PARAMETER)},
	{"page-in, the ultravisor refuses", IN, STARTED, UV_REFUSES, MSR_S, NORMAL, 0, 16, ABI_H_SUCCESS, ABI_H_PARAMETER},
	{"share, the ultravisor refuses", IN, STARTED, UV_REFUSES, MSR_S, NORMAL, SHARE, 16, SAME(H_PARAMETER)},
	{"page-out, the ultravisor refuses", OUT, STARTED, UV_REFUSES, MSR_S, SECURE, 0, 16, SAME(H_PARAMETER)},
	{"page-in without memory", IN, STARTED, NO_PVT, MSR_S, NORMAL, 0, 16, SAME(H_PARAMETER)},
	{"page-in without a device page", IN, STARTED, NO_DEVICE_PAGE, MSR_S, NORMAL, 0, 16, SAME(H_PARAMETER)},
};
/* clang-format on */
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* What is refused comes after what the table's pages need. */
static void row_world(struct lab *lab, const struct row *row)
{
	uint32_t refused = row->call == START ? ABI_UV_REGISTER_MEM_SLOT
			   : row->call == OUT ? ABI_UV_PAGE_OUT
					      : ABI_UV_PAGE_IN;

	lab->secure_frames = row->world == NO_SECURE_MEMORY ? 0 : MANY;
	lab->svm_disabled = row->world == NOT_ENABLED;
	if (row->world == UV_REFUSES) {
		lab->fail_number = refused;
		lab->fail_after = refused == ABI_UV_PAGE_IN ? 2 : 0;
		lab->fail_code = ABI_U_PARAMETER;
	}
	if (row->world == NO_PVT || row->world == NO_DEVICE_PAGE) {
		bool pvt = row->world == NO_PVT;
		/* One was had before. */
		lab->rule = (struct inject_rule){.mode = INJECT_ANY,
			.site = pvt ? INJECT_ALLOC : INJECT_DEVICE_PAGE,
			.object = pvt ? OBJ_PVT : OBJ_NONE,
			.action = INJECT_DO_FAIL,
			.first = 2,
			.last = UINT64_MAX};
	}
}

static void row_before(struct lab *lab, const struct row *row)
{
	lab_slot(lab, 0, GFN(0), PAGES);
	lab_write(lab, GFN(1), LAB_PLAIN(1));
	lab_write(lab, GFN(2), LAB_PLAIN(2));
	if (row->moment == NOT_STARTED)
		return;
	lab_start(lab);
	lab_hcall(lab, IN, GFN(2), 0);
	lab_hcall(lab, IN, GFN(4), SHARE);
	if (row->moment == DONE)
		lab_hcall(lab, FINISH, GFN(0), 0);
	lab_host(lab, HV_MUNMAP, GFN(3), 1);
}

static void test_every_wrong_argument_has_its_code(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		for (unsigned i = 0; i < ROWS; i++) {
			const struct row *row = &rows[i];
			struct lab lab = {.design = d};
			row_world(&lab, row);
			row_before(&lab, row);
			struct lab_step *step = lab_hcall(&lab, row->call, GFN(0), row->flags);
			step->call.arg[0] = row->call == ABI_H_CEDE ? 1000 : row->gpa;
			step->call.arg[2] = row->order;
			step->call.arg[CALL_STATE] = call_state_pack((struct call_state){.msr = row->msr});
			lab_run(&lab);
			lab_expect_finished(&lab);
			int64_t want = d >= DESIGN_UVMEM_LOCK ? row->uvmem : row->rmap;
			if (step->result != want) {
				const char *got = abi_code_name(step->result, 'H');
				print_error("%s: %s: got %s, want %s\n", design_name(d), row->what, got ? got : "?",
					abi_code_name(want, 'H'));
				wrong++;
			}
			lab_close(&lab);
		}
	}
	assert_int_equal(wrong, 0);
}

/* A refusal changes nothing: the device pages are as many as before. */
static void test_a_refusal_leaves_nothing_behind(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		for (unsigned i = 0; i < ROWS; i++) {
			const struct row *row = &rows[i];
			int64_t code = d >= DESIGN_UVMEM_LOCK ? row->uvmem : row->rmap;
			if (row->call != IN || code == ABI_H_SUCCESS || row->moment != STARTED)
				continue;
			struct lab lab = {.design = d};
			row_world(&lab, row);
			row_before(&lab, row);
			struct lab_step *before = lab_view(&lab, GFN(1));
			struct lab_step *step = lab_hcall(&lab, row->call, GFN(0), row->flags);
			step->call.arg[0] = row->gpa;
			step->call.arg[2] = row->order;
			step->call.arg[CALL_STATE] = call_state_pack((struct call_state){.msr = row->msr});
			struct lab_step *after = lab_view(&lab, GFN(1));
			lab_run(&lab);
			lab_expect_finished(&lab);
			assert_int_equal(before->used, 1);
			assert_int_equal(after->used, 1);
			assert_int_equal(after->view.pte, HOST_PTE_NORMAL);
			assert_int_equal(after->view.token, LAB_PLAIN(1));
			lab_close(&lab);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_wrong_argument_has_its_code),
		cmocka_unit_test(test_a_refusal_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
