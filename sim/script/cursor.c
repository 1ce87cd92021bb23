/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor.c - the words of a line, one after the other, with "$name" replaced.
 *
 * Every reader of a line uses these few functions, so that numbers, names and
 * pages look the same everywhere and a mistake always points at its word.
 *
 * Locking: none. Errors: told at the current word. Blocking: never.
 */
#include <ctype.h>
#include <string.h>

#include "script.h"

struct cursor cursor_at(struct reader *r, const struct line *line, unsigned i)
{
	return (struct cursor){.r = r, .line = line, .i = i};
}

bool cursor_done(const struct cursor *c)
{
	return c->i >= c->line->word_count;
}

unsigned cursor_column(const struct cursor *c)
{
	const struct word *last;

	if (!cursor_done(c))
		return c->line->words[c->i].column;
	last = &c->line->words[c->line->word_count - 1];
	return last->column + last->width;
}

void cursor_error(struct cursor *c, const char *format, ...)
{
	char text[768];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	diag_error(c->r->diag, c->line, cursor_column(c), "%s", text);
}

/* The value of a name after "$"; NULL after a mistake that was told. */
static const char *value_find(struct cursor *c, const char *name, unsigned column)
{
	struct suggest s = suggest_begin(name);
	struct param *p = param_find(c->r, name);

	for (unsigned i = 0; i < c->r->var_count; i++)
		if (strcmp(c->r->vars[i].name, name) == 0)
			return c->r->vars[i].value;
	if (p) {
		p->is_used = true;
		return p->p.value;
	}
	diag_error(c->r->diag, c->line, column, "unknown parameter '$%s'", name);
	for (unsigned i = 0; i < c->r->var_count; i++)
		suggest_offer(&s, c->r->vars[i].name);
	for (p = c->r->params; p; p = p->next)
		suggest_offer(&s, p->p.name);
	if (s.best)
		diag_help(c->r->diag, "did you mean '$%s'?", s.best);
	else
		diag_help(c->r->diag, "parameters are defined by 'param NAME = VALUE in ...', variables by 'for'");
	return NULL;
}

static bool append(struct cursor *c, unsigned *len, const char *text, size_t n)
{
	if (*len + n > SCRIPT_LINE_MAX) {
		cursor_error(c, "the word is too long with its parameters replaced");
		return false;
	}
	memcpy(c->text + *len, text, n);
	*len += (unsigned)n;
	c->text[*len] = 0;
	return true;
}

/*S:120
 * Parameters and loop variables are put in here, word by word, at the moment a reader looks at a word.
 * No text is ever rewritten, so each message still points at the line and column that the author
 * typed.
 :*/
const char *cursor_text(struct cursor *c)
{
	const struct word *w;
	unsigned len = 0;

	if (cursor_done(c))
		return NULL;
	w = &c->line->words[c->i];
	if (w->kind != WORD_PLAIN || !strchr(w->text, '$'))
		return w->text;
	for (const char *p = w->text; *p;) {
		char name[SCRIPT_LINE_MAX + 1];
		unsigned n = 0;
		const char *value;
		if (*p != '$') {
			if (!append(c, &len, p++, 1))
				return NULL;
			continue;
		}
		for (p++; isalnum((unsigned char)*p) || *p == '_'; p++)
			name[n++] = *p;
		name[n] = 0;
		value = value_find(c, name, w->column + (unsigned)(p - w->text) - n - 1);
		if (!value || !append(c, &len, value, strlen(value)))
			return NULL;
	}
	return c->text;
}

bool cursor_take(struct cursor *c, const char *word)
{
	if (cursor_done(c) || c->line->words[c->i].kind == WORD_STRING || strcmp(c->line->words[c->i].text, word) != 0)
		return false;
	c->i++;
	return true;
}

static void missing(struct cursor *c, const char *what)
{
	if (cursor_done(c))
		cursor_error(c, "%s is missing", what);
	else
		cursor_error(c, "expected %s, not '%s'", what, c->line->words[c->i].text);
}

const char *cursor_word(struct cursor *c, const char *what, const char *usage)
{
	if (!cursor_done(c))
		return cursor_text(c);
	missing(c, what);
	diag_help(c->r->diag, "%s", usage);
	return NULL;
}

bool cursor_expect(struct cursor *c, const char *word, const char *usage)
{
	char what[PEF_NAME_MAX];

	if (cursor_take(c, word))
		return true;
	snprintf(what, sizeof(what), "'%s'", word);
	missing(c, what);
	diag_help(c->r->diag, "%s", usage);
	return false;
}

bool cursor_end(struct cursor *c, const char *usage)
{
	if (cursor_done(c))
		return true;
	cursor_error(c, "unexpected '%s'", c->line->words[c->i].text);
	diag_help(c->r->diag, "%s", usage);
	return false;
}

