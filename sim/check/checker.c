/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * checker.c - the merged event stream, told to the rules.
 *
 * Each event first changes the ghost and is then judged by the rules it
 * concerns; what a context did last is noted after, as the beginning of the
 * span of its next access (ghost.h).
 *
 * Locking: none. Errors: lack of memory stops the process. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ghost.h"

_Static_assert(TRACE_KIND_COUNT <= 64, "a rule's kinds are one word");

static const struct {
	uint64_t kinds;
	bool (*look)(struct checker *c, struct finding *out);
} checker_rules[] = {
#define X(name, kinds) {kinds, rule_##name},
	CHECK_RULES(X)
#undef X
};
#define RULE_COUNT (sizeof(checker_rules) / sizeof(checker_rules[0]))

static bool checker_look(struct checker *c, struct finding *out)
{
	uint64_t kind = UINT64_C(1) << c->event.rec.kind;

	if (!(c->rule_kinds & kind))
		return false;
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if ((checker_rules[i].kinds & kind) && checker_rules[i].look(c, out))
			return true;
	}
	return false;
}

struct checker *checker_create(const struct world_config *config, unsigned marks)
{
	struct checker *c = calloc(1, sizeof(*c));

	if (!c) {
		fputs("pefsim: the host has no memory left for the checker\n", stderr);
		abort();
	}
	c->config = config;
	c->marks = marks;
	for (size_t i = 0; i < RULE_COUNT; i++)
		c->rule_kinds |= checker_rules[i].kinds;
	c->hv = config->hv ? domain_index(config->hv) : 0;
	c->uv = config->uv ? domain_index(config->uv) : 1;
	for (unsigned i = 0; i < config->guest_count; i++)
		c->guest_domain[i] = config->guests[i].domain ? domain_index(config->guests[i].domain) : 2 + i;
	return c;
}

static void checker_drop_domain(struct ghost_domain *d)
{
	for (uint32_t i = 0; i < d->room; i++)
		free(d->contexts[i].locks);
	free(d->contexts);
}

static void checker_drop_guest(struct ghost_guest *g)
{
	ghost_set_clear(&g->published);
	ghost_set_clear(&g->nonces);
	ghost_set_clear(&g->cookies);
	free(g->slots);
}

void checker_destroy(struct checker *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < PEF_DOMAINS_MAX; i++)
		checker_drop_domain(&c->domains[i]);
	for (unsigned i = 0; i < PEF_GUESTS_MAX; i++)
		checker_drop_guest(&c->guests[i]);
	ghost_set_clear(&c->devices);
	for (uint32_t i = 0; i < c->page_count; i++)
		ghost_page_free(&c->pages[i]);
	free(c->frames);
	free(c->secure);
	free(c->transient);
	free(c->pages);
	free(c->index);
	free(c);
}

static bool checker_uv_state(struct checker *c, const struct trace_rec *r, struct finding *out)
{
	struct ghost_page *p = ghost_page_at(c, r->a);
	enum gfn_state from = (enum gfn_state)(r->b >> 32), to = (enum gfn_state)(uint32_t)r->b;

	if (transition_check(c, p, from, to, out))
		return true;
	p->state = to;
	p->state_since = r->cycle;
	return content_state_changed(c, p, from, out);
}

/* Present, or in swap: the process has content there. */
static bool checker_has_memory(enum host_pte pte)
{
	return pte == HOST_PTE_NORMAL || pte == HOST_PTE_SWAP;
}

/*
 * One operation takes memory from under one page and puts it under another
 * (mremap): there it holds what it held.
 */
static void checker_memory_moves(
	struct checker *c, struct ghost_context *ctx, uint64_t page, enum host_pte from, enum host_pte to)
{
	const struct ghost_page *source;
	struct ghost_page *target;

	if (checker_has_memory(from) && to == HOST_PTE_NONE) {
		ctx->taken_out = page;
		ctx->has_taken_out = true;
	}
	if (from != HOST_PTE_NONE || !checker_has_memory(to) || !ctx->has_taken_out || ctx->taken_out == page)
		return;
	ctx->has_taken_out = false;
	target = ghost_page_at(c, page);
	source = ghost_page_at(c, ctx->taken_out);
	for (unsigned i = 0; i < source->value_count; i++) {
		if (ghost_value(source, i)->to == PEF_NEVER)
			ghost_may(target, ghost_value(source, i)->token, c->event.rec.cycle);
	}
	target->wild |= source->wild;
}

static void checker_host_pte(struct checker *c, const struct trace_rec *r)
{
	struct ghost_page *p = ghost_page_at(c, r->a);
	struct ghost_context *ctx = ghost_context_at(c, &c->event);
	enum host_pte from = (enum host_pte)(r->b >> 32);

	p->pte = (enum host_pte)(uint32_t)r->b;
	/* The process gave the memory up: a new frame there is zero. */
	if (p->pte == HOST_PTE_NONE && (ghost_guest_of(c, p->page)->mode != TRACE_SVM_SECURE || ghost_is_shared(p)))
		ghost_may(p, TOKEN_ZERO, r->cycle);
	if (ctx)
		checker_memory_moves(c, ctx, r->a, from, (enum host_pte)(uint32_t)r->b);
}

/* The memory behind a slot that goes may be anything from now on, also nothing: its pages may read zero. */
static void checker_slot(struct checker *c, const struct trace_rec *r)
{
	unsigned guest = (unsigned)(r->a >> 32);
	uint64_t base = trace_span_base(r->b).n, pages = trace_span_pages(r->b);

	if (r->aux != TRACE_SLOT_DELETE && r->aux != TRACE_SLOT_UNREGISTER)
		return;
	for (uint32_t i = 0; i < c->page_count; i++) {
		uint64_t page = c->pages[i].page;

		if (trace_page_guest(page) == guest && trace_page_gfn(page).n - base < pages)
			ghost_may(&c->pages[i], TOKEN_ZERO, r->cycle);
	}
}

