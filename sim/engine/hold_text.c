/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hold_text.c - holds as people write them.
 *
 *   CONTEXT at POINT until CONTEXT passes POINT [cycles N]
 *   POINT: KIND OBJECT [#n] | LABEL [#n] | label LABEL [#n]
 *
 * The same line stands in a scenario, in a replay file and on the command line,
 * so there is one reader and one printer. A label needs no word in front of it
 * unless it is called like a kind of point.
 *
 * Locking: none. Errors: PEF_PARSE with what is wrong and the column of the
 * word that is. Blocking: never.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pefsim/points.h"

#define HOLD_CYCLES_MAX (UINT64_C(1) << 43) /* the engine's time has 44 bits */

static const char *const kind_names[POINT_KIND_COUNT] = {
#define X(name, text, about) text,
	PEF_POINT_KINDS(X)
#undef X
};

const char *point_kind_name(enum point_kind kind)
{
	return (unsigned)kind < POINT_KIND_COUNT ? kind_names[kind] : "?";
}

bool point_kind_parse(const char *text, size_t len, enum point_kind *out)
{
	for (unsigned i = 0; i < POINT_KIND_COUNT; i++) {
		if (strlen(kind_names[i]) != len || memcmp(kind_names[i], text, len) != 0)
			continue;
		*out = (enum point_kind)i;
		return true;
	}
	return false;
}

/* ---- reading ------------------------------------------------------------------ */

/* The text, the word under the reading head, and where to complain. */
struct reader {
	const char *text;
	const char *word;
	size_t len;
	char *message;
	size_t size;
	unsigned *column;
};

static void reader_next(struct reader *r)
{
	const char *at = r->word + r->len;
	while (isspace((unsigned char)*at))
		at++;
	r->word = at;
	while (*at && !isspace((unsigned char)*at))
		at++;
	r->len = (size_t)(at - r->word);
}

static bool reader_sees(const struct reader *r, const char *word)
{
	return r->len == strlen(word) && memcmp(r->word, word, r->len) == 0;
}

__attribute__((format(printf, 2, 3))) static enum pef_err reader_fail(struct reader *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (r->size)
		vsnprintf(r->message, r->size, format, args);
	va_end(args);
	if (r->column)
		*r->column = (unsigned)(r->word - r->text);
	return PEF_PARSE;
}

/* Complain that something else was expected than the word there is. */
static enum pef_err reader_expected(struct reader *r, const char *what)
{
	if (!r->len)
		return reader_fail(r, "the hold ends early: expected %s", what);
	return reader_fail(r, "expected %s, not '%.*s'", what, (int)(r->len < 60 ? r->len : 60), r->word);
}

static enum pef_err read_keyword(struct reader *r, const char *word, const char *what)
{
	if (!reader_sees(r, word))
		return reader_expected(r, what);
	reader_next(r);
	return PEF_OK;
}

/* A name of a context or a label. */
static enum pef_err read_name(struct reader *r, const char *what, char out[PEF_NAME_MAX])
{
	if (!r->len)
		return reader_expected(r, what);
	if (r->len >= PEF_NAME_MAX)
		return reader_fail(r, "%s is longer than %u characters", what, PEF_NAME_MAX - 1);
	for (size_t i = 0; i < r->len; i++)
		if (!isalnum((unsigned char)r->word[i]) && !strchr("_./-", r->word[i]))
			return reader_expected(r, what);
	memcpy(out, r->word, r->len);
	out[r->len] = '\0';
	reader_next(r);
	return PEF_OK;
}

/* A number from 1 that begins @skip characters into the word. */
static enum pef_err read_number(struct reader *r, size_t skip, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	for (size_t i = skip; i < r->len; i++) {
		if (!isdigit((unsigned char)r->word[i]))
			return reader_expected(r, skip ? "a number after '#'" : "a number of cycles");
		unsigned digit = (unsigned)(r->word[i] - '0');
		if (value > (max - digit) / 10)
			return reader_fail(r, "the number is larger than %" PRIu64, max);
		value = value * 10 + digit;
	}
	if (!value)
		return reader_fail(r, "%s is counted from 1", skip ? "an occurrence" : "the length of a hold");
	*out = value;
	reader_next(r);
	return PEF_OK;
}

static bool reader_at_end_of_point(const struct reader *r)
{
	return !r->len || r->word[0] == '#' || reader_sees(r, "until") || reader_sees(r, "cycles");
}

static enum pef_err read_object(struct reader *r, struct point_name *point)
{
	if (point->kind == POINT_LABEL) {
		point->object = OBJ_NULL;
		return read_name(r, "the name of a label", point->label);
	}
	if (reader_at_end_of_point(r)) {
		char what[64];
		snprintf(what, sizeof(what), "an object after '%s'", point_kind_name(point->kind));
		return reader_expected(r, what);
	}
	if (!obj_parse(r->word, r->len, &point->object))
		return reader_fail(r, "no object is called '%.*s'", (int)(r->len < 60 ? r->len : 60), r->word);
	reader_next(r);
	return PEF_OK;
}

static enum pef_err read_point(struct reader *r, struct point_name *point)
{
	uint64_t nth = 1;
	if (reader_at_end_of_point(r))
		return reader_expected(r, "a point: a kind and an object, or a label");
	if (point_kind_parse(r->word, r->len, &point->kind))
		reader_next(r);
	else
		point->kind = POINT_LABEL;
	enum pef_err err = read_object(r, point);
	if (err == PEF_OK && r->len && r->word[0] == '#')
		err = read_number(r, 1, UINT32_MAX, &nth);
	point->nth = (uint32_t)nth;
	return err;
}

static enum pef_err read_hold(struct reader *r, struct hold *hold)
{
	enum pef_err err;
	if ((err = read_name(r, "the name of a context", hold->at.context)) != PEF_OK ||
		(err = read_keyword(r, "at", "'at'")) != PEF_OK || (err = read_point(r, &hold->at)) != PEF_OK ||
		(err = read_keyword(r, "until", "'until'")) != PEF_OK)
		return err;
	const char *until = r->word;
	if ((err = read_name(r, "the name of a context", hold->until.context)) != PEF_OK ||
		(err = read_keyword(r, "passes", "'passes'")) != PEF_OK ||
		(err = read_point(r, &hold->until)) != PEF_OK)
		return err;
	if (reader_sees(r, "cycles")) {
		reader_next(r);
		if (!r->len)
			return reader_expected(r, "a number of cycles");
		if ((err = read_number(r, 0, HOLD_CYCLES_MAX, &hold->cycles)) != PEF_OK)
			return err;
	}
	if (r->len)
		return reader_expected(r, "the end of the hold");
	if (strcmp(hold->at.context, hold->until.context) == 0) {
		r->word = until;
		return reader_fail(r, "'%s' cannot be held until it goes on itself", hold->at.context);
	}
	return PEF_OK;
}

enum pef_err hold_parse(const char *text, struct hold *out, char *message, size_t size, unsigned *column)
{
	struct reader r = {.text = text, .word = text, .message = message, .size = size, .column = column};
	struct hold hold = {0};
	reader_next(&r);
	enum pef_err err = read_hold(&r, &hold);
	if (err == PEF_OK)
		*out = hold;
	return err;
}

/* ---- printing ------------------------------------------------------------------- */

/* Kind and object, or label, and the occurrence unless it is the first. */
static const char *point_print(const struct point_name *point, char *buf, size_t size)
{
	char object[64], nth[16] = "";
	enum point_kind ignored;
	if (point->nth > 1)
		snprintf(nth, sizeof(nth), " #%" PRIu32, point->nth);
	if (point->kind != POINT_LABEL)
		snprintf(buf, size, "%s %s%s", point_kind_name(point->kind),
			obj_print_full(point->object, object, sizeof(object)), nth);
	else
		snprintf(buf, size, "%s%s%s",
			point_kind_parse(point->label, strlen(point->label), &ignored) ? "label " : "", point->label,
			nth);
	return buf;
}

const char *hold_print(const struct hold *hold, char *buf, size_t size)
{
	char at[128], until[128], cycles[40] = "";
	if (hold->cycles)
		snprintf(cycles, sizeof(cycles), " cycles %" PRIu64, hold->cycles);
	snprintf(buf, size, "%s at %s until %s passes %s%s", hold->at.context, point_print(&hold->at, at, sizeof(at)),
		hold->until.context, point_print(&hold->until, until, sizeof(until)), cycles);
	return buf;
}
