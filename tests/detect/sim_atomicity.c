/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_atomicity.c - see sim_atomicity.h.
 *
 * The reader looks at once and acts at 2 * LATER, the other one comes at LATER.
 *
 * Locking: as each program says. Errors: what the detector finds. Blocking: yields.
 */
#include "sim_atomicity.h"

#define LATER 1000000u

void atom_shared_init(struct atom_shared *s)
{
	sim_mutex_init(&s->mutex, obj_make(OBJ_UVMEM_LOCK, 0, 0));
	sim_rwsem_init(&s->rwsem, obj_make(OBJ_UVMEM_LOCK, 0, 1));
}

static __attribute__((noinline)) uint64_t atom_look(const uint64_t *p)
{
	return *(p + (context_self() ? 0 : 1));
}

static __attribute__((noinline)) void atom_put(uint64_t *p, uint64_t value)
{
	*(p + (context_self() ? 0 : 1)) = value;
}

static void atom_wait(void)
{
	context_advance(2 * (cycles_t)LATER, CAUSE_COMPUTE);
}

static void change(struct atom_shared *s, uint64_t *p)
{
	sim_mutex_lock(&s->mutex);
	atom_put(p, 7);
	sim_mutex_unlock(&s->mutex);
}

/* Looks, lets go, comes back; @again: and looks again. */
static void look_and_act(struct atom_shared *s, bool again)
{
	sim_mutex_lock(&s->mutex);
	uint64_t seen = atom_look(&s->x);
	sim_mutex_unlock(&s->mutex);
	atom_wait();
	sim_mutex_lock(&s->mutex);
	if (again)
		seen = atom_look(&s->x);
	atom_put(&s->x, seen + 1);
	sim_mutex_unlock(&s->mutex);
}

static void atom_looks_again_reader(struct atom_shared *s)
{
	look_and_act(s, s->good);
}
static void atom_looks_again_other(struct atom_shared *s)
{
	change(s, &s->x);
}

static void atom_one_section_reader(struct atom_shared *s)
{
	sim_mutex_lock(&s->mutex);
	uint64_t seen = atom_look(&s->x);
	if (!s->good)
		sim_mutex_unlock(&s->mutex);
	atom_wait();
	if (!s->good)
		sim_mutex_lock(&s->mutex);
	atom_put(&s->x, seen + 1);
	sim_mutex_unlock(&s->mutex);
}
static void atom_one_section_other(struct atom_shared *s)
{
	change(s, &s->x);
}

/* Whoever comes after both sections disturbs nobody. */
static void atom_undisturbed_reader(struct atom_shared *s)
{
	look_and_act(s, false);
}
static void atom_undisturbed_other(struct atom_shared *s)
{
	if (s->good)
		atom_wait();
	change(s, &s->x);
}

static void atom_another_word_reader(struct atom_shared *s)
{
	look_and_act(s, false);
}
static void atom_another_word_other(struct atom_shared *s)
{
	change(s, s->good ? &s->y : &s->x);
}

/* What one statement has read is gone in the next. */
static void atom_another_operation_reader(struct atom_shared *s)
{
	context_set_line(context_self(), 1);
	sim_mutex_lock(&s->mutex);
	atom_look(&s->x);
	sim_mutex_unlock(&s->mutex);
	atom_wait();
	if (s->good)
		context_set_line(context_self(), 2);
	sim_mutex_lock(&s->mutex);
	atom_put(&s->x, 1);
	sim_mutex_unlock(&s->mutex);
}
static void atom_another_operation_other(struct atom_shared *s)
{
	change(s, &s->x);
}

/* Looked at for reading, written for writing. */
static void atom_rwsem_reader(struct atom_shared *s)
{
	sim_rwsem_read_lock(&s->rwsem);
	uint64_t seen = atom_look(&s->x);
	sim_rwsem_read_unlock(&s->rwsem);
	atom_wait();
	sim_rwsem_write_lock(&s->rwsem);
	if (s->good)
		seen = atom_look(&s->x);
	atom_put(&s->x, seen + 1);
	sim_rwsem_write_unlock(&s->rwsem);
}
static void atom_rwsem_other(struct atom_shared *s)
{
	sim_rwsem_write_lock(&s->rwsem);
	atom_put(&s->x, 7);
	sim_rwsem_write_unlock(&s->rwsem);
}

/* The other one updates: that it looked itself changes nothing. The reader wrote in its first section, too. */
static void atom_update_reader(struct atom_shared *s)
{
	sim_mutex_lock(&s->mutex);
	uint64_t seen = atom_look(&s->x) + 1;
	atom_put(&s->x, seen);
	sim_mutex_unlock(&s->mutex);
	atom_wait();
	sim_mutex_lock(&s->mutex);
	if (!s->good || atom_look(&s->x) == seen)
		atom_put(&s->x, seen + 1);
	sim_mutex_unlock(&s->mutex);
}
static void atom_update_other(struct atom_shared *s)
{
	sim_mutex_lock(&s->mutex);
	atom_put(&s->x, atom_look(&s->x) + 1);
	sim_mutex_unlock(&s->mutex);
}

#define X(name) \
	static void atom_##name##_begin(void *arg) \
	{ \
		atom_##name##_reader(arg); \
	} \
	static void atom_##name##_between(void *arg) \
	{ \
		context_advance(LATER, CAUSE_COMPUTE); \
		atom_##name##_other(arg); \
	}
ATOM_PROGRAMS(X)
#undef X

const struct atom_program atom_programs[] = {
#define X(name) {#name, atom_##name##_begin, atom_##name##_between},
	ATOM_PROGRAMS(X)
#undef X
};
const unsigned atom_program_count = sizeof(atom_programs) / sizeof(atom_programs[0]);
