/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pairs.c - I6: which mark may stand beside which state, at any moment.
 *
 * One row a state. No mark at all is let pass here, as a share may start from
 * it and every release ends with it; that it does not stay is asked at
 * quiescence (I5). While a slot, the VM or its memory goes, marks and states
 * may be any.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

#define MARK(name) (1u << HV_MARK_##name)
#define SHARING (MARK(UVMEM) | MARK(MEM) | MARK(SHARED))

static const unsigned pairs_allowed[GFN_STATE_COUNT] = {
	[GFN_SECURE] = MARK(UVMEM),
	[GFN_PAGEDOUT] = MARK(UVMEM) | MARK(MEM),
	[GFN_SHARED] = MARK(SHARED),
	[GFN_SHARED_INV] = MARK(SHARED),
	[GFN_IMPLICIT] = MARK(SHARED),
	[GFN_IMPLICIT_INV] = MARK(SHARED),
	[GFN_HV_SHARING] = SHARING,
	[GFN_HV_SHARED] = SHARING,
	[GFN_HV_SHARED_INV] = SHARING,
	[GFN_HV_UNSHARING] = MARK(SHARED) | MARK(UVMEM),
	[GFN_HV_UNSHARING_INV] = MARK(SHARED) | MARK(UVMEM),
	[GFN_HV_UNSHARED] = MARK(UVMEM),
	[GFN_PSEUDO] = MARK(SHARED),
	[GFN_PSEUDO_INV] = MARK(SHARED),
};

static bool pairs_is_going(struct checker *c, const struct ghost_page *p)
{
	const struct ghost_guest *g = ghost_guest_of(c, p->page);
	const struct ghost_slot *slot;

	if (g->mode != TRACE_SVM_SECURE || g->switching_off || c->releases)
		return true;
	/* The process gave the memory up: nobody looks at the mark any more. */
	if (p->pte == HOST_PTE_NONE)
		return true;
	slot = place_slot_of(c, p->page);
	return slot && (slot->going || !slot->registered);
}

bool rule_pairs(struct checker *c, struct finding *out)
{
	const struct ghost_page *p = ghost_page_at(c, c->event.rec.a);
	unsigned mark = 1u << p->mark;

	if (mark & (pairs_allowed[p->state % GFN_STATE_COUNT] | MARK(NONE)))
		return false;
	if (pairs_is_going(c, p))
		return false;
	verdict_begin(c, INVARIANT_I6, p, out, "mark %s beside %s", hv_mark_name(p->mark), gfn_state_name(p->state));
	verdict_here(c, out, "change");
	return true;
}
