/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coverage.c - sets of what was reached. See coverage.h; coverage_run.c reads a run.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#include "pefsim/coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/check.h"
#include "pefsim/explore.h"

static const struct {
	const char *word, *about;
	bool whole;
} kinds[COVERAGE_COUNT] = {
#define X(name, text, is_whole, sentence) {.word = text, .about = sentence, .whole = is_whole},
	PEF_COVERAGES(X)
#undef X
};

const char *coverage_name(enum coverage_kind kind)
{
	return kinds[kind].word;
}

const char *coverage_about(enum coverage_kind kind)
{
	return kinds[kind].about;
}

bool coverage_is_whole(enum coverage_kind kind)
{
	return kinds[kind].whole;
}

bool coverage_parse(const char *text, size_t len, enum coverage_kind *out)
{
	for (unsigned i = 0; i < COVERAGE_COUNT; i++) {
		if (strlen(kinds[i].word) != len || memcmp(kinds[i].word, text, len) != 0)
			continue;
		*out = (enum coverage_kind)i;
		return true;
	}
	return false;
}

/* ---- the set ------------------------------------------------------------------------ */

static uint32_t *coverage_slot(const struct coverage *c, enum coverage_kind kind, const char *text)
{
	uint64_t hash = explore_hash(explore_hash(EXPLORE_HASH, &kind, sizeof(kind)), text, strlen(text));

	for (uint32_t i = (uint32_t)(hash >> 32);; i++) {
		uint32_t *slot = &c->index[i & (c->index_size - 1)];
		const struct coverage_item *item = &c->items[*slot - 1];
		if (!*slot || (item->kind == kind && !strcmp(item->text, text)))
			return slot;
	}
}

static bool coverage_grow(struct coverage *c)
{
	uint32_t room = c->room ? 2 * c->room : 128;
	struct coverage_item *items = reallocarray(c->items, room, sizeof(*items));

	if (items)
		c->items = items;
	free(c->index);
	c->index_size = 2 * room;
	c->index = calloc(c->index_size, sizeof(*c->index));
	if (!items || !c->index)
		return false;
	c->room = room;
	for (uint32_t i = 0; i < c->count; i++)
		*coverage_slot(c, c->items[i].kind, c->items[i].text) = i + 1;
	return true;
}

enum pef_err coverage_add(struct coverage *c, enum coverage_kind kind, const char *text, bool reached)
{
	if (c->count == c->room && !coverage_grow(c))
		return PEF_NOMEM;
	uint32_t *slot = coverage_slot(c, kind, text);
	if (!*slot) {
		struct coverage_item *item = &c->items[c->count++];
		*item = (struct coverage_item){.kind = kind};
		snprintf(item->text, sizeof(item->text), "%s", text);
		*slot = c->count;
	}
	c->items[*slot - 1].reached |= reached;
	return PEF_OK;
}

void coverage_free(struct coverage *c)
{
	free(c->items);
	free(c->index);
	free(c->known);
	*c = (struct coverage){0};
}

static int coverage_compare(const void *a, const void *b)
{
	const struct coverage_item *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->text, y->text);
}

void coverage_sort(struct coverage *c)
{
	if (!c->count)
		return;
	qsort(c->items, c->count, sizeof(*c->items), coverage_compare);
	memset(c->index, 0, c->index_size * sizeof(*c->index));
	for (uint32_t i = 0; i < c->count; i++)
		*coverage_slot(c, c->items[i].kind, c->items[i].text) = i + 1;
}

struct coverage_share coverage_share(const struct coverage *c, enum coverage_kind kind)
{
	struct coverage_share share = {0};

	for (uint32_t i = 0; i < c->count; i++) {
		share.all += c->items[i].kind == kind;
		share.reached += c->items[i].kind == kind && c->items[i].reached;
	}
	return share;
}

unsigned coverage_permille(struct coverage_share share)
{
	return share.all ? (unsigned)(UINT64_C(1000) * share.reached / share.all) : 1000;
}

/* ---- what there is -------------------------------------------------------------------- */

static enum pef_err coverage_add_codes(struct coverage *c, const char *call, const char *codes)
{
	enum pef_err err = PEF_OK;
	char text[96];

	for (size_t len; !err && *codes; codes += len) {
		codes += strspn(codes, " ");
		len = strcspn(codes, " ");
		snprintf(text, sizeof(text), "%s %.*s", call, (int)len, codes);
		err = coverage_add(c, COVERAGE_CODES, text, false);
	}
	return err;
}

enum pef_err coverage_add_tables(struct coverage *c)
{
	enum pef_err err = PEF_OK;
	char text[96];

	for (unsigned i = 0; !err && i < GFN_STATE_COUNT * GFN_STATE_COUNT; i++) {
		enum gfn_state from = (enum gfn_state)(i / GFN_STATE_COUNT), to = (enum gfn_state)(i % GFN_STATE_COUNT);
		snprintf(text, sizeof(text), "%s -> %s", gfn_state_name(from), gfn_state_name(to));
		if (checker_allows(from, to))
			err = coverage_add(c, COVERAGE_TRANSITIONS, text, false);
	}
#define X(call, codes) err = err ? err : coverage_add_codes(c, #call, codes);
	PEF_CALL_CODES(X)
#undef X
	return err;
}
