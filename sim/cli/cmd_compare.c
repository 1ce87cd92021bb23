/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_compare.c - pefsim compare: designs and policies side by side.
 *
 * One timed run a row. A combination that makes no sense is a row without
 * figures, and the design's reason stands under the table.
 *
 * Locking: none. Errors: exit codes. Blocking: some runs.
 */
#include <inttypes.h>
#include <string.h>

#include "measure.h"
#include "targets.h"
#include "variants.h"

struct comparing {
	const struct options *options;
	const char *path;
	const char *reasons[DESIGN_COUNT * SLOT_DELETE_COUNT];
	unsigned reason_count;
	bool begun; /* the head of the table is printed */
	bool interrupted;
};

static void compare_head(struct comparing *c, const struct scenario *s)
{
	if (c->begun || c->options->json)
		return;
	c->begun = true;
	printf("%s: %s\n", s->name, s->title);
	printf("%-13s %-11s %-20s %9s %9s %9s %6s %6s %6s %6s %6s %6s\n", "design", "policy", "verdict", "page-in",
		"page-out", "deletion", "out", "back", "zeroed", "lost", "locks", "B/page");
}

/* A figure, or "-" when there was nothing to measure. */
static void compare_figure(unsigned width, bool known, uint64_t figure)
{
	if (known)
		printf(" %*" PRIu64, (int)width, figure);
	else
		printf(" %*s", (int)width, "-");
}

static void compare_text(const struct measured *m, const char *design, const char *policy)
{
	const struct measured_deletes *d = &m->deletes;
	bool any = d->count != 0;

	printf("%-13s %-11s %-20.20s", design, policy, m->verdict);
	compare_figure(9, m->page_ins, m->page_in);
	compare_figure(9, m->page_outs, m->page_out);
	compare_figure(9, any, any ? d->cycles / d->count : 0);
	compare_figure(6, any, d->out);
	compare_figure(6, any, d->back);
	compare_figure(6, any, d->zeroed);
	compare_figure(6, any, d->lost);
	printf(" %5.1f%% %6u\n", 100.0 * m->lock_share, m->bytes_per_page);
}

static void compare_json(const struct scenario *s, const struct measured *m, const char *design, const char *policy)
{
	const struct measured_deletes *d = &m->deletes;

	printf("{\"schema\":1,\"type\":\"compare\",\"scenario\":\"%s\",\"design\":\"%s\",\"policy\":\"%s\","
	       "\"verdict\":\"%s\",\"page_ins\":%" PRIu64 ",\"page_in_cycles\":%" PRIu64 ",\"page_outs\":%" PRIu64
	       ",\"page_out_cycles\":%" PRIu64 ",\"deletions\":%" PRIu64 ",\"deletion_cycles\":%" PRIu64
	       ",\"out\":%" PRIu64 ",\"back\":%" PRIu64 ",\"zeroed\":%" PRIu64 ",\"lost\":%" PRIu64
	       ",\"lock_share\":%.4f,\"bytes_per_page\":%u}\n",
		s->name, design, policy, m->verdict, m->page_ins, m->page_in, m->page_outs, m->page_out, d->count,
		d->count ? d->cycles / d->count : 0, d->out, d->back, d->zeroed, d->lost, m->lock_share,
		m->bytes_per_page);
}

static void compare_refused(struct comparing *c, const char *design, const char *policy, const char *why)
{
	if (c->options->json) {
		printf("{\"schema\":1,\"type\":\"compare\",\"design\":\"%s\",\"policy\":\"%s\",\"refused\":\"%s\"}\n",
			design, policy, why);
		return;
	}
	c->reasons[c->reason_count++] = why;
	printf("%-13s %-11s makes no sense [%u]\n", design, policy, c->reason_count);
}

/* ---- rows ---------------------------------------------------------------------------- */

static enum pef_err compare_row(struct comparing *c, const char *design, enum slot_delete policy)
{
	struct options options = *c->options;
	struct session s;
	struct measured measured;

	options.design = design;
	options.policy = slot_delete_name(policy);
	enum pef_err err = session_open(&s, &options, c->path);
	if (!err) {
		struct run_plan plan = session_plan(&s);
		plan.exec = ENGINE_FIBERS;
		plan.silent = true;
		err = session_derive(&s, &plan);
		if (!err)
			err = session_run_once(&s, &plan);
	}
	if (!err)
		err = measure_run(&s, &measured);
	if (!err && options.json)
		compare_json(s.scenario, &measured, design, options.policy);
	else if (!err)
		compare_text(&measured, design, options.policy);
	session_close(&s);
	return err;
}

