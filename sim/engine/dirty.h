/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dirty.h - which pages of some ranges were ever written, and what they held
 * before.
 *
 * Locking: one host thread writes to the ranges while they are watched.
 * Errors: false or NULL without memory. Blocking: never.
 */
#ifndef ENGINE_DIRTY_H
#define ENGINE_DIRTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A sanitizer has handlers and books of its own. */
#if defined(PEF_ASAN) || defined(PEF_TSAN)
#define DIRTY_WORKS 0
#else
#define DIRTY_WORKS 1
#endif

struct dirty;

/** dirty_create - watches nothing yet */
struct dirty *dirty_create(void);
/** dirty_watch - from now on remember what the pages of [@lo, @hi) held; both page-aligned */
bool dirty_watch(struct dirty *d, uintptr_t lo, uintptr_t hi);
/** dirty_restore - put all pages back that were ever written since they are watched */
void dirty_restore(const struct dirty *d);
/** dirty_pages - how many these are */
size_t dirty_pages(const struct dirty *d);
/** dirty_destroy - watch no longer; the pages stay as they are */
void dirty_destroy(struct dirty *d);

#endif
