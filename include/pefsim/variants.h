/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variants.h - what a run may be a variant of: the hypervisor's design, the
 * switches that bring a historical bug back or take one away, the era of the
 * memory model, and what a memslot deletion does.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_VARIANTS_H
#define PEFSIM_VARIANTS_H

#include "pefsim/types.h"

/* Designs. X(ENUM, "name", "one sentence") */
/* clang-format off */
#define PEF_DESIGNS(X) \
	X(V9_RMAP, "v9-rmap", "rmap pointer in the device page's private data, and the per-guest mutex: the posted patch") \
	X(UVMEM_LOCK, "uvmem-lock", "device PFNs in a per-guest list of arrays under a mutex: what upstream took")
/* clang-format on */
enum design_id {
#define X(id, name, about) DESIGN_##id,
	PEF_DESIGNS(X)
#undef X
		DESIGN_COUNT
};
/** design_parse - the design of a name; false when there is none */
bool design_parse(const char *text, size_t len, enum design_id *out);
const char *design_name(enum design_id id);

/*
 * Switches of a design. A "fix-" switch takes a fault of the posted code away,
 * any other brings one back. X(ENUM, "name", DESIGN, "museum entry", "one sentence")
 * New rows go at the end.
 */
/* clang-format off */
#define PEF_MUTANTS(X) \
	X(FIX_INVAL_ORDER, "fix-inval-order", V9_RMAP, "M8", "UV_PAGE_INVAL is given a page order, not a size in bytes")
/* clang-format on */
enum mutant {
#define X(id, name, design, entry, about) MUTANT_##id,
	PEF_MUTANTS(X)
#undef X
		MUTANT_COUNT
};
_Static_assert(MUTANT_COUNT <= 64, "a set of switches is one word");

/* A set of switches: a bit 1 << enum mutant each. */
typedef uint64_t mutants_t;
static inline bool mutants_have(mutants_t set, enum mutant m)
{
	return (set >> m & 1u) != 0;
}
const char *mutant_name(enum mutant m);
enum design_id mutant_design(enum mutant m);
/** mutant_parse - the switch of a name, whatever design it belongs to; false when there is none */
bool mutant_parse(const char *text, size_t len, enum mutant *out);

/*
 * Eras of the host kernel's counting of references on device-private pages
 * (Linux 27674ef6c73f, the fault_page series of 6.1, 1afaeb8293c9).
 * X(ENUM, "name", "one sentence"), in order of time.
 */
/* clang-format off */
#define PEF_ERAS(X) \
	X(V5_5, "5.5", "Linux 5.5 to 5.17: a free device page has a count of 1; nobody holds one during a fault") \
	X(V5_18, "5.18", "Linux 5.18 to 6.0: counts begin at 0; nobody holds one during a fault") \
	X(V6_1, "6.1", "Linux 6.1 to 6.14: each faulting thread holds a reference on the device page") \
	X(V6_15, "6.15", "Linux 6.15 on: only the thread that could lock the device page goes on; others come again")
/* clang-format on */
enum mm_era {
#define X(id, name, about) ERA_##id,
	PEF_ERAS(X)
#undef X
		ERA_COUNT
};
#define ERA_DEFAULT ERA_V6_1
const char *era_name(enum mm_era era);
bool era_parse(const char *text, size_t len, enum mm_era *out);

/*
 * What becomes of pages on the device when their slot is deleted: the open
 * question of the mail of 2019-10-23. X(NAME, "word", "one sentence")
 */
/* clang-format off */
#define PEF_SLOT_DELETES(X) \
	X(DESIGN, "", "what the design does by itself") \
	X(BRING_BACK, "bring-back", "all pages return before the deletion ends") \
	X(ZERO_FILL, "zero-fill", "they are gone, accesses find zero pages") \
	X(FORGET, "forget", "they are forgotten when userspace unmaps them")
/* clang-format on */
enum slot_delete {
#define X(name, word, about) SLOT_DELETE_##name,
	PEF_SLOT_DELETES(X)
#undef X
		SLOT_DELETE_COUNT
};
/** slot_delete_name - the word of a policy, "" for the design's own */
const char *slot_delete_name(enum slot_delete policy);
bool slot_delete_parse(const char *text, size_t len, enum slot_delete *out);

/* Profiles of the ultravisor. X(ENUM, "name", "one sentence") */
/* clang-format off */
#define PEF_UV_PROFILES(X) \
	X(DOC, "doc", "the published document: its codes, zeroing, eviction under memory pressure")
/* clang-format on */

#endif