static bool compare_wants_policy(const struct comparing *c, const struct scenario *s, enum slot_delete policy)
{
	const char *at = c->options->policies;
	char word[PEF_NAME_MAX];

	if (!at && policy == (c->options->policy ? s->slot_delete : SLOT_DELETE_DESIGN))
		return true;
	while (at && list_each(&at, word, sizeof(word)))
		if (!strcmp(word, slot_delete_name(policy)))
			return true;
	for (unsigned i = 0; !c->options->policies && !c->options->policy && i < s->thread_count; i++)
		for (unsigned k = 0; k < s->threads[i].count; k++)
			if (s->threads[i].statements[k].kind == OP_SLOT_DELETE)
				return true;
	return false;
}

/* All policies of one design; @s is the file as this design has it. */
static enum pef_err compare_design(struct comparing *c, const struct scenario *s)
{
	enum pef_err err = PEF_OK;

	compare_head(c, s);
	for (unsigned p = 0; !err && p < SLOT_DELETE_COUNT && !session_interrupted(); p++) {
		const char *design = design_name(s->design), *why = policy_why(s->design, (enum slot_delete)p);
		if (!compare_wants_policy(c, s, (enum slot_delete)p))
			continue;
		if (why)
			compare_refused(c, design, slot_delete_name((enum slot_delete)p), why);
		else
			err = compare_row(c, design, (enum slot_delete)p);
	}
	return err;
}

/* A design that the file's parameters do not accept is passed over, unless it was asked for. */
static enum pef_err compare_with(struct comparing *c, const char *design, bool asked)
{
	struct options options = *c->options;
	struct scenario *s;

	options.design = design;
	struct scenario_options read = options_scenario(&options);
	enum pef_err err = scenario_read_file(c->path, &read, &s, NULL);
	if (err && asked)
		return scenario_read_file(c->path, &read, &s, stderr);
	if (err)
		return PEF_OK;
	err = compare_design(c, s);
	scenario_free(s);
	return err;
}

static enum pef_err compare_designs(struct comparing *c)
{
	const char *at = c->options->designs ? c->options->designs : c->options->design;
	char word[PEF_NAME_MAX];
	enum pef_err err = PEF_OK;

	while (!err && at && list_each(&at, word, sizeof(word)))
		err = compare_with(c, word, true);
	for (unsigned i = 0; !err && !at && i < DESIGN_COUNT; i++)
		err = compare_with(c, design_name((enum design_id)i), false);
	return err;
}

/* The file must be good before designs are tried on it one by one. */
static enum pef_err compare_file(const struct options *options, const char *path)
{
	struct comparing c = {.options = options, .path = path};
	struct scenario_options read = options_scenario(options);
	struct scenario *s;
	enum pef_err err = scenario_read_file(path, &read, &s, stderr);

	if (err)
		return err;
	scenario_free(s);
	err = compare_designs(&c);
	for (unsigned i = 0; i < c.reason_count; i++)
		printf("[%u] %s\n", i + 1, c.reasons[i]);
	if (c.begun)
		putchar('\n');
	return err;
}

static bool compare_knows_policies(const struct options *o)
{
	const char *at = o->policies;
	char word[PEF_NAME_MAX];
	enum slot_delete policy;

	while (at && list_each(&at, word, sizeof(word))) {
		if (!slot_delete_parse(word, strlen(word), &policy)) {
			fprintf(stderr, "pefsim compare: there is no policy '%s'\nhelp: pefsim list policies\n", word);
			return false;
		}
	}
	return true;
}

int cmd_compare(const struct options *options)
{
	struct targets targets;
	int worst = PEF_EXIT_OK;

	if (!options->arg_count || !compare_knows_policies(options)) {
		if (!options->arg_count)
			fprintf(stderr, "pefsim compare: no scenario given\nhelp: pefsim compare --help\n");
		return PEF_EXIT_USAGE;
	}
	session_catch_interrupts();
	if (targets_read(&targets, options->args, options->arg_count, NULL))
		worst = PEF_EXIT_INPUT;
	for (unsigned i = 0; i < targets.count && !session_interrupted(); i++)
		if (compare_file(options, targets.paths[i]))
			worst = PEF_EXIT_INPUT;
	targets_free(&targets);
	fflush(stdout);
	return session_interrupted() ? PEF_EXIT_INTERRUPTED : worst;
}
