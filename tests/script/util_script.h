/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_script.h - reading texts in tests, and comparing scenarios.
 *
 * Locking: none. Errors: a failed assertion. Blocking: never.
 */
#ifndef UTIL_SCRIPT_H
#define UTIL_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/scenario.h"

/** read_text - read a text; the messages go to *@messages, to be freed by the caller */
enum pef_err read_text(
	const char *text, const struct scenario_options *options, struct scenario **out, char **messages);
/** read_good - the scenario of a text without mistakes or warnings */
struct scenario *read_good(const char *text, const struct scenario_options *options);
/** assert_messages - a text gives exactly these messages, and this result */
void assert_messages(const char *text, enum pef_err err, const char *expected);
/** print_text - the expanded text; to be freed by the caller */
char *print_text(const struct scenario *s);
/** format_text - the formatted text; NULL when it does not parse */
char *format_text(const char *text, size_t len);
/** assert_same - two scenarios are equal but for lines, columns, paths and parameters */
void assert_same(const struct scenario *a, const struct scenario *b);

#endif
