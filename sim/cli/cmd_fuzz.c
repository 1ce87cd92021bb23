/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_fuzz.c - pefsim fuzz: make scenarios, explore them, keep what leads on.
 *
 * Scenarios are drawn in batches: what one of them reaches is known to the next
 * batch only. So which scenarios there are does not depend on how many processes
 * work at a time, and with a number of runs the same seed and corpus print the same
 * bytes. stdout gets each finding once, by design and signature, when it is shrunk.
 *
 * Locking: none. Errors: exit codes. Blocking: until runs or time are spent.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pefsim/explore.h"
#include "pefsim/generate.h"

#include "fuzz.h"
#include "kernel.h"
#include "variants.h"

#define FUZZ_RUNS 6000u /* when neither runs nor time are given */
#define FUZZ_STEPS 50000u /* a run that has not ended by then does not end */
#define FUZZ_SECONDS_MAX 600u /* of one process; a kernel's loop without a point in it has no steps */
#define FUZZ_TTY_SECONDS 1
#define FUZZ_LOG_SECONDS 30

/* ---- time ---------------------------------------------------------------------------- */

static time_t fuzz_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

time_t fuzz_left(const struct fuzz *f)
{
	return f->until - fuzz_now();
}

unsigned fuzz_jobs(const struct fuzz *f)
{
	return f->options.jobs ? (unsigned)f->options.jobs : workers_cores();
}

static void fuzz_tick(void *arg, unsigned done, const struct worker_note *notes, unsigned running)
{
	struct fuzz *f = arg;
	time_t wait = f->watch.tty ? FUZZ_TTY_SECONDS : FUZZ_LOG_SECONDS;

	(void)done, (void)notes, (void)running;
	if (fuzz_now() - f->watch.shown.tv_sec < wait)
		return;
	f->watch.shown.tv_sec = fuzz_now();
	fprintf(stderr, "%spefsim: %u scenarios, %" PRIu64 " runs, %u findings, %zu things reached%s",
		f->watch.tty ? "\r" : "", f->scenarios, f->runs, f->found, f->reach.count, f->watch.tty ? " " : "\n");
	f->watch.drawn = f->watch.tty;
}

/* ---- all batches ------------------------------------------------------------------------ */

static bool fuzz_stopped(void *arg)
{
	(void)arg;
	return session_interrupted();
}

static void fuzz_processes(struct fuzz *f, unsigned tasks, void (*work)(void *, unsigned, FILE *),
	void (*done)(void *, unsigned, enum worker_end, const void *, size_t))
{
	const struct worker_plan plan = {.tasks = tasks,
		.jobs = fuzz_jobs(f),
		.seconds_max = FUZZ_SECONDS_MAX,
		.arg = f,
		.work = work,
		.done = done,
		.tick = fuzz_tick,
		.stopped = fuzz_stopped};

	if (tasks)
		f->failed |= workers_run(&plan) != PEF_OK;
}

static void fuzz_forget_batch(struct fuzz *f)
{
	for (unsigned i = 0; i < f->task_count; i++)
		free(f->tasks[i].settled);
	for (unsigned i = 0; i < f->text_count; i++)
		free(f->texts[i]);
	for (unsigned i = 0; i < f->news_count; i++)
		free(f->news[i].record);
	f->text_count = f->task_count = f->news_count = 0;
}

static bool fuzz_is_over(const struct fuzz *f)
{
	return f->failed || session_interrupted() || (f->until ? fuzz_left(f) <= 0 : f->runs >= f->options.runs);
}

static void fuzz_loop(struct fuzz *f)
{
	while (!fuzz_is_over(f) && fuzz_draw(f)) {
		fuzz_processes(f, f->task_count, fuzz_scenario_work, fuzz_scenario_done);
		fuzz_processes(f, f->news_count, fuzz_news_work, fuzz_news_done);
		fuzz_tell_rest(f);
		fuzz_forget_batch(f);
	}
	fuzz_forget_batch(f);
}

/* ---- the command -------------------------------------------------------------------------------- */

static enum pef_err fuzz_refuse(const struct options *o)
{
	const char *why = o->arg_count                       ? "it takes options only"
			  : o->runs_given && o->time_seconds ? "--runs and --time are two ends: choose one"
			  : o->runs_given && !o->runs        ? "--runs 0 leaves nothing to do"
			  : o->design && o->designs          ? "--design and --designs: choose one"
			  : o->tree && (o->design || o->designs)
				  ? "--tree is the design; --name NAME calls it linux:NAME"
				  : NULL;

	if (why)
		fprintf(stderr, "pefsim fuzz: %s\nhelp: pefsim fuzz --help\n", why);
	return why ? PEF_USAGE : PEF_OK;
}

