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
#include "tests/common/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUESTS_MAX 2u
#define SLOTS_MAX 4u
#define THREADS_MAX 10u
#define EVENTS_MAX 64u

enum kind { GUEST, HOST, UV };
struct slot {
	unsigned pages;
	bool alive, may_go;
};
struct guest {
	unsigned vcpus, slots;
	struct slot slot[SLOTS_MAX];
};
struct thread {
	enum kind kind;
	unsigned guest;
	char name[16];
	char *text;
	size_t len;
	FILE *out;
};
struct generator {
	uint64_t state;
	const struct generate_options *options;
	struct guest guests[GUESTS_MAX];
	unsigned guest_count;
	struct thread threads[THREADS_MAX];
	unsigned thread_count;
	unsigned event_count; /* e0, e1, ... are signalled so far */
	unsigned label_owner[EVENTS_MAX];
	unsigned label_count;
	unsigned sync_count; /* names for the order around slots and for barriers */
};

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

static unsigned below(struct generator *g, unsigned n)
{
	return generate_below(&g->state, n);
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

/* ---- statements ---------------------------------------------------------------------- */

/* A slot that is there; slot 0 always is. */
static unsigned slot_choose(struct generator *g, const struct guest *guest)
{
	unsigned slot = below(g, guest->slots);

	return guest->slot[slot].alive ? slot : 0;
}

static void page_say(struct generator *g, const struct thread *t, const char *op, const char *rest)
{
	const struct guest *guest = &g->guests[t->guest];
	unsigned slot = slot_choose(g, guest), pages = guest->slot[slot].pages;

	if (!g->options->flat && t->kind == GUEST && below(g, 12) == 0)
		fprintf(t->out, "  for p in 0..%u  # each page\n    %s %u:$p%s -> any\n  end\n", pages - 1, op, slot,
			rest);
	else if (!g->options->flat && below(g, 16) == 0)
		fprintf(t->out, "  repeat %u\n    %s %u:%u%s -> any\n  end\n", 1 + below(g, 3), op, slot,
			below(g, pages), rest);
	else
		fprintf(t->out, "  %s %u:%u%s -> any\n", op, slot, below(g, pages), rest);
}

static void guest_say(struct generator *g, const struct thread *t)
{
	char value[32];

	snprintf(value, sizeof(value), " = %u", 1 + below(g, 1000));
	switch (below(g, 7)) {
	case 0:
	case 1:
		page_say(g, t, "touch", "");
		break;
	case 2:
		page_say(g, t, "read", "");
		break;
	case 3:
		page_say(g, t, "write", below(g, 2) ? value : "");
		break;
	case 4:
	case 5:
		page_say(g, t, "uv_share_page", "");
		break;
	case 6:
		page_say(g, t, below(g, 4) ? "uv_unshare_page" : "touch", "");
		break;
	}
}

static void everyone(struct generator *g, unsigned guest, const char *word, const char *name)
{
	for (unsigned i = 0; i < g->thread_count; i++)
		if (g->threads[i].guest == guest && g->threads[i].kind != HOST)
			fprintf(g->threads[i].out, "  %s %s%s%u\n", word, name, strcmp(word, "signal") == 0 ? "_" : "",
				i);
}

/* Delete a slot when its users are done with it, or make it again and tell them. */
static void slot_change(struct generator *g, const struct thread *t)
{
	struct guest *guest = &g->guests[t->guest];
	unsigned id = below(g, guest->slots), n = g->sync_count++;
	struct slot *slot = &guest->slot[id];
	char name[32];

	if (!slot->may_go)
		return;
	snprintf(name, sizeof(name), "s%u", n);
	if (slot->alive) {
		if (!g->options->wild) {
			everyone(g, t->guest, "signal", name);
			for (unsigned i = 0; i < g->thread_count; i++)
				if (g->threads[i].guest == t->guest && g->threads[i].kind != HOST)
					fprintf(t->out, "  wait %s_%u\n", name, i);
		}
		fprintf(t->out, "  slot_delete %u -> any\n", id);
		slot->alive = g->options->wild;
		return;
	}
	fprintf(t->out, "  slot_create %u gpa 0x%x pages %u -> any\n  signal s%u\n", id, id * 0x1000000u, slot->pages,
		n);
	for (unsigned i = 0; i < g->thread_count; i++)
		if (g->threads[i].guest == t->guest && g->threads[i].kind != HOST)
			fprintf(g->threads[i].out, "  wait %s\n", name);
	slot->alive = true;
}

static void host_say(struct generator *g, const struct thread *t)
{
	char value[32];

	snprintf(value, sizeof(value), " = %u", 1 + below(g, 1000));
	switch (below(g, 8)) {
	case 0:
	case 1:
	case 2:
		page_say(g, t, "hva_read", "");
		break;
	case 3:
	case 4:
		page_say(g, t, "hva_write", below(g, 2) ? value : "");
		break;
	case 5:
		page_say(g, t, "mmu_invalidate", "");
		break;
	case 6:
	case 7:
		slot_change(g, t);
		break;
	}
}

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
	else if (t->kind == GUEST)
		guest_say(g, t);
	else if (t->kind == HOST)
		host_say(g, t);
	else
		page_say(g, t, "h_svm_page_out", "");
}

/* ---- text ------------------------------------------------------------------------------ */

static void guest_print(const struct generator *g, unsigned index, FILE *out)
{
	const struct guest *guest = &g->guests[index];

	fprintf(out, "\nguest g%u\n", index);
	for (unsigned i = 0; i < guest->slots; i++)
		fprintf(out, "  slot %u gpa 0x%x pages %u\n", i, i * 0x1000000u, guest->slot[i].pages);
	fprintf(out, "  boot secure\n  vcpus %u\n", guest->vcpus);
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
	static const char *const designs[] = {"v9-rmap", "uvmem-lock"};
	struct generator g = {.state = options->seed * 0x2545f491u + 1, .options = options};
	unsigned statements;
	const char *design;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cast_choose(&g);
	design = designs[below(&g, 2)];
	if (options->design)
		design = options->design;
	statements = 4 + below(&g, 60);
	if (options->statements)
		statements = options->statements;
	fprintf(out, "pefscn 1\nscenario generated-%llu\n", (unsigned long long)options->seed);
	if (options->flat)
		fprintf(out, "\nplatform\n  hv %s\n", design);
	else
		fprintf(out, "# drawn by lot\nparam design = %s in v9-rmap   uvmem-lock\n\nplatform\n    hv $design\n",
			design);
	for (unsigned i = 0; i < g.guest_count; i++)
		guest_print(&g, i, out);
	for (unsigned i = 0; i < statements; i++)
		statement_draw(&g);
	for (unsigned i = 0; i < g.thread_count; i++)
		thread_print(&g.threads[i], out);
	fclose(out);
	return text;
}
