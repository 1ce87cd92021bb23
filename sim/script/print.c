/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print.c - a flat scenario as text.
 *
 * The text names everything, defaults included, so that its hash is the
 * scenario's identity. Parameters are gone, and with them the expectations
 * whose "if" did not hold. Reading the text gives the same scenario again.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

static const char *const boot_words[] = {
	[BOOT_MANUAL] = "manual",
	[BOOT_NORMAL] = "normal",
	[BOOT_SECURE] = "secure",
};
static const char *const slot_delete_words[] = {
#define X(name, word, about) [SLOT_DELETE_##name] = (word),
	PEF_SLOT_DELETES(X)
#undef X
};
static const char *const mode_words[] = {
	[EXPECT_NEVER] = "never",
	[EXPECT_SOMETIMES] = "sometimes",
	[EXPECT_ALWAYS] = "always",
	[EXPECT_FINALLY] = "finally",
};

static void print_lines(const char *section, const struct scenario_line *lines, unsigned count, FILE *out)
{
	if (section)
		fprintf(out, "\n%s\n", section);
	for (unsigned i = 0; i < count; i++)
		fprintf(out, "  %s\n", lines[i].text);
}

static void print_platform(const struct scenario *s, FILE *out)
{
	fprintf(out, "\nplatform\n  hv %s\n", design_name(s->design));
	if (s->machine[0])
		fprintf(out, "  machine \"%s\"\n", s->machine);
	if (s->slot_delete != SLOT_DELETE_DESIGN)
		fprintf(out, "  slot-delete %s\n", slot_delete_words[s->slot_delete]);
	if (s->prices[0])
		fprintf(out, "  prices \"%s\" %s\n", s->prices,
			s->price_choice == PRICE_LO   ? "lo"
			: s->price_choice == PRICE_HI ? "hi"
						      : "typ");
	if (s->secmem)
		fprintf(out, "  secmem %lluK\n", (unsigned long long)(s->secmem >> 10));
	if (s->pool)
		fprintf(out, "  pool %llu pages\n", (unsigned long long)s->pool);
}

static void print_guest(const struct guest_spec *g, FILE *out)
{
	fprintf(out, "\nguest %s\n", g->name);
	for (unsigned i = 0; i < g->slot_count; i++) {
		const struct slot_spec *slot = &g->slots[i];
		if (!slot->present)
			continue;
		fprintf(out, "  slot %u gpa 0x%llx pages %llu", slot->id, (unsigned long long)slot->gpa,
			(unsigned long long)slot->pages);
		if (slot->shared_count)
			fprintf(out, " shared %llu..%llu", (unsigned long long)slot->shared_first,
				(unsigned long long)(slot->shared_first + slot->shared_count - 1));
		fputc('\n', out);
	}
	fprintf(out, "  boot %s\n  vcpus %u\n  lpid %u\n", boot_words[g->boot], g->vcpus, g->lpid);
}

static void print_args(const struct scenario *s, const struct statement *st, FILE *out)
{
	unsigned long long page = st->page, count = st->count, number = st->number;

	switch (op_info(st->kind)->args) {
	case ARGS_NONE:
		break;
	case ARGS_PAGE:
		fprintf(out, " %u:%llu", st->slot, page);
		break;
	case ARGS_PAGE_VALUE:
		fprintf(out, " %u:%llu", st->slot, page);
		if (st->test != TEST_NONE)
			fprintf(out, " %s %llu", st->test == TEST_EQUAL ? "=" : "!=", number);
		break;
	case ARGS_PAGE_COUNT:
		fprintf(out, " %u:%llu", st->slot, page);
		if (count != 1)
			fprintf(out, " count %llu", count);
		break;
	case ARGS_SLOT:
		fprintf(out, " %u", st->slot);
		break;
	case ARGS_SLOT_NEW:
		fprintf(out, " %u gpa 0x%llx pages %llu", st->slot, number, count);
		break;
	case ARGS_PAGE_ADVICE:
		fprintf(out, " %u:%llu dontneed", st->slot, page);
		break;
	case ARGS_PAGE_SHARED:
		fprintf(out, " %u:%llu%s", st->slot, page, st->shared ? " shared" : "");
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

void statement_print(const struct scenario *s, const struct thread *t, const struct statement *st, FILE *out)
{
	char prefix = t->kind == THREAD_HOST ? 0 : t->kind == THREAD_GUEST ? 'U' : 'H';

	if (st->label[0])
		fprintf(out, "%s: ", st->label);
	fputs(op_info(st->kind)->word, out);
	print_args(s, st, out);
	if (st->any_result)
		fputs(" -> any", out);
	for (unsigned i = 0; i < st->result_count; i++)
		fprintf(out, "%s%s", i ? "|" : " -> ",
			st->results[i] == 0 ? "0" : abi_code_name(st->results[i], prefix));
}

static void print_thread(const struct scenario *s, const struct thread *t, FILE *out)
{
	const char *guest = s->guests[t->guest].name;

	if (t->kind == THREAD_UV)
		fprintf(out, "\nthread %s uv on vcpu%u %s", t->name, t->vcpu, guest);
	else
		fprintf(out, "\nthread %s %s %s", t->name, t->kind == THREAD_GUEST ? "guest" : "host", guest);
	if (t->cpu != CPU_ANY)
		fprintf(out, " cpu %u", t->cpu);
	fputc('\n', out);
	for (unsigned i = 0; i < t->count; i++) {
		fputs("  ", out);
		statement_print(s, t, &t->statements[i], out);
		fputc('\n', out);
	}
}

static void print_expects(const struct scenario *s, FILE *out)
{
	bool begun = false;

	for (unsigned i = 0; i < s->expect_count; i++) {
		if (!s->expects[i].applies)
			continue;
		fprintf(out, "%s  %s %s\n", begun ? "" : "\nexpect\n", mode_words[s->expects[i].mode],
			s->expects[i].what);
		begun = true;
	}
}

void scenario_print(const struct scenario *s, FILE *out)
{
	char text[4 * PEF_NAME_MAX + 64];

	fprintf(out, "pefscn 1\nscenario %s\n", s->name);
	if (s->title[0])
		fprintf(out, "  title \"%s\"\n", s->title);
	print_lines(NULL, s->notes, s->note_count, out);
	print_platform(s, out);
	for (unsigned i = 0; i < s->guest_count; i++)
		print_guest(&s->guests[i], out);
	for (unsigned i = 0; i < s->thread_count; i++)
		print_thread(s, &s->threads[i], out);
	if (s->hold_count)
		fputs("\nschedule\n", out);
	for (unsigned i = 0; i < s->hold_count; i++)
		fprintf(out, "  hold %s\n", hold_print(&s->holds[i], text, sizeof(text)));
	if (s->has_faults)
		print_lines("fault", s->faults, s->fault_count, out);
	if (s->has_explore)
		print_lines("explore", s->explores, s->explore_count, out);
	print_expects(s, out);
}

/*S:170
 * Printing the flat form and reading it again gives the same scenario; tests hold it to that. So the
 * hash of the printed text is as good a name for a scenario as any, and two files that mean the same
 * have the same one.
 :*/
void scenario_set_id(struct scenario *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	scenario_print(s, out);
	fclose(out);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	snprintf(s->id, sizeof(s->id), "%016llx", (unsigned long long)h);
	free(text);
}
