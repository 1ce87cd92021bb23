/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - the program: find the verb, read its options, run it.
 *
 * Locking: none. Errors: exit codes of enum pef_exit. Blocking: the verbs do.
 */
#include <string.h>

#include "options.h"

static int main_verb(unsigned verb, int argc, char **argv)
{
	struct options options;

	if (options_parse(verb, argc, argv, &options))
		return PEF_EXIT_USAGE;
	if (options.help) {
		help_print(verb, stdout);
		return PEF_EXIT_OK;
	}
	switch (verb) {
	case VERB_RUN:
		return cmd_run(&options);
	case VERB_FMT:
		return cmd_fmt(&options);
	case VERB_LINT:
		return cmd_lint(&options);
	case VERB_LIST:
		return cmd_list(&options);
	case VERB_DOCTOR:
		return cmd_doctor(&options);
	case VERB_BENCH:
		return cmd_bench(&options);
	case VERB_CHECK:
		return cmd_check(&options);
	case VERB_REPLAY:
		return cmd_replay(&options);
	case VERB_COMPARE:
		return cmd_compare(&options);
	default:
		return PEF_EXIT_USAGE;
	}
}

static int main_help(const char *word)
{
	unsigned verb = word ? verb_parse(word) : 0;
	if (word && !verb)
		return PEF_EXIT_USAGE;
	help_print(verb, stdout);
	return PEF_EXIT_OK;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		help_print(0, stderr);
		return PEF_EXIT_USAGE;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		return main_help(argc > 2 ? argv[2] : NULL);
	if (!strcmp(word, "--version")) {
		printf("pefsim %s\n", PEF_VERSION);
		return PEF_EXIT_OK;
	}
	unsigned verb = verb_parse(word);
	return verb ? main_verb(verb, argc - 1, argv + 1) : PEF_EXIT_USAGE;
}
