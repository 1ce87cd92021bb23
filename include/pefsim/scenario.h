/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scenario.h - a scenario in memory: what the script reader and the C builder
 * both make, and what a world is built and driven from.
 *
 * Reading is: text -> tree (keeps loops, parameters, comments; fmt prints it)
 * -> checked and expanded, flat form (struct scenario). Loops and parameters
 * are gone in the flat form, so loading always ends and a scenario can be
 * shrunk, hashed, replayed and fuzzed.
 *
 * Locking: none. Errors: PEF_PARSE with diagnostics (file:line:column, the
 * line, a caret, a hint), at most 20. Blocking: never.
 */
#ifndef PEFSIM_SCENARIO_H
#define PEFSIM_SCENARIO_H

#include <stdio.h>

#include "pefsim/abi.h"
#include "pefsim/expect.h"
#include "pefsim/inject.h"
#include "pefsim/points.h"
#include "pefsim/types.h"
#include "pefsim/variants.h"

/* Which kinds of thread may say an operation. */
#define ON_GUEST 1u
#define ON_HOST 2u
#define ON_UV 4u
#define ON_ANY (ON_GUEST | ON_HOST | ON_UV)

/*
 * Operations. X(NAME, "word", threads, ARGS, "arguments", "one sentence")
 * ARGS: NONE, PAGE, PAGE_VALUE (page [=|!= NUM]), PAGE_COUNT (page [count INT]),
 * PAGE_TO (page to page [count INT]), PAGE_WITH (page with page), SLOT (INT),
 * SLOT_NEW (INT gpa NUM pages NUM), SLOT_TO (INT gpa NUM), SLOT_FLAGS (INT NAME),
 * PAGE_ADVICE (page [count INT] NAME), PAGE_SHARED (page [shared]), IMAGES
 * ([fdt PATH] [blob PATH]), HCALL and UCALL (NAME [ARG...]), EVENT, EVENT_COUNT
 * (EV INT), AFTER (THREAD.LABEL), CYCLES (NUM [cycles]), INT.
 */
