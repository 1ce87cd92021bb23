/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * secure_frame.c - I2: a secure frame is mapped for one page of one VM.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

bool rule_secure_frame(struct checker *c, struct finding *out)
{
	const struct ghost_page *p = ghost_page_at(c, c->event.rec.a);
	uint64_t holder;

	if (p->map != TRACE_MAP_SECURE || p->frame >= c->secure_room)
		return false;
	holder = c->secure[p->frame] - 1;
	if (holder == p->page)
		return false;
	verdict_begin(c, INVARIANT_I2, p, out, "a secure frame is mapped twice");
	verdict_here(c, out, "mapped");
	finding_add_line(out, "frame %u is also that of gfn 0x%llx of guest g%u", p->frame,
		(unsigned long long)trace_page_gfn(holder).n, trace_page_guest(holder));
	return true;
}
