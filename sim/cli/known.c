/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known.c - the list of known findings. See known.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads a file.
 */
#include "known.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum pef_err known_wrong(const struct known *known, unsigned line, const char *what)
{
	fprintf(stderr,
		"%s:%u: error: %s\nhelp: a line is the signature of a finding as 'pefsim check' prints it, "
		"or SIGNATURE @ SCENARIO\n",
		known->path, line, what);
	return PEF_PARSE;
}

static const struct known_entry *known_twin(const struct known *known, const struct known_entry *entry)
{
	for (unsigned i = 0; i < known->count; i++)
		if (!strcmp(known->entries[i].signature, entry->signature) &&
			!strcmp(known->entries[i].scenario, entry->scenario))
			return &known->entries[i];
	return NULL;
}

static enum pef_err known_add(struct known *known, const struct known_entry *entry)
{
	struct known_entry *entries = realloc(known->entries, (known->count + 1) * sizeof(*entries));

	if (!entries)
		return PEF_NOMEM;
	known->entries = entries;
	known->entries[known->count++] = *entry;
	return PEF_OK;
}

/* A line without its newline and the blanks around it. */
static enum pef_err known_line(struct known *known, char *text, unsigned line)
{
	struct known_entry entry = {.line = line};
	char *at = strstr(text, " @ "), *scenario = at ? at + 3 + strspn(at + 3, " \t") : NULL;

	for (; at && at > text && strchr(" \t", at[-1]); at--)
		;
	size_t len = at ? (size_t)(at - text) : strlen(text);
	if (!len || len >= sizeof(entry.signature))
		return known_wrong(known, line, len ? "the signature is too long" : "no signature");
	memcpy(entry.signature, text, len);
	if (scenario && (!*scenario || strlen(scenario) >= sizeof(entry.scenario) || strpbrk(scenario, " \t")))
		return known_wrong(known, line, "the name of one scenario is expected behind '@'");
	if (scenario)
		memcpy(entry.scenario, scenario, strlen(scenario));
	if (known_twin(known, &entry))
		return known_wrong(known, line, "the same finding is listed twice");
	return known_add(known, &entry);
}

enum pef_err known_read(const char *path, struct known *out)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	enum pef_err err = PEF_OK;

	*out = (struct known){.path = path};
	if (!file) {
		fprintf(stderr, "pefsim: %s: %s\n", path, strerror(errno));
		return PEF_NOFILE;
	}
	for (unsigned line = 1; !err && (len = getline(&text, &room, file)) >= 0; line++) {
		char *begin = text;
		while (len && strchr(" \t\r\n", begin[len - 1]) && begin[len - 1])
			begin[--len] = '\0';
		for (; len && strchr(" \t", *begin); begin++)
			len--;
		if ((size_t)len != strlen(begin))
			err = known_wrong(out, line, "a zero byte");
		else if (len && *begin != '#')
			err = known_line(out, begin, line);
	}
	free(text);
	fclose(file);
	return err;
}

void known_free(struct known *known)
{
	free(known->entries);
	known->entries = NULL;
	known->count = 0;
}

static bool known_is_about(const struct known_entry *entry, const char *scenario)
{
	return !entry->scenario[0] || !strcmp(entry->scenario, scenario);
}

static bool known_is(const struct known_entry *entry, const char *scenario, const char *signature)
{
	return known_is_about(entry, scenario) && !strcmp(entry->signature, signature);
}

bool known_has(const struct known *known, const char *scenario, const char *signature)
{
	for (unsigned i = 0; i < known->count; i++)
		if (known_is(&known->entries[i], scenario, signature))
			return true;
	return false;
}

void known_saw(struct known *known, const char *scenario, const char *signature)
{
	for (unsigned i = 0; i < known->count; i++)
		if (known_is(&known->entries[i], scenario, signature))
			known->entries[i].seen = known->entries[i].asked = true;
}

void known_asked(struct known *known, const char *scenario)
{
	for (unsigned i = 0; i < known->count; i++)
		known->entries[i].asked |= known_is_about(&known->entries[i], scenario);
}

bool known_is_gone(const struct known_entry *entry)
{
	return entry->asked && !entry->seen;
}
