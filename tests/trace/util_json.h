/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_json.h - whether a line is JSON, by the grammar of RFC 8259.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef TESTS_TRACE_UTIL_JSON_H
#define TESTS_TRACE_UTIL_JSON_H

#include <stdbool.h>

/** json_is_object - whether @text is one object and nothing else */
bool json_is_object(const char *text);

#endif
