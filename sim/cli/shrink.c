/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shrink.c - candidates tried, and the best one kept. See shrink.h.
 *
 * Locking: none. Errors: see shrink.h. Blocking: see shrink.h.
 */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "recording.h"

static uint64_t shrink_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

bool shrink_is_over(const struct shrink *sh)
{
	return session_interrupted() || sh->tried >= sh->tries_max || (sh->seconds_max && shrink_now() >= sh->until);
}

/* ---- cases --------------------------------------------------------------------------------- */

static char *copy_line(const char *text, size_t len)
{
	char *line = strndup(text, len);

	if (!line)
		abort();
	return line;
}

static void case_room(struct shrink_case *c, unsigned lines, unsigned holds, unsigned choices)
{
	c->lines = calloc(lines + 1, sizeof(*c->lines));
	c->holds = calloc(holds + 1, sizeof(*c->holds));
	c->choices = calloc(choices + 1, sizeof(*c->choices));
	if (!c->lines || !c->holds || !c->choices)
		abort();
}

/* Sections that say how to search and what to expect; a schedule is kept as holds. */
static bool is_left_out(const char *line, size_t len)
{
	return (len == 8 && !memcmp(line, "schedule", 8)) || (len == 7 && !memcmp(line, "explore", 7)) ||
	       (len == 6 && !memcmp(line, "expect", 6));
}

/* Whoever runs the shrunk file as a check wants to hear of the finding. */
static void case_take_text(struct shrink_case *c, const char *text)
{
	bool out = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		if (len && text[0] != ' ')
			out = is_left_out(text, len);
		if (len && !out)
			c->lines[c->line_count++] = copy_line(text, len);
		text += len + (text[len] == '\n');
	}
	c->lines[c->line_count++] = copy_line("expect", 6);
	c->lines[c->line_count++] = copy_line("  never any-violation", 21);
}

struct shrink_case shrink_copy(const struct shrink *sh, const bool *drop)
{
	const struct shrink_case *best = &sh->best;
	struct shrink_case c = {.seed = best->seed};

	case_room(&c, best->line_count, best->hold_count, best->choice_count);
	for (unsigned i = 0; i < best->line_count; i++)
		if (!drop || !drop[i])
			c.lines[c.line_count++] = copy_line(best->lines[i], strlen(best->lines[i]));
	for (; c.hold_count < best->hold_count; c.hold_count++)
		c.holds[c.hold_count] = best->holds[c.hold_count];
	for (; c.choice_count < best->choice_count; c.choice_count++)
		c.choices[c.choice_count] = best->choices[c.choice_count];
	if (drop)
		shrink_renumber(sh, drop, &c);
	return c;
}

void shrink_case_free(struct shrink_case *c)
{
	for (unsigned i = 0; i < c->line_count; i++)
		free(c->lines[i]);
	free(c->lines);
	free(c->holds);
	free(c->choices);
	*c = (struct shrink_case){0};
}

static void text_holds(const struct shrink_case *c, FILE *out)
{
	char text[4 * PEF_NAME_MAX + 64];

	if (c->hold_count)
		fputs("schedule\n", out);
	for (unsigned i = 0; i < c->hold_count; i++) {
		struct hold hold = c->holds[i];
		hold.cycles = 0;
		fprintf(out, "  hold %s\n", hold_print(&hold, text, sizeof(text)));
	}
}

char *shrink_text(const struct shrink_case *c, bool holds)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	for (unsigned i = 0; i < c->line_count; i++)
		fprintf(out, "%s\n", c->lines[i]);
	if (holds)
		text_holds(c, out);
	fclose(out);
	return text;
}

/* ---- one candidate --------------------------------------------------------------------------- */

/* Whether the text is a scenario; nothing is said when it is not. */
static bool text_is_scenario(const char *text, const char *path)
{
	struct scenario *s = NULL;
	bool good = scenario_read_text(text, strlen(text), path, NULL, &s, NULL) == PEF_OK;

	good = good && !policy_why(s->design, s->slot_delete);
	scenario_free(s);
	return good;
}

/* Holds that were not reached did nothing. */
static void case_drop_idle_holds(struct shrink_case *c)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < c->hold_count; i++)
		if (c->holds[i].reached)
			c->holds[kept++] = c->holds[i];
	c->hold_count = kept;
}

static bool case_shows(struct shrink *sh, struct shrink_case *c, struct session *s)
{
	struct run_plan plan = {.exec = ENGINE_FIBERS,
		.seed = c->seed,
		.holds = c->holds,
		.hold_count = c->hold_count,
		.choices = c->choices,
		.choice_count = c->choice_count,
		.derive = true,
		.points = true,
		.silent = true,
		.cycles_max = sh->cycles_max};
	char signature[256];

	for (unsigned i = 0; i < c->hold_count; i++)
		c->holds[i].cycles = 0;
	if (session_run_once(s, &plan))
		return false;
	return !strcmp(recording_signature(s, sh->signature, signature, sizeof(signature)), sh->signature);
}

bool shrink_try(struct shrink *sh, struct shrink_case *c)
{
	char *text = shrink_text(c, false), *whole = shrink_text(c, true);
	struct session s = {0};
	/* With its holds: one that waits for a thread that went could not be written down. */
	bool good = !shrink_is_over(sh) && text_is_scenario(whole, sh->path);

	if (good) {
		sh->tried++;
		good = session_open_text(&s, sh->options, text, strlen(text), sh->path) == PEF_OK &&
		       (case_shows(sh, c, &s) || (s.world && shrink_follow_boot(sh, &s, c) && case_shows(sh, c, &s)));
	}
	if (good) {
		case_drop_idle_holds(c);
		shrink_case_free(&sh->best);
		sh->best = *c;
		shrink_count(sh, &s);
	} else {
		shrink_case_free(c);
	}
	session_close(&s);
	free(text);
	free(whole);
	return good;
}

