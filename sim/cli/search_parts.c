/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search_parts.c - a search that is made by several processes. See search_parts.h.
 *
 * They are forked when the guests have booted and the snapshot is taken, so that
 * none does it again. What comes back is what the runs of a part add: tallies,
 * findings with the schedule that showed each first, coverage, steps of the lock
 * graph.
 *
 * Locking: none. Errors: see search_parts.h. Blocking: see search_parts.h.
 */
#include "search_parts.h"

#include <stdlib.h>
#include <string.h>

#include "parcel.h"
#include "workers.h"

#define PART_RUNS 1000u /* a part has at least about so many */
#define PARTS_MAX 64u

/* What a part came to; what it counts follows, and then what its findings point to. */
struct part_head {
	uint64_t runs, limited, unkept;
	uint32_t seen_count, coverage_count;
	unsigned twice;
	struct strategy_swept swept;
	bool exhausted, out_of_time, interrupted;
	bool decided; /* the search ends with it */
	enum pef_err err;
};

/* The bytes of one, kept until all are there: each part begins with what was known before any. */
struct part {
	enum worker_end end;
	char *bytes;
	size_t len;
};

struct parting {
	struct search *search;
	bool (*each)(void *arg, const struct search *search);
	void *arg;
	uint64_t runs; /* of the whole budget */
	struct part *parts;
	unsigned count; /* of them that count: none behind the one that decided it */
	bool decided, exhausted;
};

static unsigned parting_jobs(const struct search *search)
{
	uint64_t jobs = search->session->options->jobs_each;

	return jobs ? (unsigned)jobs : 1;
}

unsigned search_parts(const struct search *search, enum strategy_id id)
{
	uint64_t parts = search->budget_runs / PART_RUNS;

	if (search->alone || id == STRATEGY_DPOR)
		return 0;
	if (search->budget_runs == UINT64_MAX)
		parts = parting_jobs(search);
	return parts < 2 ? 0 : parts < PARTS_MAX ? (unsigned)parts : PARTS_MAX;
}

/* ---- in the process of a part --------------------------------------------------------------- */

static uint64_t part_budget(const struct parting *p, unsigned part)
{
	unsigned parts = p->search->parts;

	return p->runs == UINT64_MAX ? p->runs : p->runs / parts + (part < p->runs % parts);
}

/* Nothing is counted yet but the runs of the parts before. */
static enum pef_err part_begin(struct parting *p, unsigned part)
{
	struct search *search = p->search;
	struct judge *judge = &search->judge;

	search->budget_runs = part_budget(p, part);
	for (unsigned i = 0; i < part; i++)
		search->before += p->runs == UINT64_MAX ? 0 : part_budget(p, i);
	judge->runs += search->before;
	judge->limited = 0;
	memset(judge->tallies, 0, judge->scenario->expect_count * sizeof(*judge->tallies));
	search->seen_count = 0;
	search->unkept = 0;
	lockgraph_skip(search->session->locks, search->before);
	search->strategy = search_strategy(search, part);
	return search->strategy ? PEF_OK : PEF_NOMEM;
}

static void part_send(const struct search *search, const struct part_head *head, const char *log, FILE *out)
{
	const struct judge *judge = &search->judge;

	parcel_put(out, head, 1, sizeof(*head));
	parcel_put(out, judge->tallies, judge->scenario->expect_count, sizeof(*judge->tallies));
	parcel_put(out, search->seen, head->seen_count, sizeof(search->seen[0]));
	for (unsigned i = 0; i < head->seen_count; i++) {
		const struct observation *o = &search->seen[i];
		parcel_put(out, o->holds, o->hold_count, sizeof(*o->holds));
		parcel_put(out, o->choices, o->choice_count, sizeof(*o->choices));
	}
	parcel_put(out, search->coverage.items, head->coverage_count, sizeof(*search->coverage.items));
	parcel_put_text(out, log);
	lockgraph_send(search->session->locks, out);
}

static void part_work(void *arg, unsigned part, FILE *out)
{
	struct parting *p = arg;
	struct search *search = p->search;
	uint64_t before = search->judge.runs;
	char *log = NULL;
	size_t len;

	search->log = search->log ? open_memstream(&log, &len) : NULL;
	enum pef_err err = part_begin(p, part);
	if (!err)
		err = search_loop(search, p->each, p->arg);
	if (search->log)
		fclose(search->log);
	const struct part_head head = {.runs = search->judge.runs - before - search->before,
		.limited = search->judge.limited,
		.unkept = search->unkept,
		.seen_count = search->seen_count,
		.coverage_count = search->coverage.count,
		.twice = search->twice.checked,
		.swept = strategy_swept(search->strategy),
		.exhausted = search->exhausted,
		.out_of_time = search->out_of_time,
		.interrupted = search->interrupted,
		.decided = search_is_decided(search),
		.err = err};
	part_send(search, &head, log, out);
}

/* ---- putting them together ------------------------------------------------------------------- */

static void join_tallies(struct judge *judge, const struct part_head *head, struct parcel *parcel)
{
	struct tally tally;

	judge->runs += head->runs;
	judge->limited += head->limited;
	for (unsigned i = 0; i < judge->scenario->expect_count && parcel_copy(parcel, &tally, sizeof(tally)); i++)
		for (unsigned k = 0; k < ANSWER_COUNT; k++)
			judge->tallies[i].answers[k] += tally.answers[k];
}

/* The first part that saw a finding has its schedule. */
static void join_seen(struct search *search, struct observation *from, struct parcel *parcel)
{
	struct observation *o = search_seen(search, from->signature);

	from->holds = parcel_take(parcel, from->hold_count, sizeof(*from->holds));
	from->choices = parcel_take(parcel, from->choice_count, sizeof(*from->choices));
	from->last = 0;
	if (o && o == &search->seen[search->seen_count]) {
		*o = *from;
		search->seen_count++;
		return;
	}
	if (o)
		o->runs += from->runs;
	else
		search->unkept += from->runs;
	free(from->holds);
	free(from->choices);
}

