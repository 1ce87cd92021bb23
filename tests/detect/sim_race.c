/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_race.c - see sim_race.h.
 *
 * Locking: as each program says. Errors: what the detector finds. Blocking: yields.
 */
#include "sim_race.h"

#include <stdatomic.h>
#include <string.h>

#include "pefsim/heap.h"

struct race_shared *race_called;
struct sim_mutex *race_foreign;

#define PVT obj_make(OBJ_PVT, 0, 0)
#define LATER 1000000u

void race_shared_init(struct race_shared *s)
{
	sim_mutex_init(&s->mutex, obj_make(OBJ_UVMEM_LOCK, 0, 0));
	sim_mutex_init(&s->other, obj_make(OBJ_UVMEM_LOCK, 0, 1));
	sim_spin_init(&s->spin, obj_make(OBJ_UVMEM_LOCK, 0, 2));
	sim_rwsem_init(&s->rwsem, obj_make(OBJ_UVMEM_LOCK, 0, 3));
	sim_srcu_init(&s->srcu, obj_make(OBJ_UVMEM_LOCK, 0, 4));
	sim_completion_init(&s->completion, obj_make(OBJ_UVMEM_LOCK, 0, 5));
	sim_waitqueue_init(&s->queue, obj_make(OBJ_UVMEM_LOCK, 0, 6));
	sim_page_lock_init(&s->page, 7);
}

static __attribute__((noinline)) uint64_t look(const uint64_t *p)
{
	return *(p + (context_self() ? 0 : 1));
}

static __attribute__((noinline)) void poke(uint64_t *p)
{
	(*(p + (context_self() ? 0 : 1)))++;
}

static void race_nothing_first(struct race_shared *s)
{
	poke(&s->x);
}
static void race_nothing_second(struct race_shared *s)
{
	poke(s->good ? &s->y : &s->x);
}

static void race_mutex_first(struct race_shared *s)
{
	sim_mutex_lock(&s->mutex);
	poke(&s->x);
	sim_mutex_unlock(&s->mutex);
}
static void race_mutex_second(struct race_shared *s)
{
	struct sim_mutex *m = s->good ? &s->mutex : &s->other;

	sim_mutex_lock(m);
	poke(&s->x);
	sim_mutex_unlock(m);
}

static void race_spin_first(struct race_shared *s)
{
	sim_spin_lock(&s->spin);
	poke(&s->x);
	sim_spin_unlock(&s->spin);
	if (!s->good)
		poke(&s->x);
}
static void race_spin_second(struct race_shared *s)
{
	sim_spin_lock(&s->spin);
	poke(&s->x);
	sim_spin_unlock(&s->spin);
}

/* A lock that was tried and taken orders; one that was tried and not had does not. */
static void race_trylock_first(struct race_shared *s)
{
	sim_mutex_lock(&s->mutex);
	poke(&s->x);
	if (s->good)
		sim_mutex_unlock(&s->mutex);
}
static void race_trylock_second(struct race_shared *s)
{
	bool got = sim_mutex_trylock(&s->mutex);

	poke(&s->x);
	if (got)
		sim_mutex_unlock(&s->mutex);
}

static void race_rwsem_write_first(struct race_shared *s)
{
	sim_rwsem_write_lock(&s->rwsem);
	poke(&s->x);
	sim_rwsem_write_unlock(&s->rwsem);
}
static void race_rwsem_write_second(struct race_shared *s)
{
	if (s->good)
		race_rwsem_write_first(s);
	else
		race_nothing_first(s);
}

/* A writer is after the readers; readers are not after one another. */
static void race_rwsem_reader_first_first(struct race_shared *s)
{
	sim_rwsem_read_lock(&s->rwsem);
	look(&s->x);
	sim_rwsem_read_unlock(&s->rwsem);
}
static void race_rwsem_reader_first_second(struct race_shared *s)
{
	if (s->good) {
		race_rwsem_write_first(s);
		return;
	}
	sim_rwsem_read_lock(&s->rwsem);
	poke(&s->x);
	sim_rwsem_read_unlock(&s->rwsem);
}

static void race_rwsem_writer_first_first(struct race_shared *s)
{
	if (s->good) {
		race_rwsem_write_first(s);
		return;
	}
	sim_rwsem_read_lock(&s->rwsem);
	poke(&s->x);
	sim_rwsem_read_unlock(&s->rwsem);
}
static void race_rwsem_writer_first_second(struct race_shared *s)
{
	race_rwsem_reader_first_first(s);
}

