/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nonce.c - I10: a (key, IV) of a VM encrypts once.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

bool rule_nonce(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->aux != TRACE_CRYPTO_ENCRYPT || ghost_set_add(&ghost_guest_of(c, r->a)->nonces, r->b))
		return false;
	verdict_begin(c, INVARIANT_I10, ghost_page_at(c, r->a), out, "a key and IV are used again");
	verdict_here(c, out, "encrypted");
	finding_add_line(out, "number of the pair: %llu", (unsigned long long)r->b);
	return true;
}
