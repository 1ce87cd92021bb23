/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options_check.c - the options of check, shrink, fuzz and bisect. See options.h.
 *
 * Locking: none. Errors: a message and PEF_USAGE. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define JOBS_MAX 1024u
#define SHARDS_MAX 100000u
#define RUNS_MAX (UINT64_C(1) << 48)
#define SECONDS_MAX (UINT64_C(30) * 24 * 3600)

/* "30s", "2min", "1h"; whole ones, not none. */
static bool duration_parse(const char *text, uint64_t *seconds)
{
	static const struct {
		const char *word;
		uint64_t seconds;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}};
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (text[0] < '0' || text[0] > '9')
		return false;
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].word) && number && number <= SECONDS_MAX / units[i].seconds) {
			*seconds = number * units[i].seconds;
			return true;
		}
	return false;
}

static enum pef_err take_duration(const struct options *o, const char *what, const char *value, uint64_t *out)
{
	return duration_parse(value, out) ? PEF_OK : options_wrong(o, what, value, "want a time, as 30s, 2min or 1h");
}

static enum pef_err take_runs(struct options *o, const char *value)
{
	o->runs_given = options_number(value, &o->runs) && o->runs <= RUNS_MAX;
	return o->runs_given ? PEF_OK : options_wrong(o, "number of runs", value, "want a number, at most 2^48");
}

static enum pef_err take_budget(struct options *o, const char *value)
{
	uint64_t number;

	if (options_number(value, &number) && !number)
		return options_wrong(o, "budget", value, "no search fits in it; --runs 0 asks for the timed run alone");
	if (options_number(value, &number))
		return take_runs(o, value);
	return duration_parse(value, &o->budget_seconds)
		       ? PEF_OK
		       : options_wrong(o, "budget", value, "want runs, as 5000, or a time, as 30s or 2min");
}

static enum pef_err take_delays(struct options *o, const char *value)
{
	o->delays_given = options_number(value, &o->delays) && o->delays <= STRATEGY_PREEMPTIONS_MAX;
	return o->delays_given ? PEF_OK : options_wrong(o, "number of delays", value, "want 0 to 7");
}

static enum pef_err take_jobs(struct options *o, const char *value)
{
	return options_number(value, &o->jobs) && o->jobs && o->jobs <= JOBS_MAX
		       ? PEF_OK
		       : options_wrong(o, "number of jobs", value, "want 1 to 1024");
}

/* "2/4" */
static enum pef_err take_shard(struct options *o, const char *value)
{
	char first[24] = "";
	const char *slash = strchr(value, '/');

	if (slash && (size_t)(slash - value) < sizeof(first))
		snprintf(first, sizeof(first), "%.*s", (int)(slash - value), value);
	if (!slash || !options_number(first, &o->shard) || !options_number(slash + 1, &o->shards) || !o->shard ||
		o->shard > o->shards || o->shards > SHARDS_MAX)
		return options_wrong(o, "shard", value, "want I/N, as 2/4, with I from 1 to N");
	return PEF_OK;
}

static enum pef_err take_word(
	const struct options *o, const char *what, const char *value, const char *const *words, int *out)
{
	char want[64] = "want";

	*out = options_word(value, words);
	for (unsigned i = 0; words[i]; i++) {
		size_t used = strlen(want);
		snprintf(want + used, sizeof(want) - used, "%s %s", i ? " or" : "", words[i]);
	}
	return *out < 0 ? options_wrong(o, what, value, want) : PEF_OK;
}

static enum pef_err take_choice(struct options *o, enum option_id id, const char *value)
{
	static const char *const stops[] = {"first", "all", NULL};
	static const char *const styles[] = {"plain", "automake", NULL};
	static const char *const failures[] = {"possible", "unexpected", "gone", NULL};
	enum pef_err err;
	int choice;

	if (id == OPT_STOP) {
		err = take_word(o, "end of the search", value, stops, &choice);
		o->stop_given = true;
		o->stop_first = choice == 0;
	} else if (id == OPT_EXIT_STYLE) {
		err = take_word(o, "style", value, styles, &choice);
		o->automake = choice == 1;
	} else {
		err = take_word(o, "kind of failure", value, failures, &choice);
		o->fail_possible |= choice == 0;
		o->fail_unexpected |= choice == 1;
		o->fail_gone |= choice == 2;
	}
	return err;
}

static bool take_switch(struct options *o, enum option_id id)
{
	o->ktap |= id == OPT_KTAP;
	o->github |= id == OPT_GITHUB;
	o->require_complete |= id == OPT_REQUIRE_COMPLETE;
	o->no_shrink |= id == OPT_NO_SHRINK;
	o->coverage |= id == OPT_COVERAGE || id == OPT_REQUIRE_COVERAGE;
	return id == OPT_COVERAGE || id == OPT_KTAP || id == OPT_GITHUB || id == OPT_REQUIRE_COMPLETE ||
	       id == OPT_NO_SHRINK;
}

static bool take_path(struct options *o, enum option_id id, const char *value)
{
	const struct {
		enum option_id id;
		const char **place;
	} paths[] = {{OPT_OUT, &o->out}, {OPT_KNOWN, &o->known}, {OPT_JUNIT, &o->junit}, {OPT_SARIF, &o->sarif},
		{OPT_OUTPUT, &o->output}, {OPT_CORPUS, &o->corpus}, {OPT_GOOD, &o->good}, {OPT_BAD, &o->bad}};

	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i].id != id)
			continue;
		*paths[i].place = value;
		return true;
	}
	return false;
}

/* "60%", or "codes=60%" */
static enum pef_err take_coverage(struct options *o, const char *value)
{
	const char *equal = strchr(value, '='), *number = equal ? equal + 1 : value;
	enum coverage_kind kind = COVERAGE_COUNT;
	char *end;
	unsigned long percent = strtoul(number, &end, 10);

	if (number[0] < '0' || number[0] > '9' || strcmp(end, "%") != 0 || percent > 100 ||
		(equal && !coverage_parse(value, (size_t)(equal - value), &kind)))
		return options_wrong(
			o, "coverage", value, "want a share, as 60%, or transitions=, codes= or orders=60%");
	if (equal && !coverage_is_whole(kind))
		return options_wrong(
			o, "coverage", value, "nobody knows how many there are, so there is no share of them");
	for (unsigned i = 0; i < COVERAGE_COUNT; i++)
		if (i == kind || (!equal && coverage_is_whole((enum coverage_kind)i)))
			o->coverage_wanted[i] = percent;
	return PEF_OK;
}

enum pef_err options_take_check(struct options *o, enum option_id id, const char *value)
{
	if (take_switch(o, id) || take_path(o, id, value))
		return PEF_OK;
	if (id == OPT_REQUIRE_COVERAGE)
		return take_coverage(o, value);
	if (id == OPT_RUNS)
		return take_runs(o, value);
	if (id == OPT_DELAYS)
		return take_delays(o, value);
	if (id == OPT_BUDGET)
		return take_budget(o, value);
	if (id == OPT_TIMEOUT)
		return take_duration(o, "timeout", value, &o->timeout_seconds);
	if (id == OPT_TIME)
		return take_duration(o, "time", value, &o->time_seconds);
	if (id == OPT_JOBS)
		return take_jobs(o, value);
	if (id == OPT_SHARD)
		return take_shard(o, value);
	return take_choice(o, id, value);
}
