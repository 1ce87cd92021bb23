/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_outcomes.c - pefsim outcomes: what all schedules of one design come to,
 * beside those of another.
 *
 * Each design is searched by itself, in this process. An outcome that only some
 * of them reached is a difference where each search ran all that it could claim
 * the same of; elsewhere it is a lead, since what was not run may reach it.
 *
 * Locking: none. Errors: exit codes. Blocking: until the budgets are spent.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "outcome.h"
#include "recording.h"
#include "search.h"
#include "targets.h"
#include "variants.h"

#define SIDES_MAX 8u
#define RUNS_DEFAULT 100000u
#define DELAYS_DEFAULT 2u

/* One design. */
struct side {
	struct options options;
	char design[PEF_NAME_MAX];
	struct session session;
	struct search search;
	struct outcome_set set;
	char claim[160]; /* what is true of all its schedules; "" nothing */
	enum pef_err err; /* of outcome_add() */
};
struct outcomes {
	const struct options *options;
	const char *path;
	struct side sides[SIDES_MAX];
	unsigned side_count;
	bool differ, claimed;
};

/* ---- searching ------------------------------------------------------------------------------------ */

static bool side_take(void *arg, const struct search *search)
{
	struct side *side = arg;
	const struct director *d = side->set.runs ? strategy_director(search->strategy) : NULL;

	side->err = outcome_add(&side->set, &side->session, d);
	return !side->err;
}

static enum pef_err side_search(struct side *side, const char *path)
{
	enum pef_err err = session_open(&side->session, &side->options, path);

	if (!err)
		err = search_open(&side->search, &side->session);
	if (err)
		return err;
	side->search.in_one = true;
	err = search_run(&side->search, side_take, side);
	search_claim(&side->search, side->claim, sizeof(side->claim));
	if (strncmp(side->claim, "complete", strlen("complete")) != 0 || side->set.limited)
		side->claim[0] = '\0';
	return err ? err : side->err;
}

static bool side_add(struct outcomes *o, const char *design)
{
	if (o->side_count == SIDES_MAX) {
		fprintf(stderr, "pefsim outcomes: at most %u designs\n", SIDES_MAX);
		return false;
	}
	struct side *side = &o->sides[o->side_count++];
	snprintf(side->design, sizeof(side->design), "%s", design);
	side->options = *o->options;
	side->options.design = side->design;
	side->options.stop_given = true;
	side->options.stop_first = false;
	if (!side->options.strategy_given) {
		side->options.strategy_given = true;
		side->options.strategy = STRATEGY_SWEEP;
	}
	/* Whoever waits for a call leaves the choice to all others: of preemptions not even none come to an end. */
	if (!side->options.delays_given) {
		side->options.delays_given = true;
		side->options.delays = DELAYS_DEFAULT;
	}
	if (!side->options.runs_given) {
		side->options.runs_given = true;
		side->options.runs = RUNS_DEFAULT;
	}
	return true;
}

/* Those that were named, else all of ours that the file accepts. */
static bool sides_name(struct outcomes *o)
{
	const char *at = o->options->designs ? o->options->designs : o->options->design;
	bool named = at != NULL, ok = true;
	char word[PEF_NAME_MAX];

	while (ok && at && list_each(&at, word, sizeof(word)))
		ok = side_add(o, word);
	for (unsigned i = 0; ok && !named && i < DESIGN_COUNT; i++) {
		struct options options = *o->options;
		struct scenario *s = NULL;
		options.design = design_name((enum design_id)i);
		struct scenario_options read = options_scenario(&options);
		if (!scenario_read_file(o->path, &read, &s, NULL)) {
			scenario_free(s);
			ok = side_add(o, options.design);
		}
	}
	return ok;
}

/* ---- printing ------------------------------------------------------------------------------------- */

static bool text_has_line(const char *text, const char *line, size_t len)
{
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") == len && !memcmp(at, line, len))
			return true;
	return false;
}

/* Only what is not as in the first outcome. */
static void outcome_print_other(const char *text, const char *first)
{
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		if (!text_has_line(first, at, strcspn(at, "\n")))
			printf("      %.*s\n", (int)strcspn(at, "\n"), at);
}

