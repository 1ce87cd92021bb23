/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.c - words of a record. See words.h.
 *
 * Locking: none. Errors: false. Blocking: never.
 */
#include "words.h"

#include <inttypes.h>
#include <string.h>

bool number_parse(const char *text, size_t len, unsigned base, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
							: 99;
		if (digit >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
			__builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*out = value;
	return len != 0;
}

/* Names are for people; one that would not come back as the same object gives way to the number. */
const char *object_word(obj_t object, char *buf, size_t size)
{
	obj_t back;

	obj_print_full(object, buf, size);
	if (!obj_parse(buf, strlen(buf), &back) || back.w != object.w)
		snprintf(buf, size, "@%016" PRIx64, object.w);
	return buf;
}

bool object_parse(const char *text, size_t len, obj_t *out)
{
	if (len && text[0] == '@')
		return number_parse(text + 1, len - 1, 16, &out->w);
	return obj_parse(text, len, out);
}
