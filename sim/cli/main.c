/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - the program: find the verb, read its options, run it.
 *
 * Locking: none. Errors: exit codes of enum pef_exit. Blocking: the verbs do.
 */
#include <string.h>

#include "pefsim/variants.h"

#include "kernel.h"
#include "options.h"

static int main_verb(unsigned verb, int argc, char **argv)
{
	struct options options;

	if (verb == VERB_BISECT && bisect_is_folded(argc, argv))
		return bisect_folded(argc, argv);
	if (options_parse(verb, argc, argv, &options))
		return PEF_EXIT_USAGE;
	if (options.help) {
		help_print(verb, stdout);
		return PEF_EXIT_OK;
	}
	kernel_use_cache(options.cache);
	design_on_unknown(kernel_find);
	return verb_run(verb, &options);
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