static void checker_svm(struct checker *c, const struct trace_rec *r)
{
	struct ghost_guest *g = &c->guests[r->a % PEF_GUESTS_MAX];
	enum trace_svm from = g->mode;

	g->mode = (enum trace_svm)r->aux;
	g->mode_since = r->cycle;
	content_mode_changed(c, (unsigned)r->a, from);
}

/* Calls in which the ultravisor forgets pages. */
static void checker_release(struct checker *c, bool begins)
{
	if (begins)
		c->releases++;
	else if (c->releases)
		c->releases--;
}

static void checker_share(struct ghost_guest *g, cycles_t now, bool begins)
{
	if (begins && !g->shares++)
		g->shares_since = now;
	else if (!begins && g->shares)
		g->shares--;
}

/* A return is told by the callee, with the domain it goes to. */
static void checker_call(struct checker *c, const struct trace_event *e, bool begins)
{
	uint32_t number = (uint32_t)e->rec.a, caller = begins ? e->domain : e->rec.aux;

	if (number == ABI_UV_UNREGISTER_MEM_SLOT || number == ABI_UV_SVM_TERMINATE)
		checker_release(c, begins);
	if (number != ABI_UV_SHARE_PAGE && number != ABI_UV_UNSHARE_PAGE && number != ABI_UV_UNSHARE_ALL_PAGES)
		return;
	for (unsigned i = 0; i < c->config->guest_count; i++) {
		if (c->guest_domain[i] == caller)
			checker_share(&c->guests[i], e->rec.cycle, begins);
	}
}

static void checker_op_begin(struct checker *c, const struct trace_event *e)
{
	struct ghost_context *ctx = ghost_context_at(c, e);

	if (!ctx)
		return;
	ctx->line = (unsigned)e->rec.b;
	ctx->has_taken_out = false;
	if (!ctx->op_serial)
		c->op_open++;
	ctx->op_serial = ++c->op_serial;
}

static bool checker_op_end(struct checker *c, const struct trace_event *e, struct finding *out)
{
	struct ghost_context *ctx = ghost_context_at(c, e);

	if (!ctx || !ctx->op_serial)
		return false;
	ctx->op_serial = 0;
	c->op_open--;
	return content_doubts(c, false, out);
}

static bool checker_judge(struct checker *c, const struct trace_event *e, struct finding *out)
{
	const struct trace_rec *r = &e->rec;

	switch ((enum trace_kind)r->kind) {
	case TRACE_UV_STATE:
		return checker_uv_state(c, r, out);
	case TRACE_HV_MARK:
		ghost_page_at(c, r->a)->mark = (enum hv_mark)(uint32_t)r->b;
		return false;
	case TRACE_HOST_PTE:
		checker_host_pte(c, r);
		return false;
	case TRACE_CONTENT:
		return content_told(c, ghost_page_at(c, r->a), (enum trace_side)r->aux, r->b, out);
	case TRACE_MOVE:
		content_moved(c, r->a, r->b);
		return false;
	case TRACE_ACCESS:
		return content_access(c, ghost_page_at(c, r->a), r->aux == 1, r->b, out);
	case TRACE_COPY:
		return content_copied(c, ghost_page_at(c, r->a), r->aux == 1, r->b, out);
	case TRACE_SLOT:
		checker_slot(c, r);
		return false;
	case TRACE_SVM:
		checker_svm(c, r);
		return false;
	case TRACE_CALL:
	case TRACE_RETURN:
		checker_call(c, e, r->kind == TRACE_CALL);
		return false;
	case TRACE_OP_BEGIN:
		checker_op_begin(c, e);
		return false;
	case TRACE_OP_END:
		return checker_op_end(c, e, out);
	case TRACE_CTX_START:
	case TRACE_CTX_END:
	case TRACE_LOCK_WAIT:
	case TRACE_LOCK_ACQUIRE:
	case TRACE_LOCK_RELEASE:
	case TRACE_ALLOC:
	case TRACE_FREE:
	case TRACE_REF:
	case TRACE_SIGNAL:
	case TRACE_AWAITED:
	case TRACE_POINT:
	case TRACE_HELD:
	case TRACE_FINDING:
	case TRACE_POOL:
	case TRACE_TEST:
	case TRACE_UV_MAP:
	case TRACE_FRAME:
	case TRACE_CRYPTO:
	case TRACE_COOKIE:
	case TRACE_REGS:
	case TRACE_DIGEST:
	case TRACE_INJECT:
	case TRACE_KIND_COUNT:
		return false;
	}
	return false;
}

/*C:100
 * No model marks its own work. The checkers read the same stream of events as the ladder does, one
 * after the other, keep a ghost of every page, and judge. The first event that breaks a rule ends it:
 * what comes after a broken rule proves nothing.
 :*/
bool checker_feed(struct checker *c, const struct trace_event *event, struct finding *out)
{
	struct ghost_context *ctx;
	bool broken;

	c->event = *event;
	calls_update(c);
	broken = checker_judge(c, event, out);
	if (!broken) {
		place_update(c);
		broken = checker_look(c, out);
	}
	if (broken)
		verdict_past(c, out);
	calls_close(c);
	ctx = ghost_context_at(c, event);
	if (ctx)
		ctx->last = event->rec.cycle;
	c->domains[event->domain].position++;
	return broken;
}
