/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fiber.h - stacks that can be switched.
 *
 * On x86-64 a switch saves six registers and the stack pointer (fiber_x86.S,
 * about 4 ns); elsewhere, or with PEF_UCONTEXT, it is swapcontext. Nothing
 * above this file knows which. Sanitizers are told of every switch.
 *
 * Locking: a fiber is switched to by the host thread that runs its domain.
 * Errors: none. Blocking: never.
 */
#ifndef ENGINE_FIBER_H
#define ENGINE_FIBER_H

#include "fiber_asm.h"
#include "pefsim/types.h"

struct fiber {
	void *sp; /* where it is parked */
	uintptr_t lo, hi; /* its stack; 0 for the host's own */
#ifdef PEF_TSAN
	void *tsan;
#endif
#ifdef PEF_ASAN
	void *fake; /* AddressSanitizer's fake stack */
#endif
#if !FIBER_USES_ASM
	void *uc; /* ucontext_t, on top of the fiber's own stack */
#endif
};

/**
 * fiber_make - prepare a stack so that the first switch to it calls @entry(@arg)
 * @colour: bytes to leave unused at the top, a multiple of 16
 * @entry never returns.
 */
void fiber_make(struct fiber *f, uintptr_t lo, uintptr_t hi, size_t colour, void (*entry)(void *), void *arg);
/** fiber_adopt - let @f stand for the host thread's own stack; pair with fiber_leave() */
void fiber_adopt(struct fiber *f);
void fiber_leave(struct fiber *f);
/** fiber_entered - first call of an @entry: tells sanitizers that the switch is done */
void fiber_entered(struct fiber *f);
/** fiber_drop - @f will not run again; called from another stack */
void fiber_drop(struct fiber *f);

/* Architecture's part: store the stack pointer, load the other. */
void fiber_switch_sp(void **save, void *load);
void fiber_switch_slow(struct fiber *from, struct fiber *to, bool last);

/** fiber_switch - park @from, continue @to */
static inline void fiber_switch(struct fiber *from, struct fiber *to)
{
#if FIBER_USES_ASM && !defined(PEF_TSAN) && !defined(PEF_ASAN)
	fiber_switch_sp(&from->sp, to->sp);
#else
	fiber_switch_slow(from, to, false);
#endif
}
/** fiber_switch_last - as fiber_switch, when @from will never be continued */
static inline void fiber_switch_last(struct fiber *from, struct fiber *to)
{
#if FIBER_USES_ASM && !defined(PEF_TSAN) && !defined(PEF_ASAN)
	fiber_switch_sp(&from->sp, to->sp);
#else
	fiber_switch_slow(from, to, true);
#endif
}

#endif
