/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.c - how much of what is drawn at random a test tries. See fuzz.h.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "fuzz.h"

#include <stdlib.h>

unsigned fuzz_count(unsigned usual)
{
	const char *wanted = getenv("PEF_FUZZ");
	return wanted ? (unsigned)strtoul(wanted, NULL, 10) : usual;
}

uint64_t fuzz_seed(uint64_t usual)
{
	const char *wanted = getenv("PEF_FUZZ_SEED");
	uint64_t seed = wanted ? strtoull(wanted, NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) : usual;
	return seed ? seed : 1;
}
