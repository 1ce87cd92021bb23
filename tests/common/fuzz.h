/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.h - how much of what is drawn at random a test tries.
 *
 * PEF_FUZZ sets the number of mutants, PEF_FUZZ_SEED where the drawing begins;
 * without them every run of a test tries the same (tests/nightly.sh sets both).
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>

/** fuzz_count - mutants to try; @usual without PEF_FUZZ */
unsigned fuzz_count(unsigned usual);
/** fuzz_seed - never 0; @usual without PEF_FUZZ_SEED */
uint64_t fuzz_seed(uint64_t usual);

#endif
