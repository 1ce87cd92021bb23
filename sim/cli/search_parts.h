/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search_parts.h - a search that is made by several processes.
 *
 * A large budget is cut into parts, as many as it asks for, whatever the number
 * of cores. Each part is a search of its own, with strategies of another seed; the sweep's
 * schedules are dealt out by their first deviation. What the parts found is put
 * together in their order, so that it is the same however many run at a time,
 * and the same as if they had been run one after the other.
 *
 * Budgets that the parts share must be known in runs; with time alone there are as
 * many parts as processes. DPOR is made by one process: where its tree has branches is only found
 * on the way.
 *
 * Locking: none. Errors: PEF_NOMEM; PEF_BUG after a message when a process was
 * lost. Blocking: until all parts are done.
 */
#ifndef SEARCH_PARTS_H
#define SEARCH_PARTS_H

#include "search.h"

/** search_parts - how many there are; 0: this process makes the search alone */
unsigned search_parts(const struct search *search, enum strategy_id id);
/** search_in_parts - the directed runs, after the timed one and the boot; @each: as of search_run(), in each process */
enum pef_err search_in_parts(struct search *search, bool (*each)(void *arg, const struct search *search), void *arg);

#endif
