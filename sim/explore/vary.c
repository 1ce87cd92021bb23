/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vary.c - a scenario changed in a few places by chance.
 *
 * A scenario that came to something new is a better beginning than none: one
 * operation more, or in another order, and it may come further. Lines are moved,
 * not meanings, so any scenario can be varied, whoever wrote it; what comes out
 * is for the reader to accept or to refuse. Only lines that are an operation of
 * one kind of thread are touched: an order of threads that ended still ends.
 *
 * Locking: none. Errors: NULL: no memory. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meeting_private.h"
#include "pefsim/scenario.h"

#define VARY_CHANGES_MAX 4u
#define VARY_THREADS_MAX 8u /* more say nothing that fewer do not */

/* The lines of a text, and where threads begin. */
struct lines {
	char **line;
	unsigned count, room;
};

static bool lines_insert(struct lines *l, unsigned at, const char *text, size_t len)
{
	if (l->count == l->room) {
		unsigned room = 2 * l->room + 64;
		char **line = realloc(l->line, room * sizeof(*line));
		if (!line)
			return false;
		l->line = line;
		l->room = room;
	}
	char *copy = strndup(text, len);
	if (!copy)
		return false;
	memmove(&l->line[at + 1], &l->line[at], (l->count - at) * sizeof(*l->line));
	l->line[at] = copy;
	l->count++;
	return true;
}

static void lines_remove(struct lines *l, unsigned at)
{
	free(l->line[at]);
	l->count--;
	memmove(&l->line[at], &l->line[at + 1], (l->count - at) * sizeof(*l->line));
}

static void lines_free(struct lines *l)
{
	for (unsigned i = 0; i < l->count; i++)
		free(l->line[i]);
	free(l->line);
}

/* ---- what a line is ---------------------------------------------------------------- */

static bool is_thread(const char *line)
{
	return !strncmp(line, "thread ", 7);
}

/* ON_..., by the line that begins it. */
static unsigned thread_kind(const char *line)
{
	return strstr(line, " guest ") ? ON_GUEST : strstr(line, " uv on ") ? ON_UV : ON_HOST;
}

/* An operation of one kind of thread that stands alone: no part of a loop or of a choice, without a label. */
static bool is_operation(const char *line)
{
	char word[PEF_NAME_MAX];
	enum op_kind op;
	size_t len = line[0] == ' ' && line[1] == ' ' && line[2] != ' ' ? strcspn(line + 2, " ") : 0;

	if (!len || len >= sizeof(word))
		return false;
	memcpy(word, line + 2, len);
	word[len] = '\0';
	return op_parse(word, &op) && op_info(op)->threads != ON_ANY;
}

/* Its result, and what it reads, were right where it stood. */
static bool lines_loosen(struct lines *l, unsigned at)
{
	char *line = l->line[at], *cut = strstr(line, " -> "),
	     *value = strstr(line, "read ") ? strchr(line, '=') : NULL;
	size_t len = cut ? (size_t)(cut - line) : strcspn(line, "#");

	if (value && (size_t)(value - line) < len)
		len = (size_t)(value - line) - (value[-1] == '!');
	while (len && line[len - 1] == ' ')
		len--;
	l->line[at] = malloc(len + sizeof(" -> any"));
	if (!l->line[at]) {
		l->line[at] = line;
		return false;
	}
	memcpy(l->line[at], line, len);
	memcpy(l->line[at] + len, " -> any", sizeof(" -> any"));
	free(line);
	return true;
}

static bool lines_read(struct lines *l, const char *text)
{
	bool ok = true;

	*l = (struct lines){0};
	while (ok && *text) {
		size_t len = strcspn(text, "\n");
		ok = lines_insert(l, l->count, text, len);
		if (ok && is_operation(l->line[l->count - 1]))
			ok = lines_loosen(l, l->count - 1);
		text += len + (text[len] == '\n');
	}
	return ok;
}

/* The number of a line by lot among those that @is; @count of the lines when there is none. */
static unsigned lines_draw(const struct lines *l, bool (*is)(const char *line), uint64_t *random)
{
	unsigned count = 0;

	for (unsigned i = 0; i < l->count; i++)
		count += is(l->line[i]);
	unsigned nth = count ? generate_below(random, count) : 0;
	for (unsigned i = 0; count && i < l->count; i++)
		if (is(l->line[i]) && nth-- == 0)
			return i;
	return l->count;
}

static unsigned lines_threads(const struct lines *l)
{
	unsigned count = 0;

	for (unsigned i = 0; i < l->count; i++)
		count += is_thread(l->line[i]);
	return count;
}

/* The first line behind the section that begins at @at. */
static unsigned section_end(const struct lines *l, unsigned at)
{
	for (at++; at < l->count && (l->line[at][0] == ' ' || !l->line[at][0]); at++)
		;
	return at;
}

