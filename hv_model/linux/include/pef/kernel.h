/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - all of the kernel that is modelled. The headers under linux/ and asm/
 * with the kernel's names lead here.
 *
 * Locking, Errors, Blocking: see the parts.
 */
#ifndef PEF_KERNEL_H
#define PEF_KERNEL_H

#include "base.h"
#include "kvm.h"
#include "lock.h"
#include "mm.h"
#include "page.h"

#endif
