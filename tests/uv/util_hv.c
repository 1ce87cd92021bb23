/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_hv.c - the tests' hypervisor. See util_hv.h.
 *
 * Locking: none. Errors: as switched. Blocking: yields.
 */
#include "util_hv.h"

int64_t world_hv_ucall(struct world *w, uint32_t number, const uint64_t *args, unsigned count)
{
	struct call c = {.number = number, .arg_count = count};

	for (unsigned i = 0; i < count; i++)
		c.arg[i] = args[i];
	c.arg[CALL_STATE] = call_state_pack((struct call_state){0, 0xffff, MSR_HV});
	call_make(w->config.uv, &c, STEP_UCALL, 0);
	return c.ret[0];
}

static int64_t hv_move(struct world *w, uint32_t number, uint64_t gfn)
{
	uint64_t args[5] = {WORLD_LPID, gfn << PEF_PAGE_SHIFT, gfn << PEF_PAGE_SHIFT, 0, ABI_PAGE_ORDER};
	return world_hv_ucall(w, number, args, 5);
}

int64_t world_page_in(struct world *w, uint64_t gfn)
{
	return hv_move(w, ABI_UV_PAGE_IN, gfn);
}

int64_t world_page_out(struct world *w, uint64_t gfn)
{
	return hv_move(w, ABI_UV_PAGE_OUT, gfn);
}

int64_t world_inval(struct world *w, uint64_t gfn)
{
	uint64_t args[3] = {WORLD_LPID, gfn << PEF_PAGE_SHIFT, ABI_PAGE_ORDER};
	return world_hv_ucall(w, ABI_UV_PAGE_INVAL, args, 3);
}

void world_from_hv(struct world *w, world_fn *fn)
{
	struct call c = {.number = UTIL_RUN, .arg = {(uint64_t)(uintptr_t)fn}, .arg_count = 1};
	call_make(w->config.hv, &c, STEP_HCALL, 0);
}

/* ---- hypercalls ------------------------------------------------------------------------ */

static int64_t hv_start(struct world *w)
{
	uint64_t args[5] = {WORLD_LPID, 0, WORLD_PAGES * PEF_PAGE_SIZE, 0, 3};
	return world_hv_ucall(w, ABI_UV_REGISTER_MEM_SLOT, args, 5);
}

static int64_t hv_page_in(struct world *w, const struct call *c)
{
	uint64_t gfn = c->arg[0] >> PEF_PAGE_SHIFT;
	world_fn *during = w->during;

	w->during = NULL;
	if (during)
		during(w);
	if (c->arg[1] == ABI_H_PAGE_IN_NONSHARED) {
		/* The migration takes the mapping away first; of no concern to a secure page. */
		world_inval(w, gfn);
		if (w->empty_host || (gfn && gfn == w->empty_gfn))
			return ABI_H_SUCCESS;
	}
	/* A page that is shared comes back from the device without its content. */
	if (c->arg[1] == ABI_H_PAGE_IN_SHARED && gfn < WORLD_PAGES && w->on_device[gfn])
		w->frames[gfn] = TOKEN_ZERO;
	if (world_page_in(w, gfn) != ABI_U_SUCCESS)
		return ABI_H_PARAMETER;
	w->on_device[gfn] = c->arg[1] == ABI_H_PAGE_IN_NONSHARED;
	return ABI_H_SUCCESS;
}

static int64_t hv_page_out(struct world *w, uint64_t gfn)
{
	if (world_page_out(w, gfn) != ABI_U_SUCCESS)
		return ABI_H_PARAMETER;
	if (gfn < WORLD_PAGES)
		w->on_device[gfn] = false;
	return ABI_H_SUCCESS;
}

static int64_t hv_abort(struct world *w)
{
	uint64_t lpid = WORLD_LPID;

	for (uint64_t gfn = 0; gfn < WORLD_PAGES; gfn++) {
		if (w->on_device[gfn])
			world_page_out(w, gfn);
		w->on_device[gfn] = false;
	}
	CHECK(w, world_hv_ucall(w, ABI_UV_SVM_TERMINATE, &lpid, 1), ABI_U_SUCCESS);
	return ABI_H_PARAMETER;
}

