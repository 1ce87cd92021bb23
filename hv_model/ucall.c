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

int64_t hv_ucall(struct hv_guest *kvm, uint32_t number, const uint64_t *args, unsigned count, uint64_t page)
{
	struct call c = {.number = number, .arg_count = count};

	for (unsigned i = 0; i < count; i++)
		c.arg[i] = args[i];
	c.arg[CALL_STATE] =
		call_state_pack((struct call_state){.guest = kvm->index, .vcpu = ucall_vcpu(kvm), .msr = MSR_HV});
	call_make(kvm->hv->config.uv, &c, STEP_UCALL, page);
	return c.ret[RET_CODE];
}
