/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * freshness.c - I9: page-in takes what the last page-out made, and nothing else.
 *
 * Both the ciphertext that was copied in and the (key, IV) that opened it must
 * be those of the last page-out of that page. A snapshot encrypts as well, but
 * is no page-out. While a VM becomes secure nothing has been paged out.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool freshness_blame(struct checker *c, const struct ghost_page *p, const char *what, struct finding *out)
{
	char seen[48], wanted[48];

	verdict_begin(c, INVARIANT_I9, p, out, "%s", what);
	verdict_here(c, out, "page-in");
	finding_add_line(out, "taken in: %s; paged out: %s",
		verdict_token(ghost_rare_of(p)->copied_in, seen, sizeof(seen)),
		verdict_token(ghost_rare_of(p)->cipher, wanted, sizeof(wanted)));
	return true;
}

static bool freshness_state(struct checker *c, struct ghost_page *p, enum gfn_state from, struct finding *out)
{
	const struct ghost_rare *rare = ghost_rare_of(p);
	const struct ghost_call *call;

	if (p->state == GFN_PAGEDOUT) {
		struct ghost_rare *outside = ghost_rare(p);

		outside->cipher = outside->copied_out;
		outside->nonce_out = outside->nonce;
		outside->copied_in = TOKEN_ZERO;
		outside->exported = true;
		return false;
	}
	if (from != GFN_PAGEDOUT || p->state != GFN_SECURE || c->releases || rare->cipher == TOKEN_ZERO)
		return false;
	if (ghost_guest_of(c, p->page)->mode != TRACE_SVM_SECURE || rare->copied_in == rare->cipher)
		return false;
	call = calls_served(c, &c->event);
	if (call && call->number != ABI_UV_PAGE_IN)
		return false;
	return freshness_blame(c, p, "a page-in took what no last page-out made", out);
}

static bool freshness_crypto(struct checker *c, struct ghost_page *p, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->aux == TRACE_CRYPTO_ENCRYPT)
		ghost_rare(p)->nonce = r->b;
	if (r->aux != TRACE_CRYPTO_DECRYPT || r->b == ghost_rare_of(p)->nonce_out)
		return false;
	return freshness_blame(c, p, "a page-in was opened with another page-out's key and IV", out);
}

bool rule_freshness(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	struct ghost_page *p = ghost_page_at(c, r->a);

	if (r->kind == TRACE_CRYPTO)
		return freshness_crypto(c, p, out);
	return freshness_state(c, p, (enum gfn_state)(r->b >> 32), out);
}
