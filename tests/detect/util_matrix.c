/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_matrix.c - runs the programs of the matrix. See util_matrix.h.
 *
 * Locking: none. Errors: a test that cannot be set up fails. Blocking: runs.
 */
#include "util_matrix.h"

#include <stdio.h>
#include <string.h>

#include "pefsim/heap.h"

#define PRICE 10u
#define LATENCY 10u

const struct kind_rules matrix_kinds[KIND_COUNT + 1] = {
#define X(name, text, ...) [KIND_##name] = {text, __VA_ARGS__},
	MATRIX_KINDS(X)
#undef X
		[KIND_NONE] = {.name = "nothing"},
};

const char *matrix_verdict_name(enum matrix_verdict verdict)
{
	static const char *const names[] = {
#define X(name, text) [VERDICT_##name] = text,
		MATRIX_VERDICTS(X)
#undef X
	};
	return names[verdict];
}

/* Every kind at every place; which one is used is the run's choice. */
struct lock {
	enum matrix_kind kind;
	struct sim_mutex mutex;
	struct sim_spinlock spin;
	struct sim_rwsem rwsem;
	struct sim_srcu srcu;
	struct sim_page_lock page;
};

struct world {
	const struct matrix_program *program;
	struct lock *places[PLACE_COUNT], *others[PLACE_COUNT];
	struct lock raw;
	struct sim_completion completion;
	struct sim_waitqueue queue;
	struct domain *other_side;
};

struct actor {
	struct world *w;
	const struct matrix_step *steps;
	int index[PLACE_COUNT][2]; /* of SRCU read sections, a stack of two */
	unsigned depth[PLACE_COUNT];
	bool tried;
};

static void lock_init(struct lock *l, enum matrix_kind kind, enum obj_type type, uint32_t index, uint32_t page)
{
	obj_t name = obj_make(type, 0, index);

	l->kind = kind;
	sim_mutex_init(&l->mutex, name);
	sim_spin_init(&l->spin, name);
	sim_rwsem_init(&l->rwsem, name);
	sim_srcu_init(&l->srcu, name);
	sim_page_lock_init(&l->page, page);
}

static void lock_take(struct lock *l, unsigned subclass, int *index)
{
	switch (l->kind) {
	case KIND_MUTEX:
		sim_mutex_lock_nested(&l->mutex, subclass);
		break;
	case KIND_SPIN:
		sim_spin_lock_nested(&l->spin, subclass);
		break;
	case KIND_READ:
		sim_rwsem_read_lock_nested(&l->rwsem, subclass);
		break;
	case KIND_WRITE:
		sim_rwsem_write_lock_nested(&l->rwsem, subclass);
		break;
	case KIND_SRCU:
		*index = sim_srcu_read_lock(&l->srcu);
		break;
	case KIND_PAGE:
		sim_page_lock_lock_nested(&l->page, subclass);
		break;
	case KIND_NONE:
		break;
	}
}

static void lock_give(struct lock *l, int index)
{
	switch (l->kind) {
	case KIND_MUTEX:
		sim_mutex_unlock(&l->mutex);
		break;
	case KIND_SPIN:
		sim_spin_unlock(&l->spin);
		break;
	case KIND_READ:
		sim_rwsem_read_unlock(&l->rwsem);
		break;
	case KIND_WRITE:
		sim_rwsem_write_unlock(&l->rwsem);
		break;
	case KIND_SRCU:
		sim_srcu_read_unlock(&l->srcu, index);
		break;
	case KIND_PAGE:
		sim_page_lock_unlock(&l->page);
		break;
	case KIND_NONE:
		break;
	}
}

static bool lock_try(struct lock *l)
{
	switch (l->kind) {
	case KIND_MUTEX:
		return sim_mutex_trylock(&l->mutex);
	case KIND_SPIN:
		return sim_spin_trylock(&l->spin);
	case KIND_READ:
		return sim_rwsem_read_trylock(&l->rwsem);
	case KIND_WRITE:
		return sim_rwsem_write_trylock(&l->rwsem);
	case KIND_PAGE:
		return sim_page_lock_trylock(&l->page);
	case KIND_SRCU:
	case KIND_NONE:
		break;
	}
	return false;
}

/* So that nobody else can hold it meanwhile. */
static void lock_rival(struct lock *l, bool take)
{
	int index = 0;

	if (l->kind == KIND_SRCU && take)
		sim_srcu_synchronize(&l->srcu);
	else if (l->kind == KIND_READ && take)
		sim_rwsem_write_lock(&l->rwsem);
	else if (l->kind == KIND_READ)
		sim_rwsem_write_unlock(&l->rwsem);
	else if (l->kind != KIND_SRCU && take)
		lock_take(l, 0, &index);
	else if (l->kind != KIND_SRCU)
		lock_give(l, index);
}

static void actor_run(void *arg);

