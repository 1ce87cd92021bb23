/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_vm.c - the VM as a whole: slots move and change flags, KVM_PPC_SVM_OFF,
 * idle vCPUs, ultracalls of a host thread, calls that go wrong on purpose.
 *
 * Locking: none. Errors: none. Blocking: runs.
 */
#include "util_hv.h"

#include <string.h>

/* What happened to slots, in order: "CIM" is created, invalid, moved. */
static const char *slot_events(const struct lab *lab, char *buf, size_t size)
{
	static const char letters[] = {[TRACE_SLOT_CREATE] = 'C',
		[TRACE_SLOT_INVALID] = 'I',
		[TRACE_SLOT_DELETE] = 'D',
		[TRACE_SLOT_MOVE] = 'M',
		[TRACE_SLOT_FLAGS] = 'F'};
	struct trace_merge *merge = trace_merge_open(lab->engine);
	struct trace_event e;
	size_t n = 0;

	while (trace_merge_next(merge, &e) && n + 1 < size)
		if (e.rec.kind == TRACE_SLOT)
			buf[n++] = letters[e.rec.aux];
	buf[n] = '\0';
	trace_merge_close(merge);
	return buf;
}

static struct lab_step *lab_move(struct lab *lab, uint32_t id, gfn_t to)
{
	struct lab_step *step = lab_host(lab, HV_SLOT_MOVE, to, 1);
	step->request.slot = id;
	return step;
}

static struct lab_step *lab_flags(struct lab *lab, uint32_t id, uint32_t flags)
{
	struct lab_step *step = lab_host(lab, HV_SLOT_FLAGS, GFN(0), id);
	step->request.flags = flags;
	return step;
}

/* ---- slots ---------------------------------------------------------------------------- */

static void test_moved_slot_keeps_its_memory(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		char got[16];
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 1, GFN(16), 4);
		lab_write(&lab, GFN(17), LAB_PLAIN(4));
		struct lab_step *move = lab_move(&lab, 1, GFN(32));
		struct lab_step *old = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(17), 1);
		struct lab_step *fault = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(33), 1);
		struct lab_step *load = lab_bus(&lab, BUS_ACCESS, 0, 33, 0, 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(move->result, 0);
		assert_int_equal(old->result, ABI_H_PARAMETER);
		assert_int_equal(fault->result, 0);
		assert_int_equal(load->call.ret[1], LAB_PLAIN(4));
		assert_string_equal(slot_events(&lab, got, sizeof(got)), "CIM");
		lab_close(&lab);
	}
}

/*
 * The ultravisor is not told of a move. uvmem-lock has its pages back before, the posted designs do not, and
 * uvmem-fixed refuses to move a slot of a secure VM.
 */
static void test_move_flushes_as_a_deletion_does(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 1, GFN(16), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		struct lab_step *move = lab_move(&lab, 1, GFN(32));
		struct lab_step *view = lab_view(&lab, GFN(17));
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(move->result, d == DESIGN_UVMEM_FIXED ? HOST_EINVAL : 0);
		assert_int_equal(view->used, d == DESIGN_UVMEM_LOCK ? 0 : 1);
		assert_int_equal(lab_calls(&lab, ABI_UV_UNREGISTER_MEM_SLOT), 0);
		assert_int_equal(lab_calls(&lab, ABI_UV_REGISTER_MEM_SLOT), 1);
		lab_close(&lab);
	}
}

static void test_wrong_moves_are_refused(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 1, GFN(16), 4);
	lab_slot(&lab, 2, GFN(32), 4);
	struct lab_step *none = lab_move(&lab, 7, GFN(64));
	struct lab_step *over = lab_move(&lab, 1, GFN(30));
	struct lab_step *far = lab_move(&lab, 1, GFN(UINT64_MAX - 1));
	struct lab_step *same = lab_move(&lab, 1, GFN(16));
	struct lab_step *itself = lab_move(&lab, 1, GFN(18));
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(none->result, HOST_EINVAL);
	assert_int_equal(over->result, HOST_EEXIST);
	assert_int_equal(far->result, HOST_EINVAL);
	assert_int_equal(same->result, 0);
	assert_int_equal(itself->result, 0);
	lab_close(&lab);
}

