/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.h - text inside JSON, XML, and the commands that GitHub reads.
 *
 * Text comes from scenario files and may hold any bytes. Valid UTF-8 goes
 * through; a byte that is none, or that the format cannot hold, becomes "?".
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stdio.h>

/** json_text - a JSON string, with its quotes */
void json_text(FILE *out, const char *text);
/** json_member - ,"key":"text" */
void json_member(FILE *out, const char *key, const char *text);
/** xml_text - text between tags, or in an attribute */
void xml_text(FILE *out, const char *text);
/** xml_attribute - a blank, then key="text" */
void xml_attribute(FILE *out, const char *key, const char *text);
/** uri_text - a path as the URI of a file; relative ones stay relative */
void uri_text(FILE *out, const char *path);
/** github_text - text of a workflow command; @property: of one of its properties */
void github_text(FILE *out, const char *text, bool property);

#endif
