/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.c - sides, names and held locks of a run that is being printed.
 *
 * Names carry the structure: the domains "hv" and "uv" are the two sides of the
 * protocol and every other is a guest; a context "g0.vcpu0/hv" is that hardware
 * thread inside the hypervisor, and a context of the hypervisor without a slash
 * is a host thread. So nothing but the engine is asked.
 *
 * Locking: none. Errors: without memory the process stops with a message.
 * Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

const char *view_lane_name(enum view_lane lane)
{
	static const char *const names[] = {
#define X(name, text) text,
		VIEW_LANES(X)
#undef X
	};
	return names[lane];
}

static enum view_lane domain_lane(const struct engine *engine, unsigned domain)
{
	const char *name = domain_name(engine_domain(engine, domain));

	return strcmp(name, "hv") == 0 ? LANE_HV : strcmp(name, "uv") == 0 ? LANE_UV : LANE_GUEST;
}

void view_init(struct view *view, const struct engine *engine)
{
	*view = (struct view){.engine = engine};
	for (unsigned i = 0; i < engine_domain_count(engine); i++)
		if (domain_lane(engine, i) == LANE_GUEST)
			view->guest_domain[view->guest_count++] = i;
}

void view_free(struct view *view)
{
	free(view->held.rows);
	free(view->waits.rows);
	*view = (struct view){.engine = view->engine};
}

/* ---- locks ----------------------------------------------------------------- */

static void locks_add(struct view_locks *locks, const struct trace_event *event)
{
	if (locks->count == locks->room) {
		locks->room = locks->room != 0 ? locks->room * 2 : 32;
		locks->rows = realloc(locks->rows, locks->room * sizeof(*locks->rows));
		if (locks->rows == NULL) {
			fprintf(stderr, "pefsim: the host has no memory left to print a trace\n");
			abort();
		}
	}
	locks->rows[locks->count++] = (struct view_lock){
		event->domain, event->rec.ctx, (obj_t){event->rec.a}, (enum lock_mode)event->rec.aux, event->rec.cycle};
}

/* The newest row of a lock, of this context or (@any) of whichever; -1: none. */
static int locks_find(const struct view_locks *locks, const struct trace_event *event, bool any)
{
	for (unsigned i = locks->count; i-- > 0;) {
		const struct view_lock *row = &locks->rows[i];

		if (row->lock.w == event->rec.a && row->domain == event->domain && (any || row->ctx == event->rec.ctx))
			return (int)i;
	}
	return -1;
}

static void locks_remove(struct view_locks *locks, int index)
{
	if (index < 0)
		return;
	locks->count--;
	memmove(&locks->rows[index], &locks->rows[index + 1], (locks->count - (unsigned)index) * sizeof(*locks->rows));
}

void view_take(struct view *view, const struct trace_event *event)
{
	bool is_held = event->rec.aux != LOCK_SRCU_SYNC && event->rec.aux != LOCK_EVENT;
	int index;

	if (event->rec.kind == TRACE_LOCK_WAIT) {
		locks_add(&view->waits, event);
	} else if (event->rec.kind == TRACE_LOCK_ACQUIRE && is_held) {
		locks_add(&view->held, event);
	} else if (event->rec.kind == TRACE_LOCK_RELEASE && is_held) {
		/* A page lock may be given back by another context than took it. */
		index = locks_find(&view->held, event, false);
		locks_remove(&view->held, index >= 0 ? index : locks_find(&view->held, event, true));
	}
}

const struct view_lock *view_wait_find(const struct view *view, const struct trace_event *event)
{
	int index = locks_find(&view->waits, event, false);

	return index >= 0 ? &view->waits.rows[index] : NULL;
}

void view_wait_end(struct view *view, const struct trace_event *event)
{
	locks_remove(&view->waits, locks_find(&view->waits, event, false));
}

const struct view_lock *view_holder(const struct view *view, const struct trace_event *event, obj_t lock)
{
	for (unsigned i = 0; i < view->held.count; i++) {
		const struct view_lock *row = &view->held.rows[i];

		if (row->lock.w == lock.w && row->domain == event->domain && row->ctx != event->rec.ctx)
			return row;
	}
	return NULL;
}

