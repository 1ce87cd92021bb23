/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h - what a printer of the merged stream knows of the run: which domain
 * is which side, what contexts are called, and which locks they hold.
 *
 * A reader feeds it every event in order; what is held follows from the events
 * alone, so a recorded trace prints as a live one.
 *
 * Locking: none. Errors: without memory the process stops with a message.
 * Blocking: never.
 */
#ifndef PEF_TRACE_VIEW_H
#define PEF_TRACE_VIEW_H

#include "pefsim/engine.h"
#include "pefsim/sync.h"

/* The columns of the machine, from left to right. */
#define VIEW_LANES(X) \
	X(GUEST, "guest") \
	X(UV, "ultravisor") \
	X(HV, "hypervisor") \
	X(HOST, "host threads")
enum view_lane {
#define X(name, text) LANE_##name,
	VIEW_LANES(X)
#undef X
		LANE_COUNT
};
const char *view_lane_name(enum view_lane lane);

/* A lock that is held or waited for. */
struct view_lock {
	uint32_t domain;
	uint32_t ctx;
	obj_t lock;
	enum lock_mode mode;
	cycles_t since;
};
struct view_locks {
	struct view_lock *rows; /* oldest first */
	unsigned count, room;
};

struct view {
	const struct engine *engine;
	unsigned guest_domain[PEF_DOMAINS_MAX]; /* domain of guest n */
	unsigned guest_count;
	struct view_locks held, waits;
};

void view_init(struct view *view, const struct engine *engine);
void view_free(struct view *view);

/** view_take - follow locks; to be called with every event, before it is printed */
void view_take(struct view *view, const struct trace_event *event);
/** view_wait_find - the wait of the event's context for a lock; NULL when it did not wait */
const struct view_lock *view_wait_find(const struct view *view, const struct trace_event *event);
/** view_holder - somebody else who holds a lock the event's context asks for; NULL */
const struct view_lock *view_holder(const struct view *view, const struct trace_event *event, obj_t lock);
/** view_wait_end - the wait is over and was told; forget it */
void view_wait_end(struct view *view, const struct trace_event *event);

/** view_lane - the column of a context */
enum view_lane view_lane(const struct view *view, unsigned domain, uint32_t ctx);
/** view_lane_of_return - the column of who is called back by the event's context in another domain */
enum view_lane view_lane_of_return(const struct view *view, const struct trace_event *event, unsigned domain);

/* Names; each writes to @buf and returns it. */
/** view_who - "vcpu0", with more guests than one "g0.vcpu0"; the domain's name for context 0 */
const char *view_who(const struct view *view, unsigned domain, uint32_t ctx, char *buf, size_t size);
/** view_page - "gfn 0x100", with more guests than one "g0 gfn 0x100" */
const char *view_page(const struct view *view, uint64_t page, char *buf, size_t size);
const char *view_guest(const struct view *view, unsigned guest, char *buf, size_t size);
/** view_object - "rmap[1]", with more guests than one "g0.rmap[1]" */
const char *view_object(const struct view *view, obj_t object, char *buf, size_t size);
/** view_held - "[srcu mmap.R uvmem]", oldest first; "" when nothing is held */
const char *view_held(const struct view *view, unsigned domain, uint32_t ctx, char *buf, size_t size);

#endif