static void race_downgrade_first(struct race_shared *s)
{
	sim_rwsem_write_lock(&s->rwsem);
	if (s->good)
		poke(&s->x);
	sim_rwsem_downgrade(&s->rwsem);
	if (!s->good)
		poke(&s->x);
	sim_rwsem_read_unlock(&s->rwsem);
}
static void race_downgrade_second(struct race_shared *s)
{
	race_rwsem_reader_first_first(s);
}

static void race_srcu_grace_first(struct race_shared *s)
{
	int index = sim_srcu_read_lock(&s->srcu);

	look(&s->x);
	sim_srcu_read_unlock(&s->srcu, index);
}
static void race_srcu_grace_second(struct race_shared *s)
{
	if (s->good)
		sim_srcu_synchronize(&s->srcu);
	poke(&s->x);
}

static void race_srcu_later_reader_first(struct race_shared *s)
{
	poke(&s->x);
	sim_srcu_synchronize(&s->srcu);
	if (!s->good)
		poke(&s->x);
}
static void race_srcu_later_reader_second(struct race_shared *s)
{
	race_srcu_grace_first(s);
}

/* Read sections do not order one another. */
static void race_srcu_unwaited_first(struct race_shared *s)
{
	int index = sim_srcu_read_lock(&s->srcu);

	if (s->good)
		look(&s->x);
	else
		poke(&s->x);
	sim_srcu_read_unlock(&s->srcu, index);
}
static void race_srcu_unwaited_second(struct race_shared *s)
{
	race_srcu_grace_first(s);
}

static void race_completion_first(struct race_shared *s)
{
	context_advance(2 * LATER, CAUSE_COMPUTE);
	poke(&s->x);
	sim_completion_complete(&s->completion);
	if (!s->good)
		poke(&s->x);
}
static void race_completion_second(struct race_shared *s)
{
	sim_completion_wait(&s->completion);
	context_advance(LATER, CAUSE_COMPUTE);
	poke(&s->x);
}

static void race_completion_late_first(struct race_shared *s)
{
	poke(&s->x);
	if (s->good)
		sim_completion_complete(&s->completion);
}
static void race_completion_late_second(struct race_shared *s)
{
	if (s->good)
		sim_completion_wait(&s->completion);
	poke(&s->x);
}

static void race_waitqueue_first(struct race_shared *s)
{
	context_advance(2 * LATER, CAUSE_COMPUTE);
	poke(&s->x);
	sim_waitqueue_wake_all(&s->queue);
	if (!s->good)
		poke(&s->x);
}
static void race_waitqueue_second(struct race_shared *s)
{
	sim_waitqueue_sleep(&s->queue, CAUSE_IDLE);
	context_advance(LATER, CAUSE_COMPUTE);
	poke(&s->x);
}

static void race_page_lock_first(struct race_shared *s)
{
	sim_page_lock_lock(&s->page);
	poke(&s->x);
	sim_page_lock_unlock(&s->page);
	if (!s->good)
		poke(&s->x);
}
static void race_page_lock_second(struct race_shared *s)
{
	sim_page_lock_lock(&s->page);
	poke(&s->x);
	sim_page_lock_unlock(&s->page);
}

/* The one who drops the last reference is after all who dropped one. */
static void race_reference_first(struct race_shared *s)
{
	look(&s->x);
	if (s->good)
		order_release_at(&s->refs);
}
static void race_reference_second(struct race_shared *s)
{
	order_release_at(&s->refs);
	order_acquire_at(&s->refs);
	poke(&s->x);
}

static void race_atomic_first(struct race_shared *s)
{
	poke(&s->x);
	atomic_store_explicit(&s->flag, 1, s->good ? memory_order_release : memory_order_relaxed);
}
static void race_atomic_second(struct race_shared *s)
{
	if (atomic_load_explicit(&s->flag, memory_order_acquire))
		poke(&s->x);
}

static void race_atomic_update_first(struct race_shared *s)
{
	poke(&s->x);
	atomic_fetch_add_explicit(&s->flag, 1, memory_order_acq_rel);
}
static void race_atomic_update_second(struct race_shared *s)
{
	atomic_fetch_add_explicit(&s->flag, 1, s->good ? memory_order_acquire : memory_order_relaxed);
	poke(&s->x);
}

