/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * atomics.c - the entry points that compilers call for atomic operations.
 *
 * Unlike plain accesses these replace the operation, so they check and then do
 * it. Code of one domain never runs twice at the same host time and no switch
 * happens in here, so plain loads and stores are atomic enough; what the memory
 * order argument orders is told to the race detector. Fences order nothing: the
 * models have none.
 *
 * Locking: as heap.c. Errors: findings. Blocking: a finding does not return in
 * a context.
 */
#include "hooks.h"

#ifdef PEF_HOOKS

__extension__ typedef unsigned __int128 atomics_u128;

/* X(bits, type) */
#define ATOMICS_SIZES(X) X(8, uint8_t) X(16, uint16_t) X(32, uint32_t) X(64, uint64_t) X(128, atomics_u128)

#define ATOMICS_CHECK(pointer, size, how) \
	hooks_check(pointer, size, (how) | ACCESS_MARKED, (uintptr_t)__builtin_return_address(0))

static void atomics_acquire(const volatile void *pointer, int order)
{
	if (order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE)
		order_acquire_at(pointer);
}

static bool atomics_releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

/* A read and a write in one go on a sequence of releases ... */
static void atomics_update(const volatile void *pointer, int order)
{
	atomics_acquire(pointer, order);
	if (atomics_releases(order))
		order_release_at(pointer);
}

/* ... that a mere store ends, or begins. */
static void atomics_store(const volatile void *pointer, int order)
{
	order_forget_at(pointer);
	if (atomics_releases(order))
		order_release_at(pointer);
}

/* Read, change, write back; the value that was there is returned. */
#define ATOMICS_UPDATE(bits, type, verb, expression) \
	type __tsan_atomic##bits##_##verb(volatile void *pointer, type value, int order); \
	type __tsan_atomic##bits##_##verb(volatile void *pointer, type value, int order) \
	{ \
		volatile type *word = pointer; \
		type old; \
		ATOMICS_CHECK(pointer, sizeof(type), ACCESS_WRITE); \
		atomics_update(pointer, order); \
		old = *word; \
		*word = (type)(expression); \
		return old; \
	}

#define ATOMICS_COMPARE(bits, type, verb) \
	bool __tsan_atomic##bits##_##verb(volatile void *pointer, void *expected, type value, int order, int failed); \
	bool __tsan_atomic##bits##_##verb(volatile void *pointer, void *expected, type value, int order, int failed) \
	{ \
		volatile type *word = pointer; \
		type old; \
		/* A failed one only reads. */ \
		ATOMICS_CHECK(pointer, sizeof(type), 0); \
		old = *word; \
		if (old != *(type *)expected) { \
			atomics_acquire(pointer, failed); \
			*(type *)expected = old; \
			return false; \
		} \
		ATOMICS_CHECK(pointer, sizeof(type), ACCESS_WRITE); \
		atomics_update(pointer, order); \
		*word = value; \
		return true; \
	}

#define X(bits, type) \
	type __tsan_atomic##bits##_load(const volatile void *pointer, int order); \
	type __tsan_atomic##bits##_load(const volatile void *pointer, int order) \
	{ \
		ATOMICS_CHECK(pointer, sizeof(type), 0); \
		atomics_acquire(pointer, order); \
		return *(const volatile type *)pointer; \
	} \
	void __tsan_atomic##bits##_store(volatile void *pointer, type value, int order); \
	void __tsan_atomic##bits##_store(volatile void *pointer, type value, int order) \
	{ \
		ATOMICS_CHECK(pointer, sizeof(type), ACCESS_WRITE); \
		atomics_store(pointer, order); \
		*(volatile type *)pointer = value; \
	} \
	ATOMICS_UPDATE(bits, type, exchange, value) \
	ATOMICS_UPDATE(bits, type, fetch_add, old + value) \
	ATOMICS_UPDATE(bits, type, fetch_sub, old - value) \
	ATOMICS_UPDATE(bits, type, fetch_and, old &value) \
	ATOMICS_UPDATE(bits, type, fetch_or, old | value) \
	ATOMICS_UPDATE(bits, type, fetch_xor, old ^ value) \
	ATOMICS_UPDATE(bits, type, fetch_nand, ~(old & value)) \
	ATOMICS_COMPARE(bits, type, compare_exchange_strong) \
	ATOMICS_COMPARE(bits, type, compare_exchange_weak) \
	type __tsan_atomic##bits##_compare_exchange_val( \
		volatile void *pointer, type expected, type value, int order, int failed); \
	type __tsan_atomic##bits##_compare_exchange_val( \
		volatile void *pointer, type expected, type value, int order, int failed) \
	{ \
		__tsan_atomic##bits##_compare_exchange_strong(pointer, &expected, value, order, failed); \
		return expected; \
	}
ATOMICS_SIZES(X)
#undef X

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	(void)order;
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}

#endif
