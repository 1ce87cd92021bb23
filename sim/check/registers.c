/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registers.c - I17: of a reflected call the hypervisor sees the arguments, and
 * the guest the results, and neither anything else.
 *
 * Bit i is argument or result i, beside the call's number and its code.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static unsigned registers_in(uint32_t number)
{
	switch (number) {
	case ABI_H_SVM_PAGE_IN:
	case ABI_H_SVM_PAGE_OUT:
		return 3;
	default:
		return 0;
	}
}

/* Calls that end the guest's run in secure mode, and faults: the hypervisor gets what hardware gives it. */
static bool registers_are_free(uint32_t number)
{
	return number == ABI_H_SVM_INIT_ABORT || number == ABI_H_PAGE_FAULT || number == ABI_H_EXIT ||
	       !abi_call_name(number);
}

bool rule_registers(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	uint32_t number = (uint32_t)r->a;
	uint64_t allowed = r->aux ? 0 : (UINT64_C(1) << registers_in(number)) - 1;

	if (registers_are_free(number) || !(r->b & ~allowed))
		return false;
	verdict_begin(c, INVARIANT_I17, NULL, out, "%s gives the %s a register too many", abi_call_name(number),
		r->aux ? "guest" : "hypervisor");
	verdict_here(c, out, "crossing");
	finding_add_line(
		out, "registers 0x%llx, allowed 0x%llx", (unsigned long long)r->b, (unsigned long long)allowed);
	return true;
}
