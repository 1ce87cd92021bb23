/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arguments.c - what stands behind the word of an operation, as the table of
 * operations shapes it.
 *
 * Locking: none. Errors: told; one message a line. Blocking: asks whether the
 * files that uv_esm names are there.
 */
#include <string.h>
#include <unistd.h>

#include "script.h"

#define VALUE_MAX UINT64_C(0xffffffffffff) /* a content token has 48 bits for it */
#define PAGES_MAX (SCRIPT_GPA_END >> PEF_PAGE_SHIFT)

/* ---- pages ------------------------------------------------------------------------ */

static bool page_parts_read(struct cursor *c, uint32_t *slot, uint64_t *page)
{
	uint64_t id;

	if (!cursor_page(c, &id, page))
		return false;
	if (id >= PEF_SLOTS_MAX) {
		c->i--;
		cursor_error(c, "slot %llu is out of range", (unsigned long long)id);
		diag_help(c->r->diag, "slots are numbered from 0 to %u", PEF_SLOTS_MAX - 1);
		return false;
	}
	*slot = (uint32_t)id;
	return true;
}

static bool page_read(struct cursor *c, struct statement *out)
{
	return page_parts_read(c, &out->slot, &out->page);
}

static bool count_read(struct cursor *c, struct statement *out)
{
	return !cursor_take(c, "count") || cursor_number(c, "the number of pages", 1, PAGES_MAX, &out->count);
}

/* A page, a word, another page. */
static bool two_pages_read(struct cursor *c, const char *between, const char *usage, struct statement *out)
{
	return page_read(c, out) && cursor_expect(c, between, usage) &&
	       page_parts_read(c, &out->to_slot, &out->to_page);
}

static bool value_read(struct cursor *c, struct statement *out)
{
	if (cursor_take(c, "="))
		out->test = TEST_EQUAL;
	else if (strstr(op_info(out->kind)->usage, "!=") && cursor_take(c, "!="))
		out->test = TEST_NOT_EQUAL;
	else
		return true;
	return cursor_number(c, "the value", 0, VALUE_MAX, &out->number);
}

static bool advice_read(struct cursor *c, const char *usage, struct statement *out)
{
	static const char *const words[] = {
#define X(name, word, about) word,
		PEF_ADVICES(X)
#undef X
	};
	unsigned i;

	if (!cursor_choice(c, "advice", words, ADVICE_COUNT, usage, &i))
		return false;
	out->advice = (enum advice)i;
	return true;
}

/* ---- slots ------------------------------------------------------------------------ */

static bool slot_read(struct cursor *c, struct statement *out)
{
	uint64_t slot;

	if (!cursor_number(c, "the slot's number", 0, PEF_SLOTS_MAX - 1, &slot))
		return false;
	out->slot = (uint32_t)slot;
	return true;
}

static bool flags_read(struct cursor *c, const char *usage, struct statement *out)
{
	static const char *const words[] = {"none", "dirty-log"};
	unsigned i;

	if (!cursor_choice(c, "flag", words, 2, usage, &i))
		return false;
	out->dirty_log = i == 1;
	return true;
}

/* ---- events ----------------------------------------------------------------------- */

static bool event_read(struct cursor *c, struct statement *out)
{
	char name[PEF_NAME_MAX];

	if (!cursor_name(c, "the event's name", name))
		return false;
	out->event = c->r->dry ? 0 : event_intern(c->r, name);
	return true;
}

/* The label may stand further down, so it is only noted here; check.c finds it. */
static bool after_read(struct cursor *c, unsigned thread)
{
	const char *text = cursor_word(c, "a label", "after THREAD.LABEL");
	struct reader *r = c->r;

	if (!text)
		return false;
	if (c->line->words[c->i].kind != WORD_PLAIN || !strchr(text, '.')) {
		cursor_error(c, "'%s' is no label of a thread", text);
		diag_help(r->diag, "after THREAD.LABEL");
		return false;
	}
	if (!r->dry) {
		r->afters = script_grow(r->arena, r->afters, r->after_count, sizeof(*r->afters));
		r->afters[r->after_count++] = (struct after_use){c->line, cursor_column(c), thread,
			r->s->threads[thread].count, script_copy(r->arena, text, strlen(text))};
	}
	c->i++;
	return true;
}

/* ---- images ------------------------------------------------------------------------- */

