/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.c - one event in words.
 *
 * The words are few and always the same, so that a page or a lock can be
 * followed with grep: everything about a page begins with "gfn 0x...". What a
 * newcomer needs to follow the protocol is told always; locks that were free,
 * the heap, plain accesses and points only with verbose.
 *
 * Locking: none. Errors: words that do not fit are cut. Blocking: never.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pefsim/abi.h"
#include "pefsim/inject.h"
#include "pefsim/machine.h"
#include "pefsim/points.h"
#include "text.h"

#define WORD 96u

/* ---- events ------------------------------------------------------------------ */

/* One event on its way into words. */
struct telling {
	struct view *view;
	const struct ladder_options *options;
	const struct trace_event *event;
	const struct trace_rec *r;
	struct text *out;
	char a[WORD], b[WORD]; /* for names */
};

static void say(struct telling *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct telling *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->out->words, sizeof(t->out->words), format, args);
	va_end(args);
	t->out->shape = TEXT_PLAIN;
}

static void say_arrow_to(struct telling *t, enum view_lane lane)
{
	t->out->shape = TEXT_ARROW;
	t->out->to = lane;
}

static const char *telling_object(struct telling *t)
{
	obj_t object = {t->r->a};

	if (obj_type(object) == OBJ_EVENT && obj_index(object) != OBJ_NO_INDEX)
		return text_event_name(t->options, obj_index(object), t->a, sizeof(t->a));
	return view_object(t->view, (obj_t){t->r->a}, t->a, sizeof(t->a));
}

static const char *telling_page(struct telling *t)
{
	return view_page(t->view, t->r->a, t->a, sizeof(t->a));
}

static const char *telling_token(struct telling *t)
{
	return text_token(t->view, t->r->b, t->b, sizeof(t->b));
}

static void tell_start(struct telling *t)
{
	say(t, "begins");
}

static void tell_end(struct telling *t)
{
	say(t, "ends");
}

static void tell_op_begin(struct telling *t)
{
	say(t, "%s", text_statement(t->options, t->r->aux, t->r->a, t->a, sizeof(t->a)));
}

static void tell_op_end(struct telling *t)
{
	const char *statement = text_statement(t->options, t->r->aux, t->r->a, t->a, sizeof(t->a));
	char prefix = text_statement_prefix(statement);

	if (t->r->b == 0)
		say(t, "%s done", statement);
	else
		say(t, "%s -> %s", statement, text_result((int64_t)t->r->b, prefix, t->b, sizeof(t->b)));
}

static void tell_call(struct telling *t)
{
	uint32_t number = (uint32_t)t->r->a;

	text_call(number, t->a, sizeof(t->a));
	if (text_call_has_page(number) || t->r->b != 0)
		say(t, "%s(%s)", t->a, view_page(t->view, t->r->b, t->b, sizeof(t->b)));
	else
		say(t, "%s", t->a);
	if (t->r->aux < engine_domain_count(t->view->engine))
		say_arrow_to(t, view_lane(t->view, t->r->aux, 0));
}

static void tell_return(struct telling *t)
{
	const char *call = text_call((uint32_t)t->r->a, t->a, sizeof(t->a));

	say(t, "%s", text_result((int64_t)t->r->b, call[0], t->b, sizeof(t->b)));
	if (t->r->aux < engine_domain_count(t->view->engine))
		say_arrow_to(t, view_lane_of_return(t->view, t->event, t->r->aux));
}

static void tell_lock_wait(struct telling *t)
{
	const struct view_lock *holder = view_holder(t->view, t->event, (obj_t){t->r->a});
	const char *name = telling_object(t);

	/* The statement that waits for an event of the script has been told. */
	if (t->r->aux == LOCK_EVENT && !t->options->verbose)
		return;
	if (t->r->aux == LOCK_SRCU_SYNC)
		say(t, "waits for readers of %s", name);
	else if (holder != NULL)
		say(t, "waits for %s, which %s has", name,
			view_who(t->view, holder->domain, holder->ctx, t->b, sizeof(t->b)));
	else
		say(t, "waits for %s", name);
}

