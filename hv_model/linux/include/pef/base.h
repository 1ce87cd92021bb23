/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base.h - what every kernel file takes for granted: types, errors, lists,
 * bitmaps, memory, messages.
 *
 * Own words and code; names and numbers are the kernel's interface.
 *
 * Locking: none. Errors: as the kernel's functions. Blocking: allocation yields.
 */
#ifndef PEF_BASE_H
#define PEF_BASE_H

#include "host.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef unsigned long long __u64;
typedef uint32_t __be32;
typedef uint64_t __be64;
typedef unsigned int gfp_t;
typedef u64 phys_addr_t, resource_size_t, dma_addr_t, gpa_t, gfn_t, hfn_t, hva_t;
typedef long ssize_t;

extern const struct pef_host *pef_host __attribute__((visibility("hidden")));

/* ---- compiler ---------------------------------------------------------------- */

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __always_unused __attribute__((unused))
#define __maybe_unused __attribute__((unused))
#define __must_check
#define __init
#define __exit
#define __force
#define __user
#define __iomem
#define __rcu
#define __read_mostly
#define __ro_after_init
#define noinline __attribute__((__noinline__))
#define __always_inline inline __attribute__((always_inline))
#define fallthrough __attribute__((__fallthrough__))
#define asmlinkage
#define __acquires(x)
#define __releases(x)
#define EXPORT_SYMBOL(x) struct pef_export
#define EXPORT_SYMBOL_GPL(x) struct pef_export
#define EXPORT_SYMBOL_FOR_KVM(x) struct pef_export
#define MODULE_LICENSE(x) struct pef_export
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define barrier() __asm__ __volatile__("" ::: "memory")
#define smp_mb() barrier()
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define BUILD_BUG_ON(x) _Static_assert(!(x), #x)
#define IS_ENABLED(x) 0
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#define min(a, b) \
	({ \
		__typeof__(a) pef_a = (a); \
		__typeof__(b) pef_b = (b); \
		pef_a < pef_b ? pef_a : pef_b; \
	})
#define max(a, b) \
	({ \
		__typeof__(a) pef_a = (a); \
		__typeof__(b) pef_b = (b); \
		pef_a > pef_b ? pef_a : pef_b; \
	})
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define BIT(n) (1UL << (n))
#define BITS_PER_LONG 64
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define ALIGN(x, a) (((x) + (a)-1) & ~((__typeof__(x))(a)-1))

/* memset and the like are accesses, and a compiler does not count them: theirs are named. */
#if defined(__SANITIZE_THREAD__)
#define PEF_HOOKED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PEF_HOOKED 1
#endif
#endif
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
char *strstr(const char *text, const char *word);
#ifdef PEF_HOOKED
__asm__(".set memcpy, __tsan_memcpy");
__asm__(".set memmove, __tsan_memmove");
__asm__(".set memset, __tsan_memset");
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);
#define memcpy __tsan_memcpy
#define memmove __tsan_memmove
#define memset __tsan_memset
#endif

/* ---- errors and complaints ------------------------------------------------------ */

#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define E2BIG 7
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define ENOSPC 28
#define ERANGE 34
#define ENOSYS 38
#define EOPNOTSUPP 95
#define MAX_ERRNO 4095

static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-MAX_ERRNO;
}
static inline bool IS_ERR_OR_NULL(const void *p)
{
	return !p || IS_ERR(p);
}
static inline long PTR_ERR(const void *p)
{
	return (long)p;
}
static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