static enum pef_err join_coverage(struct search *search, uint32_t count, struct parcel *parcel)
{
	struct coverage_item item;
	enum pef_err err = PEF_OK;

	for (uint32_t i = 0; !err && i < count && parcel_copy(parcel, &item, sizeof(item)); i++)
		err = coverage_add(&search->coverage, item.kind, item.text, item.reached);
	return err;
}

static void join_ends(struct parting *p, const struct part_head *head)
{
	struct search *search = p->search;

	search->unkept += head->unkept;
	search->twice.checked += head->twice;
	search->out_of_time |= head->out_of_time;
	search->interrupted |= head->interrupted;
	p->exhausted &= head->exhausted;
	if (head->swept.levels < search->swept.levels)
		search->swept.levels = head->swept.levels;
	search->swept.by_delay = head->swept.by_delay;
}

static void join_log(struct search *search, struct parcel *parcel)
{
	char *log = parcel_take_text(parcel);

	if (log && search->log)
		fputs(log, search->log);
	free(log);
}

static enum pef_err part_join(struct parting *p, struct parcel *parcel)
{
	struct search *search = p->search;
	struct part_head head;

	if (!parcel_copy(parcel, &head, sizeof(head)) || head.seen_count > SEARCH_FINDINGS_MAX)
		return PEF_BUG;
	join_tallies(&search->judge, &head, parcel);
	struct observation *seen = parcel_take(parcel, head.seen_count, sizeof(*seen));
	for (unsigned i = 0; seen && i < head.seen_count; i++)
		join_seen(search, &seen[i], parcel);
	free(seen);
	enum pef_err err = join_coverage(search, head.coverage_count, parcel);
	join_log(search, parcel);
	join_ends(p, &head);
	if (!err && !parcel->bad)
		err = lockgraph_join(search->session->locks, parcel->at, (size_t)(parcel->end - parcel->at));
	return parcel->bad ? PEF_BUG : err ? err : head.err;
}

/* Behind the part that decided it nothing counts: nobody would have run it. */
static void part_done(void *arg, unsigned number, enum worker_end end, const void *bytes, size_t len)
{
	struct parting *p = arg;
	struct part *part = &p->parts[number];
	struct parcel parcel = {.at = bytes, .end = (const char *)bytes + len};
	struct part_head head;

	if (p->decided)
		return;
	p->count++;
	*part = (struct part){.end = end, .bytes = malloc(len + 1), .len = len};
	if (part->bytes && len)
		memcpy(part->bytes, bytes, len);
	p->decided = !part->bytes || !parcel_copy(&parcel, &head, sizeof(head)) || head.decided || head.err;
}

static enum pef_err parts_join(struct parting *p)
{
	enum pef_err err = PEF_OK;

	for (unsigned i = 0; !err && i < p->count; i++) {
		const struct part *part = &p->parts[i];
		struct parcel parcel = {.at = part->bytes, .end = part->bytes + part->len};
		if (!part->bytes)
			return PEF_NOMEM;
		err = part->end == WORKER_DONE ? part_join(p, &parcel) : PEF_BUG;
		if (part->end != WORKER_DONE)
			fprintf(stderr, "pefsim: %s: internal error: the process of part %u of the search was lost\n",
				p->search->session->scenario->path, i + 1);
	}
	return err;
}

/* To whoever counts for this process, as if it had made the runs itself. */
static void parts_tick(void *arg, unsigned done, const struct worker_note *notes, unsigned running)
{
	const struct parting *p = arg;
	struct worker_note all = {.runs = 1};

	if (p->runs != UINT64_MAX) {
		all.budget = p->runs + 1;
		all.runs += p->runs * done / p->search->parts;
	}
	for (unsigned i = 0; i < running; i++) {
		all.runs += notes[i].runs;
		all.findings += notes[i].findings;
		all.share = notes[i].share > all.share ? notes[i].share : all.share;
	}
	if (all.budget && !p->search->budget_seconds)
		all.share = (double)all.runs / (double)all.budget;
	workers_note(&all);
}

static bool parts_stopped(void *arg)
{
	const struct parting *p = arg;

	return session_interrupted() || p->decided;
}

/*X:146
 * All cores work at one scenario. The parts are the same on every host, and what they come to is put
 * together in their order, so neither a verdict nor a replay file depends on how many ran at a time.
 :*/
enum pef_err search_in_parts(struct search *search, bool (*each)(void *arg, const struct search *search), void *arg)
{
	struct parting p = {.search = search,
		.each = each,
		.arg = arg,
		.runs = search->budget_runs,
		.parts = calloc(search->parts, sizeof(*p.parts)),
		.exhausted = true};
	const struct worker_plan plan = {.tasks = search->parts,
		.jobs = parting_jobs(search),
		.arg = &p,
		.work = part_work,
		.done = part_done,
		.tick = parts_tick,
		.stopped = parts_stopped};

	if (!p.parts)
		return PEF_NOMEM;
	strategy_close(search->strategy);
	search->strategy = NULL;
	search->swept.levels = UINT32_MAX;
	enum pef_err err = workers_run(&plan);
	if (!err)
		err = parts_join(&p);
	for (unsigned i = 0; i < p.count; i++)
		free(p.parts[i].bytes);
	free(p.parts);
	search->strategy = search_strategy(search, 0);
	search->exhausted = p.exhausted;
	search->interrupted |= session_interrupted();
	return err || search->strategy ? err : PEF_NOMEM;
}
