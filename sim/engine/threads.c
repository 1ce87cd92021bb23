/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads.c - the executor with a host thread for each domain.
 *
 * Locking: none. Errors: none. Blocking: for the length of the run.
 */
#include "engine_private.h"

void threads_run(struct engine *engine)
{
	fibers_run(engine);
}

void threads_send(struct domain *from, struct domain *to, struct message *m)
{
	(void)from;
	schedule_push(to, &m->event);
}
