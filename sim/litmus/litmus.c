/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * litmus.c - making a program's world, and looking at it afterwards.
 *
 * Locking: one domain. Errors: findings. Blocking: never.
 */
#include "litmus.h"

#include <stdio.h>

#include "pefsim/finding.h"
#include "pefsim/points.h"

static const struct {
	const char *name;
	bool bug;
	void (*begin)(struct litmus *l);
} litmus_programs[LITMUS_COUNT] = {
#define X(name, function, text, bug, about) [LITMUS_##name] = {text, bug, litmus_##function},
	PEF_LITMUS(X)
#undef X
};

static const struct domain_ops litmus_ops;

const char *litmus_name(enum litmus_id id)
{
	return litmus_programs[id].name;
}

bool litmus_has_bug(enum litmus_id id)
{
	return litmus_programs[id].bug;
}

struct engine *litmus_world(const struct engine_config *config, struct litmus **out)
{
	struct engine *engine = engine_create(config);
	if (!engine)
		return NULL;
	struct domain *d = engine_add_domain(engine, "litmus", &litmus_ops, NULL, 0);
	struct litmus *l = domain_arena_alloc(d, sizeof(*l));
	domain_set_model(d, l);
	l->domain = d;
	for (uint32_t i = 0; i < LITMUS_LOCKS; i++)
		sim_mutex_init(&l->lock[i], obj_make(OBJ_TEST_LOCK, OBJ_NO_GUEST, i));
	sim_rwsem_init(&l->sem, obj_make(OBJ_TEST_LOCK, OBJ_NO_GUEST, LITMUS_LOCKS));
	sim_srcu_init(&l->srcu, obj_make(OBJ_TEST_SRCU, OBJ_NO_GUEST, 0));
	sim_completion_init(&l->done, obj_make(OBJ_COMPLETION, OBJ_NO_GUEST, 0));
	*out = l;
	return engine;
}

struct engine *litmus_create(enum litmus_id id, const struct engine_config *config)
{
	struct litmus *l;
	struct engine *engine = litmus_world(config, &l);

	if (engine)
		litmus_programs[id].begin(l);
	return engine;
}

static obj_t litmus_var(unsigned var)
{
	return obj_make(OBJ_TEST_LOCK, OBJ_NO_GUEST, LITMUS_LOCKS + 1 + var);
}

uint64_t litmus_look(struct litmus *l, unsigned var)
{
	uint64_t value = __atomic_load_n(&l->var[var], __ATOMIC_ACQUIRE);

	point_pass_mode(POINT_REF, litmus_var(var), POINT_SHARED);
	return value;
}

void litmus_put(struct litmus *l, unsigned var, uint64_t value)
{
	__atomic_store_n(&l->var[var], value, __ATOMIC_RELEASE);
	point_pass(POINT_REF, litmus_var(var));
}

uint64_t litmus_state(const struct engine *engine)
{
	const struct litmus *l = domain_model(engine_domain(engine, 0));
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < LITMUS_VARS; i++) {
		hash = (hash ^ l->var[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash;
}

void litmus_thread(struct litmus *l, unsigned number, void (*fn)(void *))
{
	char name[8];

	snprintf(name, sizeof(name), "t%u", number);
	context_spawn(l->domain, name, name, fn, l, domain_self() ? domain_now(l->domain) + 1 : 1);
}

void litmus_promise(bool kept, const char *what)
{
	struct finding f;

	if (kept)
		return;
	finding_begin(&f, FINDING_RESULT);
	snprintf(f.title, sizeof(f.title), "broken promise: %s", what);
	finding_add_block(&f, "%s by %s:", what, context_name(context_self()));
	finding_report(&f);
}
