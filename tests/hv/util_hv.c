/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_hv.c - a tiny ultravisor, and contexts that make one step each.
 *
 * Locking: none. Errors: a run that cannot be made fails the test. Blocking: runs.
 */
#include "util_hv.h"

#include <stdio.h>
#include <string.h>

#include "pefsim/sync.h"

#define PRICE 10u

/* ---- steps ---------------------------------------------------------------------- */

static struct lab_step *lab_step(struct lab *lab, enum lab_kind kind)
{
	assert_true(lab->step_count < LAB_STEPS_MAX);
	struct lab_step *step = &lab->steps[lab->step_count];
	*step = (struct lab_step){.lab = lab, .kind = kind};
	step->at = lab->step_count ? lab->steps[lab->step_count - 1].at + LAB_GAP : 1;
	lab->step_count++;
	return step;
}

struct lab_step *lab_hcall(struct lab *lab, uint32_t number, gfn_t gfn, uint64_t flags)
{
	struct lab_step *step = lab_step(lab, LAB_CALL);
	step->call = (struct call){.number = number, .arg_count = 3, .arg = {gpa_of_gfn(gfn), flags, ABI_PAGE_ORDER}};
	step->call.arg[CALL_COOKIE] = 0x1234;
	step->call.arg[CALL_STATE] = call_state_pack((struct call_state){.msr = MSR_S});
	return step;
}

struct lab_step *lab_bus(struct lab *lab, uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct lab_step *step = lab_step(lab, LAB_BUS);
	step->call = (struct call){.number = number, .arg_count = 4, .arg = {a, b, c, d}};
	return step;
}

struct lab_step *lab_host(struct lab *lab, enum hv_request_kind kind, gfn_t gfn, uint64_t count_or_slot)
{
	struct lab_step *step = lab_step(lab, LAB_HOST);
	step->request = (struct hv_request){.kind = kind, .gfn = gfn, .count = count_or_slot};
	step->request.slot = (uint32_t)count_or_slot;
	return step;
}

struct lab_step *lab_slot(struct lab *lab, uint32_t id, gfn_t gfn, uint64_t pages)
{
	struct lab_step *step = lab_host(lab, HV_SLOT_CREATE, gfn, pages);
	step->request.slot = id;
	return step;
}

struct lab_step *lab_write(struct lab *lab, gfn_t gfn, token_t token)
{
	struct lab_step *step = lab_host(lab, HV_WRITE, gfn, 1);
	step->request.token = token;
	return step;
}

struct lab_step *lab_view(struct lab *lab, gfn_t gfn)
{
	struct lab_step *step = lab_step(lab, LAB_VIEW);
	step->gfn = gfn;
	return step;
}

void lab_start(struct lab *lab)
{
	lab_hcall(lab, ABI_H_SVM_INIT_START, GFN(0), 0);
}

void lab_secure(struct lab *lab)
{
	lab_start(lab);
	lab_hcall(lab, ABI_H_SVM_INIT_DONE, GFN(0), 0);
}

static void step_main(void *arg)
{
	struct lab_step *step = arg;
	struct lab *lab = step->lab;
	switch (step->kind) {
	case LAB_CALL:
		call_make(lab->hv_domain, &step->call, STEP_REFLECT, 0);
		step->result = step->call.ret[RET_CODE];
		break;
	case LAB_BUS:
		bus_access(lab->hv_domain, &step->call, STEP_BUS);
		step->result = step->call.ret[0];
		break;
	case LAB_HOST:
		step->result = hv_host_op(lab->hv, &step->request);
		break;
	case LAB_VIEW:
		hv_view_page(lab->hv, step->guest, step->gfn, &step->view);
		step->used = hv_pool_used(lab->hv);
		step->marked = hv_pool_marked(lab->hv);
		break;
	}
	step->done = true;
}

/* ---- the ultravisor ----------------------------------------------------------------- */

static token_t uv_frame_read(struct lab *lab, uint64_t ra)
{
	struct call c = {.number = BUS_FRAME_READ, .arg_count = 1, .arg = {ra >> PEF_PAGE_SHIFT}};
	bus_access(lab->hv_domain, &c, STEP_BUS);
	return c.ret[0] == BUS_OK ? (token_t)c.ret[1] : 0;
}

static void uv_frame_write(struct lab *lab, uint64_t ra, token_t token)
{
	struct call c = {.number = BUS_FRAME_WRITE, .arg_count = 2, .arg = {ra >> PEF_PAGE_SHIFT, token}};
	bus_access(lab->hv_domain, &c, STEP_BUS);
}

static void uv_on_call(struct domain *d, struct call *c)
{
	struct lab *lab = domain_model(d);
	unsigned n = lab->log_count++;

	assert_true(n < LAB_LOG_MAX);
	lab->log[n] = *c;
	c->return_step = STEP_URFID;
	c->ret[0] = ABI_U_SUCCESS;
	if (c->number == lab->fail_number && lab_calls(lab, c->number) > lab->fail_after) {
		c->ret[0] = lab->fail_code;
		return;
	}
	if (c->number == ABI_UV_PAGE_IN)
		lab->log_token[n] = uv_frame_read(lab, c->arg[1]);
	if (c->number == ABI_UV_PAGE_OUT) {
		if (lab->page_out_delay)
			context_advance(lab->page_out_delay, CAUSE_COMPUTE);
		uv_frame_write(lab, c->arg[1], LAB_CIPHER(c->arg[2] >> PEF_PAGE_SHIFT));
	}
}

static const struct domain_ops uv_ops = {.on_call = uv_on_call};

