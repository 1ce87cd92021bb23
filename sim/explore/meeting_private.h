/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meeting_private.h - what the files that make and vary meetings share.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef MEETING_PRIVATE_H
#define MEETING_PRIVATE_H

#include "pefsim/generate.h"

#define MEETING_OPS_MAX 40u
#define MEETING_OP_BYTES 64u

/**
 * meeting_ops - everything a kind of thread can do to page 1:0, as text
 * @kind: ON_GUEST, ON_HOST or ON_UV
 * Returns how many.
 */
unsigned meeting_ops(unsigned kind, char out[MEETING_OPS_MAX][MEETING_OP_BYTES]);

#endif
