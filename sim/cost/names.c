/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names.c - printable names and causes, from the two tables of cost.h.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "pefsim/cost.h"

const char *cost_cause_name(enum cost_cause cause)
{
	static const char *const names[] = {
#define X(name, text, about) [CAUSE_##name] = (text),
		PEF_COST_CAUSES(X)
#undef X
	};
	return (unsigned)cause < CAUSE_COUNT ? names[cause] : "?";
}

const char *cost_step_name(enum cost_step step)
{
	static const char *const names[] = {
#define X(name, node, cause, about) [STEP_##name] = (node),
		PEF_COST_STEPS(X)
#undef X
	};
	return (unsigned)step < STEP_COUNT ? names[step] : "?";
}

enum cost_cause cost_step_cause(enum cost_step step)
{
	static const enum cost_cause causes[] = {
#define X(name, node, cause, about) [STEP_##name] = CAUSE_##cause,
		PEF_COST_STEPS(X)
#undef X
	};
	return (unsigned)step < STEP_COUNT ? causes[step] : CAUSE_RESIDUAL;
}
