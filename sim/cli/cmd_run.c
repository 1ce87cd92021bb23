/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_run.c - pefsim run: run scenarios and show what happens.
 *
 * The ladder, then findings, then the summary and one line of verdict. --hash,
 * --json and --quiet leave out what a machine does not want to read.
 *
 * Locking: none. Errors: exit codes. Blocking: a run takes its time.
 */
#include <inttypes.h>

#include "show.h"

static int run_file(const struct options *options, const char *path)
{
	struct session s;
	const struct finding *findings;
	enum pef_err err = session_open(&s, options, path);
	if (!err)
		err = session_run(&s);
	if (err) {
		session_close(&s);
		return err == PEF_USAGE ? PEF_EXIT_USAGE : err == PEF_BUG ? PEF_EXIT_BUG : PEF_EXIT_INPUT;
	}
	unsigned count = engine_findings(s.world->engine, &findings);
	int code = session_exit(&s);
	if (options->hash)
		printf("%016" PRIx64 "\n", trace_hash(s.world->engine));
	else if (options->json)
		show_json(&s, findings, count);
	else
		show_text(&s, findings, count);
	fflush(stdout);
	if (code == PEF_EXIT_INCONCLUSIVE || code == PEF_EXIT_INTERRUPTED)
		fprintf(stderr, "pefsim: %s: %s\n", path, show_verdict(&s));
	session_close(&s);
	return code;
}

int cmd_run(const struct options *options)
{
	int worst = PEF_EXIT_OK;

	if (!options->arg_count) {
		fprintf(stderr, "pefsim run: no scenario given\nhelp: pefsim run --help\n");
		return PEF_EXIT_USAGE;
	}
	for (int i = 0; i < options->arg_count; i++) {
		int code = run_file(options, options->args[i]);
		if (code == PEF_EXIT_INTERRUPTED)
			return code;
		worst = code > worst ? code : worst;
	}
	return worst;
}
