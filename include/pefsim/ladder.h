/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ladder.h - a finished run as a picture in letters: time runs down, the sides
 * of the machine stand side by side, a call is an arrow from one to another.
 *
 * By default the ladder tells what a person wants to follow: script statements,
 * calls, changes of page states, memslots and modes, waits for locks, what goes
 * wrong on purpose, findings. Verbose adds every lock, allocation, access,
 * frame, cookie and point. The same events as
 * JSON lines are for programs; those are always complete.
 *
 * Locking: none; the run has ended. Errors: those of the stream stay in it
 * (ferror). Blocking: on the stream.
 */
#ifndef PEFSIM_LADDER_H
#define PEFSIM_LADDER_H

#include <stdio.h>

#include "pefsim/engine.h"

#define LADDER_WIDTH_DEFAULT 100u
#define LADDER_WIDTH_MIN 80u
#define LADDER_WIDTH_MAX 400u

struct ladder_options {
	bool verbose; /* locks, heap, points and accesses too */
	bool colour;
	uint64_t events_max; /* of a longer run only so many are told, half from each end; 0: all */
	unsigned width; /* no line is longer; 0: LADDER_WIDTH_DEFAULT */
	/* Text of a statement of the script, or NULL; may itself be NULL. */
	const char *(*statement)(void *arg, unsigned thread, uint64_t statement);
	void *arg; /* handed to both functions */
	/* Name of an event of the script, or NULL; may itself be NULL. */
	const char *(*event_name)(void *arg, uint32_t event);
};

/** ladder_print - the run as text for people; @options may be NULL */
void ladder_print(const struct engine *engine, const struct ladder_options *options, FILE *out);

/**
 * trace_print_json - the run as JSON lines, one object an event
 * @options: only the two functions and @arg are used; may be NULL
 */
void trace_print_json(const struct engine *engine, const struct ladder_options *options, FILE *out);

#endif
