/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expect.h - what a scenario expects, as it was read: one row a line of the
 * section "expect". The words are looked at once, by the reader; whoever judges
 * a run compares numbers.
 *
 * Locking: none; constant once read. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_EXPECT_H
#define PEFSIM_EXPECT_H

#include "pefsim/objects.h"
#include "pefsim/types.h"

/* What a reader of a page finds, for "state PAGE = ...". X(NAME, "printed", "one sentence") */
/* clang-format off */
#define PEF_PAGE_STATES(X) \
	X(NORMAL, "normal", "in normal memory, the guest is not secure") \
	X(SECURE, "secure", "in secure memory, or never touched") \
	X(SECURE_OUT, "secure-out", "encrypted, with the hypervisor") \
	X(SHARED, "shared", "shared with the hypervisor") \
	X(GONE, "gone", "in no memslot")
/* clang-format on */
enum page_state {
#define X(name, text, about) PAGE_STATE_##name,
	PEF_PAGE_STATES(X)
#undef X
		PAGE_STATE_COUNT
};

/* What an expectation may compare. X(NAME, "printed", "one sentence") */
/* clang-format off */
#define PEF_COUNTERS(X) \
	X(POOL_SIZE, "pool_size", "device pages there are") \
	X(POOL_USED, "pool_used", "device pages in use") \
	X(POOL_FREE, "pool_free", "device pages not in use") \
	X(POOL_MARKED, "pool_marked", "guest pages that the design marks as out on the device")
/* clang-format on */
enum counter {
#define X(name, text, about) COUNTER_##name,
	PEF_COUNTERS(X)
#undef X
		COUNTER_COUNT
};

/* Comparisons of counters. X(NAME, "sign", C operator) */
/* clang-format off */
#define PEF_COMPARISONS(X) \
	X(EQUAL, "=", ==) \
	X(NOT_EQUAL, "!=", !=) \
	X(LESS, "<", <) \
	X(LESS_EQUAL, "<=", <=) \
	X(GREATER, ">", >) \
	X(GREATER_EQUAL, ">=", >=)
/* clang-format on */
enum comparison {
#define X(name, sign, op) COMPARE_##name,
	PEF_COMPARISONS(X)
#undef X
		COMPARISON_COUNT
};

enum expect_mode { EXPECT_NEVER, EXPECT_SOMETIMES, EXPECT_ALWAYS, EXPECT_FINALLY };

/* What a line speaks of; which members of struct expectation count. */
enum expect_subject {
	EXPECT_NOTHING, /* what no detector tells yet: it cannot be judged */
	EXPECT_ANY_FINDING,
	EXPECT_FINDING, /* kind, object */
	EXPECT_INVARIANT, /* invariants */
	EXPECT_STATE, /* guest, slot, page, state */
	EXPECT_RESULT, /* thread, statement, code */
	EXPECT_COUNTER, /* left, comparison, right */
	EXPECT_SUBJECT_COUNT
};

struct expectation {
	enum expect_mode mode;
	char what[160]; /* canonical text after the mode, without the condition */
	bool applies; /* its "if" holds for the parameters in use */
	unsigned line;
	char param[PEF_NAME_MAX]; /* that its "if" names; "" without */
	char value[PEF_NAME_MAX];

	enum expect_subject subject;
	unsigned kind; /* enum finding_kind */
	bool has_object;
	obj_t object; /* as written: without an index it means any */
	bool has_other;
	obj_t other; /* the second of two locks */
	uint64_t invariants; /* a bit 1 << enum invariant each; a family has several */
	unsigned guest;
	uint32_t slot;
	uint64_t page;
	bool is_gfn_state; /* @state is an enum gfn_state, else an enum page_state */
	unsigned state;
	unsigned thread, statement;
	int64_t code;
	enum counter left, right;
	enum comparison comparison;
	bool right_is_number;
	uint64_t number;
};

#endif
