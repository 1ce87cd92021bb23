/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * revoked.c - I1: no guest reaches a frame that the host has taken back.
 *
 * A frame is taken back when the host frees it, or when the ultravisor has
 * acknowledged its invalidation. While the hypervisor is asked to unshare a
 * page the mapping may last until that call returns (the published firmware
 * does so), and no longer.
 *
 * Seen with v9-rmap: UV_PAGE_INVAL is given a size for an order, so a shared
 * frame is freed while the guest maps it (scenarios/seed/inval-of-shared.pef).
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool revoked_blame(struct checker *c, const struct ghost_page *p, const char *what, struct finding *out)
{
	verdict_begin(c, INVARIANT_I1, p, out, "%s", what);
	verdict_here(c, out, "taken back");
	finding_add_line(out, "frame %u, mapped since cycle %llu", p->frame, (unsigned long long)p->map_by.at);
	return true;
}

static bool revoked_is_unsharing(const struct ghost_page *p)
{
	return p->state == GFN_HV_UNSHARING || p->state == GFN_HV_UNSHARING_INV;
}

static bool revoked_freed(struct checker *c, const struct trace_rec *r, struct finding *out)
{
	uint32_t hfn = (uint32_t)r->a;

	if (r->aux || hfn >= c->frame_room || !c->frames[hfn].mappers)
		return false;
	for (uint32_t i = 0; i < c->page_count; i++) {
		const struct ghost_page *p = &c->pages[i];

		if (p->map == TRACE_MAP_SHARED && p->frame == hfn && !revoked_is_unsharing(p))
			return revoked_blame(c, p, "the host frees a frame that the guest has mapped", out);
	}
	return false;
}

static bool revoked_mapped(struct checker *c, const struct trace_rec *r, struct finding *out)
{
	const struct ghost_page *p = ghost_page_at(c, r->a);

	if (r->aux != TRACE_MAP_SHARED || p->frame >= c->frame_room)
		return false;
	if (!c->frames[p->frame].told || c->frames[p->frame].taken)
		return false;
	return revoked_blame(c, p, "a frame that the host has freed is mapped", out);
}

static bool revoked_acknowledged(struct checker *c, const struct trace_rec *r, struct finding *out)
{
	const struct ghost_call *call = calls_returned(c, &c->event);
	const struct ghost_page *p;

	if (!call || !call->page || (int64_t)r->b != 0)
		return false;
	p = ghost_page_at(c, call->page);
	if (p->map != TRACE_MAP_SHARED || p->map_by.at >= call->since)
		return false;
	if (call->number == ABI_UV_PAGE_INVAL && !revoked_is_unsharing(p))
		return revoked_blame(c, p, "an invalidated frame is still mapped", out);
	if (call->number == ABI_H_SVM_PAGE_IN && revoked_is_unsharing(p))
		return revoked_blame(c, p, "a frame the host has given up is still mapped", out);
	return false;
}

bool rule_revoked(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->kind == TRACE_FRAME)
		return revoked_freed(c, r, out);
	if (r->kind == TRACE_UV_MAP)
		return revoked_mapped(c, r, out);
	return revoked_acknowledged(c, r, out);
}
