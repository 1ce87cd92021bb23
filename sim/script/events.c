/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events.c - names of events, and labels, which are events too.
 *
 * A label is signalled when its statement is done. Its event is called
 * "THREAD.LABEL", or "GUEST.THREAD.LABEL" where two guests have threads of that
 * name. Events are numbered in the order in which the flat script names them.
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <string.h>

#include "script.h"

static uint64_t hash(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return h;
}

/* Where a name is, or would go; entries are index + 1. */
static unsigned probe(const struct reader *r, const char *name)
{
	unsigned mask = r->event_table_size - 1, i = (unsigned)hash(name) & mask;

	while (r->event_table[i] && strcmp(r->s->events[r->event_table[i] - 1], name) != 0)
		i = (i + 1) & mask;
	return i;
}

static void table_grow(struct reader *r)
{
	r->event_table_size = r->event_table_size ? r->event_table_size * 2 : 64;
	r->event_table = script_alloc(r->arena, r->event_table_size * sizeof(*r->event_table));
	for (unsigned i = 0; i < r->s->event_count; i++)
		r->event_table[probe(r, r->s->events[i])] = i + 1;
}

bool event_find(const struct reader *r, const char *name, uint32_t *out)
{
	unsigned i;

	if (!r->event_table_size)
		return false;
	i = probe(r, name);
	if (r->event_table[i])
		*out = r->event_table[i] - 1;
	return r->event_table[i] != 0;
}

uint32_t event_intern(struct reader *r, const char *name)
{
	struct scenario *s = r->s;
	uint32_t found;

	if (event_find(r, name, &found))
		return found;
	if ((s->event_count + 1) * 2 > r->event_table_size)
		table_grow(r);
	s->events = script_grow(r->arena, s->events, s->event_count, sizeof(*s->events));
	r->uses = script_grow(r->arena, r->uses, s->event_count, sizeof(*r->uses));
	snprintf(s->events[s->event_count], PEF_NAME_MAX, "%s", name);
	r->uses[s->event_count] = (struct event_use){0};
	r->event_table[probe(r, name)] = s->event_count + 1;
	return s->event_count++;
}

bool label_find(struct reader *r, const char *text, unsigned from_thread, uint32_t *out)
{
	char full[2 * PEF_NAME_MAX];

	if (strlen(text) >= PEF_NAME_MAX)
		return false;
	if (event_find(r, text, out) && r->uses[*out].is_label)
		return true;
	/* The guest may be left out where it is the thread's own. */
	if (from_thread < r->s->thread_count) {
		snprintf(full, sizeof(full), "%s.%s", r->s->guests[r->s->threads[from_thread].guest].name, text);
		if (event_find(r, full, out) && r->uses[*out].is_label)
			return true;
	}
	/* And it may be written where it is not needed. */
	for (unsigned i = 0; i < r->s->guest_count; i++) {
		size_t len = strlen(r->s->guests[i].name);
		if (strncmp(text, r->s->guests[i].name, len) != 0 || text[len] != '.')
			continue;
		if (event_find(r, text + len + 1, out) && r->uses[*out].is_label &&
			r->s->threads[r->uses[*out].thread].guest == i)
			return true;
	}
	return false;
}

/* Whether a line that could not be read begins with this label. */
static bool label_is_failed(const struct reader *r, const char *label)
{
	for (unsigned i = 0; i < r->failed_count; i++) {
		const char *word = r->failed[i]->words[0].text;
		size_t len = strlen(label);
		if (strncmp(word, label, len) == 0 && strcmp(word + len, ":") == 0)
			return true;
	}
	return false;
}

void line_failed(struct reader *r, const struct line *line)
{
	if (r->failed_count && r->failed[r->failed_count - 1] == line)
		return;
	/* Rounds of a loop fail again and again; a thousand lines excuse enough. */
	if (r->failed_count == 1024)
		return;
	r->failed = script_grow(r->arena, r->failed, r->failed_count, sizeof(struct line *));
	r->failed[r->failed_count++] = line;
}

void events_excuse(struct reader *r)
{
	uint32_t event;

	for (unsigned i = 0; i < r->failed_count; i++)
		for (unsigned j = 0; j < r->failed[i]->word_count; j++)
			if (event_find(r, r->failed[i]->words[j].text, &event))
				r->uses[event].is_excused = true;
}

void label_unknown(struct reader *r, const struct line *line, unsigned column, const char *text)
{
	struct suggest s = suggest_begin(text);
	const char *label = strrchr(text, '.');

	if (label && label_is_failed(r, label + 1))
		return;
	if (!diag_error(r->diag, line, column, "there is no label '%s'", text))
		return;
	for (unsigned i = 0; i < r->s->event_count && i < SUGGEST_EVENTS_MAX; i++)
		if (r->uses[i].is_label)
			suggest_offer(&s, r->s->events[i]);
	suggest_help(r->diag, &s, "a label is written THREAD.LABEL, and stands before its statement as 'LABEL:'");
}