static void tell_lock_acquire(struct telling *t)
{
	const struct view_lock *wait = view_wait_find(t->view, t->event);
	const char *name = telling_object(t), *before = "takes ", *after = "";
	bool told = t->options->verbose || (wait != NULL && t->r->aux != LOCK_EVENT);

	if (t->r->aux == LOCK_SRCU_SYNC) {
		before = "";
		after = " readers gone";
	} else if (t->r->aux == LOCK_EVENT) {
		before = "has seen ";
	}
	if (told && wait != NULL)
		say(t, "%s%s%s after %" PRIu64 " cycles", before, name, after, t->r->cycle - wait->since);
	else if (told)
		say(t, "%s%s%s", before, name, after);
	view_wait_end(t->view, t->event);
}

static void tell_lock_release(struct telling *t)
{
	say(t, "%s %s", t->r->aux == LOCK_EVENT ? "signals" : "releases", telling_object(t));
}

static void tell_alloc(struct telling *t)
{
	say(t, "alloc %s, %" PRIu64 " bytes", telling_object(t), t->r->b);
}

static void tell_free(struct telling *t)
{
	say(t, "free %s", telling_object(t));
}

static void tell_ref(struct telling *t)
{
	say(t, "ref %s %+" PRId64 ", now %u", telling_object(t), (int64_t)t->r->b, t->r->aux);
}

static unsigned change_from(const struct trace_rec *r)
{
	return (unsigned)(r->b >> 32);
}

static unsigned change_to(const struct trace_rec *r)
{
	return (unsigned)r->b;
}

static void tell_uv_state(struct telling *t)
{
	say(t, "%s %s -> %s", telling_page(t), gfn_state_name((enum gfn_state)change_from(t->r)),
		gfn_state_name((enum gfn_state)change_to(t->r)));
}

static void tell_hv_mark(struct telling *t)
{
	say(t, "%s mark %s -> %s", telling_page(t), hv_mark_name((enum hv_mark)change_from(t->r)),
		hv_mark_name((enum hv_mark)change_to(t->r)));
}

static void tell_host_pte(struct telling *t)
{
	say(t, "%s pte %s -> %s", telling_page(t), host_pte_name((enum host_pte)change_from(t->r)),
		host_pte_name((enum host_pte)change_to(t->r)));
}

static void tell_content(struct telling *t)
{
	say(t, "%s holds %s", telling_page(t), telling_token(t));
}

static void tell_access(struct telling *t)
{
	say(t, "%s %s %s", telling_page(t), t->r->aux != 0 ? "stored" : "loaded", telling_token(t));
}

static void tell_slot(struct telling *t)
{
	bool only = t->view->guest_count <= 1;
	const char *guest = only ? "" : view_guest(t->view, (unsigned)(t->r->a >> 32), t->a, sizeof(t->a));
	unsigned slot = (unsigned)(t->r->a & UINT32_MAX);

	if (t->r->aux == TRACE_SLOT_CREATE || t->r->aux == TRACE_SLOT_REGISTER)
		say(t, "%s%sslot %u %s, %" PRIu64 " pages", guest, only ? "" : " ", slot, text_slot_verb(t->r->aux),
			trace_span_pages(t->r->b));
	else
		say(t, "%s%sslot %u %s", guest, only ? "" : " ", slot, text_slot_verb(t->r->aux));
}

static void tell_svm(struct telling *t)
{
	say(t, "%s %s", view_guest(t->view, (unsigned)t->r->a, t->a, sizeof(t->a)), text_svm_verb(t->r->aux));
}

static void tell_signal(struct telling *t)
{
	say(t, "signals %s", text_event_name(t->options, t->r->a, t->a, sizeof(t->a)));
}

static void tell_awaited(struct telling *t)
{
	say(t, "woken by %s", text_event_name(t->options, t->r->a, t->a, sizeof(t->a)));
}