/* ---- changes ------------------------------------------------------------------------- */

static bool vary_add(struct lines *l, uint64_t *random)
{
	char ops[MEETING_OPS_MAX][MEETING_OP_BYTES], line[MEETING_OP_BYTES + 2];
	unsigned thread = lines_draw(l, is_thread, random);

	if (thread == l->count)
		return true;
	unsigned count = meeting_ops(thread_kind(l->line[thread]), ops), last = section_end(l, thread);
	while (last > thread + 1 && !l->line[last - 1][0])
		last--;
	/* Behind what it waits for at first. */
	unsigned first = thread + 1;
	while (first < last && !is_operation(l->line[first]))
		first++;
	snprintf(line, sizeof(line), "  %s", ops[generate_below(random, count)]);
	return lines_insert(l, first + generate_below(random, last - first + 1), line, strlen(line));
}

static bool vary_drop(struct lines *l, uint64_t *random)
{
	unsigned at = lines_draw(l, is_operation, random);

	if (at < l->count)
		lines_remove(l, at);
	return true;
}

static bool vary_swap(struct lines *l, uint64_t *random)
{
	unsigned at = lines_draw(l, is_operation, random);

	if (at + 1 >= l->count || !is_operation(l->line[at + 1]))
		return true;
	char *line = l->line[at];
	l->line[at] = l->line[at + 1];
	l->line[at + 1] = line;
	return true;
}

static bool vary_double(struct lines *l, uint64_t *random)
{
	unsigned at = lines_draw(l, is_operation, random);

	return at == l->count || lines_insert(l, at + 1, l->line[at], strlen(l->line[at]));
}

/* The neighbour of its page: the first number behind a colon. */
static bool vary_page(struct lines *l, uint64_t *random)
{
	unsigned at = lines_draw(l, is_operation, random);
	char *colon = at < l->count ? strchr(l->line[at], ':') : NULL;

	if (colon && (colon[1] == '0' || colon[1] == '1'))
		colon[1] ^= '0' ^ '1';
	return true;
}

/* One more host thread: a new one, or as another scenario has it. */
static bool vary_thread(struct lines *l, const struct lines *other, uint64_t *random)
{
	unsigned from = lines_draw(other, is_thread, random), at = l->count, number = generate_below(random, 90);
	char head[64];

	if (from == other->count || lines_threads(l) >= VARY_THREADS_MAX || thread_kind(other->line[from]) != ON_HOST)
		return true;
	snprintf(head, sizeof(head), "thread qemu%u host g0", 10 + number);
	bool ok = lines_insert(l, at++, head, strlen(head));
	for (unsigned i = from + 1, end = section_end(other, from); ok && i < end; i++)
		ok = lines_insert(l, at++, other->line[i], strlen(other->line[i]));
	return ok;
}

/* Small memory, that runs out. */
static bool vary_fault(struct lines *l, uint64_t *random)
{
	static const char *const faults[] = {"  maybe alloc fail times 1..2", "  maybe page-busy fail times 1..2",
		"  maybe migrate-setup fail times 1..2", "  maybe secure-frame fail times 1..2"};
	const char *fault = faults[generate_below(random, 4)];

	for (unsigned i = 0; i < l->count; i++)
		if (!strcmp(l->line[i], "fault"))
			return true;
	return lines_insert(l, l->count, "fault", 5) && lines_insert(l, l->count, fault, strlen(fault));
}

static bool vary_once(struct lines *l, const struct lines *other, uint64_t *random)
{
	switch (generate_below(random, 12)) {
	case 0:
		return vary_drop(l, random);
	case 1:
	case 2:
		return vary_swap(l, random);
	case 3:
		return vary_double(l, random);
	case 4:
	case 5:
		return vary_page(l, random);
	case 6:
	case 7:
		return vary_thread(l, other, random);
	case 8:
		return vary_fault(l, random);
	default:
		return vary_add(l, random);
	}
}

static char *lines_write(const struct lines *l)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (unsigned i = 0; i < l->count; i++)
		fprintf(out, "%s\n", l->line[i]);
	fclose(out);
	return text;
}

char *meeting_vary(const char *text, const char *other, uint64_t seed)
{
	struct lines mine, others;
	uint64_t random = seed;
	bool ok = lines_read(&mine, text);

	ok = lines_read(&others, other) && ok;
	for (unsigned n = 1 + generate_below(&random, VARY_CHANGES_MAX); ok && n; n--)
		ok = vary_once(&mine, &others, &random);
	char *varied = ok ? lines_write(&mine) : NULL;
	lines_free(&mine);
	lines_free(&others);
	return varied;
}
