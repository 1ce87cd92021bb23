/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_check.c - pefsim check: judge what scenarios expect, over many schedules.
 *
 * stdout holds nothing that depends on the host: the same files, seed and
 * budget print the same bytes, however many checks run at a time. How long it
 * took is said on stderr.
 *
 * Locking: none. Errors: exit codes. Blocking: until every budget is spent.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_one.h"
#include "check_text.h"
#include "targets.h"
#include "watch.h"
#include "workers.h"

#define SECONDS_TO_WRITE 60u /* that a check may take, beyond its own time, to write what it knows */

/* One check to make. */
struct check_task {
	const char *path;
	const struct variant *variant; /* NULL: the file could not be read, and that is all */
};

/* What all checks came to. */
struct checking {
	struct options options; /* as given, with what was read of them */
	struct variant_list *files; /* a list a file */
	struct check_task *tasks;
	unsigned task_count, task_all; /* of this shard, of all */
	struct known known;
	struct check_list list;
	uint64_t runs;
	unsigned twice; /* of them, made a second time */
	struct watch watch;
	bool silent; /* results are for somebody else */
};

/* ---- what there is to do --------------------------------------------------------------- */

static enum pef_err tasks_add(struct checking *c, const char *path, const struct variant *variant)
{
	struct check_task *tasks;
	unsigned number = c->task_all++;

	if (c->options.shards && number % c->options.shards != c->options.shard - 1)
		return PEF_OK;
	tasks = realloc(c->tasks, (c->task_count + 1) * sizeof(*tasks));
	if (!tasks)
		return PEF_NOMEM;
	c->tasks = tasks;
	c->tasks[c->task_count++] = (struct check_task){path, variant};
	return PEF_OK;
}

static enum pef_err tasks_of_file(struct checking *c, const char *path, struct variant_list *list)
{
	enum pef_err err = PEF_OK;

	if (variants_read(path, &c->options, list))
		return tasks_add(c, path, NULL);
	for (unsigned i = 0; !err && i < list->count; i++)
		err = tasks_add(c, path, &list->variants[i]);
	return err;
}

static uint64_t tasks_seconds(const struct checking *c)
{
	uint64_t jobs = c->options.jobs ? c->options.jobs : workers_cores();
	uint64_t rounds = (c->task_count + jobs - 1) / jobs;

	return rounds ? c->options.within_seconds / rounds : 0;
}

/* After so many a process is ended: a loop in a kernel's file need not pass anything that could end its run. */
static uint64_t tasks_seconds_max(const struct checking *c)
{
	const struct options *o = &c->options;

	if (!o->timeout_seconds && !o->within_seconds)
		return 0;
	return SECONDS_TO_WRITE + (o->timeout_seconds ? o->timeout_seconds : tasks_seconds(c));
}

/* Processes that have no check of their own help with one; time for all, if there is a limit, is shared out alike. */
static void tasks_share(struct checking *c, unsigned files)
{
	uint64_t jobs = c->options.jobs ? c->options.jobs : workers_cores();
	uint64_t share = tasks_seconds(c);

	for (unsigned i = 0; i < files; i++)
		for (unsigned k = 0; k < c->files[i].count; k++) {
			struct options *o = &c->files[i].variants[k].options;
			o->jobs_each = jobs / (c->task_count ? c->task_count : 1);
			if (c->options.within_seconds)
				o->share_seconds = share ? share : 1;
		}
}

static enum pef_err tasks_find(struct checking *c, const struct targets *targets)
{
	enum pef_err err = PEF_OK;

	c->files = calloc(targets->count + 1, sizeof(*c->files));
	if (!c->files)
		return PEF_NOMEM;
	for (unsigned i = 0; !err && i < targets->count; i++)
		err = tasks_of_file(c, targets->paths[i], &c->files[i]);
	tasks_share(c, targets->count);
	c->list.results = calloc(c->task_count + 1, sizeof(*c->list.results));
	return err || !c->list.results ? PEF_NOMEM : PEF_OK;
}

/* ---- doing it ---------------------------------------------------------------------------- */

static void checking_work(void *arg, unsigned task, FILE *out)
{
	const struct checking *c = arg;
	struct result result;

	if (c->tasks[task].variant)
		check_one(c->tasks[task].path, c->tasks[task].variant, &result);
	else
		result_of_error(c->tasks[task].path, "", RESULT_UNREAD, "cannot be read; stderr says why", &result);
	result_send(&result, out);
}

/* What is known by its signature is seen, in the list that is kept here. */
static void checking_mark_known(struct checking *c, const struct result *r)
{
	if (!r->runs)
		return;
	if (!r->timed_out && !r->interrupted && !(c->options.shards && c->options.shards > 1))
		known_asked(&c->known, r->scenario);
	for (unsigned i = 0; i < r->finding_count; i++)
		known_saw(&c->known, r->scenario, r->findings[i].signature);
}

