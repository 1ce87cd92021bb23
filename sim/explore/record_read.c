/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_read.c - a record from text; any bytes are safe.
 *
 * The parts stand in one order, and "end" ends them, so that a file that was
 * cut is told. The first mistake ends the reading.
 *
 * Locking: none. Errors: PEF_PARSE after "FILE:LINE: error: ..."; PEF_NOFILE.
 * Blocking: reads a file.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

struct reader {
	const char *at, *end; /* what is left */
	const char *line;
	size_t len; /* of @line, without its newline */
	const char *value; /* behind the line's first word */
	size_t value_len;
	unsigned number; /* of @line */
	const char *path;
	FILE *messages;
	struct record *out;
};

static bool wrong(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(struct reader *r, const char *format, ...)
{
	va_list args;

	if (!r->messages)
		return false;
	fprintf(r->messages, "%s:%u: error: ", r->path, r->number);
	va_start(args, format);
	vfprintf(r->messages, format, args);
	va_end(args);
	fprintf(r->messages, "\nhelp: the file is damaged or was edited; 'pefsim check' writes it anew\n");
	return false;
}

static bool next_line(struct reader *r)
{
	const char *end = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;

	r->number++;
	if (!end)
		return wrong(r, "the file ends in the middle");
	r->line = r->at;
	r->len = (size_t)(end - r->at);
	r->at = end + 1;
	return memchr(r->line, 0, r->len) ? wrong(r, "a zero byte") : true;
}

/* Whether the line begins with this word; then its value is what follows. */
static bool line_is(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (r->len < len || memcmp(r->line, word, len) != 0 || (r->len > len && r->line[len] != ' '))
		return false;
	r->value = r->line + len + (r->len > len);
	r->value_len = r->len - len - (r->len > len);
	return true;
}

static bool want_line(struct reader *r, const char *word)
{
	if (!next_line(r))
		return false;
	return line_is(r, word) ? true : wrong(r, "a line '%s ...' is expected", word);
}

/* The next word of the value; false at its end. */
static bool next_word(struct reader *r, const char **word, size_t *len)
{
	while (r->value_len && *r->value == ' ') {
		r->value++;
		r->value_len--;
	}
	*word = r->value;
	const char *blank = r->value_len ? memchr(r->value, ' ', r->value_len) : NULL;
	*len = blank ? (size_t)(blank - r->value) : r->value_len;
	r->value += *len;
	r->value_len -= *len;
	return *len != 0;
}

static bool word_is(const char *word, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(word, text, len) == 0;
}

static bool take_text(struct reader *r, char *out, size_t size)
{
	if (r->value_len >= size)
		return wrong(r, "the line is too long");
	memcpy(out, r->value, r->value_len);
	out[r->value_len] = '\0';
	return true;
}

static bool take_number(struct reader *r, unsigned base, uint64_t *out)
{
	const char *word;
	size_t len;

	return next_word(r, &word, &len) && number_parse(word, len, base, out) ? true
									       : wrong(r, "a number is expected");
}

static bool take_end(struct reader *r)
{
	const char *word;
	size_t len;

	return !next_word(r, &word, &len) ? true : wrong(r, "unexpected '%.*s'", (int)(len > 60 ? 60 : len), word);
}

static bool text_line(struct reader *r, const char *word, char *out, size_t size)
{
	return want_line(r, word) && take_text(r, out, size);
}

static bool number_line(struct reader *r, const char *word, unsigned base, uint64_t *out)
{
	return want_line(r, word) && take_number(r, base, out) && take_end(r);
}

static bool prices_line(struct reader *r)
{
	const char *word;
	size_t len;

	if (!want_line(r, "prices") || !take_number(r, 16, &r->out->prices))
		return false;
	if (next_word(r, &word, &len))
		for (unsigned i = 0; i < PRICE_COUNT; i++)
			if (word_is(word, len, price_words[i])) {
				r->out->price = (enum price_choice)i;
				return take_end(r);
			}
	return wrong(r, "lo, typ or hi is expected");
}

static bool limits_line(struct reader *r)
{
	const char *word;
	size_t len;

	return take_number(r, 10, &r->out->steps_max) && next_word(r, &word, &len) &&
	       take_number(r, 10, &r->out->cycles_max) && next_word(r, &word, &len) && take_end(r);
}

static bool read_header(struct reader *r)
{
	struct record *o = r->out;

	if (!next_line(r))
		return false;
	if (!line_is(r, "pefrec") || r->value_len != 1 || r->value[0] != '1')
		return wrong(r, "no replay file: its first line is 'pefrec 1'");
	if (!text_line(r, "version", o->version, sizeof(o->version)) || !number_line(r, "model", 16, &o->model) ||
		!text_line(r, "scenario", o->scenario, sizeof(o->scenario)) ||
		!text_line(r, "origin", o->origin, sizeof(o->origin)) ||
		!text_line(r, "variant", o->variant, sizeof(o->variant)))
		return false;
	o->variant_line = r->number;
	if (!number_line(r, "seed", 10, &o->seed) || !prices_line(r) || !next_line(r))
		return false;
	if (line_is(r, "machine") && !(take_text(r, o->machine, sizeof(o->machine)) && next_line(r)))
		return false;
	if (line_is(r, "price-list") && !(take_text(r, o->price_list, sizeof(o->price_list)) && next_line(r)))
		return false;
	if (!line_is(r, "limits"))
		return wrong(r, "a line 'limits ...' is expected");
	if (!limits_line(r) || !text_line(r, "finding", o->signature, sizeof(o->signature)))
		return false;
	if (strcmp(o->signature, "-") == 0)
		o->signature[0] = '\0';
	return number_line(r, "trace", 16, &o->trace);
}

/* Room for one more, which is had anew at each power of two; NULL without memory. */
static void *grown(void *items, unsigned count, size_t size)
{
	if (count & (count - 1))
		return items;
	void *more = reallocarray(items, count ? 2 * (size_t)count : 1, size);
	if (!more)
		free(items);
	return more;
}

static bool hold_line(struct reader *r)
{
	struct record *o = r->out;
	char text[400], message[256];
	unsigned column;

	if (o->hold_count == RECORD_HOLDS_MAX)
		return wrong(r, "more than %u holds", RECORD_HOLDS_MAX);
	if (!take_text(r, text, sizeof(text)))
		return false;
	o->holds = grown(o->holds, o->hold_count, sizeof(*o->holds));
	if (!o->holds)
		return wrong(r, "no memory");
	if (hold_parse(text, &o->holds[o->hold_count], message, sizeof(message), &column))
		return wrong(r, "%s", message);
	o->hold_count++;
	return true;
}

static bool choice_line(struct reader *r)
{
	struct record *o = r->out;
	char text[120];

	if (o->choice_count == RECORD_HOLDS_MAX)
		return wrong(r, "more than %u choices", RECORD_HOLDS_MAX);
	if (!take_text(r, text, sizeof(text)))
		return false;
	o->choices = grown(o->choices, o->choice_count, sizeof(*o->choices));
	if (!o->choices)
		return wrong(r, "no memory");
	if (!choice_parse(text, &o->choices[o->choice_count]))
		return wrong(r, "no choice; as in 'maybe 1 #3 takes 1'");
	o->choice_count++;
	return true;
}

/* Holds and choices, up to the line "text". */
static bool read_holds(struct reader *r)
{
	while (next_line(r)) {
		if (line_is(r, "text"))
			return true;
		if (line_is(r, "choice")) {
			if (!choice_line(r))
				return false;
			continue;
		}
		if (!line_is(r, "hold"))
			return wrong(r, "a line 'hold ...', 'choice ...' or 'text' is expected");
		if (!hold_line(r))
			return false;
	}
	return false;
}

/* The lines behind bars; the first one without is left read. */
static bool read_text(struct reader *r)
{
	struct record *o = r->out;

	o->text = malloc((size_t)(r->end - r->at) + 1);
	if (!o->text)
		return wrong(r, "no memory");
	while (next_line(r)) {
		o->text[o->text_len] = '\0';
		if (!r->len || r->line[0] != '|')
			return true;
		memcpy(o->text + o->text_len, r->line + 1, r->len - 1);
		o->text_len += r->len;
		o->text[o->text_len - 1] = '\n';
	}
	return false;
}

static bool point_line(struct reader *r, struct record_point *p)
{
	const char *word;
	size_t len;

	*p = (struct record_point){0};
	r->value = r->line;
	r->value_len = r->len;
	if (!next_word(r, &word, &len) || len >= sizeof(p->context))
		return wrong(r, "the name of a context is expected");
	memcpy(p->context, word, len);
	if (!next_word(r, &word, &len) || !point_kind_parse(word, len, &p->kind))
		return wrong(r, "a kind of point is expected");
	if (!next_word(r, &word, &len) || !object_parse(word, len, &p->object))
		return wrong(r, "an object is expected");
	return take_end(r);
}

/* A line takes four bytes at least, so a count cannot ask for more memory than the file is long. */
static bool read_points(struct reader *r)
{
	struct record_steps *s = &r->out->steps;
	uint64_t count;

	if (!line_is(r, "points"))
		return wrong(r, "a line 'points N' is expected");
	if (!take_number(r, 10, &count) || !take_end(r))
		return false;
	if (count > (uint64_t)(r->end - r->at) / 4)
		return wrong(r, "the file is too short for so many points");
	s->points = calloc((size_t)count + 1, sizeof(*s->points));
	if (!s->points)
		return wrong(r, "no memory");
	while (s->point_count < count) {
		if (!next_line(r) || !point_line(r, &s->points[s->point_count]))
			return false;
		s->point_count++;
	}
	return true;
}

/* "7" or "7*3" */
static bool step_word(struct reader *r, const char *word, size_t len, size_t room)
{
	struct record_steps *s = &r->out->steps;
	const char *star = memchr(word, '*', len);
	size_t first = star ? (size_t)(star - word) : len;
	uint64_t number, times = 1;

	if (!number_parse(word, first, 10, &number) || (star && !number_parse(star + 1, len - first - 1, 10, &times)))
		return wrong(r, "'%.*s' is no step", (int)(len > 60 ? 60 : len), word);
	if (number >= s->point_count)
		return wrong(r, "there is no point %llu", (unsigned long long)number);
	if (times > room)
		return wrong(r, "more steps than there should be");
	while (times--)
		s->steps[s->count++] = (uint32_t)number;
	return true;
}

#define STEPS_MAX (UINT64_C(1) << 26)

static bool read_steps(struct reader *r)
{
	struct record_steps *s = &r->out->steps;
	const char *word;
	uint64_t count;
	size_t len;

	if (!number_line(r, "steps", 10, &count))
		return false;
	if (count > STEPS_MAX || (count && !s->point_count))
		return wrong(r, "there cannot be so many steps");
	s->steps = malloc(((size_t)count + 1) * sizeof(*s->steps));
	if (!s->steps)
		return wrong(r, "no memory");
	while (s->count < count) {
		if (!next_line(r))
			return false;
		size_t before = s->count;
		for (r->value = r->line, r->value_len = r->len; next_word(r, &word, &len);)
			if (!step_word(r, word, len, (size_t)count - s->count))
				return false;
		if (s->count == before)
			return wrong(r, "numbers of points are expected");
	}
	return true;
}

enum pef_err record_read_text(const char *text, size_t len, const char *path, struct record *out, FILE *messages)
{
	struct reader r = {.at = text, .end = text + len, .path = path, .messages = messages, .out = out};

	*out = (struct record){0};
	if (!read_header(&r) || !read_holds(&r) || !read_text(&r) || !read_points(&r) || !read_steps(&r) ||
		!want_line(&r, "end"))
		return PEF_PARSE;
	if (r.len != 3 || r.at != r.end) {
		wrong(&r, "something stands behind the end");
		return PEF_PARSE;
	}
	return PEF_OK;
}

static char *read_stream(FILE *file, size_t *len)
{
	char *text = NULL;
	size_t room = 0, got = 1;

	for (*len = 0; got && *len < RECORD_FILE_MAX; *len += got) {
		if (*len == room) {
			char *larger = realloc(text, room ? 2 * room : 65536);
			if (!larger)
				break;
			text = larger;
			room = room ? 2 * room : 65536;
		}
		got = fread(text + *len, 1, room - *len, file);
	}
	return text;
}

enum pef_err record_read_file(const char *path, struct record *out, FILE *messages)
{
	FILE *file = fopen(path, "r");
	size_t len = 0;
	char *text = file ? read_stream(file, &len) : NULL;
	enum pef_err err = PEF_NOFILE;

	*out = (struct record){0};
	if (text && !ferror(file))
		err = record_read_text(text, len, path, out, messages);
	else if (messages)
		fprintf(messages, "%s: error: cannot read the file: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	free(text);
	return err;
}

void record_free(struct record *r)
{
	free(r->holds);
	free(r->choices);
	free(r->text);
	record_steps_free(&r->steps);
	*r = (struct record){0};
}
