/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * extras.c - the sections "schedule" and "explore".
 *
 * Holds are read by the room that obeys them; here their contexts and labels
 * are held against the script. The way of exploring is checked for form and
 * kept as lines for the commands that want it.
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <string.h>

#include "pefsim/strategy.h"
#include "script.h"

char *line_join(struct script_arena *a, struct reader *r, const struct line *line, unsigned from, unsigned to)
{
	char text[4 * SCRIPT_LINE_MAX];
	struct cursor c = {.r = r, .line = line};
	size_t len = 0;
	bool glued = true;

	text[0] = 0;
	for (c.i = from; c.i < to && c.i < line->word_count; c.i++) {
		const struct word *w = &line->words[c.i];
		bool glue = word_is(w, WORD_SIGN, "|") || word_is(w, WORD_SIGN, "..");
		const char *word = r ? cursor_text(&c) : w->text, *quote = w->kind == WORD_STRING ? "\"" : "";
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s%s", glued || glue ? "" : " ", quote,
			word ? word : "", quote);
		if (len >= sizeof(text))
			break;
		glued = glue;
	}
	return script_copy(a, text, strlen(text));
}

void line_keep(struct reader *r, struct scenario_line **lines, unsigned *count, const struct line *line)
{
	const char *text = line_join(r->arena, r, line, 0, line->word_count);

	/* It is printed with two blanks in front. */
	if (strlen(text) + 2 > SCRIPT_LINE_MAX) {
		diag_error(r->diag, line, line->words[0].column, "the line is too long");
		diag_help(r->diag, "with its parameters replaced and spaced out it has %zu bytes", strlen(text));
		return;
	}
	*lines = script_grow(r->arena, *lines, *count, sizeof(**lines));
	(*lines)[(*count)++] = (struct scenario_line){text, line->number};
}

void head_end(struct reader *r, const struct section *section)
{
	struct cursor c = cursor_at(r, section->head, 1);

	cursor_end(&c, "the section's word stands alone, its statements are indented");
}

/* ---- schedule ------------------------------------------------------------------------ */

static const char hold_usage[] = "hold CONTEXT at POINT until CONTEXT passes POINT [cycles INT]";

/* The word in which byte @at of the joined text lies; the word count when it lies behind all. */
static unsigned joined_word(struct reader *r, const struct line *line, size_t at)
{
	for (unsigned i = 2; i <= line->word_count; i++)
		if (strlen(line_join(r->arena, r, line, 1, i)) > at)
			return i - 1;
	return line->word_count;
}

/* A misspelt kind of point reads as a label, so the word before the wrong one may be the culprit. */
static void hold_wrong(struct reader *r, const struct line *line, unsigned word, const char *message)
{
	static const char *const words[] = {"at", "until", "passes", "cycles"};
	struct cursor c = cursor_at(r, line, word);
	struct suggest s = suggest_begin(word < line->word_count ? line->words[word].text : "");
	struct suggest before = suggest_begin(line->words[word - 1].text);
	enum point_kind kind;

	cursor_error(&c, "%s", message);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest_offer(&s, words[i]);
#define X(name, text, about) suggest_offer(&s, text);
	PEF_OBJECTS(X)
#undef X
#define X(name, text, about) suggest_offer(&before, text);
	PEF_POINT_KINDS(X)
#undef X
	if (s.distance == 0)
		s.best = NULL;
	if (!s.best && !point_kind_parse(before.word, strlen(before.word), &kind))
		s = before;
	suggest_help(r->diag, &s, "%s", hold_usage);
}

static void hold_read(struct reader *r, const struct line *line)
{
	const char *text = line_join(r->arena, r, line, 1, line->word_count);
	char message[256] = "";
	struct hold hold = {0};
	unsigned at = 0;

	if (line->word_count == 1) {
		diag_error(r->diag, line, line->words[0].column, "the hold is missing");
		diag_help(r->diag, "%s", hold_usage);
		return;
	}
	if (hold_parse(text, &hold, message, sizeof(message), &at) != PEF_OK) {
		hold_wrong(r, line, joined_word(r, line, at), message);
		return;
	}
	r->s->holds = script_grow(r->arena, r->s->holds, r->s->hold_count, sizeof(*r->s->holds));
	r->hold_lines = script_grow(r->arena, r->hold_lines, r->s->hold_count, sizeof(*r->hold_lines));
	r->s->holds[r->s->hold_count] = hold;
	r->hold_lines[r->s->hold_count++] = line;
}