/* An update goes on with a sequence of releases, a store ends it. */
static void race_atomic_store_ends_first(struct race_shared *s)
{
	poke(&s->x);
	atomic_store_explicit(&s->flag, 1, memory_order_release);
	context_advance(LATER * 2, CAUSE_COMPUTE);
}
static void race_atomic_store_ends_second(struct race_shared *s)
{
	if (s->good)
		atomic_fetch_add_explicit(&s->flag, 1, memory_order_relaxed);
	else
		atomic_store_explicit(&s->flag, 2, memory_order_relaxed);
	if (atomic_load_explicit(&s->flag, memory_order_acquire))
		poke(&s->x);
}

static void race_marked_first(struct race_shared *s)
{
	*(volatile uint64_t *)&s->x = 1;
}
static void race_marked_second(struct race_shared *s)
{
	if (s->good)
		*(volatile uint64_t *)&s->x = 2;
	else
		poke(&s->x);
}

static void race_marked_write_first(struct race_shared *s)
{
	if (s->good)
		s->y = *(volatile uint64_t *)&s->x;
	else
		s->y = look(&s->x);
}
static void race_marked_write_second(struct race_shared *s)
{
	race_marked_first(s);
}

static __attribute__((noinline)) void poke_byte(uint8_t *p)
{
	*p = 1;
}
static void race_bytes_first(struct race_shared *s)
{
	poke_byte(&s->bytes[3]);
}
static void race_bytes_second(struct race_shared *s)
{
	poke_byte(&s->bytes[s->good ? 4 : 3]);
}

/* An access over two granules. */
static __attribute__((noinline)) void poke_words(uint8_t *p)
{
	uint64_t word = 7;

	memcpy(p, &word, sizeof(word));
}
static void race_words_first(struct race_shared *s)
{
	poke_words((uint8_t *)&s->x + 4);
}
static void race_words_second(struct race_shared *s)
{
	if (s->good)
		poke_byte((uint8_t *)&s->x + 12);
	else
		poke_byte((uint8_t *)&s->x + 11);
}

static void race_copy_first(struct race_shared *s)
{
	memcpy(s->block, s->block2, sizeof(s->block));
}
static void race_copy_second(struct race_shared *s)
{
	if (s->good)
		look(&s->block2[9]);
	else
		look(&s->block[9]);
}

static void race_set_first(struct race_shared *s)
{
	look(&s->block[15]);
}
static void race_set_second(struct race_shared *s)
{
	memset(s->block, 0, sizeof(s->block) - (s->good ? 8 : 0));
}

/* Nothing orders the free after the last use: the next run may have it the other way round. */
static void race_freed_first(struct race_shared *s)
{
	sim_mutex_lock(&s->mutex);
	s->object = heap_alloc(64, PVT);
	sim_mutex_unlock(&s->mutex);
	context_advance(2 * LATER, CAUSE_COMPUTE);
	if (s->good)
		sim_mutex_lock(&s->mutex);
	heap_free(s->object);
}
static void race_freed_second(struct race_shared *s)
{
	sim_mutex_lock(&s->mutex);
	look(s->object + 3);
	sim_mutex_unlock(&s->mutex);
}

/* Handed on without order, as by a marked pointer: the zeroing races with who reads it. */
static void race_allocated_first(struct race_shared *s)
{
	uint64_t *object = heap_alloc(64, PVT);

	if (s->good)
		order_release_at(&s->object);
	*(uint64_t *volatile *)&s->object = object;
}
static void race_allocated_second(struct race_shared *s)
{
	uint64_t *object = *(uint64_t *volatile *)&s->object;

	order_acquire_at(&s->object);
	look(object);
}

static void race_child(void *arg)
{
	context_advance(LATER, CAUSE_COMPUTE);
	look(&((struct race_shared *)arg)->x);
}
static void race_spawned_first(struct race_shared *s)
{
	poke(&s->x);
	context_spawn(domain_self(), "d0.child", "d0.child", race_child, s, domain_now(domain_self()) + 1);
	if (!s->good)
		poke(&s->x);
}
static void race_spawned_second(struct race_shared *s)
{
	(void)s;
}

