/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deletion.c - a memslot's deletion keeps what its policy promises of pages that
 * are out on the device.
 *
 * bring-back: each of them is back when the deletion ends, with what the
 * ultravisor wrote out last. zero-fill: each is a page of zeros. forget promises
 * nothing, and a design's own way may bring a frame back with what it held
 * before; that nobody's secret is in it is asked by I7 (secrets.c).
 *
 * Judged is what the deleting context did, or left undone: where somebody else
 * has changed the entry since, as munmap or a fault does, nothing is said.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool deletion_promises(enum slot_delete policy)
{
	switch (policy) {
	case SLOT_DELETE_BRING_BACK:
	case SLOT_DELETE_ZERO_FILL:
		return true;
	case SLOT_DELETE_DESIGN:
	case SLOT_DELETE_FORGET:
	case SLOT_DELETE_COUNT:
		break;
	}
	return false;
}

static const char *deletion_broken(const struct checker *c, const struct ghost_page *p)
{
	const struct ghost_rare *rare = ghost_rare_of(p);
	bool back = c->config->slot_delete == SLOT_DELETE_BRING_BACK;

	if (p->pte == HOST_PTE_DEVICE)
		return "a slot is deleted while a page of it is out on the device";
	/* Somebody else's change is not the deletion's. */
	if (p->pte_by.domain != c->event.domain || p->pte_by.ctx != c->event.rec.ctx)
		return NULL;
	if (p->pte != HOST_PTE_NORMAL)
		return back ? "a page is lost with its slot" : NULL;
	if (!back)
		return p->host_told == TOKEN_ZERO ? NULL
						  : "a page that is to be zero comes back with what its frame held";
	/* What the process has stored since is its own. */
	if (token_kind(p->host_told) == TOKEN_PLAIN && token_origin(p->host_told) == TOKEN_ORIGIN_HOST)
		return NULL;
	return rare->exported && p->host_told == rare->cipher ? NULL : "a page comes back without its content";
}

static bool deletion_blame(struct checker *c, const struct ghost_page *p, const char *what, struct finding *out)
{
	char seen[48], wanted[48];

	verdict_begin(c, INVARIANT_CONTENT, p, out, "%s", what);
	verdict_here(c, out, "deleted");
	finding_add_line(out, "policy: %s; the process has: %s; paged out: %s",
		slot_delete_name(c->config->slot_delete), verdict_token(p->host_told, seen, sizeof(seen)),
		verdict_token(ghost_rare_of(p)->cipher, wanted, sizeof(wanted)));
	return true;
}

bool rule_deletion(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	unsigned guest = (unsigned)(r->a >> 32);
	uint64_t base = trace_span_base(r->b).n, pages = trace_span_pages(r->b);
	bool begins = r->aux == TRACE_SLOT_INVALID;

	if ((!begins && r->aux != TRACE_SLOT_DELETE) || !deletion_promises(c->config->slot_delete))
		return false;
	for (uint32_t i = 0; i < c->page_count; i++) {
		struct ghost_page *p = &c->pages[i];
		const char *what;

		if (trace_page_guest(p->page) != guest || trace_page_gfn(p->page).n - base >= pages)
			continue;
		if (begins) {
			ghost_rare(p)->leaving = p->pte == HOST_PTE_DEVICE && p->state == GFN_SECURE &&
						 ghost_guest_of(c, p->page)->mode == TRACE_SVM_SECURE;
			ghost_rare(p)->exported = false;
			continue;
		}
		what = ghost_rare_of(p)->leaving ? deletion_broken(c, p) : NULL;
		if (what)
			return deletion_blame(c, p, what, out);
	}
	return false;
}
