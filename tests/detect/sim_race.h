/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_race.h - litmus programs for the race detector, compiled with the hooks.
 *
 * Each is two contexts of one domain that meet in a word; the second begins long
 * after the first has ended its part, so only what orders them tells a good
 * program from a bad one.
 *
 * Locking: as each program says. Errors: what the detector finds. Blocking: yields.
 */
#ifndef TESTS_DETECT_SIM_RACE_H
#define TESTS_DETECT_SIM_RACE_H

#include "pefsim/sync.h"

/* X(name): a program race_##name; bad without what orders it, good with it. */
/* clang-format off */
#define RACE_PROGRAMS(X) \
	X(nothing) X(mutex) X(spin) X(trylock) X(rwsem_write) X(rwsem_reader_first) X(rwsem_writer_first) X(downgrade) \
	X(srcu_grace) X(srcu_later_reader) X(srcu_unwaited) X(completion) X(completion_late) X(waitqueue) X(page_lock) \
	X(reference) X(atomic) X(atomic_update) X(atomic_store_ends) X(marked) X(marked_write) X(bytes) X(words) \
	X(copy) X(set) X(freed) X(allocated) X(spawned) X(call) X(foreign_lock) X(event) X(two_reads) X(pushed_out)
/* clang-format on */

/* What the two share; in the arena of d0. */
struct race_shared {
	uint64_t x, y;
	uint8_t bytes[8];
	uint64_t block[16], block2[16];
	uint64_t *object;
	uint32_t refs;
	_Atomic uint64_t flag;
	struct sim_mutex mutex, other;
	struct sim_spinlock spin;
	struct sim_rwsem rwsem;
	struct sim_srcu srcu;
	struct sim_completion completion;
	struct sim_waitqueue queue;
	struct sim_page_lock page;
	struct order_known event;
	struct domain *d1;
	bool good;
};

struct race_program {
	const char *name;
	void (*first)(void *shared), (*second)(void *shared);
};
extern const struct race_program race_programs[];
extern const unsigned race_program_count;

/* Bytes of raw memory are read before they are written, and after. */
void race_read_unwritten(void *arg);
void race_read_written(void *arg);
/* The same where only some bytes of a word were written. */
void race_read_half_written(void *arg);

void race_shared_init(struct race_shared *s);
/* What d1 does when called: number 1 calls d0 back, number 2 takes its own lock. */
void race_on_call(struct domain *d, struct call *c);
/* What d0 does when called back: read x. */
void race_on_call_back(struct domain *d, struct call *c);
/* Whose program runs, and d1's lock; set before the run. */
extern struct race_shared *race_called;
extern struct sim_mutex *race_foreign;

#endif
