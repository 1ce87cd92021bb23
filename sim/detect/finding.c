/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding.c - findings of a run: made, kept, sorted, cut.
 *
 * A finding is kept in the arena of the domain that made it, so restoring a
 * snapshot forgets it with everything else of that run. In the threads executor
 * domains run ahead of one another: what lies behind the run's cut never
 * happened, and is known by its TRACE_FINDING record having been cut off.
 * Titles need the program's debug information and a big stack, so they are made
 * after the run, not on the fiber that found something.
 *
 * Locking: a list belongs to its domain; engine_findings() is for after the
 * run. Errors: reporting outside a run stops the process with a message.
 * Blocking: finding_report() does not return in a context.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "region.h"

struct finding_node {
	struct finding f;
	bool after_run; /* a checker's: no record of it in the trace */
	struct finding_node *next;
};

struct finding_list {
	struct finding_node *head;
	unsigned count, noted;
	/* of domain 0 only: what engine_findings() handed out */
	struct finding *merged;
	unsigned merged_room, merged_count, merged_from;
};

const char *finding_kind_name(enum finding_kind kind)
{
	static const char *const names[FINDING_KIND_COUNT] = {
#define X(name, text, about) [FINDING_##name] = text,
		PEF_FINDING_KINDS(X)
#undef X
	};
	return names[kind];
}

const char *finding_severity_name(enum finding_severity severity)
{
	switch (severity) {
	case SEVERITY_OBSERVED:
		return "observed";
	case SEVERITY_PREDICTED:
		return "predicted";
	case SEVERITY_POSSIBLE:
		return "possible";
	}
	return "";
}

void finding_begin(struct finding *f, enum finding_kind kind)
{
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->severity = SEVERITY_OBSERVED;
	f->page = PEF_NEVER;
}

void finding_add_block(struct finding *f, const char *format, ...)
{
	struct domain *d = domain_self();
	struct context *ctx = context_self();
	struct finding_block *b;
	va_list args;

	if (f->block_count == FINDING_BLOCKS_MAX)
		return;
	b = &f->blocks[f->block_count++];
	b->domain = d ? domain_index(d) : 0;
	b->chain = d ? chain_capture() : 0;
	b->script_line = ctx ? context_line(ctx) : 0;
	snprintf(b->context, sizeof(b->context), "%s", history_actor());
	va_start(args, format);
	vsnprintf(b->heading, sizeof(b->heading), format, args);
	va_end(args);
}

void finding_add_line(struct finding *f, const char *format, ...)
{
	va_list args;

	if (f->line_count == FINDING_LINES_MAX)
		return;
	va_start(args, format);
	vsnprintf(f->lines[f->line_count++], sizeof(f->lines[0]), format, args);
	va_end(args);
}

void finding_note_locks(struct finding *f)
{
	struct context *ctx = context_self();

	f->held_count = ctx ? sync_held_list(ctx, f->held, FINDING_HELD_MAX) : 0;
}

void finding_add_store(struct engine *engine, struct finding *f, const struct hooks_store *store)
{
	struct finding_block *b;

	if (!store->seen || f->block_count == FINDING_BLOCKS_MAX || store->domain >= engine_domain_count(engine))
		return;
	b = &f->blocks[f->block_count++];
	b->domain = store->domain;
	b->chain = chain_intern(engine_domain(engine, store->domain), store->frames, store->frame_count);
	b->script_line = store->line;
	memcpy(b->context, store->context, sizeof(b->context));
	snprintf(b->heading, sizeof(b->heading), "pointer stored by %s at cycle %llu:", store->context,
		(unsigned long long)store->cycle);
}

void finding_fill_record(struct engine *engine, struct finding_block *b, const struct hooks_store *record)
{
	if (!record->seen || record->domain != b->domain || b->domain >= engine_domain_count(engine))
		return;
	b->chain = chain_intern(engine_domain(engine, b->domain), record->frames, record->frame_count);
	if (record->line)
		b->script_line = record->line;
	memcpy(b->context, record->context, sizeof(b->context));
}

