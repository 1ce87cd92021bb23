/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expression.c - numbers and sums of them, written in one word.
 *
 * 10, 0x10, 64K, 4M, 1G; + - * and parentheses. Parameters are replaced before.
 * A word has at most 400 bytes, which bounds the recursion.
 *
 * Locking: none. Errors: returned as text. Blocking: never.
 */
#include <ctype.h>
#include <string.h>

#include "script.h"

struct scan {
	const char *p;
	const char *wrong;
};

static int64_t scan_sum(struct scan *s);

static int64_t fail(struct scan *s, const char *why)
{
	if (!s->wrong)
		s->wrong = why;
	return 0;
}

static int64_t scan_number(struct scan *s)
{
	unsigned base = s->p[0] == '0' && (s->p[1] == 'x' || s->p[1] == 'X') ? 16 : 10;
	const char *digits = s->p += base == 16 ? 2 : 0;
	int64_t value = 0;
	unsigned shift = 0;

	for (;; s->p++) {
		unsigned c = (unsigned char)*s->p;
		unsigned digit = isdigit((int)c)    ? c - '0'
				 : isxdigit((int)c) ? (unsigned)tolower((int)c) - 'a' + 10
						    : 99;
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, (int64_t)base, &value) ||
			__builtin_add_overflow(value, (int64_t)digit, &value))
			return fail(s, "is too large");
	}
	if (s->p == digits)
		return fail(s, "is not a number");
	if (*s->p && strchr("KMG", *s->p))
		shift = *s->p == 'K' ? 10 : *s->p == 'M' ? 20 : 30;
	if (shift)
		s->p++;
	if (isalnum((unsigned char)*s->p) || *s->p == '_')
		return fail(s, "is not a number");
	if (__builtin_mul_overflow(value, INT64_C(1) << shift, &value))
		return fail(s, "is too large");
	return value;
}

static int64_t scan_atom(struct scan *s)
{
	int64_t value;

	if (*s->p == '-') {
		s->p++;
		if (__builtin_sub_overflow((int64_t)0, scan_atom(s), &value))
			return fail(s, "is too large");
		return value;
	}
	if (*s->p != '(')
		return scan_number(s);
	s->p++;
	value = scan_sum(s);
	if (*s->p != ')')
		return fail(s, "lacks a ')'");
	s->p++;
	return value;
}

static int64_t scan_product(struct scan *s)
{
	int64_t value = scan_atom(s);

	while (!s->wrong && *s->p == '*') {
		s->p++;
		if (__builtin_mul_overflow(value, scan_atom(s), &value))
			return fail(s, "is too large");
	}
	return value;
}

static int64_t scan_sum(struct scan *s)
{
	int64_t value = scan_product(s);

	while (!s->wrong && (*s->p == '+' || *s->p == '-')) {
		bool plus = *s->p++ == '+';
		int64_t other = scan_product(s);
		if (plus ? __builtin_add_overflow(value, other, &value) : __builtin_sub_overflow(value, other, &value))
			return fail(s, "is too large");
	}
	return value;
}

const char *expression_parse(const char *text, int64_t *out)
{
	struct scan s = {text, NULL};
	int64_t value = scan_sum(&s);

	if (!s.wrong && *s.p)
		fail(&s, "is not a number");
	if (!s.wrong)
		*out = value;
	return s.wrong;
}
