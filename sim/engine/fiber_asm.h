/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fiber_asm.h - which stack switch this host has; read by C and by assembly.
 *
 * The assembly is for x86-64; other hosts, and builds that ask for it with
 * PEF_UCONTEXT, use swapcontext.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef ENGINE_FIBER_ASM_H
#define ENGINE_FIBER_ASM_H

#if defined(__x86_64__) && !defined(PEF_UCONTEXT)
#define FIBER_USES_ASM 1
#else
#define FIBER_USES_ASM 0
#endif

#endif