/* ---- a run ------------------------------------------------------------------------------ */

static void lab_spawn(struct lab *lab)
{
	for (unsigned i = 0; i < lab->step_count; i++) {
		struct lab_step *step = &lab->steps[i];
		bool host = step->kind == LAB_HOST || step->kind == LAB_VIEW;
		char name[PEF_NAME_MAX];
		snprintf(name, sizeof(name), host ? "g0.qemu%u" : "g0.vcpu%u/uv", i);
		context_spawn(host ? lab->hv_domain : lab->uv_domain, name, name, step_main, step, step->at);
	}
}

void lab_run(struct lab *lab)
{
	price_list_flat(&lab->prices, PRICE);
	/* Steps follow one another by their times alone, which is no order that a race could be judged by. */
	struct engine_config config = {.exec = lab->exec,
		.seed = 1,
		.steps_max = 1000000,
		.trace_max = 1u << 16,
		.prices = &lab->prices,
		.checks_off = 1u << ENGINE_CHECK_RACES};
	if (lab->hold) {
		char message[128];
		unsigned column;
		assert_int_equal(hold_parse(lab->hold, &lab->held, message, sizeof(message), &column), PEF_OK);
		config.holds = &lab->held;
		config.hold_count = 1;
		config.derive_holds = true;
	}
	lab->engine = engine_create(&config);
	assert_non_null(lab->engine);
	lab->hv_domain = engine_add_domain(lab->engine, "hv", &hv_domain_ops, NULL, 0);
	lab->uv_domain = engine_add_domain(lab->engine, "uv", &uv_ops, lab, 0);
	struct world_config world = {.hv = lab->hv_domain,
		.uv = lab->uv_domain,
		.guest_count = 1,
		.normal_frames = lab->normal_frames ? lab->normal_frames : 64,
		.secure_frames = lab->secure_frames,
		.pool_pages = lab->secure_frames,
		.design = lab->design,
		.mutants = lab->mutants,
		.era = lab->old_era ? lab->era : ERA_DEFAULT,
		.slot_delete = lab->slot_delete};
	world.guests[0] = (struct model_guest){
		.lpid = 7, .vcpu_count = lab->vcpus ? lab->vcpus : 1, .svm_enabled = !lab->svm_disabled};
	lab->hv = hv_create(&world);
	inject_attach(lab->hv_domain, &lab->rule, lab->rule.action != INJECT_NOTHING, 1);
	lab_spawn(lab);
	assert_int_equal(engine_run(lab->engine, &lab->result), PEF_OK);
}

unsigned lab_kept(const struct lab *lab)
{
	return heap_live(lab->hv_domain, OBJ_UVMEM_SLOT) + heap_live(lab->hv_domain, OBJ_PFNS);
}

void lab_close(struct lab *lab)
{
	engine_destroy(lab->engine);
	price_list_free(&lab->prices);
	lab->engine = NULL;
}

unsigned lab_calls(const struct lab *lab, uint32_t number)
{
	unsigned count = 0;
	for (unsigned i = 0; i < lab->log_count; i++)
		count += lab->log[i].number == number;
	return count;
}

const struct call *lab_call_nth(const struct lab *lab, uint32_t number, unsigned n)
{
	for (unsigned i = 0; i < lab->log_count; i++)
		if (lab->log[i].number == number && n-- == 0)
			return &lab->log[i];
	fail_msg("no such call");
	return NULL;
}

const struct finding *lab_finding(const struct lab *lab)
{
	const struct finding *list = NULL;
	return engine_findings(lab->engine, &list) ? list : NULL;
}

void lab_expect_finished(const struct lab *lab)
{
	const struct finding *f = lab_finding(lab);
	if (f)
		print_message("finding: %s: %s\n", finding_kind_name(f->kind), f->title);
	assert_null(f);
	assert_int_equal(lab->result.end, ENGINE_FINISHED);
}

/* The context in which a step's work is done in the hypervisor. */
static bool lab_is_of(const struct lab *lab, const struct lab_step *step, const struct trace_event *e)
{
	unsigned n = (unsigned)(step - lab->steps);
	char name[PEF_NAME_MAX];
	snprintf(name, sizeof(name), step->kind == LAB_HOST ? "g0.qemu%u" : "g0.vcpu%u/uv/hv", n);
	return e->domain == domain_index(lab->hv_domain) &&
	       strcmp(engine_context_name(lab->engine, e->domain, e->rec.ctx), name) == 0;
}

const char *lab_locks(const struct lab *lab, const struct lab_step *step, char *buf, size_t size)
{
	struct trace_merge *merge = trace_merge_open(lab->engine);
	struct trace_event e;
	size_t len = 0;

	buf[0] = '\0';
	while (trace_merge_next(merge, &e)) {
		bool taken = e.rec.kind == TRACE_LOCK_ACQUIRE, given = e.rec.kind == TRACE_LOCK_RELEASE;
		char name[40];
		if ((!taken && !given) || e.rec.aux == LOCK_EVENT || !lab_is_of(lab, step, &e))
			continue;
		obj_t object = {e.rec.a};
		obj_print(obj_make(obj_type(object), OBJ_NO_GUEST, OBJ_NO_INDEX), name, sizeof(name));
		char sign = given ? '-' : e.rec.aux == LOCK_SRCU_SYNC ? '~' : '+';
		len += (size_t)snprintf(buf + len, size - len, "%s%c%s", len ? " " : "", sign, name);
		assert_true(len < size);
	}
	trace_merge_close(merge);
	return buf;
}
