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

/* The switches of the ultravisor, or all others. */
static void print_switches(const struct scenario *s, bool of_uv, FILE *out)
{
	for (enum mutant m = 0; m < MUTANT_COUNT; m++)
		if (mutants_have(s->mutants, m) && (mutant_owner(m) == OWNER_UV) == of_uv)
			fprintf(out, " %s", mutant_name(m));
}

static void print_platform(const struct scenario *s, FILE *out)
{
	fprintf(out, "\nplatform\n  hv %s", design_name(s->design));
	print_switches(s, false, out);
	fputs("\n  uv doc", out);
	print_switches(s, true, out);
	fprintf(out, "\n  mm-era %s\n  slot-delete %s\n", era_name(s->era), slot_delete_name(s->slot_delete));
	if (s->machine[0])
		fprintf(out, "  machine \"%s\"\n", s->machine);
	if (s->prices[0])
		fprintf(out, "  prices \"%s\" %s\n", s->prices, price_words[s->price_choice]);
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
		fprintf(out, "  slot %u gpa 0x%llx pages %llu", slot->id, (unsigned long long)slot->gpa,
			(unsigned long long)slot->pages);
		if (slot->shared_count)
			fprintf(out, " shared %llu..%llu", (unsigned long long)slot->shared_first,
				(unsigned long long)(slot->shared_first + slot->shared_count - 1));
		fputs(slot->present ? "\n" : " absent\n", out);
	}
	fprintf(out, "  boot %s\n  vcpus %u\n  lpid %u\n  svm %s\n", boot_words[g->boot], g->vcpus, g->lpid,
		g->svm_disabled ? "disabled" : "enabled");
}

static void print_thread(const struct scenario *s, const struct thread *t, FILE *out)
{
	const char *guest = s->guests[t->guest].name;

	if (t->kind == THREAD_UV)
		fprintf(out, "\nthread %s uv on vcpu%u %s", t->name, t->vcpu, guest);
	else
		fprintf(out, "\nthread %s %s %s", t->name, t->kind == THREAD_GUEST ? "guest" : "host", guest);
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
