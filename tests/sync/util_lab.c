/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_lab.c - runs contexts that are tables of steps.
 *
 * Locking: none. Errors: a test that cannot be set up fails. Blocking: runs.
 */
#include "util_lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pefsim/heap.h"

#define PRICE 10u
#define LATENCY 10u

/* The state of one domain, in its arena. */
struct side {
	const struct lab *lab;
	struct domain *other;
	struct sim_mutex mutex[LAB_LOCKS];
	struct sim_spinlock spin[LAB_LOCKS];
	struct sim_rwsem rwsem[LAB_LOCKS];
	struct sim_srcu srcu[LAB_LOCKS];
	struct sim_page_lock page[LAB_LOCKS];
	struct sim_completion completion[LAB_LOCKS];
	struct sim_waitqueue queue;
	struct sim_mutex raw, *boxed;
	bool flag;
};

struct actor {
	struct side *side;
	const struct lab_step *steps;
	int srcu[4];
	unsigned srcu_count;
};

static void side_init(struct side *s, const struct lab *lab, unsigned guest)
{
	s->lab = lab;
	for (uint32_t i = 0; i < LAB_LOCKS; i++) {
		sim_mutex_init(&s->mutex[i], obj_make(OBJ_TEST_LOCK, guest, i));
		sim_spin_init(&s->spin[i], obj_make(OBJ_PTL, guest, i));
		sim_rwsem_init(&s->rwsem[i], obj_make(OBJ_MMAP_LOCK, guest, i));
		sim_srcu_init(&s->srcu[i], obj_make(OBJ_TEST_SRCU, guest, i));
		sim_page_lock_init(&s->page[i], i);
		sim_completion_init(&s->completion[i], obj_make(OBJ_COMPLETION, guest, i));
	}
	sim_waitqueue_init(&s->queue, obj_make(OBJ_NOTIFIER, guest, 0));
}

static void tell(uint64_t word)
{
	trace_emit(TRACE_TEST, 0, word, 0);
}

static void step_exclusive(struct side *s, const struct lab_step *step)
{
	if (step->op == MUTEX_LOCK)
		sim_mutex_lock(&s->mutex[step->n]);
	else if (step->op == MUTEX_TRY)
		tell(sim_mutex_trylock(&s->mutex[step->n]));
	else if (step->op == MUTEX_UNLOCK)
		sim_mutex_unlock(&s->mutex[step->n]);
	else if (step->op == SPIN_LOCK)
		sim_spin_lock(&s->spin[step->n]);
	else if (step->op == SPIN_TRY)
		tell(sim_spin_trylock(&s->spin[step->n]));
	else
		sim_spin_unlock(&s->spin[step->n]);
}

static void step_rwsem(struct sim_rwsem *s, enum lab_op op)
{
	if (op == READ_LOCK)
		sim_rwsem_read_lock(s);
	else if (op == READ_TRY)
		tell(sim_rwsem_read_trylock(s));
	else if (op == READ_UNLOCK)
		sim_rwsem_read_unlock(s);
	else if (op == WRITE_LOCK)
		sim_rwsem_write_lock(s);
	else if (op == WRITE_TRY)
		tell(sim_rwsem_write_trylock(s));
	else if (op == WRITE_UNLOCK)
		sim_rwsem_write_unlock(s);
	else
		sim_rwsem_downgrade(s);
}

static void step_srcu(struct actor *a, const struct lab_step *step)
{
	struct sim_srcu *s = &a->side->srcu[step->n];
	int index = a->srcu_count ? a->srcu[a->srcu_count - 1] : 0;
	if (step->op == SRCU_LOCK) {
		a->srcu[a->srcu_count++] = sim_srcu_read_lock(s);
		return;
	}
	if (step->op == SRCU_SYNC) {
		sim_srcu_synchronize(s);
		return;
	}
	sim_srcu_read_unlock(s, step->op == SRCU_UNLOCK ? index : !index);
	if (a->srcu_count)
		a->srcu_count--;
}

static void step_page(struct sim_page_lock *l, enum lab_op op)
{
	if (op == PAGE_LOCK)
		sim_page_lock_lock(l);
	else if (op == PAGE_TRY)
		tell(sim_page_lock_trylock(l));
	else
		sim_page_lock_unlock(l);
}

static void step_event(struct side *s, const struct lab_step *step)
{
	if (step->op == COMPLETION_WAIT) {
		sim_completion_wait(&s->completion[step->n]);
	} else if (step->op == COMPLETE) {
		sim_completion_complete(&s->completion[step->n]);
	} else if (step->op == SLEEP) {
		sim_waitqueue_sleep(&s->queue, CAUSE_IDLE);
	} else if (step->op == KEEP) {
		sim_waitqueue_keep(&s->queue);
	} else if (step->op == LET_GO) {
		sim_waitqueue_release(&s->queue);
	} else if (step->op == SET_FLAG) {
		s->flag = true;
		sim_waitqueue_wake_all(&s->queue);
	} else {
		while (!s->flag)
			sim_waitqueue_sleep(&s->queue, CAUSE_IDLE);
	}
}

