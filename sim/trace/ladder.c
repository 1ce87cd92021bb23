/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ladder.c - the picture: a column a side, a line an event, an arrow a call.
 *
 * There is one event a line, so its words begin in the column of its side and
 * may run on to the right over columns that are empty in that line anyway. A
 * call is an arrow from the caller's column to the callee's; that is what makes
 * the ping-pong of the protocol visible. The locks a context holds follow its
 * words in brackets. Who acts stands in a column of its own, for grep.
 *
 *      cycle  who    | guest    | ultravisor        | hypervisor | host threads
 *       1240  vcpu0  | touch 1:0
 *       1900  vcpu0  |          | H_PAGE_FAULT(gfn 0x100) -->
 *       2600  vcpu0  |          <-------------------- UV_PAGE_IN(gfn 0x100)  [srcu uvmem]
 *
 * A line is laid out in a buffer of exactly the width, so none can be longer.
 * What does not fit goes on in the next line, in the same column.
 *
 * Locking: none. Errors: without memory the process stops with a message.
 * Blocking: on the stream.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define GUTTER_MIN 8u
#define WHO_MIN 5u
#define WHO_MAX 14u
#define INDENT 2u /* of a line that goes on */

struct ladder {
	struct view view;
	struct ladder_options options;
	FILE *out;
	unsigned width, gutter, who;
	unsigned lane[LANE_COUNT]; /* where the words of a column begin */
	struct trace_event last; /* the event printed last */
	char line[LADDER_WIDTH_MAX + 1];
};

static const char *const lane_colour[LANE_COUNT] = {"\033[32m", "\033[35m", "\033[34m", "\033[36m"};
#define COLOUR_LOUD "\033[1;31m"
#define COLOUR_OFF "\033[0m"

/* ---- layout ------------------------------------------------------------------ */

static unsigned digits_of(uint64_t n)
{
	unsigned digits = 1;

	for (; n >= 10; n /= 10)
		digits++;
	return digits;
}

/* Widths of the first two columns follow the run: its last cycle, its longest name. */
static void ladder_measure(struct ladder *l)
{
	struct trace_merge *merge = trace_merge_open(l->view.engine);
	struct trace_event event;
	uint64_t last = 0;

	l->who = WHO_MIN;
	while (trace_merge_next(merge, &event)) {
		char who[PEF_NAME_MAX];
		size_t len = strlen(view_who(&l->view, event.domain, event.rec.ctx, who, sizeof(who)));

		last = event.rec.cycle;
		if (len > l->who)
			l->who = len < WHO_MAX ? (unsigned)len : WHO_MAX;
	}
	trace_merge_close(merge);
	l->gutter = digits_of(last) > GUTTER_MIN ? digits_of(last) : GUTTER_MIN;
}

/*
 * The guests' column is as wide as its name, the ultravisor's takes a good part
 * of what is left, since calls and held locks stand there; the hypervisor's is
 * as wide as its name again, so that host threads have room at the right.
 */
static void ladder_place(struct ladder *l)
{
	unsigned start = l->gutter + 2 + l->who + 2 + 2;

	l->lane[LANE_GUEST] = start;
	l->lane[LANE_UV] = start + (unsigned)strlen(view_lane_name(LANE_GUEST)) + 3;
	l->lane[LANE_HV] = l->lane[LANE_UV] + (l->width - start) * 28 / 100;
	l->lane[LANE_HOST] = l->lane[LANE_HV] + (unsigned)strlen(view_lane_name(LANE_HV)) + 3;
}

/* ---- one line ------------------------------------------------------------------ */

