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

static const char *const owner_names[] = {
#define X(id, name, about) name,
	PEF_DESIGNS(X)
#undef X
		"hv",
	"uv",
};

static const char *const mutant_names[] = {
#define X(id, name, owner, exhibit, about) name,
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

/* Loaded designs. Written before any run. */
static char loaded_names[DESIGNS_LOADED_MAX][PEF_NAME_MAX];
static unsigned loaded_count;
static bool (*loader)(const char *name);

void design_on_unknown(bool (*load)(const char *name))
{
	loader = load;
}

/* The position of a name among all designs; -1 when it is not there. */
static int design_find(const char *text, size_t len)
{
	int i = name_find(design_names, DESIGN_COUNT, text, len);
	for (unsigned k = 0; i < 0 && k < loaded_count; k++)
		if (strlen(loaded_names[k]) == len && !memcmp(loaded_names[k], text, len))
			i = (int)(DESIGN_COUNT + k);
	return i;
}

/* One that is not there yet may be loaded. */
static int design_load(const char *text, size_t len)
{
	char name[PEF_NAME_MAX];
	if (!loader || len >= sizeof(name))
		return -1;
	memcpy(name, text, len);
	name[len] = '\0';
	return loader(name) ? design_find(text, len) : -1;
}

bool design_register(const char *name, enum design_id *out)
{
	int known = design_find(name, strlen(name));
	if (known >= 0) {
		*out = (enum design_id)known;
		return true;
	}
	if (loaded_count == DESIGNS_LOADED_MAX || strlen(name) >= PEF_NAME_MAX)
		return false;
	strcpy(loaded_names[loaded_count], name);
	*out = (enum design_id)(DESIGN_COUNT + loaded_count++);
	return true;
}

unsigned design_count(void)
{
	return DESIGN_COUNT + loaded_count;
}

bool design_parse(const char *text, size_t len, enum design_id *out)
{
	int i = design_find(text, len);
	if (i < 0)
		i = design_load(text, len);
	if (i >= 0)
		*out = (enum design_id)i;
	return i >= 0;
}

const char *design_name(enum design_id id)
{
	if ((unsigned)id < DESIGN_COUNT)
		return design_names[id];
	return (unsigned)id < design_count() ? loaded_names[(unsigned)id - DESIGN_COUNT] : "?";
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

const char *mutant_owner_name(enum mutant_owner owner)
{
	return (unsigned)owner < OWNER_COUNT ? owner_names[owner] : "?";
}

enum mutant_owner mutant_owner(enum mutant m)
{
	static const enum mutant_owner owners[] = {
#define X(id, name, owner, exhibit, about) OWNER_##owner,
		PEF_MUTANTS(X)
#undef X
	};
	return (unsigned)m < MUTANT_COUNT ? owners[m] : OWNER_COUNT;
}

const char *mutant_exhibit(enum mutant m)
{
	static const char *const exhibits[] = {
#define X(id, name, owner, exhibit, about) exhibit,
		PEF_MUTANTS(X)
#undef X
	};
	return (unsigned)m < MUTANT_COUNT ? exhibits[m] : "?";
}

const char *mutant_about(enum mutant m)
{
	static const char *const abouts[] = {
#define X(id, name, owner, exhibit, about) about,
		PEF_MUTANTS(X)
#undef X
	};
	return (unsigned)m < MUTANT_COUNT ? abouts[m] : "?";
}

bool mutant_is_fix(enum mutant m)
{
	return !strncmp(mutant_name(m), "fix-", 4);
}

/* Entries of the museum are M and a number; no scenario begins with a capital. */
bool mutant_is_invented(enum mutant m)
{
	return mutant_exhibit(m)[0] != 'M';
}

bool mutant_goes_with(enum mutant m, enum design_id design)
{
	enum mutant_owner owner = mutant_owner(m);
	return owner == OWNER_HV || (unsigned)owner == (unsigned)design;
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
