/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.c - the merged stream as JSON lines, one object an event.
 *
 * Who and when come first and are the same for every kind; then the fields of
 * the kind, by name. Nothing is left out, so a program can rebuild what the
 * ladder shows and more. A table says how a kind is written, as in text.c.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include <inttypes.h>
#include <string.h>

#include "json_text.h"
#include "pefsim/abi.h"
#include "pefsim/inject.h"
#include "pefsim/machine.h"
#include "pefsim/points.h"
#include "text.h"

/* An event on its way to the stream. */
struct writing {
	struct view *view;
	const struct ladder_options *options;
	const struct trace_event *event;
	const struct trace_rec *r;
	FILE *out;
	char name[128];
};

/* ---- parts ------------------------------------------------------------------- */

static void write_page(struct writing *w, uint64_t page)
{
	fprintf(w->out, ",\"page\":{\"guest\":%u,\"gfn\":%" PRIu64 "}", trace_page_guest(page), trace_page_gfn(page).n);
}

static void write_object(struct writing *w)
{
	json_member_string(w->out, "object", obj_print_full((obj_t){w->r->a}, w->name, sizeof(w->name)));
}

static void write_change(struct writing *w, const char *from, const char *to)
{
	write_page(w, w->r->a);
	json_member_string(w->out, "from", from);
	json_member_string(w->out, "to", to);
}

static void write_domain(struct writing *w, const char *key, unsigned domain)
{
	if (domain < engine_domain_count(w->view->engine))
		json_member_string(w->out, key, domain_name(engine_domain(w->view->engine, domain)));
	else
		json_member_number(w->out, key, domain);
}

static void write_result(struct writing *w, char prefix)
{
	const char *name = abi_code_name((int64_t)w->r->b, prefix);

	json_member_signed(w->out, "result", (int64_t)w->r->b);
	/* Without a prefix 0 is just success, and has no name. */
	if (name != NULL && (prefix != '\0' || w->r->b != 0))
		json_member_string(w->out, "result_name", name);
}

static unsigned from_of(const struct trace_rec *r)
{
	return (unsigned)(r->b >> 32);
}

static unsigned to_of(const struct trace_rec *r)
{
	return (unsigned)r->b;
}

/* ---- kinds ------------------------------------------------------------------- */

static void write_start(struct writing *w)
{
	write_domain(w, "parent_domain", w->r->aux);
	json_member_string(w->out, "parent",
		w->r->aux < engine_domain_count(w->view->engine)
			? engine_context_name(w->view->engine, w->r->aux, (uint32_t)w->r->a)
			: "");
}

static void write_nothing(struct writing *w)
{
	(void)w;
}

static const char *writing_statement(struct writing *w)
{
	return text_statement(w->options, w->r->aux, w->r->a, w->name, sizeof(w->name));
}

static void write_statement(struct writing *w)
{
	json_member_number(w->out, "thread", w->r->aux);
	json_member_number(w->out, "statement", w->r->a);
	json_member_string(w->out, "text", writing_statement(w));
}

static void write_op_begin(struct writing *w)
{
	write_statement(w);
	json_member_number(w->out, "line", w->r->b);
}

static void write_op_end(struct writing *w)
{
	write_statement(w);
	write_result(w, text_statement_prefix(writing_statement(w)));
}

static void write_call(struct writing *w)
{
	uint32_t number = (uint32_t)w->r->a;

	write_domain(w, "to", w->r->aux);
	json_member_string(w->out, "call", text_call(number, w->name, sizeof(w->name)));
	json_member_number(w->out, "number", number);
	json_member_number(w->out, "arg_count", w->r->a >> 32);
	if (text_call_has_page(number) || w->r->b != 0)
		write_page(w, w->r->b);
}

static void write_return(struct writing *w)
{
	uint32_t number = (uint32_t)w->r->a;

	write_domain(w, "to", w->r->aux);
	json_member_string(w->out, "call", text_call(number, w->name, sizeof(w->name)));
	json_member_number(w->out, "number", number);
	write_result(w, w->name[0]);
}

static void write_lock(struct writing *w)
{
	static const char *const modes[] = {
		[LOCK_EXCLUSIVE] = "exclusive",
		[LOCK_SHARED] = "shared",
		[LOCK_SRCU_READ] = "srcu-read",
		[LOCK_SRCU_SYNC] = "srcu-sync",
		[LOCK_EVENT] = "event",
	};

	write_object(w);
	json_member_string(w->out, "mode", w->r->aux < sizeof(modes) / sizeof(modes[0]) ? modes[w->r->aux] : "?");
	if (w->r->kind == TRACE_LOCK_ACQUIRE && w->r->b)
		json_member_number(w->out, "tried", w->r->b);
}

static void write_heap(struct writing *w)
{
	write_object(w);
	json_member_number(w->out, "bytes", w->r->b);
}

