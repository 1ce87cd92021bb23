/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print_statement.c - one statement of a flat scenario as text.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "script.h"

static void print_page(uint32_t slot, uint64_t page, FILE *out)
{
	fprintf(out, " %u:%llu", slot, (unsigned long long)page);
}

static void print_count(const struct statement *st, FILE *out)
{
	if (st->count != 1)
		fprintf(out, " count %llu", (unsigned long long)st->count);
}

static const char *advice_word(enum advice advice)
{
	switch (advice) {
#define X(name, word, about) \
	case ADVICE_##name: \
		return word;
		PEF_ADVICES(X)
#undef X
	case ADVICE_COUNT:
		break;
	}
	return "?";
}

static void print_call(const struct statement *st, FILE *out)
{
	fprintf(out, " %s", abi_call_name(st->call));
	for (unsigned i = 0; i < st->arg_count; i++) {
		const struct call_arg *arg = &st->args[i];
		switch (arg->kind) {
		case CALL_ARG_NUMBER:
			fprintf(out, (int64_t)arg->value < 0 ? " %lld" : " 0x%llx", (long long)arg->value);
			break;
		case CALL_ARG_GFN:
			fputs(" gfn", out);
			print_page(arg->slot, arg->value, out);
			break;
		case CALL_ARG_RA:
			fputs(" ra", out);
			print_page(arg->slot, arg->value, out);
			break;
		case CALL_ARG_GPA:
			print_page(arg->slot, arg->value, out);
			break;
		case CALL_ARG_LPID:
			fputs(" lpid", out);
			break;
		case CALL_ARG_ORDER:
			fputs(" order", out);
			break;
		}
	}
}

/* Operations whose arguments begin with a page. */
static void print_page_args(enum op_args args, const struct statement *st, FILE *out)
{
	print_page(st->slot, st->page, out);
	if (args == ARGS_PAGE_TO || args == ARGS_PAGE_WITH) {
		fputs(args == ARGS_PAGE_TO ? " to" : " with", out);
		print_page(st->to_slot, st->to_page, out);
	}
	if (args == ARGS_PAGE_TO || args == ARGS_PAGE_COUNT || args == ARGS_PAGE_ADVICE)
		print_count(st, out);
	if (args == ARGS_PAGE_ADVICE)
		fprintf(out, " %s", advice_word(st->advice));
	if (args == ARGS_PAGE_SHARED && st->shared)
		fputs(" shared", out);
	if (args == ARGS_PAGE_VALUE && st->test != TEST_NONE)
		fprintf(out, " %s %llu", st->test == TEST_EQUAL ? "=" : "!=", (unsigned long long)st->number);
}

static void print_args(const struct scenario *s, const struct statement *st, FILE *out)
{
	unsigned long long count = st->count, number = st->number;
	enum op_args args = op_info(st->kind)->args;

	switch (args) {
	case ARGS_NONE:
		break;
	case ARGS_PAGE:
	case ARGS_PAGE_VALUE:
	case ARGS_PAGE_COUNT:
	case ARGS_PAGE_TO:
	case ARGS_PAGE_WITH:
	case ARGS_PAGE_ADVICE:
	case ARGS_PAGE_SHARED:
		print_page_args(args, st, out);
		break;
	case ARGS_SLOT:
		fprintf(out, " %u", st->slot);
		break;
	case ARGS_SLOT_NEW:
		fprintf(out, " %u gpa 0x%llx pages %llu", st->slot, number, count);
		break;
	case ARGS_SLOT_TO:
		fprintf(out, " %u gpa 0x%llx", st->slot, number);
		break;
	case ARGS_SLOT_FLAGS:
		fprintf(out, " %u %s", st->slot, st->dirty_log ? "dirty-log" : "none");
		break;
	case ARGS_IMAGES:
		if (st->fdt)
			fprintf(out, " fdt \"%s\"", st->fdt);
		if (st->blob)
			fprintf(out, " blob \"%s\"", st->blob);
		break;
	case ARGS_HCALL:
	case ARGS_UCALL:
		print_call(st, out);
		break;
	case ARGS_EVENT:
	case ARGS_AFTER:
		fprintf(out, " %s", s->events[st->event]);
		break;
	case ARGS_EVENT_COUNT:
		fprintf(out, " %s %llu", s->events[st->event], count);
		break;
	case ARGS_CYCLES:
		fprintf(out, " %llu cycles", number);
		break;
	case ARGS_INT:
		fprintf(out, " %llu", count);
		break;
	}
}

char statement_code_prefix(const struct thread *t, const struct statement *st)
{
	if (st->kind == OP_UCALL)
		return 'U';
	if (st->kind == OP_HCALL || st->kind == OP_IDLE)
		return 'H';
	return t->kind == THREAD_HOST ? 0 : t->kind == THREAD_GUEST ? 'U' : 'H';
}

void statement_print(const struct scenario *s, const struct thread *t, const struct statement *st, FILE *out)
{
	if (st->label[0])
		fprintf(out, "%s: ", st->label);
	fputs(op_info(st->kind)->word, out);
	print_args(s, st, out);
	if (st->any_result)
		fputs(" -> any", out);
	for (unsigned i = 0; i < st->result_count; i++)
		fprintf(out, "%s%s", i ? "|" : " -> ",
			st->results[i] == 0 ? "0" : abi_code_name(st->results[i], statement_code_prefix(t, st)));
}
