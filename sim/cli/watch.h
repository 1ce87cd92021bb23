/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.h - signs of life on stderr while many checks run.
 *
 * On a terminal one line that is redrawn; elsewhere a line every 30 s, so that
 * CI does not take a silent job for a dead one. The time left is told only as
 * what it is: an estimate, from the share of the work that is done.
 *
 * Locking: none. Errors: none. Blocking: on stderr.
 */
#ifndef WATCH_H
#define WATCH_H

#include <time.h>

#include "workers.h"

struct watch {
	struct timespec begin, shown;
	unsigned tasks;
	bool tty, drawn;
};

void watch_begin(struct watch *w, unsigned tasks);
/** watch_show - say how far it is, if it is time to; @runs: of the checks that are done */
void watch_show(struct watch *w, unsigned done, uint64_t runs, const struct worker_note *notes, unsigned running);
/** watch_wipe - before anything else is printed */
void watch_wipe(struct watch *w);
/** watch_end - how many runs it was, how fast, and how many of them were made twice */
void watch_end(struct watch *w, uint64_t runs, unsigned twice, bool interrupted);

#endif