/* ---- names ----------------------------------------------------------------- */

enum view_lane view_lane(const struct view *view, unsigned domain, uint32_t ctx)
{
	enum view_lane lane = domain_lane(view->engine, domain);
	const char *name = engine_context_name(view->engine, domain, ctx);

	return lane == LANE_HV && name[0] != '\0' && strchr(name, '/') == NULL ? LANE_HOST : lane;
}

enum view_lane view_lane_of_return(const struct view *view, const struct trace_event *event, unsigned domain)
{
	enum view_lane lane = domain_lane(view->engine, domain);
	const char *name = engine_context_name(view->engine, event->domain, event->rec.ctx);
	const char *slash = strchr(name, '/');

	/* The callee of a host thread is called after it, with one slash. */
	return lane == LANE_HV && slash != NULL && strchr(slash + 1, '/') == NULL ? LANE_HOST : lane;
}

const char *view_who(const struct view *view, unsigned domain, uint32_t ctx, char *buf, size_t size)
{
	const char *name = engine_context_name(view->engine, domain, ctx);
	const char *dot = strchr(name, '.');

	if (name[0] == '\0')
		name = domain_name(engine_domain(view->engine, domain));
	else if (view->guest_count == 1 && dot != NULL && dot[1] != '\0' && dot[1] != '/')
		name = dot + 1;
	snprintf(buf, size, "%.*s", (int)strcspn(name, "/"), name);
	return buf;
}

const char *view_guest(const struct view *view, unsigned guest, char *buf, size_t size)
{
	if (guest < view->guest_count)
		snprintf(buf, size, "%s", domain_name(engine_domain(view->engine, view->guest_domain[guest])));
	else
		snprintf(buf, size, "g%u", guest);
	return buf;
}

const char *view_page(const struct view *view, uint64_t page, char *buf, size_t size)
{
	char guest[PEF_NAME_MAX];
	bool only = view->guest_count <= 1 && trace_page_guest(page) == 0;

	snprintf(buf, size, "%s%sgfn 0x%llx",
		only ? "" : view_guest(view, trace_page_guest(page), guest, sizeof(guest)), only ? "" : " ",
		(unsigned long long)trace_page_gfn(page).n);
	return buf;
}

const char *view_object(const struct view *view, obj_t object, char *buf, size_t size)
{
	return view->guest_count > 1 ? obj_print_full(object, buf, size) : obj_print(object, buf, size);
}

/* "uvmem_lock" -> "uvmem", "kvm.srcu" -> "srcu", "gfn_lock[3]" -> "gfn[3]". */
static void lock_print_short(const struct view_lock *row, char *buf, size_t size)
{
	char name[40];
	char *start = name, *suffix;
	const char *mode = "";

	obj_print(row->lock, name, sizeof(name));
	suffix = strstr(name, "_lock");
	if (strncmp(start, "kvm.", 4) == 0)
		start += 4;
	if (suffix != NULL)
		memmove(suffix, suffix + 5, strlen(suffix + 5) + 1);
	if (row->mode == LOCK_SHARED)
		mode = ".R";
	else if (obj_type(row->lock) == OBJ_MMAP_LOCK)
		mode = ".W";
	snprintf(buf, size, "%s%s", start, mode);
}

const char *view_held(const struct view *view, unsigned domain, uint32_t ctx, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < view->held.count; i++) {
		const struct view_lock *row = &view->held.rows[i];
		char name[PEF_NAME_MAX];

		if (row->domain != domain || row->ctx != ctx || used + 2 >= size)
			continue;
		lock_print_short(row, name, sizeof(name));
		used += (size_t)snprintf(buf + used, size - used, "%c%s", used == 0 ? '[' : ' ', name);
	}
	if (used > 0 && used + 1 < size)
		snprintf(buf + used, size - used, "]");
	return buf;
}
