/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_found.c - what explored scenarios came to: what is new, told once and small. See fuzz.h.
 *
 * Locking: none. Errors: as fuzz.h says. Blocking: on files.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/explore.h"

#include "fuzz.h"

#define FUZZ_SHRINK_SECONDS 10u /* at most, where time is bounded */
#define FUZZ_LATE_SECONDS 5u /* after the time was up */

/* ---- what they came to ----------------------------------------------------------------- */

static const char *fuzz_label(const struct fuzz_task *t)
{
	return t->options.design ? t->options.design : "";
}

static uint64_t fuzz_hash(const char *label, const char *signature)
{
	return explore_hash(explore_hash(EXPLORE_HASH, label, strlen(label) + 1), signature, strlen(signature));
}

/* Whether it was told, or is in the list of known findings. */
static bool fuzz_is_known(struct fuzz *f, const char *label, const char *signature)
{
	uint64_t hash = fuzz_hash(label, signature);

	for (size_t at = hash; f->told.room && f->told.seen[at & (f->told.room - 1)]; at++)
		if (f->told.seen[at & (f->told.room - 1)] == hash)
			return true;
	return known_has(&f->known, "", signature);
}

struct fuzz_asking {
	struct fuzz *fuzz;
	const struct fuzz_task *task;
};

static bool fuzz_asked(void *arg, const char *signature)
{
	const struct fuzz_asking *a = arg;

	return fuzz_is_known(a->fuzz, fuzz_label(a->task), signature);
}

void fuzz_scenario_work(void *arg, unsigned task, FILE *out)
{
	struct fuzz *f = arg;
	struct fuzz_task *t = &f->tasks[task];
	struct fuzz_asking asking = {f, t};

	if (!f->until || fuzz_left(f) > 0)
		fuzz_explore(t->settled, t->name, &t->options, fuzz_asked, &asking, out);
}

/* The next bytes of a result; NULL when they are not there. */
static const void *fuzz_take(const char **at, size_t *len, size_t size)
{
	const char *here = *at;

	if (*len < size)
		return NULL;
	*at += size;
	*len -= size;
	return here;
}

/* @record: NULL: it could not be made. Of a finding that is new. */
static void fuzz_add_news(
	struct fuzz *f, const struct fuzz_task *t, const struct fuzz_finding *found, const void *record)
{
	struct fuzz_news *news = realloc(f->news, (f->news_count + 1) * sizeof(*news));
	char *copy = record ? malloc(found->record_len) : NULL;
	bool ok = news && (copy || !record);

	f->news = news ? news : f->news;
	f->failed |= !ok;
	if (!ok) {
		free(copy);
		return;
	}
	if (record)
		memcpy(copy, record, found->record_len);
	news += f->news_count++;
	*news = (struct fuzz_news){.number = t->number,
		.run = found->run,
		.options = t->options,
		.record = copy,
		.record_len = found->record_len};
	snprintf(news->label, sizeof(news->label), "%s", fuzz_label(t));
	memcpy(news->signature, found->signature, sizeof(news->signature));
	reach_add(&f->told, fuzz_hash(news->label, news->signature), &ok);
	f->failed |= !ok;
}

/* An error of pefsim, and how to see it again. */
static void fuzz_lose(struct fuzz *f, const struct fuzz_task *t, const char *what)
{
	char path[1024];

	f->lost++;
	snprintf(path, sizeof(path), "%s/lost-%08" PRIx32 ".pef", f->options.out,
		(uint32_t)explore_hash(EXPLORE_HASH, t->settled, strlen(t->settled)));
	FILE *out = fopen(path, "w");
	if (out)
		fputs(t->settled, out);
	if (out)
		fclose(out);
	watch_wipe(&f->watch);
	fprintf(stderr,
		"pefsim fuzz: the process of scenario %u %s\nhelp: pefsim check %s --seed %" PRIu64 " --runs %" PRIu64
		" --steps %" PRIu64 "\n",
		t->number, what, path, t->options.seed, t->options.runs, t->options.steps_max);
}

/* A scenario that reached something new is kept, once, whichever design it was with. */
static void fuzz_keep(struct fuzz *f, const struct fuzz_task *t)
{
	if (t->number <= f->corpus.read || (f->corpus.count && !strcmp(f->corpus.texts[f->corpus.count - 1], t->text)))
		return;
	f->failed |= corpus_keep(&f->corpus, t->text) != PEF_OK;
	f->kept++;
}

