/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate_ops.c - what the threads of a random scenario say, on what platform,
 * and what goes wrong.
 *
 * What ends a VM is drawn seldom, and only in wild scenarios: nothing happens
 * after it.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <string.h>

#include "generate_private.h"
#include "pefsim/inject.h"
#include "pefsim/model.h"
#include "pefsim/variants.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- pages and slots ----------------------------------------------------------------- */

/* A slot that is there; slot 0 always is. */
static unsigned slot_choose(struct generator *g, const struct guest *guest)
{
	unsigned slot = below(g, guest->slots);

	return guest->slot[slot].alive ? slot : 0;
}

static void page_say(struct generator *g, struct thread *t, const char *op, const char *rest)
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

/* Two pages of one slot, so that both are there. */
static void two_pages_say(struct generator *g, struct thread *t, const char *op, const char *between)
{
	const struct guest *guest = &g->guests[t->guest];
	unsigned slot = slot_choose(g, guest), pages = guest->slot[slot].pages;

	fprintf(t->out, "  %s %u:%u %s %u:%u -> any\n", op, slot, below(g, pages), between, slot, below(g, pages));
}

static void slot_say(struct generator *g, struct thread *t, const char *op, const char *rest)
{
	fprintf(t->out, "  %s %u%s -> any\n", op, slot_choose(g, &g->guests[t->guest]), rest);
}

/* ---- calls with any arguments ------------------------------------------------------------ */

static void arg_say(struct generator *g, struct thread *t)
{
	static const char *const numbers[] = {"0", "1", "16", "0x10000", "-1", "4G", "0x7fffffffffffffff"};
	const struct guest *guest = &g->guests[t->guest];
	unsigned slot = slot_choose(g, guest), page = below(g, guest->slot[slot].pages);

	switch (below(g, t->kind == HOST ? 6 : 5)) {
	case 0:
		fprintf(t->out, " %s", numbers[below(g, COUNT(numbers))]);
		break;
	case 1:
		fprintf(t->out, " %u:%u", slot, page);
		break;
	case 2:
		fprintf(t->out, " gfn %u:%u", slot, page);
		break;
	case 3:
		fputs(" lpid", t->out);
		break;
	case 4:
		fputs(" order", t->out);
		break;
	case 5:
		fprintf(t->out, " ra %u:%u", slot, page);
		break;
	}
}

static void call_say(struct generator *g, struct thread *t, bool ultra)
{
	static const char *const ucalls[] = {
#define X(name, number, args, about) #name,
		PEF_UCALLS(X)
#undef X
	};
	static const char *const hcalls[] = {
		"H_SVM_PAGE_IN", "H_SVM_PAGE_OUT", "H_SVM_INIT_START", "H_SVM_INIT_DONE", "H_SVM_INIT_ABORT", "H_CEDE"};

	fprintf(t->out, "  %s %s", ultra ? "ucall" : "hcall",
		ultra ? ucalls[below(g, COUNT(ucalls))] : hcalls[below(g, COUNT(hcalls))]);
	for (unsigned n = below(g, 6); n; n--)
		arg_say(g, t);
	fputs(" -> any\n", t->out);
}

/* The same call with arguments as they should be. */
static void right_call_say(struct generator *g, struct thread *t)
{
	const struct guest *guest = &g->guests[t->guest];
	unsigned slot = slot_choose(g, guest), page = below(g, guest->slot[slot].pages);

	if (t->kind == GUEST)
		fprintf(t->out, "  hcall %s %u:%u 0 order -> any\n", below(g, 2) ? "H_SVM_PAGE_IN" : "H_SVM_PAGE_OUT",
			slot, page);
	else if (below(g, 2))
		fprintf(t->out, "  ucall %s lpid ra %u:%u %u:%u 0 order -> any\n",
			below(g, 2) ? "UV_PAGE_IN" : "UV_PAGE_OUT", slot, page, slot, page);
	else
		fprintf(t->out, "  ucall UV_PAGE_INVAL lpid %u:%u order -> any\n", slot, page);
}

