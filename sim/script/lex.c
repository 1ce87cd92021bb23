/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lex.c - a text cut into lines, and lines into words.
 *
 * Words are split by blanks. A few signs stand for themselves even without
 * blanks around them ("=", "|", "->", ".."), so that both "a=b" and "a = b" can
 * be written. Bytes outside ASCII may only stand in strings and comments, where
 * they must be UTF-8; so every word can be printed in a message as it is.
 *
 * Locking: none. Errors: told, the line is kept without words. Blocking: never.
 */
#include <ctype.h>
#include <string.h>

#include "script.h"

bool word_is(const struct word *w, enum word_kind kind, const char *text)
{
	return w->kind == kind && strcmp(w->text, text) == 0;
}

bool name_is_valid(const char *text, size_t len)
{
	if (len == 0 || !(isalpha((unsigned char)text[0]) || text[0] == '_'))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!(isalnum((unsigned char)text[i]) || text[i] == '_' || text[i] == '-'))
			return false;
	return true;
}

unsigned utf8_length(const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : 0;

	if (p[0] >= 0xf0 && p[0] < 0xf5)
		n = 4;
	if (n == 0 || n > left)
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
		(p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Whether @text[from, to) is UTF-8 without control characters; tells where it is not. */
static bool text_is_clean(struct diagnostics *d, const struct line *line, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to;) {
		unsigned n = utf8_length(line->text + i, to - i);
		unsigned char byte = (unsigned char)line->text[i];
		if (n == 0 || (byte < 0x20 && byte != '\t') || byte == 0x7f) {
			diag_error(d, line, i + 1, "byte 0x%02x is no text", byte);
			diag_help(d, "strings and comments are UTF-8 without control characters");
			return false;
		}
		i += n;
	}
	return true;
}

/* The sign at @p, 0: none. ".." of a path ("../x") is not one. */
static unsigned sign_length(const char *p, const char *start, const char *end)
{
	static const char *const signs[] = {"->", "!=", "<=", ">=", "=", "|", "<", ">"};

	if (end - p >= 2 && p[0] == '.' && p[1] == '.')
		return (p > start && p[-1] == '/') || (end - p > 2 && p[2] == '/') ? 0 : 2;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if ((size_t)(end - p) >= strlen(signs[i]) && memcmp(p, signs[i], strlen(signs[i])) == 0)
			return (unsigned)strlen(signs[i]);
	return 0;
}

static void line_add(
	struct script_arena *a, struct line *line, enum word_kind kind, const char *text, unsigned len, unsigned at)
{
	struct word *w;

	line->words = script_grow(a, line->words, line->word_count, sizeof(*line->words));
	w = &line->words[line->word_count++];
	*w = (struct word){kind, script_copy(a, text, len), at + 1, len};
	if (kind == WORD_STRING)
		w->width = len + 2;
}

/* In a hold, "#2" counts passes of a point; anywhere else "#" begins a comment. */
static bool is_count(const struct line *line, unsigned at)
{
	unsigned i = at + 1;

	if (line->word_count == 0 || !word_is(&line->words[0], WORD_PLAIN, "hold"))
		return false;
	while (i < line->len && isdigit((unsigned char)line->text[i]))
		i++;
	return i > at + 1 && (i == line->len || line->text[i] == ' ' || line->text[i] == '\t');
}

/* The end of the string that begins at @at; 0 after a mistake. */
static unsigned string_end(struct diagnostics *d, const struct line *line, unsigned at)
{
	const char *close = memchr(line->text + at + 1, '"', line->len - at - 1);

	if (!close) {
		diag_error(d, line, at + 1, "this string does not end");
		diag_help(d, "a string ends on its line, in \"");
		return 0;
	}
	if (!text_is_clean(d, line, at + 1, (unsigned)(close - line->text)))
		return 0;
	return (unsigned)(close - line->text) + 1;
}

/* The end of the plain word that begins at @at; 0 after a mistake. */
static unsigned word_end(struct diagnostics *d, const struct line *line, unsigned at)
{
	const char *end = line->text + line->len;
	unsigned i = at;

	for (; i < line->len && line->text[i] != ' ' && line->text[i] != '\t'; i++) {
		unsigned char byte = (unsigned char)line->text[i];
		if (i > at && sign_length(line->text + i, line->text + at, end))
			break;
		if (byte <= 0x20 || byte >= 0x7f) {
			diag_error(d, line, i + 1, "byte 0x%02x outside of a string or comment", byte);
			diag_help(d, "words are plain ASCII");
			return 0;
		}
		if (byte == '"') {
			diag_error(d, line, i + 1, "a string cannot begin inside a word");
			diag_help(d, "put a blank before the string");
			return 0;
		}
	}
	return i;
}

/*S:100
 * A scenario arrives as bytes, perhaps written by a fuzzer. The first hand cuts them into lines and
 * words and nothing else: it knows blanks, strings, comments and a few signs. A mistake costs its
 * line, never the rest of the file, so that one run of lint can tell all there is to tell.
 :*/
static void line_split(struct script_arena *a, struct diagnostics *d, struct line *line)
{
	unsigned i = 0, end;

	while (i < line->len) {
		char byte = line->text[i];
		if (byte == ' ' || byte == '\t') {
			i++;
			continue;
		}
		if (byte == '#' && !is_count(line, i)) {
			line->comment_column = i + 1;
			if (text_is_clean(d, line, i, line->len))
				line->comment = script_copy(a, line->text + i, line->len - i);
			return;
		}
		if (byte == '"') {
			end = string_end(d, line, i);
			if (end)
				line_add(a, line, WORD_STRING, line->text + i + 1, end - i - 2, i);
		} else {
			unsigned sign = sign_length(line->text + i, line->text + i, line->text + line->len);
			end = sign ? i + sign : word_end(d, line, i);
			if (end)
				line_add(a, line, sign ? WORD_SIGN : WORD_PLAIN, line->text + i, end - i, i);
		}
		if (!end) {
			line->word_count = 0;
			return;
		}
		i = end;
	}
}

static void line_read(struct script_arena *a, struct diagnostics *d, struct line *line)
{
	while (line->len && strchr(" \t\r", line->text[line->len - 1]) && line->text[line->len - 1])
		line->len--;
	line->indented = line->len && (line->text[0] == ' ' || line->text[0] == '\t');
	if (line->len > SCRIPT_LINE_MAX) {
		diag_error(d, line, SCRIPT_LINE_MAX + 1, "the line has %u bytes, %u are allowed", line->len,
			SCRIPT_LINE_MAX);
		diag_help(d, "a statement is one short line");
		return;
	}
	line_split(a, d, line);
}

struct source *source_read(
	struct script_arena *a, struct diagnostics *d, const char *path, const char *text, size_t len)
{
	struct source *source = script_alloc(a, sizeof(*source));
	size_t at = 0;

	source->path = path;
	if (len > SCRIPT_FILE_MAX) {
		diag_error(d, NULL, 0, "'%s' has %zu bytes, %u are allowed", path, len, SCRIPT_FILE_MAX);
		return source;
	}
	text = script_copy(a, text, len);
	while (at < len) {
		const char *newline = memchr(text + at, '\n', len - at);
		size_t end = newline ? (size_t)(newline - text) : len;
		source->lines = script_grow(a, source->lines, source->line_count, sizeof(*source->lines));
		source->lines[source->line_count] = (struct line){.source = source,
			.number = source->line_count + 1,
			.text = text + at,
			.len = (unsigned)(end - at)};
		source->line_count++;
		at = end + 1;
	}
	/* The array has stopped moving, so lines may be pointed at from here on. */
	for (unsigned i = 0; i < source->line_count; i++)
		line_read(a, d, &source->lines[i]);
	return source;
}