static void step_memory(struct side *s, enum lab_op op)
{
	if (!s->boxed) {
		s->boxed = heap_alloc(sizeof(*s->boxed), obj_make(OBJ_KMALLOC, OBJ_NO_GUEST, 0));
		sim_mutex_init(s->boxed, obj_make(OBJ_KVM_LOCK, 0, OBJ_NO_INDEX));
	}
	if (op == RAW_LOCK)
		sim_mutex_lock(&s->raw);
	else if (op == HEAP_LOCK)
		sim_mutex_lock(s->boxed);
	else if (op == HEAP_UNLOCK)
		sim_mutex_unlock(s->boxed);
	else
		heap_free(s->boxed);
}

static void step_engine(struct side *s, const struct lab_step *step)
{
	if (step->op == WORK) {
		context_advance(step->n, CAUSE_COMPUTE);
	} else if (step->op == LABEL) {
		point_pass_label(step->label, (uint32_t)step->n);
	} else if (step->op == CALL) {
		struct call c = {.number = 0xf100, .arg = {step->n}, .arg_count = 1, .return_step = STEP_URFID};
		call_make(s->other, &c, STEP_UCALL, 0);
	} else if (step->op == MESSAGE) {
		message_send(s->other, 1, &step->n, 1, LATENCY);
	} else if (step->op == HELD_COUNT) {
		tell(sync_held_count(context_self()));
	} else {
		for (;;)
			context_advance(PRICE, CAUSE_COMPUTE);
	}
}

static void step_run(struct actor *a, const struct lab_step *step)
{
	if (step->op <= SPIN_UNLOCK)
		step_exclusive(a->side, step);
	else if (step->op <= DOWNGRADE)
		step_rwsem(&a->side->rwsem[step->n], step->op);
	else if (step->op <= SRCU_SYNC)
		step_srcu(a, step);
	else if (step->op <= PAGE_UNLOCK)
		step_page(&a->side->page[step->n], step->op);
	else if (step->op <= SET_FLAG)
		step_event(a->side, step);
	else if (step->op >= RAW_LOCK && step->op <= HEAP_FREE)
		step_memory(a->side, step->op);
	else
		step_engine(a->side, step);
}

static void actor_run(void *arg)
{
	struct actor *a = arg;
	for (const struct lab_step *step = a->steps; step->op != LAB_END; step++) {
		context_set_line(context_self(), (unsigned)(step - a->steps) + 1);
		step_run(a, step);
	}
}

static void on_call(struct domain *d, struct call *c)
{
	struct side *s = domain_model(d);
	struct actor a = {.side = s, .steps = s->lab->served[c->arg[0]]};
	actor_run(&a);
}

static void on_message(struct domain *d, unsigned type, const uint64_t *words, unsigned count)
{
	struct side *s = domain_model(d);
	(void)type;
	(void)count;
	sim_completion_complete(&s->completion[words[0]]);
}

static const struct domain_ops lab_ops = {.on_call = on_call, .on_message = on_message};

static void lab_spawn(struct lab *lab, struct side *const sides[2])
{
	for (unsigned i = 0; i < LAB_CONTEXTS_MAX && lab->contexts[i].name; i++) {
		const struct lab_context *c = &lab->contexts[i];
		struct domain *d = engine_domain(lab->engine, c->domain);
		struct actor *a = domain_arena_alloc(d, sizeof(*a));
		a->side = sides[c->domain];
		a->steps = c->steps;
		context_spawn(d, c->name, c->name, actor_run, a, c->start ? c->start : 1);
	}
}

