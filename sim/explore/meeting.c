/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meeting.c - small scenarios in which threads meet at one page.
 *
 * What may go wrong in this protocol goes wrong when two or three threads come to
 * one page, so that is what is made, for every state of the page and every kind
 * of thread, from the table of operations. A file leaves open which operations
 * they are ("choose"): the search tries all, and a finding names those it took.
 *
 * An operation is left out for one of three reasons: it is no use of a page (order
 * and time), it needs another before it (unpin), or only who breaks the protocol
 * does it (calls with any arguments, calls of the switch sent unasked).
 *
 * Locking: none. Errors: NULL: no memory. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meeting_private.h"
#include "pefsim/scenario.h"

/* The page that is met; the next one of its slot takes part where an operation needs two. */
#define MEETING_SLOT 1u
#define MEETING_SLOT_GPA 0x1000000u
#define MEETING_PAGES 2u

static const struct {
	const char *word;
	unsigned kinds[MEETING_THREADS_MAX]; /* ON_..., 0: nobody */
} meeting_sets[] = {
	{"guest-guest", {ON_GUEST, ON_GUEST}},
	{"guest-host", {ON_GUEST, ON_HOST}},
	{"guest-uv", {ON_GUEST, ON_UV}},
	{"host-host", {ON_HOST, ON_HOST}},
	{"host-uv", {ON_HOST, ON_UV}},
	{"uv-uv", {ON_UV, ON_UV}},
	{"guest-host-uv", {ON_GUEST, ON_HOST, ON_UV}},
	{"guest-host-host", {ON_GUEST, ON_HOST, ON_HOST}},
	{"guest-guest-host", {ON_GUEST, ON_GUEST, ON_HOST}},
};
_Static_assert(sizeof(meeting_sets) / sizeof(meeting_sets[0]) == MEETING_SETS, "generate.h says how many");

static const char *const meeting_states[] = {
#define X(name, word, about) [MEETING_##name] = word,
	PEF_MEETING_STATES(X)
#undef X
};

/* ---- operations ------------------------------------------------------------------- */

static bool meeting_leaves_out(enum op_kind op)
{
	switch (op) {
	case OP_UNPIN: /* needs another before it */
	case OP_CHILD_READ:
	case OP_CHILD_WRITE:
	case OP_CHILD_EXIT:
	case OP_UV_ESM: /* is one before the meeting */
	case OP_H_INIT_START: /* breaks the protocol */
	case OP_H_INIT_DONE:
	case OP_H_INIT_ABORT:
	case OP_TERMINATE:
	case OP_OFF: /* no use of a page */
		return true;
	default:
		return op_info(op)->threads == ON_ANY;
	}
}

/* The arguments that make an operation one on the page; false when it takes none of this kind. */
static bool meeting_arguments(enum op_args args, unsigned form, char *buf, size_t size)
{
	static const char *const advices[] = {"dontneed", "mergeable", "unmergeable"};
	unsigned slot = MEETING_SLOT;
	int n = 0;

	buf[0] = '\0';
	switch (args) {
	case ARGS_NONE:
		break;
	case ARGS_PAGE:
	case ARGS_PAGE_VALUE:
	case ARGS_PAGE_COUNT:
		n = snprintf(buf, size, " %u:0", slot);
		break;
	case ARGS_PAGE_SHARED:
		n = snprintf(buf, size, " %u:0%s", slot, form ? " shared" : "");
		break;
	case ARGS_PAGE_TO:
		n = snprintf(buf, size, " %u:0 to %u:1", slot, slot);
		break;
	case ARGS_PAGE_WITH:
		n = snprintf(buf, size, " %u:0 with %u:1", slot, slot);
		break;
	case ARGS_PAGE_ADVICE:
		n = snprintf(buf, size, " %u:0 %s", slot, advices[form % 3]);
		break;
	case ARGS_SLOT:
		n = snprintf(buf, size, " %u", slot);
		break;
	case ARGS_SLOT_NEW:
		n = snprintf(buf, size, " %u gpa 0x%x pages %u", slot + 1, 2 * MEETING_SLOT_GPA, MEETING_PAGES);
		break;
	case ARGS_SLOT_TO:
		n = snprintf(buf, size, " %u gpa 0x%x", slot, 3 * MEETING_SLOT_GPA);
		break;
	case ARGS_SLOT_FLAGS:
		n = snprintf(buf, size, " %u dirty-log", slot);
		break;
	case ARGS_IMAGES:
	case ARGS_HCALL:
	case ARGS_UCALL:
	case ARGS_EVENT:
	case ARGS_EVENT_COUNT:
	case ARGS_AFTER:
	case ARGS_CYCLES:
	case ARGS_INT:
		return false;
	}
	return n >= 0 && (size_t)n < size;
}

