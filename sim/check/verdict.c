/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict.c - a broken invariant as a finding: its rule, both sides' states.
 *
 * The title names the rule and states, never a page, a cycle or a value, so
 * that equal violations have equal titles.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <stdarg.h>
#include <stdio.h>

#include "ghost.h"

const char *invariant_name(enum invariant i)
{
	static const char *const names[INVARIANT_COUNT] = {
#define X(name, text, about) [INVARIANT_##name] = text,
		PEF_INVARIANTS(X)
#undef X
	};
	return names[i];
}

static const char *verdict_rule(enum invariant i)
{
	static const char *const rules[INVARIANT_COUNT] = {
#define X(name, text, about) [INVARIANT_##name] = about,
		PEF_INVARIANTS(X)
#undef X
	};
	return rules[i];
}

void verdict_begin(struct checker *c, enum invariant rule, const struct ghost_page *p, struct finding *out,
	const char *format, ...)
{
	const struct trace_event *e = &c->event;
	char text[128];
	va_list args;

	finding_begin(out, FINDING_INVARIANT);
	out->rule = rule;
	out->key = (struct engine_key){e->rec.cycle, e->domain, c->domains[e->domain].position};
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(out->title, sizeof(out->title), "%s: %s", invariant_name(rule), text);
	finding_add_line(out, "rule: %s", verdict_rule(rule));
	if (!p)
		return;
	out->page = p->page;
	snprintf(out->object, sizeof(out->object), "page gfn 0x%llx of guest g%u",
		(unsigned long long)trace_page_gfn(p->page).n, trace_page_guest(p->page));
}

void verdict_event(struct checker *c, struct finding *out, const struct trace_event *event, uint64_t position,
	unsigned line, const char *what)
{
	const char *name = "";
	struct finding_block *b;

	out->key = (struct engine_key){event->rec.cycle, event->domain, position};
	if (c->config->hv)
		name = engine_context_name(domain_engine(c->config->hv), event->domain, event->rec.ctx);
	if (out->block_count == FINDING_BLOCKS_MAX)
		return;
	b = &out->blocks[out->block_count++];
	*b = (struct finding_block){
		.domain = event->domain, .script_line = line, .of_record = true, .position = position};
	snprintf(b->context, sizeof(b->context), "%s", name);
	snprintf(b->heading, sizeof(b->heading), "%s%s%s at cycle %llu:", what, name[0] ? " by " : "", name,
		(unsigned long long)event->rec.cycle);
}

void verdict_here(struct checker *c, struct finding *out, const char *what)
{
	const struct trace_event *e = &c->event;

	verdict_event(c, out, e, c->domains[e->domain].position, calls_line(c, e), what);
}

/* ---- what had made the page what it is ------------------------------------------------ */

static void verdict_stamp(struct checker *c, struct finding *out, const struct ghost_stamp *s, const char *what)
{
	const struct trace_event made = {.rec = {.cycle = s->at, .ctx = s->ctx}, .domain = s->domain};

	for (unsigned i = 0; i < out->block_count; i++) {
		if (out->blocks[i].domain == s->domain && out->blocks[i].position == s->position)
			return;
	}
	verdict_event(c, out, &made, s->position, 0, what);
}

static const char *verdict_map(const struct ghost_page *p)
{
	switch (p->map) {
	case TRACE_MAP_NONE:
		return "unmapped for the guest";
	case TRACE_MAP_SECURE:
		return "a secure frame mapped for the guest";
	case TRACE_MAP_SHARED:
		return "a normal frame mapped for the guest";
	}
	return "";
}

#define VERDICT_PAST_MAX 4u

void verdict_past(struct checker *c, struct finding *out)
{
	const struct ghost_page *p = out->page == PEF_NEVER ? NULL : ghost_page_at(c, out->page);
	char mark[48], pte[48], state[48];
	const struct engine_key key = out->key;

	if (!p)
		return;
	snprintf(mark, sizeof(mark), "mark %s set", hv_mark_name(p->mark));
	snprintf(pte, sizeof(pte), "host page table set to %s", host_pte_name(p->pte));
	snprintf(state, sizeof(state), "state %s set", gfn_state_name(p->state));
	struct {
		const struct ghost_stamp *stamp;
		const char *what;
	} past[VERDICT_PAST_MAX] = {
		{&p->mark_by, mark}, {&p->pte_by, pte}, {&p->state_by, state}, {&p->map_by, verdict_map(p)}};

	for (unsigned n = 0; n < VERDICT_PAST_MAX; n++) {
		unsigned best = 0;

		for (unsigned i = 1; i < VERDICT_PAST_MAX; i++)
			if (past[i].stamp && (!past[best].stamp || past[i].stamp->at > past[best].stamp->at))
				best = i;
		if (past[best].stamp->at)
			verdict_stamp(c, out, past[best].stamp, past[best].what);
		past[best].stamp = NULL;
	}
	out->key = key;
}

const char *verdict_token(token_t token, char *buf, size_t size)
{
	unsigned origin = token_origin(token);
	unsigned long long value = token_value(token);
	char who[16] = "";

	if (origin >= TOKEN_ORIGIN_GUEST(0))
		snprintf(who, sizeof(who), " of g%u", origin - TOKEN_ORIGIN_GUEST(0));
	else if (origin)
		snprintf(who, sizeof(who), " of %s", origin == TOKEN_ORIGIN_HOST ? "hv" : "uv");
	if (token == TOKEN_ZERO)
		snprintf(buf, size, "zero");
	else
		switch (token_kind(token)) {
		case TOKEN_PLAIN:
			snprintf(buf, size, "plaintext %llu%s", value, who);
			break;
		case TOKEN_CIPHER:
			snprintf(buf, size, "ciphertext %llu%s", value, who);
			break;
		case TOKEN_TORN:
			snprintf(buf, size, "a torn copy%s", who);
			break;
		}
	return buf;
}
