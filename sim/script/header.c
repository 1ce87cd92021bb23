/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * header.c - the sections "scenario" and "platform".
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

/* X(NAME, "word", "arguments"). Lines of the platform section. */
/* clang-format off */
#define PLATFORM_LINES(X) \
	X(HV, "hv", "DESIGN") \
	X(UV, "uv", "PROFILE") \
	X(ERA, "mm-era", "ERA") \
	X(MACHINE, "machine", "PATH") \
	X(SLOT_DELETE, "slot-delete", "bring-back|zero-fill|forget") \
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

/* ---- scenario ------------------------------------------------------------------- */

static const char about_usage[] =
	"lines of 'scenario': title STRING, about STRING, tags NAME..., since NAME, requires NAME...";

static void about_names(struct cursor *c, bool one)
{
	char name[PEF_NAME_MAX];

	do {
		if (!cursor_name(c, "a name", name))
			return;
	} while (!one && !cursor_done(c));
	if (cursor_end(c, about_usage))
		line_keep(c->r, &c->r->s->notes, &c->r->s->note_count, c->line);
}

static void about_line(struct reader *r, const struct line *line)
{
	static const char *const words[] = {"title", "about", "tags", "since", "requires"};
	struct cursor c = cursor_at(r, line, 1);
	struct suggest s = suggest_begin(line->words[0].text);
	char text[SCRIPT_LINE_MAX];

	c.i = 0;
	if (cursor_take(&c, "title")) {
		if (r->s->title[0]) {
			diag_error(r->diag, line, line->words[0].column, "a second title");
			diag_help(r->diag, "a scenario has one title; more text goes into 'about'");
		} else if (cursor_string(&c, "the title", r->s->title, sizeof(r->s->title))) {
			cursor_end(&c, about_usage);
		}
	} else if (cursor_take(&c, "about")) {
		if (cursor_string(&c, "the text", text, sizeof(text)) && cursor_end(&c, about_usage))
			line_keep(r, &r->s->notes, &r->s->note_count, line);
	} else if (cursor_take(&c, "tags") || cursor_take(&c, "requires")) {
		about_names(&c, false);
	} else if (cursor_take(&c, "since")) {
		about_names(&c, true);
	} else {
		cursor_error(&c, "unknown word '%s' in section 'scenario'", line->words[0].text);
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			suggest_offer(&s, words[i]);
		suggest_help(r->diag, &s, "%s", about_usage);
	}
}

void header_read(struct reader *r)
{
	for (const struct section *s = r->sections; s; s = s->next) {
		struct cursor c = cursor_at(r, s->head, 1);
		if (s->kind != SECTION_SCENARIO)
			continue;
		if (r->name_line) {
			diag_error(r->diag, s->head, 1, "a second section 'scenario'");
			diag_help(r->diag, "first defined at %s:%u", r->name_line->source->path, r->name_line->number);
			continue;
		}
		r->name_line = s->head;
		if (cursor_name(&c, "the scenario's name", r->s->name))
			cursor_end(&c, "scenario NAME");
		for (const struct node *n = s->first; n; n = n->next)
			about_line(r, n->line);
	}
	if (r->name_line || diag_has_errors(r->diag))
		return;
	diag_error(r->diag, NULL, 0, "there is no section 'scenario'");
	diag_help(r->diag, "name it with a line 'scenario NAME'");
}

/* ---- platform --------------------------------------------------------------------- */

static void offer_designs(struct suggest *s)
{
	for (unsigned i = 0; i < DESIGN_COUNT; i++)
		suggest_offer(s, design_name((enum design_id)i));
}

static void design_unknown(struct reader *r, const struct line *line, unsigned column, const char *text)
{
	struct suggest s = suggest_begin(text);

	diag_error(r->diag, line, column, "there is no design '%.80s'", text);
	offer_designs(&s);
	suggest_help(r->diag, &s, "'pefsim list designs' names all");
}

/* --design replaces the design, and sets the parameter it is written with. */
static void design_override(struct reader *r, struct cursor *c)
{
	const char *written = cursor_done(c) ? "" : c->line->words[c->i].text, *design = r->options->design;
	struct param *p = written[0] == '$' ? param_find(r, written + 1) : NULL;

	if (!design_parse(design, strlen(design), &r->s->design)) {
		design_unknown(r, NULL, 0, design);
		return;
	}
	if (p)
		snprintf(p->p.value, sizeof(p->p.value), "%s", design);
}

