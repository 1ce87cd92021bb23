/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lean.h - the simulated heap of a run without detectors.
 *
 * Locking: a heap belongs to its domain. Errors: said at each function.
 * Blocking: never.
 */
#ifndef PEFSIM_DETECT_LEAN_H
#define PEFSIM_DETECT_LEAN_H

#include "region.h"

/** lean_take - zeroed memory of @size bytes; NULL when the region is used up */
void *lean_take(struct heap *h, size_t size, obj_t name);
enum lean_result { LEAN_FREED, LEAN_FREE_TWICE, LEAN_NO_OBJECT };
/** lean_give - give it back; sets @size and @name of what was freed, or was freed before */
enum lean_result lean_give(struct heap *h, void *ptr, size_t *size, obj_t *name);

#endif