static void outcome_print_all(const char *text)
{
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		printf("      %.*s\n", (int)strcspn(at, "\n"), at);
}

/* A replay file of the first run that came to it. */
static enum pef_err outcome_record(struct side *side, const struct outcome *o, unsigned number)
{
	struct run_plan plan = {.exec = ENGINE_FIBERS,
		.seed = o->seed,
		.holds = o->schedule.holds,
		.hold_count = o->schedule.hold_count,
		.choices = o->schedule.choices,
		.choice_count = o->schedule.choice_count,
		.points = true,
		.silent = true};
	char name[PEF_NAME_MAX + 24], path[600];
	struct record record;

	snprintf(name, sizeof(name), "%s-outcome-%u", side->session.scenario->name, number);
	enum pef_err err = recording_make(&side->session, &plan, "", &record);
	if (!err)
		err = recording_save(&record, side->options.out, name, path, sizeof(path));
	record_free(&record);
	if (!err && !side->options.json)
		printf("      replay: pefsim replay %s\n", path);
	return err;
}

static void outcome_head(const struct outcomes *o, const char *text, unsigned number, bool everywhere)
{
	if (o->options->json) {
		printf("{\"schema\":1,\"type\":\"outcome\",\"scenario\":\"%s\",\"number\":%u,\"everywhere\":%s,"
		       "\"runs\":{",
			o->sides[0].session.scenario->name, number, everywhere ? "true" : "false");
	} else {
		printf("  %u", number);
	}
	for (unsigned i = 0; i < o->side_count; i++) {
		const struct outcome *one = outcome_find(&o->sides[i].set, text);
		uint64_t runs = one ? one->runs : 0;
		if (o->options->json)
			printf("%s\"%s\":%" PRIu64, i ? "," : "", o->sides[i].design, runs);
		else
			printf("   %s: %" PRIu64 " of %" PRIu64, o->sides[i].design, runs, o->sides[i].set.runs);
	}
	if (o->options->json) {
		putchar('}');
		json_member(stdout, "outcome", text);
		puts("}");
	} else {
		puts(everywhere ? "" : "   <-- not everywhere");
	}
}

static enum pef_err outcome_print(struct outcomes *o, struct side *side, const struct outcome *one, unsigned number)
{
	const char *first = o->sides[0].set.list[0].text;
	bool everywhere = true;

	for (unsigned i = 0; i < o->side_count; i++)
		everywhere = everywhere && outcome_find(&o->sides[i].set, one->text);
	o->differ |= !everywhere;
	outcome_head(o, one->text, number, everywhere);
	if (!o->options->json && number == 1)
		outcome_print_all(one->text);
	else if (!o->options->json)
		outcome_print_other(one->text, first);
	return everywhere ? PEF_OK : outcome_record(side, one, number);
}

/* Each outcome once, in the order in which the designs met them. */
static enum pef_err outcomes_list(struct outcomes *o)
{
	enum pef_err err = PEF_OK;
	unsigned number = 0;

	for (unsigned i = 0; i < o->side_count; i++) {
		struct outcome_set *set = &o->sides[i].set;
		for (unsigned k = 0; !err && k < set->count; k++) {
			bool told = false;
			for (unsigned before = 0; before < i; before++)
				told |= outcome_find(&o->sides[before].set, set->list[k].text) != NULL;
			if (!told)
				err = outcome_print(o, &o->sides[i], &set->list[k], ++number);
		}
	}
	return err;
}

/* "complete up to 2 preemptions: all 1234 were run" of each; what counts is the same up to the colon. */
static bool outcomes_are_claimed(const struct outcomes *o)
{
	const char *first = o->sides[0].claim;
	size_t len = strcspn(first, ":");
	bool same = len > 0;

	for (unsigned i = 1; i < o->side_count; i++)
		same = same && strcspn(o->sides[i].claim, ":") == len && !memcmp(o->sides[i].claim, first, len);
	return same;
}

