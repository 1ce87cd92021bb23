/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_write.c - a record as text. See record.h.
 *
 * Locking: none. Errors: false. Blocking: as writing to the stream.
 */
#include <inttypes.h>
#include <string.h>

#include "words.h"

static void write_header(const struct record *r, FILE *out)
{
	fprintf(out, "pefrec 1\nversion %s\nmodel %016" PRIx64 "\nscenario %s\norigin %s\nvariant %s\n", r->version,
		r->model, r->scenario, r->origin, r->variant);
	fprintf(out, "seed %" PRIu64 "\nprices %016" PRIx64 " %s\n", r->seed, r->prices, price_words[r->price]);
	if (r->machine[0])
		fprintf(out, "machine %s\n", r->machine);
	if (r->price_list[0])
		fprintf(out, "price-list %s\n", r->price_list);
	fprintf(out, "limits %" PRIu64 " steps %" PRIu64 " cycles\n", r->steps_max, r->cycles_max);
	fprintf(out, "finding %s\ntrace %016" PRIx64 "\n", r->signature[0] ? r->signature : "-", r->trace);
}

/* The text, each line behind a bar, so that no line of it can be taken for one of the record. */
static void write_text(const struct record *r, FILE *out)
{
	const char *at = r->text;
	size_t left = r->text_len;

	fputs("text\n", out);
	while (left) {
		const char *end = memchr(at, '\n', left);
		size_t len = end ? (size_t)(end - at) : left;

		fprintf(out, "|%.*s\n", (int)len, at);
		at += end ? len + 1 : len;
		left -= end ? len + 1 : len;
	}
}

static void write_points(const struct record_steps *s, FILE *out)
{
	char name[64];

	fprintf(out, "points %" PRIu32 "\n", s->point_count);
	for (uint32_t i = 0; i < s->point_count; i++) {
		const struct record_point *p = &s->points[i];
		fprintf(out, " %s %s %s\n", p->context, point_kind_name(p->kind),
			object_word(p->object, name, sizeof(name)));
	}
}

/* Numbers of points; "7*3" stands for three times 7. */
static void write_steps(const struct record_steps *s, FILE *out)
{
	unsigned column = 0;

	fprintf(out, "steps %zu\n", s->count);
	for (size_t i = 0; i < s->count;) {
		size_t times = 1;
		int n;

		while (i + times < s->count && s->steps[i + times] == s->steps[i])
			times++;
		n = times > 1 ? fprintf(out, " %" PRIu32 "*%zu", s->steps[i], times)
			      : fprintf(out, " %" PRIu32, s->steps[i]);
		column += n > 0 ? (unsigned)n : 0;
		i += times;
		if (column > 80 || i == s->count)
			fputc('\n', out);
		column = column > 80 ? 0 : column;
	}
}

bool record_write(const struct record *r, FILE *out)
{
	char text[400];

	write_header(r, out);
	for (unsigned i = 0; i < r->hold_count; i++)
		fprintf(out, "hold %s\n", hold_print(&r->holds[i], text, sizeof(text)));
	for (unsigned i = 0; i < r->choice_count; i++)
		fprintf(out, "choice %s\n", choice_print(&r->choices[i], text, sizeof(text)));
	write_text(r, out);
	write_points(&r->steps, out);
	write_steps(&r->steps, out);
	fputs("end\n", out);
	return fflush(out) == 0 && !ferror(out);
}
