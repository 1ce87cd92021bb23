/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_gen.c - pefsim gen: scenarios that nobody wrote.
 *
 * stdout gets one scenario; a suite becomes files. The same seed, or the same
 * table of operations, gives the same bytes.
 *
 * Locking: none. Errors: exit codes. Blocking: on files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pefsim/generate.h"

#include "options.h"

/* About as many statements as a long scenario has at most; more makes it slow and no better. */
#define GEN_SIZE_MAX 10000u

static int gen_nothing(void)
{
	fprintf(stderr, "pefsim gen: no memory\n");
	return PEF_EXIT_BUG;
}

static int gen_one(const struct options *o)
{
	struct generate_options long_one = {
		.seed = o->seed, .statements = (unsigned)o->size, .design = o->design, .flat = true};
	char *text = o->size ? generate_scenario(&long_one) : meeting_draw(o->seed);

	if (!text)
		return gen_nothing();
	fputs(text, stdout);
	free(text);
	return PEF_EXIT_OK;
}

static int gen_file(const char *folder, enum meeting_state state, unsigned set)
{
	char name[48], path[1024];
	char *text = meeting_scenario(state, set, name);
	FILE *out;

	if (!text)
		return gen_nothing();
	snprintf(path, sizeof(path), "%s/%s.pef", folder, name);
	out = fopen(path, "w");
	bool ok = out && fputs(text, out) >= 0;
	ok = out && fclose(out) == 0 && ok;
	free(text);
	if (ok)
		return PEF_EXIT_OK;
	fprintf(stderr, "pefsim gen: cannot write %s: %s\nhelp: --suite names a folder\n", path, strerror(errno));
	return PEF_EXIT_INPUT;
}

static int gen_suite(const char *folder)
{
	int code = PEF_EXIT_OK;

	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		fprintf(stderr, "pefsim gen: %s: %s\n", folder, strerror(errno));
		return PEF_EXIT_INPUT;
	}
	for (unsigned state = 0; state < MEETING_STATE_COUNT; state++)
		for (unsigned set = 0; !code && set < MEETING_SETS; set++)
			code = gen_file(folder, (enum meeting_state)state, set);
	return code;
}

int cmd_gen(const struct options *options)
{
	if (options->arg_count || options->size > GEN_SIZE_MAX) {
		fprintf(stderr, "pefsim gen: %s\nhelp: pefsim gen --help\n",
			options->arg_count ? "it takes options only" : "--size is at most 10000");
		return PEF_EXIT_USAGE;
	}
	return options->suite ? gen_suite(options->suite) : gen_one(options);
}
