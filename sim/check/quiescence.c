/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quiescence.c - what must hold when nothing is under way.
 *
 * The two sides' own tables are asked about every page that any event spoke of,
 * and compared with one another and with the ghost. A guest that is not secure
 * has no agreement to keep; its device pages must be gone all the same.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

struct quiet {
	struct checker *c;
	const struct ghost_page *p;
	struct hv_page_view hv;
	struct uv_page_view uv;
	bool secure;
	const struct checker_views *views;
	struct finding *out;
};

static void quiet_add_views(struct quiet *q)
{
	finding_add_line(q->out, "hypervisor's tables: %s, mark %s, page table %s",
		q->hv.in_slot ? "in a slot" : "no slot", hv_mark_name(q->hv.mark), host_pte_name(q->hv.pte));
	if (q->uv.known)
		finding_add_line(q->out, "ultravisor's tables: %s, %smapped%s", gfn_state_name(q->uv.state),
			q->uv.mapped ? "" : "not ", q->uv.shared_frame.n != HFN_NONE.n ? " to a normal frame" : "");
	else
		finding_add_line(q->out, "ultravisor's tables: page not known");
}

/* What the page table must say in a state. */
static bool quiet_mapping_fits(const struct uv_page_view *v)
{
	bool normal = v->shared_frame.n != HFN_NONE.n;

	switch (v->state) {
	case GFN_SECURE:
		return v->touched ? v->mapped && !normal : !v->mapped;
	case GFN_PAGEDOUT:
	case GFN_SHARED_INV:
	case GFN_IMPLICIT:
	case GFN_IMPLICIT_INV:
		return !v->mapped;
	case GFN_SHARED:
		return v->mapped && normal;
	case GFN_PSEUDO:
	case GFN_PSEUDO_INV:
		return v->mapped && !normal;
	case GFN_HV_SHARING:
	case GFN_HV_SHARED:
	case GFN_HV_SHARED_INV:
	case GFN_HV_UNSHARING:
	case GFN_HV_UNSHARING_INV:
	case GFN_HV_UNSHARED:
	case GFN_STATE_COUNT:
		break;
	}
	return true; /* transient: I4 is told instead */
}

static bool quiet_transient(struct quiet *q)
{
	if (!q->uv.known || !gfn_state_is_transient(q->uv.state))
		return false;
	verdict_begin(q->c, INVARIANT_I4, q->p, q->out, "%s left behind", gfn_state_name(q->uv.state));
	return true;
}

static bool quiet_mapping(struct quiet *q)
{
	if (!q->uv.known || !q->secure || quiet_mapping_fits(&q->uv))
		return false;
	verdict_begin(q->c, INVARIANT_I3, q->p, q->out, "%s, but %s", gfn_state_name(q->uv.state),
		!q->uv.mapped                        ? "nothing is mapped"
		: q->uv.shared_frame.n != HFN_NONE.n ? "a normal frame is mapped"
						     : "a secure frame is mapped");
	return true;
}

/* The mark that the ultravisor's state asks for. */
static enum hv_mark quiet_mark_of(const struct uv_page_view *v)
{
	if (!v->known)
		return HV_MARK_NONE;
	switch (v->state) {
	case GFN_SECURE:
		return HV_MARK_UVMEM;
	case GFN_PAGEDOUT:
		return HV_MARK_MEM;
	case GFN_SHARED:
	case GFN_SHARED_INV:
	case GFN_IMPLICIT:
	case GFN_IMPLICIT_INV:
	case GFN_PSEUDO:
	case GFN_PSEUDO_INV:
	case GFN_HV_SHARING:
	case GFN_HV_SHARED:
	case GFN_HV_SHARED_INV:
	case GFN_HV_UNSHARING:
	case GFN_HV_UNSHARING_INV:
	case GFN_HV_UNSHARED:
		return HV_MARK_SHARED;
	case GFN_STATE_COUNT:
		break;
	}
	return HV_MARK_NONE;
}

/* A design that cannot express a mark keeps none in its place. */
static bool quiet_mark_fits(const struct quiet *q)
{
	enum hv_mark wanted = quiet_mark_of(&q->uv);

	if (q->c->marks && !(q->c->marks & 1u << wanted))
		wanted = HV_MARK_NONE;
	return q->hv.mark == wanted;
}

/*C:150
 * Invariant I5: when nothing is under way, the design's mark and the ultravisor's state say the same
 * of every page. In the middle of a call they may differ, since two sides cannot change in one
 * instant; that is why it is asked only here.
 :*/
static bool quiet_agreement(struct quiet *q)
{
	if (!q->secure || (!q->hv.in_slot && !q->uv.known))
		return false;
	if (q->hv.in_slot && quiet_mark_fits(q))
		return false;
	if (!q->hv.in_slot)
		verdict_begin(q->c, INVARIANT_I5, q->p, q->out, "slot gone, but the ultravisor has the page as %s",
			gfn_state_name(q->uv.state));
	else
		verdict_begin(q->c, INVARIANT_I5, q->p, q->out, "mark %s, but the ultravisor has %s",
			hv_mark_name(q->hv.mark), q->uv.known ? gfn_state_name(q->uv.state) : "no such page");
	return true;
}

