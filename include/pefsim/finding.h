/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding.h - the one way by which anything wrong is told.
 *
 * A finding has a stable title (kind and two places, no varying numbers: the
 * key by which equal findings are one), blocks of call chains, and lines of
 * state. The first finding of a run stops it at its key.
 *
 * Locking: none; the list belongs to the run. Errors: none. Blocking: reporting
 * from a context does not return.
 */
#ifndef PEFSIM_FINDING_H
#define PEFSIM_FINDING_H

#include "pefsim/engine.h"

/* X(NAME, "printed", "one sentence") */
/* clang-format off */
#define PEF_FINDING_KINDS(X) \
	X(USE_AFTER_FREE, "use-after-free", "freed memory of the simulated heap was read or written") \
	X(DOUBLE_FREE, "double-free", "an object was freed twice") \
	X(INVALID_FREE, "invalid-free", "what was freed is no allocation") \
	X(OUT_OF_BOUNDS, "out-of-bounds", "an access beside an object of the simulated heap") \
	X(DEADLOCK, "deadlock", "contexts wait for one another in a circle") \
	X(STUCK, "stuck", "a context waits for what nobody is left to do") \
	X(LOCK_MISUSE, "lock-misuse", "a lock was used against its rules") \
	X(DOMAIN_BREACH, "domain-breach", "code of one side touched memory of another") \
	X(INVARIANT, "invariant", "the two sides disagree, or a page has the wrong content") \
	X(RESULT, "result", "an operation of the script had another result than it says") \
	X(MODEL, "model", "a model met a case its original would crash on")
/* clang-format on */
enum finding_kind {
#define X(name, text, about) FINDING_##name,
	PEF_FINDING_KINDS(X)
#undef X
		FINDING_KIND_COUNT
};

enum finding_severity { SEVERITY_OBSERVED, SEVERITY_PREDICTED, SEVERITY_POSSIBLE };

struct finding_block {
	char heading[112]; /* "read of rmap[1] by g0.qemu0 at cycle 139800:" */
	uint32_t domain;
	uint32_t chain; /* 0: none */
	unsigned script_line; /* operation that led here; 0: none */
	char context[PEF_NAME_MAX];
};
#define FINDING_BLOCKS_MAX 6u
#define FINDING_LINES_MAX 24u

struct finding {
	enum finding_kind kind;
	enum finding_severity severity;
	struct engine_key key;
	char title[128]; /* without the "BUG: pefsim: " in front */
	char object[128]; /* "object rmap[1] of guest g0, 512 bytes", or "" */
	struct finding_block blocks[FINDING_BLOCKS_MAX];
	unsigned block_count;
	char lines[FINDING_LINES_MAX][112]; /* locks held, state, expectations */
	unsigned line_count;
	/* for the second run that looks who stored a stale pointer */
	uintptr_t watch[4];
	unsigned watch_count;
};

/**
 * finding_report - a model or a detector found something
 * @f: copied; key is filled in
 * From a context or a handler: the run is stopped at the current key; in a
 * context the call does not return.
 */
void finding_report(const struct finding *f);
/** finding_begin - fill kind, severity and an empty rest */
void finding_begin(struct finding *f, enum finding_kind kind);
/** finding_add_block - append a block about the running context, with its chain now */
void finding_add_block(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** finding_add_line - append a line of text */
void finding_add_line(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** engine_findings - the findings of a run, in the order of their keys */
unsigned engine_findings(const struct engine *engine, const struct finding **out);
/** engine_add_finding - a checker adds one after the run */
void engine_add_finding(struct engine *engine, const struct finding *f);
const char *finding_kind_name(enum finding_kind kind);

#endif