static void actor_event(struct actor *a, enum matrix_op op)
{
	struct world *w = a->w;

	if (op == MX_WORK)
		context_advance(500, CAUSE_COMPUTE);
	else if (op == MX_WAIT)
		sim_completion_wait(&w->completion);
	else if (op == MX_COMPLETE)
		sim_completion_complete(&w->completion);
	else if (op == MX_SLEEP)
		sim_waitqueue_sleep(&w->queue, CAUSE_IDLE);
	else if (op == MX_MAY_SLEEP)
		sim_waitqueue_may_sleep(&w->queue);
	else if (op == MX_WAKE)
		sim_waitqueue_wake_all(&w->queue);
	else if (op == MX_KEEP)
		sim_waitqueue_keep(&w->queue);
	else if (op == MX_LET_GO)
		sim_waitqueue_release(&w->queue);
}

static void actor_start(struct actor *a, enum matrix_op op)
{
	struct actor *other;

	if (op == MX_CALL) {
		struct call c = {.number = 0xf100, .arg_count = 1, .return_step = STEP_URFID};
		call_make(a->w->other_side, &c, STEP_UCALL, 0);
		return;
	}
	other = domain_arena_alloc(domain_self(), sizeof(*other));
	*other = (struct actor){.w = a->w, .steps = a->w->program->steps[1]};
	context_spawn(domain_self(), "spawned", "spawned", actor_run, other, domain_now(domain_self()) + 1);
}

static void actor_step(struct actor *a, const struct matrix_step *s)
{
	struct lock *l = a->w->places[s->place], *other = a->w->others[s->place];
	int *index = a->index[s->place];
	unsigned *depth = &a->depth[s->place];

	switch (s->op) {
	case MX_TAKE:
		lock_take(l, 0, index + (*depth)++ % 2);
		break;
	case MX_GIVE:
		lock_give(l, index[*depth ? --*depth : 0]);
		break;
	case MX_TRY:
		a->tried = lock_try(l);
		break;
	case MX_UNTRY:
		if (a->tried)
			lock_give(l, *index);
		break;
	case MX_RIVAL:
		lock_rival(l, true);
		lock_rival(l, false);
		break;
	case MX_RIVAL_TAKE:
		lock_rival(l, true);
		break;
	case MX_RIVAL_GIVE:
		lock_rival(l, false);
		break;
	case MX_NEST:
		lock_take(other, 1, index + 1);
		break;
	case MX_OTHER:
		lock_take(other, 0, index + 1);
		break;
	case MX_OTHER_GIVE:
		lock_give(other, index[1]);
		break;
	case MX_FREE:
		heap_free(l);
		break;
	case MX_RAW:
		a->w->raw.kind = l->kind;
		lock_take(&a->w->raw, 0, index);
		break;
	case MX_CALL:
	case MX_SPAWN:
		actor_start(a, s->op);
		break;
	case MX_WORK:
	case MX_WAIT:
	case MX_COMPLETE:
	case MX_SLEEP:
	case MX_MAY_SLEEP:
	case MX_WAKE:
	case MX_KEEP:
	case MX_LET_GO:
		actor_event(a, s->op);
		break;
	case MX_END:
		break;
	}
}

static void actor_run(void *arg)
{
	struct actor *a = arg;

	for (const struct matrix_step *s = a->steps; s->op != MX_END; s++)
		actor_step(a, s);
}

static void on_call(struct domain *d, struct call *c)
{
	struct world *w = domain_model(d);
	struct actor a = {.w = w, .steps = w->program->steps[2]};

	(void)c;
	actor_run(&a);
}

static const struct domain_ops matrix_ops = {.on_call = on_call};

/* Locks come from the simulated heap, so that they can be freed; the first context makes them. */
static struct lock *world_lock(struct domain *d)
{
	return domain_self() ? heap_alloc(sizeof(struct lock), obj_make(OBJ_KMALLOC, OBJ_NO_GUEST, 0))
			     : domain_arena_alloc(d, sizeof(struct lock));
}

static void world_fill(
	struct world *w, struct domain *d, enum matrix_kind outer, enum matrix_kind inner, enum matrix_kind second)
{
	static const enum obj_type types[PLACE_COUNT] = {
		OBJ_MMU_SETUP_LOCK, OBJ_SLOTS_LOCK, OBJ_SLOTS_ARCH_LOCK, OBJ_UVMEM_LOCK};

	for (unsigned i = 0; i < PLACE_COUNT; i++) {
		enum matrix_kind kind = i == PLACE_O ? outer : i == PLACE_B ? second : inner;

		w->places[i] = world_lock(d);
		w->others[i] = world_lock(d);
		lock_init(w->places[i], kind, types[i], 0, 10 + i * 2);
		lock_init(w->others[i], kind, types[i], 1, 10 + i * 2 - 5);
	}
	sim_completion_init(&w->completion, obj_make(OBJ_COMPLETION, 0, 0));
	sim_waitqueue_init(&w->queue, obj_make(OBJ_NOTIFIER, 0, OBJ_NO_INDEX));
}

