/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvm_book3s_uvmem.h - what book3s_hv_uvmem.c offers the rest of KVM. The tree's
 * own header is taken where there is one (PEF_TREE_UVMEM_H).
 *
 * Locking, Errors, Blocking: the kernel's.
 */
#include "../pef/kernel.h"
#ifdef PEF_TREE_UVMEM_H
#include PEF_TREE_UVMEM_H
#endif
