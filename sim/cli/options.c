/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.c - the words after a verb. See options.h.
 *
 * Locking: none. Errors: a message and PEF_USAGE. Blocking: never.
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define LONG_ONLY 256 /* getopt values of options without a letter start here */

static const struct option_row {
	int letter;
	const char *name, *arg;
	unsigned verbs;
	const char *about;
} ROWS[OPTION_COUNT] = {
#define X(id, letter, text, arg, verbs, about) {letter, text, arg, verbs, about},
	PEF_OPTIONS(X)
#undef X
};

enum pef_err options_wrong(const struct options *o, const char *what, const char *value, const char *want)
{
	fprintf(stderr, "pefsim %s: %s '%s': %s\nhelp: pefsim %s --help\n", verb_name(o->verb), what, value, want,
		verb_name(o->verb));
	return PEF_USAGE;
}

bool options_number(const char *text, uint64_t *out)
{
	char *end;
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*out = strtoull(text, &end, 0);
	return !errno && *end == '\0';
}

int options_word(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(text, words[i]))
			return i;
	}
	return -1;
}

static enum pef_err options_param(struct options *o, char *text)
{
	char *equal = strchr(text, '=');
	if (!equal || equal == text)
		return options_wrong(o, "parameter", text, "write it as NAME=VALUE");
	if (o->param_count == OPTION_PARAMS_MAX)
		return options_wrong(o, "parameter", text, "too many of them");
	*equal = '\0';
	o->params[o->param_count++] = (struct scenario_override){text, equal + 1};
	return PEF_OK;
}

static enum pef_err options_hold(struct options *o, const char *text)
{
	if (o->hold_count == OPTION_HOLDS_MAX)
		return options_wrong(o, "hold", text, "too many of them");
	o->holds[o->hold_count++] = text;
	return PEF_OK;
}

static enum pef_err options_mutant(struct options *o, const char *text)
{
	if (o->mutant_count == OPTION_MUTANTS_MAX)
		return options_wrong(o, "switch", text, "too many of them");
	o->mutants[o->mutant_count++] = text;
	return PEF_OK;
}

static enum pef_err options_tree(struct options *o, const char *path)
{
	if (o->tree_count == OPTION_TREES_MAX)
		return options_wrong(o, "tree", path, "too many of them");
	o->tree = o->trees[o->tree_count++] = path;
	return PEF_OK;
}

struct scenario_options options_scenario(const struct options *o)
{
	return (struct scenario_options){
		.params = o->params,
		.param_count = o->param_count,
		.design = o->design,
		.mutants = o->mutants,
		.mutant_count = o->mutant_count,
		.era = o->era,
		.slot_delete = o->policy,
		.uv = o->uv,
	};
}

static enum pef_err options_choice(const struct options *o, const char *what, const char *value,
	const char *const *words, const char *want, int *out)
{
	*out = options_word(value, words);
	return *out < 0 ? options_wrong(o, what, value, want) : PEF_OK;
}

static enum pef_err options_count(const struct options *o, const char *what, const char *value, uint64_t *out)
{
	return options_number(value, out) ? PEF_OK : options_wrong(o, what, value, "want a number, as 1000 or 0x10");
}

static enum pef_err options_take_word(struct options *o, enum option_id id, const char *value)
{
	static const char *const execs[] = {"fibers", "threads", NULL};
	static const char *const switches[] = {"on", "off", NULL};
	static const char *const colours[] = {"auto", "always", "never", NULL};
	enum pef_err err;
	int choice = 0;

	if (id == OPT_EXEC) {
		err = options_choice(o, "executor", value, execs, "want threads or fibers", &choice);
		o->exec = choice ? ENGINE_THREADS : ENGINE_FIBERS;
	} else if (id == OPT_DETECTORS) {
		err = options_choice(o, "word", value, switches, "want on or off", &choice);
		o->detectors_off = choice > 0;
	} else if (id == OPT_PRICE) {
		err = options_choice(o, "price column", value, price_words, "want lo, typ or hi", &choice);
		o->price = (enum price_choice)(choice < 0 ? 0 : choice);
		o->price_given = true;
	} else {
		err = options_choice(o, "colour", value, colours, "want auto, always or never", &choice);
		o->colour = (enum colour_choice)(choice < 0 ? 0 : choice);
	}
	return err;
}