static unsigned meeting_forms(enum op_args args)
{
	return args == ARGS_PAGE_ADVICE ? 3 : args == ARGS_PAGE_SHARED ? 2 : 1;
}

unsigned meeting_ops(unsigned kind, char out[MEETING_OPS_MAX][MEETING_OP_BYTES])
{
	unsigned count = 0;

	for (unsigned i = 0; i < OP_KIND_COUNT; i++) {
		const struct op_info *op = op_info((enum op_kind)i);
		char arguments[40];

		if (!(op->threads & kind) || meeting_leaves_out((enum op_kind)i))
			continue;
		for (unsigned form = 0; form < meeting_forms(op->args) && count < MEETING_OPS_MAX; form++)
			if (meeting_arguments(op->args, form, arguments, sizeof(arguments)))
				snprintf(out[count++], MEETING_OP_BYTES, "%s%s -> any", op->word, arguments);
	}
	return count;
}

/* ---- a scenario ------------------------------------------------------------------------ */

struct meeting {
	enum meeting_state state;
	unsigned kinds[MEETING_THREADS_MAX];
	unsigned guests, boot_pages;
	unsigned pool; /* pages of the device pool; 0: the platform's */
};

static unsigned meeting_count(const struct meeting *m, unsigned kind)
{
	unsigned count = 0;

	for (unsigned i = 0; i < MEETING_THREADS_MAX; i++)
		count += m->kinds[i] == kind;
	return count;
}

/* vCPU 0 boots and brings the page into its state; the others meet. A uv thread borrows one of its own. */
static void meeting_head(const struct meeting *m, const char *name, const char *title, FILE *out)
{
	unsigned vcpus = 1 + meeting_count(m, ON_GUEST) + meeting_count(m, ON_UV);

	fprintf(out, "pefscn 1\nscenario %s\n  title \"%s\"\n  tags kernel generated\n\nplatform\n  hv uvmem-lock\n",
		name, title);
	if (m->pool)
		fprintf(out, "  pool %u pages\n", m->pool);
	for (unsigned g = 0; g < m->guests; g++)
		fprintf(out,
			"\nguest g%u\n  slot 0 gpa 0x0 pages %u\n  slot %u gpa 0x%x pages %u\n  boot secure\n  vcpus "
			"%u\n",
			g, m->boot_pages, MEETING_SLOT, MEETING_SLOT_GPA, MEETING_PAGES, g ? 1 : vcpus);
}

/* What is done to the page before anybody meets: by the guest, and then by the host. */
static void meeting_prepare(const struct meeting *m, FILE *out)
{
	static const char *const guest[] = {
		[MEETING_UNTOUCHED] = "",
		[MEETING_SECURE] = "  write 1:0 = 7\n",
		[MEETING_OUT] = "  write 1:0 = 7\n",
		[MEETING_SHARED] = "  uv_share_page 1:0\n  write 1:0 = 7\n",
		[MEETING_BACK] = "  uv_share_page 1:0\n  uv_unshare_page 1:0\n  write 1:0 = 7\n",
	};
	bool out_first = m->state == MEETING_OUT;

	fprintf(out, "\nthread vcpu0 guest g0\n%s  signal %s\n", guest[m->state], out_first ? "written" : "ready");
	if (out_first)
		fputs("\nthread mover host g0\n  wait written\n  hva_read 1:0 -> any\n  signal ready\n", out);
}

static void meeting_thread_head(const struct meeting *m, unsigned index, unsigned *vcpu, FILE *out)
{
	switch (m->kinds[index]) {
	case ON_GUEST:
		fprintf(out, "\nthread vcpu%u guest g0\n", ++*vcpu);
		break;
	case ON_UV:
		++*vcpu;
		fprintf(out, "\nthread uv%u uv on vcpu%u g0\n", *vcpu, *vcpu);
		break;
	default:
		fprintf(out, "\nthread qemu%u host g0\n", index);
		break;
	}
	fputs("  wait ready\n", out);
}

