/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coverage.h - what the runs of a search reached, and what none did.
 *
 * Four kinds of things are counted: changes of a GFN state that the protocol
 * allows, return codes that the document gives a call, orders of two lock
 * classes, and orders of two conflicting operations of a scenario. The first two
 * have a table that says what there is; of two operations that met in one order
 * the other order is there to be reached, too. What locks could be nested nobody
 * knows: of them only what was seen is told.
 *
 * Things are known by their text, so that sets of several processes can be
 * joined.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#ifndef PEFSIM_COVERAGE_H
#define PEFSIM_COVERAGE_H

#include "pefsim/engine.h"

/* X(NAME, "word", whether it is known what there is, "one sentence") */
/* clang-format off */
#define PEF_COVERAGES(X) \
	X(TRANSITIONS, "transitions", true, "changes of a GFN state that the protocol allows") \
	X(CODES, "codes", true, "return codes that the document gives a call") \
	X(ORDERS, "orders", true, "orders of two conflicting operations of a scenario, one right after the other") \
	X(LOCKS, "locks", false, "a lock taken inside another, by class")
/* clang-format on */
enum coverage_kind {
#define X(name, word, whole, about) COVERAGE_##name,
	PEF_COVERAGES(X)
#undef X
		COVERAGE_COUNT
};

struct coverage_item {
	enum coverage_kind kind;
	bool reached;
	char text[160];
};

struct coverage {
	struct coverage_item *items;
	uint32_t count, room;
	uint32_t *index; /* 1 + number of an item, by its text; a power of two */
	uint32_t index_size;
	uint64_t *known; /* what was written as an item already, by hash; a power of two */
	uint32_t known_count, known_size;
};

/** coverage_add - one thing; a thing that was reached stays so */
enum pef_err coverage_add(struct coverage *c, enum coverage_kind kind, const char *text, bool reached);
/** coverage_add_tables - all that the tables say there is, not reached */
enum pef_err coverage_add_tables(struct coverage *c);
/**
 * coverage_add_run - what a run reached, from its trace
 * @name: of the scenario, for its operations
 */
enum pef_err coverage_add_run(struct coverage *c, const struct engine *engine, const char *name);
void coverage_free(struct coverage *c);

struct coverage_share {
	uint32_t reached, all;
};
struct coverage_share coverage_share(const struct coverage *c, enum coverage_kind kind);
/** coverage_permille - in tenths of a percent, rounded down; 1000 when there is nothing to reach */
unsigned coverage_permille(struct coverage_share share);
const char *coverage_name(enum coverage_kind kind);
const char *coverage_about(enum coverage_kind kind);
/** coverage_is_whole - whether it is known what there is to be reached */
bool coverage_is_whole(enum coverage_kind kind);
bool coverage_parse(const char *text, size_t len, enum coverage_kind *out);
/** coverage_sort - by kind and text, so that it is the same however it was gathered */
void coverage_sort(struct coverage *c);

#endif
