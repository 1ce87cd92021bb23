/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inject.c - whether a rule of the scenario applies to a site. See inject.h.
 *
 * Occurrences are counted a rule, in the domain's arena, so that a restored
 * snapshot counts anew. The first rule that applies wins; all count.
 *
 * Locking, Errors, Blocking: see inject.h.
 */
#include "pefsim/inject.h"

#include <string.h>

#include "pefsim/abi.h"
#include "pefsim/points.h"

struct inject_state {
	uint64_t seed;
	unsigned count;
	struct inject_rule *rules;
	uint64_t *passed; /* by rule */
};

void inject_attach(struct domain *d, const struct inject_rule *rules, unsigned count, uint64_t seed)
{
	if (!count)
		return;
	struct inject_state *s = domain_arena_alloc(d, sizeof(*s));
	s->seed = seed;
	s->count = count;
	s->rules = domain_arena_alloc(d, count * sizeof(*rules));
	s->passed = domain_arena_alloc(d, count * sizeof(*s->passed));
	memcpy(s->rules, rules, count * sizeof(*rules));
	*domain_slot(d, DOMAIN_SLOT_INJECT) = s;
}

static bool rule_names(const struct inject_rule *rule, enum inject_site site, uint32_t call, obj_t object)
{
	if (rule->site != site || (rule->call && rule->call != call))
		return false;
	if (rule->object != OBJ_NONE && rule->object != obj_type(object))
		return false;
	return rule->mode != INJECT_AT || (context_self() && context_line(context_self()) == rule->line);
}

/* splitmix64 of seed, rule and occurrence: no state that an executor could visit in another order. */
static uint64_t rule_random(const struct inject_state *s, unsigned rule, uint64_t nth)
{
	uint64_t z = s->seed + (rule + 1) * UINT64_C(0x9e3779b97f4a7c15) + nth * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static bool rule_applies(struct inject_state *s, unsigned i)
{
	const struct inject_rule *rule = &s->rules[i];
	uint64_t nth = ++s->passed[i];
	if (nth < rule->first || nth > rule->last)
		return false;
	if (rule->mode != INJECT_MAYBE)
		return true;
	return engine_choose(CHOICE_MAYBE, i, nth - 1, 2, s->seed && (rule_random(s, i, nth) & 3u) == 0);
}

static int64_t rule_code(const struct inject_rule *rule)
{
	if (rule->action == INJECT_DO_RETURN)
		return rule->code;
	return rule->action == INJECT_DO_FAIL ? ABI_H_PARAMETER : ABI_H_SUCCESS;
}

struct inject_hit inject_at(enum inject_site site, uint32_t call, obj_t object)
{
	struct domain *d = domain_self();
	struct inject_state *s = d ? *domain_slot(d, DOMAIN_SLOT_INJECT) : NULL;
	struct inject_hit hit = {INJECT_NOTHING, 0};
	cycles_t delay = 0;

	for (unsigned i = 0; s && i < s->count; i++) {
		const struct inject_rule *rule = &s->rules[i];
		if (!rule_names(rule, site, call, object) || !rule_applies(s, i))
			continue;
		trace_emit(TRACE_INJECT, site, site == INJECT_CALL ? call : object.w, rule->action);
		if (rule->action == INJECT_DO_DELAY)
			delay += rule->cycles;
		else if (!hit.action)
			hit = (struct inject_hit){rule->action, rule_code(rule)};
	}
	if (hit.action || delay)
		point_pass(POINT_FAULT, site == INJECT_CALL ? obj_make(OBJ_CALL, OBJ_NO_GUEST, call) : object);
	if (delay)
		context_advance(delay < PEF_DELAY_MAX ? delay : PEF_DELAY_MAX, CAUSE_DELAY);
	return hit;
}
