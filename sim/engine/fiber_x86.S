/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fiber_x86.S - the first instructions of a fiber on x86-64.
 *
 * The switch itself is in fiber.h. A frame without a caller cannot be written
 * in C: this one marks the end of the stack for whoever walks it.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "fiber_asm.h"
#if FIBER_USES_ASM
	.text
/* Where a fresh fiber begins: its argument and its entry lie on the stack. */
	.globl fiber_start
	.type fiber_start, @function
	.p2align 4
fiber_start:
	.cfi_startproc
	.cfi_undefined %rip
	popq %rdi
	popq %rax
	call *%rax
	ud2
	.cfi_endproc
	.size fiber_start, . - fiber_start
#endif
	.section .note.GNU-stack, "", @progbits
