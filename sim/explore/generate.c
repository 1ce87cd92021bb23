/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate.c - random scenarios.
 *
 * Statements are drawn one after the other and each is given to a thread. A
 * wait is only drawn for an event that an earlier draw signals, so the order of
 * drawing is one order in which everything ends, and no circle can arise. A
 * slot is deleted only after every thread that uses it has signalled that it is
 * done with it, unless the scenario is to be wild.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate_private.h"

uint64_t generate_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

unsigned generate_below(uint64_t *state, unsigned n)
{
	return (unsigned)(generate_next(state) % n);
}

/* ---- the cast ---------------------------------------------------------------------- */

static void thread_add(struct generator *g, enum kind kind, unsigned guest, const char *name)
{
	struct thread *t = &g->threads[g->thread_count++];

	t->kind = kind;
	t->guest = guest;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->out = open_memstream(&t->text, &t->len);
}

static void cast_choose(struct generator *g)
{
	char name[16];

	g->guest_count = 1 + below(g, GUESTS_MAX);
	for (unsigned i = 0; i < g->guest_count; i++) {
		struct guest *guest = &g->guests[i];
		guest->vcpus = 1 + below(g, 3);
		guest->slots = 1 + below(g, SLOTS_MAX);
		for (unsigned j = 0; j < guest->slots; j++)
			guest->slot[j] = (struct slot){1 + below(g, j ? 6 : 16), true, j > 0};
		for (unsigned j = 0; j < guest->vcpus; j++) {
			/* The last of several vCPUs may be lent to the ultravisor. */
			bool lent = j > 0 && j + 1 == guest->vcpus && below(g, 2);
			snprintf(name, sizeof(name), "%s%u", lent ? "uv" : "vcpu", j);
			thread_add(g, lent ? UV : GUEST, i, name);
		}
		snprintf(name, sizeof(name), "qemu%u", i);
		thread_add(g, HOST, i, name);
	}
}

/* ---- order ---------------------------------------------------------------------------- */

static void sync_say(struct generator *g, struct thread *t)
{
	unsigned me = (unsigned)(t - g->threads), label;

	switch (below(g, 5)) {
	case 0:
		fprintf(t->out, "  signal e%u\n", g->event_count++);
		break;
	case 1:
		if (g->event_count)
			fprintf(t->out, "  wait e%u\n", below(g, g->event_count));
		break;
	case 2:
		fprintf(t->out, "  delay %u cycles\n", 1 + below(g, 100000));
		break;
	case 3:
		if (g->label_count == EVENTS_MAX)
			break;
		g->label_owner[g->label_count] = me;
		fprintf(t->out, "  l%u: yield\n", g->label_count++);
		break;
	case 4:
		if (!g->label_count)
			break;
		label = below(g, g->label_count);
		fprintf(t->out, "  after g%u.%s.l%u\n", g->threads[g->label_owner[label]].guest,
			g->threads[g->label_owner[label]].name, label);
		break;
	}
}

static void barrier_say(struct generator *g)
{
	unsigned n = g->sync_count++;

	for (unsigned i = 0; i < g->thread_count; i++)
		fprintf(g->threads[i].out, "  barrier b%u %u\n", n, g->thread_count);
}

static void statement_draw(struct generator *g)
{
	struct thread *t = &g->threads[below(g, g->thread_count)];

	if (below(g, 40) == 0)
		barrier_say(g);
	else if (below(g, 4) == 0)
		sync_say(g, t);
	else
		generate_statement(g, t);
}

/* ---- text ------------------------------------------------------------------------------ */

static void guest_print(struct generator *g, unsigned index, FILE *out)
{
	const struct guest *guest = &g->guests[index];
	bool manual = below(g, 8) == 0;

	fprintf(out, "\nguest g%u\n", index);
	for (unsigned i = 0; i < guest->slots; i++) {
		fprintf(out, "  slot %u gpa 0x%x pages %u", i, i * 0x1000000u, guest->slot[i].pages);
		fputs(!manual && below(g, 8) == 0 ? " shared 0..0\n" : "\n", out);
	}
	fprintf(out, "  boot %s\n  vcpus %u\n", manual ? "manual" : "secure", guest->vcpus);
	if (below(g, 24) == 0)
		fputs(manual ? "  svm disabled\n" : "  svm enabled\n", out);
}

static void thread_print(struct thread *t, FILE *out)
{
	static const char *const words[] = {"guest", "host", "uv on vcpu"};

	fclose(t->out);
	fprintf(out, "\nthread %s %s%s g%u\n%s", t->name, words[t->kind], t->kind == UV ? t->name + 2 : "", t->guest,
		t->text);
	free(t->text);
}

char *generate_scenario(const struct generate_options *options)
{
	struct generator g = {.state = options->seed * 0x2545f491u + 1, .options = options};
	unsigned statements;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cast_choose(&g);
	statements = 4 + below(&g, 60);
	if (options->statements)
		statements = options->statements;
	fprintf(out, "pefscn 1\nscenario generated-%llu\n", (unsigned long long)options->seed);
	generate_platform(&g, out);
	for (unsigned i = 0; i < g.guest_count; i++)
		guest_print(&g, i, out);
	for (unsigned i = 0; i < statements; i++)
		statement_draw(&g);
	for (unsigned i = 0; i < g.thread_count; i++)
		thread_print(&g.threads[i], out);
	generate_faults(&g, out);
	fclose(out);
	return text;
}
