/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * params.c - values that a command line may set.
 *
 * A parameter says which values it can have, so that a wrong -p is told before
 * anything runs, and a command can try them all. The value is put in for
 * "$name" word by word (cursor.c), before a line is read.
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <string.h>

#include "script.h"

static const char usage[] = "param NAME = VALUE in VALUE..., or: in INT..INT";

struct param *param_find(struct reader *r, const char *name)
{
	for (struct param *p = r->params; p; p = p->next)
		if (strcmp(p->p.name, name) == 0)
			return p;
	return NULL;
}

static bool same_value(const char *a, const char *b)
{
	int64_t x, y;

	return strcmp(a, b) == 0 || (!expression_parse(a, &x) && !expression_parse(b, &y) && x == y);
}

bool param_accepts(const struct param *p, const char *value)
{
	int64_t number;

	if (p->is_range)
		return !expression_parse(value, &number) && number >= p->low && number <= p->high;
	for (unsigned i = 0; i < p->value_count; i++)
		if (same_value(p->values[i].text, value))
			return true;
	return false;
}

static const char *param_domain(struct reader *r, const struct param *p)
{
	if (p->is_range)
		return script_format(r->arena, "%lld..%lld", (long long)p->low, (long long)p->high);
	return line_join(r->arena, NULL, p->line, p->line->word_count - p->value_count, p->line->word_count);
}

static void not_accepted(
	struct reader *r, const struct param *p, const struct line *line, unsigned column, const char *value)
{
	struct suggest s = suggest_begin(value);

	diag_error(r->diag, line, column, "parameter '%s' cannot be '%s'", p->p.name, value);
	for (unsigned i = 0; i < p->value_count; i++)
		suggest_offer(&s, p->values[i].text);
	suggest_help(r->diag, &s, "it is one of: %s", param_domain(r, p));
}

/* "6.1", as eras of Linux are called. */
static bool is_version(const char *text)
{
	size_t major = strspn(text, "0123456789"),
	       minor = text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;

	return major && minor && text[major + 1 + minor] == 0;
}

