/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu.c - the guest's side of an instruction that leaves the guest.
 *
 * A vCPU knows one thing about itself: whether it runs secure (MSR.S). That
 * decides who translates its accesses and who takes its traps: the ultravisor
 * for a secure guest, the hypervisor for a normal one. Everything else, such as
 * what a fault leads to, is on the other side of a call.
 *
 * An access is repeated after every fault, as hardware does: a page that moves
 * away again between the fault and the access faults again.
 *
 * Locking: none; one domain. Errors: protocol answers only. Blocking: yields.
 */
#include "pefsim/model.h"

#include <assert.h>

static struct call vcpu_call(const struct guest_machine *g, unsigned vcpu, uint32_t number)
{
	struct call c = {.number = number};
	c.arg[CALL_STATE] =
		call_state_pack((struct call_state){.guest = g->index, .vcpu = vcpu, .msr = g->secure ? MSR_S : 0u});
	return c;
}

/* The side that takes a vCPU's traps, its way in and its way back. */
static void vcpu_trap(struct guest_machine *g, struct call *c, uint64_t page)
{
	c->return_step = g->secure ? STEP_URFID : STEP_HRFID;
	if (g->secure)
		call_make(g->uv, c, STEP_INTERRUPT, page);
	else
		call_make(g->hv, c, STEP_HCALL, page);
}

/* The storage interrupt of an access that could not be translated. */
static int64_t vcpu_fault(struct guest_machine *g, unsigned vcpu, gfn_t gfn, bool write)
{
	struct call c = vcpu_call(g, vcpu, ABI_H_PAGE_FAULT);

	c.arg[0] = gpa_of_gfn(gfn);
	c.arg[1] = write;
	c.arg_count = 2;
	vcpu_trap(g, &c, trace_page(g->index, gfn));
	return c.ret[RET_CODE];
}

int64_t vcpu_access(struct guest_machine *g, unsigned vcpu, gfn_t gfn, bool write, token_t *token)
{
	cost_charge(STEP_GUEST_OP);
	for (;;) {
		struct call c = {.number = BUS_ACCESS, .arg_count = 4, .ret_count = 2};
		c.arg[0] = g->index;
		c.arg[1] = gfn.n;
		c.arg[2] = write;
		c.arg[3] = *token;
		bus_access(g->secure ? g->uv : g->hv, &c, STEP_BUS);
		if (c.ret[0] == BUS_OK) {
			*token = (token_t)c.ret[1];
			trace_emit(TRACE_ACCESS, write, trace_page(g->index, gfn), *token);
			return 0;
		}
		int64_t code = vcpu_fault(g, vcpu, gfn, write);
		if (code != 0)
			return code;
	}
}

static void vcpu_copy_args(struct call *c, const uint64_t *args, unsigned count)
{
	assert(count <= CALL_COOKIE);
	for (unsigned i = 0; i < count; i++)
		c->arg[i] = args[i];
	c->arg_count = count;
}

int64_t vcpu_ucall(struct guest_machine *g, unsigned vcpu, uint32_t number, const uint64_t *args, unsigned count)
{
	struct call c = vcpu_call(g, vcpu, number);
	bool names_page = count > 0 && (number == ABI_UV_SHARE_PAGE || number == ABI_UV_UNSHARE_PAGE);

	vcpu_copy_args(&c, args, count);
	c.return_step = STEP_URFID;
	call_make(g->uv, &c, STEP_UCALL, names_page ? trace_page(g->index, (gfn_t){args[0]}) : 0);
	if (number == ABI_UV_ESM && c.ret[RET_CODE] == ABI_U_SUCCESS)
		g->secure = true;
	return c.ret[RET_CODE];
}

/* A secure guest's hypercall traps to the ultravisor, which reflects it. */
int64_t vcpu_hcall(struct guest_machine *g, unsigned vcpu, uint32_t number, const uint64_t *args, unsigned count)
{
	struct call c = vcpu_call(g, vcpu, number);

	vcpu_copy_args(&c, args, count);
	vcpu_trap(g, &c, 0);
	return c.ret[RET_CODE];
}
