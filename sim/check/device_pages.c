/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device_pages.c - I11 at every step: a device page is taken once and given back
 * once. How many are in use is compared with the marks at quiescence.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

bool rule_device_pages(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	bool fits = r->aux ? ghost_set_add(&c->devices, r->a) : ghost_set_drop(&c->devices, r->a);

	if (fits)
		return false;
	verdict_begin(c, INVARIANT_I11, NULL, out, "a device page is %s", r->aux ? "taken twice" : "given back twice");
	verdict_here(c, out, r->aux ? "taken" : "given back");
	finding_add_line(out, "device page %llu", (unsigned long long)r->a);
	return true;
}