/* clang-format off */
#define PEF_OPS(X) \
	X(TOUCH, "touch", ON_GUEST, PAGE, "SLOT:PAGE", "load from a page, whatever it holds") \
	X(READ, "read", ON_GUEST, PAGE_VALUE, "SLOT:PAGE [= NUM | != NUM]", "load from a page and compare") \
	X(WRITE, "write", ON_GUEST, PAGE_VALUE, "SLOT:PAGE [= NUM]", "store to a page; without a number, one of its own") \
	X(UV_ESM, "uv_esm", ON_GUEST, IMAGES, "[fdt PATH] [blob PATH]", "become a secure VM, with this tree and blob") \
	X(UV_SHARE_PAGE, "uv_share_page", ON_GUEST, PAGE_COUNT, "SLOT:PAGE [count INT]", "share pages with the hypervisor") \
	X(UV_UNSHARE_PAGE, "uv_unshare_page", ON_GUEST, PAGE_COUNT, "SLOT:PAGE [count INT]", "make shared pages secure again") \
	X(UV_UNSHARE_ALL, "uv_unshare_all_pages", ON_GUEST, NONE, "", "make all shared pages secure again") \
	X(HCALL, "hcall", ON_GUEST, HCALL, "NAME [ARG...]", "make a hypercall") \
	X(UCALL, "ucall", ON_GUEST | ON_HOST, UCALL, "NAME [ARG...]", "make an ultracall; a host thread makes it as the hypervisor") \
	X(IDLE, "idle", ON_GUEST, CYCLES, "NUM [cycles]", "the vCPU has nothing to do for so long (H_CEDE)") \
	X(OFF, "off", ON_GUEST, NONE, "", "the vCPU stops for good") \
	X(HVA_READ, "hva_read", ON_HOST, PAGE_VALUE, "SLOT:PAGE [= NUM | != NUM]", "read guest memory through the process's mapping") \
	X(HVA_WRITE, "hva_write", ON_HOST, PAGE_VALUE, "SLOT:PAGE [= NUM]", "write guest memory through the process's mapping") \
	X(SLOT_CREATE, "slot_create", ON_HOST, SLOT_NEW, "INT gpa NUM pages NUM", "add a memslot (KVM_SET_USER_MEMORY_REGION)") \
	X(SLOT_DELETE, "slot_delete", ON_HOST, SLOT, "INT", "delete a memslot") \
	X(SLOT_MOVE, "slot_move", ON_HOST, SLOT_TO, "INT gpa NUM", "move a memslot to another guest address") \
	X(SLOT_FLAGS, "slot_flags", ON_HOST, SLOT_FLAGS, "INT dirty-log|none", "change the flags of a memslot") \
	X(MUNMAP, "munmap", ON_HOST, PAGE_COUNT, "SLOT:PAGE [count INT]", "unmap the memory behind pages from the process") \
	X(MREMAP, "mremap", ON_HOST, PAGE_TO, "SLOT:PAGE to SLOT:PAGE [count INT]", "move the memory behind pages to the address behind others") \
	X(MADVISE, "madvise", ON_HOST, PAGE_ADVICE, "SLOT:PAGE [count INT] dontneed|mergeable|unmergeable", "give advice on the memory behind pages") \
	X(PIN, "pin", ON_HOST, PAGE, "SLOT:PAGE", "take a long-term pin on the memory behind a page") \
	X(UNPIN, "unpin", ON_HOST, PAGE, "SLOT:PAGE", "release a pin") \
	X(KSM_MERGE, "ksm_merge", ON_HOST, PAGE_WITH, "SLOT:PAGE with SLOT:PAGE", "ksmd merges two pages of equal content") \
	X(REPLACE, "replace", ON_HOST, PAGE, "SLOT:PAGE", "compaction moves a normal page to another frame") \
	X(SWAP_OUT, "swap_out", ON_HOST, PAGE, "SLOT:PAGE", "a normal page is written to swap and its frame freed") \
	X(FORK, "fork", ON_HOST, NONE, "", "the process forks; one child at a time") \
	X(CHILD_READ, "child_read", ON_HOST, PAGE_VALUE, "SLOT:PAGE [= NUM | != NUM]", "the child reads its copy of guest memory") \
	X(CHILD_WRITE, "child_write", ON_HOST, PAGE_VALUE, "SLOT:PAGE [= NUM]", "the child writes its copy of guest memory") \
	X(CHILD_EXIT, "child_exit", ON_HOST, NONE, "", "the child exits, its memory goes") \
	X(MMU_INVALIDATE, "mmu_invalidate", ON_HOST, PAGE, "SLOT:PAGE", "an mmu-notifier invalidation without a change") \
	X(SVM_OFF, "svm_off", ON_HOST, NONE, "", "reset a secure VM (KVM_PPC_SVM_OFF)") \
	X(EXIT, "exit", ON_HOST, NONE, "", "the process exits: its memory goes, then its files") \
	X(CLOSE_VM, "close_vm", ON_HOST, NONE, "", "close the VM: it is destroyed") \
	X(H_PAGE_IN, "h_svm_page_in", ON_UV, PAGE_SHARED, "SLOT:PAGE [shared]", "send H_SVM_PAGE_IN unasked") \
	X(H_PAGE_OUT, "h_svm_page_out", ON_UV, PAGE, "SLOT:PAGE", "send H_SVM_PAGE_OUT unasked") \
	X(H_INIT_START, "h_svm_init_start", ON_UV, NONE, "", "send H_SVM_INIT_START unasked") \
	X(H_INIT_DONE, "h_svm_init_done", ON_UV, NONE, "", "send H_SVM_INIT_DONE unasked") \
	X(H_INIT_ABORT, "h_svm_init_abort", ON_UV, NONE, "", "send H_SVM_INIT_ABORT unasked") \
	X(UV_EVICT, "uv_evict", ON_UV, PAGE, "SLOT:PAGE", "push a secure page out, as under memory pressure") \
	X(TERMINATE, "terminate", ON_UV, NONE, "", "end the secure VM") \
	X(SIGNAL, "signal", ON_ANY, EVENT, "EVENT", "signal an event; it stays signalled") \
	X(WAIT, "wait", ON_ANY, EVENT, "EVENT", "wait until an event is signalled") \
	X(BARRIER, "barrier", ON_ANY, EVENT_COUNT, "EVENT INT", "wait until INT threads are here") \
	X(AFTER, "after", ON_ANY, AFTER, "THREAD.LABEL", "wait until a labelled statement is done") \
	X(DELAY, "delay", ON_ANY, CYCLES, "NUM [cycles]", "spend cycles") \
	X(YIELD, "yield", ON_ANY, NONE, "", "spend one cycle") \
	X(CHOOSE, "choose", ON_ANY, INT, "INT", "do one of the next INT statements: the first, or as the seed decides")