/* A point as a hold names it: an event plainly, a label without its thread. */
static const char *telling_point(struct telling *t)
{
	uint32_t event = obj_index((obj_t){t->r->a});

	if (t->r->aux == POINT_LABEL && text_has_event(t->options, event)) {
		const char *name = text_event_name(t->options, event, t->a, sizeof(t->a)), *dot = strrchr(name, '.');
		return dot != NULL ? dot + 1 : name;
	}
	return view_object(t->view, (obj_t){t->r->a}, t->a, sizeof(t->a));
}

static void tell_point(struct telling *t)
{
	say(t, "point %s %s #%" PRIu64, point_kind_name((enum point_kind)t->r->aux), telling_point(t), t->r->b);
}

static void tell_held(struct telling *t)
{
	say(t, "held at %s %s for %" PRIu64 " cycles", point_kind_name((enum point_kind)t->r->aux), telling_point(t),
		t->r->b);
}

static void tell_finding(struct telling *t)
{
	const struct finding *finding = text_finding(t->view, t->event);

	if (finding != NULL)
		say(t, "*** %s", finding->title);
	else
		say(t, "*** %s", text_finding_kind(t->r->aux));
	t->out->shape = TEXT_LOUD;
}

static void tell_pool(struct telling *t)
{
	say(t, "%s device page %" PRIu64 ", %" PRIu64 " free", t->r->aux != 0 ? "takes" : "gives back", t->r->a,
		t->r->b);
}

static void tell_copy(struct telling *t)
{
	if (t->r->aux != 0)
		say(t, "%s torn copy: the page changed while it was read", telling_page(t));
	else if (t->options->verbose)
		say(t, "%s copied %s", telling_page(t), telling_token(t));
}

static void tell_uv_map(struct telling *t)
{
	enum obj_type type = t->r->aux == TRACE_MAP_SECURE ? OBJ_SECURE_FRAME : OBJ_NORMAL_FRAME;

	if (t->r->aux == TRACE_MAP_NONE)
		say(t, "%s maps nothing", telling_page(t));
	else
		say(t, "%s maps %s", telling_page(t),
			obj_print(obj_make(type, OBJ_NO_GUEST, (uint32_t)t->r->b), t->b, sizeof(t->b)));
}

static void tell_frame(struct telling *t)
{
	bool taken = t->r->aux != 0, host = (t->r->b & FRAME_HOST) != 0;

	say(t, "%s %s %s %s", taken ? "takes" : "gives back",
		obj_print(obj_make(OBJ_NORMAL_FRAME, OBJ_NO_GUEST, (uint32_t)t->r->a), t->a, sizeof(t->a)),
		taken ? "for" : "of", host ? "the host" : view_page(t->view, t->r->b, t->b, sizeof(t->b)));
}

/* What is refused is told always: somebody handed over what is not the last ciphertext. */
static void tell_crypto(struct telling *t)
{
	if (t->r->aux == TRACE_CRYPTO_REJECT)
		say(t, "%s refused: this is not cipher #%" PRIu64, telling_page(t), t->r->b);
	else if (t->options->verbose)
		say(t, "%s %s, cipher #%" PRIu64, telling_page(t), text_crypto_verb(t->r->aux), t->r->b);
}

static void tell_cookie(struct telling *t)
{
	say(t, "%s cookie 0x%" PRIx64 " %s", view_guest(t->view, (unsigned)t->r->a, t->a, sizeof(t->a)), t->r->b,
		text_cookie_verb(t->r->aux));
}

/* "r4 r5 r6", from bits. */
static void tell_regs(struct telling *t)
{
	size_t used = 0;

	t->b[0] = '\0';
	for (unsigned i = 0; i < 64 && used + 5 < sizeof(t->b); i++)
		if (t->r->b >> i & 1)
			used += (size_t)snprintf(t->b + used, sizeof(t->b) - used, " r%u", 4 + i);
	say(t, "%s: %s gets%s", text_call((uint32_t)t->r->a, t->a, sizeof(t->a)),
		t->r->aux == TRACE_REGS_TO_HV ? "the hypervisor" : "the guest", used > 0 ? t->b : " no registers");
}

