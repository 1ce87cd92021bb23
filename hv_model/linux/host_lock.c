/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_lock.c - the kernel's locks on the simulated ones.
 *
 * Locking: what it is about. Errors: misuse is a finding. Blocking: yields.
 */
#include <string.h>

#include "linux.h"

/* The pool's lock has a name of its own; a patch may bring others. */
static void *lock_new(enum pef_lock kind, const char *name)
{
	struct hv *hv = linux_hv();
	obj_t object = obj_make(OBJ_KMALLOC, OBJ_NO_GUEST, OBJ_NO_INDEX);
	if (kind == PEF_LOCK_SPIN && name && strcmp(name, "kvmppc_uvmem_bitmap_lock") == 0)
		return &hv->bitmap_lock;
	if (kind == PEF_LOCK_SPIN) {
		struct sim_spinlock *spin = domain_arena_alloc(hv->domain, sizeof(*spin));
		sim_spin_init(spin, object);
		return spin;
	}
	if (kind == PEF_LOCK_MUTEX) {
		struct sim_mutex *mutex = domain_arena_alloc(hv->domain, sizeof(*mutex));
		sim_mutex_init(mutex, object);
		return mutex;
	}
	struct sim_rwsem *sem = domain_arena_alloc(hv->domain, sizeof(*sem));
	sim_rwsem_init(sem, object);
	return sem;
}

static void mutex_lock(void *lock)
{
	sim_mutex_lock(lock);
}

static bool mutex_trylock(void *lock)
{
	return sim_mutex_trylock(lock);
}

static void mutex_unlock(void *lock)
{
	struct linux_task *task = linux_current();
	if (task && lock == &task->kvm->uvmem_lock)
		linux_step(task);
	sim_mutex_unlock(lock);
}

static bool mutex_held(const void *lock)
{
	return ((const struct sim_mutex *)lock)->lock.owner != NULL;
}

static void spin_lock(void *lock)
{
	sim_spin_lock(lock);
}

static bool spin_trylock(void *lock)
{
	return sim_spin_trylock(lock);
}

static void spin_unlock(void *lock)
{
	sim_spin_unlock(lock);
}

static void down_read(void *lock)
{
	sim_rwsem_read_lock(lock);
}

static void up_read(void *lock)
{
	sim_rwsem_read_unlock(lock);
}

static void down_write(void *lock)
{
	sim_rwsem_write_lock(lock);
}

static void up_write(void *lock)
{
	sim_rwsem_write_unlock(lock);
}

static void downgrade(void *lock)
{
	sim_rwsem_downgrade(lock);
}

static int srcu_lock(void *srcu)
{
	return sim_srcu_read_lock(srcu);
}

static void srcu_unlock(void *srcu, int index)
{
	sim_srcu_read_unlock(srcu, index);
}

static void srcu_sync(void *srcu)
{
	sim_srcu_synchronize(srcu);
}

void linux_fill_locks(struct pef_host *host)
{
	host->lock_new = lock_new;
	host->mutex_lock = mutex_lock;
	host->mutex_trylock = mutex_trylock;
	host->mutex_unlock = mutex_unlock;
	host->mutex_held = mutex_held;
	host->spin_lock = spin_lock;
	host->spin_trylock = spin_trylock;
	host->spin_unlock = spin_unlock;
	host->down_read = down_read;
	host->up_read = up_read;
	host->down_write = down_write;
	host->up_write = up_write;
	host->downgrade = downgrade;
	host->srcu_lock = srcu_lock;
	host->srcu_unlock = srcu_unlock;
	host->srcu_sync = srcu_sync;
}
