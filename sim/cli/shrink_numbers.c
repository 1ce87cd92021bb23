/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shrink_numbers.c - smaller numbers: pages, counts, vCPUs, delays. See shrink.h.
 *
 * A page is written as SLOT:PAGE wherever it is meant, so it becomes another in
 * all lines at once. Of values that are written and compared nothing is gained.
 *
 * Locking: none. Errors: none. Blocking: as the candidates' runs.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "shrink.h"

static char *line_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *line_of(const char *format, ...)
{
	char *line = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		abort();
	va_end(args);
	return line;
}

/* Every word @from of the indented lines is @to. Returns whether there was one. */
static bool replace_words(struct shrink_case *c, const char *from, const char *to)
{
	size_t len = strlen(from);
	bool any = false;

	for (unsigned i = 0; i < c->line_count; i++) {
		for (char *at = strstr(c->lines[i], from); at;) {
			bool whole = at > c->lines[i] && at[-1] == ' ' && (at[len] == ' ' || !at[len]);
			size_t before = (size_t)(at - c->lines[i]);
			if (whole) {
				char *line = line_of("%.*s%s%s", (int)before, c->lines[i], to, at + len);
				free(c->lines[i]);
				c->lines[i] = line;
				any = true;
				before += strlen(to);
			}
			at = strstr(c->lines[i] + before + !whole, from);
		}
	}
	return any;
}

static bool try_words(struct shrink *sh, const char *from, const char *to)
{
	struct shrink_case c = shrink_copy(sh, NULL);

	if (replace_words(&c, from, to))
		return shrink_try(sh, &c);
	shrink_case_free(&c);
	return false;
}

/* ---- pages ------------------------------------------------------------------------------------ */

/* "1:5" at the beginning of a word; where it ends, or NULL. */
static const char *page_at(const char *at, unsigned long *slot, unsigned long *page)
{
	char *end;

	if (*at < '0' || *at > '9')
		return NULL;
	*slot = strtoul(at, &end, 10);
	if (*end != ':' || end[1] < '0' || end[1] > '9')
		return NULL;
	*page = strtoul(end + 1, &end, 10);
	return *end == ' ' || !*end ? end : NULL;
}

static bool page_smaller(struct shrink *sh, unsigned long slot, unsigned long page)
{
	unsigned long tries[] = {0, page / 2, page - 1};
	char from[48], to[48];

	snprintf(from, sizeof(from), "%lu:%lu", slot, page);
	for (unsigned i = 0; page && i < 3; i++) {
		snprintf(to, sizeof(to), "%lu:%lu", slot, tries[i]);
		if ((i == 0 || tries[i] != tries[i - 1]) && try_words(sh, from, to))
			return true;
	}
	return false;
}

/* The pages that the line names, one after the other; a change begins the line anew. */
static bool line_pages(struct shrink *sh, unsigned i)
{
	unsigned long slot, page;
	bool gained = false;

	for (unsigned at = 0; at < strlen(sh->best.lines[i]);) {
		const char *line = sh->best.lines[i];
		const char *end = at && line[at - 1] == ' ' ? page_at(line + at, &slot, &page) : NULL;
		if (end && page_smaller(sh, slot, page))
			gained = true;
		else
			at++;
	}
	return gained;
}

bool shrink_pass_pages(struct shrink *sh)
{
	bool gained = false;

	for (unsigned i = 0; i < sh->best.line_count; i++)
		if (sh->best.lines[i][0] == ' ')
			gained |= line_pages(sh, i);
	return gained;
}

/* ---- single numbers --------------------------------------------------------------------------- */

static bool try_number(struct shrink *sh, unsigned i, size_t at, size_t len, unsigned long number)
{
	struct shrink_case c = shrink_copy(sh, NULL);
	char *line = line_of("%.*s%lu%s", (int)at, c.lines[i], number, c.lines[i] + at + len);

	free(c.lines[i]);
	c.lines[i] = line;
	return shrink_try(sh, &c);
}

/*
 * None, one, or a half less, a quarter, an eighth: so the smallest that will do is
 * found in some twenty steps, and not by counting down to it.
 */
static bool number_smaller(struct shrink *sh, unsigned i, size_t at)
{
	char *end;
	const char *line = sh->best.lines[i];
	unsigned long number = strtoul(line + at, &end, 10);
	size_t len = (size_t)(end - line) - at;

	/* A size, as 4M or 64K, keeps its unit. */
	for (unsigned long small = 0; small < 2 && small < number; small++)
		if (try_number(sh, i, at, len, small))
			return true;
	for (unsigned long less = number / 2; less && number - less > 1; less /= 2)
		if (try_number(sh, i, at, len, number - less))
			return true;
	return false;
}

bool shrink_pass_numbers(struct shrink *sh)
{
	static const char *const words[] = {
		" pages ", " count ", " vcpus ", " pool ", " secmem ", " delay ", " idle ", " times "};
	bool gained = false;

	for (unsigned i = 0; i < sh->best.line_count; i++) {
		for (unsigned k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
			const char *line = sh->best.lines[i], *place = line[0] == ' ' ? strstr(line, words[k]) : NULL;
			size_t at = place ? (size_t)(place - line) + strlen(words[k]) : 0;
			while (place && number_smaller(sh, i, at))
				gained = true;
		}
	}
	return gained;
}