/* A path begins at the scenario's folder, or is taken as it stands. */
static bool file_exists(struct reader *r, const char *path)
{
	const char *slash = strrchr(r->source->path, '/');
	char beside[2 * SCRIPT_LINE_MAX];
	size_t folder = slash ? (size_t)(slash - r->source->path) + 1 : 0;

	if (path[0] != '/' && folder + strlen(path) < sizeof(beside)) {
		snprintf(beside, sizeof(beside), "%.*s%s", (int)folder, r->source->path, path);
		if (access(beside, R_OK) == 0)
			return true;
	}
	return access(path, R_OK) == 0;
}

static bool image_read(struct cursor *c, const char *usage, const char **out)
{
	char path[256];

	if (*out) {
		c->i--;
		cursor_error(c, "'%s' is given twice", c->line->words[c->i].text);
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	if (!cursor_path(c, usage, path))
		return false;
	if (!file_exists(c->r, path)) {
		c->i--;
		cursor_error(c, "there is no file '%s'", path);
		diag_help(c->r->diag, "the path begins at the folder of this file, or is taken as it stands");
		return false;
	}
	*out = script_copy(c->r->arena, path, strlen(path));
	return true;
}

/* Printed in full, the statement must still fit a line. */
#define IMAGE_PATHS_MAX 200u

static bool images_fit(struct cursor *c, const struct statement *st)
{
	size_t length = (st->fdt ? strlen(st->fdt) : 0) + (st->blob ? strlen(st->blob) : 0);

	if (length <= IMAGE_PATHS_MAX)
		return true;
	c->i--;
	cursor_error(c, "the paths have %zu bytes", length);
	diag_help(c->r->diag, "together they have at most %u", IMAGE_PATHS_MAX);
	return false;
}

static bool images_read(struct cursor *c, const char *usage, struct statement *out)
{
	for (;;) {
		if (cursor_take(c, "fdt")) {
			if (!image_read(c, usage, &out->fdt))
				return false;
		} else if (cursor_take(c, "blob")) {
			if (!image_read(c, usage, &out->blob))
				return false;
		} else {
			return images_fit(c, out);
		}
	}
}

/* ---- calls -------------------------------------------------------------------------- */

/* Ways into the hypervisor that no guest can take by a call's number. */
static bool is_no_call(uint32_t number)
{
	return number == ABI_H_PAGE_FAULT || number == ABI_H_EXIT;
}

static bool call_name_read(struct cursor *c, bool ultra, const char *usage, struct statement *out)
{
	const char *text = cursor_word(c, "a call", usage);
	struct suggest s;

	if (!text)
		return false;
	s = suggest_begin(text);
#define X(name, nr, args, about) \
	if (strcmp(text, #name) == 0 && !is_no_call(nr)) \
		out->call = (nr); \
	if (!is_no_call(nr)) \
		suggest_offer(&s, #name);
	if (ultra) {
		PEF_UCALLS(X)
	} else {
		PEF_HCALLS(X)
	}
#undef X
	if (out->call) {
		c->i++;
		return true;
	}
	cursor_error(c, "there is no %s '%s'", ultra ? "ultracall" : "hypercall", text);
	if (strncmp(text, ultra ? "H_" : "UV_", ultra ? 2 : 3) == 0 && abi_call_parse(text, strlen(text)))
		diag_help(c->r->diag, "%s are made by '%s'", ultra ? "hypercalls" : "ultracalls",
			ultra ? "hcall" : "ucall");
	else
		suggest_help(c->r->diag, &s, "'pefsim list calls' names all");
	return false;
}

/* A number of a call is 64 bits wide, and all of them may be wanted: it may be negative. */
static bool number_read(struct cursor *c, struct call_arg *arg)
{
	const char *text = cursor_text(c), *wrong;
	int64_t value = 0;

	if (!text)
		return false;
	wrong = c->line->words[c->i].kind == WORD_PLAIN ? expression_parse(text, &value) : "is not a number";
	if (wrong) {
		cursor_error(c, "argument '%s' %s", text, wrong);
		diag_help(c->r->diag, "an argument is NUM, SLOT:PAGE, gfn SLOT:PAGE, ra SLOT:PAGE, lpid or order");
		return false;
	}
	arg->value = (uint64_t)value;
	c->i++;
	return true;
}

static bool frame_read(struct cursor *c, unsigned thread, struct call_arg *arg)
{
	if (c->r->s->threads[thread].kind != THREAD_HOST) {
		c->i--;
		cursor_error(c, "a guest does not know real addresses");
		diag_help(c->r->diag, "'ra' stands in host threads only");
		return false;
	}
	arg->kind = CALL_ARG_RA;
	return page_parts_read(c, &arg->slot, &arg->value);
}

static bool call_arg_read(struct cursor *c, unsigned thread, struct call_arg *arg)
{
	const char *text;

	*arg = (struct call_arg){.kind = CALL_ARG_NUMBER};
	if (cursor_take(c, "ra"))
		return frame_read(c, thread, arg);
	if (cursor_take(c, "gfn")) {
		arg->kind = CALL_ARG_GFN;
		return page_parts_read(c, &arg->slot, &arg->value);
	}
	if (cursor_take(c, "lpid")) {
		arg->kind = CALL_ARG_LPID;
		return true;
	}
	if (cursor_take(c, "order")) {
		arg->kind = CALL_ARG_ORDER;
		return true;
	}
	text = cursor_text(c);
	if (text && strchr(text, ':')) {
		arg->kind = CALL_ARG_GPA;
		return page_parts_read(c, &arg->slot, &arg->value);
	}
	return text && number_read(c, arg);
}

static bool call_read(struct cursor *c, unsigned thread, bool ultra, const char *usage, struct statement *out)
{
	struct call_arg args[CALL_ARGS_MAX], *kept;

	if (!call_name_read(c, ultra, usage, out))
		return false;
	while (!cursor_done(c) && !word_is(&c->line->words[c->i], WORD_SIGN, "->")) {
		if (out->arg_count == CALL_ARGS_MAX) {
			cursor_error(c, "more than %u arguments", CALL_ARGS_MAX);
			diag_help(c->r->diag, "%s", usage);
			return false;
		}
		if (!call_arg_read(c, thread, &args[out->arg_count]))
			return false;
		out->arg_count++;
	}
	kept = script_alloc(c->r->arena, CALL_ARGS_MAX * sizeof(*kept));
	memcpy(kept, args, out->arg_count * sizeof(*kept));
	out->args = kept;
	return true;
}

/* ---- all of them --------------------------------------------------------------------- */

/*S:130
 * What a statement looks like is said once, in the table PEF_OPS of scenario.h: the word, who may say
 * it, the shape of its arguments. The reader, the printer, the list of operations and the messages all
 * live on that table; a new operation is a row there and a function in sim/cli/ops_guest.c, ops_host.c
 * or ops_uv.c.
 :*/
bool arguments_read(struct cursor *c, unsigned thread, struct statement *out)
{
	const char *usage = op_usage(out->kind);

	out->count = 1;
	switch (op_info(out->kind)->args) {
	case ARGS_NONE:
		return true;
	case ARGS_PAGE:
		return page_read(c, out);
	case ARGS_PAGE_VALUE:
		return page_read(c, out) && value_read(c, out);
	case ARGS_PAGE_COUNT:
		return page_read(c, out) && count_read(c, out);
	case ARGS_PAGE_TO:
		return two_pages_read(c, "to", usage, out) && count_read(c, out);
	case ARGS_PAGE_WITH:
		return two_pages_read(c, "with", usage, out);
	case ARGS_SLOT:
		return slot_read(c, out);
	case ARGS_SLOT_NEW:
		return slot_read(c, out) && slot_place_read(c, usage, &out->number, &out->count);
	case ARGS_SLOT_TO:
		return slot_read(c, out) && slot_address_read(c, usage, &out->number);
	case ARGS_SLOT_FLAGS:
		return slot_read(c, out) && flags_read(c, usage, out);
	case ARGS_PAGE_ADVICE:
		return page_read(c, out) && count_read(c, out) && advice_read(c, usage, out);
	case ARGS_PAGE_SHARED:
		if (!page_read(c, out))
			return false;
		out->shared = cursor_take(c, "shared");
		return true;
	case ARGS_IMAGES:
		return images_read(c, usage, out);
	case ARGS_HCALL:
		return call_read(c, thread, false, usage, out);
	case ARGS_UCALL:
		return call_read(c, thread, true, usage, out);
	case ARGS_EVENT:
		return event_read(c, out);
	case ARGS_EVENT_COUNT:
		return event_read(c, out) &&
		       cursor_number(c, "the number of threads", 1, SCRIPT_THREADS_MAX, &out->count);
	case ARGS_AFTER:
		return after_read(c, thread);
	case ARGS_CYCLES:
		if (!cursor_number(c, "the number of cycles", 1, PEF_DELAY_MAX, &out->number))
			return false;
		cursor_take(c, "cycles");
		return true;
	case ARGS_INT:
		return cursor_number(c, "the number of branches", 1, 64, &out->count);
	}
	return false;
}