static void outcomes_conclude(struct outcomes *o)
{
	o->claimed = outcomes_are_claimed(o);
	int len = (int)strcspn(o->sides[0].claim, ":");
	if (o->options->json) {
		printf("{\"schema\":1,\"type\":\"outcomes\",\"scenario\":\"%s\",\"same\":%s,\"complete\":%s}\n",
			o->sides[0].session.scenario->name, o->differ ? "false" : "true",
			o->claimed ? "true" : "false");
		return;
	}
	for (unsigned i = 0; i < o->side_count; i++)
		printf("  %s: %s\n", o->sides[i].design,
			o->sides[i].claim[0] ? o->sides[i].claim : "not all schedules were run");
	if (o->side_count == 1)
		puts("  nothing to compare with\n");
	else if (o->claimed)
		printf("  %s outcomes, each search %.*s\n\n", o->differ ? "DIFFERENT" : "the same", len,
			o->sides[0].claim);
	else
		printf("  %s\n\n", o->differ ? "a lead: what was not run may reach the others' outcomes"
					     : "no difference was seen");
}

/* ---- the command ---------------------------------------------------------------------------------- */

/* The file must be good before designs are tried on it one by one; its own design is always accepted. */
static enum pef_err outcomes_read(struct outcomes *o)
{
	struct scenario_options read = options_scenario(o->options);
	struct scenario *s;
	enum pef_err err = o->options->designs ? PEF_OK : scenario_read_file(o->path, &read, &s, stderr);

	if (!err && !o->options->designs)
		scenario_free(s);
	if (!err && !sides_name(o))
		err = PEF_USAGE;
	if (!err && !o->side_count) {
		fprintf(stderr, "pefsim outcomes: no design is named\nhelp: pefsim list designs\n");
		err = PEF_USAGE;
	}
	return err;
}

static enum pef_err outcomes_compare(struct outcomes *o)
{
	enum pef_err err = outcomes_read(o);

	for (unsigned i = 0; !err && i < o->side_count && !session_interrupted(); i++)
		err = side_search(&o->sides[i], o->path);
	if (err || session_interrupted())
		return err;
	const struct scenario *s = o->sides[0].session.scenario;
	if (!o->options->json)
		printf("%s: %s\n", s->name, s->title);
	if (o->sides[0].set.count)
		err = outcomes_list(o);
	outcomes_conclude(o);
	return err;
}

static int outcomes_file(const struct options *options, const char *path)
{
	struct outcomes *o = calloc(1, sizeof(*o));

	if (!o)
		return PEF_EXIT_BUG;
	o->options = options;
	o->path = path;
	enum pef_err err = outcomes_compare(o);
	int code = err == PEF_USAGE ? PEF_EXIT_USAGE : err ? PEF_EXIT_INPUT : PEF_EXIT_OK;
	if (!err && o->side_count > 1 && !o->claimed)
		code = PEF_EXIT_INCONCLUSIVE;
	else if (!err && o->differ)
		code = PEF_EXIT_FINDING;
	for (unsigned i = 0; i < o->side_count; i++) {
		outcome_free(&o->sides[i].set);
		search_close(&o->sides[i].search);
		session_close(&o->sides[i].session);
	}
	free(o);
	return code;
}

int cmd_outcomes(const struct options *options)
{
	struct targets targets;
	int worst = PEF_EXIT_OK;

	if (!options->arg_count) {
		fprintf(stderr, "pefsim outcomes: no scenario given\nhelp: pefsim outcomes --help\n");
		return PEF_EXIT_USAGE;
	}
	session_catch_interrupts();
	if (targets_read(&targets, options->args, options->arg_count, NULL))
		worst = PEF_EXIT_INPUT;
	for (unsigned i = 0; i < targets.count && !session_interrupted(); i++) {
		int code = outcomes_file(options, targets.paths[i]);
		/* A difference says more than what was left open; a mistake more than both. */
		if (worst == PEF_EXIT_OK || worst == PEF_EXIT_INCONCLUSIVE ||
			(worst == PEF_EXIT_FINDING && code > PEF_EXIT_FINDING && code != PEF_EXIT_INCONCLUSIVE))
			worst = code == PEF_EXIT_OK ? worst : code;
	}
	targets_free(&targets);
	fflush(stdout);
	return session_interrupted() ? PEF_EXIT_INTERRUPTED : worst;
}