void schedule_read(struct reader *r, const struct section *section)
{
	head_end(r, section);
	for (const struct node *n = section->first; n; n = n->next) {
		const struct word *w = &n->line->words[0];
		struct suggest s = suggest_begin(w->text);
		if (word_is(w, WORD_PLAIN, "hold")) {
			hold_read(r, n->line);
			continue;
		}
		diag_error(r->diag, n->line, w->column, "unknown word '%s' in section 'schedule'", w->text);
		suggest_offer(&s, "hold");
		suggest_help(r->diag, &s, "%s", hold_usage);
	}
}

/* Whether two contexts are the same but for their halves, "/hv" and "/uv". */
static bool same_base(const char *a, const char *b)
{
	const char *slash_a = strchr(a, '/'), *slash_b = strchr(b, '/');
	size_t n = slash_a ? (size_t)(slash_a - a) : strlen(a), m = slash_b ? (size_t)(slash_b - b) : strlen(b);

	return n == m && memcmp(a, b, n) == 0;
}

/* The thread whose context this is; false: none. The boot context of a guest has no thread (UINT32_MAX). */
static bool context_find(const struct reader *r, const char *context, unsigned *thread)
{
	char boot[PEF_NAME_MAX + 8];
	const char *slash = strchr(context, '/');

	for (const char *p = slash; p; p = strchr(p + 1, '/'))
		if ((strncmp(p, "/hv", 3) != 0 && strncmp(p, "/uv", 3) != 0) || (p[3] && p[3] != '/'))
			return false;
	for (*thread = 0; *thread < r->s->thread_count; (*thread)++)
		if (same_base(context, r->s->threads[*thread].context))
			return true;
	*thread = UINT32_MAX;
	for (unsigned i = 0; i < r->s->guest_count; i++) {
		snprintf(boot, sizeof(boot), "%s.vcpu0", r->s->guests[i].name);
		if (same_base(context, boot))
			return true;
	}
	return false;
}

static unsigned word_column(const struct line *line, const char *text, unsigned nth)
{
	for (unsigned i = 0; i < line->word_count; i++)
		if (strcmp(line->words[i].text, text) == 0 && nth-- == 0)
			return line->words[i].column;
	return line->words[0].column;
}

/* Whether THREAD.LABEL as written is that very label. */
static bool names_label(struct reader *r, const char *text, unsigned thread, uint32_t event)
{
	uint32_t found;

	return label_find(r, text, thread, &found) && found == event;
}

/* A hold that waits for nobody ends when nothing else can run: what a search writes of a context kept back to the end. */
static bool waits_for_nobody(const struct point_name *p)
{
	return !strcmp(p->context, "nobody");
}

static void point_check(struct reader *r, const struct line *line, struct point_name *p, unsigned nth)
{
	char full[2 * PEF_NAME_MAX];
	const struct thread *t;
	char *dot;
	struct suggest s = suggest_begin(p->context);
	unsigned thread;
	uint32_t event;

	if (!context_find(r, p->context, &thread)) {
		diag_error(r->diag, line, word_column(line, p->context, nth), "there is no context '%s'", p->context);
		for (unsigned i = 0; i < r->s->thread_count; i++)
			suggest_offer(&s, r->s->threads[i].context);
		suggest_help(r->diag, &s, "contexts are threads as GUEST.THREAD, and their halves /hv and /uv");
		return;
	}
	if (p->kind != POINT_LABEL)
		return;
	t = thread == UINT32_MAX ? NULL : &r->s->threads[thread];
	/* THREAD.LABEL may be written, too; the context says whose label it is. */
	dot = strrchr(p->label, '.');
	snprintf(full, sizeof(full), "%s.%s", t ? t->name : p->context, dot ? dot + 1 : p->label);
	if (label_find(r, full, thread, &event) && (!dot || names_label(r, p->label, thread, event))) {
		r->uses[event].wait = line;
		if (dot) {
			char label[PEF_NAME_MAX] = "";
			memcpy(label, dot + 1, strlen(dot + 1));
			memcpy(p->label, label, sizeof(label));
		}
		return;
	}
	label_unknown(r, line, word_column(line, p->label, 0), dot ? p->label : full);
}

