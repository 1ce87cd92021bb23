/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expect.c - the section "expect": MODE WHAT [if NAME = VALUE].
 *
 * What can be expected is a closed list, made of the tables of invariants, kinds
 * of findings, states and counters, so that a misspelt expectation is told and
 * can never be held by accident. What is read is kept in canonical words.
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <string.h>

#include "pefsim/check.h"
#include "pefsim/finding.h"
#include "pefsim/objects.h"
#include "script.h"

static const char usage[] = "never|sometimes|always|finally WHAT [if NAME = VALUE]";
static const char *const modes[] = {
	[EXPECT_NEVER] = "never",
	[EXPECT_SOMETIMES] = "sometimes",
	[EXPECT_ALWAYS] = "always",
	[EXPECT_FINALLY] = "finally",
};
static const char *const invariants[] = {
#define X(name, text, about) text,
	PEF_INVARIANTS(X)
#undef X
};
static const char *const findings[] = {
#define X(name, text, about) text,
	PEF_FINDING_KINDS(X)
#undef X
};
static const char *const states[] = {
#define X(name, text, about) text,
	PEF_PAGE_STATES(X)
#undef X
#define X(name, number, transient, text, about) text,
		PEF_GFN_STATES(X)
#undef X
};
static const char *const counters[] = {
#define X(name, text, about) text,
	PEF_COUNTERS(X)
#undef X
};
static const char *const others[] = {
#define X(text, args, about) text,
	PEF_EXPECTATIONS(X)
#undef X
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Whether a word is in a list, and where. */
static bool listed(const char *const *list, size_t count, const char *text, unsigned *out)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], text) == 0) {
			*out = (unsigned)i;
			return true;
		}
	}
	return false;
}

/* An invariant by name; "I3" is the family of "I3-mapping". */
static bool invariant_listed(const char *text, struct expectation *e)
{
	size_t len = strlen(text);
	unsigned at;

	_Static_assert(COUNT(invariants) <= 64, "a set of invariants is one word");
	e->subject = EXPECT_INVARIANT;
	if (listed(invariants, COUNT(invariants), text, &at)) {
		e->invariants = UINT64_C(1) << at;
		return true;
	}
	for (size_t i = 0; text[0] == 'I' && i < COUNT(invariants); i++)
		if (strncmp(invariants[i], text, len) == 0 && invariants[i][len] == '-')
			e->invariants |= UINT64_C(1) << i;
	return e->invariants != 0;
}

/* A kind of finding. What the language can name and no detector tells is no subject yet. */
static bool finding_listed(const char *text, struct expectation *e)
{
	bool found = listed(findings, COUNT(findings), text, &e->kind);

	e->subject = found ? EXPECT_FINDING : EXPECT_NOTHING;
	return found;
}

static bool object_read(struct cursor *c, obj_t *out)
{
	const char *text = cursor_word(c, "an object", usage);
	struct suggest s;

	if (!text)
		return false;
	if (c->line->words[c->i].kind == WORD_PLAIN && obj_parse(text, strlen(text), out)) {
		c->i++;
		return true;
	}
	cursor_error(c, "unknown object '%s'", text);
	s = suggest_begin(text);
#define X(name, printed, about) suggest_offer(&s, printed);
	PEF_OBJECTS(X)
#undef X
	suggest_help(c->r->diag, &s, "an object is written as reports print it: rmap, rmap[1], g0.uvmem_lock");
	return false;
}

static bool state_page_check(struct cursor *c, unsigned guest, uint64_t slot, uint64_t page)
{
	const char *name = c->r->s->guests[guest].name;
	uint64_t pages = slot < PEF_SLOTS_MAX && c->r->slot_pages[guest] ? c->r->slot_pages[guest][slot] : 0;

	if (page < pages)
		return true;
	c->i--;
	if (pages) {
		cursor_error(c, "page %llu is outside slot %llu", (unsigned long long)page, (unsigned long long)slot);
		diag_help(c->r->diag, "slot %llu of guest %s has pages 0 to %llu", (unsigned long long)slot, name,
			(unsigned long long)(pages - 1));
	} else {
		cursor_error(c, "guest %s has no slot %llu", name, (unsigned long long)slot);
		diag_help(c->r->diag, "slots are defined in the guest's section, or by slot_create");
	}
	return false;
}

