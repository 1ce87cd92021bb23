/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leak.h - what is left when a run has come to its end.
 *
 * Two things are a leak. What belongs to somebody who is gone, a VM that was
 * destroyed, a process that has exited, a secure VM that was terminated, and is
 * still there: an object of the heap, a frame, a device page. And an object of
 * the heap that no memory in use points to, so that nobody can free it. A VM
 * that lives on leaks nothing by that alone.
 *
 * The search for pointers is that of a conservative collector: a word that may
 * be one is one. So a leak may be missed, and none is made up.
 *
 * Locking: none; after the run. Errors: findings of kind FINDING_LEAK, one for
 * each place that allocated; lack of memory stops the process. Blocking: never.
 */
#ifndef PEFSIM_LEAK_H
#define PEFSIM_LEAK_H

#include "pefsim/engine.h"

struct leak_search;

/* What only the models know. */
struct leak_views {
	void *arg;
	/* Why nobody is left whom it belongs to: "the VM is destroyed"; NULL: somebody is. */
	const char *(*gone)(void *arg, const struct domain *d, obj_t name);
	/* Say leak_root() of memory of a domain that keeps pointers beside its heap and domain_state(). */
	void (*roots)(void *arg, const struct domain *d, struct leak_search *search);
};

/** leak_root - what @memory points to is in use */
void leak_root(struct leak_search *search, const void *memory, size_t size);
/** leaks_find - add the leaks of a run in which every context came to its end */
void leaks_find(struct engine *engine, const struct leak_views *views);

#endif