static void test_flags_change_without_an_invalid_phase(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		char got[16];
		struct lab lab = {.design = d, .secure_frames = 8};
		lab_slot(&lab, 1, GFN(16), 4);
		lab_start(&lab);
		lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(17), 0);
		struct lab_step *same = lab_flags(&lab, 1, 0);
		struct lab_step *before = lab_view(&lab, GFN(17));
		struct lab_step *on = lab_flags(&lab, 1, HV_SLOT_LOG_DIRTY);
		struct lab_step *after = lab_view(&lab, GFN(17));
		struct lab_step *wrong = lab_flags(&lab, 1, 8);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(same->result, 0);
		assert_int_equal(on->result, 0);
		assert_int_equal(wrong->result, HOST_EINVAL);
		assert_int_equal(before->used, 1);
		/* uvmem-fixed leaves them alone. */
		assert_int_equal(after->used, d == DESIGN_UVMEM_LOCK ? 0 : 1);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
		assert_string_equal(slot_events(&lab, got, sizeof(got)), "CF");
		lab_close(&lab);
	}
}

static void test_without_memory_a_slot_stays_as_it_is(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_V9_RMAP, .secure_frames = 8};
	lab.rule = (struct inject_rule){.mode = INJECT_ANY,
		.site = INJECT_ALLOC,
		.object = OBJ_MEMSLOT,
		.action = INJECT_DO_FAIL,
		.first = 2,
		.last = 3};
	lab_slot(&lab, 1, GFN(16), 4);
	struct lab_step *fresh = lab_slot(&lab, 2, GFN(32), 4);
	struct lab_step *del = lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
	struct lab_step *view = lab_view(&lab, GFN(17));
	struct lab_step *again = lab_host(&lab, HV_SLOT_DELETE, GFN(0), 1);
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(fresh->result, HOST_ENOMEM);
	assert_int_equal(del->result, HOST_ENOMEM);
	assert_true(view->view.in_slot);
	assert_int_equal(again->result, 0);
	lab_close(&lab);
}

/* ---- KVM_PPC_SVM_OFF ----------------------------------------------------------------------- */

/* Secure, one page on the device, one shared; the vCPU is off or not. */
static struct lab_step *lab_off(struct lab *lab, bool vcpu_off)
{
	lab_slot(lab, 0, GFN(0), 2);
	lab_start(lab);
	lab_hcall(lab, ABI_H_SVM_PAGE_IN, GFN(0), 0);
	lab_hcall(lab, ABI_H_SVM_PAGE_IN, GFN(1), ABI_H_PAGE_IN_SHARED);
	lab_hcall(lab, ABI_H_SVM_INIT_DONE, GFN(0), 0);
	if (vcpu_off)
		lab_hcall(lab, ABI_H_EXIT, GFN(0), 0);
	return lab_host(lab, HV_SVM_OFF, GFN(0), 0);
}

static unsigned lab_position(const struct lab *lab, uint32_t number)
{
	for (unsigned i = 0; i < lab->log_count; i++)
		if (lab->log[i].number == number)
			return i;
	fail_msg("no such call");
	return 0;
}