static enum pef_err checking_join_coverage(struct checking *c, const struct result *r)
{
	enum pef_err err = PEF_OK;

	for (uint32_t i = 0; !err && i < r->reached_count; i++)
		err = coverage_add(&c->list.coverage, r->reached[i].kind, r->reached[i].text, r->reached[i].reached);
	return err;
}

static void checking_print(struct checking *c, const struct result *r)
{
	const struct options *o = &c->options;

	watch_wipe(&c->watch);
	if (c->silent)
		return;
	if (o->json)
		check_json(r, stdout);
	else if (!o->ktap && (!o->quiet || r->verdict != RESULT_PASS))
		check_print(r, stdout);
	fflush(stdout);
}

static void checking_done(void *arg, unsigned task, enum worker_end end, const void *bytes, size_t len)
{
	static const char *const lost[] = {[WORKER_DONE] = "what its process sent is damaged",
		[WORKER_LOST] = "its process crashed",
		[WORKER_LATE] = "its process did not end in time"};
	struct checking *c = arg;
	struct result *r = &c->list.results[c->list.count++];
	const struct check_task *t = &c->tasks[task];

	if (end == WORKER_LATE && c->options.within_seconds) {
		result_of_error(t->path, t->variant ? t->variant->label : "", RESULT_OPEN,
			"a run did not end: a loop that passes nothing?", r);
		r->timed_out = true;
	} else if (end != WORKER_DONE || result_receive(bytes, len, r)) {
		result_free(r);
		result_of_error(t->path, t->variant ? t->variant->label : "", RESULT_ERROR, lost[end], r);
		fprintf(stderr, "pefsim: %s: %s\n", t->path, lost[end]);
	}
	c->list.verdicts[r->verdict]++;
	c->runs += r->runs;
	c->twice += r->twice;
	checking_mark_known(c, r);
	if (checking_join_coverage(c, r))
		fprintf(stderr, "pefsim: no memory for what was reached\n");
	/* A check that never began says nothing. */
	if (r->runs || r->timed_out || r->verdict == RESULT_ERROR || r->verdict == RESULT_UNREAD)
		checking_print(c, r);
	else
		c->list.verdicts[r->verdict]--, c->list.count--;
}

static void checking_tick(void *arg, unsigned done, const struct worker_note *notes, unsigned running)
{
	struct checking *c = arg;

	watch_show(&c->watch, done, c->runs, notes, running);
}

static bool checking_stopped(void *arg)
{
	(void)arg;
	return session_interrupted();
}

static enum pef_err checking_run(struct checking *c)
{
	const struct options *o = &c->options;
	struct worker_plan plan = {.tasks = c->task_count,
		.jobs = o->jobs ? (unsigned)o->jobs : workers_cores(),
		.seconds_max = (unsigned)tasks_seconds_max(c),
		.arg = c,
		.work = checking_work,
		.done = checking_done,
		.tick = checking_tick,
		.stopped = checking_stopped};

	watch_begin(&c->watch, c->task_count);
	enum pef_err err = workers_run(&plan);
	watch_wipe(&c->watch);
	return err;
}

/* ---- what it came to ------------------------------------------------------------------------ */

/* One of the formats that go to a file; PEF_NOFILE after a message. */
static enum pef_err checking_write(const struct check_list *list, const char *path,
	void (*print)(const struct check_list *, FILE *), const char *mode)
{
	FILE *out;

	if (!path)
		return PEF_OK;
	out = fopen(path, mode);
	if (out)
		print(list, out);
	bool ok = out && !ferror(out);
	ok = out && fclose(out) == 0 && ok;
	if (!ok)
		fprintf(stderr, "pefsim: cannot write %s: %s\n", path, strerror(errno));
	return ok ? PEF_OK : PEF_NOFILE;
}

static enum pef_err checking_report(const struct checking *c)
{
	const struct options *o = &c->options;
	const char *summary = o->github ? getenv("GITHUB_STEP_SUMMARY") : NULL;
	enum pef_err junit = checking_write(&c->list, o->junit, check_junit, "w");
	enum pef_err sarif = checking_write(&c->list, o->sarif, check_sarif, "w");
	enum pef_err table =
		checking_write(&c->list, summary && summary[0] ? summary : NULL, check_github_summary, "a");

	if (o->coverage && o->json)
		check_json_coverage(&c->list.coverage, stdout);
	else if (o->coverage && !o->ktap && !o->github)
		check_print_coverage(&c->list.coverage, o->verbose, stdout);
	if (o->ktap)
		check_ktap(&c->list, stdout);
	else if (o->json)
		check_json_total(&c->list, stdout);
	else
		check_print_total(&c->list, stdout);
	if (o->github)
		check_github(&c->list, stdout);
	fflush(stdout);
	return junit ? junit : sarif ? sarif : table;
}

