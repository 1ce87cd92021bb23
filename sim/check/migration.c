/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migration.c - I12: when H_SVM_PAGE_IN or H_SVM_PAGE_OUT returns, what it did to
 * its page is done or undone.
 *
 * Judged is what the call's own context left behind: a migration entry, a device
 * page without a mark or a mark without a device page, or a device page for
 * content that the ultravisor holds for paged out. Where another context has
 * changed the page meanwhile, nothing is said here.
 *
 * Seen with v9-rmap, which ignores the answer of UV_PAGE_IN.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool migration_since(const struct ghost_stamp *s, const struct ghost_call *call)
{
	return s->at >= call->since;
}

static bool migration_mine(const struct checker *c, const struct ghost_stamp *s, const struct ghost_call *call)
{
	return migration_since(s, call) && s->domain == c->event.domain && s->ctx == c->event.rec.ctx;
}

/* Nobody else changed it since the call began. */
static bool migration_alone(const struct checker *c, const struct ghost_stamp *s, const struct ghost_call *call)
{
	return !migration_since(s, call) || migration_mine(c, s, call);
}

/* The two halves of the page are not in one place, and were not left so by somebody before. */
static bool migration_halved(struct checker *c, const struct ghost_page *p, const struct ghost_call *call)
{
	const struct trace_event told = {.rec = {.ctx = p->state_by.ctx}, .domain = p->state_by.domain};
	const struct ghost_context *uv;

	if (p->mark != HV_MARK_UVMEM || p->state != GFN_PAGEDOUT)
		return false;
	if (call->number == ABI_H_SVM_PAGE_IN)
		return !migration_since(&p->state_by, call) && migration_mine(c, &p->mark_by, call);
	uv = ghost_context_at(c, &told);
	return migration_since(&p->state_by, call) && uv && uv->parent_domain == c->event.domain &&
	       uv->parent == c->event.rec.ctx;
}

static const char *migration_mixed(struct checker *c, const struct ghost_page *p, const struct ghost_call *call)
{
	bool device = p->pte == HOST_PTE_DEVICE, marked = p->mark == HV_MARK_UVMEM;

	if (p->pte == HOST_PTE_MIGRATION)
		return "a migration entry is left";
	if (device && !marked)
		return "a device page is left without a mark";
	if (marked && !device)
		return "a mark is left without a device page";
	if (migration_halved(c, p, call))
		return "a device page is left for a page that is still paged out";
	return NULL;
}

bool rule_migration(struct checker *c, struct finding *out)
{
	const struct ghost_call *call = calls_returned(c, &c->event);
	const struct ghost_page *p;
	const char *what;

	if (!call || !call->page || (call->number != ABI_H_SVM_PAGE_IN && call->number != ABI_H_SVM_PAGE_OUT))
		return false;
	p = ghost_page_at(c, call->page);
	if (!migration_alone(c, &p->pte_by, call) || !migration_alone(c, &p->mark_by, call))
		return false;
	if (!migration_mine(c, &p->pte_by, call) && !migration_mine(c, &p->mark_by, call))
		return false;
	what = migration_mixed(c, p, call);
	if (!what)
		return false;
	verdict_begin(c, INVARIANT_I12, p, out, "%s by %s", what, abi_call_name(call->number));
	verdict_here(c, out, "return");
	return true;
}