/* ---- who says what --------------------------------------------------------------------------- */

static void choose_say(struct generator *g, struct thread *t, const char *const *words, unsigned count)
{
	const struct guest *guest = &g->guests[t->guest];
	unsigned n = 1 + below(g, 3);

	fprintf(t->out, "  choose %u\n", n);
	for (unsigned i = 0; i < n; i++) {
		unsigned slot = slot_choose(g, guest);
		fprintf(t->out, "  %s %u:%u -> any\n", words[below(g, count)], slot, below(g, guest->slot[slot].pages));
	}
}

static void guest_say(struct generator *g, struct thread *t)
{
	static const char *const pages[] = {
		"touch", "touch", "touch", "read", "write", "uv_share_page", "uv_share_page", "uv_unshare_page"};
	char value[32];

	snprintf(value, sizeof(value), " = %u", 1 + below(g, 1000));
	switch (below(g, 16)) {
	case 0:
		page_say(g, t, "write", value);
		break;
	case 1:
		fprintf(t->out, "  idle %u cycles -> any\n", 1 + below(g, 100000));
		break;
	case 2:
		call_say(g, t, below(g, 2));
		break;
	case 3:
		right_call_say(g, t);
		break;
	case 4:
		fputs(below(g, 2) ? "  uv_unshare_all_pages -> any\n" : "  uv_esm -> any\n", t->out);
		break;
	case 5:
		choose_say(g, t, pages, COUNT(pages));
		break;
	default:
		page_say(g, t, pages[below(g, COUNT(pages))], "");
		break;
	}
}

/* Memory management of the process. */
static void memory_say(struct generator *g, struct thread *t)
{
	static const char *const advices[] = {" dontneed", " mergeable", " mergeable", " unmergeable"};
	static const char *const pages[] = {"pin", "unpin", "replace", "replace", "swap_out", "munmap", "child_read",
		"child_write", "mmu_invalidate"};
	static const char *const plain[] = {"fork", "child_exit"};

	switch (below(g, 8)) {
	case 0:
		page_say(g, t, "madvise", advices[below(g, COUNT(advices))]);
		break;
	case 1:
		two_pages_say(g, t, "ksm_merge", "with");
		break;
	case 2:
		two_pages_say(g, t, "mremap", "to");
		break;
	case 3:
		fprintf(t->out, "  %s -> any\n", plain[below(g, COUNT(plain))]);
		break;
	case 4:
		slot_say(g, t, "slot_flags", below(g, 2) ? " dirty-log" : " none");
		break;
	default:
		page_say(g, t, pages[below(g, COUNT(pages))], "");
		break;
	}
}

static void host_say(struct generator *g, struct thread *t)
{
	static const char *const pages[] = {"hva_read", "hva_read", "hva_write", "mmu_invalidate"};
	static const char *const ends[] = {"svm_off", "svm_off", "svm_off", "exit", "close_vm"};
	char value[32];

	snprintf(value, sizeof(value), " = %u", 1 + below(g, 1000));
	if (g->options->wild && below(g, 30) == 0) {
		fprintf(t->out, "  %s -> any\n", ends[below(g, COUNT(ends))]);
		return;
	}
	switch (below(g, 12)) {
	case 0:
		page_say(g, t, "hva_write", value);
		break;
	case 1:
	case 2:
		slot_change(g, t);
		break;
	case 3:
		call_say(g, t, true);
		break;
	case 4:
		right_call_say(g, t);
		break;
	case 5:
		choose_say(g, t, pages, COUNT(pages));
		break;
	case 6:
	case 7:
	case 8:
		memory_say(g, t);
		break;
	default:
		page_say(g, t, pages[below(g, COUNT(pages))], "");
		break;
	}
}

