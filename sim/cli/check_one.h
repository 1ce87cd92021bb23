/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_one.h - one check: a file in one variant, searched, judged, recorded.
 *
 * It runs in a process of its own (workers.h) and prints nothing on stdout.
 *
 * Locking: none. Errors: they are the result. Blocking: until the budget is spent.
 */
#ifndef CHECK_ONE_H
#define CHECK_ONE_H

#include "result.h"
#include "variants.h"

/** check_one - @out is filled in whatever happens; to be freed with result_free() */
void check_one(const char *path, const struct variant *variant, struct result *out);

#endif
