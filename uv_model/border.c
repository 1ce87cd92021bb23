/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * border.c - page content that crosses between normal and secure memory.
 *
 * A normal frame belongs to the hypervisor, which may change it while it is
 * being copied. A copy therefore looks at the source when it begins and when it
 * ends; if the two differ, what was copied is neither, and is marked torn.
 *
 * Locking: the caller's; these are accesses of the memory bus, not calls, and
 * may be made under any lock. Errors: no such frame is false. Blocking: yield.
 */
#include "uv.h"

static bool border_ask(struct uv *uv, struct call *c)
{
	bus_access(uv->config.hv, c, STEP_BUS);
	return c->ret[0] == BUS_OK;
}

/*U:160
 * A normal frame is not the ultravisor's and may change while it is copied. So it is looked at twice,
 * when the copy begins and when it ends; if the looks differ, the copy is torn, and a checker will
 * hear of it.
 :*/
bool border_read(struct uv *uv, hfn_t host, enum cost_step work, uint64_t page, token_t *out)
{
	struct call first = {.number = BUS_FRAME_READ, .arg = {host.n, page}, .arg_count = 2};
	struct call last = first;

	if (!border_ask(uv, &first))
		return false;
	cost_charge(work);
	if (!border_ask(uv, &last))
		return false;
	bool torn = first.ret[1] != last.ret[1];
	token_t token = (token_t)last.ret[1];
	*out = torn ? token_make(TOKEN_TORN, token_origin(token), token_value(token)) : token;
	trace_emit(TRACE_COPY, torn, page, *out);
	return true;
}

bool border_write(struct uv *uv, hfn_t host, uint64_t page, token_t token)
{
	struct call c = {.number = BUS_FRAME_WRITE, .arg = {host.n, token, page}, .arg_count = 3};
	return border_ask(uv, &c);
}
