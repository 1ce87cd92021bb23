/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync.h - simulated locks. All waiting is in virtual time.
 *
 * Each lock belongs to the domain whose contexts use it and lives in that
 * domain's arena. Unlocking frees a lock; the next acquisition is an event of
 * its own: the first waiter is woken and takes the lock if it is still free
 * (the schedule decides), so a lock may be taken by a passer-by. The rwsem is
 * fair: a queued writer blocks later readers. SRCU readers never block; only
 * synchronize does, and it waits only for readers that were there when it
 * began.
 *
 * Prices: STEP_LOCK for a free lock, STEP_HANDOVER more after a wait,
 * STEP_UNLOCK to give back, STEP_SRCU for a read section's ends, STEP_GRACE for
 * a grace period. Waiting is booked to CAUSE_LOCK_WAIT.
 *
 * Every operation yields, except the *_is_* and init functions. Misuse (unlock
 * of what another holds, a lock that was never initialised, a lock taken twice by
 * its owner) is a finding of kind FINDING_LOCK_MISUSE or a deadlock, never
 * undefined behaviour.
 *
 * The class of a lock is its type and a subclass, 0 unless it was taken by a
 * function that is told another ("_nested"): that is how two locks of one type
 * are taken one inside the other on purpose.
 */
#ifndef PEFSIM_SYNC_H
#define PEFSIM_SYNC_H

#include "pefsim/order.h"

#define LOCK_SUBCLASSES 8u

enum lock_mode { LOCK_EXCLUSIVE, LOCK_SHARED, LOCK_SRCU_READ, LOCK_SRCU_SYNC, LOCK_EVENT };

/* For clang's -Wthread-safety; empty elsewhere. */
#if defined(__clang__)
#define PEF_CAPABILITY(x) __attribute__((capability(x)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))
#define TAKES(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define DROPS(...) __attribute__((release_capability(__VA_ARGS__)))
#else
#define PEF_CAPABILITY(x)
#define REQUIRES(...)
#define EXCLUDES(...)
#define TAKES(...)
#define DROPS(...)
#endif

/*
 * Trace records: wait is written when a context has to wait, acquire when it
 * has what it asked for, release when it gave it back; aux says in which mode.
 * LOCK_SRCU_SYNC: wait when the grace period begins, acquire when it is over,
 * never a release. LOCK_EVENT (completions, wait queues): release by the waker,
 * wait and acquire by the waiter.
 */

/* Waiting contexts in order of arrival. */
struct sim_waiter;
struct sim_queue {
	struct sim_waiter *head, *tail;
	uint32_t waiting;
};

/* One context's hold on one lock; in the domain's arena. */
struct sim_held;

/* What mutex and spin lock have in common: one owner, waiters in order. */
struct sim_exclusive {
	obj_t name;
	struct context *owner;
	struct sim_queue queue;
	struct order_sync order;
};

/* A sleeping lock with one owner. */
struct PEF_CAPABILITY("mutex") sim_mutex {
	struct sim_exclusive lock;
};
void sim_mutex_init(struct sim_mutex *m, obj_t name);
void sim_mutex_lock(struct sim_mutex *m);
void sim_mutex_lock_nested(struct sim_mutex *m, unsigned subclass);
bool sim_mutex_trylock(struct sim_mutex *m);
void sim_mutex_unlock(struct sim_mutex *m);
bool sim_mutex_is_held(const struct sim_mutex *m); /* by the running context */

/* A spinning lock: a waiter burns its hardware thread. Nothing may sleep under it. */
struct PEF_CAPABILITY("spinlock") sim_spinlock {
	struct sim_exclusive lock;
};
void sim_spin_init(struct sim_spinlock *l, obj_t name);
void sim_spin_lock(struct sim_spinlock *l);
void sim_spin_lock_nested(struct sim_spinlock *l, unsigned subclass);
bool sim_spin_trylock(struct sim_spinlock *l);
void sim_spin_unlock(struct sim_spinlock *l);
bool sim_spin_is_held(const struct sim_spinlock *l);

