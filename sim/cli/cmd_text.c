/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_text.c - pefsim fmt and pefsim lint: scenarios as text, without a run.
 *
 * Locking: none. Errors: exit codes; diagnostics on stderr. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* One byte more than a scenario may have, so that a longer one is seen as such. */
#define TEXT_MAX (256 * 1024 + 1)

static char *text_read(const char *path, size_t *len)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(TEXT_MAX);

	*len = 0;
	if (file && text)
		*len = fread(text, 1, TEXT_MAX, file);
	if (!file || !text || ferror(file)) {
		fprintf(stderr, "pefsim: %s: cannot be read\n", path);
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

static enum pef_err text_flat(const struct options *o, const char *path, FILE *out)
{
	struct scenario_options options = options_scenario(o);
	struct scenario *scenario;
	enum pef_err err = scenario_read_file(path, &options, &scenario, stderr);
	if (!err) {
		scenario_print(scenario, out);
		scenario_free(scenario);
	}
	return err;
}

static int fmt_file(const struct options *o, const char *path)
{
	size_t len, formatted_len = 0;
	char *formatted = NULL;
	char *text = text_read(path, &len);
	if (!text)
		return PEF_EXIT_INPUT;

	FILE *memory = open_memstream(&formatted, &formatted_len);
	enum pef_err err = !memory     ? PEF_NOMEM
			   : o->expand ? text_flat(o, path, memory)
				       : scenario_format(text, len, path, memory, stderr);
	if (memory)
		fclose(memory);
	bool same = !err && formatted_len == len && !memcmp(text, formatted, len);
	if (!err && !o->check)
		fwrite(formatted, 1, formatted_len, stdout);
	if (!err && o->check && !same)
		fprintf(stderr, "pefsim: %s: not in canonical form\nhelp: pefsim fmt %s\n", path, path);
	free(formatted);
	free(text);
	return err ? PEF_EXIT_INPUT : o->check && !same ? PEF_EXIT_FINDING : PEF_EXIT_OK;
}

static int lint_file(const struct options *o, const char *path)
{
	struct scenario_options options = options_scenario(o);
	struct scenario *scenario;

	if (scenario_read_file(path, &options, &scenario, stderr))
		return PEF_EXIT_INPUT;
	printf("%s: ok, scenario %s, %u threads, id %s\n", path, scenario->name, scenario->thread_count, scenario->id);
	scenario_free(scenario);
	return PEF_EXIT_OK;
}

static int text_each(const struct options *o, int (*one)(const struct options *, const char *))
{
	int worst = PEF_EXIT_OK;

	if (!o->arg_count) {
		fprintf(stderr, "pefsim %s: no file given\nhelp: pefsim %s --help\n", verb_name(o->verb),
			verb_name(o->verb));
		return PEF_EXIT_USAGE;
	}
	for (int i = 0; i < o->arg_count; i++) {
		int code = one(o, o->args[i]);
		worst = code > worst ? code : worst;
	}
	return worst;
}

int cmd_fmt(const struct options *options)
{
	return text_each(options, fmt_file);
}

int cmd_lint(const struct options *options)
{
	return text_each(options, lint_file);
}
