/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script.h - what the files of the scenario reader share.
 *
 * A file goes through four hands. lex.c cuts it into lines and words, tree.c
 * groups lines into sections and loops, the readers (header.c, threads.c,
 * statement.c, expect.c) walk the tree with the values of parameters put in for
 * "$name" and fill a flat scenario, and check.c looks at the whole of it. As
 * parameters are replaced word by word, a loop is read by reading its body once
 * for each value; the same mistake found again in the next round is told once.
 *
 * Locking: none. Errors: told to diagnostics.c, which keeps count; a reader goes
 * on after a mistake so that one run tells all of them. Blocking: never.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdarg.h>
#include <stdio.h>

#include "pefsim/scenario.h"

#define SCRIPT_LINE_MAX 400u /* bytes of a line */
#define SCRIPT_FILE_MAX (256u * 1024u) /* bytes of a file */
#define SCRIPT_OPS_MAX 100000u /* operations after expansion */
#define SCRIPT_LOOPS_MAX 4u /* loops inside one another */
#define SCRIPT_THREADS_MAX 512u
#define SCRIPT_VCPUS_MAX 256u
#define SCRIPT_MESSAGES_MAX 20u
#define SCRIPT_GPA_END (UINT64_C(1) << 48)

/* ---- arena.c: memory that lives as long as the scenario ------------------------ */