/* state [GUEST] SLOT:PAGE = STATE */
static bool state_read(struct cursor *c, struct expectation *e)
{
	const char *text = cursor_text(c);
	struct suggest s;
	uint64_t slot;

	e->subject = EXPECT_STATE;
	if (text && guest_find(c->r, text, &e->guest))
		c->i++;
	if (!cursor_page(c, &slot, &e->page) || !state_page_check(c, e->guest, slot, e->page) ||
		!cursor_expect(c, "=", "state [GUEST] SLOT:PAGE = STATE"))
		return false;
	text = cursor_word(c, "a state", "state [GUEST] SLOT:PAGE = STATE");
	if (!text)
		return false;
	e->slot = (uint32_t)slot;
	s = suggest_begin(text);
	if (listed(states, COUNT(states), text, &e->state)) {
		e->is_gfn_state = e->state >= PAGE_STATE_COUNT;
		e->state -= e->is_gfn_state ? PAGE_STATE_COUNT : 0;
		c->i++;
		return true;
	}
	cursor_error(c, "unknown state '%s'", text);
	for (size_t i = 0; i < COUNT(states); i++)
		suggest_offer(&s, states[i]);
	suggest_help(c->r->diag, &s, "'pefsim list states' names all");
	return false;
}

/* result THREAD.LABEL = CODE */
static bool result_read(struct cursor *c, struct expectation *e)
{
	const char *text = cursor_word(c, "a label", "result THREAD.LABEL = CODE");
	uint32_t event;

	if (!text)
		return false;
	if (!label_find(c->r, text, UINT32_MAX, &event)) {
		label_unknown(c->r, c->line, cursor_column(c), text);
		return false;
	}
	c->r->uses[event].wait = c->line;
	e->subject = EXPECT_RESULT;
	e->thread = c->r->uses[event].thread;
	e->statement = c->r->uses[event].statement;
	c->i++;
	return cursor_expect(c, "=", "result THREAD.LABEL = CODE") && cursor_code(c, &e->code);
}

/* COUNTER CMP NUM|COUNTER; the counter was taken. */
static bool compare_read(struct cursor *c, struct expectation *e)
{
	static const char *const signs[] = {
#define X(name, sign, op) sign,
		PEF_COMPARISONS(X)
#undef X
	};
	const char *text;
	unsigned i = 0;

	while (i < COUNT(signs) && !cursor_take(c, signs[i]))
		i++;
	if (i == COUNT(signs)) {
		cursor_error(c, "a comparison is missing");
		diag_help(c->r->diag, "COUNTER =|!=|<|<=|>|>= NUM|COUNTER");
		return false;
	}
	e->subject = EXPECT_COUNTER;
	e->comparison = (enum comparison)i;
	text = cursor_word(c, "a number or counter", usage);
	if (!text)
		return false;
	if (listed(counters, COUNT(counters), text, &i)) {
		e->right = (enum counter)i;
		c->i++;
		return true;
	}
	e->right_is_number = true;
	return cursor_number(c, "the number", 0, INT64_MAX, &e->number);
}

static bool what_unknown(struct cursor *c, const char *text)
{
	struct suggest s = suggest_begin(text);

	c->i--;
	cursor_error(c, "nothing called '%s' can be expected", text);
	for (size_t i = 0; i < COUNT(others); i++)
		suggest_offer(&s, others[i]);
	for (size_t i = 0; i < COUNT(findings); i++)
		suggest_offer(&s, findings[i]);
	for (size_t i = 0; i < COUNT(invariants); i++)
		suggest_offer(&s, invariants[i]);
	for (size_t i = 0; i < COUNT(counters); i++)
		suggest_offer(&s, counters[i]);
	suggest_help(c->r->diag, &s, "'pefsim list invariants' names all");
	return false;
}

/* "of OBJECT", "on OBJECT": which object a kind of finding is about, when that is said. */
static bool about_read(struct cursor *c, const char *word, struct expectation *e)
{
	e->has_object = cursor_take(c, word);
	return !e->has_object || object_read(c, &e->object);
}

/* The words that take arguments; the word itself was taken. False when there is a mistake, which was told. */
static bool what_with_arguments(struct cursor *c, const char *text, struct expectation *e, bool *known)
{
	unsigned at;

	*known = true;
	if (strcmp(text, "use-after-free") == 0 || strcmp(text, "data-race") == 0)
		return about_read(c, text[0] == 'u' ? "of" : "on", e);
	if (strcmp(text, "leak") == 0)
		return e->has_object = true, object_read(c, &e->object);
	if (strcmp(text, "lock-order") == 0)
		return e->has_object = e->has_other = true, object_read(c, &e->object) && object_read(c, &e->other);
	if (strcmp(text, "state") == 0)
		return state_read(c, e);
	if (strcmp(text, "result") == 0)
		return c->i < c->line->word_count && !word_is(&c->line->words[c->i], WORD_PLAIN, "if")
			       ? result_read(c, e)
			       : true;
	if (listed(counters, COUNT(counters), text, &at)) {
		e->left = (enum counter)at;
		return compare_read(c, e);
	}
	*known = false;
	return true;
}

