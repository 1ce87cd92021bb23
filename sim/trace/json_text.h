/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_text.h - members of a JSON object, one function a type.
 *
 * Every member begins with a comma, so an object is opened with its first
 * member by hand. Numbers above 2^53 do not survive most readers, so words that
 * are not counts (tokens, hashes) are strings.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#ifndef PEF_TRACE_JSON_TEXT_H
#define PEF_TRACE_JSON_TEXT_H

#include <stdint.h>
#include <stdio.h>

/** json_string - a quoted string; bytes that are no printable ASCII are escaped */
void json_string(FILE *out, const char *text);
/* ,"key":value */
void json_member_string(FILE *out, const char *key, const char *text);
void json_member_number(FILE *out, const char *key, uint64_t value);
void json_member_signed(FILE *out, const char *key, int64_t value);
/** json_member_word - a 64-bit word as the string "0x..." */
void json_member_word(FILE *out, const char *key, uint64_t value);

#endif
