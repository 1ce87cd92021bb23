/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform.c - the section "platform", and the options of a command line that
 * replace its lines.
 *
 * An option replaces what the line says and, where the line says it with a
 * parameter, sets that parameter: an "if" of an expectation then sees what runs.
 *
 * Locking: none. Errors: told; of an option, without a place. Blocking: never.
 */
#include <string.h>

#include "script.h"

/* X(NAME, "word", "arguments"). Lines of the platform section. */
/* clang-format off */
#define PLATFORM_LINES(X) \
	X(HV, "hv", "DESIGN [SWITCH...]") \
	X(UV, "uv", "PROFILE [SWITCH...]") \
	X(ERA, "mm-era", "ERA") \
	X(MACHINE, "machine", "PATH") \
	X(SLOT_DELETE, "slot-delete", "own|bring-back|zero-fill|forget") \
	X(PRICES, "prices", "PATH [lo|typ|hi]") \
	X(SECMEM, "secmem", "SIZE") \
	X(POOL, "pool", "INT pages")
/* clang-format on */
enum platform_line {
#define X(name, word, usage) LINE_##name,
	PLATFORM_LINES(X)
#undef X
		LINE_COUNT
};
static const struct {
	const char *word, *usage;
} platform_lines[] = {
#define X(name, word, usage) [LINE_##name] = {word, word " " usage},
	PLATFORM_LINES(X)
#undef X
};

/* ---- options --------------------------------------------------------------------- */

/* The parameter that the current word is, NULL when it is none. */
static struct param *written_as(const struct cursor *c)
{
	const char *text = cursor_done(c) ? "" : c->line->words[c->i].text;

	return text[0] == '$' ? param_find(c->r, text + 1) : NULL;
}

static void param_set(struct param *p, const char *value)
{
	if (p)
		snprintf(p->p.value, sizeof(p->p.value), "%.*s", (int)sizeof(p->p.value) - 1, value);
}

/* ---- hv: design and switches ---------------------------------------------------------- */

static void design_unknown(struct reader *r, const struct line *line, unsigned column, const char *text)
{
	struct suggest s = suggest_begin(text);

	diag_error(r->diag, line, column, "there is no design '%.80s'", text);
	for (unsigned i = 0; i < DESIGN_COUNT; i++)
		suggest_offer(&s, design_name((enum design_id)i));
	suggest_help(r->diag, &s, "'pefsim list designs' names all");
}

/* What switches may stand behind. */
enum side { SIDE_HV, SIDE_UV };

/* Whether a switch may stand there, and belongs to this design or to none in particular. */
static bool side_has(const struct reader *r, enum side side, enum mutant m)
{
	return side == SIDE_UV ? mutant_owner(m) == OWNER_UV : mutant_goes_with(m, r->s->design);
}

static void switch_help(struct reader *r, struct suggest *s, const char *text)
{
	enum mutant m;

	if (!mutant_parse(text, strlen(text), &m))
		suggest_help(r->diag, s, "'pefsim list mutants' names all switches");
	else if (mutant_owner(m) == OWNER_UV)
		suggest_help(r->diag, s, "it is a switch of the ultravisor: 'uv doc %s'", text);
	else if (mutant_owner(m) == OWNER_HV)
		suggest_help(r->diag, s, "it is a switch of the hypervisor: 'hv DESIGN %s'", text);
	else
		suggest_help(r->diag, s, "it is a switch of design '%s'", mutant_owner_name(mutant_owner(m)));
}

static void switch_unknown(struct reader *r, const struct line *line, unsigned column, const char *text, enum side side)
{
	struct suggest s = suggest_begin(text);

	if (side == SIDE_UV)
		diag_error(r->diag, line, column, "the ultravisor has no switch '%.80s'", text);
	else
		diag_error(r->diag, line, column, "design '%s' has no switch '%.80s'", design_name(r->s->design), text);
	suggest_offer(&s, "none");
	for (unsigned i = 0; i < MUTANT_COUNT; i++)
		if (side_has(r, side, (enum mutant)i))
			suggest_offer(&s, mutant_name((enum mutant)i));
	switch_help(r, &s, text);
}