static bool what_read(struct cursor *c, struct expectation *e)
{
	char text[SCRIPT_LINE_MAX + 1];
	const char *word = cursor_word(c, "what is expected", usage);
	bool known;

	if (!word)
		return false;
	snprintf(text, sizeof(text), "%s", word);
	c->i++;
	known = finding_listed(text, e) || invariant_listed(text, e);
	if (!known)
		e->subject = EXPECT_NOTHING;
	if (strcmp(text, "any-violation") == 0) {
		e->subject = EXPECT_ANY_FINDING;
		return true;
	}
	bool has_arguments;
	return what_with_arguments(c, text, e, &has_arguments) && (known || has_arguments || what_unknown(c, text));
}

bool cursor_condition(struct cursor *c, const char *say, struct expectation *e)
{
	char name[PEF_NAME_MAX];
	const char *value;
	struct suggest s;
	struct param *p;
	int64_t a, b;

	e->applies = true;
	if (!cursor_take(c, "if"))
		return true;
	if (!cursor_name(c, "the parameter", name))
		return false;
	p = param_find(c->r, name);
	if (!p) {
		c->i--;
		cursor_error(c, "there is no parameter '%s'", name);
		s = suggest_begin(name);
		for (p = c->r->params; p; p = p->next)
			suggest_offer(&s, p->p.name);
		suggest_help(c->r->diag, &s, "parameters are defined by 'param NAME = VALUE in ...'");
		return false;
	}
	p->is_used = true;
	if (!cursor_expect(c, "=", say))
		return false;
	value = cursor_word(c, "the parameter's value", say);
	if (!value)
		return false;
	if (!param_accepts(p, value)) {
		cursor_error(c, "parameter '%s' is never '%s'", name, value);
		diag_help(c->r->diag, "its values are defined at %s:%u", p->line->source->path, p->line->number);
		return false;
	}
	memcpy(e->param, name, sizeof(e->param));
	snprintf(e->value, sizeof(e->value), "%.*s", (int)sizeof(e->value) - 1, value);
	e->applies = strcmp(value, p->p.value) == 0 ||
		     (!expression_parse(value, &a) && !expression_parse(p->p.value, &b) && a == b);
	c->i++;
	return true;
}

static void expect_line(struct reader *r, const struct line *line)
{
	struct cursor c = cursor_at(r, line, 0);
	struct suggest s = suggest_begin(line->words[0].text);
	struct expectation e = {.line = line->number};
	unsigned mode = 0, end;
	char *what;

	while (mode < COUNT(modes) && !cursor_take(&c, modes[mode]))
		suggest_offer(&s, modes[mode++]);
	if (mode == COUNT(modes)) {
		cursor_error(&c, "unknown mode '%s'", line->words[0].text);
		suggest_help(r->diag, &s, "%s", usage);
		return;
	}
	e.mode = (enum expect_mode)mode;
	if (!what_read(&c, &e))
		return;
	end = c.i;
	if (!cursor_condition(&c, usage, &e) || !cursor_end(&c, usage))
		return;
	what = line_join(r->arena, r, line, 1, end);
	if (strlen(what) >= sizeof(e.what)) {
		diag_error(r->diag, line, line->words[1].column, "the expectation is too long");
		diag_help(r->diag, "it has at most %zu bytes", sizeof(e.what) - 1);
		return;
	}
	snprintf(e.what, sizeof(e.what), "%s", what);
	if (e.mode == EXPECT_SOMETIMES && !r->s->has_explore) {
		diag_warn(r->diag, line, line->words[0].column, "'sometimes' without a section 'explore'");
		diag_help(r->diag, "one run cannot tell what happens sometimes");
	}
	r->s->expects = script_grow(r->arena, r->s->expects, r->s->expect_count, sizeof(*r->s->expects));
	r->s->expects[r->s->expect_count++] = e;
}

void expect_read(struct reader *r, const struct section *section)
{
	struct cursor c = cursor_at(r, section->head, 1);

	cursor_end(&c, "'expect' stands alone, its statements are indented");
	for (const struct node *n = section->first; n; n = n->next)
		expect_line(r, n->line);
}
