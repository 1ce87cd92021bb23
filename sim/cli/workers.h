/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers.h - numbered tasks, each done in a process of its own, several at a
 * time; what they come to is handed over in the order of their numbers.
 *
 * A process a task, so that one which crashes or never ends takes nothing with
 * it, and memory is always given back. They are forked from the caller and so
 * know all it knows; what they find out comes back through a pipe.
 *
 * Locking: none: one thread. Errors: a task whose process was lost is handed
 * over without bytes. Blocking: until all tasks are done, or stopped.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <stdio.h>

#include "pefsim/types.h"

/* How far a task is; told by its process now and then. */
struct worker_note {
	uint64_t runs, budget; /* budget 0: not known */
	uint64_t findings;
	double share; /* of the task that is done, 0 to 1; below 0: not known */
};

/* How a task ended. */
enum worker_end {
	WORKER_DONE, /* its bytes are whole */
	WORKER_LOST, /* its process crashed or could not be started */
	WORKER_LATE, /* its process was ended, since it took too long */
};

struct worker_plan {
	unsigned tasks, jobs;
	unsigned seconds_max; /* that a process may take before it is ended; 0: any */
	void *arg; /* of all functions */
	/** work - do a task, in its own process; write what it came to */
	void (*work)(void *arg, unsigned task, FILE *out);
	/** done - a task's bytes, in the order of tasks; they are gone when it returns */
	void (*done)(void *arg, unsigned task, enum worker_end end, const void *bytes, size_t len);
	/** tick - a few times a second; @notes: of the processes that run now */
	void (*tick)(void *arg, unsigned done, const struct worker_note *notes, unsigned running);
	/** stopped - whether to begin no more tasks; those that run are sent SIGINT, and waited for */
	bool (*stopped)(void *arg);
};

/** workers_run - do all tasks; PEF_NOMEM */
enum pef_err workers_run(const struct worker_plan *plan);
/** workers_note - from the process of a task: tell how far it is */
void workers_note(const struct worker_note *note);
/** workers_cores - how many tasks this host can do at a time */
unsigned workers_cores(void);

#endif
