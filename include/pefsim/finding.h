/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding.h - the one way by which anything wrong is told.
 *
 * A finding has a stable title (kind and two places, no varying numbers: the
 * key by which equal findings are one), blocks of call chains, and lines of
 * state. finding_report() stops the run at its key: nothing after it can be
 * trusted. finding_note() lets it go on, as for a race or an order of locks,
 * which a kernel survives, too.
 *
 * Locking: none; the list belongs to the run. Errors: none. Blocking: reporting
 * from a context does not return; noting always does.
 */
#ifndef PEFSIM_FINDING_H
#define PEFSIM_FINDING_H

#include <stdio.h>

#include "pefsim/engine.h"
#include "pefsim/sync.h"

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
	X(MODEL, "model", "a model met a case its original would crash on") \
	X(DATA_RACE, "data-race", "two accesses to the same bytes, one a write, that nothing orders") \
	X(UNINIT_READ, "uninitialised-read", "memory was read that nobody had written since it was allocated") \
	X(STALE_FRAME, "stale-frame", "a frame or device page was used by who had it before it was given to another") \
	X(LEAK, "leak", "what belongs to a guest is still there when the guest is gone") \
	X(LOCK_ORDER, "lock-order", "locks are taken in an order that closes a circle") \
	X(GRACE_PERIOD, "grace-period", "a grace period cannot end") \
	X(LOST_WAKEUP, "lost-wakeup", "a context sleeps for what has happened already") \
	X(LIVELOCK, "livelock", "contexts go on for ever and come back to the same state") \
	X(NO_RETURN, "no-return", "an operation that began does not end within its limit") \
	X(ATOMICITY, "atomicity", "what was read in one critical section is relied upon in a later one, and was changed between")
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
	/* Made from the record at this place of its domain's trace: a second run can tell the chain. */
	bool of_record;
	uint64_t position;
};
#define FINDING_BLOCKS_MAX 8u
#define FINDING_LINES_MAX 24u
#define FINDING_HELD_MAX 8u
#define FINDING_LOCKS_MAX 9u

/* The earlier access of a data race, by which a second run knows it again (race_watch). */
struct finding_access {
	uintptr_t address; /* first byte that both touch; 0: there is none */
	uintptr_t pc; /* return address of its hook */
	uint32_t domain, ctx, clock;
	bool write;
	uint8_t mask; /* of the 8 bytes around @address: those that both touch */
};

struct finding {
	enum finding_kind kind;
	enum finding_severity severity;
	struct engine_key key;
	char title
		[160]; /* without the "BUG: pefsim: " in front; "": made from kind and blocks when first read; one that ends in a blank gets the first block's function */
	char object[128]; /* "object rmap[1] of guest g0, 512 bytes", or "" */
	obj_t subject; /* the same object as a number, OBJ_NULL or 0 when there is none */
	uint64_t page; /* trace_page() of the page it is about; PEF_NEVER: none in particular */
	obj_t locks[FINDING_LOCKS_MAX]; /* FINDING_LOCK_ORDER: types of the locks in the circle */
	unsigned lock_count;
	unsigned rule; /* FINDING_INVARIANT: enum invariant */
	struct finding_block blocks[FINDING_BLOCKS_MAX];
	unsigned block_count;
	char lines[FINDING_LINES_MAX][112]; /* locks held, state, expectations */
	unsigned line_count;
	/* locks of the context that the first block is about */
	struct sync_held held[FINDING_HELD_MAX];
	unsigned held_count;
	struct finding_access earlier;
	bool noted; /* by finding_note(): the run went on */
	unsigned serial; /* among those of its domain */
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
/**
 * finding_note - a detector found something that the run survives
 * @f: copied; key is filled in
 * Returns. No record is written, so a build that cannot see it has the same
 * trace. Of findings with equal kind and equal chains of their first two blocks
 * the first of a run is kept; at most FINDING_NOTES_MAX of a domain are.
 */
#define FINDING_NOTES_MAX 64u
void finding_note(const struct finding *f);
/** finding_stopped - whether the run ended by a finding that was reported, not noted */
bool finding_stopped(const struct engine *engine);
/** finding_begin - fill kind, severity and an empty rest */
void finding_begin(struct finding *f, enum finding_kind kind);
/** finding_add_block - append a block about the running context, with its chain now */
void finding_add_block(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** finding_add_line - append a line of text */
void finding_add_line(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * finding_note_locks - remember what the running context holds
 * finding_report() does it itself when a block was added and no lock noted.
 */
void finding_note_locks(struct finding *f);

struct race_seen;
/**
 * finding_add_earlier - the chain, the locks and the time of a race's earlier access, as a second run saw it
 * @engine: of the first run, whose finding @f is
 */
void finding_add_earlier(struct engine *engine, struct finding *f, const struct race_seen *seen);

struct hooks_store;
/**
 * finding_add_store - append "pointer stored by", as seen by a second run (hooks_watch)
 * @engine: of the first run, whose finding @f is
 */
void finding_add_store(struct engine *engine, struct finding *f, const struct hooks_store *store);

/**
 * finding_fill_record - say what the second run saw of a block made from a record (hooks_watch_records)
 * @engine: of the first run, whose finding it is
 */
void finding_fill_record(struct engine *engine, struct finding_block *b, const struct hooks_store *record);

/**
 * engine_findings - the findings of a run: what stopped it or was found after it, then
 * what was noted on the way, each in the order of their keys
 * @out: the list; belongs to the engine, until the next call or engine_restore()
 * Titles are complete. What other domains did after the run's cut is left out.
 */
unsigned engine_findings(const struct engine *engine, const struct finding **out);
/** engine_add_finding - a checker adds one after the run */
void engine_add_finding(struct engine *engine, const struct finding *f);
const char *finding_kind_name(enum finding_kind kind);
const char *finding_severity_name(enum finding_severity severity);

/* What a report says beside the finding itself. Strings may be NULL: left out. */
struct report_context {
	const char *version; /* of pefsim */
	const char *path; /* of the scenario file; its last part is printed */
	const char *scenario; /* its name */
	const char *design;
	uint64_t seed;
	/* text of the statement on a line of the script; NULL when there is none */
	const char *(*statement)(void *arg, unsigned line);
	void *statement_arg;
	const char *holds; /* the schedule: one hold a line, without the word "schedule" */
	const char *reproduce; /* the command */
	/* Lines of what both sides hold of the finding's page when it was found; may print nothing. */
	void (*state)(void *arg, const struct finding *f, FILE *out);
	void *state_arg;
	/* The line of the scenario that speaks of such a finding, "never any-violation", and its number; NULL: none. */
	const char *(*expected)(void *arg, const struct finding *f, unsigned *line);
	void *expected_arg;
};

/** finding_print - the report as text, at most 80 columns; ends in a newline */
void finding_print(const struct engine *engine, const struct finding *f, const struct report_context *about, FILE *out);
/** finding_print_json - the same as one JSON object on one line, "schema": 1 */
void finding_print_json(
	const struct engine *engine, const struct finding *f, const struct report_context *about, FILE *out);

#endif