/* clang-format on */
enum op_kind {
#define X(name, word, threads, args, usage, about) OP_##name,
	PEF_OPS(X)
#undef X
		OP_KIND_COUNT
};
enum op_args {
	ARGS_NONE,
	ARGS_PAGE,
	ARGS_PAGE_VALUE,
	ARGS_PAGE_COUNT,
	ARGS_PAGE_TO,
	ARGS_PAGE_WITH,
	ARGS_SLOT,
	ARGS_SLOT_NEW,
	ARGS_SLOT_TO,
	ARGS_SLOT_FLAGS,
	ARGS_PAGE_ADVICE,
	ARGS_PAGE_SHARED,
	ARGS_IMAGES,
	ARGS_HCALL,
	ARGS_UCALL,
	ARGS_EVENT,
	ARGS_EVENT_COUNT,
	ARGS_AFTER,
	ARGS_CYCLES,
	ARGS_INT,
};
struct op_info {
	const char *word;
	unsigned threads;
	enum op_args args;
	const char *usage;
	const char *about;
};
/** op_info - the row of an operation */
const struct op_info *op_info(enum op_kind kind);
/** op_threads - which threads a mask means: "guest", "host", "guest or host", "uv", "any" */
const char *op_threads(unsigned threads);
/** op_parse - the operation of a word; false when there is none */
bool op_parse(const char *word, enum op_kind *out);

/* Sections of a file. X(NAME, "word", "arguments", "one sentence") */
/* clang-format off */
#define PEF_SECTIONS(X) \
	X(SCENARIO, "scenario", "NAME", "what the file is called, and what it is about") \
	X(USE, "use", "PATH", "take platform and guests from another file") \
	X(PARAM, "param", "NAME = VALUE in VALUE... | INT..INT", "a value that the command line may set") \
	X(PLATFORM, "platform", "", "the design of the hypervisor, and the machine") \
	X(GUEST, "guest", "NAME", "a virtual machine: its memslots and vCPUs") \
	X(THREAD, "thread", "NAME guest|host|uv on VCPU GUEST", "what one thread of control does") \
	X(SCHEDULE, "schedule", "", "where contexts are held") \
	X(FAULT, "fault", "", "what goes wrong on purpose") \
	X(EXPLORE, "explore", "", "how schedules are searched") \
	X(EXPECT, "expect", "", "what must, may and must not happen")
/* clang-format on */
enum section_kind {
#define X(name, word, usage, about) SECTION_##name,
	PEF_SECTIONS(X)
#undef X
		SECTION_KIND_COUNT
};

/* What an expectation may name beside invariants and kinds of findings. X("word", "arguments", "one sentence") */
/* clang-format off */
#define PEF_EXPECTATIONS(X) \
	X("any-violation", "", "any finding at all") \
	X("use-after-free", "[of OBJECT]", "freed memory was used") \
	X("data-race", "[on OBJECT]", "two accesses that nothing orders") \
	X("lock-order", "LOCK LOCK", "the first is taken under the second, and the second under the first") \
	X("leak", "OBJECT", "an object was never freed") \
	X("state", "[GUEST] PAGE = STATE", "what a reader of the page finds") \
	X("result", "THREAD.LABEL = CODE", "what a labelled operation came to")
/* clang-format on */

/* Advice on memory. X(NAME, "word", "one sentence") */
/* clang-format off */
#define PEF_ADVICES(X) \
	X(DONTNEED, "dontneed", "the pages are dropped; they read zero afterwards") \
	X(MERGEABLE, "mergeable", "ksmd may merge them with pages of equal content") \
	X(UNMERGEABLE, "unmergeable", "merged pages become private again")
/* clang-format on */
enum advice {
#define X(name, word, about) ADVICE_##name,
	PEF_ADVICES(X)
#undef X
		ADVICE_COUNT
};

/* Arguments of hcall and ucall. X(NAME, "form", "one sentence") */
/* clang-format off */
#define PEF_CALL_ARGS(X) \
	X(NUMBER, "NUM", "a number; it may be negative") \
	X(GPA, "SLOT:PAGE", "the guest physical address of a page") \
	X(GFN, "gfn SLOT:PAGE", "the frame number of a page") \
	X(RA, "ra SLOT:PAGE", "the real address of the frame behind a page (host threads only)") \
	X(LPID, "lpid", "the guest's partition number") \
	X(ORDER, "order", "the order of a page, 16")
