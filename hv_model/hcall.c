/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hcall.c - ways into the hypervisor, and the way out again.
 *
 * One table from call number to handler. The ultravisor reflects a call of a
 * secure guest with MSR.S set in the saved state; Linux refuses most H_SVM_*
 * calls without it (kvmppc_pseries_do_hcall(), Linux 6.1 book3s_hv.c), but not
 * H_SVM_INIT_ABORT, whose caller is the guest. The way out depends on the VM
 * alone: as long as kvm->arch.secure_guest is set, it is UV_RETURN.
 *
 * Locking: none of its own. Errors: H_FUNCTION, H_UNSUPPORTED. Blocking: yields.
 */
#include "design.h"

typedef int64_t hcall_fn(struct hv_guest *kvm, const uint64_t *arg);

static int64_t hcall_svm_page_in(struct hv_guest *kvm, const uint64_t *arg)
{
	cost_charge(STEP_HV_PAGE_IN);
	return kvm->hv->design->page_in(kvm, arg[0], arg[1], arg[2]);
}

static int64_t hcall_svm_page_out(struct hv_guest *kvm, const uint64_t *arg)
{
	cost_charge(STEP_HV_PAGE_OUT);
	return kvm->hv->design->page_out(kvm, arg[0], arg[1], arg[2]);
}

static int64_t hcall_svm_init_start(struct hv_guest *kvm, const uint64_t *arg)
{
	(void)arg;
	return kvm->hv->design->init_start(kvm);
}

static int64_t hcall_svm_init_done(struct hv_guest *kvm, const uint64_t *arg)
{
	(void)arg;
	return kvm->hv->design->init_done(kvm);
}

static int64_t hcall_svm_init_abort(struct hv_guest *kvm, const uint64_t *arg)
{
	(void)arg;
	return kvm->hv->design->init_abort ? kvm->hv->design->init_abort(kvm) : ABI_H_FUNCTION;
}

static int64_t hcall_page_fault(struct hv_guest *kvm, const uint64_t *arg)
{
	return guest_fault(kvm, arg[0], arg[1] != 0);
}

/* The vCPU has nothing to do until something happens. How long that takes is told by a word of ours. */
static int64_t hcall_cede(struct hv_guest *kvm, const uint64_t *arg)
{
	cycles_t cycles = arg[0] < PEF_DELAY_MAX ? arg[0] : PEF_DELAY_MAX;

	(void)kvm;
	if (cycles)
		context_advance(cycles, CAUSE_IDLE);
	return ABI_H_SUCCESS;
}

static int64_t hcall_exit(struct hv_guest *kvm, const uint64_t *arg)
{
	(void)kvm;
	(void)arg;
	return ABI_H_SUCCESS;
}

/* X(NAME, handler, "MSR.S is required") */
#define HCALLS(X) \
	X(H_SVM_PAGE_IN, hcall_svm_page_in, true) \
	X(H_SVM_PAGE_OUT, hcall_svm_page_out, true) \
	X(H_SVM_INIT_START, hcall_svm_init_start, true) \
	X(H_SVM_INIT_DONE, hcall_svm_init_done, true) \
	X(H_SVM_INIT_ABORT, hcall_svm_init_abort, false) \
	X(H_CEDE, hcall_cede, false) \
	X(H_PAGE_FAULT, hcall_page_fault, false) \
	X(H_EXIT, hcall_exit, false)

static const struct hcall_row {
	uint32_t number;
	hcall_fn *handler;
	bool from_secure;
} hcall_table[] = {
#define X(name, handler, secure) {ABI_##name, handler, secure},
	HCALLS(X)
#undef X
};

/* Up to Linux 5.6 an abort was looked at like the others, though its caller is the guest, as SRR1 says. */
static bool hcall_needs_secure(const struct hv_guest *kvm, const struct hcall_row *row)
{
	bool abort_too = mutants_have(kvm->hv->config.mutants, MUTANT_ABORT_CHECKS_SECURE_BIT);
	return row->from_secure || (abort_too && row->number == ABI_H_SVM_INIT_ABORT);
}

static int64_t hcall_dispatch(struct hv_guest *kvm, const struct call *c, struct call_state state)
{
	cost_charge(STEP_HV_DISPATCH);
	for (size_t i = 0; i < sizeof(hcall_table) / sizeof(hcall_table[0]); i++) {
		const struct hcall_row *row = &hcall_table[i];
		if (row->number != c->number)
			continue;
		if (hcall_needs_secure(kvm, row) && !(state.msr & MSR_S))
			return ABI_H_UNSUPPORTED;
		return row->handler(kvm, c->arg);
	}
	return ABI_H_FUNCTION;
}

/* The dispatcher, unless the scenario has it otherwise. */
static int64_t hcall_answer(struct hv_guest *kvm, const struct call *c, struct call_state state)
{
	struct inject_hit hit = inject_at(INJECT_CALL, c->number, OBJ_NULL);

	switch (hit.action) {
	case INJECT_DO_FAIL:
	case INJECT_DO_RETURN:
	case INJECT_DO_DROP:
		return hit.code;
	case INJECT_DO_REPEAT:
		hcall_dispatch(kvm, c, state);
		break;
	case INJECT_NOTHING:
	case INJECT_DO_DELAY:
	case INJECT_DO_KILL:
	case INJECT_ACTION_COUNT:
		break;
	}
	return hcall_dispatch(kvm, c, state);
}

HV_UNSEEN static void hcall_set_vcpu(struct hv_guest *kvm, unsigned vcpu, struct context *ctx)
{
	if (vcpu < kvm->vcpu_count)
		kvm->vcpu_ctx[vcpu] = ctx;
}

/*H:100
 * A hypercall arrives on the vCPU's hardware thread. As long as the VM is secure, or becoming so, when
 * the call ends, the way back leads through the ultravisor. That is Linux's rule, and a call during
 * which a VM begins to become secure depends on it: v9 sets its flag too late for a refusal.
 :*/
void hv_on_call(struct domain *d, struct call *c)
{
	struct hv *hv = domain_model(d);
	struct call_state state = call_state_of(c);
	struct hv_guest *kvm = hv_guest_of(hv, state.guest);
	bool secure = !kvm; /* of a VM that is being closed, which resumes no vCPU: what called is left as it came */

	c->ret[RET_CODE] = ABI_H_UNSUPPORTED;
	if (kvm) {
		hv_guest_enter(kvm);
		hcall_set_vcpu(kvm, state.vcpu, context_self());
		kvm_vcpu_run(kvm, state.vcpu);
		c->ret[RET_CODE] = hcall_answer(kvm, c, state);
		hv_task_work(kvm);
		if (c->number == ABI_H_EXIT)
			kvm_vcpu_exit(kvm, state.vcpu);
		hcall_set_vcpu(kvm, state.vcpu, NULL);
		secure = kvm_secure(kvm) != 0;
		hv_guest_leave(kvm);
	}
	bool back_to_uv = secure && c->from_domain == domain_index(hv->config.uv);
	c->ret[RET_ROUTE] = back_to_uv ? ROUTE_UV_RETURN : ROUTE_GUEST;
	c->ret[RET_COOKIE] = (int64_t)c->arg[CALL_COOKIE];
	c->ret_count = 3;
	c->return_step = back_to_uv ? STEP_UV_RETURN : STEP_HRFID;
}