/* A call takes along what is known: who is called back is after the first. */
static void race_call_first(struct race_shared *s)
{
	struct call c = {.number = 1};

	poke(&s->x);
	if (s->good)
		call_make(s->d1, &c, STEP_UCALL, 0);
}
static void race_call_second(struct race_shared *s)
{
	struct call c = {.number = 1};

	if (!s->good)
		call_make(s->d1, &c, STEP_UCALL, 0);
}

/* Both call the other side, which takes a lock of its own each time: that orders nothing here. */
static void race_foreign_lock_first(struct race_shared *s)
{
	struct call c = {.number = 2};

	poke(&s->x);
	call_make(s->d1, &c, STEP_UCALL, 0);
	if (s->good)
		order_signal(&s->event);
}
static void race_foreign_lock_second(struct race_shared *s)
{
	struct call c = {.number = 2};

	order_await(&s->event);
	call_make(s->d1, &c, STEP_UCALL, 0);
	poke(&s->x);
}

static void race_event_first(struct race_shared *s)
{
	poke(&s->x);
	if (s->good)
		order_signal(&s->event);
}
static void race_event_second(struct race_shared *s)
{
	order_await(&s->event);
	poke(&s->x);
}

static void race_two_reads_first(struct race_shared *s)
{
	look(&s->x);
}
static void race_two_reads_second(struct race_shared *s)
{
	if (s->good)
		look(&s->x);
	else
		poke(&s->x);
}

/* A read that others have pushed out of the cell still counts. */
static void race_reader(void *arg)
{
	look(&((struct race_shared *)arg)->x);
}
static void race_pushed_out_first(struct race_shared *s)
{
	look(&s->x);
	sim_mutex_lock(&s->mutex);
	sim_mutex_unlock(&s->mutex);
	for (unsigned i = 0; i < 8; i++) {
		char name[16] = "d0.reader0";

		name[9] = (char)('0' + i);
		context_spawn(domain_self(), name, name, race_reader, s, domain_now(domain_self()) + 1);
		context_advance(100, CAUSE_COMPUTE);
	}
	sim_mutex_lock(&s->mutex);
	sim_mutex_unlock(&s->mutex);
}
static void race_pushed_out_second(struct race_shared *s)
{
	sim_mutex_lock(&s->mutex);
	if (s->good)
		look(&s->x);
	else
		poke(&s->x); /* after the first, not after the readers it has begun */
	sim_mutex_unlock(&s->mutex);
}

void race_on_call(struct domain *d, struct call *c)
{
	struct call back = {.number = 1};

	if (c->number == 1)
		call_make(engine_domain(domain_engine(d), 0), &back, STEP_UCALL, 0);
	if (c->number != 2)
		return;
	sim_mutex_lock(race_foreign);
	context_advance(10, CAUSE_COMPUTE);
	sim_mutex_unlock(race_foreign);
}

void race_on_call_back(struct domain *d, struct call *c)
{
	(void)d;
	(void)c;
	look(&race_called->x);
}

void race_read_unwritten(void *arg)
{
	uint64_t *p = heap_alloc_raw(64, PVT);

	(void)arg;
	poke_byte((uint8_t *)(p + 2));
	look(p + 3);
}
void race_read_written(void *arg)
{
	uint64_t *p = heap_alloc_raw(64, PVT), *q = heap_alloc(64, PVT);

	(void)arg;
	memcpy(p, q, 64);
	look(p + 3);
	look(q + 3);
}
void race_read_half_written(void *arg)
{
	uint8_t *p = heap_alloc_raw(64, PVT);

	(void)arg;
	memset(p, 0, 28);
	look((uint64_t *)(void *)p);
	look((uint64_t *)(void *)(p + 24));
}

#define X(name) \
	static void race_##name##_begin(void *arg) \
	{ \
		race_##name##_first(arg); \
	} \
	static void race_##name##_later(void *arg) \
	{ \
		context_advance(LATER, CAUSE_COMPUTE); \
		race_##name##_second(arg); \
	}
RACE_PROGRAMS(X)
#undef X

const struct race_program race_programs[] = {
#define X(name) {#name, race_##name##_begin, race_##name##_later},
	RACE_PROGRAMS(X)
#undef X
};
const unsigned race_program_count = sizeof(race_programs) / sizeof(race_programs[0]);