/*
 * A fair reader-writer semaphore: whoever comes queues behind a waiting writer,
 * so a reader that takes it twice may wait for itself. Trylock does not pass
 * the queue either.
 */
struct PEF_CAPABILITY("rwsem") sim_rwsem {
	obj_t name;
	struct context *writer;
	struct sim_held *readers; /* one a read section, newest first */
	uint32_t reader_count;
	struct sim_queue queue;
	struct order_sync written, read; /* what writers and readers left: readers do not order one another */
};
void sim_rwsem_init(struct sim_rwsem *s, obj_t name);
void sim_rwsem_read_lock(struct sim_rwsem *s);
void sim_rwsem_read_lock_nested(struct sim_rwsem *s, unsigned subclass);
bool sim_rwsem_read_trylock(struct sim_rwsem *s);
void sim_rwsem_read_unlock(struct sim_rwsem *s);
void sim_rwsem_write_lock(struct sim_rwsem *s);
void sim_rwsem_write_lock_nested(struct sim_rwsem *s, unsigned subclass);
bool sim_rwsem_write_trylock(struct sim_rwsem *s);
void sim_rwsem_write_unlock(struct sim_rwsem *s);
void sim_rwsem_downgrade(struct sim_rwsem *s); /* writer becomes reader, waiting readers may enter */
bool sim_rwsem_is_write_held(const struct sim_rwsem *s);
bool sim_rwsem_is_read_held(const struct sim_rwsem *s);

/*
 * SRCU. read_lock returns the index that read_unlock must be given. A grace
 * period begins by turning new readers to the other side, and ends when the
 * side they left is empty. Grace periods of one domain take turns: one that
 * finds another under way begins when that has ended.
 */
struct sim_srcu {
	obj_t name;
	uint32_t index; /* which side new readers enter: 0 or 1 */
	struct sim_held *readers[2]; /* one a read section, newest first */
	uint32_t reader_count[2];
	struct context *synchronizer; /* whose grace period runs */
	struct sim_queue queue; /* the synchronizer, while the old side drains */
	struct sim_queue turn; /* waits for the synchronizer to finish */
	struct order_sync begun, read[2]; /* what grace periods left at their beginning, readers at their end */
};
void sim_srcu_init(struct sim_srcu *s, obj_t name);
int sim_srcu_read_lock(struct sim_srcu *s);
void sim_srcu_read_unlock(struct sim_srcu *s, int index);
void sim_srcu_synchronize(struct sim_srcu *s);
bool sim_srcu_is_read_held(const struct sim_srcu *s);

/*
 * The lock bit of a page: sleeping, and another context may release it. There
 * is one for every page of the machine, so it is one word, the page's number
 * and the bit; who took it and who waits is kept beside, for as long as there
 * is anybody. Its name is page[number].
 */
struct PEF_CAPABILITY("page lock") sim_page_lock {
	uint32_t word; /* number | SIM_PAGE_LOCKED */
};
#define SIM_PAGE_LOCKED (UINT32_C(1) << 31)
/** sim_page_lock_init - @number: below SIM_PAGE_LOCKED */
void sim_page_lock_init(struct sim_page_lock *l, uint32_t number);
/** sim_page_lock_number - of the page; whoever looks does so without the lock, as at a flag of struct page */
static inline uint32_t sim_page_lock_number(const struct sim_page_lock *l)
{
	return *(const volatile uint32_t *)&l->word & ~SIM_PAGE_LOCKED;
}
void sim_page_lock_lock(struct sim_page_lock *l);
void sim_page_lock_lock_nested(struct sim_page_lock *l, unsigned subclass);
bool sim_page_lock_trylock(struct sim_page_lock *l);
void sim_page_lock_unlock(struct sim_page_lock *l);
bool sim_page_lock_is_locked(const struct sim_page_lock *l);

/* A completion: done once, waited for by many. */
struct sim_completion {
	obj_t name;
	bool done;
	struct sim_queue queue;
	struct order_sync order;
};
void sim_completion_init(struct sim_completion *c, obj_t name);
void sim_completion_wait(struct sim_completion *c);
void sim_completion_complete(struct sim_completion *c); /* also from a handler */

