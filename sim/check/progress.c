/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.c - I19, bounded: a vCPU that faults on a page again and again, always
 * answered with success, while nobody else touches the page, would do so for ever.
 *
 * A refusal by the hypervisor begins the count anew (it may fail for ever), and
 * so does everything that others do to the page. A page on its way, in a
 * transient state or under migration, may be waited for. And while a schedule
 * holds somebody, the vCPU may be waiting for just that one, which will go on: an
 * invalidation under way, say, answers every fault with "again".
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

#define PROGRESS_FAULTS 64u

static bool progress_waits(const struct ghost_page *p)
{
	return gfn_state_is_transient(p->state) || p->pte == HOST_PTE_MIGRATION;
}

static bool progress_faulted(struct checker *c, struct finding *out)
{
	const struct ghost_call *call = calls_returned(c, &c->event);
	const struct trace_event caller = {
		.rec = {.ctx = (uint32_t)(c->event.rec.a >> 32)}, .domain = c->event.rec.aux};
	struct ghost_context *vcpu;
	struct ghost_page *p;
	uint64_t root;

	if (!call || call->number != ABI_H_PAGE_FAULT || !call->page)
		return false;
	p = ghost_page_at(c, call->page);
	root = calls_root(c, &caller);
	vcpu = ghost_context_at(c, &caller);
	if (vcpu->refault.page != p->page || vcpu->refault.touched != p->touched || p->fault_root != root ||
		progress_waits(p) || c->event.rec.cycle <= c->held_until)
		vcpu->refault.times = 0;
	p->fault_root = root;
	vcpu->refault.page = p->page;
	vcpu->refault.touched = p->touched;
	if (++vcpu->refault.times < PROGRESS_FAULTS)
		return false;
	verdict_begin(c, INVARIANT_I19, p, out, "a vCPU faults on a page for ever");
	verdict_here(c, out, "fault");
	finding_add_line(out, "%u faults answered with success, and nobody else touched the page", PROGRESS_FAULTS);
	return true;
}

static bool progress_answered(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->aux != c->hv && r->aux != c->uv && (int64_t)r->b == 0)
		return progress_faulted(c, out);
	if (c->event.domain == c->hv && (int64_t)r->b != 0)
		calls_root_context(c, &c->event)->refault.times = 0;
	return false;
}

static void progress_held(struct checker *c)
{
	cycles_t end = c->event.rec.cycle + c->event.rec.b;

	c->held_until = end > c->held_until ? end : c->held_until;
}

bool rule_progress(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	struct ghost_context *ctx = ghost_context_at(c, &c->event);
	struct ghost_page *p;

	if (r->kind == TRACE_HELD)
		progress_held(c);
	if (!ctx || r->kind == TRACE_HELD)
		return false;
	if (r->kind == TRACE_RETURN)
		return progress_answered(c, out);
	if (r->kind == TRACE_ACCESS)
		ctx->refault.times = 0;
	p = ghost_page_at(c, r->a);
	if (p->fault_root != calls_root(c, &c->event))
		p->touched++;
	return false;
}
