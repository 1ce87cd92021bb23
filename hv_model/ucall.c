/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ucall.c - sending an ultracall: sc 2 with HV=1.
 *
 * Locking: any lock may be held. Errors: the ultravisor's codes. Blocking:
 * yields.
 */
#include "ucall.h"

#define UCALL_HOST_THREAD 0xffffu

/* The vCPU whose call the running context handles. */
HV_UNSEEN static unsigned ucall_vcpu(const struct hv_guest *kvm)
{
	for (unsigned i = 0; i < kvm->vcpu_count; i++)
		if (kvm->vcpu_ctx[i] == context_self())
			return i;
	return UCALL_HOST_THREAD;
}

/* UV_PAGE_IN, UV_PAGE_OUT (lpid, ra, gpa, ...): the ultravisor keeps the number of a shared page's frame. */
HV_UNSEEN static void ucall_lend(struct hv_guest *kvm, const uint64_t *args)
{
	uint64_t hfn = args[1] >> PEF_PAGE_SHIFT, use;

	use = hfn < UINT32_MAX ? reuse_generation(kvm->hv->frame_uses, (uint32_t)hfn) : 0;
	if (use)
		*hv_sparse_at(&kvm->lent, gfn_of_gpa(args[2]).n, true) = use << 32 | hfn;
}

int64_t hv_ucall(struct hv_guest *kvm, uint32_t number, const uint64_t *args, unsigned count, uint64_t page)
{
	struct call c = {.number = number, .arg_count = count};

	if (number == ABI_UV_PAGE_IN || number == ABI_UV_PAGE_OUT)
		ucall_lend(kvm, args);
	for (unsigned i = 0; i < count; i++)
		c.arg[i] = args[i];
	c.arg[CALL_STATE] =
		call_state_pack((struct call_state){.guest = kvm->index, .vcpu = ucall_vcpu(kvm), .msr = MSR_HV});
	call_make(kvm->hv->config.uv, &c, STEP_UCALL, page);
	return c.ret[RET_CODE];
}