/* clang-format on */
enum call_arg_kind {
#define X(name, form, about) CALL_ARG_##name,
	PEF_CALL_ARGS(X)
#undef X
};
struct call_arg {
	enum call_arg_kind kind;
	uint32_t slot; /* GPA, GFN, RA */
	uint64_t value; /* the number, or the page within the slot */
};
#define CALL_ARGS_MAX 5u

enum value_test { TEST_NONE, TEST_EQUAL, TEST_NOT_EQUAL };
#define RESULTS_MAX 8u

/* A flat statement. */
struct statement {
	enum op_kind kind;
	unsigned line, column; /* in the file, from 1 */
	uint32_t slot; /* page operations, slot operations */
	uint64_t page; /* page within the slot */
	uint64_t count; /* pages, barrier size, choose range; default 1 */
	uint64_t number; /* value, cycles, gpa of slot_create and slot_move */
	enum value_test test; /* for values; TEST_NONE: no number was given */
	bool shared;
	uint32_t to_slot; /* mremap, ksm_merge: the other page */
	uint64_t to_page;
	enum advice advice;
	bool dirty_log; /* slot_flags */
	const char *fdt, *blob; /* uv_esm: paths as written, found beside the scenario or as they stand; NULL without */
	uint32_t call; /* hcall, ucall: its number */
	const struct call_arg *args;
	unsigned arg_count;
	uint32_t event; /* index into scenario.events; AFTER: the label's event */
	char label[PEF_NAME_MAX]; /* "" without */
	uint32_t label_event; /* event signalled when a labelled statement is done; UINT32_MAX none */
	bool any_result; /* "-> any" */
	unsigned result_count; /* 0 and !any_result: success (0) is required */
	int64_t results[RESULTS_MAX];
};

enum thread_kind { THREAD_GUEST, THREAD_HOST, THREAD_UV };
struct thread {
	char name[PEF_NAME_MAX]; /* "vcpu0", as written */
	char context[PEF_NAME_MAX]; /* "g0.vcpu0", "g0.qemu0", "g0.vcpu1/uv" */
	enum thread_kind kind;
	unsigned guest;
	unsigned vcpu; /* guest: the number in its name; uv: the vCPU it borrows */
	unsigned line;
	struct statement *statements;
	unsigned count;
};

struct slot_spec {
	uint32_t id;
	uint64_t gpa, pages;
	bool present; /* from the start; false: 'absent', or only ever made by slot_create */
	uint64_t shared_first, shared_count; /* pages the guest shares as it boots; count 0: none */
};
enum boot_kind { BOOT_MANUAL, BOOT_NORMAL, BOOT_SECURE };
struct guest_spec {
	char name[PEF_NAME_MAX];
	struct slot_spec *slots;
	unsigned slot_count;
	enum boot_kind boot; /* default normal */
	unsigned vcpus; /* default 1 */
	uint32_t lpid; /* default 1 + index */
	bool svm_disabled; /* the VM may not become secure */
	unsigned line; /* 0 when it stands in a used file */
};

/* A line of a section that only some commands read, in canonical form. */
struct scenario_line {
	const char *text;
	unsigned line;
};

struct scenario_param {
	char name[PEF_NAME_MAX];
	char value[PEF_NAME_MAX]; /* in use */
	char initial[PEF_NAME_MAX]; /* written in the file */
	const char *const *values; /* of its set; NULL when it is a range */
	unsigned value_count;
};