void schedule_check(struct reader *r)
{
	for (unsigned i = 0; i < r->s->hold_count; i++) {
		struct hold *h = &r->s->holds[i];
		point_check(r, r->hold_lines[i], &h->at, 0);
		if (waits_for_nobody(&h->until))
			continue;
		point_check(r, r->hold_lines[i], &h->until, strcmp(h->at.context, h->until.context) == 0 ? 1 : 0);
	}
}

/* ---- explore ---------------------------------------------------------------------------- */

static const char explore_usage[] =
	"lines of 'explore': strategy NAME [INT], preemptions INT, budget [INT runs] [NUM s|min], "
	"depth INT, seed INT, stop first|all, jobs INT";

static bool budget_read(struct cursor *c)
{
	uint64_t number;

	do {
		if (!cursor_number(c, "the budget", 1, UINT64_C(1) << 48, &number))
			return false;
		if (cursor_take(c, "runs")) {
			c->r->s->budget_runs = number;
		} else if (cursor_take(c, "s")) {
			c->r->s->budget_seconds = number;
		} else if (cursor_take(c, "min")) {
			c->r->s->budget_seconds = number * 60;
		} else {
			cursor_error(c, "runs, s or min is missing");
			diag_help(c->r->diag, "budget 20000 runs 60 s");
			return false;
		}
	} while (!cursor_done(c));
	return true;
}

static bool preemptions_read(struct cursor *c)
{
	c->r->s->explore_preemptions_given = true;
	return cursor_number(
		c, "the number of preemptions", 0, STRATEGY_PREEMPTIONS_MAX, &c->r->s->explore_preemptions);
}

static bool depth_read(struct cursor *c)
{
	return cursor_number(c, "the depth", 0, STRATEGY_DEPTH_MAX, &c->r->s->explore_depth);
}

static bool strategy_read(struct cursor *c)
{
	char *name = c->r->s->explore_strategy;
	enum strategy_id id;
	struct cursor at = *c;

	if (!cursor_name(c, "the strategy", name))
		return false;
	if (!strategy_parse(name, &id)) {
		struct suggest s = suggest_begin(name);
		cursor_error(&at, "there is no strategy '%s'", name);
		for (unsigned i = 0; i < STRATEGY_COUNT; i++)
			suggest_offer(&s, strategy_name((enum strategy_id)i));
		suggest_help(c->r->diag, &s, "'pefsim list strategies' names all");
		return false;
	}
	if (cursor_done(c))
		return true;
	if (id != STRATEGY_SWEEP && id != STRATEGY_PCT) {
		cursor_error(c, "strategy '%s' takes no number", name);
		diag_help(c->r->diag, "'strategy sweep 1': preemptions; 'strategy pct 3': depth");
		return false;
	}
	return id == STRATEGY_SWEEP ? preemptions_read(c) : depth_read(c);
}

static bool explore_line(struct cursor *c)
{
	static const char *const words[] = {"strategy", "budget", "stop", "preemptions", "depth", "seed", "jobs"};
	const char *word = c->line->words[0].text;
	struct suggest s = suggest_begin(word);
	uint64_t number;
	unsigned i = 0;

	while (i < 7 && strcmp(word, words[i]) != 0)
		suggest_offer(&s, words[i++]);
	c->i = i < 7;
	if (i == 0)
		return strategy_read(c);
	if (i == 1)
		return budget_read(c);
	if (i == 2) {
		c->r->s->stop_first = cursor_take(c, "first");
		if (c->r->s->stop_first || cursor_take(c, "all"))
			return true;
		cursor_error(c, "stop when?");
		diag_help(c->r->diag, "stop first, or: stop all");
		return false;
	}
	if (i == 3)
		return preemptions_read(c);
	if (i == 4)
		return depth_read(c);
	if (i < 7 && !cursor_number(c, "the number", i == 6 ? 1 : 0, INT64_MAX, &number))
		return false;
	if (i == 5)
		c->r->s->explore_seed = number;
	if (i < 7)
		return true;
	cursor_error(c, "unknown word '%s' in section 'explore'", word);
	suggest_help(c->r->diag, &s, "%s", explore_usage);
	return false;
}

void explore_read(struct reader *r, const struct section *section)
{
	head_end(r, section);
	r->s->has_explore = true;
	for (const struct node *n = section->first; n; n = n->next) {
		struct cursor c = cursor_at(r, n->line, 0);
		if (explore_line(&c) && cursor_end(&c, explore_usage))
			line_keep(r, &r->s->explores, &r->s->explore_count, n->line);
	}
}
