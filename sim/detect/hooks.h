/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.h - the check of an access, for the entry points of this room.
 *
 * Locking: as heap.c. Errors: findings. Blocking: a finding does not return in
 * a context.
 */
#ifndef PEFSIM_DETECT_HOOKS_H
#define PEFSIM_DETECT_HOOKS_H

#include "race.h"

/** hooks_check - an access of simulated code: let it go, or report it; @how: ACCESS_WRITE, ACCESS_MARKED */
void hooks_check(const volatile void *pointer, size_t size, unsigned how, uintptr_t pc);

#endif
