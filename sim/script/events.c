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

void label_unknown(struct reader *r, const struct line *line, unsigned column, const char *text)
{
	struct suggest s = suggest_begin(text);

	diag_error(r->diag, line, column, "there is no label '%s'", text);
	for (unsigned i = 0; i < r->s->event_count; i++)
		if (r->uses[i].is_label)
			suggest_offer(&s, r->s->events[i]);
	suggest_help(r->diag, &s, "a label is written THREAD.LABEL, and stands before its statement as 'LABEL:'");
}
