/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fiber_x86.S - the stack switch for x86-64.
 *
 * Only what the System V calling convention lets a callee destroy is lost over
 * a call, so six registers and the stack pointer are all there is to keep. The
 * simulator never changes the floating-point control words.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "fiber_asm.h"
#if FIBER_USES_ASM
	.text
/*E:130
 * When another context is next, the stack is switched. Only what a called function has to preserve
 * must be saved, six registers; the library calls for this save the signal mask too, which is a system
 * call. Elsewhere (fiber.c) those calls are used, and the tests run that way, too.
 :*/
/* void fiber_switch_sp(void **save, void *load) */
	.globl fiber_switch_sp
	.type fiber_switch_sp, @function
	.p2align 4
fiber_switch_sp:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	/* Not ret: the host's stack of return addresses is the other fiber's. */
	popq %rcx
	jmp *%rcx
	.size fiber_switch_sp, . - fiber_switch_sp

/* First return of a fresh fiber: r12 is its entry, r13 the argument. */
	.globl fiber_start
	.type fiber_start, @function
	.p2align 4
fiber_start:
	.cfi_startproc
	.cfi_undefined %rip
	xorl %ebp, %ebp
	movq %r13, %rdi
	call *%r12
	ud2
	.cfi_endproc
	.size fiber_start, . - fiber_start
#endif
	.section .note.GNU-stack, "", @progbits