static struct finding_list *finding_list(struct domain *d)
{
	void **slot = domain_slot(d, DOMAIN_SLOT_FINDINGS);

	if (!*slot)
		*slot = domain_arena_alloc(d, sizeof(struct finding_list));
	return *slot;
}

static struct finding_node *finding_keep(struct domain *d, const struct finding *f)
{
	struct finding_list *list = finding_list(d);
	struct finding_node *node = domain_arena_alloc(d, sizeof(*node));

	node->f = *f;
	node->f.serial = list->count;
	node->next = list->head;
	list->head = node;
	list->count++;
	return node;
}

void finding_report(const struct finding *f)
{
	struct domain *d = domain_self();
	struct finding *kept;

	if (!d)
		region_die("a finding outside a run: %s", finding_kind_name(f->kind));
	kept = &finding_keep(d, f)->f;
	if (kept->block_count && !kept->held_count)
		finding_note_locks(kept);
	kept->key = (struct engine_key){*engine_tls.now, domain_index(d), domain_trace(d)->count};
	trace_emit(TRACE_FINDING, (unsigned)kept->kind, finding_list(d)->count - 1, 0);
	engine_stop(domain_engine(d));
}

static bool finding_is_noted(const struct finding_list *list, const struct finding *f)
{
	if (f->earlier.address) /* a race: its pair of places was looked up already (race_report.c) */
		return false;
	for (const struct finding_node *node = list->head; node; node = node->next) {
		const struct finding *other = &node->f;

		if (other->noted && other->kind == f->kind && other->blocks[0].chain == f->blocks[0].chain &&
			other->blocks[1].chain == f->blocks[1].chain && !strcmp(other->title, f->title))
			return true;
	}
	return false;
}

void finding_note(const struct finding *f)
{
	struct domain *d = domain_self();
	struct finding_list *list = d ? finding_list(d) : NULL;
	struct finding *kept;

	if (!d)
		region_die("a finding outside a run: %s", finding_kind_name(f->kind));
	if (list->noted >= FINDING_NOTES_MAX || finding_is_noted(list, f))
		return;
	list->noted++;
	kept = &finding_keep(d, f)->f;
	if (kept->block_count && !kept->held_count)
		finding_note_locks(kept);
	kept->noted = true;
	kept->key = (struct engine_key){*engine_tls.now, domain_index(d), domain_trace(d)->count};
}

bool finding_stopped(const struct engine *engine)
{
	const struct finding *findings;
	unsigned count = engine_findings(engine, &findings);

	while (count)
		if (!findings[--count].noted)
			return true;
	return false;
}

void engine_add_finding(struct engine *engine, const struct finding *f)
{
	unsigned index = f->key.domain < engine_domain_count(engine) ? f->key.domain : 0;

	finding_keep(engine_domain(engine, index), f)->after_run = true;
}

static int finding_compare(const void *left, const void *right)
{
	const struct finding *x = left, *y = right;
	const struct engine_key *a = &x->key, *b = &y->key;

	if (x->noted != y->noted)
		return x->noted ? 1 : -1;
	if (a->cycle != b->cycle)
		return a->cycle < b->cycle ? -1 : 1;
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return (x->serial > y->serial) - (x->serial < y->serial);
}

/* Where a note was made, against the key of the run's end: in its own domain by records, elsewhere by time. */
static bool finding_note_is_cut(const struct engine *engine, const struct engine_key *key)
{
	const struct engine_key *end = engine_end_key(engine);

	if (!end || key->cycle != end->cycle)
		return end && key->cycle > end->cycle;
	return key->domain != end->domain ? key->domain > end->domain : key->position > end->position;
}

/* Whether the run was cut before the finding was made. */
static bool finding_is_cut(struct domain *d, const struct finding_node *node)
{
	const struct trace_ring *ring = domain_trace(d);

	if (node->f.noted)
		return finding_note_is_cut(domain_engine(d), &node->f.key);
	return !node->after_run && !ring->off && ring->count <= node->f.key.position;
}

