/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.c - the calls that are about a whole VM: its slots and its end.
 *
 * Locking: slot.c's and svm.c's. Errors: documented codes. Blocking: yield.
 */
#include "ucall.h"

int64_t ucall_register_mem_slot(struct ucall *u)
{
	cost_charge(STEP_UV_SLOT);
	return slot_add(u->svm, (uint32_t)u->arg[4], gfn_of_gpa(u->arg[1]), u->arg[2] >> PEF_PAGE_SHIFT);
}

int64_t ucall_unregister_mem_slot(struct ucall *u)
{
	cost_charge(STEP_UV_SLOT);
	return slot_remove(u->uv, u->svm, (uint32_t)u->arg[1]) ? ABI_U_SUCCESS : ABI_U_P2;
}

int64_t ucall_svm_terminate(struct ucall *u)
{
	if (!u->svm)
		return ABI_U_INVALID;
	cost_charge(STEP_UV_SLOT);
	svm_terminate(u->uv, u->svm);
	return ABI_U_SUCCESS;
}
