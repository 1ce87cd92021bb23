/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.h - the kernel's locks, each a handle of a simulated one.
 *
 * A lock that nobody connected (a static one, or one that a patch adds) gets its
 * simulated lock when it is first used, and is named as its variable.
 *
 * Locking: is what it is about. Errors: misuse is a finding. Blocking: yields.
 */
#ifndef PEF_LOCK_H
#define PEF_LOCK_H

#include "base.h"

struct mutex {
	void *sim;
	const char *name;
};
typedef struct spinlock {
	void *sim;
	const char *name;
} spinlock_t;
struct rw_semaphore {
	void *sim;
	const char *name;
};
struct srcu_struct {
	void *sim;
};
#define DEFINE_SPINLOCK(x) spinlock_t x = {.name = #x}
#define DEFINE_MUTEX(x) struct mutex x = {.name = #x}
#define DECLARE_RWSEM(x) struct rw_semaphore x = {.name = #x}
#define mutex_init(m) (*(m) = (struct mutex){.name = #m})
#define spin_lock_init(l) (*(l) = (spinlock_t){.name = #l})
#define init_rwsem(s) (*(s) = (struct rw_semaphore){.name = #s})

static inline void *pef_lock(void **sim, enum pef_lock kind, const char *name)
{
	if (!*sim)
		*sim = pef_host->lock_new(kind, name);
	return *sim;
}
#define PEF_MUTEX(m) pef_lock(&(m)->sim, PEF_LOCK_MUTEX, (m)->name)
#define PEF_SPIN(l) pef_lock(&(l)->sim, PEF_LOCK_SPIN, (l)->name)
#define PEF_RWSEM(s) pef_lock(&(s)->sim, PEF_LOCK_RWSEM, (s)->name)

#define mutex_lock(m) pef_host->mutex_lock(PEF_MUTEX(m))
#define mutex_trylock(m) pef_host->mutex_trylock(PEF_MUTEX(m))
#define mutex_unlock(m) pef_host->mutex_unlock(PEF_MUTEX(m))
#define mutex_is_locked(m) pef_host->mutex_held(PEF_MUTEX(m))
#define lockdep_assert_held(m) ((void)0)
#define spin_lock(l) pef_host->spin_lock(PEF_SPIN(l))
#define spin_trylock(l) pef_host->spin_trylock(PEF_SPIN(l))
#define spin_unlock(l) pef_host->spin_unlock(PEF_SPIN(l))
#define spin_lock_irq(l) spin_lock(l)
#define spin_unlock_irq(l) spin_unlock(l)
#define spin_lock_irqsave(l, flags) ((void)(flags = 0), spin_lock(l))
#define spin_unlock_irqrestore(l, flags) ((void)(flags), spin_unlock(l))
#define down_read(s) pef_host->down_read(PEF_RWSEM(s))
#define up_read(s) pef_host->up_read(PEF_RWSEM(s))
#define down_write(s) pef_host->down_write(PEF_RWSEM(s))
#define up_write(s) pef_host->up_write(PEF_RWSEM(s))
#define downgrade_write(s) pef_host->downgrade(PEF_RWSEM(s))
#define srcu_read_lock(s) pef_host->srcu_lock((s)->sim)
#define srcu_read_unlock(s, index) pef_host->srcu_unlock((s)->sim, index)
#define synchronize_srcu(s) pef_host->srcu_sync((s)->sim)
#define synchronize_srcu_expedited(s) pef_host->srcu_sync((s)->sim)

/* guard(mutex)(m) and scoped_guard(mutex, m): unlocked where the scope ends. */
static inline void pef_mutex_scope_end(struct mutex **m)
{
	if (*m)
		mutex_unlock(*m);
}
static inline struct mutex *pef_mutex_scope(struct mutex *m)
{
	mutex_lock(m);
	return m;
}
static inline void pef_spinlock_scope_end(spinlock_t **l)
{
	if (*l)
		spin_unlock(*l);
}
static inline spinlock_t *pef_spinlock_scope(spinlock_t *l)
{
	spin_lock(l);
	return l;
}
#define PEF_JOIN2(a, b) a##b
#define PEF_JOIN(a, b) PEF_JOIN2(a, b)
#define PEF_GUARD_mutex(m) \
	struct mutex *PEF_JOIN(pef_guard, __LINE__) __attribute__((cleanup(pef_mutex_scope_end))) = pef_mutex_scope(m)
#define PEF_GUARD_spinlock(l) \
	spinlock_t *PEF_JOIN(pef_guard, __LINE__) __attribute__((cleanup(pef_spinlock_scope_end))) = \
		pef_spinlock_scope(l)
#define guard(kind) PEF_GUARD_##kind
#define scoped_guard(kind, l) \
	for (bool pef_once = true; pef_once;) \
		for (guard(kind)(l); pef_once; pef_once = false)

#endif