static void tell_digest(struct telling *t)
{
	say(t, "%s hashed as %s", telling_page(t), telling_token(t));
}

static void tell_inject(struct telling *t)
{
	obj_t object = {t->r->a};
	const char *site = text_inject_site(t->r->aux), *about = "";

	if (t->r->aux == INJECT_CALL)
		about = text_call((uint32_t)t->r->a, t->a, sizeof(t->a));
	else if (obj_type(object) != OBJ_NONE)
		about = view_object(t->view, object, t->a, sizeof(t->a));
	say(t, "fault: %s%s%s: %s", site, site[0] != '\0' && about[0] != '\0' ? " " : "", about,
		text_inject_action(t->r->b));
}

static void tell_move(struct telling *t)
{
	say(t, "%s moves to %s", telling_page(t), view_page(t->view, t->r->b, t->b, sizeof(t->b)));
}

static void tell_test(struct telling *t)
{
	say(t, "test %u %" PRIu64 " %" PRIu64, t->r->aux, t->r->a, t->r->b);
}

/* How each kind is told, and whether only verbose tells it. */
static const struct teller {
	void (*tell)(struct telling *t);
	bool detail;
} tellers[] = {
	[TRACE_CTX_START] = {tell_start, true},
	[TRACE_CTX_END] = {tell_end, true},
	[TRACE_OP_BEGIN] = {tell_op_begin, false},
	[TRACE_OP_END] = {tell_op_end, false},
	[TRACE_CALL] = {tell_call, false},
	[TRACE_RETURN] = {tell_return, false},
	[TRACE_LOCK_WAIT] = {tell_lock_wait, false},
	[TRACE_LOCK_ACQUIRE] = {tell_lock_acquire, false},
	[TRACE_LOCK_RELEASE] = {tell_lock_release, true},
	[TRACE_ALLOC] = {tell_alloc, true},
	[TRACE_FREE] = {tell_free, true},
	[TRACE_REF] = {tell_ref, true},
	[TRACE_UV_STATE] = {tell_uv_state, false},
	[TRACE_HV_MARK] = {tell_hv_mark, false},
	[TRACE_HOST_PTE] = {tell_host_pte, false},
	[TRACE_CONTENT] = {tell_content, true},
	[TRACE_ACCESS] = {tell_access, true},
	[TRACE_SLOT] = {tell_slot, false},
	[TRACE_SVM] = {tell_svm, false},
	[TRACE_SIGNAL] = {tell_signal, true},
	[TRACE_AWAITED] = {tell_awaited, true},
	[TRACE_POINT] = {tell_point, true},
	[TRACE_HELD] = {tell_held, false},
	[TRACE_FINDING] = {tell_finding, false},
	[TRACE_POOL] = {tell_pool, true},
	[TRACE_COPY] = {tell_copy, false},
	[TRACE_TEST] = {tell_test, true},
	[TRACE_UV_MAP] = {tell_uv_map, true},
	[TRACE_FRAME] = {tell_frame, true},
	[TRACE_CRYPTO] = {tell_crypto, false},
	[TRACE_COOKIE] = {tell_cookie, true},
	[TRACE_REGS] = {tell_regs, true},
	[TRACE_DIGEST] = {tell_digest, true},
	[TRACE_INJECT] = {tell_inject, false},
	[TRACE_MOVE] = {tell_move, false},
};

void text_of(struct view *view, const struct ladder_options *options, const struct trace_event *event, struct text *out)
{
	struct telling t = {.view = view, .options = options, .event = event, .r = &event->rec, .out = out};
	unsigned kind = event->rec.kind;

	out->shape = TEXT_NOTHING;
	if (kind < sizeof(tellers) / sizeof(tellers[0]) && tellers[kind].tell != NULL &&
		(options->verbose || !tellers[kind].detail))
		tellers[kind].tell(&t);
}
