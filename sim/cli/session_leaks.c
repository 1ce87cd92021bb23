/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session_leaks.c - the search for leaks after a run: what the models know of who is gone. See session.h.
 *
 * Locking: none. Errors: findings. Blocking: never.
 */
#include "pefsim/leak.h"

#include "session.h"

static const char *session_gone(void *arg, const struct domain *d, obj_t name)
{
	const struct world *w = arg;

	return d == w->config.hv ? hv_gone(w->hv, name) : d == w->config.uv ? uv_gone(w->uv, name) : NULL;
}

static void session_roots(void *arg, const struct domain *d, struct leak_search *search)
{
	const struct world *w = arg;

	if (d == w->config.hv)
		hv_roots(w->hv, search);
}

void session_find_leaks(struct session *s)
{
	const struct leak_views views = {.arg = s->world, .gone = session_gone, .roots = session_roots};

	if (s->result.end == ENGINE_FINISHED && engine_checks(s->world->engine, ENGINE_CHECK_LEAKS))
		leaks_find(s->world->engine, &views);
}
