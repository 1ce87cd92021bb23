/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dispatch.c - every trap into the ultravisor: ultracalls, a secure guest's
 * hypercalls and its storage interrupts.
 *
 * Each trap has a context of its own, and several run at once. An ultracall is
 * looked up in one table, its caller checked, then its arguments, then it runs.
 * Before all that a scenario may say that something goes wrong with it.
 *
 * Locking: none. Errors: U_PERMISSION for a caller that may not (U_INVALID for
 * UV_RETURN, as documented), U_FUNCTION for what is not known. Blocking: yields.
 */
#include "ucall.h"

enum ucall_caller { CALLER_HV, CALLER_RETURNER, CALLER_GUEST, CALLER_SECURE_GUEST, CALLER_COUNT };

/* The machine state a caller must be in: of the bits in @mask, exactly @want. */
static const struct {
	unsigned mask, want;
	int64_t refused;
} callers[CALLER_COUNT] = {
	[CALLER_HV] = {MSR_HV | MSR_PR, MSR_HV, ABI_U_PERMISSION},
	[CALLER_RETURNER] = {MSR_HV | MSR_PR, MSR_HV, ABI_U_INVALID},
	[CALLER_GUEST] = {MSR_HV | MSR_PR, 0, ABI_U_PERMISSION},
	[CALLER_SECURE_GUEST] = {MSR_S | MSR_HV | MSR_PR, MSR_S, ABI_U_PERMISSION},
};

enum ucall_svm { SVM_NEEDED_ANY, SVM_NEEDED_SECURE };

struct ucall_row {
	uint32_t number;
	enum ucall_caller caller;
	enum ucall_svm needed;
	uint8_t args[UCALL_ARGS]; /* enum arg_kind */
	int64_t (*handler)(struct ucall *u);
};

#define ARGS(...) \
	{ \
		__VA_ARGS__ \
	}
static const struct ucall_row rows[] = {
#define X(name, who, svm, args, fn) {ABI_##name, CALLER_##who, SVM_NEEDED_##svm, ARGS args, fn},
	UV_UCALL_ROWS(X)
#undef X
};

static const struct ucall_row *dispatch_find(uint32_t number)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number == number)
			return &rows[i];
	}
	return NULL;
}

int64_t ucall_return(struct ucall *u)
{
	/* A reflected call is answered where it waits; no other return is due. */
	(void)u;
	return ABI_U_INVALID;
}

static int64_t dispatch_checked(struct uv *uv, const struct ucall_row *row, struct call *c, bool *handed_on)
{
	struct ucall u = {.uv = uv, .c = c, .vcpu = vcpu_of(c)};
	unsigned msr = call_state_of(c).msr;

	if ((msr & callers[row->caller].mask) != callers[row->caller].want)
		return callers[row->caller].refused;
	for (unsigned i = 0; i < UCALL_ARGS && i < c->arg_count; i++)
		u.arg[i] = c->arg[i];
	if (row->needed == SVM_NEEDED_SECURE)
		u.svm = svm_get(uv, u.vcpu.guest);

	int64_t code = ABI_U_INVALID;
	if (row->needed == SVM_NEEDED_ANY || (u.svm && svm_mode_of(u.svm) == SVM_SECURE))
		code = args_check(&u, row->args);
	if (code == ABI_U_SUCCESS)
		code = row->handler(&u);
	*handed_on = u.handed_on;
	svm_put(uv, u.svm);
	return code;
}

/* The VM that a call is about, or is made by, ends under its hands. */
static void dispatch_kill(struct uv *uv, const struct ucall_row *row, const struct call *c)
{
	bool names_vm = row->caller == CALLER_HV && c->arg_count > 0 && c->arg[0] <= UINT32_MAX;
	struct svm *svm = names_vm ? svm_get_lpid(uv, (uint32_t)c->arg[0]) : svm_get(uv, vcpu_of(c).guest);

	if (svm)
		svm_terminate(uv, svm);
	svm_put(uv, svm);
}

static int64_t dispatch_ucall(struct uv *uv, const struct ucall_row *row, struct call *c)
{
	struct inject_hit hit = inject_at(INJECT_CALL, c->number, OBJ_NULL);
	bool handed_on = false;

	switch (hit.action) {
	case INJECT_DO_FAIL:
	case INJECT_DO_RETURN:
	case INJECT_DO_DROP:
		return hit.code;
	case INJECT_DO_REPEAT:
		dispatch_checked(uv, row, c, &handed_on);
		if (handed_on)
			return ABI_U_SUCCESS;
		break;
	case INJECT_DO_KILL:
		dispatch_kill(uv, row, c);
		break;
	case INJECT_NOTHING:
	case INJECT_DO_DELAY:
	case INJECT_ACTION_COUNT:
		break;
	}
	return dispatch_checked(uv, row, c, &handed_on);
}

static bool dispatch_is_hcall(uint32_t number)
{
	switch (number) {
#define X(name, value, args, about) case value:
		PEF_HCALLS(X)
#undef X
		return true;
	}
	return false;
}

/* A secure guest's own hypercall: the hypervisor gets the call, and the registers that belong to it. */
static int64_t dispatch_reflect(struct uv *uv, struct svm *svm, struct call *c)
{
	const struct hcall_regs *regs = reflect_regs(c->number);
	struct call out = {.number = c->number};
	uint64_t page = regs->in ? trace_page(svm->guest, gfn_of_gpa(c->arg[0])) : 0;

	for (unsigned i = 0; i < CALL_COOKIE; i++)
		out.arg[i] = c->arg[i];
	out.ret_count = RET_COOKIE + 1u + regs->out;
	int64_t code = reflect_call(uv, svm, vcpu_of(c), &out, page);
	for (unsigned i = 0; i < regs->out; i++)
		c->ret[RET_COOKIE + 1 + i] = out.ret[RET_COOKIE + 1 + i];
	if (regs->out)
		c->ret_count = RET_COOKIE + 1u + regs->out;
	trace_emit(TRACE_REGS, TRACE_REGS_TO_GUEST, c->number, (1u << regs->out) - 1);
	return code;
}

static int64_t dispatch_trap(struct uv *uv, struct call *c)
{
	struct call_state state = call_state_of(c);

	if (!dispatch_is_hcall(c->number))
		return ABI_U_FUNCTION;
	if ((state.msr & (MSR_S | MSR_HV)) != MSR_S)
		return ABI_U_PERMISSION;
	struct svm *svm = svm_get(uv, state.guest);
	int64_t code = ABI_U_INVALID;
	if (svm && c->number == ABI_H_PAGE_FAULT)
		code = fault_handle(uv, svm, vcpu_of(c), gfn_of_gpa(c->arg[0]), c->arg[1] != 0);
	else if (svm)
		code = dispatch_reflect(uv, svm, c);
	svm_put(uv, svm);
	return code;
}

/*U:100
 * The ultravisor has no thread of its own. It is entered by a trap: an ultracall of either side, a
 * secure guest's hypercall, a storage interrupt. Each gets a context, and several run at once, which
 * is why it needs locks at all.
 :*/
void dispatch_on_call(struct domain *d, struct call *c)
{
	const struct ucall_row *row = dispatch_find(c->number);
	struct uv *uv = uv_of(d);

	c->return_step = STEP_URFID;
	c->ret_count = 1;
	cost_charge(STEP_UV_DISPATCH);
	c->ret[RET_CODE] = row ? dispatch_ucall(uv, row, c) : dispatch_trap(uv, c);
}