/*
 * A wait queue for a condition: the waiter tests its condition, sleeps, tests
 * again. wake_all makes every sleeper test again; a wake-up without a sleeper
 * is lost, as in the kernel.
 */
struct sim_waitqueue {
	obj_t name;
	struct sim_queue queue;
	struct sim_held *keepers; /* who must act before its sleepers can go on, as far as that was said */
	struct wait_missed missed;
};
void sim_waitqueue_init(struct sim_waitqueue *q, obj_t name);
void sim_waitqueue_sleep(struct sim_waitqueue *q, enum cost_cause cause);
void sim_waitqueue_wake_all(struct sim_waitqueue *q); /* also from a handler */
/*
 * What a wait queue cannot know of itself, as lockdep's maps for waits. Nothing is
 * paid and no record written.
 *
 * sim_waitqueue_may_sleep - the running context comes to a place where it sleeps
 * on @q if it has to; so the wait is known though it was not necessary
 * sim_waitqueue_miss - what sleepers of @q wait for has come, and the caller knows that nobody sleeps
 * sim_waitqueue_keep - sleepers of @q wait for the running context from now on
 * sim_waitqueue_release - and no longer
 */
void sim_waitqueue_may_sleep(struct sim_waitqueue *q);
void sim_waitqueue_miss(struct sim_waitqueue *q);
void sim_waitqueue_keep(struct sim_waitqueue *q);
void sim_waitqueue_release(struct sim_waitqueue *q);

/**
 * sync_held_count - locks the running context holds (SRCU read sections included)
 * sync_held_print - their names, comma separated, oldest first; returns @buf
 */
unsigned sync_held_count(const struct context *ctx);
const char *sync_held_print(const struct context *ctx, char *buf, size_t size);

/* One held lock, for reports. */
struct sync_held {
	obj_t name;
	enum lock_mode mode;
	cycles_t since;
	uint32_t chain; /* where it was taken (heap.h) */
	uint8_t subclass;
	bool tried; /* it would not have been waited for */
};
unsigned sync_held_list(const struct context *ctx, struct sync_held *out, unsigned max);

/**
 * sync_leave - the running context leaves something in which locks come and go in pairs
 * @what: "call UV_PAGE_IN returns", "the context ends"; in the title of a finding when a lock is held
 * A finding is noted, not reported: a kernel goes on, too, until somebody needs the lock.
 */
void sync_leave(const char *what);
/** sync_free - memory is about to be freed; a lock in it that is held is a finding */
void sync_free(const void *start, size_t size);

/*
 * One way in which a lock was taken, or waited for, in a run: the first time that
 * a context did so with these other locks held. Trylocks do not count; what they
 * took counts as held. Kept in the domain's arena in the order of the run, unless
 * ENGINE_CHECK_LOCK_ORDER is off.
 */
#define SYNC_STEP_HELD_MAX 8u
struct sync_step {
	const struct sync_step *next;
	cycles_t cycle;
	uint64_t position; /* records of the domain before it */
	cycles_t last_cycle; /* when it was done last */
	uint64_t last_position;
	uint32_t ctx;
	unsigned line; /* of the script */
	obj_t name;
	enum lock_mode mode;
	uint8_t subclass;
	uint32_t chain;
	unsigned held_count;
	struct sync_held held[SYNC_STEP_HELD_MAX]; /* oldest first; of more the newest */
};
const struct sync_step *sync_steps(struct domain *d);

/*
 * What comes before what in every schedule: contexts spawned, completions, and
 * events of the script. @object was handed on, or is what a context goes on by.
 */
struct sync_link {
	const struct sync_link *next;
	cycles_t cycle;
	uint64_t position;
	uint32_t ctx;
	obj_t object;
	bool receives;
};
const struct sync_link *sync_links(struct domain *d);
void sync_hand_on(obj_t object);
void sync_go_on_by(obj_t object);

#endif