static void write_ref(struct writing *w)
{
	write_object(w);
	json_member_number(w->out, "count", w->r->aux);
	json_member_signed(w->out, "change", (int64_t)w->r->b);
}

static void write_uv_state(struct writing *w)
{
	write_change(w, gfn_state_name((enum gfn_state)from_of(w->r)), gfn_state_name((enum gfn_state)to_of(w->r)));
}

static void write_hv_mark(struct writing *w)
{
	write_change(w, hv_mark_name((enum hv_mark)from_of(w->r)), hv_mark_name((enum hv_mark)to_of(w->r)));
}

static void write_host_pte(struct writing *w)
{
	write_change(w, host_pte_name((enum host_pte)from_of(w->r)), host_pte_name((enum host_pte)to_of(w->r)));
}

static void write_content(struct writing *w)
{
	write_page(w, w->r->a);
	json_member_string(w->out, "side", w->r->aux == TRACE_SIDE_HOST ? "host" : "uv");
	json_member_word(w->out, "token", w->r->b);
}

static void write_access(struct writing *w)
{
	write_page(w, w->r->a);
	json_member_string(w->out, "access", w->r->aux != 0 ? "store" : "load");
	json_member_word(w->out, "token", w->r->b);
}

static void write_slot(struct writing *w)
{
	json_member_string(w->out, "change", text_slot_verb(w->r->aux));
	json_member_number(w->out, "guest", w->r->a >> 32);
	json_member_number(w->out, "slot", w->r->a & UINT32_MAX);
	json_member_number(w->out, "base", trace_span_base(w->r->b).n);
	json_member_number(w->out, "pages", trace_span_pages(w->r->b));
}

static void write_svm(struct writing *w)
{
	json_member_string(w->out, "mode", text_svm_mode(w->r->aux));
	json_member_number(w->out, "guest", w->r->a);
}

static void write_event(struct writing *w)
{
	json_member_number(w->out, "event", w->r->a);
	json_member_string(w->out, "name", text_event_name(w->options, w->r->a, w->name, sizeof(w->name)));
}

/* A label's object is its event; its name is what a hold calls it, with the thread. */
static void write_point_name(struct writing *w)
{
	uint32_t event = obj_index((obj_t){w->r->a});

	json_member_string(w->out, "point", point_kind_name((enum point_kind)w->r->aux));
	write_object(w);
	if (w->r->aux == POINT_LABEL && text_has_event(w->options, event))
		json_member_string(w->out, "label", text_event_name(w->options, event, w->name, sizeof(w->name)));
}

static void write_point(struct writing *w)
{
	write_point_name(w);
	json_member_number(w->out, "occurrence", w->r->b);
}

static void write_held(struct writing *w)
{
	write_point_name(w);
	json_member_number(w->out, "cycles", w->r->b);
}

static void write_finding(struct writing *w)
{
	const struct finding *finding = text_finding(w->view, w->event);

	json_member_string(w->out, "finding", text_finding_kind(w->r->aux));
	if (finding != NULL)
		json_member_string(w->out, "title", finding->title);
}

static void write_pool(struct writing *w)
{
	json_member_string(w->out, "change", w->r->aux != 0 ? "take" : "give");
	json_member_number(w->out, "device_page", w->r->a);
	json_member_number(w->out, "free", w->r->b);
}

static void write_copy(struct writing *w)
{
	write_page(w, w->r->a);
	fprintf(w->out, ",\"torn\":%s", w->r->aux != 0 ? "true" : "false");
	json_member_word(w->out, "token", w->r->b);
}

static void write_uv_map(struct writing *w)
{
	static const char *const maps[] = {
		[TRACE_MAP_NONE] = "none", [TRACE_MAP_SECURE] = "secure", [TRACE_MAP_SHARED] = "shared"};

	write_page(w, w->r->a);
	json_member_string(w->out, "map", w->r->aux < sizeof(maps) / sizeof(maps[0]) ? maps[w->r->aux] : "?");
	if (w->r->aux != TRACE_MAP_NONE)
		json_member_number(w->out, "frame", w->r->b);
}

static void write_frame(struct writing *w)
{
	json_member_string(w->out, "change", w->r->aux != 0 ? "take" : "give");
	json_member_number(w->out, "frame", w->r->a);
	if (w->r->b & FRAME_HOST)
		json_member_string(w->out, "owner", "host");
	else
		write_page(w, w->r->b);
}

static void write_crypto(struct writing *w)
{
	write_page(w, w->r->a);
	json_member_string(w->out, "crypto", text_crypto_verb(w->r->aux));
	json_member_number(w->out, "cipher", w->r->b);
}

static void write_cookie(struct writing *w)
{
	json_member_string(w->out, "change", text_cookie_verb(w->r->aux));
	json_member_number(w->out, "guest", w->r->a);
	json_member_word(w->out, "cookie", w->r->b);
}

