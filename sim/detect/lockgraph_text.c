/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockgraph_text.c - a circle of lock classes as a finding, in lockdep's words.
 *
 * Of a circle the step that came last in its run is told as the one that is trying,
 * and the others as the chain that exists, in reverse order. Then the schedule that
 * would deadlock, a column a context, and what makes it predicted or only possible.
 * The title names classes in the order of the table of objects, so the same circle
 * met from another side is the same finding.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "lockgraph.h"

#include <stdlib.h>
#include <string.h>

#define COLUMN 34

const char *graph_class_print(obj_t name, unsigned subclass, char *buf, size_t size)
{
	char text[24];

	obj_print(obj_make(obj_type(name), OBJ_NO_GUEST, OBJ_NO_INDEX), text, sizeof(text));
	if (subclass)
		snprintf(buf, size, "%s/%u", text, subclass % LOCK_SUBCLASSES);
	else
		snprintf(buf, size, "%s", text);
	return buf;
}

uint32_t graph_chain(struct engine *engine, uint32_t domain, const struct graph_place *place)
{
	return chain_intern(engine_domain(engine, domain), place->frames, place->count);
}

static const char *text_mode(enum lock_mode mode)
{
	static const char *const words[] = {[LOCK_EXCLUSIVE] = "",
		[LOCK_SHARED] = " {read}",
		[LOCK_SRCU_READ] = " {read}",
		[LOCK_SRCU_SYNC] = " {synchronize}",
		[LOCK_EVENT] = " {wait}"};

	return words[mode];
}

static const char *text_verb(enum lock_mode mode)
{
	static const char *const words[] = {[LOCK_EXCLUSIVE] = "lock",
		[LOCK_SHARED] = "read_lock",
		[LOCK_SRCU_READ] = "srcu_read_lock",
		[LOCK_SRCU_SYNC] = "synchronize_srcu",
		[LOCK_EVENT] = "wait"};

	return words[mode];
}

static const char *text_hold(enum lock_mode mode)
{
	return mode == LOCK_EVENT ? "keep" : text_verb(mode);
}

/* ---- blocks ------------------------------------------------------------------------------ */

static struct finding_block *text_block(
	struct finding *f, struct engine *engine, const struct graph_step *s, const struct graph_place *place)
{
	struct finding_block *b = &f->blocks[f->block_count++];

	*b = (struct finding_block){
		.domain = s->domain, .chain = graph_chain(engine, s->domain, place), .script_line = s->line};
	memcpy(b->context, s->ctx, sizeof(b->context));
	return b;
}

static void text_trying(struct finding *f, struct engine *engine, const struct graph_step *s)
{
	char name[64];
	struct finding_block *b = text_block(f, engine, s, &s->place);

	snprintf(b->heading, sizeof(b->heading), "%.40s is trying to acquire lock:\n %s%s, at:", s->ctx,
		obj_print_full(s->name, name, sizeof(name)), text_mode(s->mode));
}

static void text_holding(
	struct finding *f, struct engine *engine, const struct graph_step *s, const struct graph_held *h)
{
	char name[64];
	struct finding_block *b = text_block(f, engine, s, &h->place);
	bool wait = h->lock.mode == LOCK_EVENT;

	snprintf(b->heading, sizeof(b->heading),
		"but it is already %s:\n %s%s, at:", wait ? "what others wait for" : "holding lock",
		obj_print_full(h->lock.name, name, sizeof(name)), text_mode(h->lock.mode));
}

static void text_link(struct finding *f, struct engine *engine, const struct graph_step *s, unsigned number)
{
	char name[32];
	struct finding_block *b = text_block(f, engine, s, &s->place);

	snprintf(b->heading, sizeof(b->heading), "-> #%u (%s)%s, by %.38s:", number,
		graph_class_print(s->name, s->subclass, name, sizeof(name)), text_mode(s->mode), s->ctx);
}

/* ---- the schedule that would bite --------------------------------------------------------- */

struct table {
	struct finding *f;
	unsigned columns;
};

static int table_width(const struct table *t)
{
	return t->columns > 2 ? COLUMN * 2 / 3 : COLUMN;
}

static void table_row(const struct table *t, unsigned column, const char *verb, obj_t name, const char *waits)
{
	char lock[32];
	int indent = 3 + (int)column * table_width(t);

	graph_class_print(name, 0, lock, sizeof(lock));
	finding_add_line(t->f, "%*s%s(%s)%s", indent, "", verb, lock, waits);
}

