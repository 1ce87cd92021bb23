/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.c - text inside other formats. See escape.h.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include "escape.h"

#include <string.h>

/* Bytes of the UTF-8 character at @at; 0 when there is none. Overlong forms and surrogates are none. */
static unsigned utf8_length(const unsigned char *at)
{
	unsigned len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;

	for (unsigned i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
		(at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

/* Each character in turn: what @escape does not write itself is written as it is. */
static void escape_each(FILE *out, const char *text, bool (*escape)(FILE *out, unsigned char c))
{
	for (const unsigned char *at = (const unsigned char *)text; *at;) {
		unsigned len = utf8_length(at);
		if (!len)
			fputc('?', out);
		else if (len > 1 || !escape(out, *at))
			fwrite(at, 1, len, out);
		at += len ? len : 1;
	}
}

static bool escape_json(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c == '\n')
		fputs("\\n", out);
	else if (c < 0x20 || c == 0x7f)
		fprintf(out, "\\u%04x", c);
	else
		return false;
	return true;
}

static bool escape_xml(FILE *out, unsigned char c)
{
	const char *name = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : NULL;

	if (name)
		fputs(name, out);
	else if (c < 0x20 && c != '\n' && c != '\t')
		fputc('?', out);
	else
		return false;
	return true;
}

static bool escape_uri(FILE *out, unsigned char c)
{
	if (c > ' ' && c < 0x7f && !strchr("%\"<>\\^`{|}#?", c))
		return false;
	fprintf(out, "%%%02X", c);
	return true;
}

static bool escape_github(FILE *out, unsigned char c)
{
	if (c != '%' && c != '\r' && c != '\n')
		return false;
	fprintf(out, "%%%02X", c);
	return true;
}

static bool escape_property(FILE *out, unsigned char c)
{
	if (c != ':' && c != ',')
		return escape_github(out, c);
	fprintf(out, "%%%02X", c);
	return true;
}

void json_text(FILE *out, const char *text)
{
	fputc('"', out);
	escape_each(out, text, escape_json);
	fputc('"', out);
}

void json_member(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	json_text(out, text);
}

void xml_text(FILE *out, const char *text)
{
	escape_each(out, text, escape_xml);
}

void xml_attribute(FILE *out, const char *key, const char *text)
{
	fprintf(out, " %s=\"", key);
	xml_text(out, text);
	fputc('"', out);
}

void uri_text(FILE *out, const char *path)
{
	fputs(path[0] == '/' ? "file://" : "", out);
	escape_each(out, path, escape_uri);
}

void github_text(FILE *out, const char *text, bool property)
{
	escape_each(out, text, property ? escape_property : escape_github);
}
