/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * point.h - a point as it is passed, between point.c and hold.c.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef ENGINE_POINT_H
#define ENGINE_POINT_H

#include "pefsim/points.h"

struct point_pass {
	enum point_kind kind;
	obj_t object;
	const char *label; /* POINT_LABEL only, else NULL */
	uint32_t nth; /* such point of this context, from 1 */
	enum point_mode mode;
};

#endif
