/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_lab.h - two domains, one context each, and what was found.
 *
 * Locking: none. Errors: a failed assertion of cmocka. Blocking: runs to the end.
 */
#ifndef TESTS_DETECT_UTIL_LAB_H
#define TESTS_DETECT_UTIL_LAB_H

#include "pefsim/finding.h"
#include "pefsim/heap.h"

struct lab {
	struct engine *engine;
	struct domain *d[2];
	struct engine_result result;
	const struct finding *findings;
	unsigned count;
};

/** hooks_built - whether loads and stores of the code under test are seen in this build */
static inline bool hooks_built(void)
{
#ifdef PEF_HOOKS
	return true;
#else
	return false;
#endif
}

/** lab_open - an engine with domains d0 and d1 */
void lab_open(struct lab *lab, enum engine_exec exec);
/** lab_open_as, lab_open_lean - the same with a configuration; without detectors */
void lab_open_as(struct lab *lab, const struct engine_config *config);
void lab_open_lean(struct lab *lab, enum engine_exec exec);
/** lab_spawn - a context "dN.main" of domain @n */
void lab_spawn(struct lab *lab, unsigned n, void (*fn)(void *), void *arg);
void lab_run(struct lab *lab);
void lab_close(struct lab *lab);
/** lab_try - open, run one victim in d0; the caller closes */
void lab_try(struct lab *lab, enum engine_exec exec, void (*fn)(void *), void *arg);

#endif
