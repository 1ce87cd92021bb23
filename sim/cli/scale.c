/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scale.c - what a guest of many pages costs the simulator. See scale.h.
 *
 * The world is that of any scenario. Only the hypervisor's entry is looked over:
 * before H_SVM_INIT_START the process's writes are made, and in the place of
 * H_SVM_INIT_DONE come the page-ins and a refusal, when the switch is to fail.
 *
 * Locking: one run at a time in a process. Errors: messages. Blocking: long.
 */
#include "scale.h"

#include <stdio.h>
#include <time.h>

#include "pefsim/finding.h"
#include "pefsim/heap.h"
#include "pefsim/platform.h"
#include "pefsim/scenario.h"

#include "paths.h"
#include "world.h"

#define SCALE_MACHINE "platforms/power9-2tib-pef.dtb"
#define SCALE_IMAGE 8u /* pages left to the guest's image */
#define SCALE_NO_CALL 0xEFFCu /* a hypercall that nobody knows */

struct scale {
	struct scale_plan plan;
	struct scale_result *result;
	struct world *world;
	bool failed;
};

/* The run under way: an entry point of the hypervisor has no room for it. */
static struct scale *scale_now;

static double scale_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may use this machine, too */
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- bytes ------------------------------------------------------------------------------ */

static uint64_t scale_heap_beside(const struct domain *d)
{
	return heap_footprint(d) - heap_usage(d, OBJ_NONE);
}

static void scale_collect(const struct scale *s, struct scale_state *out)
{
	const struct domain *hv = s->world->config.hv, *uv = s->world->config.uv;

	hv_memory(s->world->hv, &out->hv);
	uv_memory(s->world->uv, &out->uv);
	out->uv.entries += heap_usage(uv, OBJ_CRYPTO);
	out->heap = scale_heap_beside(hv) + scale_heap_beside(uv);
	out->arrays = heap_usage(hv, OBJ_PFNS) + heap_usage(hv, OBJ_RMAP) + heap_usage(hv, OBJ_UVMEM_SLOT);
	out->private_data = heap_usage(hv, OBJ_PVT);
}

uint64_t scale_own_bytes(const struct scale_state *s)
{
	return s->hv.page_tables + s->hv.normal_pages + s->hv.device_pages + s->hv.frames + s->hv.pool + s->uv.frames +
	       s->uv.entries + s->heap;
}

/* ---- in the hypervisor's domain ---------------------------------------------------- */

static void scale_write_pages(struct scale *s)
{
	for (uint64_t i = 0; i < s->plan.touch; i++) {
		uint64_t n = SCALE_IMAGE + i * s->plan.stride;
		struct hv_request r = {
			.kind = HV_WRITE, .gfn = {n}, .token = token_make(TOKEN_PLAIN, TOKEN_ORIGIN_HOST, n + 1)};
		s->failed |= hv_host_op(s->world->hv, &r) != 0;
	}
}

static void scale_page_in(struct scale *s, struct domain *d, const struct call *like)
{
	double begin = scale_clock();
	for (uint64_t i = 0; i < s->plan.touch; i++) {
		uint64_t n = SCALE_IMAGE + i * s->plan.stride;
		struct call c = {.number = ABI_H_SVM_PAGE_IN,
			.arg = {gpa_of_gfn((gfn_t){n}), 0, ABI_PAGE_ORDER},
			.arg_count = 3,
			.from_domain = like->from_domain};
		c.arg[CALL_STATE] = like->arg[CALL_STATE];
		hv_domain_ops.on_call(d, &c);
		s->failed |= c.ret[RET_CODE] != ABI_H_SUCCESS;
	}
	s->result->page_in = scale_clock() - begin;
}

static void scale_on_call(struct domain *d, struct call *c)
{
	struct scale *s = scale_now;
	bool abort = s->plan.kind == SCALE_ABORT;
	uint32_t number = c->number;

	if (abort && number == ABI_H_SVM_INIT_START)
		scale_write_pages(s);
	if (abort && number == ABI_H_SVM_INIT_DONE) {
		scale_page_in(s, d, c);
		c->number = SCALE_NO_CALL;
	}
	bool last = number == (abort ? ABI_H_SVM_INIT_ABORT : ABI_H_SVM_INIT_DONE);
	if (abort && last)
		scale_collect(s, &s->result->secure);
	double begin = scale_clock();
	hv_domain_ops.on_call(d, c);
	double took = scale_clock() - begin;
	if (number == ABI_H_SVM_INIT_START)
		s->result->start = took;
	if (!last)
		return;
	s->result->end = took;
	scale_collect(s, abort ? &s->result->after : &s->result->secure);
}

/* ---- before and after ------------------------------------------------------------------ */

static bool scale_scenario(const struct scale_plan *plan, struct scenario **out)
{
	static const struct scenario_options options;
	char text[400];
	int len = snprintf(text, sizeof(text),
		"pefscn 1\nscenario scale\n  title \"one large guest\"\n\nplatform\n  hv %s\n\n"
		"guest g0\n  slot 0 gpa 0x0 pages %llu\n  boot manual\n  vcpus 1\n\n"
		"thread vcpu0 guest g0\n  uv_esm%s\n",
		design_name(plan->design), (unsigned long long)plan->pages,
		plan->kind == SCALE_ABORT ? " -> H_PARAMETER" : "");
	return scenario_read_text(text, (size_t)len, "scale", &options, out, stderr) == PEF_OK;
}

static bool scale_machine(struct platform *machine, struct price_list *prices)
{
	char path[512], message[512] = "shipped files are not found";
	if (paths_shipped(SCALE_MACHINE, path, sizeof(path)) &&
		platform_read(path, machine, message, sizeof(message)) == PEF_OK &&
		paths_shipped(PATHS_DEFAULT_PRICES, path, sizeof(path)) &&
		price_list_read(path, PRICE_TYP, prices, message, sizeof(message)) == PEF_OK)
		return true;
	fprintf(stderr, "pefsim bench: %s\n", message);
	return false;
}

static bool scale_simulate(struct scale *s)
{
	struct engine_result end;
	const struct finding *findings;

	s->world->hv_ops.on_call = scale_on_call;
	double begin = scale_clock();
	engine_run(s->world->engine, &end);
	s->result->whole = scale_clock() - begin;
	s->result->touched = s->plan.kind == SCALE_BOOT ? s->plan.pages : s->plan.touch;
	if (end.end == ENGINE_FINISHED && !s->failed && !engine_findings(s->world->engine, &findings))
		return true;
	fprintf(stderr, "pefsim bench: the run of %llu pages did not go as planned\n",
		(unsigned long long)s->plan.pages);
	return false;
}

bool scale_run(const struct scale_plan *plan, struct scale_result *out)
{
	struct scale s = {.plan = *plan, .result = out};
	struct scenario *scenario = NULL;
	struct price_list prices = {0};
	struct platform machine;
	char message[512] = "";
	bool done = false;

	*out = (struct scale_result){0};
	if (!scale_machine(&machine, &prices))
		return false;
	struct engine_config config = {
		.exec = ENGINE_FIBERS, .seed = 1, .trace_max = 1, .prices = &prices, .detectors_off = true};
	if (scale_scenario(plan, &scenario) &&
		world_create(scenario, &machine, &config, &s.world, message, sizeof(message)) == PEF_OK) {
		scale_now = &s;
		done = scale_simulate(&s);
		scale_now = NULL;
	} else if (message[0]) {
		fprintf(stderr, "pefsim bench: %s\n", message);
	}
	world_destroy(s.world);
	scenario_free(scenario);
	price_list_free(&prices);
	return done;
}