static void fuzz_take_outcome(struct fuzz *f, const struct fuzz_task *t, const char *at, size_t len)
{
	struct fuzz_outcome head;
	struct fuzz_finding found;
	const void *bytes = fuzz_take(&at, &len, sizeof(head));
	bool fresh = false, ok = true;

	if (!bytes)
		return;
	memcpy(&head, bytes, sizeof(head));
	f->runs += head.runs;
	if (head.failed && !session_interrupted())
		fuzz_lose(f, t, "ended with an error");
	for (size_t i = 0; i < head.reached && (bytes = fuzz_take(&at, &len, sizeof(uint64_t))); i++) {
		uint64_t what;
		memcpy(&what, bytes, sizeof(what));
		fresh |= reach_add(&f->reach, what, &ok);
	}
	for (size_t i = 0; i < head.findings && (bytes = fuzz_take(&at, &len, sizeof(found))); i++) {
		memcpy(&found, bytes, sizeof(found));
		const void *record = found.record_len ? fuzz_take(&at, &len, found.record_len) : NULL;
		if (!fuzz_is_known(f, fuzz_label(t), found.signature))
			fuzz_add_news(f, t, &found, record);
	}
	f->failed |= !ok;
	if (fresh)
		fuzz_keep(f, t);
}

void fuzz_scenario_done(void *arg, unsigned task, enum worker_end end, const void *bytes, size_t len)
{
	struct fuzz *f = arg;

	if (end == WORKER_DONE)
		fuzz_take_outcome(f, &f->tasks[task], bytes, len);
	else
		fuzz_lose(f, &f->tasks[task], end == WORKER_LATE ? "did not end in time" : "crashed");
}

/* ---- made small, and told -------------------------------------------------------------------- */

/* Seconds for one of the findings that are left; 0: any. */
static uint64_t fuzz_share(const struct fuzz *f, unsigned task)
{
	uint64_t rounds = (f->news_count - task + fuzz_jobs(f) - 1) / fuzz_jobs(f);
	uint64_t left = f->until && fuzz_left(f) > 0 ? (uint64_t)fuzz_left(f) / rounds : 0;

	return !f->until ? 0 : left > FUZZ_SHRINK_SECONDS ? FUZZ_SHRINK_SECONDS : left ? left : 1;
}

void fuzz_news_work(void *arg, unsigned task, FILE *out)
{
	const struct fuzz *f = arg;
	const struct fuzz_news *n = &f->news[task];
	struct options options = n->options;
	struct fuzz_shrunk shrunk = {0};

	options.no_shrink |= f->until && fuzz_left(f) < -(time_t)FUZZ_LATE_SECONDS;
	if (n->record)
		fuzz_shrink(n->record, n->record_len, &options, fuzz_share(f, task), &shrunk);
	fwrite(&shrunk, sizeof(shrunk), 1, out);
}

static void fuzz_tell(struct fuzz *f, struct fuzz_news *n, const struct fuzz_shrunk *s)
{
	watch_wipe(&f->watch);
	f->found++;
	n->told = true;
	printf("%s\n  %s%sscenario %u, run %" PRIu64 "; %s\n", n->signature, n->label, n->label[0] ? ", " : "",
		n->number, n->run, s->what);
	if (s->record[0])
		printf("  scenario:  %s\n  reproduce: pefsim replay %s\n", s->scenario, s->record);
	fflush(stdout);
}

/* As it was found. */
static void fuzz_tell_whole(struct fuzz *f, struct fuzz_news *n)
{
	struct fuzz_shrunk s = {.what = "it ended before a replay file was made"};
	struct options options = n->options;

	options.no_shrink = true;
	if (n->record)
		fuzz_shrink(n->record, n->record_len, &options, 0, &s);
	f->failed |= n->record && !s.record[0];
	fuzz_tell(f, n, &s);
}

void fuzz_news_done(void *arg, unsigned task, enum worker_end end, const void *bytes, size_t len)
{
	struct fuzz *f = arg;
	struct fuzz_news *n = &f->news[task];
	struct fuzz_shrunk s = {0};

	if (end == WORKER_DONE && len == sizeof(s))
		memcpy(&s, bytes, sizeof(s));
	if (s.record[0])
		fuzz_tell(f, n, &s);
	else
		fuzz_tell_whole(f, n);
}

void fuzz_tell_rest(struct fuzz *f)
{
	for (unsigned i = 0; i < f->news_count; i++)
		if (!f->news[i].told)
			fuzz_tell_whole(f, &f->news[i]);
}
