/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parcel.h - arrays and texts from one process of the program to another.
 *
 * Things are sent as they lie in memory, since both ends are the same program:
 * who takes them asks for the same kinds and numbers in the same order.
 *
 * Locking: none. Errors: a parcel that is too short is bad, and gives nothing
 * more. Blocking: on the stream.
 */
#ifndef PARCEL_H
#define PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The bytes that are left. */
struct parcel {
	const char *at, *end;
	bool bad;
};

void parcel_put(FILE *out, const void *items, size_t count, size_t size);
/** parcel_put_text - @text: may be NULL, and then comes out as NULL */
void parcel_put_text(FILE *out, const char *text);
/** parcel_copy - a thing into @out; false, and nothing is copied, when the parcel is bad */
bool parcel_copy(struct parcel *p, void *out, size_t size);
/** parcel_take - an array, to be freed; NULL for none, or when the parcel is bad */
void *parcel_take(struct parcel *p, size_t count, size_t size);
/** parcel_take_text - to be freed; NULL for none, or when the parcel is bad */
char *parcel_take_text(struct parcel *p);

#endif
