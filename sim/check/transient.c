/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transient.c - I4 at the return of a share or unshare: none of the pages it
 * put into a transient state is in one still.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

bool rule_transient(struct checker *c, struct finding *out)
{
	const struct trace_event *e = &c->event;
	uint32_t number = (uint32_t)e->rec.a;

	if (number != ABI_UV_SHARE_PAGE && number != ABI_UV_UNSHARE_PAGE && number != ABI_UV_UNSHARE_ALL_PAGES)
		return false;
	for (uint32_t i = 0; i < c->transient_count; i++) {
		const struct ghost_transient *t = &c->transient[i];
		const struct ghost_page *p = &c->pages[t->position];

		if (t->domain != e->domain || t->ctx != e->rec.ctx ||
			ghost_guest_of(c, p->page)->mode != TRACE_SVM_SECURE)
			continue;
		verdict_begin(c, INVARIANT_I4, p, out, "%s left behind by %s", gfn_state_name(p->state),
			abi_call_name(number));
		verdict_here(c, out, "return");
		return true;
	}
	return false;
}