static int64_t hv_answer(struct world *w, const struct call *c)
{
	uint64_t gfn = c->arg[0] >> PEF_PAGE_SHIFT;

	switch (c->number) {
	case ABI_H_SVM_INIT_START:
		return hv_start(w);
	case ABI_H_SVM_INIT_ABORT:
		return hv_abort(w);
	case ABI_H_SVM_PAGE_IN:
		return hv_page_in(w, c);
	case ABI_H_SVM_PAGE_OUT:
		return hv_page_out(w, gfn);
	case ABI_H_PAGE_FAULT:
		return world_page_in(w, gfn);
	default:
		return ABI_H_SUCCESS;
	}
}

static bool hv_fails(struct world *w, uint32_t number)
{
	unsigned nth = world_asked_count(w, number) - 1;

	if (number != w->fail || nth < w->fail_after)
		return false;
	return w->fail_times == 0 || nth < w->fail_after + w->fail_times;
}

static void hv_note(struct world *w, const struct call *c)
{
	if (w->asked_count < WORLD_LOG)
		w->asked[w->asked_count++] = (struct world_asked){
			c->number, c->arg[0] >> PEF_PAGE_SHIFT, c->arg[1], c->arg[CALL_COOKIE], call_state_of(c).msr};
}

static void hv_on_call(struct domain *d, struct call *c)
{
	struct world *w = domain_model(d);

	if (c->number == UTIL_RUN) {
		world_fn *fn = (world_fn *)(uintptr_t)c->arg[0];
		fn(w);
		return;
	}
	hv_note(w, c);
	bool leaves = c->number == ABI_H_SVM_INIT_ABORT || (w->leave_to_guest && c->number == ABI_H_SVM_PAGE_IN);
	c->ret[RET_ROUTE] = leaves ? ROUTE_GUEST : ROUTE_UV_RETURN;
	c->ret[RET_COOKIE] = (int64_t)(c->arg[CALL_COOKIE] + w->wrong_cookie);
	c->ret_count = 3;
	c->return_step = STEP_UV_RETURN;
	if (hv_fails(w, c->number))
		c->ret[RET_CODE] = ABI_H_PARAMETER;
	else
		c->ret[RET_CODE] = c->number == w->idle ? ABI_H_SUCCESS : hv_answer(w, c);
}

/* ---- memory ------------------------------------------------------------------------------ */

static void hv_frame(struct world *w, const struct call *c, uint64_t hfn, bool write, token_t token)
{
	struct call answer = *c;

	answer.ret_count = 2;
	answer.ret[0] = hfn < WORLD_FRAMES ? BUS_OK : BUS_NO_FRAME;
	if (hfn < WORLD_FRAMES) {
		if (write)
			w->frames[hfn] = token;
		answer.ret[1] = (int64_t)w->frames[hfn];
		if (!write && hfn == w->tear)
			w->frames[hfn]++;
	}
	bus_reply(&answer, STEP_BUS);
}

static void hv_on_bus(struct domain *d, const struct call *c)
{
	struct world *w = domain_model(d);

	if (c->number == BUS_ACCESS)
		hv_frame(w, c, c->arg[1], c->arg[2] != 0, c->arg[3]);
	else if (c->number == BUS_SHARED_ACCESS && w->hold_shared && w->held_count < 4)
		w->held[w->held_count++] = *c;
	else if (c->number == BUS_SHARED_ACCESS)
		hv_frame(w, c, c->arg[0], c->arg[1] != 0, c->arg[2]);
	else
		hv_frame(w, c, c->arg[0], c->number == BUS_FRAME_WRITE, c->arg[1]);
}

void world_land(struct world *w)
{
	w->hold_shared = false;
	for (unsigned i = 0; i < w->held_count; i++)
		hv_frame(w, &w->held[i], w->held[i].arg[0], w->held[i].arg[1] != 0, w->held[i].arg[2]);
	w->held_count = 0;
}

const struct domain_ops util_hv_ops = {.on_call = hv_on_call, .on_bus = hv_on_bus};
