/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fiber.h - stacks that can be switched.
 *
 * On x86-64 a switch is a few instructions put in line; elsewhere, or with
 * PEF_UCONTEXT, it is swapcontext. Nothing above this file knows which.
 * Sanitizers are told of every switch.
 *
 * Locking: a fiber is switched to by the host thread that runs its domain.
 * Errors: none. Blocking: never.
 */
#ifndef ENGINE_FIBER_H
#define ENGINE_FIBER_H

#include <stddef.h>

#include "fiber_asm.h"
#include "pefsim/types.h"

struct fiber {
	void *sp; /* where it is parked */
#if FIBER_USES_ASM
	void *fp, *pc; /* with @sp all that the switch keeps */
#endif
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

/** fiber_floor - the lowest address of its stack that a parked fiber still needs */
uintptr_t fiber_floor(const struct fiber *f);

#if FIBER_USES_ASM
/*E:130
 * When another context is next, the stack is switched. The compiler is told that every register is
 * lost, so it keeps on the stack what it still needs, and three words are all that is stored here.
 * There is no call and no return in it either: the host foretells returns by the calls before them, and
 * so those of the next context, when the same functions parked it. The library calls for all this save
 * the signal mask too, which is a system call. Elsewhere (fiber.c) those calls are used, and the tests
 * run that way, too.
 :*/
static inline __attribute__((always_inline)) void fiber_jump(struct fiber *from, struct fiber *to)
{
	__asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
			 "movq %%rsp, %c[sp](%%rdi)\n\t"
			 "movq %%rbp, %c[fp](%%rdi)\n\t"
			 "movq %%rax, %c[pc](%%rdi)\n\t"
			 "movq %c[sp](%%rsi), %%rsp\n\t"
			 "movq %c[fp](%%rsi), %%rbp\n\t"
			 "jmpq *%c[pc](%%rsi)\n"
			 "1:"
			 : "+D"(from), "+S"(to)
			 : [sp] "i"(offsetof(struct fiber, sp)), [fp] "i"(offsetof(struct fiber, fp)),
			 [pc] "i"(offsetof(struct fiber, pc))
			 : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
			 "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
			 "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
}
#endif
#if FIBER_USES_ASM && !defined(PEF_TSAN) && !defined(PEF_ASAN)
#define FIBER_SWITCH(from, to, last) ((void)(last), fiber_jump(from, to))
#else
#define FIBER_SWITCH(from, to, last) fiber_switch_slow(from, to, last)
#endif
void fiber_switch_slow(struct fiber *from, struct fiber *to, bool last);

/** fiber_switch - park @from, continue @to */
static inline void fiber_switch(struct fiber *from, struct fiber *to)
{
	FIBER_SWITCH(from, to, false);
}
/** fiber_switch_last - as fiber_switch, when @from will never be continued */
static inline void fiber_switch_last(struct fiber *from, struct fiber *to)
{
	FIBER_SWITCH(from, to, true);
}

#endif
