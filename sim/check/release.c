/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * release.c - I20: of a slot or a VM that is gone nothing is left, and nothing
 * else was released with it.
 *
 * What the ultravisor changes while it serves UV_UNREGISTER_MEM_SLOT must lie in
 * that slot; afterwards no page of it has a state or a mapping.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool release_blame(struct checker *c, const struct ghost_page *p, const char *what, struct finding *out)
{
	verdict_begin(c, INVARIANT_I20, p, out, "%s", what);
	verdict_here(c, out, "release");
	return true;
}

static bool release_is_left(const struct ghost_page *p)
{
	return p->state != GFN_SECURE || p->map != TRACE_MAP_NONE;
}

static void release_note(struct checker *c)
{
	const struct ghost_call *call = calls_served(c, &c->event);
	struct ghost_context *ctx = ghost_context_at(c, &c->event);
	gfn_t gfn = trace_page_gfn(c->event.rec.a);

	if (!call || call->number != ABI_UV_UNREGISTER_MEM_SLOT)
		return;
	if (!ctx->released || gfn.n < ctx->released_lo.n)
		ctx->released_lo = gfn;
	if (!ctx->released || gfn.n > ctx->released_hi.n)
		ctx->released_hi = gfn;
	ctx->released = true;
}

static bool release_others(struct checker *c, gfn_t base, uint64_t pages, struct finding *out)
{
	struct ghost_context *ctx = ghost_context_at(c, &c->event);
	bool strayed;

	if (!ctx || !ctx->released)
		return false;
	ctx->released = false;
	strayed = ctx->released_lo.n < base.n || ctx->released_hi.n >= base.n + pages;
	return strayed && release_blame(c, NULL, "pages of another slot were released as well", out);
}

static bool release_slot(struct checker *c, const struct trace_rec *r, struct finding *out)
{
	gfn_t base = trace_span_base(r->b);
	uint64_t pages = trace_span_pages(r->b);

	if (r->aux != TRACE_SLOT_UNREGISTER)
		return false;
	if (release_others(c, base, pages, out))
		return true;
	for (uint32_t i = 0; i < c->page_count; i++) {
		const struct ghost_page *p = &c->pages[i];

		if (trace_page_guest(p->page) == r->a >> 32 && trace_page_gfn(p->page).n - base.n < pages &&
			release_is_left(p))
			return release_blame(c, p, "a page is left of a slot that is gone", out);
	}
	return false;
}

static bool release_vm(struct checker *c, const struct trace_rec *r, struct finding *out)
{
	if (r->aux != TRACE_SVM_TERMINATED)
		return false;
	for (uint32_t i = 0; i < c->page_count; i++) {
		const struct ghost_page *p = &c->pages[i];

		if (trace_page_guest(p->page) == r->a && release_is_left(p))
			return release_blame(c, p, "a page is left of a VM that is gone", out);
	}
	return false;
}

bool rule_release(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->kind == TRACE_SLOT)
		return release_slot(c, r, out);
	if (r->kind == TRACE_SVM)
		return release_vm(c, r, out);
	release_note(c);
	return false;
}