static void line_put(struct ladder *l, unsigned column, const char *text, size_t len)
{
	for (size_t i = 0; i < len && column + i < l->width; i++)
		l->line[column + i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
}

/* An empty line with the rules between the columns, up to column @lane. */
static void line_begin(struct ladder *l, unsigned lane)
{
	memset(l->line, ' ', l->width);
	for (unsigned i = 0; i <= lane; i++)
		l->line[l->lane[i] - 2] = '|';
}

static void line_end(struct ladder *l, const char *colour)
{
	unsigned end = l->width, words = l->lane[0] - 2;

	while (end > 0 && l->line[end - 1] == ' ')
		end--;
	l->line[end] = '\0';
	if (l->options.colour && colour != NULL && end > words)
		fprintf(l->out, "%.*s%s%s" COLOUR_OFF "\n", (int)words, l->line, colour, l->line + words);
	else
		fprintf(l->out, "%s\n", l->line);
}

static void line_stamp(struct ladder *l, const struct trace_event *event)
{
	char cycle[24], who[PEF_NAME_MAX];
	size_t len = (size_t)snprintf(cycle, sizeof(cycle), "%" PRIu64, event->rec.cycle);

	line_put(l, l->gutter - (unsigned)len, cycle, len);
	view_who(&l->view, event->domain, event->rec.ctx, who, sizeof(who));
	len = strlen(who);
	line_put(l, l->gutter + 2, who, len < l->who ? len : l->who);
}

/* How much of @text goes in @room columns: up to a blank if there is one. */
static size_t fit(const char *text, size_t room)
{
	size_t len = strlen(text), cut = room;

	if (len <= room)
		return len;
	while (cut > 0 && text[cut] != ' ')
		cut--;
	return cut > 0 ? cut : room;
}

/* The words from @column on; what does not fit is put in lines of its own. Returns where the words end. */
static unsigned line_words(struct ladder *l, unsigned lane, unsigned column, const char *words, const char *colour)
{
	size_t len = fit(words, l->width - column);

	line_put(l, column, words, len);
	while (words[len] != '\0') {
		words += len;
		words += strspn(words, " ");
		line_end(l, colour);
		line_begin(l, lane);
		column = l->lane[lane] + INDENT;
		len = fit(words, l->width - column);
		line_put(l, column, words, len);
	}
	return column + (unsigned)len;
}

/* Rightwards: behind the words, to the callee's column. Leftwards: from the callee's column to the words. */
static unsigned line_arrow(struct ladder *l, unsigned from, unsigned to, unsigned end)
{
	unsigned tip;

	if (to < from) {
		l->line[l->lane[to] - 2] = '<';
		memset(&l->line[l->lane[to] - 1], '-', l->lane[from] - l->lane[to]);
		return end;
	}
	if (to > LANE_GUEST && end + 4 < l->lane[to] - 2)
		tip = l->lane[to] - 2;
	else
		tip = end + 3;
	if (tip >= l->width)
		return end;
	memset(&l->line[end + 1], '-', tip - end - 1);
	l->line[tip] = '>';
	return tip + 1;
}

/* ---- events ---------------------------------------------------------------------- */

/* A statement that ended at once and well, right after the line that told its beginning. */
static bool ladder_goes_without_saying(const struct ladder *l, const struct trace_event *event)
{
	const struct trace_rec *last = &l->last.rec;

	return event->rec.kind == TRACE_OP_END && event->rec.b == 0 && last->kind == TRACE_OP_BEGIN &&
	       l->last.domain == event->domain && last->ctx == event->rec.ctx && last->a == event->rec.a;
}

/* The locks, in brackets behind the words; where these leave no room, on a line of their own. */
static void line_locks(struct ladder *l, unsigned lane, unsigned end, const char *held)
{
	unsigned len = (unsigned)strlen(held);

	if (len == 0)
		return;
	if (end + 1 + len <= l->width) {
		line_put(l, end + 2 + len <= l->width ? end + 2 : end + 1, held, len);
	} else {
		line_end(l, lane_colour[lane]);
		line_begin(l, lane);
		line_words(l, lane, l->lane[lane] + INDENT, held, lane_colour[lane]);
	}
}

/*T:130
 * One event is one line: a column a side, a call an arrow, the locks behind it. The picture is what
 * one would draw on a board, and grep works on it.
 :*/
static void ladder_event(struct ladder *l, const struct trace_event *event, const struct text *text)
{
	unsigned lane = text->shape == TEXT_LOUD ? LANE_GUEST : view_lane(&l->view, event->domain, event->rec.ctx);
	const char *colour = text->shape == TEXT_LOUD ? COLOUR_LOUD : lane_colour[lane];
	bool leftwards = text->shape == TEXT_ARROW && text->to < lane;
	char held[160];
	unsigned end;

	line_begin(l, lane);
	line_stamp(l, event);
	if (leftwards)
		line_arrow(l, lane, text->to, 0);
	end = line_words(l, lane, l->lane[lane], text->words, colour);
	if (text->shape == TEXT_ARROW && !leftwards)
		end = line_arrow(l, lane, text->to, end);
	view_held(&l->view, event->domain, event->rec.ctx, held, sizeof(held));
	line_locks(l, lane, end, held);
	line_end(l, colour);
	l->last = *event;
}

/* ---- header ------------------------------------------------------------------------ */

/* The domains that act in a column, "g0 g1". */
static void lane_domains(const struct view *view, unsigned lane, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < engine_domain_count(view->engine) && used + 1 < size; i++) {
		enum view_lane of = view_lane(view, i, 0);

		if (of != lane && !(of == LANE_HV && lane == LANE_HOST))
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used > 0 ? " " : "",
			domain_name(engine_domain(view->engine, i)));
	}
}

