/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * follow.h - a director that leads a run through recorded steps, as far as it goes.
 *
 * For a run that cannot be the recorded one any more, since scenario or model
 * was changed. Where the recorded order cannot be kept it goes on by the nearest
 * rule: a step that the record does not have is taken at once, and one that
 * nobody comes to is left out.
 *
 * Locking: one host thread. Errors: NULL without memory. Blocking: never.
 */
#ifndef PEFSIM_FOLLOW_H
#define PEFSIM_FOLLOW_H

#include "pefsim/director.h"
#include "pefsim/record.h"

struct follow;
/** follow_open - begin at the first step; @steps: stays the caller's and must outlive it */
struct follow *follow_open(const struct record_steps *steps);
void follow_close(struct follow *f);
/** follow_direct - lead the next run of an engine, which begins where the recorded one did; NULL without memory */
struct director *follow_direct(struct follow *f, struct engine *engine);
/** follow_taken - recorded steps that were taken; @added: how many others were, may be NULL */
size_t follow_taken(const struct follow *f, size_t *added);

#endif