static void hv_read(struct cursor *c)
{
	struct reader *r = c->r;
	const char *text;

	r->hv_line = c->line;
	if (r->options && r->options->design)
		design_override(r, c);
	text = cursor_word(c, "a design", "'pefsim list designs' names all");
	if (!text)
		return;
	if (!(r->options && r->options->design) && !design_parse(text, strlen(text), &r->s->design)) {
		design_unknown(r, c->line, cursor_column(c), text);
		return;
	}
	c->i++;
	if (cursor_done(c))
		return;
	cursor_error(c, "design '%s' has no switch '%s'", design_name(r->s->design), c->line->words[c->i].text);
	diag_help(r->diag, "'pefsim list designs' names the designs and their switches");
}

/* A word of a list with one member: what this program is built to model. */
static void only_read(struct cursor *c, const char *what, const char *only)
{
	const char *text = cursor_word(c, what, only);
	struct suggest s;

	if (!text)
		return;
	if (strcmp(text, only) == 0) {
		c->i++;
		cursor_end(c, "one word is enough");
		return;
	}
	cursor_error(c, "unknown %s '%s'", what, text);
	s = suggest_begin(text);
	suggest_offer(&s, only);
	suggest_help(c->r->diag, &s, "there is '%s'", only);
}

static void slot_delete_read(struct cursor *c)
{
	static const char *const words[] = {
#define X(name, word, about) [SLOT_DELETE_##name] = (word),
		PEF_SLOT_DELETES(X)
#undef X
	};
	const char *text = cursor_word(c, "a choice", platform_lines[LINE_SLOT_DELETE].usage);
	struct suggest s;

	if (!text)
		return;
	s = suggest_begin(text);
	for (unsigned i = SLOT_DELETE_DESIGN + 1; i < SLOT_DELETE_COUNT; i++) {
		suggest_offer(&s, words[i]);
		if (strcmp(text, words[i]) == 0) {
			c->r->s->slot_delete = (enum slot_delete)i;
			c->i++;
			cursor_end(c, platform_lines[LINE_SLOT_DELETE].usage);
			return;
		}
	}
	cursor_error(c, "unknown choice '%s'", text);
	suggest_help(c->r->diag, &s, "%s", platform_lines[LINE_SLOT_DELETE].usage);
}

/* A path stands in quotes or not; in a used file it begins at that file's folder. */
static bool path_read(struct cursor *c, const char *usage, char out[256])
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

static void prices_read(struct cursor *c)
{
	struct scenario *s = c->r->s;

	if (!path_read(c, platform_lines[LINE_PRICES].usage, s->prices))
		return;
	if (cursor_take(c, "lo"))
		s->price_choice = PRICE_LO;
	else if (cursor_take(c, "hi"))
		s->price_choice = PRICE_HI;
	else
		cursor_take(c, "typ");
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
	const char *usage = platform_lines[line].usage;
	struct scenario *s = c->r->s;

	switch (line) {
	case LINE_HV:
		hv_read(c);
		break;
	case LINE_UV:
		only_read(c, "profile of the ultravisor", "doc");
		break;
	case LINE_ERA:
		only_read(c, "era of the memory model", "6.1");
		break;
	case LINE_MACHINE:
		if (path_read(c, usage, s->machine))
			cursor_end(c, usage);
		break;
	case LINE_SLOT_DELETE:
		slot_delete_read(c);
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

void platform_read_section(struct reader *r, const struct section *section)
{
	struct cursor head = cursor_at(r, section->head, 1);

	cursor_end(&head, "'platform' stands alone, its statements are indented");
	for (const struct node *n = section->first; n; n = n->next) {
		struct cursor c = cursor_at(r, n->line, 1);
		unsigned i = 0;
		while (i < LINE_COUNT && !word_is(&n->line->words[0], WORD_PLAIN, platform_lines[i].word))
			i++;
		if (i == LINE_COUNT) {
			platform_unknown(r, n->line);
		} else if (r->platform_lines[i]) {
			diag_error(r->diag, n->line, n->line->words[0].column, "'%s' is given twice",
				platform_lines[i].word);
			diag_help(r->diag, "first given at %s:%u", r->platform_lines[i]->source->path,
				r->platform_lines[i]->number);
		} else {
			r->platform_lines[i] = n->line;
			platform_line(&c, (enum platform_line)i);
		}
	}
}
