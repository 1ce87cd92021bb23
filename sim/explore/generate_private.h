/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate_private.h - what the files of the generator share.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef GENERATE_PRIVATE_H
#define GENERATE_PRIVATE_H

#include <stdio.h>

#include "pefsim/generate.h"

#define GUESTS_MAX 2u
#define SLOTS_MAX 4u
#define THREADS_MAX 10u
#define EVENTS_MAX 64u

enum kind { GUEST, HOST, UV };
struct slot {
	unsigned pages;
	bool alive, may_go;
};
struct guest {
	unsigned vcpus, slots;
	struct slot slot[SLOTS_MAX];
};
struct thread {
	enum kind kind;
	unsigned guest;
	char name[16];
	char *text;
	size_t len;
	FILE *out;
};
struct generator {
	uint64_t state;
	const struct generate_options *options;
	struct guest guests[GUESTS_MAX];
	unsigned guest_count;
	struct thread threads[THREADS_MAX];
	unsigned thread_count;
	unsigned event_count; /* e0, e1, ... are signalled so far */
	unsigned label_owner[EVENTS_MAX];
	unsigned label_count;
	unsigned sync_count; /* names for the order around slots and for barriers */
};

/** generate_statement - one operation of a thread's kind */
void generate_statement(struct generator *g, struct thread *t);
/** generate_platform - the lines of the platform section */
void generate_platform(struct generator *g, FILE *out);
/** generate_faults - a section of faults, or nothing */
void generate_faults(struct generator *g, FILE *out);

static inline unsigned below(struct generator *g, unsigned n)
{
	return generate_below(&g->state, n);
}

#endif
