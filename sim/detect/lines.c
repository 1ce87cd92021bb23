/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines.c - breakpoints that tell whether code was executed. See lines.h.
 *
 * The instruction at a place gets the one-byte breakpoint for its first byte. Its
 * signal comes with the counter one byte behind the place: the handler marks the
 * place, puts the byte back and the counter, too. Two threads that come at once
 * both find it in the table, and do the same. The handler has a stack of its own
 * where the thread that armed runs, so that the stacks of contexts stay as they are.
 *
 * Locking: see lines.h; the handler only reads tables. Errors: false; a breakpoint
 * that is not ours ends the program as it would have. Blocking: see lines.h.
 */
#include "pefsim/lines.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "places.h"

#if defined(__x86_64__)

#define LINES_STACK (UINT64_C(64) << 10)

struct place {
	uint8_t *at;
	const char *file;
	unsigned line;
	uint8_t byte; /* what stood there */
};

struct lines {
	struct lines *next; /* of those that are armed */
	uintptr_t inside;
	struct place *places; /* by address, from lines_arm() on */
	size_t count, room;
	_Atomic uint8_t *seen; /* a mark a place, shared between processes; NULL: not armed */
};

static struct lines *lines_armed;

/* ---- which lines ---------------------------------------------------------------------- */

struct adding {
	struct lines *to;
	const char *file;
	unsigned line, added;
};

static bool lines_grow(struct lines *l)
{
	size_t room = l->room ? 2 * l->room : 64;
	struct place *places = reallocarray(l->places, room, sizeof(*places));

	if (!places)
		return false;
	l->places = places;
	l->room = room;
	return true;
}

static void lines_add_place(void *arg, unsigned line, uintptr_t address)
{
	struct adding *a = arg;
	struct lines *l = a->to;

	if (line != a->line || (l->count == l->room && !lines_grow(l)))
		return;
	l->places[l->count++] = (struct place){.at = (uint8_t *)address, .file = a->file, .line = line};
	a->added++;
}

struct lines *lines_open(const void *inside)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (l)
		l->inside = (uintptr_t)inside;
	return l;
}

unsigned lines_add(struct lines *l, const char *file, unsigned line)
{
	struct adding a = {.to = l, .file = file, .line = line};

	places_each(l->inside, file, lines_add_place, &a);
	return a.added;
}

/* ---- breakpoints ------------------------------------------------------------------------ */

static int place_compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* The mark of a place; of several lines that begin at one address each has its own. */
static bool lines_hit(struct lines *l, uint8_t *at)
{
	size_t low = 0, high = l->count;
	bool hit = false;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (l->places[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < l->count && l->places[low].at == at; low++) {
		l->seen[low] = 1;
		*at = l->places[low].byte;
		hit = true;
	}
	return hit;
}

static void lines_on_trap(int number, siginfo_t *info, void *context)
{
	greg_t *counter = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)info;
	for (struct lines *l = lines_armed; l; l = l->next) {
		if (!lines_hit(l, (uint8_t *)*counter - 1))
			continue;
		--*counter;
		return;
	}
	signal(number, SIG_DFL);
}

static bool lines_handle(void)
{
	static uint8_t stack[LINES_STACK];
	const stack_t given = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_sigaction = lines_on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigemptyset(&action.sa_mask);
	return sigaltstack(&given, NULL) == 0 && sigaction(SIGTRAP, &action, NULL) == 0;
}

static bool lines_let_write(const struct place *p)
{
	uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE), page = (uintptr_t)p->at & ~(size - 1);

	return mprotect((void *)page, size, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

static bool lines_share(struct lines *l)
{
	void *shared = mmap(NULL, l->count + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	l->seen = shared == MAP_FAILED ? NULL : shared;
	return l->seen;
}

bool lines_arm(struct lines *l)
{
	if (l->seen || !lines_share(l) || !lines_handle())
		return false;
	if (l->count)
		qsort(l->places, l->count, sizeof(*l->places), place_compare);
	for (size_t i = 0; i < l->count; i++) {
		if (!lines_let_write(&l->places[i]))
			return false;
		l->places[i].byte = *l->places[i].at;
	}
	l->next = lines_armed;
	lines_armed = l;
	for (size_t i = 0; i < l->count; i++)
		*l->places[i].at = 0xcc;
	return true;
}

bool lines_seen(const struct lines *l, const char *file, unsigned line)
{
	for (size_t i = 0; l->seen && i < l->count; i++)
		if (l->places[i].line == line && l->seen[i] && !strcmp(l->places[i].file, file))
			return true;
	return false;
}

void lines_close(struct lines *l)
{
	if (!l)
		return;
	for (struct lines **at = &lines_armed; *at; at = &(*at)->next) {
		if (*at != l)
			continue;
		for (size_t i = 0; i < l->count; i++)
			*l->places[i].at = l->places[i].byte;
		*at = l->next;
		break;
	}
	if (l->seen)
		munmap((void *)l->seen, l->count + 1);
	free(l->places);
	free(l);
}

#else

struct lines *lines_open(const void *inside)
{
	(void)inside;
	return NULL;
}

unsigned lines_add(struct lines *l, const char *file, unsigned line)
{
	(void)l, (void)file, (void)line;
	return 0;
}

bool lines_arm(struct lines *l)
{
	(void)l;
	return false;
}

bool lines_seen(const struct lines *l, const char *file, unsigned line)
{
	(void)l, (void)file, (void)line;
	return false;
}

void lines_close(struct lines *l)
{
	(void)l;
}

#endif