#define PEF_WARN(condition) \
	({ \
		bool pef_bad = !!(condition); \
		if (unlikely(pef_bad)) \
			pef_host->warn("WARN_ON(" #condition ")", __FILE__, __LINE__, false); \
		pef_bad; \
	})
#define WARN_ON(condition) PEF_WARN(condition)
#define WARN_ON_ONCE(condition) PEF_WARN(condition)
#define WARN(condition, ...) PEF_WARN(condition)
#define WARN_ONCE(condition, ...) PEF_WARN(condition)
#define VM_WARN_ON(condition) ((void)PEF_WARN(condition))
#define VM_WARN_ON_ONCE(condition) ((void)PEF_WARN(condition))
#define VM_WARN_ON_ONCE_FOLIO(condition, folio) PEF_WARN(condition)
#define BUG_ON(condition) \
	do { \
		if (unlikely(condition)) \
			pef_host->warn("BUG_ON(" #condition ")", __FILE__, __LINE__, true); \
	} while (0)
#define BUG() pef_host->warn("BUG()", __FILE__, __LINE__, true)
#define VM_BUG_ON(condition) BUG_ON(condition)
#define VM_BUG_ON_PAGE(condition, page) BUG_ON(condition)
#define VM_BUG_ON_FOLIO(condition, folio) BUG_ON(condition)

/* Messages are looked at by the compiler, and by nobody else. */
int pef_printk(const char *format, ...) __attribute__((visibility("hidden")));
#define printk(...) \
	do { \
		if (0) \
			pef_printk(__VA_ARGS__); \
	} while (0)
#define KERN_ERR
#define KERN_WARNING
#define KERN_INFO
#define pr_err(...) printk(__VA_ARGS__)
#define pr_warn(...) printk(__VA_ARGS__)
#define pr_warn_once(...) printk(__VA_ARGS__)
#define pr_err_once(...) printk(__VA_ARGS__)
#define pr_info(...) printk(__VA_ARGS__)
#define pr_info_once(...) printk(__VA_ARGS__)
#define pr_notice(...) printk(__VA_ARGS__)
#define pr_debug(...) printk(__VA_ARGS__)
#define pr_err_ratelimited(...) printk(__VA_ARGS__)
#define pr_warn_ratelimited(...) printk(__VA_ARGS__)

#define might_sleep() ((void)0)
#define cond_resched() ((void)0)
#define schedule() ((void)0)

/* ---- memory ------------------------------------------------------------------------ */

#define GFP_KERNEL 0xcc0u
#define GFP_KERNEL_ACCOUNT 0x400cc0u
#define GFP_ATOMIC 0x820u
#define GFP_NOWAIT 0x800u
#define GFP_HIGHUSER 0x100cc2u
#define GFP_HIGHUSER_MOVABLE 0x100ccau
#define GFP_USER 0x100cc0u
#define __GFP_NOWARN 0x200u
#define __GFP_ZERO 0x100u
#define __GFP_NOFAIL 0x8000u
#define NUMA_NO_NODE (-1)

/* What is allocated is told by the words in the call; a report wants a name, not a size. */
void *pef_alloc(size_t count, size_t size, const char *words, const char *function)
	__attribute__((visibility("hidden")));
void pef_free(const void *object) __attribute__((visibility("hidden")));
#define kmalloc(size, gfp) pef_alloc(1, size, #size, __func__)
#define kzalloc(size, gfp) pef_alloc(1, size, #size, __func__)
#define kcalloc(count, size, gfp) pef_alloc(count, size, #count "," #size, __func__)
#define kmalloc_array(count, size, gfp) pef_alloc(count, size, #count "," #size, __func__)
#define kvzalloc(size, gfp) pef_alloc(1, size, #size, __func__)
#define kvcalloc(count, size, gfp) pef_alloc(count, size, #count "," #size, __func__)
#define vzalloc(size) pef_alloc(1, size, #size, __func__)
#define vmalloc(size) pef_alloc(1, size, #size, __func__)
#define vcalloc(count, size) pef_alloc(count, size, #count "," #size, __func__)
#define kzalloc_obj(object, ...) ((__typeof__(object) *)pef_alloc(1, sizeof(object), #object, __func__))
#define kmalloc_obj(object, ...) ((__typeof__(object) *)pef_alloc(1, sizeof(object), #object, __func__))
#define kfree(object) pef_free(object)
#define vfree(object) pef_free(object)
#define kvfree(object) pef_free(object)
static inline size_t array_size(size_t count, size_t size)
{
	return count * size;
}
static inline size_t size_mul(size_t a, size_t b)
{
	return a * b;
}

/* ---- lists --------------------------------------------------------------------------- */

struct list_head {
	struct list_head *next, *prev;
};
#define LIST_HEAD_INIT(name) \
	{ \
		&(name), &(name) \
	}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)
#define LIST_POISON1 ((struct list_head *)0x100)
#define LIST_POISON2 ((struct list_head *)0x122)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	WRITE_ONCE(head->next, head);
	head->prev = head;
}
static inline void pef_list_insert(struct list_head *entry, struct list_head *before, struct list_head *after)
{
	after->prev = entry;
	entry->next = after;
	entry->prev = before;
	WRITE_ONCE(before->next, entry);
}
static inline void list_add(struct list_head *entry, struct list_head *head)
{
	pef_list_insert(entry, head, head->next);
}
static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	pef_list_insert(entry, head->prev, head);
}
static inline void pef_list_take(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	WRITE_ONCE(entry->prev->next, entry->next);
}
static inline void list_del(struct list_head *entry)
{
	pef_list_take(entry);
	entry->next = LIST_POISON1;
	entry->prev = LIST_POISON2;
}
static inline void list_del_init(struct list_head *entry)
{
	pef_list_take(entry);
	INIT_LIST_HEAD(entry);
}
static inline void list_move(struct list_head *entry, struct list_head *head)
{
	pef_list_take(entry);
	list_add(entry, head);
}
static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}
#define list_entry(p, type, member) container_of(p, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_next_entry(at, member) list_entry((at)->member.next, __typeof__(*(at)), member)
#define list_first_entry_or_null(head, type, member) (list_empty(head) ? NULL : list_first_entry(head, type, member))
/* To look at an entry takes time. */
#define PEF_STEP(list_at) (pef_host->charge(PEF_STEP_LIST), list_at)
#define list_for_each_entry(at, head, member) \
	for (at = PEF_STEP(list_first_entry(head, __typeof__(*at), member)); &at->member != (head); \
		at = PEF_STEP(list_next_entry(at, member)))
