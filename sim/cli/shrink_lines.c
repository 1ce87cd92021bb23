/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shrink_lines.c - fewer threads, guests, statements and slots. See shrink.h.
 *
 * What a line means is not looked at: one that cannot go makes no scenario, or
 * one without the finding.
 *
 * Locking: none. Errors: none. Blocking: as the candidates' runs.
 */
#include <stdlib.h>
#include <string.h>

#include "shrink.h"

static bool *drop_none(const struct shrink *sh)
{
	bool *drop = calloc(sh->best.line_count + 1, sizeof(*drop));

	if (!drop)
		abort();
	return drop;
}

/* Try without the marked lines; the marks are given away. */
static bool try_dropped(struct shrink *sh, bool *drop)
{
	struct shrink_case c = shrink_copy(sh, drop);
	bool fewer = c.line_count < sh->best.line_count;

	free(drop);
	if (!fewer) {
		shrink_case_free(&c);
		return false;
	}
	return shrink_try(sh, &c);
}

static bool is_head(const char *line)
{
	return line[0] != ' ';
}

static bool begins(const char *line, const char *word)
{
	line += strspn(line, " ");
	return !strncmp(line, word, strlen(word)) && (line[strlen(word)] == ' ' || !line[strlen(word)]);
}

/* Whether @word stands in the line, between blanks or ends. */
static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(line, word); at; at = strstr(at + 1, word))
		if ((at == line || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

static void drop_section(const struct shrink *sh, unsigned head, bool *drop)
{
	drop[head] = true;
	for (unsigned i = head + 1; i < sh->best.line_count && !is_head(sh->best.lines[i]); i++)
		drop[i] = true;
}

/* ---- whole sections --------------------------------------------------------------------------- */

/* A guest goes with its threads. */
static void drop_threads_of(const struct shrink *sh, const char *guest, bool *drop)
{
	for (unsigned i = 0; i < sh->best.line_count; i++)
		if (is_head(sh->best.lines[i]) && begins(sh->best.lines[i], "thread") &&
			has_word(sh->best.lines[i], guest))
			drop_section(sh, i, drop);
}

/* Events that only a dropped thread signals are waited for by nobody. */
static void drop_lonely_waits(const struct shrink *sh, bool *drop)
{
	for (unsigned i = 0; i < sh->best.line_count; i++) {
		const char *line = sh->best.lines[i], *event = strrchr(line, ' ');
		bool signalled = false;
		if (drop[i] || is_head(line) || !strstr(line, "wait ") || !event)
			continue;
		for (unsigned k = 0; k < sh->best.line_count; k++)
			signalled |= !drop[k] && strstr(sh->best.lines[k], "signal ") &&
				     has_word(sh->best.lines[k], event + 1);
		drop[i] |= !signalled;
	}
}

bool shrink_pass_sections(struct shrink *sh)
{
	bool gained = false;

	for (unsigned i = sh->best.line_count; i-- > 0;) {
		if (i >= sh->best.line_count || !is_head(sh->best.lines[i]))
			continue;
		const char *line = sh->best.lines[i];
		bool guest = begins(line, "guest");
		if (!guest && !begins(line, "thread") && !begins(line, "fault"))
			continue;
		bool *drop = drop_none(sh);
		drop_section(sh, i, drop);
		if (guest)
			drop_threads_of(sh, line + strlen("guest "), drop);
		drop_lonely_waits(sh, drop);
		gained |= try_dropped(sh, drop);
	}
	return gained;
}

/* ---- lines ---------------------------------------------------------------------------------------- */

/* Lines that may go: all but heads, the title, the design and what is expected. */
static bool may_go(const char *line)
{
	return !is_head(line) && !begins(line, "title") && !begins(line, "hv") && !begins(line, "never");
}

static bool try_without_lines(void *arg, const bool *drop, unsigned count)
{
	struct shrink *sh = arg;
	bool *lines = drop_none(sh);
	unsigned number = 0;

	for (unsigned i = 0; i < sh->best.line_count; i++) {
		if (!may_go(sh->best.lines[i]))
			continue;
		lines[i] = number < count && drop[number];
		number++;
	}
	return try_dropped(sh, lines);
}

bool shrink_pass_lines(struct shrink *sh)
{
	unsigned count = 0;

	for (unsigned i = 0; i < sh->best.line_count; i++)
		count += may_go(sh->best.lines[i]);
	return shrink_parts(count, try_without_lines, sh);
}

/* ---- lines that name the same -------------------------------------------------------------------- */

/* All lines with the last word of line @i go at once: who signals an event, and who waits for it. */
static bool try_without_event(struct shrink *sh, unsigned i)
{
	const char *word = strrchr(sh->best.lines[i], ' ') + 1;
	bool *drop = drop_none(sh);

	for (unsigned k = 0; k < sh->best.line_count; k++)
		drop[k] = !is_head(sh->best.lines[k]) && has_word(sh->best.lines[k], word);
	return try_dropped(sh, drop);
}

/* A slot goes with all that touches it: words "N:PAGE", and lines about the slot itself. */
static bool try_without_slot(struct shrink *sh, unsigned i)
{
	unsigned long slot = strtoul(sh->best.lines[i] + strcspn(sh->best.lines[i], "0123456789"), NULL, 10);
	char page[32], number[32];
	bool *drop = drop_none(sh);

	snprintf(page, sizeof(page), " %lu:", slot);
	snprintf(number, sizeof(number), "%lu", slot);
	for (unsigned k = 0; k < sh->best.line_count; k++) {
		const char *line = sh->best.lines[k];
		drop[k] = !is_head(line) && (strstr(line, page) || (strstr(line, "slot") && has_word(line, number)));
	}
	drop[i] = true;
	return try_dropped(sh, drop);
}

bool shrink_pass_names(struct shrink *sh)
{
	bool gained = false;

	for (unsigned i = sh->best.line_count; i-- > 0;) {
		if (i >= sh->best.line_count)
			continue;
		const char *line = sh->best.lines[i];
		if (is_head(line))
			continue;
		if (strstr(line, "signal "))
			gained |= try_without_event(sh, i);
		else if (begins(line, "slot"))
			gained |= try_without_slot(sh, i);
	}
	return gained;
}

/* ---- choices ---------------------------------------------------------------------------------------- */

/*
 * Of "choose N" and the N lines behind it only the branch @branch stays. A choice names a statement by its number,
 * so those that were made go with it; another branch line by line is tried in their place.
 */
static bool try_branch(struct shrink *sh, unsigned at, unsigned branches, unsigned branch)
{
	bool *drop = drop_none(sh);

	for (unsigned i = at; i <= at + branches && i < sh->best.line_count; i++)
		drop[i] = i != at + 1 + branch;
	struct shrink_case c = shrink_copy(sh, drop);
	free(drop);
	c.choice_count = 0;
	return shrink_try(sh, &c);
}

/* A word of the line is another; the rest stays. */
static bool try_word(struct shrink *sh, unsigned at, const char *from, const char *to)
{
	struct shrink_case c = shrink_copy(sh, NULL);
	char *place = strstr(c.lines[at], from), *line = NULL;
	size_t len;
	FILE *out = open_memstream(&line, &len);

	if (!out || !place)
		abort();
	fprintf(out, "%.*s%s%s", (int)(place - c.lines[at]), c.lines[at], to, place + strlen(from));
	fclose(out);
	free(c.lines[at]);
	c.lines[at] = line;
	c.choice_count = 0;
	return shrink_try(sh, &c);
}

/* What chance decides is written down as it was decided, so that nobody needs the seed. */
bool shrink_pass_choices(struct shrink *sh)
{
	bool gained = false;

	for (unsigned i = 0; i < sh->best.line_count; i++) {
		const char *line = sh->best.lines[i], *choose = strstr(line, "choose ");
		unsigned branches =
			choose && !is_head(line) ? (unsigned)strtoul(choose + strlen("choose "), NULL, 10) : 0;
		bool gone = false;
		for (unsigned k = 0; k < branches && k < 64 && !gone; k++)
			gone = try_branch(sh, i, branches, k);
		gained |= gone;
		if (!gone && !is_head(line) && begins(sh->best.lines[i], "maybe"))
			gained |= try_word(sh, i, "maybe", "any");
	}
	return gained;
}
