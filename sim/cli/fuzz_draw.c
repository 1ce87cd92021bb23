/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_draw.c - which scenarios are explored next. See fuzz.h.
 *
 * First those the corpus had, as they are. Then two of three are variations of one
 * in the corpus, the later the likelier, and the rest are drawn anew, so that it
 * never goes round in what it knows.
 *
 * Locking: none. Errors: fewer scenarios. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/explore.h"
#include "pefsim/generate.h"

#include "fuzz.h"

#define FUZZ_TRIES 50u /* that a variation may fail to be a scenario */
/* Later ones have come further: the later of two is taken. */
static const char *fuzz_pick(struct fuzz *f)
{
	unsigned a = generate_below(&f->random, f->corpus.count), b = generate_below(&f->random, f->corpus.count);

	return f->corpus.texts[a > b ? a : b];
}

/* In canonical form; NULL when it is no scenario with any of the designs. */
static char *fuzz_accept(const struct fuzz *f, char *text)
{
	static const struct options none;
	struct options options = f->options;
	bool runs = false;

	for (unsigned i = 0; text && !runs && i < f->design_count + !f->design_count; i++) {
		options.design = f->design_count ? f->design_names[i] : f->options.design;
		char *settled = fuzz_settle(text, "drawn.pef", &options, NULL);
		runs = settled != NULL;
		free(settled);
	}
	char *canonical = runs ? fuzz_settle(text, "drawn.pef", &none, NULL) : NULL;
	free(text);
	return canonical;
}

/* What the corpus had at first is explored as it is; then two of three scenarios are variations. */
static char *fuzz_make(struct fuzz *f)
{
	char *text = NULL;

	if (f->scenarios < f->corpus.read)
		return strdup(f->corpus.texts[f->scenarios]);
	for (unsigned i = 0; !text && i < FUZZ_TRIES; i++) {
		uint64_t seed = generate_next(&f->random);
		bool vary = f->corpus.count && seed % 3;
		text = fuzz_accept(f, vary ? meeting_vary(fuzz_pick(f), fuzz_pick(f), seed)
					   : meeting_draw(generate_below(&seed, 1000000)));
	}
	return text;
}

/* "scenario NAME" of its text. */
static void fuzz_name(struct fuzz_task *t)
{
	const char *at = strstr(t->settled, "\nscenario ");
	size_t len = at ? strcspn(at + 10, " \n") : 0;

	snprintf(t->name, sizeof(t->name), "%.*s.pef", (int)(len < PEF_NAME_MAX ? len : 0), at ? at + 10 : "");
}

static void fuzz_add_task(struct fuzz *f, const char *text, const char *design, uint64_t seed)
{
	struct fuzz_task *t = &f->tasks[f->task_count];
	uint64_t planned = f->runs + f->task_count * (uint64_t)FUZZ_SCENARIO_RUNS;

	*t = (struct fuzz_task){.number = f->scenarios, .text = text, .options = f->options};
	t->options.design = design;
	t->settled = fuzz_settle(text, "drawn.pef", &t->options, NULL);
	t->options.seed = 1 + seed % 1000000;
	t->options.runs = FUZZ_SCENARIO_RUNS - 1;
	if (!f->until && planned + FUZZ_SCENARIO_RUNS > f->options.runs)
		t->options.runs = planned < f->options.runs ? f->options.runs - planned - 1 : UINT64_MAX;
	if (!t->settled || t->options.runs == UINT64_MAX) {
		free(t->settled);
		return;
	}
	t->options.runs_given = true;
	fuzz_name(t);
	f->task_count++;
}

bool fuzz_draw(struct fuzz *f)
{
	f->text_count = f->task_count = 0;
	for (unsigned i = 0; i < FUZZ_BATCH; i++) {
		char *text = fuzz_make(f);
		uint64_t seed = generate_next(&f->random);
		if (!text)
			return f->task_count > 0;
		f->texts[f->text_count++] = text;
		f->scenarios++;
		unsigned before = f->task_count;
		for (unsigned d = 0; d < f->design_count; d++)
			fuzz_add_task(f, text, f->design_names[d], seed);
		if (!f->design_count)
			fuzz_add_task(f, text, f->options.design, seed);
		f->scenarios -= f->task_count == before;
	}
	return f->task_count > 0;
}
