/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_json.c - a recogniser for JSON: it accepts or refuses and keeps nothing.
 *
 * Each function takes a place in the text and returns the place behind what it
 * recognised, NULL when that is not there.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <ctype.h>
#include <string.h>

#include "util_json.h"

static const char *json_value(const char *at);

static const char *json_text(const char *at)
{
	if (at == NULL || *at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if ((unsigned char)*at < ' ')
			return NULL;
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u') {
			for (int i = 0; i < 4; i++)
				if (!isxdigit((unsigned char)*++at))
					return NULL;
		} else if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL) {
			return NULL;
		}
	}
	return at + 1;
}

static const char *json_digits(const char *at)
{
	if (!isdigit((unsigned char)*at))
		return NULL;
	while (isdigit((unsigned char)*at))
		at++;
	return at;
}

static const char *json_number(const char *at)
{
	if (*at == '-')
		at++;
	if (*at == '0' && isdigit((unsigned char)at[1]))
		return NULL;
	at = json_digits(at);
	if (at != NULL && *at == '.')
		at = json_digits(at + 1);
	return at;
}

/* Members or elements up to @close; members have a key. */
static const char *json_list(const char *at, char close, bool keys)
{
	if (*++at == close)
		return at + 1;
	for (;; at++) {
		if (keys) {
			at = json_text(at);
			if (at == NULL || *at++ != ':')
				return NULL;
		}
		at = json_value(at);
		if (at == NULL)
			return NULL;
		if (*at == close)
			return at + 1;
		if (*at != ',')
			return NULL;
	}
}

static const char *json_value(const char *at)
{
	if (*at == '{')
		return json_list(at, '}', true);
	if (*at == '[')
		return json_list(at, ']', false);
	if (*at == '"')
		return json_text(at);
	if (strncmp(at, "true", 4) == 0 || strncmp(at, "null", 4) == 0)
		return at + 4;
	if (strncmp(at, "false", 5) == 0)
		return at + 5;
	return json_number(at);
}

bool json_is_object(const char *text)
{
	const char *end = *text == '{' ? json_value(text) : NULL;

	return end != NULL && *end == '\0';
}