void lab_open(struct lab *lab)
{
	static const char *const names[2] = {"hv", "uv"};
	struct side *sides[2];
	lab_close(lab);
	price_list_flat(&lab->prices, PRICE);
	struct engine_config config = {.exec = lab->exec,
		.seed = 1,
		.steps_max = lab->steps_max,
		.trace_max = 1u << 16,
		.prices = &lab->prices,
		.points = lab->points,
		.holds = lab->holds,
		.hold_count = lab->hold_count,
		.derive_holds = lab->derive};
	lab->engine = engine_create(&config);
	assert_non_null(lab->engine);
	for (unsigned i = 0; i < 2; i++) {
		struct domain *d = engine_add_domain(lab->engine, names[i], &lab_ops, NULL, 0);
		sides[i] = domain_arena_alloc(d, sizeof(*sides[i]));
		side_init(sides[i], lab, i);
		domain_set_model(d, sides[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		sides[i]->other = engine_domain(lab->engine, !i);
		engine_set_latency(lab->engine, engine_domain(lab->engine, i), sides[i]->other, LATENCY);
	}
	lab_spawn(lab, sides);
}

void lab_go(struct lab *lab)
{
	assert_int_equal(engine_run(lab->engine, &lab->result), PEF_OK);
	lab->hash = trace_hash(lab->engine);
}

void lab_run(struct lab *lab)
{
	lab_open(lab);
	lab_go(lab);
}

void lab_close(struct lab *lab)
{
	engine_destroy(lab->engine);
	if (lab->engine)
		price_list_free(&lab->prices);
	lab->engine = NULL;
}

void lab_run_both(struct lab *lab)
{
	char waiters[512];
	lab->exec = ENGINE_THREADS;
	lab_run(lab);
	struct engine_result result = lab->result;
	uint64_t hash = lab->hash;
	snprintf(waiters, sizeof(waiters), "%s", lab_waiters(lab));
	const struct finding *finding = lab_finding(lab);
	struct finding first = {0};
	if (finding)
		first = *finding;
	lab->exec = ENGINE_FIBERS;
	lab_run(lab);
	assert_int_equal(result.end, lab->result.end);
	assert_int_equal(result.key.cycle, lab->result.key.cycle);
	assert_int_equal(result.key.domain, lab->result.key.domain);
	assert_int_equal(result.key.position, lab->result.key.position);
	assert_int_equal(result.steps, lab->result.steps);
	assert_string_equal(waiters, lab_waiters(lab));
	assert_int_equal(hash, lab->hash);
	finding = lab_finding(lab);
	assert_string_equal(first.title, finding ? finding->title : "");
}

void lab_hold(struct lab *lab, const char *text)
{
	char message[128];
	unsigned column = 0;
	if (hold_parse(text, &lab->holds[lab->hold_count], message, sizeof(message), &column) != PEF_OK)
		fail_msg("%s: column %u: %s", text, column, message);
	lab->hold_count++;
}

/* ---- asking ----------------------------------------------------------------- */

const char *lab_who(const struct lab *lab, enum trace_kind kind, obj_t object)
{
	static char text[512];
	struct trace_event event;
	struct trace_merge *merge = trace_merge_open(lab->engine);
	size_t len = 0;
	text[0] = '\0';
	while (trace_merge_next(merge, &event))
		if (event.rec.kind == kind && event.rec.a == object.w && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "",
				engine_context_name(lab->engine, event.domain, event.rec.ctx));
	trace_merge_close(merge);
	return text;
}

cycles_t lab_when(const struct lab *lab, const char *name, enum trace_kind kind, obj_t object, unsigned nth)
{
	struct trace_event event;
	struct trace_merge *merge = trace_merge_open(lab->engine);
	cycles_t when = PEF_NEVER;
	while (when == PEF_NEVER && trace_merge_next(merge, &event))
		if (event.rec.kind == kind && event.rec.a == object.w &&
			!strcmp(engine_context_name(lab->engine, event.domain, event.rec.ctx), name) && --nth == 0)
			when = event.rec.cycle;
	trace_merge_close(merge);
	if (when == PEF_NEVER)
		fail_msg("%s has no such record", name);
	return when;
}

uint64_t lab_last_result(const struct lab *lab, const char *name)
{
	struct trace_event event;
	struct trace_merge *merge = trace_merge_open(lab->engine);
	uint64_t word = UINT64_MAX;
	while (trace_merge_next(merge, &event))
		if (event.rec.kind == TRACE_TEST &&
			!strcmp(engine_context_name(lab->engine, event.domain, event.rec.ctx), name))
			word = event.rec.a;
	trace_merge_close(merge);
	return word;
}

const struct finding *lab_finding(const struct lab *lab)
{
	const struct finding *list;
	unsigned count = engine_findings(lab->engine, &list);
	assert_true(count <= 1 || list[1].noted);
	return count && !list[0].noted ? list : NULL;
}

const struct finding *lab_noted(const struct lab *lab)
{
	const struct finding *list;
	unsigned count = engine_findings(lab->engine, &list);
	return count && list[count - 1].noted ? &list[count - 1] : NULL;
}

const char *lab_waiters(const struct lab *lab)
{
	static char text[512];
	char name[64];
	size_t len = 0;
	text[0] = '\0';
	for (unsigned i = 0; i < lab->result.waiter_count && len < sizeof(text); i++) {
		const struct engine_waiter *w = &lab->result.waiters[i];
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s %s%s", i ? ", " : "", w->name,
			obj_print(w->what, name, sizeof(name)), w->holder[0] ? w->holder : "-",
			w->in_circle ? "" : " outside");
	}
	return text;
}