/* The innermost named frame of a block; "" when its chain tells nothing. */
static void finding_function(const struct engine *engine, const struct finding_block *b, char out[64])
{
	struct chain_place place;

	out[0] = '\0';
	if (b->chain && chain_places(engine_domain(engine, b->domain), b->chain, &place, 1))
		memcpy(out, place.function, sizeof(place.function));
}

static void finding_complete_title(const struct engine *engine, struct finding *f)
{
	char first[64] = "", second[64] = "";
	const char *kind = finding_kind_name(f->kind);

	size_t given = strlen(f->title);
	if (given && f->title[given - 1] != ' ')
		return;
	if (f->block_count > 0)
		finding_function(engine, &f->blocks[0], first);
	if (f->block_count > 1)
		finding_function(engine, &f->blocks[1], second);
	if (given) {
		snprintf(f->title + given, sizeof(f->title) - given, "%s",
			first[0] ? first : "a function without a name");
		return;
	}
	/* Which of two racing accesses comes first is the schedule's choice, and not the title's. */
	if (first[0] && second[0] && f->kind == FINDING_DATA_RACE && strcmp(first, second) > 0)
		snprintf(f->title, sizeof(f->title), "%s in %s / %s", kind, second, first);
	else if (first[0] && second[0])
		snprintf(f->title, sizeof(f->title), "%s in %s / %s", kind, first, second);
	else if (first[0] || second[0])
		snprintf(f->title, sizeof(f->title), "%s in %s%s", kind, first, second);
	else
		snprintf(f->title, sizeof(f->title), "%s", kind);
}

static unsigned finding_total(const struct engine *engine)
{
	unsigned total = 0;

	for (unsigned i = 0; i < engine_domain_count(engine); i++)
		total += finding_list(engine_domain(engine, i))->count;
	return total;
}

/* A race of the same two functions about the same object. A place without a name is like no other. */
static bool finding_is_same(const struct finding *a, const struct finding *b)
{
	return a->noted && b->noted && (a->earlier.address || a->kind == FINDING_ATOMICITY) && a->kind == b->kind &&
	       !strcmp(a->title, b->title) && !strcmp(a->object, b->object) && !strchr(a->title, '?');
}

static void finding_drop_same(struct finding_list *own)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < own->merged_count; i++) {
		unsigned k = 0;

		while (k < kept && !finding_is_same(&own->merged[k], &own->merged[i]))
			k++;
		if (k == kept)
			own->merged[kept++] = own->merged[i];
	}
	own->merged_count = kept;
}

static void finding_merge(const struct engine *engine, struct finding_list *own)
{
	own->merged_count = 0;
	for (unsigned i = 0; i < engine_domain_count(engine); i++) {
		struct domain *d = engine_domain(engine, i);

		for (struct finding_node *node = finding_list(d)->head; node; node = node->next) {
			if (finding_is_cut(d, node))
				continue;
			finding_complete_title(engine, &node->f);
			own->merged[own->merged_count++] = node->f;
		}
	}
	qsort(own->merged, own->merged_count, sizeof(*own->merged), finding_compare);
	finding_drop_same(own);
}

unsigned engine_findings(const struct engine *engine, const struct finding **out)
{
	unsigned total = engine_domain_count(engine) ? finding_total(engine) : 0;
	struct finding_list *own;

	*out = NULL;
	if (total == 0)
		return 0;
	own = finding_list(engine_domain(engine, 0));
	if (total != own->merged_from) {
		if (total > own->merged_room) {
			own->merged = domain_arena_alloc(engine_domain(engine, 0), total * sizeof(*own->merged));
			own->merged_room = total;
		}
		finding_merge(engine, own);
		own->merged_from = total;
	}
	*out = own->merged;
	return own->merged_count;
}
