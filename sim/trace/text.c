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
#include "pefsim/points.h"
#include "text.h"

#define WORD 96u

/* ---- parts ------------------------------------------------------------------- */

const char *text_statement(
	const struct ladder_options *options, unsigned thread, uint64_t statement, char *buf, size_t size)
{
	const char *text = options->statement != NULL ? options->statement(options->arg, thread, statement) : NULL;

	if (text != NULL)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "statement %" PRIu64, statement);
	return buf;
}

char text_statement_prefix(const char *statement)
{
	if (strncmp(statement, "uv_", 3) == 0)
		return 'U';
	return strncmp(statement, "h_", 2) == 0 ? 'H' : '\0';
}

const char *text_event_name(const struct ladder_options *options, uint64_t event, char *buf, size_t size)
{
	const char *text = options->event_name != NULL ? options->event_name(options->arg, (uint32_t)event) : NULL;

	if (text != NULL)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "event %" PRIu64, event);
	return buf;
}

const char *text_call(uint32_t number, char *buf, size_t size)
{
	const char *name = abi_call_name(number);

	if (name != NULL)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "call %" PRIu32, number);
	return buf;
}

const char *text_result(int64_t value, char prefix, char *buf, size_t size)
{
	const char *name = abi_code_name(value, prefix);

	if (name != NULL)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%" PRId64, value);
	return buf;
}

/* Whether a comma separated list of arguments has gpa or gfn as one of them. */
static bool args_have_page(const char *args)
{
	for (;;) {
		size_t len = strcspn(args, ",");

		if (len == 3 && (memcmp(args, "gpa", 3) == 0 || memcmp(args, "gfn", 3) == 0))
			return true;
		if (args[len] == '\0')
			return false;
		args += len + 1;
		args += strspn(args, " ");
	}
}

bool text_call_has_page(uint32_t number)
{
	switch (number) {
#define X(name, value, args, about) \
	case value: \
		return args_have_page(args);
		PEF_UCALLS(X)
		PEF_HCALLS(X)
#undef X
	}
	return false;
}

const char *text_token(const struct view *view, token_t token, char *buf, size_t size)
{
	char guest[PEF_NAME_MAX] = "";
	unsigned origin = token_origin(token);
	const char *of = "";

	if (origin >= TOKEN_ORIGIN_GUEST(0))
		of = view_guest(view, origin - TOKEN_ORIGIN_GUEST(0), guest, sizeof(guest));
	else if (origin == TOKEN_ORIGIN_HOST)
		of = "the host";
	else if (origin == TOKEN_ORIGIN_UV)
		of = "the ultravisor";

	if (token == TOKEN_ZERO)
		snprintf(buf, size, "zero");
	else if (token_kind(token) == TOKEN_CIPHER)
		snprintf(buf, size, "cipher #%" PRIu64, token_value(token));
	else
		snprintf(buf, size, "%s0x%" PRIx64 "%s%s", token_kind(token) == TOKEN_TORN ? "torn " : "",
			token_value(token), of[0] != '\0' ? " of " : "", of);
	return buf;
}

const char *text_slot_verb(unsigned slot_event)
{
	static const char *const verbs[] = {
		[TRACE_SLOT_CREATE] = "created",
		[TRACE_SLOT_INVALID] = "invalid",
		[TRACE_SLOT_DELETE] = "deleted",
		[TRACE_SLOT_REGISTER] = "registered",
		[TRACE_SLOT_UNREGISTER] = "unregistered",
		[TRACE_SLOT_MOVE] = "moved",
		[TRACE_SLOT_FLAGS] = "flags changed",
	};
	return slot_event < sizeof(verbs) / sizeof(verbs[0]) ? verbs[slot_event] : "?";
}

const char *text_finding_kind(unsigned kind)
{
	return kind < FINDING_KIND_COUNT ? finding_kind_name((enum finding_kind)kind) : "finding";
}

const struct finding *text_finding(const struct view *view, const struct trace_event *event)
{
	const struct finding *list;
	unsigned count = engine_findings(view->engine, &list);

	for (unsigned i = 0; i < count; i++)
		if (list[i].key.domain == event->domain && list[i].key.cycle == event->rec.cycle &&
			(unsigned)list[i].kind == event->rec.aux)
			return &list[i];
	return NULL;
}

/* What JSON and what the ladder call a change of mode. */
static const struct {
	const char *mode, *verb;
} svm_events[] = {
	[TRACE_SVM_NORMAL] = {"normal", "is a normal VM"},
	[TRACE_SVM_START] = {"start", "begins to become secure"},
	[TRACE_SVM_SECURE] = {"secure", "is a secure VM"},
	[TRACE_SVM_ABORT] = {"abort", "gives up becoming secure"},
	[TRACE_SVM_TERMINATED] = {"terminated", "is terminated"},
};
#define SVM_EVENT_COUNT (sizeof(svm_events) / sizeof(svm_events[0]))

const char *text_svm_verb(unsigned svm_event)
{
	return svm_event < SVM_EVENT_COUNT ? svm_events[svm_event].verb : "?";
}

const char *text_svm_mode(unsigned svm_event)
{
	return svm_event < SVM_EVENT_COUNT ? svm_events[svm_event].mode : "?";
}

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

/*
 * A point as a hold names it, so with the plain name of an event. The record of
 * a label has only a number made of its text; the statement follows.
 */
static const char *telling_point(struct telling *t)
{
	if (t->r->aux == POINT_LABEL)
		return "of the next statement";
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