/*X:390
 * Delta debugging: neighbours often go together, so halves are tried first, then quarters, down to
 * single parts. What goes at one size makes the next one cheaper.
 :*/
bool shrink_parts(unsigned count, bool (*each)(void *arg, const bool *drop, unsigned count), void *arg)
{
	bool any = false, *drop = calloc(count + 1, sizeof(*drop));

	if (!drop)
		abort();
	for (unsigned size = count; size; size /= 2) {
		for (unsigned end = count; end;) {
			unsigned begin = end > size ? end - size : 0;
			memset(drop, 0, count);
			memset(drop + begin, 1, end - begin);
			if (each(arg, drop, count)) {
				count -= end - begin;
				any = true;
			}
			end = begin;
		}
	}
	free(drop);
	return any;
}

/* ---- all of it -------------------------------------------------------------------------------- */

enum pef_err shrink_open(struct shrink *sh, const struct options *options, const char *path, const char *text,
	const struct run_plan *plan, const char *signature)
{
	unsigned lines = 3;

	*sh = (struct shrink){.options = options, .path = path, .signature = signature, .tries_max = UINT64_MAX};
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	case_room(&sh->best, lines, plan->hold_count, plan->choice_count);
	case_take_text(&sh->best, text);
	sh->best.seed = plan->seed;
	for (; sh->best.hold_count < plan->hold_count; sh->best.hold_count++)
		sh->best.holds[sh->best.hold_count] = plan->holds[sh->best.hold_count];
	for (; sh->best.choice_count < plan->choice_count; sh->best.choice_count++)
		sh->best.choices[sh->best.choice_count] = plan->choices[sh->best.choice_count];
	return PEF_OK;
}

void shrink_close(struct shrink *sh)
{
	shrink_case_free(&sh->best);
	free(sh->passed);
}

/* The case as it was given must show the finding, and says how long a run may take. */
static bool shrink_begin(struct shrink *sh)
{
	struct shrink_case c = shrink_copy(sh, NULL);

	sh->until = shrink_now() + sh->seconds_max;
	return shrink_try(sh, &c);
}

bool shrink_holds(struct shrink *sh)
{
	if (!shrink_begin(sh))
		return false;
	while (!shrink_is_over(sh) && shrink_pass_holds(sh))
		;
	return true;
}

/*X:170
 * In the order in which most is gained: fewer holds make the rest easier to change, and whole threads
 * go before their lines. A pass may make room for one before it, so all are made again until none
 * gains anything; then every part that is left was tried alone and is needed.
 :*/
bool shrink_run(struct shrink *sh)
{
	static bool (*const passes[])(struct shrink *) = {shrink_pass_holds, shrink_pass_sections, shrink_pass_choices,
		shrink_pass_names, shrink_pass_lines, shrink_pass_pages, shrink_pass_numbers};
	bool gained = shrink_begin(sh);

	if (!gained)
		return false;
	while (gained && !shrink_is_over(sh)) {
		gained = false;
		for (unsigned i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
			gained |= passes[i](sh);
	}
	return true;
}

static unsigned count_sections(const struct shrink_case *c, const char *word)
{
	size_t len = strlen(word);
	unsigned count = 0;

	for (unsigned i = 0; i < c->line_count; i++)
		count += !strncmp(c->lines[i], word, len) && c->lines[i][len] == ' ';
	return count;
}

static unsigned count_statements(const struct shrink_case *c)
{
	unsigned count = 0;
	bool thread = false;

	for (unsigned i = 0; i < c->line_count; i++) {
		if (c->lines[i][0] != ' ')
			thread = !strncmp(c->lines[i], "thread ", 7);
		else
			count += thread;
	}
	return count;
}

const char *shrink_describe(const struct shrink *sh, char *buf, size_t size)
{
	unsigned holds = sh->best.hold_count, threads = count_sections(&sh->best, "thread");
	unsigned statements = count_statements(&sh->best);

	snprintf(buf, size, "%u hold%s, %u thread%s, %u statement%s", holds, holds == 1 ? "" : "s", threads,
		threads == 1 ? "" : "s", statements, statements == 1 ? "" : "s");
	return buf;
}

char *shrink_write(const struct shrink *sh, const char *comment)
{
	char *text = shrink_text(&sh->best, true), *written = NULL;
	struct scenario *s = NULL;
	size_t len;
	FILE *out = open_memstream(&written, &len);

	if (!out)
		abort();
	/* Warnings of what is left are no news: it is what a machine took apart. */
	enum pef_err err = scenario_read_text(text, strlen(text), sh->path, NULL, &s, NULL);
	if (err)
		scenario_read_text(text, strlen(text), sh->path, NULL, &s, stderr);
	free(text);
	text = NULL;
	FILE *printed = open_memstream(&text, &len);
	if (!printed)
		abort();
	if (!err)
		scenario_print(s, printed);
	fclose(printed);
	/* The comment stands behind the first line, which says what kind of file this is. */
	size_t first = strcspn(text, "\n");
	if (!err)
		fprintf(out, "%.*s\n%s%s%s%s", (int)first, text, comment ? "# " : "", comment ? comment : "",
			comment ? "\n" : "", text + first + 1);
	fclose(out);
	scenario_free(s);
	free(text);
	if (err)
		free(written);
	return err ? NULL : written;
}