static void test_svm_off_makes_a_normal_vm(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d, .secure_frames = 8};
		struct lab_step *off = lab_off(&lab, true);
		struct lab_step *view = lab_view(&lab, GFN(0));
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(0), 0);
		struct lab_step *again = lab_host(&lab, HV_SVM_OFF, GFN(0), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(off->result, 0);
		assert_int_equal(again->result, 0);
		assert_int_equal(view->used, 0);
		assert_int_equal(view->marked, 0);
		assert_int_equal(in->result, ABI_H_UNSUPPORTED);
		assert_int_equal(in->call.ret[RET_ROUTE], ROUTE_GUEST);
		assert_int_equal(lab_calls(&lab, ABI_UV_SVM_TERMINATE), 1);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_OUT), 0);
		const struct call *pate = lab_call_nth(&lab, ABI_UV_WRITE_PATE, 0);
		assert_int_equal(pate->arg[0], 7);
		assert_int_not_equal(pate->arg[1], 0);
		assert_true(lab_position(&lab, ABI_UV_WRITE_PATE) > lab_position(&lab, ABI_UV_SVM_TERMINATE));
		lab_close(&lab);
	}
}

static void test_svm_off_is_refused_under_running_vcpus(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		for (unsigned fixed = 0; fixed < 2; fixed++) {
			struct lab lab = {.design = d, .secure_frames = 8};
			lab.mutants = fixed ? MUTANTS(FIX_SVM_OFF_CHECK) : 0;
			struct lab_step *off = lab_off(&lab, false);
			lab_run(&lab);
			lab_expect_finished(&lab);
			bool checked = d >= DESIGN_SRCU_LOOKUP || fixed;
			assert_int_equal(off->result, checked ? HOST_EBUSY : 0);
			assert_int_equal(lab_calls(&lab, ABI_UV_SVM_TERMINATE), checked ? 0 : 1);
			lab_close(&lab);
		}
	}
}

static void test_svm_off_ends_when_the_ultravisor_refuses(void **state)
{
	(void)state;
	for (enum design_id d = 0; d < DESIGN_COUNT; d++) {
		struct lab lab = {.design = d,
			.secure_frames = 8,
			.fail_number = ABI_UV_SVM_TERMINATE,
			.fail_code = ABI_U_INVALID};
		struct lab_step *off = lab_off(&lab, true);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(off->result, HOST_EINVAL);
		assert_int_equal(lab_calls(&lab, ABI_UV_WRITE_PATE), 0);
		lab_close(&lab);
	}
}

/* A vCPU that begins while the VM is made normal waits for the end of it. */
static void test_a_vcpu_waits_for_svm_off(void **state)
{
	(void)state;
	char got[256];
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8, .vcpus = 2};
	struct lab_step *off = lab_off(&lab, true);
	struct lab_step *fault = lab_hcall(&lab, ABI_H_PAGE_FAULT, GFN(1), 1);
	fault->call.arg[CALL_STATE] = call_state_pack((struct call_state){.vcpu = 1});
	fault->at = off->at + 100;
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(off->result, 0);
	assert_int_equal(fault->result, 0);
	assert_memory_equal(
		lab_locks(&lab, fault, got, sizeof(got)), "+mmu_setup_lock -mmu_setup_lock", strlen("+mmu_setup_lock"));
	assert_int_equal(fault->call.ret[RET_ROUTE], ROUTE_GUEST);
	lab_close(&lab);
}

/* ---- other calls ------------------------------------------------------------------------------ */

static void test_idle_vcpu_spends_the_time_it_names(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 2);
	struct lab_step *cede = lab_hcall(&lab, ABI_H_CEDE, GFN(0), 0);
	cede->call.arg[0] = 5000;
	lab_run(&lab);
	lab_expect_finished(&lab);
	struct trace_merge *merge = trace_merge_open(lab.engine);
	struct trace_event e;
	uint64_t called = 0, returned = 0;
	while (trace_merge_next(merge, &e)) {
		if (e.rec.kind == TRACE_CALL && (uint32_t)e.rec.a == ABI_H_CEDE)
			called = e.rec.cycle;
		if (e.rec.kind == TRACE_RETURN && (uint32_t)e.rec.a == ABI_H_CEDE)
			returned = e.rec.cycle;
	}
	trace_merge_close(merge);
	assert_int_equal(cede->result, ABI_H_SUCCESS);
	assert_true(returned - called >= 5000 && returned - called < 5200);
	lab_close(&lab);
}

