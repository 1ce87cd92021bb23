/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_hv.h - the tests' hypervisor: the shortest right answers, and wrong ones.
 *
 * Locking: none. Errors: as switched. Blocking: yields.
 */
#ifndef TESTS_UV_UTIL_HV_H
#define TESTS_UV_UTIL_HV_H

#include "util_world.h"

#define UTIL_RUN 0x0e77u /* a call from the guest: run a function here */

extern const struct domain_ops util_hv_ops;

#endif
