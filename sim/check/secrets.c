/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * secrets.c - I7: what a guest wrote in a secure page does not come to be in a
 * frame of the host's.
 *
 * Told by the frames themselves: whoever stores there, the hypervisor's memory
 * says what it holds. A guest's own plaintext may be there only where the page
 * is shared, or was when it was written, or before its VM was secure.
 * What the host *sees* is asked in content.c. A page-out that forgets to encrypt
 * (uv_model/page.c, page_encrypt) shows it.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool secrets_published(struct checker *c, const struct ghost_page *p, token_t token)
{
	unsigned guest = trace_page_guest(p->page);

	if (ghost_is_published(p, token))
		return true;
	/* Its memory may have moved here from another page. */
	for (uint32_t i = 0; i < c->page_count; i++) {
		if (trace_page_guest(c->pages[i].page) == guest && ghost_is_published(&c->pages[i], token))
			return true;
	}
	return false;
}

static bool secrets_may_be_stored(const struct ghost_page *p)
{
	return p->state == GFN_SHARED || p->state == GFN_HV_UNSHARING || p->state == GFN_HV_UNSHARING_INV;
}

bool rule_secrets(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	const struct ghost_page *p;
	char seen[48];

	if (r->aux != TRACE_SIDE_HOST || r->b == TOKEN_ZERO || token_kind(r->b) != TOKEN_PLAIN ||
		token_origin(r->b) < TOKEN_ORIGIN_GUEST(0))
		return false;
	p = ghost_page_at(c, r->a);
	if (ghost_guest_of(c, p->page)->mode != TRACE_SVM_SECURE || secrets_may_be_stored(p) ||
		secrets_published(c, p, r->b))
		return false;
	verdict_begin(c, INVARIANT_I7, p, out, "plaintext of a secure page is in a frame of the host's");
	verdict_here(c, out, "stored");
	finding_add_line(out, "holds: %s", verdict_token(r->b, seen, sizeof(seen)));
	return true;
}