static void test_host_thread_makes_any_ultracall(void **state)
{
	(void)state;
	struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
	lab_slot(&lab, 0, GFN(0), 4);
	lab_write(&lab, GFN(1), LAB_PLAIN(6));
	struct lab_step *call = lab_host(&lab, HV_UCALL, GFN(0), 0);
	call->request.call = ABI_UV_PAGE_IN;
	call->request.arg_count = 5;
	call->request.ra_args = 2;
	memcpy(call->request.args, (uint64_t[]){7, 1, 3 << 16, 0, 16}, sizeof(call->request.args));
	struct lab_step *none = lab_host(&lab, HV_UCALL, GFN(0), 0);
	none->request = call->request;
	none->request.args[1] = 2;
	struct lab_step *many = lab_host(&lab, HV_UCALL, GFN(0), 0);
	many->request.arg_count = 6;
	lab_run(&lab);
	lab_expect_finished(&lab);
	assert_int_equal(call->result, ABI_U_SUCCESS);
	assert_int_equal(lab.log_token[0], LAB_PLAIN(6));
	assert_int_equal(lab.log[0].arg[2], 3 << 16);
	assert_int_equal(call_state_of(&lab.log[0]).msr, MSR_HV);
	assert_int_equal(lab.log[1].arg[1], 0);
	assert_int_equal(none->result, ABI_U_SUCCESS);
	assert_int_equal(many->result, HOST_EINVAL);
	lab_close(&lab);
}

static void test_hypercalls_go_wrong_on_purpose(void **state)
{
	(void)state;
	const struct {
		enum inject_action action;
		int64_t result;
		unsigned ucalls;
	} cases[] = {{INJECT_DO_RETURN, ABI_H_BUSY, 0}, {INJECT_DO_FAIL, ABI_H_PARAMETER, 0},
		{INJECT_DO_DROP, ABI_H_SUCCESS, 0}, {INJECT_DO_REPEAT, ABI_H_PARAMETER, 1},
		{INJECT_DO_DELAY, ABI_H_SUCCESS, 1}};
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab lab = {.design = DESIGN_UVMEM_LOCK, .secure_frames = 8};
		lab.rule = (struct inject_rule){.mode = INJECT_ANY,
			.site = INJECT_CALL,
			.call = ABI_H_SVM_PAGE_IN,
			.action = cases[i].action,
			.code = ABI_H_BUSY,
			.cycles = 100,
			.first = 1,
			.last = 1};
		lab_slot(&lab, 0, GFN(0), 4);
		lab_write(&lab, GFN(1), LAB_PLAIN(6));
		lab_start(&lab);
		struct lab_step *in = lab_hcall(&lab, ABI_H_SVM_PAGE_IN, GFN(1), 0);
		lab_run(&lab);
		lab_expect_finished(&lab);
		assert_int_equal(in->result, cases[i].result);
		assert_int_equal(lab_calls(&lab, ABI_UV_PAGE_IN), cases[i].ucalls);
		assert_int_equal(in->call.ret[RET_ROUTE], ROUTE_UV_RETURN);
		lab_close(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved_slot_keeps_its_memory),
		cmocka_unit_test(test_move_flushes_as_a_deletion_does),
		cmocka_unit_test(test_wrong_moves_are_refused),
		cmocka_unit_test(test_flags_change_without_an_invalid_phase),
		cmocka_unit_test(test_without_memory_a_slot_stays_as_it_is),
		cmocka_unit_test(test_svm_off_makes_a_normal_vm),
		cmocka_unit_test(test_svm_off_is_refused_under_running_vcpus),
		cmocka_unit_test(test_svm_off_ends_when_the_ultravisor_refuses),
		cmocka_unit_test(test_a_vcpu_waits_for_svm_off),
		cmocka_unit_test(test_idle_vcpu_spends_the_time_it_names),
		cmocka_unit_test(test_host_thread_makes_any_ultracall),
		cmocka_unit_test(test_hypercalls_go_wrong_on_purpose),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
