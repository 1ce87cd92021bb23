/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suggest.c - "did you mean": the name nearest to a wrong one.
 *
 * Nearness is the number of letters to insert, drop, change or swap with their
 * neighbour; a name is offered when at most half of its letters differ.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <ctype.h>
#include <string.h>

#include "script.h"

#define LONGEST 64u

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, capitals as small letters. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *above = rows[1], *here = rows[2];
	unsigned n = (unsigned)strlen(a), m = (unsigned)strlen(b);

	if (n > LONGEST || m > LONGEST)
		return UINT32_MAX;
	for (unsigned j = 0; j <= m; j++)
		above[j] = j;
	for (unsigned i = 1; i <= n; i++) {
		unsigned *spare = before;
		here[0] = i;
		for (unsigned j = 1; j <= m; j++) {
			int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
			here[j] = least(least(above[j] + 1, here[j - 1] + 1), above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
				y == tolower((unsigned char)a[i - 2]))
				here[j] = least(here[j], before[j - 2] + 1);
		}
		before = above;
		above = here;
		here = spare;
	}
	return above[m];
}

struct suggest suggest_begin(const char *word)
{
	return (struct suggest){word, NULL, UINT32_MAX};
}

void suggest_offer(struct suggest *s, const char *name)
{
	unsigned d = distance(s->word, name);

	if (d < s->distance && d * 2 <= strlen(name) && d <= 4) {
		s->distance = d;
		s->best = name;
	}
}

void suggest_help(struct diagnostics *d, const struct suggest *s, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (s->best)
		diag_help(d, "did you mean '%s'?", s->best);
	else
		diag_help(d, "%s", text);
}
