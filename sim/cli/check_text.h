/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_text.h - what a check prints: text for people, JSON lines for programs.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#ifndef CHECK_TEXT_H
#define CHECK_TEXT_H

#include "search.h"

/** check_print - the line of one check, what does not hold, and what was seen */
void check_print(const struct search *search, const char *label, FILE *out);
/** check_print_run - one line about the last run */
void check_print_run(const struct search *search, FILE *out);
/** check_print_json - one object on one line, "type": "check" */
void check_print_json(const struct search *search, const char *label, FILE *out);
/** check_print_total - how many passed, failed, are open; @judged by enum judgement */
void check_print_total(const unsigned judged[3], const struct options *options, FILE *out);

#endif
