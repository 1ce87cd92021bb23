/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs.c - the programs of litmus.h; each begins by making its threads.
 *
 * Locking: theirs. Errors: findings. Blocking: theirs.
 */
#include "litmus.h"

/* Load and store of a variable under its lock. */
static void add_under(struct litmus *l, unsigned lock, unsigned to, unsigned from)
{
	sim_mutex_lock(&l->lock[lock]);
	l->var[to] += 1 + l->var[from];
	sim_mutex_unlock(&l->lock[lock]);
}

/* ---- three-actors: variables 0 and 1 under the first lock, 2 and 3 under the second ---- */

static void three_0(void *arg)
{
	add_under(arg, 0, 0, 1);
	add_under(arg, 1, 2, 3);
}
static void three_1(void *arg)
{
	add_under(arg, 1, 3, 2);
	add_under(arg, 0, 1, 0);
}
static void three_2(void *arg)
{
	struct litmus *l = arg;
	sim_mutex_lock(&l->lock[0]);
	add_under(l, 1, 2, 0);
	sim_mutex_unlock(&l->lock[0]);
}
void litmus_three_actors(struct litmus *l)
{
	litmus_thread(l, 0, three_0);
	litmus_thread(l, 1, three_1);
	litmus_thread(l, 2, three_2);
}

/* ---- one class ------------------------------------------------------------------- */

static void disjoint_0(void *arg)
{
	add_under(arg, 0, 0, 0);
}
static void disjoint_1(void *arg)
{
	add_under(arg, 1, 1, 1);
}
void litmus_disjoint(struct litmus *l)
{
	litmus_thread(l, 0, disjoint_0);
	litmus_thread(l, 1, disjoint_1);
}

static void readers_run(void *arg)
{
	struct litmus *l = arg;
	int index = sim_srcu_read_lock(&l->srcu);
	sim_rwsem_read_lock(&l->sem);
	sim_rwsem_read_unlock(&l->sem);
	sim_srcu_read_unlock(&l->srcu, index);
}
void litmus_readers(struct litmus *l)
{
	litmus_thread(l, 0, readers_run);
	litmus_thread(l, 1, readers_run);
}

/* ---- counting ----------------------------------------------------------------------- */

/* Whoever is second looks at the sum. */
static void counted(struct litmus *l)
{
	sim_mutex_lock(&l->lock[1]);
	litmus_promise(++l->var[1] < 2 || l->var[0] == 2, "both were counted");
	sim_mutex_unlock(&l->lock[1]);
}
static void counter_run(void *arg)
{
	add_under(arg, 0, 0, 7);
	counted(arg);
}
void litmus_counter(struct litmus *l)
{
	litmus_thread(l, 0, counter_run);
	litmus_thread(l, 1, counter_run);
}

/* ---- reads decide ----------------------------------------------------------------------- */

static void guarded_0(void *arg)
{
	litmus_put(arg, 0, 1);
}
static void guarded_1(void *arg)
{
	litmus_put(arg, 1, 1);
}
static void guarded_2(void *arg)
{
	if (!litmus_look(arg, 1))
		litmus_put(arg, 2, 1);
}
static void guarded_3(void *arg)
{
	uint64_t n = litmus_look(arg, 2), l = litmus_look(arg, 1);

	if (n == 1 && !l)
		litmus_put(arg, 0, 2);
}
void litmus_guarded(struct litmus *l)
{
	litmus_thread(l, 0, guarded_0);
	litmus_thread(l, 1, guarded_1);
	litmus_thread(l, 2, guarded_2);
	litmus_thread(l, 3, guarded_3);
}

static void last_zero_0(void *arg)
{
	for (unsigned at = 2; at && litmus_look(arg, at); at--)
		;
}
static void last_zero_1(void *arg)
{
	litmus_put(arg, 1, 1 + litmus_look(arg, 0));
}
static void last_zero_2(void *arg)
{
	litmus_put(arg, 2, 1 + litmus_look(arg, 1));
}
void litmus_last_zero(struct litmus *l)
{
	litmus_thread(l, 0, last_zero_0);
	litmus_thread(l, 1, last_zero_1);
	litmus_thread(l, 2, last_zero_2);
}

static void lost_update_run(void *arg)
{
	struct litmus *l = arg;
	sim_mutex_lock(&l->lock[0]);
	uint64_t value = l->var[0];
	sim_mutex_unlock(&l->lock[0]);
	sim_mutex_lock(&l->lock[0]);
	l->var[0] = value + 1;
	sim_mutex_unlock(&l->lock[0]);
	counted(l);
}
void litmus_lost_update(struct litmus *l)
{
	litmus_thread(l, 0, lost_update_run);
	litmus_thread(l, 1, lost_update_run);
}

/* ---- two locks ------------------------------------------------------------------------- */

static void both(struct litmus *l, unsigned first)
{
	sim_mutex_lock(&l->lock[first]);
	add_under(l, !first, 0, 1);
	sim_mutex_unlock(&l->lock[first]);
}
static void both_ab(void *arg)
{
	both(arg, 0);
}
static void both_ba(void *arg)
{
	both(arg, 1);
}
void litmus_ab_ab(struct litmus *l)
{
	litmus_thread(l, 0, both_ab);
	litmus_thread(l, 1, both_ab);
}
void litmus_ab_ba(struct litmus *l)
{
	litmus_thread(l, 0, both_ab);
	litmus_thread(l, 1, both_ba);
}

