/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_text.c - strings and members of JSON.
 *
 * Names come from scenario files, which may hold any UTF-8 and, when they are
 * broken, any bytes. A byte above 0x7f is written as the code point of the same
 * number: what comes out is valid JSON whatever went in.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include <inttypes.h>

#include "json_text.h"

void json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < ' ' || *c > '~')
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

void json_member_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	json_string(out, text);
}

void json_member_number(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

void json_member_signed(FILE *out, const char *key, int64_t value)
{
	fprintf(out, ",\"%s\":%" PRId64, key, value);
}

void json_member_word(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, ",\"%s\":\"0x%" PRIx64 "\"", key, value);
}
