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

	const struct ghost_rare *rare = ghost_rare_of(p);

	if (!rare->hashed || (p->uv_told == rare->digest && kept))
		return false;
	verdict_begin(c, INVARIANT_I18, p, out, "a page that was hashed has changed");
	verdict_here(c, out, "commit");
	finding_add_line(out, "holds: %s; hashed: %s", verdict_token(p->uv_told, seen, sizeof(seen)),
		verdict_token(rare->digest, wanted, sizeof(wanted)));
	return true;
}

bool rule_digests(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->kind == TRACE_DIGEST) {
		struct ghost_rare *rare = ghost_rare(ghost_page_at(c, r->a));

		rare->hashed = true;
		rare->digest = r->b;
		return false;
	}
	for (uint32_t i = 0; i < c->page_count; i++) {
		struct ghost_page *p = &c->pages[i];

		if (trace_page_guest(p->page) != r->a)
			continue;
		if (r->aux == TRACE_SVM_SECURE && digests_page(c, p, out))
			return true;
		if (p->rare)
			p->rare->hashed = false;
	}
	return false;
}