static bool quiet_host_fits(const struct hv_page_view *v)
{
	switch (v->pte) {
	case HOST_PTE_NONE:
		return v->mark != HV_MARK_UVMEM;
	case HOST_PTE_NORMAL:
	case HOST_PTE_SWAP:
		return v->mark != HV_MARK_UVMEM;
	case HOST_PTE_DEVICE:
		return v->mark == HV_MARK_UVMEM;
	case HOST_PTE_MIGRATION:
	case HOST_PTE_COUNT:
		break;
	}
	return false;
}

static bool quiet_host_table(struct quiet *q)
{
	if (quiet_host_fits(&q->hv))
		return false;
	verdict_begin(q->c, INVARIANT_HOST_TABLE, q->p, q->out, "mark %s, but the host page table has %s",
		hv_mark_name(q->hv.mark), host_pte_name(q->hv.pte));
	return true;
}

static bool quiet_ghost(struct quiet *q)
{
	const char *what = NULL;

	if (q->uv.known && q->uv.state != q->p->state)
		what = "the ultravisor's state";
	else if (q->hv.in_slot && q->hv.mark != q->p->mark)
		what = "the design's mark";
	else if (q->hv.pte != q->p->pte)
		what = "the host page table";
	if (!what)
		return false;
	verdict_begin(q->c, INVARIANT_GHOST, q->p, q->out, "%s is not what its events say", what);
	return true;
}

/* The side whose memory holds the page; false when neither's can be looked at. */
static bool quiet_holder(const struct quiet *q, token_t *token)
{
	bool shared = q->uv.state == GFN_SHARED || q->uv.state == GFN_SHARED_INV;

	if (q->secure && q->uv.known && q->uv.state == GFN_SECURE && q->uv.touched) {
		*token = q->uv.token;
		return true;
	}
	if (q->hv.pte == HOST_PTE_NORMAL && q->hv.in_slot && (!q->secure || (q->uv.known && shared))) {
		*token = q->hv.token;
		return true;
	}
	return false;
}

static bool quiet_content(struct quiet *q)
{
	char seen[48], expected[48];
	cycles_t now = q->c->event.rec.cycle;
	token_t token;

	if (!quiet_holder(q, &token) || ghost_can_read(q->p, token, now, now))
		return false;
	verdict_begin(q->c, INVARIANT_CONTENT, q->p, q->out, "the page does not hold what belongs there");
	finding_add_line(q->out, "holds: %s; expected: %s", verdict_token(token, seen, sizeof(seen)),
		verdict_token(ghost_expected(q->p), expected, sizeof(expected)));
	return true;
}

static bool quiet_page(struct checker *c, const struct checker_views *views, uint32_t i, struct finding *out)
{
	static bool (*const rules[])(struct quiet *) = {
		quiet_transient, quiet_mapping, quiet_agreement, quiet_host_table, quiet_ghost, quiet_content};
	const struct ghost_page *p = &c->pages[i];
	unsigned guest = trace_page_guest(p->page);
	struct quiet q = {.c = c, .p = p, .views = views, .out = out};

	q.uv.shared_frame = HFN_NONE;
	views->hv_page(views->arg, guest, trace_page_gfn(p->page), &q.hv);
	views->uv_page(views->arg, guest, trace_page_gfn(p->page), &q.uv);
	if (q.hv.gone)
		return false;
	q.secure = c->guests[guest % PEF_GUESTS_MAX].mode == TRACE_SVM_SECURE;
	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
		if (rules[r](&q)) {
			verdict_past(c, out);
			quiet_add_views(&q);
			return true;
		}
	}
	return false;
}

static bool quiet_pool(struct checker *c, const struct checker_views *views, struct finding *out)
{
	uint32_t used = views->pool_used(views->arg), marked = views->pool_marked(views->arg);

	if (used == marked)
		return false;
	verdict_begin(c, INVARIANT_I11, NULL, out, "%s",
		used > marked ? "device pages that no page's mark names"
			      : "marks that name no device page of their own");
	finding_add_line(out, "device pages in use: %u; pages marked uvmem: %u", used, marked);
	return true;
}

/*C:160
 * At the end both sides' own tables are read as well, page by page, and compared with each other and
 * with the ghost. A model that did one thing and told another would be found by that.
 :*/
bool checker_finish(struct checker *c, const struct checker_views *views, struct finding *out)
{
	if (content_doubts(c, true, out)) {
		verdict_past(c, out);
		return true;
	}
	for (uint32_t i = 0; i < c->page_count; i++) {
		if (quiet_page(c, views, i, out))
			return true;
	}
	return quiet_pool(c, views, out) || cookies_finish(c, out);
}