struct scenario {
	char path[256]; /* as given, for messages */
	char name[PEF_NAME_MAX];
	char title[128];
	/* platform */
	enum design_id design;
	mutants_t mutants; /* switches written behind design and profile, or given by --mutant */
	enum mm_era era;
	char machine[256]; /* "" : the default machine */
	char prices[256]; /* "" : the default price list */
	enum price_choice price_choice;
	uint64_t secmem; /* bytes, 0: the machine's */
	uint64_t pool; /* pages, 0: of the secure memory's size */
	struct guest_spec guests[PEF_GUESTS_MAX];
	unsigned guest_count;
	struct thread *threads;
	unsigned thread_count;
	char (*events)[PEF_NAME_MAX]; /* names; labels' events are "THREAD.LABEL" */
	unsigned event_count;
	struct hold *holds;
	unsigned hold_count;
	struct expectation *expects;
	unsigned expect_count;
	bool has_faults, has_explore; /* the sections are there */
	struct scenario_param *params;
	unsigned param_count;
	char id[17]; /* hash of the expanded canonical text, hexadecimal */
	void *memory; /* owner of everything here; scenario_free() */
	enum slot_delete slot_delete;
	/* Lines of "scenario" beside the title, of "fault" and of "explore". */
	struct scenario_line *notes, *faults, *explores;
	unsigned note_count, fault_count, explore_count;
	struct inject_rule *rules; /* what the lines of "fault" say, one a line */
	unsigned rule_count;
	/* What "explore" says; 0: it does not. */
	uint64_t budget_runs, budget_seconds, explore_seed;
	char explore_strategy[PEF_NAME_MAX]; /* "": the usual one */
	uint64_t explore_depth, explore_preemptions;
	bool explore_preemptions_given;
	bool stop_first;
};

/* Parameters given on the command line: -p NAME=VALUE. */
struct scenario_override {
	const char *name, *value;
};
struct scenario_options {
	const struct scenario_override *params;
	unsigned param_count;
	const char *design; /* --design, or NULL; sets the param the platform's hv is written with, too */
	const char *const *mutants; /* --mutant: added to those written */
	unsigned mutant_count;
	const char *era; /* --era, or NULL; the same for the rest */
	const char *slot_delete; /* --policy */
	const char *uv; /* --uv */
};

/** scenario_read_file - read, check and expand; diagnostics go to @messages */
enum pef_err scenario_read_file(
	const char *path, const struct scenario_options *options, struct scenario **out, FILE *messages);
/** scenario_read_text - the same from memory; any bytes are safe. @path is for messages. */
enum pef_err scenario_read_text(const char *text, size_t len, const char *path, const struct scenario_options *options,
	struct scenario **out, FILE *messages);
void scenario_free(struct scenario *s);
/** scenario_print - the expanded canonical text; parses back to the same scenario */
void scenario_print(const struct scenario *s, FILE *out);
/** statement_code_prefix - 'U' or 'H': how the codes a statement returns are named first; 0: host results */
char statement_code_prefix(const struct thread *thread, const struct statement *statement);
/** statement_print - one statement of @thread in canonical form, without a newline */
void statement_print(
	const struct scenario *s, const struct thread *thread, const struct statement *statement, FILE *out);
/**
 * scenario_format - canonical text of a file, loops, parameters and comments kept
 * Idempotent. Returns PEF_PARSE with diagnostics when the text does not parse.
 */
enum pef_err scenario_format(const char *text, size_t len, const char *path, FILE *out, FILE *messages);

/*
 * Builder: the same form from C. Calls chain; the first error sticks and is
 * told by builder_finish(). Statements are given as in a script.
 */
struct scenario_builder;
struct scenario_builder *builder_create(const char *name);
void builder_title(struct scenario_builder *b, const char *title);
void builder_design(struct scenario_builder *b, enum design_id design);
void builder_machine(struct scenario_builder *b, const char *path);
void builder_secmem(struct scenario_builder *b, uint64_t bytes);
void builder_pool(struct scenario_builder *b, uint64_t pages);
/** builder_platform - a line of "platform" as written in a script: "mm-era 6.15", "slot-delete forget" */
void builder_platform(struct scenario_builder *b, const char *text);
unsigned builder_guest(struct scenario_builder *b, const char *name, enum boot_kind boot, unsigned vcpus);
void builder_slot(struct scenario_builder *b, unsigned guest, uint32_t id, uint64_t gpa, uint64_t pages);
unsigned builder_thread(
	struct scenario_builder *b, const char *name, enum thread_kind kind, unsigned guest, unsigned on_vcpu);
/** builder_op - append a statement written as in a script: "touch 1:0 -> 0" */
void builder_op(struct scenario_builder *b, unsigned thread, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void builder_hold(struct scenario_builder *b, const char *text);
/** builder_fault - a line of "fault" as written in a script: "any alloc rmap fail" */
void builder_fault(struct scenario_builder *b, const char *text);
/** builder_finish - the checked scenario; frees the builder */
enum pef_err builder_finish(struct scenario_builder *b, struct scenario **out, FILE *messages);

#endif
