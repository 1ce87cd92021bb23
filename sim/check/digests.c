/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digests.c - I18: what was hashed during UV_ESM is what the secure VM starts
 * with.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool digests_page(struct checker *c, const struct ghost_page *p, struct finding *out)
{
	char seen[48], wanted[48];

	/* Encrypted with the hypervisor it is safe; a PSEUDO page is the guest's secure one. */
	bool kept = p->state == GFN_SECURE || p->state == GFN_PAGEDOUT || p->state == GFN_PSEUDO;

	if (!p->hashed || (p->uv_told == p->digest && kept))
		return false;
	verdict_begin(c, INVARIANT_I18, p, out, "a page that was hashed has changed");
	verdict_here(c, out, "commit");
	finding_add_line(out, "holds: %s; hashed: %s", verdict_token(p->uv_told, seen, sizeof(seen)),
		verdict_token(p->digest, wanted, sizeof(wanted)));
	return true;
}

bool rule_digests(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->kind == TRACE_DIGEST) {
		struct ghost_page *p = ghost_page_at(c, r->a);

		p->hashed = true;
		p->digest = r->b;
		return false;
	}
	for (uint32_t i = 0; i < c->page_count; i++) {
		struct ghost_page *p = &c->pages[i];

		if (trace_page_guest(p->page) != r->a)
			continue;
		if (r->aux == TRACE_SVM_SECURE && digests_page(c, p, out))
			return true;
		p->hashed = false;
	}
	return false;
}
