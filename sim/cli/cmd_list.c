/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_list.c - pefsim list: the project's tables, printed.
 *
 * Each list is made from the X-macro that the code itself is made from.
 *
 * Locking: none. Errors: exit codes. Blocking: never.
 */
#include <inttypes.h>
#include <string.h>

#include "pefsim/check.h"
#include "pefsim/conflict.h"
#include "pefsim/cost.h"
#include "pefsim/finding.h"
#include "pefsim/inject.h"
#include "pefsim/points.h"

#include "options.h"
#include "paths.h"

/* One printed row; JSON when asked for. @detail: NULL where a list has none. */
static void list_row(const struct options *o, const char *list, const char *name, const char *detail, const char *about)
{
	if (o->json)
		printf("{\"schema\":1,\"type\":\"%s\",\"name\":\"%s\",\"detail\":\"%s\",\"about\":\"%s\"}\n", list,
			name, detail ? detail : "", about);
	else if (detail)
		printf("%-27s %-21s %s\n", name, detail, about);
	else
		printf("%-27s %s\n", name, about);
}

/* The same, where names and details are long. */
static void list_wide(
	const struct options *o, const char *list, const char *name, const char *detail, const char *about)
{
	if (o->json)
		list_row(o, list, name, detail, about);
	else
		printf("%-29s %-35s %s\n", name, detail, about);
}

static void list_ops(const struct options *o)
{
	for (unsigned i = 0; i < OP_KIND_COUNT; i++) {
		const struct op_info *op = op_info((enum op_kind)i);
		char name[96];
		if (o->json) {
			printf("{\"schema\":1,\"type\":\"op\",\"name\":\"%s\",\"detail\":\"%s\",\"threads\":\"%s\","
			       "\"about\":\"%s\"}\n",
				op->word, op->usage, op_threads(op->threads), op->about);
			continue;
		}
		snprintf(name, sizeof(name), "%s %s", op->word, op->usage);
		printf("%-60s %-13s %s\n", name, op_threads(op->threads), op->about);
	}
}

static void list_designs(const struct options *o)
{
#define X(id, name, about) list_row(o, "design", name, NULL, about);
	PEF_DESIGNS(X)
#undef X
}

/* A switch, what it belongs to, the entry of the museum or the scenario that shows it. */
static void list_mutants(const struct options *o)
{
	char detail[96];

	for (enum mutant m = 0; m < MUTANT_COUNT; m++) {
		snprintf(detail, sizeof(detail), "%s, %s", mutant_owner_name(mutant_owner(m)), mutant_exhibit(m));
		list_wide(o, "mutant", mutant_name(m), detail, mutant_about(m));
	}
}

/* What shows the bug, and what its twin has instead. */
static void list_entry(const struct options *o, const char *name, const char *detail, const char *about)
{
	if (o->json)
		list_row(o, "museum", name, detail, about);
	else
		printf("%-4s %-50s %s\n", name, detail, about);
}