/* A folder to write to, made when it is not there. */
static enum pef_err fuzz_folder(const char *folder)
{
	if ((mkdir(folder, 0777) == 0 || errno == EEXIST) && access(folder, W_OK | X_OK) == 0)
		return PEF_OK;
	fprintf(stderr, "pefsim fuzz: cannot write to %s: %s\nhelp: --out names another folder\n", folder,
		strerror(errno));
	return PEF_NOFILE;
}

static enum pef_err fuzz_list_designs(struct fuzz *f)
{
	char name[PEF_NAME_MAX];
	const char *at = f->options.designs;

	while (at && list_each(&at, name, sizeof(name))) {
		if (f->design_count == FUZZ_DESIGNS_MAX) {
			fprintf(stderr, "pefsim fuzz: more than %u designs\nhelp: name fewer at a time\n",
				FUZZ_DESIGNS_MAX);
			return PEF_PARSE;
		}
		memcpy(f->design_names[f->design_count++], name, sizeof(name));
	}
	return PEF_OK;
}

/* Each design, with the switches that are given, must be able to run what is drawn. */
static enum pef_err fuzz_designs(struct fuzz *f)
{
	struct options options = f->options;
	char *text = meeting_draw(1);
	enum pef_err err = text ? fuzz_list_designs(f) : PEF_NOMEM;

	for (unsigned i = 0; !err && i < f->design_count + !f->design_count; i++) {
		options.design = f->design_count ? f->design_names[i] : f->options.design;
		char *settled = fuzz_settle(text, "pefsim fuzz", &options, stderr);
		err = settled ? PEF_OK : PEF_PARSE;
		free(settled);
	}
	free(text);
	return err;
}

static void fuzz_begin(struct fuzz *f)
{
	struct options *o = &f->options;

	/* Another corpus leads to other scenarios. */
	f->random = o->seed;
	for (unsigned i = 0; i < f->corpus.count; i++)
		f->random = explore_hash(f->random ^ EXPLORE_HASH, f->corpus.texts[i], strlen(f->corpus.texts[i]));
	f->until = o->time_seconds ? fuzz_now() + (time_t)o->time_seconds : 0;
	if (!o->runs_given)
		o->runs = FUZZ_RUNS;
	if (o->steps_max == STEPS_DEFAULT)
		o->steps_max = FUZZ_STEPS;
	o->exec = ENGINE_FIBERS;
	session_catch_interrupts();
	watch_begin(&f->watch, 0);
}

static enum pef_err fuzz_open(struct fuzz *f)
{
	enum pef_err err = fuzz_designs(f);

	if (!err && f->options.known)
		err = known_read(f->options.known, &f->known);
	f->options.known_list = f->options.known ? &f->known : NULL;
	if (!err)
		err = fuzz_folder(f->options.out);
	if (!err)
		err = corpus_open(&f->corpus, f->options.corpus, &f->options);
	if (!err)
		fuzz_begin(f);
	return err;
}

static int fuzz_end(struct fuzz *f)
{
	watch_wipe(&f->watch);
	printf("%u scenarios, %" PRIu64 " runs: %u findings; %zu things reached, %u scenarios kept\n", f->scenarios,
		f->runs, f->found, f->reach.count, f->kept);
	watch_end(&f->watch, f->runs, 0, session_interrupted());
	if (session_interrupted())
		return PEF_EXIT_INTERRUPTED;
	if (f->lost || f->failed)
		return PEF_EXIT_BUG;
	return f->found ? PEF_EXIT_FINDING : PEF_EXIT_OK;
}

static int fuzz_all(struct fuzz *f)
{
	char design[PEF_NAME_MAX];
	int code = f->options.tree ? kernel_made(&f->options, design, stderr) : PEF_EXIT_OK;

	if (code)
		return code;
	if (f->options.tree)
		f->options.design = design;
	enum pef_err err = fuzz_open(f);
	if (err)
		return err == PEF_NOMEM ? PEF_EXIT_BUG : PEF_EXIT_INPUT;
	fuzz_loop(f);
	return fuzz_end(f);
}

int cmd_fuzz(const struct options *options)
{
	struct fuzz *f;
	int code = PEF_EXIT_BUG;

	if (fuzz_refuse(options))
		return PEF_EXIT_USAGE;
	f = calloc(1, sizeof(*f));
	if (f) {
		f->options = *options;
		code = fuzz_all(f);
		corpus_free(&f->corpus);
		known_free(&f->known);
		reach_free(&f->reach);
		reach_free(&f->told);
		free(f->news);
	}
	free(f);
	return code;
}
