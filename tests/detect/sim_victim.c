/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_victim.c - see sim_victim.h.
 *
 * Locking: none. Errors: what the detectors find. Blocking: yields.
 */
#include "sim_victim.h"

#include <stdatomic.h>
#include <string.h>

#include "pefsim/heap.h"

#define RMAP(i) obj_make(OBJ_RMAP, 0, i)
#define PVT obj_make(OBJ_PVT, 0, 0)

static __attribute__((noinline)) uint64_t *victim_make(size_t words)
{
	return heap_alloc(words * sizeof(uint64_t), RMAP(1));
}

static __attribute__((noinline)) void victim_drop(void *p)
{
	heap_free(p);
}

static __attribute__((noinline)) uint64_t victim_look(volatile uint64_t *p)
{
	return *p;
}

static __attribute__((noinline)) void victim_poke(volatile uint64_t *p)
{
	*p = 1;
}

void victim_read_freed(void *arg)
{
	uint64_t *p = victim_make(8);

	(void)arg;
	context_set_line(context_self(), 7);
	context_advance(10, CAUSE_COMPUTE);
	victim_drop(p);
	context_set_line(context_self(), 8);
	context_advance(10, CAUSE_COMPUTE);
	victim_look(p + 2);
}

void victim_read_live(void *arg)
{
	uint64_t *p = victim_make(8), *q = victim_make(8);

	(void)arg;
	victim_drop(q);
	victim_look(p + 2);
	victim_drop(p);
}

void victim_write_freed(void *arg)
{
	uint64_t *p = victim_make(8);

	(void)arg;
	victim_drop(p);
	victim_poke(p);
}

void victim_write_live(void *arg)
{
	uint64_t *p = victim_make(8);

	(void)arg;
	victim_poke(p);
	victim_drop(p);
}

struct wide {
	uint64_t words[64]; /* so big that compilers call memcpy */
};

static __attribute__((noinline)) void victim_copy(struct wide *to, const struct wide *from)
{
	*to = *from;
}

void victim_copy_freed(void *arg)
{
	struct wide *p = heap_alloc(sizeof(*p), PVT), *q = heap_alloc(sizeof(*q), PVT);

	(void)arg;
	victim_drop(p);
	victim_copy(q, p);
}

void victim_copy_live(void *arg)
{
	struct wide *p = heap_alloc(sizeof(*p), PVT), *q = heap_alloc(sizeof(*q), PVT);

	(void)arg;
	victim_copy(q, p);
	victim_drop(p);
}

void victim_memset_freed(void *arg)
{
	struct wide *p = heap_alloc(sizeof(*p), PVT);

	(void)arg;
	victim_drop(p);
	memset(p, 1, sizeof(*p));
}

void victim_memset_live(void *arg)
{
	struct wide *p = heap_alloc(sizeof(*p), PVT);

	(void)arg;
	memset(p, 1, sizeof(*p));
	victim_look(p->words);
	victim_drop(p);
}

void victim_memmove_over(void *arg)
{
	struct wide *p = heap_alloc(sizeof(*p), PVT);

	(void)arg;
	memmove(&p->words[32], p->words, 33 * sizeof(p->words[0]));
	victim_look(p->words);
}

void victim_memmove_within(void *arg)
{
	struct wide *p = heap_alloc(sizeof(*p), PVT);

	(void)arg;
	memmove(&p->words[32], p->words, 32 * sizeof(p->words[0]));
	victim_look(p->words);
}

void victim_red_zone(void *arg)
{
	uint64_t *p = victim_make(4);

	(void)arg;
	victim_poke(p + 4);
}

void victim_last_word(void *arg)
{
	uint64_t *p = victim_make(4);

	(void)arg;
	victim_poke(p + 3);
}

void victim_below(void *arg)
{
	uint64_t *p = victim_make(4);

	(void)arg;
	victim_look(p - 1);
}

static __attribute__((noinline)) void victim_poke_byte(volatile char *p)
{
	*p = 1;
}

void victim_tail_byte_bad(void *arg)
{
	char *p = heap_alloc(13, PVT);

	(void)arg;
	victim_poke_byte(p + 13);
}

void victim_tail_byte_good(void *arg)
{
	char *p = heap_alloc(13, PVT);

	(void)arg;
	victim_poke_byte(p + 12);
}

void victim_free_twice(void *arg)
{
	uint64_t *p = victim_make(4);

	(void)arg;
	victim_drop(p);
	victim_drop(p);
}

void victim_free_two(void *arg)
{
	uint64_t *p = victim_make(4), *q = victim_make(4);

	(void)arg;
	victim_drop(p);
	victim_drop(q);
}

void victim_free_middle(void *arg)
{
	uint64_t *p = victim_make(4);

	(void)arg;
	victim_drop(p + 1);
}

void victim_free_null(void *arg)
{
	(void)arg;
	victim_drop(NULL);
}

void victim_read_null(void *arg)
{
	uint64_t *p = victim_make(8);

	(void)arg;
	victim_poke(p); /* from now on the segment is known, and the hooks go their short way */
	*(uint64_t **)p = NULL;
	victim_look(*(uint64_t **)p + 3);
}

void victim_foreign(void *arg)
{
	context_advance(50, CAUSE_COMPUTE); /* until the other side has made it */
	victim_look(*(uint64_t **)arg);
}

struct holder {
	uint64_t other;
	uint64_t *pointer;
};

static __attribute__((noinline)) void victim_keep(struct holder *h, uint64_t *p)
{
	h->pointer = p;
}

void victim_stale(void *arg)
{
	struct holder *h = heap_alloc(sizeof(*h), PVT);
	uint64_t *p = victim_make(8);

	(void)arg;
	context_set_line(context_self(), 3);
	context_advance(5, CAUSE_COMPUTE);
	victim_keep(h, p);
	context_advance(5, CAUSE_COMPUTE);
	victim_drop(p);
	victim_look(h->pointer);
}

void victim_atomic_freed(void *arg)
{
	_Atomic uint64_t *p = (_Atomic uint64_t *)victim_make(4);

	(void)arg;
	victim_drop((void *)p);
	atomic_fetch_add(p, 1);
}

#define ATOMIC_TRY(type) \
	do { \
		_Atomic type *word = heap_alloc(sizeof(type), PVT); \
		type expected = 7; \
		atomic_store(word, (type)5); \
		ok &= atomic_fetch_add(word, (type)3) == 5 && atomic_load(word) == 8; \
		ok &= atomic_fetch_sub(word, (type)1) == 8 && atomic_fetch_or(word, (type)8) == 7; \
		ok &= atomic_fetch_and(word, (type)7) == 15 && atomic_fetch_xor(word, (type)2) == 7; \
		ok &= atomic_exchange(word, (type)9) == 5; \
		ok &= !atomic_compare_exchange_strong(word, &expected, (type)1) && expected == 9; \
		ok &= atomic_compare_exchange_strong(word, &expected, (type)1) && atomic_load(word) == 1; \
	} while (0)

void victim_atomics(void *arg)
{
	int ok = 1;

	ATOMIC_TRY(uint8_t);
	ATOMIC_TRY(uint16_t);
	ATOMIC_TRY(uint32_t);
	ATOMIC_TRY(uint64_t);
	atomic_thread_fence(memory_order_seq_cst);
	*(int *)arg = ok;
}

void victim_stack(void *arg)
{
	volatile uint64_t words[2048];

	(void)arg;
	for (unsigned i = 0; i < 2048; i++)
		victim_poke((uint64_t *)&words[i]);
}