/* Columns up to the next rule. */
static unsigned lane_room(const struct ladder *l, unsigned lane)
{
	return (lane + 1 < LANE_COUNT ? l->lane[lane + 1] - 3 : l->width) - l->lane[lane];
}

static void ladder_header(struct ladder *l)
{
	fprintf(l->out, "Time in cycles. Arrows are calls and returns. [locks held; .R read, .W write]\n");
	line_begin(l, LANE_COUNT - 1);
	line_put(l, l->gutter - 5, "cycle", 5);
	line_put(l, l->gutter + 2, "who", 3);
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		const char *name = view_lane_name((enum view_lane)i);

		line_put(l, l->lane[i], name, fit(name, lane_room(l, i)));
	}
	line_end(l, NULL);
	line_begin(l, LANE_COUNT - 1);
	line_put(l, l->gutter + 2, "side", 4);
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		char names[PEF_DOMAINS_MAX * PEF_NAME_MAX];

		lane_domains(&l->view, i, names, sizeof(names));
		line_put(l, l->lane[i], names, fit(names, lane_room(l, i)));
	}
	line_end(l, NULL);
	memset(l->line, '-', l->width);
	for (unsigned i = 0; i < LANE_COUNT; i++)
		l->line[l->lane[i] - 2] = '+';
	line_end(l, NULL);
}

/* ---- the whole ------------------------------------------------------------------------ */

static void ladder_note_lost(struct ladder *l)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < engine_domain_count(l->view.engine); i++)
		lost += domain_trace(engine_domain(l->view.engine, i))->folded_count;
	if (lost > 0)
		fprintf(l->out, "(the beginning is not kept: at least %" PRIu64 " events)\n", lost);
}

static void ladder_init(struct ladder *l, const struct engine *engine, const struct ladder_options *options, FILE *out)
{
	*l = (struct ladder){.out = out};
	if (options != NULL)
		l->options = *options;
	l->width = l->options.width != 0 ? l->options.width : LADDER_WIDTH_DEFAULT;
	if (l->width < LADDER_WIDTH_MIN)
		l->width = LADDER_WIDTH_MIN;
	if (l->width > LADDER_WIDTH_MAX)
		l->width = LADDER_WIDTH_MAX;
	view_init(&l->view, engine);
	ladder_measure(l);
	ladder_place(l);
}

/* The events to leave out in the middle of a long run: from @first, @count of them. */
struct gap {
	uint64_t first, count;
};

static struct gap ladder_gap(const struct ladder *l)
{
	struct trace_merge *merge;
	struct trace_event event;
	uint64_t total = 0, max = l->options.events_max;

	if (max == 0)
		return (struct gap){0};
	merge = trace_merge_open(l->view.engine);
	while (trace_merge_next(merge, &event))
		total++;
	trace_merge_close(merge);
	return total > max ? (struct gap){max / 2, total - max} : (struct gap){0};
}

void ladder_print(const struct engine *engine, const struct ladder_options *options, FILE *out)
{
	struct ladder ladder;
	struct trace_merge *merge;
	struct trace_event event;

	ladder_init(&ladder, engine, options, out);
	ladder_header(&ladder);
	ladder_note_lost(&ladder);
	const struct gap gap = ladder_gap(&ladder);
	merge = trace_merge_open(engine);
	for (uint64_t i = 0; trace_merge_next(merge, &event); i++) {
		struct text text;

		view_take(&ladder.view, &event);
		if (gap.count && i == gap.first)
			fprintf(out, "(%" PRIu64 " events are left out here)\n", gap.count);
		if (i >= gap.first && i - gap.first < gap.count)
			continue;
		text_of(&ladder.view, &ladder.options, &event, &text);
		if (text.shape != TEXT_NOTHING && !ladder_goes_without_saying(&ladder, &event))
			ladder_event(&ladder, &event, &text);
	}
	trace_merge_close(merge);
	view_free(&ladder.view);
}