#define list_for_each_entry_safe(at, n, head, member) \
	for (at = PEF_STEP(list_first_entry(head, __typeof__(*at), member)), n = list_next_entry(at, member); \
		&at->member != (head); at = PEF_STEP(n), n = list_next_entry(n, member))

/* ---- bitmaps ---------------------------------------------------------------------------- */

unsigned long find_first_zero_bit(const unsigned long *map, unsigned long bits) __attribute__((visibility("hidden")));
unsigned long find_next_zero_bit(const unsigned long *map, unsigned long bits, unsigned long from)
	__attribute__((visibility("hidden")));
void bitmap_set(unsigned long *map, unsigned int start, unsigned int count) __attribute__((visibility("hidden")));
void bitmap_clear(unsigned long *map, unsigned int start, unsigned int count) __attribute__((visibility("hidden")));
#define bitmap_zalloc(bits, gfp) ((unsigned long *)pef_alloc(BITS_TO_LONGS(bits), sizeof(long), "bitmap", __func__))
#define bitmap_free(map) pef_free(map)
#define set_bit(n, map) bitmap_set(map, n, 1)
#define clear_bit(n, map) bitmap_clear(map, n, 1)
static inline bool test_bit(unsigned long n, const unsigned long *map)
{
	return (READ_ONCE(map[n / BITS_PER_LONG]) >> (n % BITS_PER_LONG) & 1) != 0;
}

/* ---- counters ------------------------------------------------------------------------------ */

typedef struct {
	int counter;
} atomic_t;
#define ATOMIC_INIT(n) \
	{ \
		n \
	}
#define atomic_read(a) READ_ONCE((a)->counter)
#define atomic_set(a, n) WRITE_ONCE((a)->counter, n)
#define atomic_inc(a) WRITE_ONCE((a)->counter, READ_ONCE((a)->counter) + 1)
#define atomic_dec(a) WRITE_ONCE((a)->counter, READ_ONCE((a)->counter) - 1)
#define atomic_dec_and_test(a) (atomic_dec(a), atomic_read(a) == 0)

#endif