static void uv_say(struct generator *g, struct thread *t)
{
	static const char *const pages[] = {"h_svm_page_out", "h_svm_page_out", "uv_evict", "h_svm_page_in"};
	static const char *const plain[] = {"h_svm_init_start", "h_svm_init_done", "h_svm_init_abort", "terminate"};

	if (g->options->wild && below(g, 10) == 0)
		fprintf(t->out, "  %s -> any\n", plain[below(g, COUNT(plain))]);
	else if (below(g, 8) == 0)
		page_say(g, t, "h_svm_page_in", " shared");
	else
		page_say(g, t, pages[below(g, COUNT(pages))], "");
}

void generate_statement(struct generator *g, struct thread *t)
{
	if (t->kind == GUEST)
		guest_say(g, t);
	else if (t->kind == HOST)
		host_say(g, t);
	else
		uv_say(g, t);
}

/* ---- platform --------------------------------------------------------------------------------- */

/* A switch of the design, or none. */
static const char *switch_choose(struct generator *g, enum design_id design)
{
	enum mutant m = (enum mutant)below(g, MUTANT_COUNT);

	return below(g, 3) == 0 && mutant_goes_with(m, design) ? mutant_name(m) : "none";
}

#define DESIGN_WORD(id, name, about) "   " name

void generate_platform(struct generator *g, FILE *out)
{
	enum design_id design = (enum design_id)below(g, DESIGN_COUNT);
	enum slot_delete policy = below(g, 3) ? SLOT_DELETE_DESIGN : (enum slot_delete)below(g, SLOT_DELETE_COUNT);
	enum mm_era era = below(g, 3) ? ERA_DEFAULT : (enum mm_era)below(g, ERA_COUNT);

	if (g->options->design)
		design_parse(g->options->design, strlen(g->options->design), &design);
	if (policy_why(design, policy))
		policy = SLOT_DELETE_DESIGN;
	if (g->options->flat)
		fprintf(out, "\nplatform\n  hv %s %s\n", design_name(design), switch_choose(g, design));
	else
		fprintf(out,
			"# drawn by lot\nparam design = %s in" PEF_DESIGNS(DESIGN_WORD) "\n\nplatform\n"
											"    hv $design  %s\n",
			design_name(design), switch_choose(g, design));
	fprintf(out, "  mm-era %s\n  slot-delete %s\n", era_name(era), slot_delete_name(policy));
	if (below(g, 4) == 0)
		fprintf(out, "  secmem %uK\n", 64 * (8 + below(g, 32)));
	if (below(g, 8) == 0)
		fprintf(out, "  pool %u pages\n", 4 + below(g, 32));
}

/* ---- faults ------------------------------------------------------------------------------------- */

/* Sites that fail; of calls, those that both sides make often. */
static void fault_say(struct generator *g, FILE *out)
{
	static const char *const sites[] = {"alloc", "alloc rmap", "alloc pvt", "alloc pfns", "frame", "device-page",
		"secure-frame", "page-busy", "migrate-setup", "migrate-page"};
	static const char *const calls[] = {"UV_PAGE_IN", "UV_PAGE_OUT", "UV_PAGE_INVAL", "UV_SHARE_PAGE",
		"H_SVM_PAGE_IN", "H_SVM_PAGE_OUT", "UV_REGISTER_MEM_SLOT"};
	static const char *const answers[] = {"fail", "return U_BUSY", "return U_P2", "drop", "repeat", "delay 5000"};
	const char *mode = below(g, 2) ? "any" : "maybe";

	if (below(g, 2))
		fprintf(out, "  %s %s %s", mode, sites[below(g, COUNT(sites))], below(g, 4) ? "fail" : "delay 1000");
	else if (below(g, 8) == 0)
		fprintf(out, "  %s UV_PAGE_OUT kill", mode);
	else
		fprintf(out, "  %s %s %s", mode, calls[below(g, COUNT(calls))], answers[below(g, COUNT(answers))]);
	fprintf(out, " times %u..%u\n", 1 + below(g, 3), 3 + below(g, 4));
}

void generate_faults(struct generator *g, FILE *out)
{
	if (below(g, 4))
		return;
	fputs("\nfault\n", out);
	for (unsigned n = 1 + below(g, 3); n; n--)
		fault_say(g, out);
}
