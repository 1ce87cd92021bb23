/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * secrets.c - I7: what a guest wrote in a secure page does not come to be in a
 * frame of the host's.
 *
 * Told by the frames themselves: whoever stores there, the hypervisor's memory
 * says what it holds. Frames are not zeroed when they are handed out, so what a
 * guest once wrote where the host may read it, into a shared page or before its
 * VM was secure, may turn up anywhere; anything else is a secret. The same value
 * written in both ways counts as no secret.
 * What the host *sees* is asked in content.c. A page-out that forgets to encrypt
 * (uv_model/page.c, page_encrypt) shows it.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static struct ghost_guest *secrets_writer(struct checker *c, token_t token)
{
	unsigned guest = token_origin(token) - TOKEN_ORIGIN_GUEST(0);

	if (token == TOKEN_ZERO || token_kind(token) != TOKEN_PLAIN || token_origin(token) < TOKEN_ORIGIN_GUEST(0))
		return NULL;
	return &c->guests[guest % PEF_GUESTS_MAX];
}

bool ghost_is_secret(struct checker *c, token_t token)
{
	const struct ghost_guest *g = secrets_writer(c, token);

	return g && !ghost_set_has(&g->published, token_value(token));
}

void ghost_publish(struct checker *c, token_t token)
{
	struct ghost_guest *g = secrets_writer(c, token);

	if (g)
		ghost_set_add(&g->published, token_value(token));
}

/* In another guest's page a secret is one for certain; its own may be in normal memory until it is secure. */
static bool secrets_is_elsewhere(struct checker *c, const struct ghost_page *p, token_t token)
{
	const struct ghost_guest *writer = secrets_writer(c, token);

	return writer != ghost_guest_of(c, p->page) && writer->mode == TRACE_SVM_SECURE;
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

	if (r->aux != TRACE_SIDE_HOST || !ghost_is_secret(c, r->b))
		return false;
	p = ghost_page_at(c, r->a);
	if (!secrets_is_elsewhere(c, p, r->b) &&
		(ghost_guest_of(c, p->page)->mode != TRACE_SVM_SECURE || secrets_may_be_stored(p)))
		return false;
	verdict_begin(c, INVARIANT_I7, p, out, "plaintext of a secure page is in a frame of the host's");
	verdict_here(c, out, "stored");
	finding_add_line(out, "holds: %s", verdict_token(r->b, seen, sizeof(seen)));
	return true;
}
