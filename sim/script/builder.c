/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * builder.c - a scenario made from C.
 *
 * Calls write the text of a script, which is then read like any other: the same
 * rules, the same messages, the same form. Sections are kept apart, so calls
 * may come in any order.
 *
 * Locking: none. Errors: told by builder_finish(). Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

/* A part of the text under construction. */
struct part {
	char *text;
	size_t len;
	FILE *out;
};
struct scenario_builder {
	struct part head, platform, schedule, faults;
	struct part guests[PEF_GUESTS_MAX];
	char guest_names[PEF_GUESTS_MAX][PEF_NAME_MAX];
	unsigned guest_count;
	struct part **threads; /* each stays where it is: its stream points into it */
	unsigned thread_count;
	const char *wrong;
};

/* The stream of a part, opened when first written to. */
static FILE *part_out(struct part *p)
{
	if (!p->out)
		p->out = open_memstream(&p->text, &p->len);
	if (!p->out)
		abort();
	return p->out;
}

static void part_write(struct part *p, FILE *to, const char *section)
{
	if (!p->out)
		return;
	fflush(p->out);
	fputs(section, to);
	fwrite(p->text, 1, p->len, to);
}

static void part_free(struct part *p)
{
	if (p->out)
		fclose(p->out);
	free(p->text);
}

struct scenario_builder *builder_create(const char *name)
{
	struct scenario_builder *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	fprintf(part_out(&b->head), "pefscn 1\nscenario %s\n", name);
	return b;
}

void builder_title(struct scenario_builder *b, const char *title)
{
	fprintf(part_out(&b->head), "  title \"%s\"\n", title);
}

void builder_design(struct scenario_builder *b, enum design_id design)
{
	fprintf(part_out(&b->platform), "  hv %s\n", design < DESIGN_COUNT ? design_name(design) : "unknown");
}

void builder_machine(struct scenario_builder *b, const char *path)
{
	fprintf(part_out(&b->platform), "  machine \"%s\"\n", path);
}

void builder_secmem(struct scenario_builder *b, uint64_t bytes)
{
	fprintf(part_out(&b->platform), "  secmem %llu\n", (unsigned long long)bytes);
}

void builder_pool(struct scenario_builder *b, uint64_t pages)
{
	fprintf(part_out(&b->platform), "  pool %llu pages\n", (unsigned long long)pages);
}

void builder_platform(struct scenario_builder *b, const char *text)
{
	fprintf(part_out(&b->platform), "  %s\n", text);
}

unsigned builder_guest(struct scenario_builder *b, const char *name, enum boot_kind boot, unsigned vcpus)
{
	static const char *const words[] = {
		[BOOT_MANUAL] = "manual", [BOOT_NORMAL] = "normal", [BOOT_SECURE] = "secure"};
	unsigned n = b->guest_count;

	if (n == PEF_GUESTS_MAX) {
		b->wrong = "too many guests";
		return n - 1;
	}
	b->guest_count++;
	snprintf(b->guest_names[n], PEF_NAME_MAX, "%s", name);
	fprintf(part_out(&b->guests[n]), "guest %s\n  boot %s\n  vcpus %u\n", name,
		boot <= BOOT_SECURE ? words[boot] : "unknown", vcpus);
	return n;
}

void builder_slot(struct scenario_builder *b, unsigned guest, uint32_t id, uint64_t gpa, uint64_t pages)
{
	if (guest >= b->guest_count) {
		b->wrong = "builder_slot: there is no such guest";
		return;
	}
	fprintf(part_out(&b->guests[guest]), "  slot %u gpa 0x%llx pages %llu\n", id, (unsigned long long)gpa,
		(unsigned long long)pages);
}

unsigned builder_thread(
	struct scenario_builder *b, const char *name, enum thread_kind kind, unsigned guest, unsigned on_vcpu)
{
	struct part **threads = realloc(b->threads, (b->thread_count + 1) * sizeof(*threads));
	FILE *out;

	if (!threads)
		abort();
	b->threads = threads;
	b->threads[b->thread_count] = calloc(1, sizeof(struct part));
	if (!b->threads[b->thread_count])
		abort();
	out = part_out(b->threads[b->thread_count]);
	if (guest >= b->guest_count)
		b->wrong = "builder_thread: there is no such guest";
	else if (kind == THREAD_UV)
		fprintf(out, "thread %s uv on vcpu%u %s\n", name, on_vcpu, b->guest_names[guest]);
	else
		fprintf(out, "thread %s %s %s\n", name, kind == THREAD_GUEST ? "guest" : "host", b->guest_names[guest]);
	return b->thread_count++;
}

void builder_op(struct scenario_builder *b, unsigned thread, const char *format, ...)
{
	va_list args;

	if (thread >= b->thread_count) {
		b->wrong = "builder_op: there is no such thread";
		return;
	}
	va_start(args, format);
	fputs("  ", part_out(b->threads[thread]));
	vfprintf(part_out(b->threads[thread]), format, args);
	fputc('\n', part_out(b->threads[thread]));
	va_end(args);
}

void builder_hold(struct scenario_builder *b, const char *text)
{
	fprintf(part_out(&b->schedule), "  hold %s\n", text);
}

void builder_fault(struct scenario_builder *b, const char *text)
{
	fprintf(part_out(&b->faults), "  %s\n", text);
}

static void builder_free(struct scenario_builder *b)
{
	part_free(&b->head);
	part_free(&b->platform);
	part_free(&b->schedule);
	part_free(&b->faults);
	for (unsigned i = 0; i < b->guest_count; i++)
		part_free(&b->guests[i]);
	for (unsigned i = 0; i < b->thread_count; i++) {
		part_free(b->threads[i]);
		free(b->threads[i]);
	}
	free(b->threads);
	free(b);
}

enum pef_err builder_finish(struct scenario_builder *b, struct scenario **out, FILE *messages)
{
	struct part all = {0};
	enum pef_err err;

	part_write(&b->head, part_out(&all), "");
	part_write(&b->platform, all.out, "platform\n");
	for (unsigned i = 0; i < b->guest_count; i++)
		part_write(&b->guests[i], all.out, "");
	for (unsigned i = 0; i < b->thread_count; i++)
		part_write(b->threads[i], all.out, "");
	part_write(&b->schedule, all.out, "schedule\n");
	part_write(&b->faults, all.out, "fault\n");
	fflush(all.out);
	if (b->wrong) {
		err = PEF_USAGE;
		if (messages)
			fprintf(messages, "builder: error: %s\n", b->wrong);
	} else {
		err = scenario_read_text(all.text, all.len, "(builder)", NULL, out, messages);
	}
	part_free(&all);
	builder_free(b);
	return err;
}
