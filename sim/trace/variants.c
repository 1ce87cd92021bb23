/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variants.c - names of designs, switches, eras and policies. See variants.h.
 *
 * Locking: none. Errors: false. Blocking: never.
 */
#include "pefsim/variants.h"

#include <string.h>

/* The position of a name in a list; -1 when it is not there. */
static int name_find(const char *const *names, unsigned count, const char *text, size_t len)
{
	for (unsigned i = 0; i < count; i++) {
		if (strlen(names[i]) == len && !memcmp(names[i], text, len))
			return (int)i;
	}
	return -1;
}

static const char *const design_names[] = {
#define X(id, name, about) name,
	PEF_DESIGNS(X)
#undef X
};

static const char *const mutant_names[] = {
#define X(id, name, design, entry, about) name,
	PEF_MUTANTS(X)
#undef X
};

static const char *const era_names[] = {
#define X(id, name, about) name,
	PEF_ERAS(X)
#undef X
};

static const char *const slot_delete_names[] = {
#define X(id, word, about) word,
	PEF_SLOT_DELETES(X)
#undef X
};

bool design_parse(const char *text, size_t len, enum design_id *out)
{
	int i = name_find(design_names, DESIGN_COUNT, text, len);
	if (i >= 0)
		*out = (enum design_id)i;
	return i >= 0;
}

const char *design_name(enum design_id id)
{
	return (unsigned)id < DESIGN_COUNT ? design_names[id] : "?";
}

bool mutant_parse(const char *text, size_t len, enum mutant *out)
{
	int i = name_find(mutant_names, MUTANT_COUNT, text, len);
	if (i >= 0)
		*out = (enum mutant)i;
	return i >= 0;
}

const char *mutant_name(enum mutant m)
{
	return (unsigned)m < MUTANT_COUNT ? mutant_names[m] : "?";
}

enum design_id mutant_design(enum mutant m)
{
	static const enum design_id designs[] = {
#define X(id, name, design, entry, about) DESIGN_##design,
		PEF_MUTANTS(X)
#undef X
	};
	return (unsigned)m < MUTANT_COUNT ? designs[m] : DESIGN_COUNT;
}

bool era_parse(const char *text, size_t len, enum mm_era *out)
{
	int i = name_find(era_names, ERA_COUNT, text, len);
	if (i >= 0)
		*out = (enum mm_era)i;
	return i >= 0;
}

const char *era_name(enum mm_era era)
{
	return (unsigned)era < ERA_COUNT ? era_names[era] : "?";
}

bool slot_delete_parse(const char *text, size_t len, enum slot_delete *out)
{
	int i = name_find(slot_delete_names, SLOT_DELETE_COUNT, text, len);
	if (i >= 0)
		*out = (enum slot_delete)i;
	return i >= 0;
}

const char *slot_delete_name(enum slot_delete policy)
{
	return (unsigned)policy < SLOT_DELETE_COUNT ? slot_delete_names[policy] : "?";
}
