/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zeroing.c - I8: a page that changes sides is zero when the guest first sees it.
 *
 * On a share the host's frame must have been zeroed since the share of the page
 * began; what the host stores there meanwhile is its own affair. On an unshare,
 * and on the share of what is shared already, the ultravisor's word is looked
 * at; that it is true is found by whoever reads (content.c). A refused unshare
 * gives the old content back, and does not commit.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool zeroing_blame(
	struct checker *c, const struct ghost_page *p, token_t token, const char *what, struct finding *out)
{
	char seen[48];

	verdict_begin(c, INVARIANT_I8, p, out, "%s", what);
	verdict_here(c, out, "commit");
	finding_add_line(out, "holds: %s", verdict_token(token, seen, sizeof(seen)));
	return true;
}

/* A normal frame is mapped by a share. */
static bool zeroing_shared(struct checker *c, struct ghost_page *p, struct finding *out)
{
	const struct ghost_frame *f = p->frame < c->frame_room ? &c->frames[p->frame] : NULL;

	if (p->map != TRACE_MAP_SHARED || !f || !f->taken || f->owner != p->page)
		return false;
	if (p->host_told == TOKEN_ZERO || p->host_zero_at >= p->transient_since)
		return false;
	return zeroing_blame(c, p, p->host_told, "a page is shared with what its frame held", out);
}

static bool zeroing_holds(struct checker *c, enum obj_type type)
{
	const struct ghost_context *ctx = ghost_context_at(c, &c->event);

	for (unsigned i = 0; ctx && i < ctx->lock_count; i++) {
		if (obj_type(ctx->locks[i].name) == type)
			return true;
	}
	return false;
}

static bool zeroing_told(struct checker *c, struct ghost_page *p, bool share, struct finding *out)
{
	token_t token = c->event.rec.b;

	if (c->event.rec.aux != TRACE_SIDE_UV || token == TOKEN_ZERO)
		return false;
	if (share && p->state == GFN_SHARED)
		return zeroing_blame(c, p, token, "a shared page is not zeroed", out);
	if (!share && p->state == GFN_SECURE && zeroing_holds(c, OBJ_UV_PAGE_LOCK))
		return zeroing_blame(c, p, token, "an unshared page is not zeroed", out);
	return false;
}

bool rule_zeroing(struct checker *c, struct finding *out)
{
	const struct ghost_call *call = c->event.domain == c->uv ? calls_served(c, &c->event) : NULL;
	struct ghost_page *p;
	bool share;

	if (!call || (call->number != ABI_UV_SHARE_PAGE && call->number != ABI_UV_UNSHARE_PAGE &&
			     call->number != ABI_UV_UNSHARE_ALL_PAGES))
		return false;
	p = ghost_page_at(c, c->event.rec.a);
	share = call->number == ABI_UV_SHARE_PAGE;
	if (c->event.rec.kind == TRACE_UV_MAP)
		return share && zeroing_shared(c, p, out);
	return zeroing_told(c, p, share, out);
}