static enum pef_err options_take(struct options *o, enum option_id id, char *value)
{
	switch (id) {
	case OPT_PARAM:
		return options_param(o, value);
	case OPT_HOLD:
		return options_hold(o, value);
	case OPT_DESIGN:
		o->design = value;
		return PEF_OK;
	case OPT_MUTANT:
		return options_mutant(o, value);
	case OPT_POLICY:
		o->policy = value;
		return PEF_OK;
	case OPT_ERA:
		o->era = value;
		return PEF_OK;
	case OPT_UV:
		o->uv = value;
		return PEF_OK;
	case OPT_SUITE:
		o->suite = value;
		return PEF_OK;
	case OPT_SIZE:
		return options_count(o, "number of statements", value, &o->size);
	case OPT_MACHINE:
		o->machine = value;
		return PEF_OK;
	case OPT_PRICES:
		o->prices = value;
		return PEF_OK;
	case OPT_SEED:
		return options_count(o, "seed", value, &o->seed);
	case OPT_STEPS:
		return options_count(o, "step limit", value, &o->steps_max);
	case OPT_CYCLES:
		return options_count(o, "cycle limit", value, &o->cycles_max);
	case OPT_RECORDS:
		return options_count(o, "number of records", value, &o->records_max);
	case OPT_DESIGNS:
		o->designs = value;
		return PEF_OK;
	case OPT_POLICIES:
		o->policies = value;
		return PEF_OK;
	case OPT_STRATEGY:
		o->strategy_given = strategy_parse(value, &o->strategy);
		return o->strategy_given ? PEF_OK
					 : options_wrong(o, "strategy", value, "'pefsim list strategies' names all");
	case OPT_SCORE:
		o->score = true;
		return PEF_OK;
	case OPT_UNTIL:
		return options_count(o, "step", value, &o->until);
	case OPT_VERIFY:
		o->verify = true;
		return PEF_OK;
	case OPT_BISECT:
		o->bisect = true;
		return PEF_OK;
	case OPT_TOLERANT:
		o->tolerant = true;
		return PEF_OK;
	case OPT_OUT:
	case OPT_RUNS:
	case OPT_DELAYS:
	case OPT_BUDGET:
	case OPT_STOP:
	case OPT_TIME:
	case OPT_CORPUS:
	case OPT_TIMEOUT:
	case OPT_JOBS:
	case OPT_SHARD:
	case OPT_KNOWN:
	case OPT_REQUIRE_COMPLETE:
	case OPT_COVERAGE:
	case OPT_REQUIRE_COVERAGE:
	case OPT_KTAP:
	case OPT_JUNIT:
	case OPT_SARIF:
	case OPT_GITHUB:
	case OPT_EXIT_STYLE:
	case OPT_FAIL_ON:
	case OPT_NO_SHRINK:
	case OPT_OUTPUT:
	case OPT_GOOD:
	case OPT_BAD:
		return options_take_check(o, id, value);
	case OPT_EXEC:
	case OPT_DETECTORS:
	case OPT_PRICE:
	case OPT_COLOUR:
		return options_take_word(o, id, value);
	case OPT_PATCH:
		if (o->patch_count == OPTION_PATCHES_MAX)
			return options_wrong(o, "patch", value, "too many of them");
		o->patches[o->patch_count++] = value;
		return PEF_OK;
	case OPT_BASELINE:
		o->baseline = value;
		return PEF_OK;
	case OPT_TREE:
		return options_tree(o, value);
	case OPT_NAME:
		o->name = value;
		return PEF_OK;
	case OPT_KERNEL_VERSION:
		o->kernel_version = value;
		return PEF_OK;
	case OPT_CACHE:
		o->cache = value;
		return PEF_OK;
	case OPT_ATOMICITY:
		o->atomicity = true;
		return PEF_OK;
	case OPT_HASH:
		o->hash = true;
		return PEF_OK;
	case OPT_JSON:
		o->json = true;
		return PEF_OK;
	case OPT_VERBOSE:
		o->verbose = true;
		return PEF_OK;
	case OPT_QUIET:
		o->quiet = true;
		return PEF_OK;
	case OPT_EXPAND:
		o->expand = true;
		return PEF_OK;
	case OPT_CHECK:
		o->check = true;
		return PEF_OK;
	case OPT_HELP:
		o->help = true;
		return PEF_OK;
	case OPTION_COUNT:
		break;
	}
	return PEF_USAGE;
}

/* Fill getopt's tables with the rows that go with @verb. */
static void options_tables(unsigned verb, char *letters, struct option *longs)
{
	unsigned n = 0;
	*letters++ = ':';
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &ROWS[i];
		if (!(row->verbs & verb))
			continue;
		longs[n++] = (struct option){
			row->name, row->arg ? required_argument : no_argument, NULL, LONG_ONLY + (int)i};
		if (row->letter) {
			*letters++ = (char)row->letter;
			if (row->arg)
				*letters++ = ':';
		}
	}
	*letters = '\0';
	longs[n] = (struct option){NULL, 0, NULL, 0};
}

static int options_row_of(int got)
{
	if (got >= LONG_ONLY)
		return got - LONG_ONLY;
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (ROWS[i].letter == got)
			return i;
	}
	return -1;
}

enum pef_err options_parse(unsigned verb, int argc, char **argv, struct options *out)
{
	char letters[2 * OPTION_COUNT + 2];
	struct option longs[OPTION_COUNT + 1];
	int got;

	*out = (struct options){.verb = verb, .exec = ENGINE_THREADS, .steps_max = STEPS_DEFAULT, .out = "out"};
	options_tables(verb, letters, longs);
	opterr = 0;
	optind = 1;
	while ((got = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		char *word = argv[optind - 1];
		if (got == ':')
			return options_wrong(out, "option", word, "it wants an argument");
		int row = got == '?' ? -1 : options_row_of(got);
		if (row < 0)
			return options_wrong(out, "option", word, "there is no such option here");
		enum pef_err err = options_take(out, (enum option_id)row, optarg);
		if (err)
			return err;
	}
	out->args = argv + optind;
	out->arg_count = argc - optind;
	return PEF_OK;
}

void options_print(unsigned verb, FILE *out)
{
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		char left[64];
		if (!(ROWS[i].verbs & verb))
			continue;
		snprintf(left, sizeof(left), "%c%c --%s%s%s", ROWS[i].letter ? '-' : ' ',
			ROWS[i].letter ? ROWS[i].letter : ' ', ROWS[i].name, ROWS[i].arg ? " " : "",
			ROWS[i].arg ? ROWS[i].arg : "");
		fprintf(out, "  %-30s %s\n", left, ROWS[i].about);
	}
}
