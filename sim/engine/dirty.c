/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dirty.c - pages are read-only until the first write to them.
 *
 * That write arrives here as SIGSEGV, which is exact, since a fault is raised
 * by the very instruction that writes: the handler copies the page, makes it
 * writable for good, and the instruction is done again. A page costs that
 * once, about two microseconds; what was tried instead, asking the kernel each
 * time which pages exist, cost a system call and a walk for every restore.
 *
 * Copies lie in an area that is reserved at once, so the handler allocates
 * nothing. Pages are unprotected one by one as long as there are few; a world
 * that writes to many gets bigger pieces, since the kernel allows a process
 * only so many different mappings. A fault outside the watched ranges, as at
 * the guard below a stack, is handed back to whoever had the signal before.
 *
 * Locking: see dirty.h. Errors: no memory for a copy stops the process.
 * Blocking: never.
 */
#include "dirty.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine_private.h"

#define PAGE UINT64_C(4096)
#define DIRTY_RANGES_MAX PEF_DOMAINS_MAX
#define DIRTY_ROOM (UINT64_C(64) << 30) /* address space of the copies; memory only where used */
#define DIRTY_PIECES_MAX 32768u
#define DIRTY_SMALL 4096u /* so many pieces are single pages */
#define DIRTY_BIG (UINT64_C(2) << 20)
#define DIRTY_WATCHERS 32u

struct piece {
	uintptr_t at;
	size_t size;
	unsigned char *copy;
};

struct dirty {
	struct range {
		uintptr_t lo, hi;
	} ranges[DIRTY_RANGES_MAX];
	unsigned range_count;
	unsigned char *room;
	size_t used;
	size_t count;
	struct piece pieces[DIRTY_PIECES_MAX];
};

static struct dirty *dirty_all[DIRTY_WATCHERS];
static struct sigaction dirty_before;
static unsigned dirty_watchers;

static const struct range *dirty_range(const struct dirty *d, uintptr_t at)
{
	for (unsigned i = 0; i < d->range_count; i++)
		if (at >= d->ranges[i].lo && at < d->ranges[i].hi)
			return &d->ranges[i];
	return NULL;
}

/* Whether [@at, @at + @size) holds a page that was unprotected already: its content is no longer the old one. */
static bool dirty_overlaps(const struct dirty *d, uintptr_t at, size_t size)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->pieces[i].at < at + size && at < d->pieces[i].at + d->pieces[i].size)
			return true;
	return false;
}

static bool dirty_take(struct dirty *d, const struct range *range, uintptr_t fault)
{
	uintptr_t at = fault & ~(DIRTY_BIG - 1);
	size_t size = DIRTY_BIG;
	if (d->count < DIRTY_SMALL || at < range->lo || at + size > range->hi || dirty_overlaps(d, at, size)) {
		at = fault & ~(PAGE - 1);
		size = PAGE;
	}
	if (d->count == DIRTY_PIECES_MAX || d->used + size > DIRTY_ROOM)
		return false;
	struct piece *piece = &d->pieces[d->count];
	*piece = (struct piece){at, size, d->room + d->used};
	memcpy(piece->copy, (const void *)at, size);
	if (mprotect((void *)at, size, PROT_READ | PROT_WRITE))
		return false;
	d->used += size;
	d->count++;
	return true;
}

static void dirty_fault(int number, siginfo_t *info, void *unused)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	(void)number;
	(void)unused;
	for (unsigned i = 0; info->si_code == SEGV_ACCERR && i < DIRTY_WATCHERS; i++) {
		const struct range *range = dirty_all[i] ? dirty_range(dirty_all[i], at) : NULL;
		if (range && dirty_take(dirty_all[i], range, at))
			return;
	}
	sigaction(SIGSEGV, &dirty_before, NULL); /* not ours: it comes again */
}

/* The page that faults may be any but a stack's; the handler still gets a stack of its own. */
static bool dirty_listen(void)
{
	static unsigned char stack[64 << 10];
	const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction action = {.sa_sigaction = dirty_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigemptyset(&action.sa_mask);
	return !sigaltstack(&own, NULL) && !sigaction(SIGSEGV, &action, &dirty_before);
}

struct dirty *dirty_create(void)
{
	unsigned at = 0;
	while (at < DIRTY_WATCHERS && dirty_all[at])
		at++;
	if (at == DIRTY_WATCHERS || (!dirty_watchers && !dirty_listen()))
		return NULL;
	struct dirty *d = calloc(1, sizeof *d);
	void *room = mmap(NULL, DIRTY_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	dirty_watchers++;
	if (!d || room == MAP_FAILED) {
		if (room != MAP_FAILED)
			munmap(room, DIRTY_ROOM);
		free(d);
		dirty_watchers--;
		return NULL;
	}
	d->room = room;
	return dirty_all[at] = d;
}

bool dirty_watch(struct dirty *d, uintptr_t lo, uintptr_t hi)
{
	if (d->range_count == DIRTY_RANGES_MAX || mprotect((void *)lo, hi - lo, PROT_READ))
		return false;
	d->ranges[d->range_count++] = (struct range){lo, hi};
	return true;
}

void dirty_restore(const struct dirty *d)
{
	for (size_t i = 0; i < d->count; i++)
		memcpy((void *)d->pieces[i].at, d->pieces[i].copy, d->pieces[i].size);
}

size_t dirty_pages(const struct dirty *d)
{
	return d->used / PAGE;
}

void dirty_destroy(struct dirty *d)
{
	if (!d)
		return;
	for (unsigned i = 0; i < d->range_count; i++)
		mprotect((void *)d->ranges[i].lo, d->ranges[i].hi - d->ranges[i].lo, PROT_READ | PROT_WRITE);
	for (unsigned i = 0; i < DIRTY_WATCHERS; i++)
		if (dirty_all[i] == d)
			dirty_all[i] = NULL;
	if (!--dirty_watchers)
		sigaction(SIGSEGV, &dirty_before, NULL);
	munmap(d->room, DIRTY_ROOM);
	free(d);
}
