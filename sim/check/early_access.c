/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * early_access.c - I21: until its VM is secure, nobody but the ultravisor reaches
 * a page that was brought in; nor once the switch has failed.
 *
 * Other vCPUs may still run as those of a normal VM and use its normal memory.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

bool rule_early_access(struct checker *c, struct finding *out)
{
	const struct trace_event *e = &c->event;
	const struct ghost_page *p = ghost_page_at(c, e->rec.a);
	const struct ghost_guest *g = ghost_guest_of(c, p->page);
	const struct ghost_context *ctx = ghost_context_at(c, e);
	cycles_t from = ctx ? ctx->last : 0;

	if (e->domain == c->hv || (g->mode != TRACE_SVM_START && g->mode != TRACE_SVM_ABORT))
		return false;
	if (g->mode_since > from || p->map != TRACE_MAP_SECURE || p->map_by.at > from || p->pte == HOST_PTE_NORMAL)
		return false;
	verdict_begin(c, INVARIANT_I21, p, out, "a guest reached a page of a VM that is not secure yet");
	verdict_here(c, out, "access");
	return true;
}
