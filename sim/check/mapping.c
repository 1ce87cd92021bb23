/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapping.c - I3 at the return of UV_PAGE_IN, UV_PAGE_OUT and UV_PAGE_INVAL.
 *
 * What the page table must say in each state; a page somebody else is at work
 * on is left alone. A page-out that fails must leave the page mapped.
 * At quiescence the same is asked of the ultravisor's own tables (quiescence.c).
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool mapping_fits(const struct ghost_page *p)
{
	switch (p->state) {
	case GFN_SECURE:
		return p->map != TRACE_MAP_SHARED;
	case GFN_PAGEDOUT:
	case GFN_SHARED_INV:
	case GFN_IMPLICIT:
	case GFN_IMPLICIT_INV:
		return p->map == TRACE_MAP_NONE;
	case GFN_SHARED:
		return p->map == TRACE_MAP_SHARED;
	case GFN_PSEUDO:
	case GFN_PSEUDO_INV:
		return p->map != TRACE_MAP_SHARED;
	case GFN_HV_SHARING:
	case GFN_HV_SHARED:
	case GFN_HV_SHARED_INV:
	case GFN_HV_UNSHARING:
	case GFN_HV_UNSHARING_INV:
	case GFN_HV_UNSHARED:
	case GFN_STATE_COUNT:
		break;
	}
	return true;
}

static const char *mapping_name(const struct ghost_page *p)
{
	if (p->map == TRACE_MAP_NONE)
		return "nothing is mapped";
	return p->map == TRACE_MAP_SHARED ? "a normal frame is mapped" : "a secure frame is mapped";
}

static bool mapping_lost(const struct checker *c, const struct ghost_page *p, const struct ghost_call *call)
{
	bool mine = p->map_by.domain == c->event.domain && p->map_by.ctx == c->event.rec.ctx;

	return call->number == ABI_UV_PAGE_OUT && (int64_t)c->event.rec.b != 0 && p->state == GFN_SECURE &&
	       p->map == TRACE_MAP_NONE && mine && p->map_by.at >= call->since;
}

bool rule_mapping(struct checker *c, struct finding *out)
{
	const struct ghost_call *call = calls_returned(c, &c->event);
	const struct ghost_page *p;
	bool lost;

	if (!c->maps_told || !call || !call->page)
		return false;
	if (call->number != ABI_UV_PAGE_IN && call->number != ABI_UV_PAGE_OUT && call->number != ABI_UV_PAGE_INVAL)
		return false;
	p = ghost_page_at(c, call->page);
	if (ghost_guest_of(c, p->page)->mode != TRACE_SVM_SECURE || place_stripe_held(c, p->page))
		return false;
	lost = mapping_lost(c, p, call);
	if (mapping_fits(p) && !lost)
		return false;
	verdict_begin(c, INVARIANT_I3, p, out, "%s, but %s%s", gfn_state_name(p->state), mapping_name(p),
		lost ? " after a refused page-out" : "");
	verdict_here(c, out, "return");
	return true;
}