struct setup {
	struct world *w;
	enum matrix_kind outer, inner, second;
};

static void setup_run(void *arg)
{
	const struct setup *s = arg;

	world_fill(s->w, domain_self(), s->outer, s->inner, s->second);
}

static struct world *world_make(struct engine *engine, unsigned side, const struct matrix_program *p,
	enum matrix_kind outer, enum matrix_kind inner, enum matrix_kind second)
{
	struct domain *d = engine_domain(engine, side);
	struct world *w = domain_arena_alloc(d, sizeof(*w));
	struct setup *s = domain_arena_alloc(d, sizeof(*s));

	w->program = p;
	w->other_side = engine_domain(engine, !side);
	*s = (struct setup){w, outer, inner, second};
	domain_set_model(d, w);
	context_spawn(d, "setup", "setup", setup_run, s, 1);
	return w;
}

static void world_spawn(struct engine *engine, struct world *w)
{
	static const char *const names[] = {"a", "b", "c"};

	for (unsigned i = 0; i < 3; i++) {
		struct actor *a = domain_arena_alloc(engine_domain(engine, 0), sizeof(*a));

		if (!w->program->start[i])
			continue;
		*a = (struct actor){.w = w, .steps = w->program->steps[i]};
		context_spawn(engine_domain(engine, 0), names[i], names[i], actor_run, a, w->program->start[i] * 100);
	}
}

static enum matrix_verdict verdict_of(const struct finding *f)
{
	switch (f->kind) {
	case FINDING_LOCK_ORDER:
		return f->severity == SEVERITY_PREDICTED ? VERDICT_PREDICTED : VERDICT_POSSIBLE;
	case FINDING_DEADLOCK:
		return VERDICT_DEADLOCK;
	case FINDING_STUCK:
		return VERDICT_STUCK;
	case FINDING_LOST_WAKEUP:
		return VERDICT_LOST;
	case FINDING_GRACE_PERIOD:
		return VERDICT_GRACE;
	default:
		return strstr(f->title, "under the spin lock") ? VERDICT_SLEEP
		       : strstr(f->title, ": still ")          ? VERDICT_LEFT
							       : VERDICT_MISUSE;
	}
}

static enum matrix_verdict verdict_worst(const struct engine *engine)
{
	const struct finding *list;
	unsigned count = engine_findings(engine, &list);
	enum matrix_verdict worst = VERDICT_FINE;

	for (unsigned i = 0; i < count; i++)
		if (verdict_of(&list[i]) > worst)
			worst = verdict_of(&list[i]);
	return worst;
}

static void check_note_title(struct matrix_check *check, const struct engine *engine)
{
	const struct finding *list;
	unsigned count = engine_findings(engine, &list);

	check->title[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		if (list[i].kind == FINDING_LOCK_ORDER)
			snprintf(check->title, sizeof(check->title), "%s", list[i].title);
}

enum matrix_verdict matrix_run_in(struct matrix_check *check, const struct matrix_program *p, enum engine_exec exec,
	enum matrix_kind outer, enum matrix_kind inner, enum matrix_kind second)
{
	struct price_list prices;
	struct engine_result result;

	price_list_flat(&prices, PRICE);
	struct engine_config config = {.exec = exec,
		.seed = 1,
		.trace_max = 1u << 14,
		.prices = &prices,
		.points = check->points,
		.holds = check->holds,
		.hold_count = check->hold_count,
		.derive_holds = check->hold_count != 0};
	struct engine *engine = engine_create(&config);
	assert_non_null(engine);
	if (!check->graph)
		check->graph = lockgraph_create();
	assert_non_null(check->graph);
	engine_add_domain(engine, "hv", &matrix_ops, NULL, 0);
	engine_add_domain(engine, "uv", &matrix_ops, NULL, 0);
	for (unsigned i = 0; i < 2; i++)
		engine_set_latency(engine, engine_domain(engine, i), engine_domain(engine, !i), LATENCY);
	struct world *w = world_make(engine, 0, p, outer, inner, second);
	world_make(engine, 1, p, outer, inner, second);
	world_spawn(engine, w);
	assert_int_equal(engine_run(engine, &result), PEF_OK);
	assert_int_equal(lockgraph_add_run(check->graph, engine, result.end), PEF_OK);
	if (check->last)
		lockgraph_add_across(check->graph, engine);
	enum matrix_verdict verdict = verdict_worst(engine);
	check_note_title(check, engine);
	engine_destroy(engine);
	price_list_free(&prices);
	return verdict;
}

enum matrix_verdict matrix_run(const struct matrix_program *p, enum engine_exec exec, enum matrix_kind outer,
	enum matrix_kind inner, enum matrix_kind second)
{
	struct matrix_check check = {.graph = NULL};
	enum matrix_verdict verdict = matrix_run_in(&check, p, exec, outer, inner, second);

	lockgraph_free(check.graph);
	return verdict;
}
