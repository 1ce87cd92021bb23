/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.c - the calls that are about a whole VM: its tables, its slots, its end.
 *
 * Locking: slot.c's and svm.c's. Errors: documented codes. Blocking: yield.
 */
#include "ucall.h"

/*
 * The partition table is the ultravisor's: it looks at every entry, writes what
 * is right, and lets the hardware forget the old one. A secure VM's own entry
 * leads to the ultravisor's tables and is nobody else's business.
 */
int64_t ucall_write_pate(struct ucall *u)
{
	struct svm *svm = svm_get_lpid(u->uv, (uint32_t)u->arg[0]);
	struct pate *pate = &u->uv->pates[u->arg[0]];
	const struct pate next = {u->arg[1], u->arg[2]};

	svm_put(u->uv, svm);
	if (svm)
		return ABI_U_PERMISSION;
	sim_spin_lock(&u->uv->svm_lock);
	cost_charge(STEP_UV_MAP);
	bool changed = pate->dw0 != next.dw0 || pate->dw1 != next.dw1;
	*pate = next;
	sim_spin_unlock(&u->uv->svm_lock);
	if (changed)
		cost_charge(STEP_TLBIE);
	return ABI_U_SUCCESS;
}

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
