/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_shows.c - whether a run that was recorded with one design shows its finding with another.
 *
 * First with the cycles of its holds as they were recorded, then by what comes
 * nearest (tolerant.c): a patch moves everything that comes after it.
 *
 * Locking: none. Errors: false, after messages on stderr. Blocking: a few runs.
 */
#include "kernel_series.h"

#include <stdlib.h>
#include <string.h>

#include "pefsim/variants.h"

#include "tolerant.h"

static bool shows_it(const struct session *s, const char *signature)
{
	char got[256];

	return !strcmp(recording_signature(s, signature, got, sizeof(got)), signature);
}

static bool shows_run(struct session *s, const struct record *record)
{
	struct run_plan plan = {.exec = ENGINE_FIBERS,
		.seed = record->seed,
		.holds = record->holds,
		.hold_count = record->hold_count,
		.choices = record->choices,
		.choice_count = record->choice_count,
		.points = true,
		.silent = true};

	if (session_derive(s, &plan) || session_run_once(s, &plan))
		return false;
	if (shows_it(s, record->signature))
		return true;
	bool ran = tolerant_run(s, record, &plan, record->origin) == PEF_OK;
	free(plan.holds);
	return ran && shows_it(s, record->signature);
}

/* The text of a record names its design; the scenario that was read of it is given the other. */
static bool shows_with(struct session *s, const struct options *options, const struct record *r, const char *design)
{
	return !session_open_text(s, options, r->text, r->text_len, r->origin) &&
	       design_parse(design, strlen(design), &s->scenario->design) && shows_run(s, r);
}

bool kernel_shows(const char *path, const struct options *given, const char *design)
{
	struct session session = {0};
	struct options options;
	struct record record;
	bool shows = false;

	if (!record_read_file(path, &record, stderr)) {
		recording_options(&record, given, &options);
		shows = shows_with(&session, &options, &record, design);
		session_close(&session);
	}
	record_free(&record);
	return shows;
}
