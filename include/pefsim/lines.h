/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines.h - whether code of given source lines was ever executed.
 *
 * A breakpoint stands where each line's code begins. Whoever comes there first
 * leaves a mark and takes it away, so a line costs one trap a process and nothing
 * from then on, the code is compiled as always, and no run can tell that it was
 * watched. Marks are shared with all processes that are forked later.
 *
 * Only on x86-64; elsewhere lines_open() gives NULL, and nothing is known.
 *
 * Locking: none; opened, added to and armed from one host thread, before any run
 * of that code. Marks may come from several. Errors: NULL, false. Blocking: reads
 * debug information.
 */
#ifndef PEFSIM_LINES_H
#define PEFSIM_LINES_H

#include "pefsim/types.h"

struct lines;

/** lines_open - nothing is watched yet. @inside: an address in the loaded object that has the code */
struct lines *lines_open(const void *inside);
/**
 * lines_add - watch a line, from lines_arm() on
 * @file: as reports call it, "mm/migrate_device.c"
 * Returns at how many places its code begins; 0: it has none.
 */
unsigned lines_add(struct lines *l, const char *file, unsigned line);
/** lines_arm - set the breakpoints; false: the host does not let us */
bool lines_arm(struct lines *l);
/** lines_seen - whether any code of a line was executed since */
bool lines_seen(const struct lines *l, const char *file, unsigned line);
/** lines_close - take back what is left of them; NULL is nothing to do */
void lines_close(struct lines *l);

#endif
