/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h - signs of life on stderr while a long run goes on.
 *
 * A thread of its own looks at the published memslot tables, the one thing of a
 * running simulation that others may read. On a terminal it redraws one line
 * from the second second on; elsewhere it writes a line every 30 s, so that CI
 * does not take a long run for a dead one.
 *
 * Locking: inside. Errors: without a thread there is no progress, and no harm.
 * Blocking: progress_end() waits for the thread, which wakes at once.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "pefsim/machine.h"

struct progress;
/** progress_begin - watch a run; @publisher must live until progress_end(). NULL when there is no memory. */
struct progress *progress_begin(const char *scenario, struct memslot_publisher *publisher);
/** progress_end - stop watching, and wipe the line; NULL is fine */
void progress_end(struct progress *progress);

#endif