static void table_head(const struct table *t, const struct graph_cycle *c)
{
	char text[112] = "", rule[112] = "";

	for (unsigned i = 0; i < t->columns; i++) {
		const char *name = i < c->count ? c->edges[i].step->ctx : c->writer->ctx;
		int width = i + 1 < t->columns ? table_width(t) : 0;
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%-*.*s", width, table_width(t) - 2, name);
		snprintf(rule + used, sizeof(rule) - used, "%-*s", width, "----");
	}
	finding_add_line(t->f, " Possible unsafe locking scenario:");
	finding_add_line(t->f, "%s", "");
	finding_add_line(t->f, "   %s", text);
	finding_add_line(t->f, "   %s", rule);
}

static void text_table(struct finding *f, const struct graph_cycle *c)
{
	unsigned wanted = c->count + (c->writer != NULL), shown = c->count < 3 ? c->count : 3;
	const struct table t = {.f = f, .columns = wanted > 3 ? 3 : wanted};

	table_head(&t, c);
	for (unsigned i = 0; i < shown; i++)
		table_row(&t, i, text_hold(c->edges[i].held->lock.mode), c->edges[i].held->lock.name, "");
	if (c->writer && c->count < 3)
		table_row(&t, c->count, "write_lock", c->writer->name, " -> waits");
	for (unsigned i = 0; i < shown; i++)
		table_row(&t, i, text_verb(c->edges[i].step->mode), c->edges[i].step->name, " -> waits");
	finding_add_line(f, "%*s*** DEADLOCK ***", 3, "");
}

/* ---- titles --------------------------------------------------------------------------------- */

static int lock_compare(const void *a, const void *b)
{
	const obj_t *x = a, *y = b;

	return x->w < y->w ? -1 : x->w > y->w;
}

static void text_add_lock(struct finding *f, obj_t name, unsigned subclass)
{
	/* The index of a class is its subclass here. */
	obj_t class = obj_make(obj_type(name), OBJ_NO_GUEST, subclass ? subclass : OBJ_NO_INDEX);

	for (unsigned i = 0; i < f->lock_count; i++)
		if (f->locks[i].w == class.w)
			return;
	if (f->lock_count < FINDING_LOCKS_MAX)
		f->locks[f->lock_count++] = class;
}

static void text_title(struct finding *f)
{
	size_t used = (size_t)snprintf(f->title, sizeof(f->title), "lock-order on ");

	qsort(f->locks, f->lock_count, sizeof(f->locks[0]), lock_compare);
	for (unsigned i = 0; i < f->lock_count && used < sizeof(f->title); i++) {
		char name[48];
		unsigned subclass = obj_index(f->locks[i]) == OBJ_NO_INDEX ? 0 : obj_index(f->locks[i]);

		used += (size_t)snprintf(f->title + used, sizeof(f->title) - used, "%s%s",
			i == 0                   ? ""
			: i + 1 == f->lock_count ? " and "
						 : ", ",
			graph_class_print(f->locks[i], subclass, name, sizeof(name)));
	}
}

static void text_title_nested(struct finding *f, const struct graph_cycle *c)
{
	char name[48];
	const struct graph_step *s = c->edges[0].step;
	bool same = s->name.w == c->edges[0].held->lock.name.w;

	snprintf(f->title, sizeof(f->title), "lock-order on %s: %s",
		graph_class_print(s->name, s->subclass, name, sizeof(name)),
		same ? "read inside its own read section" : "one inside another");
}

/* Forget indices that only stood for subclasses: whoever asks compares types. */
static void text_plain_locks(struct finding *f)
{
	for (unsigned i = 0; i < f->lock_count; i++)
		f->locks[i] = obj_make(obj_type(f->locks[i]), OBJ_NO_GUEST, OBJ_NO_INDEX);
}

/* ---- the finding -------------------------------------------------------------------------------- */

static const char *text_why(const struct graph_cycle *c)
{
	switch (c->doubt) {
	case DOUBT_NONE:
		return "different contexts, no common lock, no order between them";
	case DOUBT_ONE_CONTEXT:
		return "one context did both; another would have to do one of them";
	case DOUBT_OTHER_LOCKS:
		return "the locks were different ones of these classes";
	case DOUBT_NO_WRITER:
		return "no writer was seen that could queue between the readers";
	case DOUBT_OTHER_RUN:
		return "no single run showed the whole circle";
	}
	return "";
}

/* The circle from the step that came last. */
static void text_turn(const struct lockgraph *g, const struct graph_cycle *from, struct graph_cycle *to)
{
	unsigned last = 0;

	for (unsigned i = 1; i < from->count && !g->across; i++)
		if (graph_compare(&from->edges[i].step->key, &from->edges[last].step->key) > 0)
			last = i;
	*to = *from;
	for (unsigned i = 0; i < from->count; i++)
		to->edges[i] = from->edges[(last + i) % from->count];
}