static bool checking_misses(const struct checking *c)
{
	for (unsigned i = 0; c->options.fail_gone && i < c->known.count; i++)
		if (known_is_gone(&c->known.entries[i]))
			return true;
	return false;
}

static int checking_exit(const struct checking *c)
{
	const unsigned *v = c->list.verdicts;

	if (session_interrupted())
		return PEF_EXIT_INTERRUPTED;
	if (v[RESULT_ERROR])
		return PEF_EXIT_BUG;
	if (v[RESULT_UNREAD])
		return PEF_EXIT_INPUT;
	if (!c->task_all)
		return PEF_EXIT_NOTHING;
	return v[RESULT_FAIL] || checking_misses(c) || check_misses_coverage(&c->list) ? PEF_EXIT_FINDING
	       : v[RESULT_OPEN]                                                        ? PEF_EXIT_INCONCLUSIVE
										       : PEF_EXIT_OK;
}

/* What automake and meson call skipped, and a hard error. */
static int exit_styled(int code, bool automake)
{
	return automake && code == PEF_EXIT_NOTHING ? 77 : automake && code == PEF_EXIT_BUG ? 99 : code;
}

/* ---- the command ------------------------------------------------------------------------------ */

static enum pef_err checking_refuse(const struct options *o)
{
	int forms = o->json + o->ktap + o->github;

	if (!o->arg_count)
		fprintf(stderr, "pefsim check: no scenario or folder given\nhelp: pefsim check --help\n");
	else if (forms > 1)
		fprintf(stderr, "pefsim check: --json, --ktap and --github all want stdout\n"
				"help: choose one; --junit and --sarif go to files and may join any\n");
	return !o->arg_count || forms > 1 ? PEF_USAGE : PEF_OK;
}

static void checking_free(struct checking *c, const struct targets *targets)
{
	check_list_free(&c->list);
	for (unsigned i = 0; c->files && i < targets->count; i++)
		variants_free(&c->files[i]);
	known_free(&c->known);
	free(c->files);
	free(c->tasks);
}

static int checking_all(struct checking *c, struct targets *targets)
{
	const struct options *o = &c->options;
	enum pef_err err = targets_read(targets, o->args, o->arg_count, o->out);

	if (err == PEF_NOMEM || tasks_find(c, targets) || checking_run(c)) {
		fprintf(stderr, "pefsim: no memory\n");
		return PEF_EXIT_BUG;
	}
	coverage_sort(&c->list.coverage);
	enum pef_err written = c->silent ? PEF_OK : checking_report(c);
	int code = checking_exit(c);
	if (err && (code == PEF_EXIT_OK || code == PEF_EXIT_NOTHING || code == PEF_EXIT_FINDING ||
			   code == PEF_EXIT_INCONCLUSIVE))
		code = PEF_EXIT_INPUT;
	if (code == PEF_EXIT_NOTHING)
		fprintf(stderr, "pefsim check: no scenario found\n");
	return written && code != PEF_EXIT_INTERRUPTED ? PEF_EXIT_INPUT : code;
}

static enum pef_err checking_known(struct checking *c)
{
	if (!c->options.known)
		return PEF_OK;
	c->options.known_list = c->list.known = &c->known;
	return known_read(c->options.known, &c->known);
}

int check_collect(const struct options *options, struct check_list *out)
{
	struct checking c = {.options = *options, .silent = true};
	struct targets targets = {0};
	int code = PEF_EXIT_INPUT;

	c.list.options = &c.options;
	if (!checking_known(&c)) {
		session_catch_interrupts();
		code = checking_all(&c, &targets);
	}
	*out = c.list;
	out->options = options;
	out->known = NULL;
	c.list = (struct check_list){0};
	checking_free(&c, &targets);
	targets_free(&targets);
	return code;
}

void check_list_free(struct check_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		result_free(&list->results[i]);
	coverage_free(&list->coverage);
	free(list->results);
	*list = (struct check_list){0};
}

int cmd_check(const struct options *options)
{
	struct checking c = {.options = *options};
	struct targets targets = {0};
	enum pef_err err = checking_refuse(options);

	if (err)
		return PEF_EXIT_USAGE;
	if (checking_known(&c)) {
		known_free(&c.known);
		return PEF_EXIT_INPUT;
	}
	c.list.options = &c.options;
	session_catch_interrupts();
	int code = checking_all(&c, &targets);
	watch_end(&c.watch, c.runs, c.twice, code == PEF_EXIT_INTERRUPTED);
	checking_free(&c, &targets);
	targets_free(&targets);
	return exit_styled(code, options->automake);
}