/* "none" stands for no switch, so that a parameter can choose it. */
static void switch_add(struct reader *r, const struct line *line, unsigned column, const char *text, enum side side)
{
	enum mutant m;

	if (strcmp(text, "none") == 0)
		return;
	if (mutant_parse(text, strlen(text), &m) && side_has(r, side, m))
		r->s->mutants |= (mutants_t)1 << m;
	else
		switch_unknown(r, line, column, text, side);
}

/* With --design, what is written for another design goes with it. */
static bool switch_goes(const struct reader *r, const char *text, enum side side)
{
	enum mutant m;

	return side == SIDE_HV && r->options && r->options->design && mutant_parse(text, strlen(text), &m) &&
	       !side_has(r, side, m);
}

/* The side that a --mutant is for: what is no switch at all is told of as one of the design. */
static enum side side_of(const char *text)
{
	enum mutant m;

	return mutant_parse(text, strlen(text), &m) && mutant_owner(m) == OWNER_UV ? SIDE_UV : SIDE_HV;
}

/* The next --mutant of a side that no parameter has taken; NULL when there is none. "none" is of both. */
static const char *switch_given(struct reader *r, enum side side)
{
	for (unsigned i = 0; r->options && i < r->options->mutant_count; i++) {
		const char *text = r->options->mutants[i];
		if (r->mutants_used >> i & 1u || (side_of(text) != side && strcmp(text, "none") != 0))
			continue;
		r->mutants_used |= UINT64_C(1) << i;
		return text;
	}
	return NULL;
}

static void switch_read(struct cursor *c, enum side side)
{
	struct param *p = written_as(c);
	struct reader *r = c->r;
	const char *text = cursor_text(c);
	const char *given = text && p ? switch_given(r, side) : NULL;

	if (!text)
		return;
	if (given) {
		param_set(p, given);
		switch_add(r, NULL, 0, given, side);
	} else if (switch_goes(r, text, side)) {
		param_set(p, "none");
	} else {
		switch_add(r, c->line, cursor_column(c), text, side);
	}
}

static void hv_read(struct cursor *c)
{
	struct reader *r = c->r;
	const char *given = r->options ? r->options->design : NULL;
	struct param *p = written_as(c);
	const char *text = cursor_word(c, "a design", "'pefsim list designs' names all");

	r->hv_line = c->line;
	if (!text)
		return;
	if (given)
		param_set(p, given);
	text = given ? given : text;
	if (!design_parse(text, strlen(text), &r->s->design)) {
		design_unknown(r, given ? NULL : c->line, given ? 0 : cursor_column(c), text);
		return;
	}
	for (c->i++; !cursor_done(c); c->i++)
		switch_read(c, SIDE_HV);
}

static void hv_finish(struct reader *r)
{
	const char *design = r->options ? r->options->design : NULL;

	if (!r->hv_line && !diag_has_errors(r->diag)) {
		if (design && !design_parse(design, strlen(design), &r->s->design)) {
			design_unknown(r, NULL, 0, design);
		} else if (!design) {
			diag_error(r->diag, NULL, 0, "no design of the hypervisor is named");
			diag_help(
				r->diag, "add 'hv DESIGN' to the section 'platform'; 'pefsim list designs' names all");
		}
	}
	for (unsigned i = 0; r->options && i < r->options->mutant_count && !diag_has_errors(r->diag); i++)
		if (!(r->mutants_used >> i & 1u))
			switch_add(r, NULL, 0, r->options->mutants[i], side_of(r->options->mutants[i]));
}

/* ---- lines that are one word of a list -------------------------------------------------- */

