/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reflect.c - calls to the hypervisor on behalf of a secure guest's vCPU.
 *
 * The hypervisor must come back with UV_RETURN and the cookie it was given: a
 * fresh number, good once. A reflected vCPU may come back on another CPU, so no
 * lock of the ultravisor may be held across the call (firmware: spin locks are
 * tagged with the CPU). Every rule that must hold meanwhile is in the GFN states.
 *
 * Locking: svm->lock for the cookies; none on entry, which is looked at. Errors:
 * a wrong cookie, or a way back that is not UV_RETURN, stops the run: the
 * published firmware asserts. Blocking: all yield.
 */
#include <stdio.h>

#include "pefsim/finding.h"
#include "uv.h"

static void reflect_complain(enum finding_kind kind, const char *title, const struct call *c, const char *detail)
{
	struct finding f;
	const char *name = abi_call_name(c->number);

	finding_begin(&f, kind);
	snprintf(f.title, sizeof(f.title), "%s", title);
	finding_add_block(&f, "%s reflected by %s:", name ? name : "call", context_name(context_self()));
	finding_add_line(&f, "%s", detail);
	finding_report(&f);
}

static void reflect_check_locks(const struct call *c)
{
	char held[200];

	if (sync_held_count(context_self()) == 0)
		return;
	sync_held_print(context_self(), held, sizeof(held));
	reflect_complain(FINDING_LOCK_MISUSE, "lock of the ultravisor held while it enters the hypervisor", c, held);
}

static void reflect_tell(const struct svm *svm, enum trace_cookie what, uint32_t cookie)
{
	trace_emit(TRACE_COOKIE, what, svm->guest, cookie);
}

/* svm->lock held. */
static struct reflection **reflect_find(struct svm *svm, uint32_t cookie)
{
	struct reflection **link = &svm->reflections;
	while (*link && (*link)->cookie != cookie)
		link = &(*link)->next;
	return link;
}

static void reflect_register(struct svm *svm, struct reflection *r)
{
	sim_spin_lock(&svm->lock);
	do {
		r->cookie = (uint32_t)context_random(context_self());
	} while (r->cookie == 0 || *reflect_find(svm, r->cookie));
	r->next = svm->reflections;
	svm->reflections = r;
	reflect_tell(svm, TRACE_COOKIE_GIVEN, r->cookie);
	sim_spin_unlock(&svm->lock);
}

void reflect_drop_all(struct svm *svm)
{
	sim_spin_lock(&svm->lock);
	for (const struct reflection *r = svm->reflections; r; r = r->next)
		reflect_tell(svm, TRACE_COOKIE_DROPPED, r->cookie);
	svm->reflections = NULL;
	sim_spin_unlock(&svm->lock);
}

/* One-shot: found and taken out. Whether it was there. */
static bool reflect_redeem(struct svm *svm, uint32_t cookie)
{
	sim_spin_lock(&svm->lock);
	struct reflection **link = reflect_find(svm, cookie);
	bool found = *link != NULL;
	if (found) {
		*link = (*link)->next;
		reflect_tell(svm, TRACE_COOKIE_REDEEMED, cookie);
	}
	sim_spin_unlock(&svm->lock);
	return found;
}

/* These end or leave the secure guest's run: the hypervisor need not return through the ultravisor. */
static bool reflect_may_leave(uint32_t number)
{
	return number == ABI_H_SVM_INIT_ABORT || number == ABI_H_EXIT;
}

/*U:180
 * Often the ultravisor needs the hypervisor: it has no memory to give, only to ask for. It must not
 * trust how the answer comes back, so each call carries a cookie that is good once. No lock is held
 * meanwhile; what must not happen in between is what the states are for.
 :*/
static int64_t reflect_returned(struct svm *svm, const struct reflection *r, const struct call *c)
{
	char detail[112];
	bool leaves = reflect_may_leave(c->number);

	if (!leaves && c->ret[RET_ROUTE] != ROUTE_UV_RETURN && svm_mode_of(svm) != SVM_TERMINATED)
		reflect_complain(FINDING_MODEL, "reflected call left without UV_RETURN", c,
			"the hypervisor went straight to the guest");
	uint32_t cookie = leaves ? r->cookie : (uint32_t)c->ret[RET_COOKIE];
	bool found = reflect_redeem(svm, cookie);
	if (svm_mode_of(svm) == SVM_TERMINATED)
		return ABI_U_INVALID;
	if (!found || cookie != r->cookie) {
		snprintf(detail, sizeof(detail), "given 0x%x, handed back 0x%x", r->cookie, cookie);
		reflect_complain(FINDING_MODEL, "UV_RETURN with a wrong cookie", c, detail);
	}
	return c->ret[RET_CODE];
}

const struct hcall_regs *reflect_regs(uint32_t number)
{
	static const struct hcall_regs none = {0, 0};
	switch (number) {
#define X(name, in, out) \
	case ABI_##name: { \
		static const struct hcall_regs regs = {in, out}; \
		return &regs; \
	}
		PEF_HCALL_REGS(X)
#undef X
	}
	return &none;
}

int64_t reflect_call(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, struct call *c, uint64_t page)
{
	const struct hcall_regs *regs = reflect_regs(c->number);
	struct reflection r = {0};

	reflect_check_locks(c);
	/* What the call does not take stays here, whatever the registers hold. */
	for (unsigned i = regs->in; i < CALL_COOKIE; i++)
		c->arg[i] = 0;
	c->arg_count = regs->in;
	trace_emit(TRACE_REGS, TRACE_REGS_TO_HV, c->number, (1u << regs->in) - 1);
	if (svm)
		reflect_register(svm, &r);
	c->arg[CALL_COOKIE] = r.cookie;
	c->arg[CALL_STATE] = call_state_pack((struct call_state){vcpu.guest, vcpu.vcpu, MSR_S});
	call_make(uv->config.hv, c, STEP_REFLECT, page);
	return svm ? reflect_returned(svm, &r, c) : c->ret[RET_CODE];
}

int64_t reflect_page(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, uint32_t number, gfn_t gfn, uint64_t flags)
{
	struct call c = {.number = number, .arg = {gpa_of_gfn(gfn), flags, ABI_PAGE_ORDER}, .arg_count = 3};
	return reflect_call(uv, svm, vcpu, &c, trace_page(vcpu.guest, gfn));
}

int64_t reflect_plain(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, uint32_t number)
{
	struct call c = {.number = number};
	return reflect_call(uv, svm, vcpu, &c, 0);
}
