/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fiber.c - making fibers, and the switch where assembly alone will not do.
 *
 * AddressSanitizer wants to hear of a switch before and after it, and
 * ThreadSanitizer keeps a fiber of its own beside each of ours; both go
 * through fiber_switch_slow(). So does swapcontext, whose ucontext_t lies on
 * top of the fiber's own stack, where a snapshot finds it.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "fiber.h"

#include <string.h>

#if !FIBER_USES_ASM
#include <stdlib.h>
#include <ucontext.h>
#endif
#ifdef PEF_ASAN
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef PEF_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if FIBER_USES_ASM
void fiber_start(void); /* fiber_x86.S */

static void fiber_make_stack(struct fiber *f, size_t colour, void (*entry)(void *), void *arg)
{
	/* What fiber_start takes, and two words to keep its call aligned; a walk of frames ends at 0. */
	uintptr_t *sp = (uintptr_t *)(f->hi - colour) - 4;
	sp[0] = (uintptr_t)arg;
	sp[1] = (uintptr_t)entry;
	sp[2] = sp[3] = 0;
	f->sp = sp;
	f->fp = NULL;
	f->pc = (void *)(uintptr_t)fiber_start;
}

uintptr_t fiber_floor(const struct fiber *f)
{
	return (uintptr_t)f->sp - 128; /* a leaf function may keep things below */
}
#else
/* makecontext passes ints only: a pointer goes in two halves. */
static void fiber_start(unsigned entry_hi, unsigned entry_lo, unsigned arg_hi, unsigned arg_lo)
{
	uintptr_t entry = (uintptr_t)(((uint64_t)entry_hi << 32) | entry_lo);
	uintptr_t arg = (uintptr_t)(((uint64_t)arg_hi << 32) | arg_lo);
	((void (*)(void *))entry)((void *)arg);
}

static void fiber_make_stack(struct fiber *f, size_t colour, void (*entry)(void *), void *arg)
{
	size_t size = (sizeof(ucontext_t) + 63) & ~(size_t)63;
	ucontext_t *uc = (ucontext_t *)(f->hi - size);
	f->uc = uc;
	getcontext(uc);
	uc->uc_stack.ss_sp = (void *)f->lo;
	uc->uc_stack.ss_size = f->hi - f->lo - size - colour;
	uc->uc_link = NULL;
	f->sp = (void *)((uintptr_t)uc - colour - 64);
	uint64_t e = (uintptr_t)entry, a = (uintptr_t)arg;
	makecontext(
		uc, (void (*)(void))fiber_start, 4, (unsigned)(e >> 32), (unsigned)e, (unsigned)(a >> 32), (unsigned)a);
	f->sp = (void *)((uintptr_t)f->sp - 256); /* makecontext wrote below the top */
}

uintptr_t fiber_floor(const struct fiber *f)
{
	return (uintptr_t)f->sp;
}

static void fiber_jump(struct fiber *from, struct fiber *to)
{
	/* What swapcontext itself keeps lies a little below this frame. */
	from->sp = (char *)__builtin_frame_address(0) - 1024;
	swapcontext(from->uc, to->uc);
}
#endif

void fiber_make(struct fiber *f, uintptr_t lo, uintptr_t hi, size_t colour, void (*entry)(void *), void *arg)
{
	*f = (struct fiber){.lo = lo, .hi = hi};
#ifdef PEF_ASAN
	/* Who had the stack before left marks of frames that it never returned from. */
	__asan_unpoison_memory_region((void *)lo, hi - lo);
#endif
	fiber_make_stack(f, colour, entry, arg);
#ifdef PEF_TSAN
	f->tsan = __tsan_create_fiber(0);
#endif
}

void fiber_adopt(struct fiber *f)
{
	*f = (struct fiber){0};
#if !FIBER_USES_ASM
	f->uc = calloc(1, sizeof(ucontext_t));
#endif
#ifdef PEF_TSAN
	f->tsan = __tsan_get_current_fiber();
#endif
#ifdef PEF_ASAN
	pthread_attr_t attr;
	void *lo = NULL;
	size_t size = 0;
	if (!pthread_getattr_np(pthread_self(), &attr)) {
		pthread_attr_getstack(&attr, &lo, &size);
		pthread_attr_destroy(&attr);
	}
	f->lo = (uintptr_t)lo;
	f->hi = f->lo + size;
#endif
}

void fiber_leave(struct fiber *f)
{
#if !FIBER_USES_ASM
	free(f->uc);
#endif
	*f = (struct fiber){0};
}

void fiber_entered(struct fiber *f)
{
	(void)f;
#ifdef PEF_ASAN
	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
}

void fiber_drop(struct fiber *f)
{
	(void)f;
#ifdef PEF_TSAN
	__tsan_destroy_fiber(f->tsan);
	f->tsan = NULL;
#endif
}

void fiber_switch_slow(struct fiber *from, struct fiber *to, bool last)
{
#ifdef PEF_ASAN
	__sanitizer_start_switch_fiber(last ? NULL : &from->fake, (void *)to->lo, to->hi - to->lo);
#endif
#ifdef PEF_TSAN
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	(void)last;
	fiber_jump(from, to);
#ifdef PEF_ASAN
	__sanitizer_finish_switch_fiber(from->fake, NULL, NULL);
#endif
}
