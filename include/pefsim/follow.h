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
#include "pefsim/strategy.h"

struct follow;
/** follow_open - begin at the first step; @steps: stays the caller's and must outlive it */
struct follow *follow_open(const struct record_steps *steps);
void follow_close(struct follow *f);
/** follow_direct - lead the next run of an engine, which begins where the recorded one did; NULL without memory */
struct director *follow_direct(struct follow *f, struct engine *engine);
/** follow_ops - what follow_direct() makes the director; for a director that follows only a part of a run */
extern const struct director_ops follow_ops;
/** follow_begin - for such a one, at the beginning of a run: @first steps of the record are done already */
void follow_begin(struct follow *f, struct director *d, size_t first);
/** follow_taken - recorded steps that were taken; @added: how many others were, may be NULL */
size_t follow_taken(const struct follow *f, size_t *added);

/**
 * lead_open - a strategy whose runs take the first steps of a record and then go on at random
 * @steps: stays the caller's and must outlive it
 * What a script or a fault chooses is left as the run is given it. NULL without memory.
 */
struct strategy *lead_open(const struct record_steps *steps, uint64_t seed);
/** lead_set - from the next run on, so many steps of the record, counted from its beginning */
void lead_set(struct strategy *s, size_t steps);

#endif
