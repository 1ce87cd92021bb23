/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault.c - storage interrupts of a secure guest.
 *
 * What happens depends on the page's state only. Results of the calls this
 * makes are ignored: the guest executes the access again, and either it works
 * or it comes back here. A page that cannot be had ends the VM with a result
 * that says why; a hypervisor that refuses for ever keeps the vCPU busy.
 *
 * Locking: the stripe of the page; none while the hypervisor is asked. Errors:
 * U_PARAMETER outside the slots, U_PERMISSION for a page of the ultravisor's
 * own, U_RETRY when there is no secure memory. Blocking: yields.
 */
#include "state.h"
#include "uv.h"

/* A zero frame for an untouched page; the stripe is held. */
bool fault_back(struct uv *uv, struct svm *svm, gfn_t gfn)
{
	struct gfn_entry *entry = map_touch(svm, gfn);
	bool fresh = entry && entry->frame.n == SFN_NONE.n;

	if (!entry || !gfn_take_frame(uv, svm, entry))
		return false;
	if (fresh) {
		cost_charge(STEP_ZERO_PAGE);
		gfn_tell_content(svm, gfn, TOKEN_ZERO);
	}
	gfn_map_secure(svm, entry);
	return true;
}

/* What to do, decided under the lock and done after it. */
static enum fault_action fault_look(struct uv *uv, struct svm *svm, gfn_t gfn, bool write)
{
	if (!slot_has(svm, gfn))
		return FAULT_NOWHERE;

	struct gfn_entry *entry = map_find(svm, gfn);
	enum fault_action action = (enum fault_action)fault_actions[gfn_state_of(entry)];
	bool denied = entry && entry->pte == PTE_SHARED && entry->write_protected && write;

	if (entry && entry->pte != PTE_NONE && !denied)
		action = FAULT_AGAIN;
	if (action == FAULT_BACK && fault_back(uv, svm, gfn))
		action = FAULT_AGAIN;
	return action;
}

static void fault_reflect(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, gfn_t gfn, bool write)
{
	struct call c = {.number = ABI_H_PAGE_FAULT, .arg = {gpa_of_gfn(gfn), write}, .arg_count = 2};
	reflect_call(uv, svm, vcpu, &c, trace_page(vcpu.guest, gfn));
}

static void fault_ask_in(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, gfn_t gfn)
{
	evict_make_room(uv, svm, vcpu);
	reflect_page(uv, svm, vcpu, ABI_H_SVM_PAGE_IN, gfn, ABI_H_PAGE_IN_NONSHARED);
}

/*U:190
 * A guest's access that found no translation ends up here. The state alone says what to do, and what
 * the calls made here come to is not looked at: the guest repeats its access, and either it works or
 * it comes here again.
 :*/
/* One look and what follows from it. True when the guest is to be told @result. */
static bool fault_step(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, gfn_t gfn, bool write, int64_t *result)
{
	gfn_lock(svm, gfn);
	enum fault_action action = fault_look(uv, svm, gfn, write);
	gfn_unlock(svm, gfn);

	*result = 0;
	switch (action) {
	case FAULT_AGAIN:
		return true;
	case FAULT_BACK:
		evict_make_room(uv, svm, vcpu);
		return false;
	case FAULT_PAGE_IN:
		fault_ask_in(uv, svm, vcpu, gfn);
		return true;
	case FAULT_REFLECT:
		fault_reflect(uv, svm, vcpu, gfn, write);
		return true;
	case FAULT_KILL:
		*result = svm_kill(svm, ABI_U_PERMISSION);
		return true;
	case FAULT_NOWHERE:
		*result = ABI_U_PARAMETER;
		return true;
	}
	return true;
}

int64_t fault_handle(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, gfn_t gfn, bool write)
{
	int64_t result = svm_killed(svm);

	if (result)
		return result;
	for (unsigned i = 0; i < UV_TRIES; i++) {
		if (fault_step(uv, svm, vcpu, gfn, write, &result))
			return result;
	}
	return svm_kill(svm, ABI_U_RETRY);
}

bool fault_bring_in(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, gfn_t gfn)
{
	for (unsigned i = 0;; i++) {
		gfn_lock(svm, gfn);
		bool out = gfn_state_of(map_find(svm, gfn)) == GFN_PAGEDOUT;
		gfn_unlock(svm, gfn);
		if (!out || i == UV_TRIES)
			return !out;
		fault_ask_in(uv, svm, vcpu, gfn);
	}
}