static void meeting_tail(unsigned runs, FILE *out)
{
	fprintf(out, "\nexplore\n  budget %u runs\n\nexpect\n  never any-violation\n", runs);
}

char *meeting_scenario(enum meeting_state state, unsigned set, char name[48])
{
	char ops[MEETING_OPS_MAX][MEETING_OP_BYTES], title[96];
	struct meeting m = {.state = state, .guests = 1, .boot_pages = 2};
	unsigned vcpu = 0, branches = 1;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	memcpy(m.kinds, meeting_sets[set].kinds, sizeof(m.kinds));
	snprintf(name, 48, "%s-%s", meeting_states[state], meeting_sets[set].word);
	snprintf(title, sizeof(title), "all that %s can do at once to a page that is %s", meeting_sets[set].word,
		meeting_states[state]);
	meeting_head(&m, name, title, out);
	meeting_prepare(&m, out);
	for (unsigned i = 0; i < MEETING_THREADS_MAX && m.kinds[i]; i++) {
		unsigned count = meeting_ops(m.kinds[i], ops);
		meeting_thread_head(&m, i, &vcpu, out);
		fprintf(out, "  choose %u\n", count);
		for (unsigned k = 0; k < count; k++)
			fprintf(out, "    %s\n", ops[k]);
		branches *= count;
	}
	/* Several schedules of each combination, as far as a check of minutes allows. */
	meeting_tail(branches * 4 < 400 ? 400 : branches * 4 > 2000 ? 2000 : branches * 4, out);
	fclose(out);
	return text;
}

/* ---- by chance ------------------------------------------------------------------------------ */

static void meeting_draw_thread(const struct meeting *m, unsigned index, unsigned *vcpu, uint64_t *random, FILE *out)
{
	char ops[MEETING_OPS_MAX][MEETING_OP_BYTES];
	unsigned count = meeting_ops(m->kinds[index], ops);

	meeting_thread_head(m, index, vcpu, out);
	for (unsigned n = 1 + generate_below(random, 3); n; n--) {
		char *op = ops[generate_below(random, count)], *page = strstr(op, " 1:0");
		/* Some do it to the neighbour. */
		if (page && !strstr(op, " 1:1") && generate_below(random, 4) == 0)
			page[3] = '1';
		fprintf(out, "  %s\n", op);
	}
}

/* Another guest shares the pool and the ultravisor. */
static void meeting_draw_neighbour(const struct meeting *m, FILE *out)
{
	if (m->guests > 1)
		fputs("\nthread vcpu0 guest g1\n  wait ready\n  write 1:0 = 9\n  read 1:0 = 9\n\n"
		      "thread qemu9 host g1\n  wait ready\n  hva_read 1:0 -> any\n",
			out);
}

char *meeting_draw(uint64_t seed)
{
	static const unsigned kinds[] = {ON_GUEST, ON_HOST, ON_HOST, ON_UV};
	uint64_t random = seed;
	struct meeting m = {.state = (enum meeting_state)generate_below(&random, MEETING_STATE_COUNT)};
	unsigned threads = 2 + generate_below(&random, 2), vcpu = 0;
	char name[48], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (unsigned i = 0; i < threads; i++)
		m.kinds[i] = kinds[generate_below(&random, 4)];
	m.guests = 1 + (generate_below(&random, 6) == 0);
	m.boot_pages = 2 + 2 * generate_below(&random, 3);
	m.pool = generate_below(&random, 5) == 0 ? m.guests * (m.boot_pages + MEETING_PAGES) + 1 : 0;
	snprintf(name, sizeof(name), "drawn-%llu", (unsigned long long)seed);
	meeting_head(&m, name, "drawn by lot", out);
	meeting_prepare(&m, out);
	for (unsigned i = 0; i < threads; i++)
		meeting_draw_thread(&m, i, &vcpu, &random, out);
	meeting_draw_neighbour(&m, out);
	meeting_tail(400, out);
	fclose(out);
	return text;
}