bool cursor_number(struct cursor *c, const char *what, uint64_t low, uint64_t high, uint64_t *out)
{
	static const char usage[] = "a number is written 10, 0x10, 64K, 4M or 1G";
	const char *text = cursor_word(c, what, usage), *wrong;
	int64_t value = 0;

	if (!text)
		return false;
	if (c->line->words[c->i].kind != WORD_PLAIN) {
		missing(c, what);
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	wrong = expression_parse(text, &value);
	if (wrong) {
		cursor_error(c, "%s '%s' %s", what, text, wrong);
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	if (value < 0 || (uint64_t)value < low || (uint64_t)value > high) {
		cursor_error(c, "%s %lld is out of range", what, (long long)value);
		diag_help(c->r->diag, "it is from %llu to %llu", (unsigned long long)low, (unsigned long long)high);
		return false;
	}
	*out = (uint64_t)value;
	c->i++;
	return true;
}

bool cursor_name(struct cursor *c, const char *what, char out[PEF_NAME_MAX])
{
	static const char usage[] = "a name is a letter, then letters, digits, '_' and '-'";
	const char *text = cursor_word(c, what, usage);

	if (!text)
		return false;
	if (c->line->words[c->i].kind != WORD_PLAIN || !name_is_valid(text, strlen(text))) {
		cursor_error(c, "'%s' is no name", text);
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	if (strlen(text) >= PEF_NAME_MAX) {
		cursor_error(c, "the name '%s' is too long", text);
		diag_help(c->r->diag, "names have at most %u bytes", PEF_NAME_MAX - 1);
		return false;
	}
	snprintf(out, PEF_NAME_MAX, "%.*s", (int)PEF_NAME_MAX - 1, text);
	c->i++;
	return true;
}

bool cursor_string(struct cursor *c, const char *what, char *out, size_t size)
{
	const struct word *w = cursor_done(c) ? NULL : &c->line->words[c->i];

	if (!w || w->kind != WORD_STRING) {
		missing(c, what);
		diag_help(c->r->diag, "write it in quotes: \"...\"");
		return false;
	}
	if (strlen(w->text) >= size) {
		cursor_error(c, "%s has %zu bytes, %zu are allowed", what, strlen(w->text), size - 1);
		return false;
	}
	snprintf(out, size, "%s", w->text);
	c->i++;
	return true;
}

bool cursor_page(struct cursor *c, uint64_t *slot, uint64_t *page)
{
	static const char usage[] = "a page is written SLOT:PAGE, as 1:0";
	const char *text = cursor_word(c, "a page", usage), *colon, *wrong;
	int64_t s = -1, p = -1;
	char *id;

	if (!text)
		return false;
	colon = strchr(text, ':');
	if (!colon || c->line->words[c->i].kind != WORD_PLAIN) {
		missing(c, "a page");
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	id = strndupa(text, (size_t)(colon - text));
	wrong = expression_parse(id, &s);
	if (!wrong)
		wrong = expression_parse(colon + 1, &p);
	if (wrong || s < 0 || p < 0) {
		cursor_error(c, "page '%s' %s", text, wrong ? wrong : "is negative");
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	*slot = (uint64_t)s;
	*page = (uint64_t)p;
	c->i++;
	return true;
}

static void code_suggest(struct cursor *c, const char *text)
{
	struct suggest s = suggest_begin(text);

#define X(name, value, about) suggest_offer(&s, #name);
	PEF_CODES(X)
	PEF_HOST_RESULTS(X)
#undef X
	suggest_help(c->r->diag, &s, "'pefsim list results' names all");
}

bool cursor_code(struct cursor *c, int64_t *out)
{
	static const char usage[] = "results are written '-> CODE|CODE' or '-> any'";
	const char *text = cursor_word(c, "a return code", usage);

	if (!text)
		return false;
	if (c->line->words[c->i].kind != WORD_PLAIN) {
		missing(c, "a return code");
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	if (strcmp(text, "0") == 0) {
		*out = 0;
	} else if (!abi_code_parse(text, strlen(text), out)) {
		cursor_error(c, "unknown return code '%s'", text);
		code_suggest(c, text);
		return false;
	}
	c->i++;
	return true;
}

bool cursor_choice(
	struct cursor *c, const char *what, const char *const *words, unsigned count, const char *usage, unsigned *out)
{
	const char *text = cursor_word(c, what, usage);
	struct suggest s;

	if (!text)
		return false;
	s = suggest_begin(text);
	for (unsigned i = 0; i < count; i++) {
		if (c->line->words[c->i].kind == WORD_PLAIN && strcmp(text, words[i]) == 0) {
			*out = i;
			c->i++;
			return true;
		}
		suggest_offer(&s, words[i]);
	}
	cursor_error(c, "unknown %s '%s'", what, text);
	suggest_help(c->r->diag, &s, "%s", usage);
	return false;
}

bool cursor_path(struct cursor *c, const char *usage, char out[256])
{
	const char *text = cursor_word(c, "a path", usage);
	bool rooted;

	if (!text)
		return false;
	if (text[0] == 0 || c->line->words[c->i].kind == WORD_SIGN) {
		cursor_error(c, "a path is missing");
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	rooted = text[0] == '/';
	if (strlen(text) + (rooted ? 0 : strlen(c->r->folder)) >= 256) {
		cursor_error(c, "the path is too long");
		diag_help(c->r->diag, "paths have at most 255 bytes");
		return false;
	}
	snprintf(out, 256, "%s%s", rooted ? "" : c->r->folder, text);
	c->i++;
	return true;
}