void graph_describe(struct lockgraph *g, struct engine *engine, const struct graph_cycle *cycle, struct finding *f)
{
	struct graph_cycle c;

	text_turn(g, cycle, &c);
	finding_begin(f, FINDING_LOCK_ORDER);
	f->severity = c.grade == GRADE_PREDICTED ? SEVERITY_PREDICTED : SEVERITY_POSSIBLE;
	snprintf(f->object, sizeof(f->object), "possible %s detected",
		c.count > 1 ? "circular locking dependency" : "recursive locking");
	for (unsigned i = 0; i < c.count; i++)
		text_add_lock(f, c.edges[i].step->name, c.edges[i].step->subclass);
	text_trying(f, engine, c.edges[0].step);
	text_holding(f, engine, c.edges[0].step, c.edges[0].held);
	for (unsigned i = c.count - 1; i > 0; i--)
		text_link(f, engine, c.edges[i].step, i);
	if (c.count > 1)
		text_link(f, engine, c.edges[0].step, 0);
	if (c.count > 1)
		text_title(f);
	else
		text_title_nested(f, &c);
	text_plain_locks(f);
	text_table(f, &c);
	finding_add_line(f, " %s.", text_why(&c));
}

static const char *text_function(struct engine *engine, struct graph_step *s)
{
	struct chain_place place;
	uint32_t chain;

	if (s->function[0])
		return s->function;
	chain = graph_chain(engine, s->domain, &s->place);
	bool known = chain_places(engine_domain(engine, s->domain), chain, &place, 1) == 1;
	snprintf(s->function, sizeof(s->function), "%s", known ? place.function : "?");
	return s->function;
}

/* Whether somebody waits for readers of the class with that lock held; then the circle is told by itself. */
static bool text_is_waited_for(const struct lockgraph *g, const struct graph_step *s, const struct graph_held *h)
{
	for (unsigned i = 0; i < g->now_count; i++) {
		const struct graph_step *w = g->now[i];

		for (unsigned k = 0; k < w->held_count; k++)
			if (w->mode == LOCK_SRCU_SYNC && w->class == s->class && w->held[k].class == h->class)
				return true;
	}
	return false;
}

static void text_reader_lines(struct lockgraph *g, const struct graph_step *s, const struct graph_held *const *held,
	unsigned count, struct finding *f)
{
	char lock[48], srcu[48];
	bool waited = false;

	graph_class_print(s->name, 0, srcu, sizeof(srcu));
	finding_add_line(f, " Possible unsafe locking scenario:");
	finding_add_line(f, "%s", "");
	finding_add_line(f, "   %-*.*s%s", COLUMN, COLUMN - 2, "a reader", "any task T");
	finding_add_line(f, "   %-*s%s", COLUMN, "--------", "----------");
	graph_class_print(held[0]->lock.name, 0, lock, sizeof(lock));
	finding_add_line(f, "   srcu_read_lock(%s)", srcu);
	finding_add_line(f, "   %*slock(%s)", COLUMN, "", lock);
	finding_add_line(f, "   lock(%s) -> waits", lock);
	finding_add_line(f, "   %*ssynchronize_srcu(%s) -> waits", COLUMN, "", srcu);
	finding_add_line(f, "   %*s*** DEADLOCK ***", COLUMN, "");
	for (unsigned i = 0; i < count; i++) {
		finding_add_line(f, " %s is held here, and readers of %s wait for it.",
			graph_class_print(held[i]->lock.name, held[i]->lock.subclass, lock, sizeof(lock)), srcu);
		waited |= text_is_waited_for(g, s, held[i]);
	}
	finding_add_line(f, " note: srcu readers never block, so this read section alone cannot deadlock;");
	finding_add_line(f, " a task T that waits for readers with such a lock held is needed.");
	finding_add_line(f, " Seen: %s.", waited ? "yes, and told as a circle of its own" : "none");
}

void graph_describe_reader(struct lockgraph *g, struct engine *engine, struct graph_step *s,
	const struct graph_held *const *held, unsigned count, const struct graph_step *witness, struct finding *f)
{
	char name[32];

	finding_begin(f, FINDING_LOCK_ORDER);
	f->severity = SEVERITY_POSSIBLE;
	snprintf(f->object, sizeof(f->object), "possible circular locking dependency detected");
	snprintf(f->title, sizeof(f->title), "lock-order on %s: read in %.48s inside locks that its readers wait for",
		graph_class_print(s->name, s->subclass, name, sizeof(name)), text_function(engine, s));
	text_add_lock(f, s->name, 0);
	for (unsigned i = 0; i < count; i++)
		text_add_lock(f, held[i]->lock.name, 0);
	text_trying(f, engine, s);
	text_holding(f, engine, s, held[count - 1]);
	text_link(f, engine, witness, 1);
	text_link(f, engine, s, 0);
	text_reader_lines(g, s, held, count, f);
}
