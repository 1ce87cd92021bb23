/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_compare.c - `kernel check` of patches: check each step, print what changed.
 *
 * What is new is told whole first, with the line that replays it; then, below a
 * line of scissors, each step's changes as they can go into a mail. All of it is
 * on stdout; --quiet leaves the reports out.
 *
 * Locking: none. Errors: exit codes; 1 when something is new that is not known.
 * Blocking: as many checks as steps.
 */
#include "kernel_series.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A folder of replay files a step, as the same finding of two steps would have the same name. */
static int step_check(const struct options *given, struct kernel_step *step)
{
	char out[PATH_MAX];

	mkdir(given->out, 0777);
	snprintf(out, sizeof(out), "%s/%s", given->out, step->design + strlen(KERNEL_PREFIX));
	step->options = *given;
	step->options.verb = VERB_CHECK;
	step->options.design = step->design;
	step->options.no_shrink = true;
	step->options.out = out;
	int code = check_collect(&step->options, &step->list);
	step->options.out = given->out;
	kernel_hunks_ask(step);
	return code == PEF_EXIT_FINDING || code == PEF_EXIT_INCONCLUSIVE ? PEF_EXIT_OK : code;
}

static int steps_check(struct kernel_series *s)
{
	int code = PEF_EXIT_OK;

	for (unsigned i = 0; !code && i < s->count; i++)
		code = step_check(s->given, &s->steps[i]);
	return code;
}

/* Whether anything is new; its reports. */
static bool report_new(const struct kernel_series *s, const struct kernel_diff *diffs, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++) {
		if (diffs[i].change != CHANGE_NEW || diffs[i].known)
			continue;
		any = true;
		if (!s->given->quiet && diffs[i].is->report)
			fputs(diffs[i].is->report, stdout);
	}
	return any;
}

static bool any_broken(const struct kernel_step *before, const struct kernel_step *after)
{
	const struct result *of;
	unsigned at = 0;

	return kernel_broken(before, after, &at, &of) != NULL;
}

static int steps_compare(const struct kernel_series *s)
{
	bool found = false, open = false;
	char *text = NULL;
	size_t size;
	FILE *mail = open_memstream(&text, &size);

	for (unsigned i = 1; mail && i < s->count; i++) {
		unsigned count;
		struct kernel_diff *diffs = kernel_diffs(&s->steps[i - 1], &s->steps[i], &count);
		found = (diffs && report_new(s, diffs, count)) || found;
		found = found || any_broken(&s->steps[i - 1], &s->steps[i]);
		open = open || s->steps[i].list.verdicts[RESULT_OPEN];
		if (diffs)
			kernel_step_print(s, i, diffs, count, mail);
		free(diffs);
	}
	if (!mail || fclose(mail) != 0)
		return PEF_EXIT_BUG;
	printf("---- 8< ----\n%s", text);
	free(text);
	return found ? PEF_EXIT_FINDING : open ? PEF_EXIT_INCONCLUSIVE : PEF_EXIT_OK;
}

int kernel_compare(const struct options *options)
{
	struct kernel_series series;

	int code = kernel_series_open(options, &series);
	if (!code)
		code = steps_check(&series);
	if (!code)
		code = steps_compare(&series);
	kernel_series_close(&series);
	return code;
}
