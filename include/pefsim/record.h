/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h - the replay file: all that is needed to make a run again, and to
 * see where a run that should be the same takes another way.
 *
 * It is text: a header, the holds with their cycles, choices, the expanded scenario
 * verbatim, and the points passed, each distinct one once and then the sequence
 * of their numbers. docs/command-line.md shows one.
 *
 * Locking: none. Errors: PEF_PARSE with file:line, PEF_NOFILE. Blocking: on the
 * streams and files named.
 */
#ifndef PEFSIM_RECORD_H
#define PEFSIM_RECORD_H

#include <stdio.h>

#include "pefsim/cost.h"
#include "pefsim/points.h"

#define RECORD_FILE_MAX (UINT64_C(256) << 20) /* bytes of a replay file */
#define RECORD_HOLDS_MAX 65536u

/* A point without its number: who passed what. */
struct record_point {
	char context[PEF_NAME_MAX];
	enum point_kind kind;
	obj_t object;
};

/* The points of a run: each distinct one once, and the order in which they came. */
struct record_steps {
	struct record_point *points;
	uint32_t point_count;
	uint32_t *steps;
	size_t count;
};

struct record {
	char version[32]; /* of the program that wrote it */
	uint64_t model; /* hash of the model's sources */
	char scenario[17]; /* the scenario's id */
	char origin[256]; /* path of the scenario file, as it was given */
	char variant[256]; /* design, era, policy, switches; one line */
	uint64_t seed;
	uint64_t prices; /* hash of the prices in use */
	enum price_choice price;
	char machine[256], price_list[256]; /* given on the command line; "" otherwise */
	uint64_t steps_max, cycles_max; /* limits of the run */
	char signature[256]; /* of the finding; "" when there was none */
	uint64_t trace; /* trace_hash() of the run, points recorded */
	struct hold *holds;
	unsigned hold_count;
	struct run_choice *choices; /* that the seed does not explain */
	unsigned choice_count;
	char *text; /* the expanded scenario, NUL-terminated */
	size_t text_len;
	struct record_steps steps;
	unsigned variant_line; /* where it stands in the file, for messages */
};

/** record_steps_collect - the points of a finished run; PEF_NOMEM */
enum pef_err record_steps_collect(const struct engine *engine, struct record_steps *out);
void record_steps_free(struct record_steps *steps);
/**
 * record_steps_differ - the first step that is not the same
 * @at: set when true is returned; counted from 0
 */
bool record_steps_differ(const struct record_steps *a, const struct record_steps *b, size_t *at);
/** record_step_print - "g0.vcpu0 acquire uvmem_lock", or what stands for the end; returns @buf */
const char *record_step_print(const struct record_steps *steps, size_t at, char *buf, size_t size);

/** record_write - as text; false when the stream failed */
bool record_write(const struct record *r, FILE *out);
/**
 * record_read_text - any bytes are safe
 * @path: for messages; @out: to be freed with record_free() whatever is returned
 */
enum pef_err record_read_text(const char *text, size_t len, const char *path, struct record *out, FILE *messages);
enum pef_err record_read_file(const char *path, struct record *out, FILE *messages);
void record_free(struct record *r);

#endif
