/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objects.c - names of locks, allocations and events, printed and parsed.
 *
 * A name is one word, "rmap[1]" or "g0.rmap[1]", so that it can stand in a
 * hold. Calls are the exception to the pattern: "UV_PAGE_IN" says more than an
 * index, and a bare call name is read back as a call. Pages of a guest are
 * counted in hexadecimal, as everywhere in the output.
 *
 * Locking: none. Errors: obj_parse returns false. Blocking: never.
 */
#include <stdio.h>
#include <string.h>

#include "pefsim/abi.h"
#include "pefsim/objects.h"

static const char *const names[] = {
#define X(name, text, about) text,
	PEF_OBJECTS(X)
#undef X
};

const char *obj_print(obj_t o, char *buf, size_t size)
{
	enum obj_type type = obj_type(o);
	const char *call = type == OBJ_CALL ? abi_call_name(obj_index(o)) : NULL;

	if ((unsigned)type >= OBJ_TYPE_COUNT)
		snprintf(buf, size, "?");
	else if (call != NULL)
		snprintf(buf, size, "%s", call);
	else if (obj_index(o) == OBJ_NO_INDEX)
		snprintf(buf, size, "%s", names[type]);
	else
		snprintf(buf, size, type == OBJ_GUEST_PAGE ? "%s[0x%x]" : "%s[%u]", names[type], obj_index(o));
	return buf;
}

const char *obj_print_full(obj_t o, char *buf, size_t size)
{
	int used = 0;

	if (obj_guest(o) != OBJ_NO_GUEST && size > 0)
		used = snprintf(buf, size, "g%u.", obj_guest(o));
	if ((size_t)used < size)
		obj_print(o, buf + used, size - (size_t)used);
	return buf;
}

/* A number, decimal or 0x..., below @limit; returns the bytes read, 0 for none. */
static size_t parse_number(const char *text, size_t len, uint32_t limit, uint32_t *out)
{
	bool hex = len > 2 && text[0] == '0' && text[1] == 'x';
	size_t start = hex ? 2 : 0, i = start;
	uint64_t value = 0;

	for (; i < len; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;

		if (digit == NULL || digit - digits >= (hex ? 16 : 10))
			break;
		value = value * (hex ? 16 : 10) + (uint64_t)(digit - digits);
		if (value >= limit)
			return 0;
	}
	*out = (uint32_t)value;
	return i > start ? i : 0;
}

static bool type_parse(const char *text, size_t len, enum obj_type *out)
{
	for (unsigned i = 0; i < OBJ_TYPE_COUNT; i++) {
		if (strlen(names[i]) != len || memcmp(names[i], text, len) != 0)
			continue;
		*out = (enum obj_type)i;
		return true;
	}
	return false;
}

/* Takes "[n]" off the end of a name. False: there are brackets, and they are wrong. */
static bool parse_index(const char *text, size_t *len, uint32_t *index)
{
	const char *open = memchr(text, '[', *len);
	size_t name_len, digits;

	*index = OBJ_NO_INDEX;
	if (open == NULL)
		return true;
	name_len = (size_t)(open - text);
	digits = parse_number(open + 1, *len - name_len - 1, OBJ_NO_INDEX, index);
	if (digits == 0 || name_len + digits + 2 != *len || text[*len - 1] != ']')
		return false;
	*len = name_len;
	return true;
}

bool obj_parse(const char *text, size_t len, obj_t *out)
{
	uint32_t guest = OBJ_NO_GUEST, index, call;
	enum obj_type type;
	size_t digits;

	if (len > 2 && text[0] == 'g') {
		digits = parse_number(text + 1, len - 1, OBJ_NO_GUEST, &guest);
		if (digits == 0 || digits + 1 >= len || text[1 + digits] != '.') {
			guest = OBJ_NO_GUEST;
		} else {
			text += digits + 2;
			len -= digits + 2;
		}
	}
	call = abi_call_parse(text, len);
	if (call != 0) {
		*out = obj_make(OBJ_CALL, guest, call);
		return true;
	}
	if (!parse_index(text, &len, &index) || !type_parse(text, len, &type))
		return false;
	*out = obj_make(type, guest, index);
	return true;
}

bool obj_matches(obj_t pattern, obj_t o)
{
	return obj_type(pattern) == obj_type(o) && obj_index(pattern) == obj_index(o) &&
	       (obj_guest(pattern) == OBJ_NO_GUEST || obj_guest(pattern) == obj_guest(o));
}