static void list_museum(const struct options *o)
{
	char detail[96];
#define X(id, name, file, design, mutant, twin, class, about) \
	snprintf(detail, sizeof(detail), "%s, %s / %s", design_name(DESIGN_##design), mutant, twin); \
	list_entry(o, name, detail, class ": " about);
	PEF_MUSEUM(X)
#undef X
}

static void list_eras(const struct options *o)
{
#define X(id, name, about) list_row(o, "era", name, ERA_##id == ERA_DEFAULT ? "default" : "", about);
	PEF_ERAS(X)
#undef X
}

static void list_policies(const struct options *o)
{
#define X(id, name, about) list_row(o, "policy", name, SLOT_DELETE_##id == SLOT_DELETE_DESIGN ? "default" : "", about);
	PEF_SLOT_DELETES(X)
#undef X
}

static void list_strategies(const struct options *o)
{
#define X(id, name, paper, about) list_row(o, "strategy", name, paper, about);
	PEF_STRATEGIES(X)
#undef X
}

static void list_uv(const struct options *o)
{
#define X(id, name, about) list_row(o, "uv", name, NULL, about);
	PEF_UV_PROFILES(X)
#undef X
}

static void list_faults(const struct options *o)
{
#define X(name, word, about) list_row(o, "fault", word[0] ? word : "UV_..., H_...", "site", about);
	PEF_INJECT_SITES(X)
#undef X
#define X(name, word, args, about) list_row(o, "fault", args[0] ? word " " args : word, "action", about);
	PEF_INJECT_ACTIONS(X)
#undef X
}

static void list_args(const struct options *o)
{
#define X(name, form, about) list_row(o, "arg", form, NULL, about);
	PEF_CALL_ARGS(X)
#undef X
}

static void list_results(const struct options *o)
{
	char number[24];
#define X(name, value, about) \
	snprintf(number, sizeof(number), "%d", value); \
	list_row(o, "result", #name, number, about);
	PEF_CODES(X)
	PEF_HOST_RESULTS(X)
#undef X
}

static void list_calls(const struct options *o)
{
	char detail[96];
#define X(name, number, args, about) \
	snprintf(detail, sizeof(detail), "0x%04X (%s)", number, args); \
	list_row(o, "call", #name, detail, about);
	PEF_UCALLS(X)
	PEF_HCALLS(X)
#undef X
}

static void list_states(const struct options *o)
{
#define X(name, number, transient, text, about) \
	list_row(o, "state", text, transient ? "ultravisor, transient" : "ultravisor", about);
	PEF_GFN_STATES(X)
#undef X
#define X(name, text, about) list_row(o, "state", text, "mark of the design", about);
	PEF_HV_MARKS(X)
#undef X
#define X(name, text, about) list_row(o, "state", text, "host page table", about);
	PEF_HOST_PTES(X)
#undef X
}

static void list_locks(const struct options *o)
{
	static const char *const words[] = {"lock", "srcu", "ptl", NULL};
#define X(name, text, about) \
	for (unsigned i = 0; words[i]; i++) { \
		if (strstr(text, words[i])) { \
			list_row(o, "lock", text, NULL, about); \
			break; \
		} \
	}
	PEF_OBJECTS(X)
#undef X
}

/* What a step may do, and which two of one object commute; what is of different objects always does. */
static void list_commutes(const struct options *o)
{
#define WHEN_BEHIND "behind the point"
#define WHEN_BEFORE "before the point"
#define X(point, when, about) list_row(o, "effect", point_kind_name(POINT_##point), WHEN_##when, about);
	PEF_EFFECTS(X)
#undef X
#define X(a, b, modes, why) list_row(o, "commutes", modes, "commute", why);
	PEF_COMMUTES(X)
#undef X
}

static void list_points(const struct options *o)
{
#define X(name, text, about) list_row(o, "point", text, NULL, about);
	PEF_POINT_KINDS(X)
#undef X
}

static void list_invariants(const struct options *o)
{
#define X(name, text, about) list_row(o, "invariant", text, NULL, about);
	PEF_INVARIANTS(X)
#undef X
}

static void list_findings(const struct options *o)
{
#define X(name, text, about) list_row(o, "finding", text, NULL, about);
	PEF_FINDING_KINDS(X)
#undef X
}

static void list_causes(const struct options *o)
{
#define X(name, text, about) list_row(o, "cause", text, NULL, about);
	PEF_COST_CAUSES(X)
#undef X
}

static void list_costs(const struct options *o)
{
	char path[512], message[512];
	struct price_list prices;

	if (!paths_shipped(PATHS_DEFAULT_PRICES, path, sizeof(path)) ||
		price_list_read(path, PRICE_TYP, &prices, message, sizeof(message))) {
		fprintf(stderr, "pefsim: the shipped price list cannot be read\n");
		return;
	}
	if (!o->json)
		price_list_print(&prices, stdout);
	for (unsigned i = 0; o->json && i < STEP_COUNT; i++) {
		char detail[64];
		snprintf(detail, sizeof(detail), "%" PRIu64 " (%" PRIu64 "..%" PRIu64 ") %c", prices.steps[i].typ,
			prices.steps[i].lo, prices.steps[i].hi, prices.steps[i].class);
		list_row(o, "cost", cost_step_name((enum cost_step)i), detail, prices.steps[i].source);
	}
	price_list_free(&prices);
}

static const struct list {
	const char *name;
	void (*print)(const struct options *);
	const char *about;
} LISTS[] = {
	{"ops", list_ops, "operations of the scenario language"},
	{"designs", list_designs, "hypervisor designs"},
	{"mutants", list_mutants, "switches of designs and models: bugs brought back, put in, or taken away"},
	{"museum", list_museum, "bugs that existed: design, what shows it / what its twin has"},
	{"eras", list_eras, "how the host kernel counts references on device pages"},
	{"policies", list_policies, "what deleting a memslot does to its pages"},
	{"strategies", list_strategies, "which schedules pefsim check runs, and whose idea each was"},
	{"uv", list_uv, "profiles of the ultravisor"},
	{"faults", list_faults, "sites where something can go wrong on purpose, and what"},
	{"args", list_args, "arguments of hcall and ucall in a scenario"},
	{"results", list_results, "return codes and host results"},
	{"calls", list_calls, "ultracalls and hypercalls"},
	{"states", list_states, "page states of both sides"},
	{"locks", list_locks, "locks, as points and reports name them"},
	{"commutes", list_commutes, "what steps do to an object, and which of two commute"},
	{"points", list_points, "kinds of points where a schedule may hold a context"},
	{"invariants", list_invariants, "what is checked over the event stream"},
	{"findings", list_findings, "kinds of findings"},
	{"causes", list_causes, "what cycles are booked to"},
	{"costs", list_costs, "prices of steps, with class and source"},
};
#define LIST_COUNT (sizeof(LISTS) / sizeof(LISTS[0]))

int cmd_list(const struct options *options)
{
	const char *word = options->arg_count ? options->args[0] : NULL;

	for (unsigned i = 0; word && i < LIST_COUNT; i++) {
		if (!strcmp(LISTS[i].name, word)) {
			LISTS[i].print(options);
			return PEF_EXIT_OK;
		}
	}
	FILE *out = word ? stderr : stdout;
	if (word)
		fprintf(out, "pefsim list: there is no list '%s'\nhelp: one of these\n", word);
	for (unsigned i = 0; i < LIST_COUNT; i++)
		fprintf(out, "  %-12s %s\n", LISTS[i].name, LISTS[i].about);
	return word ? PEF_EXIT_USAGE : PEF_EXIT_OK;
}