static void read_twice_0(void *arg)
{
	struct litmus *l = arg;
	sim_rwsem_read_lock(&l->sem);
	sim_rwsem_read_lock(&l->sem);
	sim_rwsem_read_unlock(&l->sem);
	sim_rwsem_read_unlock(&l->sem);
}
static void read_twice_1(void *arg)
{
	struct litmus *l = arg;
	sim_rwsem_write_lock(&l->sem);
	l->var[0]++;
	sim_rwsem_write_unlock(&l->sem);
}
void litmus_read_twice(struct litmus *l)
{
	litmus_thread(l, 0, read_twice_0);
	litmus_thread(l, 1, read_twice_1);
}

/* ---- SRCU --------------------------------------------------------------------------------- */

/* Variable 0 says which of 1 and 2 is in use; who is waited for may not see it cleared. */
static void grace_reader(void *arg)
{
	struct litmus *l = arg;
	int index = sim_srcu_read_lock(&l->srcu);
	unsigned which = 1 + (unsigned)__atomic_load_n(&l->var[0], __ATOMIC_ACQUIRE);
	sim_mutex_lock(&l->lock[1]);
	litmus_promise(which == 2 || !l->var[3], "what a reader uses stays");
	sim_mutex_unlock(&l->lock[1]);
	sim_srcu_read_unlock(&l->srcu, index);
}
static void grace_writer(void *arg)
{
	struct litmus *l = arg;
	__atomic_store_n(&l->var[0], 1, __ATOMIC_RELEASE);
	sim_srcu_synchronize(&l->srcu);
	l->var[3] = 1;
}
void litmus_grace(struct litmus *l)
{
	litmus_thread(l, 0, grace_reader);
	litmus_thread(l, 1, grace_writer);
}

static void grace_held_writer(void *arg)
{
	struct litmus *l = arg;
	sim_mutex_lock(&l->lock[1]);
	sim_srcu_synchronize(&l->srcu);
	sim_mutex_unlock(&l->lock[1]);
}
void litmus_grace_held(struct litmus *l)
{
	litmus_thread(l, 0, grace_reader);
	litmus_thread(l, 1, grace_held_writer);
}

/* ---- threads made by threads ----------------------------------------------------------------- */

static void spawn_child(void *arg)
{
	struct litmus *l = arg;
	sim_mutex_lock(&l->lock[0]);
	litmus_promise(l->var[0] == 1, "all is ready when the thread begins");
	l->var[1]++;
	sim_mutex_unlock(&l->lock[0]);
	sim_completion_complete(&l->done);
}
static void spawn_ready(struct litmus *l)
{
	sim_mutex_lock(&l->lock[0]);
	l->var[0] = 1;
	sim_mutex_unlock(&l->lock[0]);
}
static void spawn_parent(void *arg)
{
	struct litmus *l = arg;
	spawn_ready(l);
	litmus_thread(l, 1, spawn_child);
	sim_completion_wait(&l->done);
	litmus_promise(l->var[1] == 1, "the thread has done its work");
}
static void spawn_early_parent(void *arg)
{
	struct litmus *l = arg;
	litmus_thread(l, 1, spawn_child);
	spawn_ready(l);
	sim_completion_wait(&l->done);
}
void litmus_spawn(struct litmus *l)
{
	litmus_thread(l, 0, spawn_parent);
}
void litmus_spawn_early(struct litmus *l)
{
	litmus_thread(l, 0, spawn_early_parent);
}

/* ---- rare orders --------------------------------------------------------------------------------- */

static void chain_step(struct litmus *l, uint64_t expected)
{
	sim_mutex_lock(&l->lock[0]);
	if (l->var[0] == expected)
		l->var[0]++;
	litmus_promise(l->var[0] < 3, "the third step comes first or second");
	sim_mutex_unlock(&l->lock[0]);
}
static void chain_0(void *arg)
{
	chain_step(arg, 0);
}
static void chain_1(void *arg)
{
	chain_step(arg, 1);
}
static void chain_2(void *arg)
{
	chain_step(arg, 2);
}
/* Made in the order that is last to break it. */
void litmus_chain(struct litmus *l)
{
	litmus_thread(l, 0, chain_2);
	litmus_thread(l, 1, chain_1);
	litmus_thread(l, 2, chain_0);
}

#define NARROW_SECTIONS 22u

static void narrow_0(void *arg)
{
	struct litmus *l = arg;
	for (unsigned i = 0; i < NARROW_SECTIONS; i++) {
		sim_mutex_lock(&l->lock[0]);
		l->var[0] = i == NARROW_SECTIONS / 2;
		sim_mutex_unlock(&l->lock[0]);
	}
}
static void narrow_1(void *arg)
{
	struct litmus *l = arg;
	sim_mutex_lock(&l->lock[0]);
	litmus_promise(!l->var[0], "nobody looks in the middle");
	sim_mutex_unlock(&l->lock[0]);
}
void litmus_narrow(struct litmus *l)
{
	litmus_thread(l, 0, narrow_0);
	litmus_thread(l, 1, narrow_1);
}