static void write_regs(struct writing *w)
{
	const char *comma = "";

	json_member_string(w->out, "call", text_call((uint32_t)w->r->a, w->name, sizeof(w->name)));
	json_member_string(w->out, "to", w->r->aux == TRACE_REGS_TO_HV ? "hv" : "guest");
	fprintf(w->out, ",\"registers\":[");
	for (unsigned i = 0; i < 64; i++) {
		if (!(w->r->b >> i & 1))
			continue;
		fprintf(w->out, "%s%u", comma, 4 + i);
		comma = ",";
	}
	fprintf(w->out, "]");
}

static void write_digest(struct writing *w)
{
	write_page(w, w->r->a);
	json_member_word(w->out, "token", w->r->b);
}

static void write_inject(struct writing *w)
{
	if (w->r->aux == INJECT_CALL) {
		json_member_string(w->out, "site", "call");
		json_member_string(w->out, "call", text_call((uint32_t)w->r->a, w->name, sizeof(w->name)));
	} else {
		json_member_string(w->out, "site", text_inject_site(w->r->aux));
		write_object(w);
	}
	json_member_string(w->out, "action", text_inject_action(w->r->b));
}

static void write_move(struct writing *w)
{
	write_page(w, w->r->a);
	fprintf(w->out, ",\"to\":{\"guest\":%u,\"gfn\":%" PRIu64 "}", trace_page_guest(w->r->b),
		trace_page_gfn(w->r->b).n);
}

/* Also what a kind without a row of its own gets. */
static void write_raw(struct writing *w)
{
	json_member_number(w->out, "aux", w->r->aux);
	json_member_word(w->out, "a", w->r->a);
	json_member_word(w->out, "b", w->r->b);
}

static void (*const writers[])(struct writing *w) = {
	[TRACE_CTX_START] = write_start,
	[TRACE_CTX_END] = write_nothing,
	[TRACE_OP_BEGIN] = write_op_begin,
	[TRACE_OP_END] = write_op_end,
	[TRACE_CALL] = write_call,
	[TRACE_RETURN] = write_return,
	[TRACE_LOCK_WAIT] = write_lock,
	[TRACE_LOCK_ACQUIRE] = write_lock,
	[TRACE_LOCK_RELEASE] = write_lock,
	[TRACE_ALLOC] = write_heap,
	[TRACE_FREE] = write_heap,
	[TRACE_REF] = write_ref,
	[TRACE_UV_STATE] = write_uv_state,
	[TRACE_HV_MARK] = write_hv_mark,
	[TRACE_HOST_PTE] = write_host_pte,
	[TRACE_CONTENT] = write_content,
	[TRACE_ACCESS] = write_access,
	[TRACE_SLOT] = write_slot,
	[TRACE_SVM] = write_svm,
	[TRACE_SIGNAL] = write_event,
	[TRACE_AWAITED] = write_event,
	[TRACE_POINT] = write_point,
	[TRACE_HELD] = write_held,
	[TRACE_FINDING] = write_finding,
	[TRACE_POOL] = write_pool,
	[TRACE_COPY] = write_copy,
	[TRACE_TEST] = write_raw,
	[TRACE_UV_MAP] = write_uv_map,
	[TRACE_FRAME] = write_frame,
	[TRACE_CRYPTO] = write_crypto,
	[TRACE_COOKIE] = write_cookie,
	[TRACE_REGS] = write_regs,
	[TRACE_DIGEST] = write_digest,
	[TRACE_INJECT] = write_inject,
	[TRACE_MOVE] = write_move,
};

static void write_record(struct writing *w, unsigned domain)
{
	unsigned kind = w->r->kind;

	fprintf(w->out, "{\"schema\":1,\"type\":\"event\",\"cycle\":%" PRIu64, w->r->cycle);
	write_domain(w, "domain", domain);
	json_member_string(w->out, "context", engine_context_name(w->view->engine, domain, w->r->ctx));
	json_member_string(w->out, "kind", trace_kind_name((enum trace_kind)kind));
	if (kind < sizeof(writers) / sizeof(writers[0]) && writers[kind] != NULL)
		writers[kind](w);
	else
		write_raw(w);
	fprintf(w->out, "}\n");
}

void trace_print_json(const struct engine *engine, const struct ladder_options *options, FILE *out)
{
	static const struct ladder_options none;
	struct view view;
	struct trace_event event;
	struct writing w = {.view = &view,
		.options = options != NULL ? options : &none,
		.event = &event,
		.r = &event.rec,
		.out = out};
	struct trace_merge *merge = trace_merge_open(engine);

	view_init(&view, engine);
	while (trace_merge_next(merge, &event))
		write_record(&w, event.domain);
	trace_merge_close(merge);
	view_free(&view);
}
