/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs.c - the verbs by name, and the help. See verbs.h.
 *
 * Locking: none. Errors: none of its own. Blocking: as the verbs.
 */
#include "verbs.h"

#include <string.h>

#include "options.h"

static const struct verb_row {
	unsigned verb;
	const char *name, *arguments, *about;
	int (*run)(const struct options *options);
	const char *examples;
} VERBS[VERB_COUNT] = {
#define X(id, word, args, about, run, examples) {VERB_##id, word, args, about, run, examples},
	PEF_VERBS(X)
#undef X
};

static const struct verb_row *verb_row(unsigned verb)
{
	for (unsigned i = 0; i < VERB_COUNT; i++) {
		if (VERBS[i].verb == verb)
			return &VERBS[i];
	}
	return NULL;
}

int verb_run(unsigned verb, const struct options *options)
{
	const struct verb_row *row = verb_row(verb);
	return row ? row->run(options) : PEF_EXIT_USAGE;
}

const char *verb_name(unsigned verb)
{
	const struct verb_row *row = verb_row(verb);
	return row ? row->name : "";
}

unsigned verb_parse(const char *word)
{
	const char *near = NULL;
	for (unsigned i = 0; i < VERB_COUNT; i++) {
		if (!strcmp(word, VERBS[i].name))
			return VERBS[i].verb;
		if (!near && VERBS[i].name[0] == word[0])
			near = VERBS[i].name;
	}
	fprintf(stderr, "pefsim: '%s' is not a command\n", word);
	if (near)
		fprintf(stderr, "help: did you mean '%s'?\n", near);
	fprintf(stderr, "help: pefsim --help\n");
	return 0;
}

static void help_program(FILE *out)
{
	fprintf(out, "pefsim - the page-migration protocol between KVM and the ultravisor, simulated\n\n"
		     "Examples:\n"
		     "  pefsim run scenarios/seed/first-page-in.pef      watch one page become secure\n"
		     "  pefsim run scenarios/seed/stale-rmap.pef         the race this project starts from\n"
		     "  pefsim lint my.pef                               check a script without running it\n"
		     "  pefsim list ops                                  what a script can say\n\n"
		     "Commands (pefsim COMMAND --help tells more):\n");
	for (unsigned i = 0; i < VERB_COUNT; i++)
		fprintf(out, "  %-7s %-13s %s\n", VERBS[i].name, VERBS[i].arguments, VERBS[i].about);
	fprintf(out, "\nExit codes: 0 fine, 1 finding, 2 usage, 3 bad input, 4 nothing to do, 5 no verdict,\n"
		     "            6 a replay took another way, 7 error of pefsim itself, 130 interrupted\n");
}

void help_print(unsigned verb, FILE *out)
{
	const struct verb_row *row = verb_row(verb);
	if (!row) {
		help_program(out);
		return;
	}
	fprintf(out, "pefsim %s %s - %s\n\nExamples:\n%s\nOptions:\n", row->name, row->arguments, row->about,
		row->examples);
	options_print(verb, out);
}
