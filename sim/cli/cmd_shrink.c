/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_shrink.c - pefsim shrink: the shortest scenario that still shows what a
 * replay file was made for.
 *
 * Locking: none. Errors: exit codes. Blocking: as many runs as are allowed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "shrink.h"

#define SHRINK_TRIES 20000u

/* "out/x.pefrec" is shrunk to "out/x.pef". */
static void shrink_path(const struct options *o, const char *path, char *out, size_t size)
{
	size_t len = strlen(path), tail = strlen(".pefrec");
	bool usual = len > tail && !strcmp(path + len - tail, ".pefrec");

	if (o->output)
		snprintf(out, size, "%s", o->output);
	else
		snprintf(out, size, "%.*s.pef", (int)(usual ? len - tail : len), path);
}

static int shrink_save(const struct shrink *sh, const char *path)
{
	char comment[600], what[96];

	snprintf(comment, sizeof(comment), "%s: %s", shrink_describe(sh, what, sizeof(what)), sh->signature);
	char *text = shrink_write(sh, comment);
	FILE *out = text ? fopen(path, "w") : NULL;
	bool ok = out && fputs(text, out) >= 0;

	ok = out && fclose(out) == 0 && ok;
	free(text);
	if (!ok) {
		fprintf(stderr, "pefsim: cannot write %s: %s\nhelp: -o names another file\n", path, strerror(errno));
		return PEF_EXIT_INPUT;
	}
	printf("%s\n%s: %s\nagain: pefsim run %s", sh->signature, path, what, path);
	if (sh->best.seed)
		printf(" --seed %" PRIu64, sh->best.seed);
	printf("\n");
	return PEF_EXIT_OK;
}

static int shrink_record(const struct options *o, const char *path, const struct record *r)
{
	struct options options = *o;
	struct shrink sh;
	char out[1024];
	int code = PEF_EXIT_DIVERGED;

	if (!r->signature[0]) {
		fprintf(stderr, "pefsim: %s: it was recorded without a finding, so there is nothing to keep\n", path);
		return PEF_EXIT_NOTHING;
	}
	recording_options(r, o, &options);
	struct run_plan plan = {.holds = r->holds,
		.hold_count = r->hold_count,
		.choices = r->choices,
		.choice_count = r->choice_count,
		.seed = r->seed};
	shrink_open(&sh, &options, r->origin, r->text, &plan, r->signature);
	sh.tries_max = o->runs_given ? o->runs : o->budget_seconds ? UINT64_MAX : SHRINK_TRIES;
	sh.seconds_max = o->budget_seconds;
	shrink_path(o, path, out, sizeof(out));
	if (shrink_run(&sh))
		code = shrink_save(&sh, out);
	else if (!session_interrupted())
		fprintf(stderr,
			"pefsim: %s: its run does not show '%s' here\nhelp: 'pefsim replay %s' says where it goes "
			"another way\n",
			path, r->signature, path);
	fprintf(stderr, "pefsim: %" PRIu64 " candidates were run\n", sh.tried);
	shrink_close(&sh);
	return session_interrupted() ? PEF_EXIT_INTERRUPTED : code;
}

int cmd_shrink(const struct options *options)
{
	struct record record;

	if (options->arg_count != 1) {
		fprintf(stderr, "pefsim shrink: %s\nhelp: pefsim shrink --help\n",
			options->arg_count ? "one file at a time" : "no replay file given");
		return PEF_EXIT_USAGE;
	}
	session_catch_interrupts();
	enum pef_err err = record_read_file(options->args[0], &record, stderr);
	int code = err ? PEF_EXIT_INPUT : shrink_record(options, options->args[0], &record);
	record_free(&record);
	return code;
}
