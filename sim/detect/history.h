/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.h - what a finding says of an object of the simulated heap.
 *
 * Locking: as finding.h. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_DETECT_HISTORY_H
#define PEFSIM_DETECT_HISTORY_H

#include "pefsim/reuse.h"
#include "region.h"

/** history_actor - the running context's name, or its domain's in a handler */
const char *history_actor(void);
/** history_set_object - fill the finding's object line */
void history_set_object(struct finding *f, const struct heap_object *o);
/** history_add_object - append who freed (if freed) and who allocated the object */
void history_add_object(struct finding *f, const struct heap_object *o);

/** history_allocated, history_freed - when, and by whom */
struct reuse_mark history_allocated(const struct heap_object *o);
struct reuse_mark history_freed(const struct heap_object *o);
/** history_add_past - append a block about what happened before: "@what by g0.qemu0 at cycle 100:" */
void history_add_past(struct finding *f, const struct domain *d, const char *what, const struct reuse_mark *when);

#endif