static const char *const uv_words[] = {
#define X(id, name, about) name,
	PEF_UV_PROFILES(X)
#undef X
};
static const char *const era_words[] = {
#define X(id, name, about) name,
	PEF_ERAS(X)
#undef X
};
static const char *const slot_delete_words[] = {
#define X(name, word, about) word,
	PEF_SLOT_DELETES(X)
#undef X
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct choice {
	const char *what, *list;
	const char *const *words;
	unsigned count;
};
static const struct choice uv_choice = {"profile of the ultravisor", "uv", uv_words, COUNT(uv_words)};
static const struct choice era_choice = {"era of the memory model", "eras", era_words, COUNT(era_words)};
static const struct choice slot_delete_choice = {"choice", "policies", slot_delete_words, COUNT(slot_delete_words)};

/* The position of a word in its list; of the first after a mistake that is told. */
static unsigned choice_find(
	struct reader *r, const struct choice *choice, const struct line *line, unsigned column, const char *text)
{
	struct suggest s = suggest_begin(text);

	for (unsigned i = 0; i < choice->count; i++) {
		suggest_offer(&s, choice->words[i]);
		if (strcmp(text, choice->words[i]) == 0)
			return i;
	}
	diag_error(r->diag, line, column, "unknown %s '%.80s'", choice->what, text);
	suggest_help(r->diag, &s, "'pefsim list %s' names all", choice->list);
	return 0;
}

/* One word of a list; the cursor stands behind it. */
static unsigned choice_word(struct cursor *c, const struct choice *choice, const char *given, const char *usage)
{
	struct param *p = written_as(c);
	const char *text = cursor_word(c, "a choice", usage);
	unsigned column = cursor_column(c);

	if (!text)
		return 0;
	if (given)
		param_set(p, given);
	c->i++;
	return given ? choice_find(c->r, choice, NULL, 0, given) : choice_find(c->r, choice, c->line, column, text);
}

static unsigned choice_read(struct cursor *c, const struct choice *choice, const char *given, const char *usage)
{
	unsigned found = choice_word(c, choice, given, usage);

	return cursor_end(c, usage) ? found : 0;
}

/* Profile and switches of the ultravisor. */
static void uv_read(struct cursor *c, const char *given)
{
	choice_word(c, &uv_choice, given, platform_lines[LINE_UV].usage);
	for (; !cursor_done(c); c->i++)
		switch_read(c, SIDE_UV);
}

/* ---- the other lines --------------------------------------------------------------------- */

static void prices_read(struct cursor *c)
{
	struct scenario *s = c->r->s;

	if (!cursor_path(c, platform_lines[LINE_PRICES].usage, s->prices))
		return;
	for (unsigned i = 0; i < PRICE_COUNT; i++)
		if (cursor_take(c, price_words[i])) {
			s->price_choice = (enum price_choice)i;
			break;
		}
	cursor_end(c, platform_lines[LINE_PRICES].usage);
}

static void secmem_read(struct cursor *c)
{
	uint64_t bytes;

	if (!cursor_number(c, "secure memory", PEF_PAGE_SIZE, SCRIPT_GPA_END, &bytes))
		return;
	if (bytes % PEF_PAGE_SIZE) {
		c->i--;
		cursor_error(c, "secure memory is not a multiple of 64K");
		diag_help(c->r->diag, "pages have 64K; use %lluK", (unsigned long long)(bytes / PEF_PAGE_SIZE * 64));
		return;
	}
	c->r->s->secmem = bytes;
	cursor_end(c, platform_lines[LINE_SECMEM].usage);
}

static void platform_line(struct cursor *c, enum platform_line line)
{
	static const struct scenario_options none;
	const struct scenario_options *o = c->r->options ? c->r->options : &none;
	const char *usage = platform_lines[line].usage;
	struct scenario *s = c->r->s;

	switch (line) {
	case LINE_HV:
		hv_read(c);
		break;
	case LINE_UV:
		uv_read(c, o->uv);
		break;
	case LINE_ERA:
		s->era = (enum mm_era)choice_read(c, &era_choice, o->era, usage);
		break;
	case LINE_MACHINE:
		if (cursor_path(c, usage, s->machine))
			cursor_end(c, usage);
		break;
	case LINE_SLOT_DELETE:
		s->slot_delete = (enum slot_delete)choice_read(c, &slot_delete_choice, o->slot_delete, usage);
		break;
	case LINE_PRICES:
		prices_read(c);
		break;
	case LINE_SECMEM:
		secmem_read(c);
		break;
	case LINE_POOL:
		if (cursor_number(c, "the pool", 1, UINT32_MAX - 1, &s->pool) && cursor_expect(c, "pages", usage))
			cursor_end(c, usage);
		break;
	case LINE_COUNT:
		break;
	}
}

static void platform_unknown(struct reader *r, const struct line *line)
{
	struct suggest s = suggest_begin(line->words[0].text);
	enum op_kind op;

	diag_error(
		r->diag, line, line->words[0].column, "unknown word '%s' in section 'platform'", line->words[0].text);
	for (unsigned i = 0; i < LINE_COUNT; i++)
		suggest_offer(&s, platform_lines[i].word);
	suggest_help(r->diag, &s, "%s",
		op_parse(line->words[0].text, &op)
			? "operations stand in a section 'thread'"
			: "words here: hv, uv, mm-era, machine, slot-delete, prices, secmem, pool");
}

/* Words of "if NAME = VALUE". */
#define CONDITION 4u

/* A line without its condition. @applies: whether that holds. */
static const struct line *platform_condition(struct reader *r, const struct line *line, bool *applies)
{
	unsigned n = line->word_count;

	*applies = true;
	if (n <= CONDITION || !word_is(&line->words[n - CONDITION], WORD_PLAIN, "if"))
		return line;
	struct cursor c = cursor_at(r, line, n - CONDITION);
	struct expectation e = {0};
	*applies = cursor_condition(&c, "LINE if NAME = VALUE", &e) && e.applies;
	struct line *bare = script_alloc(r->arena, sizeof(*bare));
	*bare = *line;
	bare->word_count -= CONDITION;
	return bare;
}

void platform_read_section(struct reader *r, const struct section *section)
{
	struct cursor head = cursor_at(r, section->head, 1);

	cursor_end(&head, "'platform' stands alone, its statements are indented");
	for (const struct node *n = section->first; n; n = n->next) {
		bool applies;
		const struct line *line = platform_condition(r, n->line, &applies);
		struct cursor c = cursor_at(r, line, 1);
		unsigned i = 0;
		while (i < LINE_COUNT && !word_is(&n->line->words[0], WORD_PLAIN, platform_lines[i].word))
			i++;
		if (i == LINE_COUNT) {
			platform_unknown(r, n->line);
		} else if (!applies) {
			continue;
		} else if (r->platform_lines[i]) {
			diag_error(r->diag, n->line, n->line->words[0].column, "'%s' is given twice",
				platform_lines[i].word);
			diag_help(r->diag, "first given at %s:%u", r->platform_lines[i]->source->path,
				r->platform_lines[i]->number);
		} else {
			r->platform_lines[i] = line;
			platform_line(&c, (enum platform_line)i);
		}
	}
}

/* Options whose line is not written. */
void platform_finish(struct reader *r)
{
	const struct scenario_options *o = r->options;

	hv_finish(r);
	if (!o)
		return;
	if (o->uv && !r->platform_lines[LINE_UV])
		choice_find(r, &uv_choice, NULL, 0, o->uv);
	if (o->era && !r->platform_lines[LINE_ERA])
		r->s->era = (enum mm_era)choice_find(r, &era_choice, NULL, 0, o->era);
	if (o->slot_delete && !r->platform_lines[LINE_SLOT_DELETE])
		r->s->slot_delete = (enum slot_delete)choice_find(r, &slot_delete_choice, NULL, 0, o->slot_delete);
}