struct script_arena;
struct script_arena *script_arena_create(void);
void script_arena_destroy(struct script_arena *a);
/** script_alloc - zeroed memory; ends the program when the host has none left */
void *script_alloc(struct script_arena *a, size_t size);
char *script_copy(struct script_arena *a, const char *text, size_t len);
char *script_format(struct script_arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** script_grow - an array with room for one more item; doubles as needed */
void *script_grow(struct script_arena *a, void *items, unsigned count, size_t size);

/* ---- lex.c: lines and words ------------------------------------------------------ */

enum word_kind { WORD_PLAIN, WORD_STRING, WORD_SIGN };
struct word {
	enum word_kind kind;
	const char *text; /* ends in a zero; a string comes without its quotes */
	unsigned column; /* from 1 */
	unsigned width; /* bytes in the file */
};
struct source;
struct line {
	const struct source *source;
	unsigned number; /* from 1 */
	const char *text;
	unsigned len;
	struct word *words;
	unsigned word_count;
	const char *comment; /* "# ...", NULL without */
	unsigned comment_column;
	unsigned depth; /* how far fmt indents it; set by tree.c */
	bool indented;
	bool is_end; /* of a loop; set by tree.c */
};
struct source {
	const char *path;
	struct line *lines;
	unsigned line_count;
};

struct diagnostics;
/** source_read - cut a text into lines and words; mistakes are told to @d */
struct source *source_read(
	struct script_arena *a, struct diagnostics *d, const char *path, const char *text, size_t len);
bool word_is(const struct word *w, enum word_kind kind, const char *text);
/** utf8_length - bytes of the UTF-8 character at @p, 0 when it is none (RFC 3629) */
unsigned utf8_length(const char *p, size_t left);
/** name_is_valid - a letter or _, then letters, digits, _ and - */
bool name_is_valid(const char *text, size_t len);

/* ---- diagnostics.c ---------------------------------------------------------------- */

struct diagnostics *diagnostics_create(struct script_arena *a, const char *path);
/**
 * diag_error - tell a mistake
 * @line: NULL when it belongs to no line
 * A second message about the same place is dropped. Returns whether it was
 * kept, so that a help line that is dear to make can be left out.
 */
bool diag_error(struct diagnostics *d, const struct line *line, unsigned column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void diag_warn(struct diagnostics *d, const struct line *line, unsigned column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/** diag_help - the help line of the message told last */
void diag_help(struct diagnostics *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool diag_has_errors(const struct diagnostics *d);
/** diag_flush - print all in the order of lines; @out may be NULL */
void diag_flush(struct diagnostics *d, FILE *out);

/* ---- suggest.c: "did you mean" ------------------------------------------------------ */

struct suggest {
	const char *word;
	const char *best;
	unsigned distance;
};
struct suggest suggest_begin(const char *word);
void suggest_offer(struct suggest *s, const char *name);
/* Names a script makes are offered up to this many; a message need not take seconds. */
#define SUGGEST_EVENTS_MAX 256u
/** suggest_help - "did you mean 'x'?", or @format when nothing is near */
void suggest_help(struct diagnostics *d, const struct suggest *s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- expression.c -------------------------------------------------------------------- */

/** expression_parse - "4M", "0x10", "2*(3+1)-1"; NULL, or what is wrong */
const char *expression_parse(const char *text, int64_t *out);

/* ---- tree.c ----------------------------------------------------------------------------- */

struct node {
	const struct line *line;
	struct node *child; /* loops */
	struct node *next;
	bool is_loop;
};
struct section {
	enum section_kind kind;
	const struct line *head;
	struct node *first;
	struct section *next;
};
/** tree_build - sections of a source in their order; sets the lines' depth */
struct section *tree_build(struct script_arena *a, struct diagnostics *d, struct source *source);

/* ---- reader.c: the walk ----------------------------------------------------------------- */

struct param {
	struct scenario_param p;
	const struct line *line;
	const struct word *values; /* of its set, when is_range is false */
	unsigned value_count;
	int64_t low, high;
	bool is_range, is_used;
	struct param *next;
};
struct loop_var {
	const char *name;
	char value[24];
};
struct event_use {
	const struct line *signal, *wait; /* first of each, NULL: none */
	const struct line *barrier;
	unsigned barrier_count; /* threads it is for */
	unsigned barrier_threads, barrier_last; /* threads that say it; index + 1 of the last of them */
	bool is_label;
	bool is_excused; /* named in a line that could not be read */
	unsigned thread, statement; /* of a label */
};
struct after_use {
	const struct line *line;
	unsigned column, thread, statement;
	const char *text;
};

struct reader {
	struct script_arena *arena;
	struct diagnostics *diag;
	struct source *source;
	struct section *sections;
	struct scenario *s;
	const struct scenario_options *options;
	struct param *params;
	struct loop_var vars[SCRIPT_LOOPS_MAX];
	unsigned var_count;
	unsigned op_count, round_count;
	bool dry; /* a loop without rounds: read, but keep nothing */
	bool full; /* the limit of operations is reached */
	/* places of first definitions */
	const struct line *name_line, *hv_line;
	uint64_t mutants_used; /* of the options', by position: those that a word of "hv" or "uv" took */
	const struct line *platform_lines[8]; /* by kind, as header.c numbers them */
	const struct line *guest_lines[PEF_GUESTS_MAX];
	const struct line **slot_lines[PEF_GUESTS_MAX]; /* by slot id */
	uint64_t *slot_pages[PEF_GUESTS_MAX]; /* by slot id: most pages it ever has, 0: no such slot */
	const struct line **thread_lines;
	struct section **thread_sections;
	/* events by name */
	uint32_t *event_table;
	unsigned event_table_size;
	struct event_use *uses;
	const struct line **failed; /* lines of threads that could not be read */
	unsigned failed_count;
	struct after_use *afters;
	unsigned after_count;
	const struct line **hold_lines;
	/* folder of a used file, for paths inside it; "" for the scenario itself */
	const char *folder;
};

/* A place in a line. Texts come with parameters replaced. */
struct cursor {
	struct reader *r;
	const struct line *line;
	unsigned i;
	char text[SCRIPT_LINE_MAX + 1];
};
struct cursor cursor_at(struct reader *r, const struct line *line, unsigned i);
bool cursor_done(const struct cursor *c);
unsigned cursor_column(const struct cursor *c);
/** cursor_text - the current word, "$name" replaced; NULL at the end or after a mistake that was told */
const char *cursor_text(struct cursor *c);
/** cursor_word - the same; that the line ends here is told, too, so NULL needs no other message */
const char *cursor_word(struct cursor *c, const char *what, const char *usage);
/** cursor_take - step over the word if it is this one */
bool cursor_take(struct cursor *c, const char *word);
/**
 * cursor_condition - "if NAME = VALUE", or nothing
 * @say: what the line should look like
 * @e:   param, value and applies are set
 * Returns false after a mistake, which is told.
 */
bool cursor_condition(struct cursor *c, const char *say, struct expectation *e);
/** cursor_expect - the same, and a mistake if it is not */
bool cursor_expect(struct cursor *c, const char *word, const char *usage);
/** cursor_end - a mistake if words are left */
bool cursor_end(struct cursor *c, const char *usage);
/** cursor_number - an expression of one word in a range */
bool cursor_number(struct cursor *c, const char *what, uint64_t low, uint64_t high, uint64_t *out);
/** cursor_name - a name of at most PEF_NAME_MAX - 1 bytes */
bool cursor_name(struct cursor *c, const char *what, char out[PEF_NAME_MAX]);
/** cursor_string - a word in quotes */
bool cursor_string(struct cursor *c, const char *what, char *out, size_t size);
/** cursor_page - SLOT:PAGE */
bool cursor_page(struct cursor *c, uint64_t *slot, uint64_t *page);
/** cursor_code - one return code */
bool cursor_code(struct cursor *c, int64_t *out);
/** cursor_choice - one word of a list; @what it is called in messages */
bool cursor_choice(
	struct cursor *c, const char *what, const char *const *words, unsigned count, const char *usage, unsigned *out);
/** cursor_path - a path, in quotes or not; in a used file it begins at that file's folder */
bool cursor_path(struct cursor *c, const char *usage, char out[256]);
void cursor_error(struct cursor *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* events.c */
uint32_t event_intern(struct reader *r, const char *name);
bool event_find(const struct reader *r, const char *name, uint32_t *out);
/** label_find - the event of "THREAD.LABEL" as seen from a thread (UINT32_MAX: none) */
bool label_find(struct reader *r, const char *text, unsigned from_thread, uint32_t *out);
/** line_failed - note a line of a thread that could not be read, so that what it names is not missed again */
void line_failed(struct reader *r, const struct line *line);
/** events_excuse - mark the events that failed lines name */
void events_excuse(struct reader *r);
/** label_unknown - tell that no such label exists, with the nearest one */
void label_unknown(struct reader *r, const struct line *line, unsigned column, const char *text);

/* params.c */
void params_read(struct reader *r);
void params_finish(struct reader *r);
struct param *param_find(struct reader *r, const char *name);
/** param_accepts - whether a value is in the set or range the parameter has */
bool param_accepts(const struct param *p, const char *value);

/* header.c: scenario; platform.c; guests.c: guest */
void header_read(struct reader *r);
void platform_read_section(struct reader *r, const struct section *section);
/** platform_finish - what is missing, and options whose line is not written */
void platform_finish(struct reader *r);
void guest_read(struct reader *r, const struct section *section);
void guests_finish(struct reader *r);
bool guest_find(const struct reader *r, const char *name, unsigned *out);
struct slot_spec *guest_slot(struct guest_spec *g, uint64_t id);
struct slot_spec *guest_add_slot(struct reader *r, struct guest_spec *g);
/** slot_address_read - "gpa NUM" */
bool slot_address_read(struct cursor *c, const char *usage, uint64_t *gpa);
/** slot_place_read - "gpa NUM pages NUM" */
bool slot_place_read(struct cursor *c, const char *usage, uint64_t *gpa, uint64_t *pages);

/* threads.c, statement.c, arguments.c */
void threads_read(struct reader *r);
/** statement_read - one line of a thread; false after a mistake that was told */
bool statement_read(struct reader *r, unsigned thread, const struct line *line, struct statement *out);
/** arguments_read - what stands behind the operation's word */
bool arguments_read(struct cursor *c, unsigned thread, struct statement *out);
unsigned thread_mask(enum thread_kind kind);
/** op_usage - "touch SLOT:PAGE" */
const char *op_usage(enum op_kind kind);

/* extras.c: schedule, explore; faults.c; expect.c */
void schedule_read(struct reader *r, const struct section *section);
void schedule_check(struct reader *r);
void fault_read(struct reader *r, const struct section *section);
void explore_read(struct reader *r, const struct section *section);
void expect_read(struct reader *r, const struct section *section);
/** head_end - a mistake if words stand behind the section's */
void head_end(struct reader *r, const struct section *section);
/** line_keep - append a canonical line to a list of the scenario */
void line_keep(struct reader *r, struct scenario_line **lines, unsigned *count, const struct line *line);
/** line_join - the words from @from to before @to, as fmt spaces them; with @r, parameters are replaced */
char *line_join(struct script_arena *a, struct reader *r, const struct line *line, unsigned from, unsigned to);

/* check.c, progress.c */
void slots_collect(struct reader *r);
void afters_resolve(struct reader *r);
void check_scenario(struct reader *r);
/** progress_check - whether every wait of the script ends, whatever the order */
void progress_check(struct reader *r);

/* print.c */
void scenario_set_id(struct scenario *s);

#endif
