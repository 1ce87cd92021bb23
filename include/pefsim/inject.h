/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inject.h - what goes wrong on purpose: rules of a scenario's "fault" section,
 * and the sites where models ask whether one applies.
 *
 * A site is passed in one domain only: calls where they are handled, all else
 * where it happens. So each domain counts for itself, and both executors count
 * alike. A run without rules never looks.
 *
 * "any SITE" applies to occurrences first..last of the site; "at THREAD.LABEL"
 * only to those passed on behalf of that statement; "maybe SITE" decides each
 * occurrence by the run's seed: a plain run, with seed 0, lets all succeed.
 *
 * Locking: none. Errors: none. Blocking: inject_at passes a point where a rule
 * names the site, and spends the cycles of a delay.
 */
#ifndef PEFSIM_INJECT_H
#define PEFSIM_INJECT_H

#include "pefsim/engine.h"

/* X(NAME, "word", "one sentence"). A call is a site too, by its own name. New rows before CALL. */
/* clang-format off */
#define PEF_INJECT_SITES(X) \
	X(ALLOC, "alloc", "memory for an object ('alloc' any, 'alloc pvt' one kind) is not to be had") \
	X(FRAME, "frame", "a normal page is not to be had") \
	X(DEVICE_PAGE, "device-page", "the pool of device pages is exhausted") \
	X(SECURE_FRAME, "secure-frame", "the ultravisor has no frame") \
	X(PAGE_BUSY, "page-busy", "a page is locked by somebody else as a migration collects it") \
	X(MIGRATE_SETUP, "migrate-setup", "the setup of a migration refuses the range") \
	X(MIGRATE_PAGE, "migrate-page", "a page is referenced by somebody else as its mapping moves") \
	X(CALL, "", "a call is answered otherwise")
/* clang-format on */
enum inject_site {
#define X(name, word, about) INJECT_##name,
	PEF_INJECT_SITES(X)
#undef X
		INJECT_SITE_COUNT
};

/* X(NAME, "word", "arguments", "one sentence") */
/* clang-format off */
#define PEF_INJECT_ACTIONS(X) \
	X(FAIL, "fail", "", "the site fails; a call returns U_PARAMETER or H_PARAMETER") \
	X(RETURN, "return", "CODE", "a call is not handled and returns this code") \
	X(DELAY, "delay", "NUM", "the site takes so many cycles more") \
	X(DROP, "drop", "", "a call is not handled and returns success") \
	X(REPEAT, "repeat", "", "a call is handled twice; the second result counts") \
	X(KILL, "kill", "", "the ultravisor terminates the VM before it handles the ultracall")
/* clang-format on */
enum inject_action {
	INJECT_NOTHING,
#define X(name, word, args, about) INJECT_DO_##name,
	PEF_INJECT_ACTIONS(X)
#undef X
		INJECT_ACTION_COUNT
};

enum inject_mode { INJECT_AT, INJECT_ANY, INJECT_MAYBE };

struct inject_rule {
	enum inject_mode mode;
	enum inject_site site;
	uint32_t call; /* INJECT_CALL: its number; 0: any call (only with INJECT_AT) */
	enum obj_type object; /* INJECT_ALLOC: of what; OBJ_NONE: anything */
	unsigned line; /* INJECT_AT: of the labelled statement */
	enum inject_action action;
	int64_t code; /* INJECT_DO_RETURN */
	cycles_t cycles; /* INJECT_DO_DELAY */
	uint64_t first, last; /* occurrences, from 1 */
};

/* What happens at a site; INJECT_NOTHING: it goes on as ever. Delays are spent already. */
struct inject_hit {
	enum inject_action action;
	int64_t code; /* of RETURN, FAIL and DROP: what a call is to answer */
};

/**
 * inject_attach - give a domain its rules; before the run
 * @rules: copied into the domain's arena
 * @seed:  what "maybe" is decided by
 */
void inject_attach(struct domain *d, const struct inject_rule *rules, unsigned count, uint64_t seed);
/**
 * inject_at - a site is passed by the running context
 * @call: number of the call (INJECT_CALL), else 0
 * @object: what it is about: what would be allocated, the page; OBJ_NULL when nothing
 */
struct inject_hit inject_at(enum inject_site site, uint32_t call, obj_t object);
/** inject_fails - inject_at() of a site that can only fail */
static inline bool inject_fails(enum inject_site site, obj_t object)
{
	return inject_at(site, 0, object).action == INJECT_DO_FAIL;
}

#endif