/* A value: one plain word that is a name, a number or a version. */
static bool value_read(struct cursor *c, char out[PEF_NAME_MAX])
{
	const struct word *w = cursor_done(c) ? NULL : &c->line->words[c->i];
	int64_t number;

	if (!w || w->kind != WORD_PLAIN || strchr(w->text, '$')) {
		if (w)
			cursor_error(c, "'%s' is no value of a parameter", w->text);
		else
			cursor_error(c, "a value is missing");
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	if (strlen(w->text) >= PEF_NAME_MAX || (!name_is_valid(w->text, strlen(w->text)) && !is_version(w->text) &&
						       expression_parse(w->text, &number))) {
		cursor_error(c, "'%.60s' is no value of a parameter", w->text);
		diag_help(c->r->diag, "a value is a name, a number or a version as 6.1");
		return false;
	}
	snprintf(out, PEF_NAME_MAX, "%.*s", (int)PEF_NAME_MAX - 1, w->text);
	c->i++;
	return true;
}

static bool bound_read(struct cursor *c, int64_t *out)
{
	const struct word *w = cursor_done(c) ? NULL : &c->line->words[c->i];

	if (!w || w->kind != WORD_PLAIN || expression_parse(w->text, out)) {
		cursor_error(c, "the end of a range is a number");
		diag_help(c->r->diag, "%s", usage);
		return false;
	}
	c->i++;
	return true;
}

static bool range_read(struct cursor *c, struct param *p)
{
	p->is_range = true;
	if (!bound_read(c, &p->low) || !cursor_expect(c, "..", usage) || !bound_read(c, &p->high))
		return false;
	if (p->low > p->high) {
		cursor_error(c, "the range is empty");
		diag_help(c->r->diag, "the smaller number comes first");
		return false;
	}
	return cursor_end(c, usage);
}

static bool set_read(struct cursor *c, struct param *p)
{
	char text[PEF_NAME_MAX];

	p->values = &c->line->words[c->i];
	do {
		if (!value_read(c, text))
			return false;
		p->value_count++;
	} while (!cursor_done(c));
	return true;
}

static void param_read(struct reader *r, const struct section *section)
{
	struct cursor c = cursor_at(r, section->head, 1);
	struct param *p = script_alloc(r->arena, sizeof(*p)), *other, **end = &r->params;
	unsigned value_at;

	p->line = section->head;
	if (section->first) {
		diag_error(r->diag, section->first->line, section->first->line->words[0].column,
			"a parameter has no statements");
		diag_help(r->diag, "%s", usage);
	}
	if (!cursor_name(&c, "the parameter's name", p->p.name))
		return;
	if (strchr(p->p.name, '-')) {
		diag_error(r->diag, c.line, c.line->words[1].column, "'%s' cannot be written after '$'", p->p.name);
		diag_help(r->diag, "names of parameters have no '-'");
		return;
	}
	other = param_find(r, p->p.name);
	if (other) {
		diag_error(r->diag, c.line, c.line->words[1].column, "parameter '%s' is defined twice", p->p.name);
		diag_help(r->diag, "first defined at %s:%u", other->line->source->path, other->line->number);
		return;
	}
	if (!cursor_expect(&c, "=", usage))
		return;
	value_at = cursor_column(&c);
	if (!value_read(&c, p->p.initial) || !cursor_expect(&c, "in", usage))
		return;
	if (c.i + 1 < c.line->word_count && word_is(&c.line->words[c.i + 1], WORD_SIGN, "..")) {
		if (!range_read(&c, p))
			return;
	} else if (!set_read(&c, p)) {
		return;
	}
	if (!param_accepts(p, p->p.initial))
		not_accepted(r, p, c.line, value_at, p->p.initial);
	memcpy(p->p.value, p->p.initial, sizeof(p->p.value));
	while (*end)
		end = &(*end)->next;
	*end = p;
}

static void override_apply(struct reader *r, const struct scenario_override *o)
{
	struct param *p = param_find(r, o->name);
	struct suggest s = suggest_begin(o->name);

	if (!p) {
		diag_error(r->diag, NULL, 0, "no parameter '%.60s' to set", o->name);
		for (p = r->params; p; p = p->next)
			suggest_offer(&s, p->p.name);
		suggest_help(r->diag, &s, "%s",
			r->params ? "'param' lines name the parameters" : "the scenario has no parameters");
		return;
	}
	if (strlen(o->value) >= PEF_NAME_MAX || !param_accepts(p, o->value)) {
		not_accepted(r, p, NULL, 0, script_format(r->arena, "%.60s", o->value));
		return;
	}
	snprintf(p->p.value, sizeof(p->p.value), "%s", o->value);
}

void params_read(struct reader *r)
{
	for (const struct section *s = r->sections; s; s = s->next)
		if (s->kind == SECTION_PARAM)
			param_read(r, s);
	for (unsigned i = 0; r->options && i < r->options->param_count; i++)
		override_apply(r, &r->options->params[i]);
}

void params_finish(struct reader *r)
{
	struct scenario *s = r->s;

	for (struct param *p = r->params; p; p = p->next) {
		const char **values = script_alloc(r->arena, (p->value_count + 1) * sizeof(*values));

		for (unsigned i = 0; i < p->value_count; i++)
			values[i] = p->values[i].text;
		p->p.values = p->is_range ? NULL : values;
		p->p.value_count = p->value_count;
		s->params = script_grow(r->arena, s->params, s->param_count, sizeof(*s->params));
		s->params[s->param_count++] = p->p;
		if (p->is_used || diag_has_errors(r->diag))
			continue;
		diag_warn(r->diag, p->line, p->line->words[1].column, "parameter '%s' is never used", p->p.name);
		diag_help(r->diag, "it is used as '$%s'", p->p.name);
	}
}
