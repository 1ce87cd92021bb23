/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transition.c - which changes of a GFN state the protocol allows.
 *
 * One row a state; what is not written is forbidden. The rows are those of the
 * documented ultravisor: the firmware's state machine (reference: ultravisor
 * firmware, GFN page map) without its defects, such as HV_SHARED_INV to SHARED,
 * which would map a frame that the hypervisor has taken back. An unshare that the
 * hypervisor refuses is undone: shared, with no frame. When a slot or a
 * VM goes, every state goes back to the initial one, SECURE.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

#define TO(name) (1u << GFN_##name)

/*C:110
 * The ghost has its own table of what may follow what, written from the document and not from the
 * model. If the model's table has a slip, the two disagree.
 :*/
static const uint32_t transition_allowed[GFN_STATE_COUNT] = {
	[GFN_SECURE] = TO(PAGEDOUT) | TO(HV_SHARING),
	[GFN_PAGEDOUT] = TO(SECURE),
	[GFN_SHARED] = TO(SHARED_INV) | TO(HV_UNSHARING),
	[GFN_SHARED_INV] = TO(SHARED) | TO(HV_UNSHARING),
	[GFN_IMPLICIT] = TO(IMPLICIT_INV),
	[GFN_IMPLICIT_INV] = TO(IMPLICIT),
	[GFN_HV_SHARING] = TO(HV_SHARED) | TO(SECURE),
	[GFN_HV_SHARED] = TO(HV_SHARED_INV) | TO(SHARED) | TO(IMPLICIT) | TO(PSEUDO) | TO(HV_UNSHARING) | TO(SECURE),
	[GFN_HV_SHARED_INV] =
		TO(HV_SHARED) | TO(SHARED_INV) | TO(IMPLICIT_INV) | TO(PSEUDO_INV) | TO(HV_UNSHARING) | TO(SECURE),
	[GFN_HV_UNSHARING] = TO(HV_UNSHARING_INV) | TO(HV_UNSHARED) | TO(SHARED_INV),
	[GFN_HV_UNSHARING_INV] = TO(HV_UNSHARING) | TO(HV_UNSHARED) | TO(SHARED_INV),
	[GFN_HV_UNSHARED] = TO(SECURE),
	[GFN_PSEUDO] = TO(PSEUDO_INV),
	[GFN_PSEUDO_INV] = TO(PSEUDO),
};

bool checker_allows(enum gfn_state from, enum gfn_state to)
{
	return transition_allowed[from] & (1u << to);
}

/* The VM or a slot of it is going: the ultravisor forgets what it knew. */
static bool transition_is_release(struct checker *c, const struct ghost_page *p, enum gfn_state to)
{
	enum trace_svm mode = ghost_guest_of(c, p->page)->mode;

	return to == GFN_SECURE && (c->releases || mode == TRACE_SVM_ABORT || mode == TRACE_SVM_TERMINATED);
}

bool transition_check(
	struct checker *c, struct ghost_page *p, enum gfn_state from, enum gfn_state to, struct finding *out)
{
	if (from >= GFN_STATE_COUNT || to >= GFN_STATE_COUNT) {
		verdict_begin(c, INVARIANT_TRANSITION, p, out, "a state that does not exist");
		return true;
	}
	if (from != p->state) {
		verdict_begin(c, INVARIANT_TRANSITION, p, out, "change from %s, but the state was %s",
			gfn_state_name(from), gfn_state_name(p->state));
		verdict_here(c, out, "state change");
		return true;
	}
	if (checker_allows(from, to) || transition_is_release(c, p, to))
		return false;
	verdict_begin(c, INVARIANT_TRANSITION, p, out, "%s to %s", gfn_state_name(from), gfn_state_name(to));
	verdict_here(c, out, "state change");
	return true;
}
