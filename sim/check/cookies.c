/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cookies.c - I15: each reflection is answered once, with its own cookie.
 *
 * A number may come again when it has been redeemed: cookies are random. What is
 * left when a VM ends has been dropped with it.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool cookies_blame(struct checker *c, unsigned guest, const char *what, struct finding *out)
{
	verdict_begin(c, INVARIANT_I15, NULL, out, "%s", what);
	verdict_here(c, out, "cookie");
	finding_add_line(out, "guest g%u, cookie 0x%llx", guest, (unsigned long long)c->event.rec.b);
	return true;
}

bool rule_cookies(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	unsigned guest = (unsigned)r->a % PEF_GUESTS_MAX;
	struct ghost_guest *g = &c->guests[guest];

	if (r->aux == TRACE_COOKIE_GIVEN) {
		if (!ghost_set_add(&g->cookies, r->b))
			return cookies_blame(c, guest, "a cookie is given that is out already", out);
		g->cookie_count++;
		return false;
	}
	if (!ghost_set_drop(&g->cookies, r->b))
		return cookies_blame(c, guest, "a cookie comes back that is not out", out);
	g->cookie_count--;
	return false;
}

bool cookies_finish(struct checker *c, struct finding *out)
{
	for (unsigned i = 0; i < PEF_GUESTS_MAX; i++) {
		if (!c->guests[i].cookie_count)
			continue;
		verdict_begin(c, INVARIANT_I15, NULL, out, "a reflection was never answered");
		finding_add_line(out, "guest g%u: cookies out: %u", i, c->guests[i].cookie_count);
		return true;
	}
	return false;
}
